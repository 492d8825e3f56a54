"""Apply every rule of the register to one batch at one time.

Guarantees: every rule is applied whatever the others answer, and every finding is returned; a rule that raises, or
returns something other than outcomes, leaves its question open for the whole batch; a register without batch rules or
without row rules holds the batch. So nothing is let through by accident. Evaluating the same batch again is cheap:
batch rules are applied each time; a row rule's outcomes are reused for the same law on the same day, unless the rule
read the time of day or the history, or raised (ADR 0014).
Does not: read a record, read the clock, or decide what is released (`decide`, `release`).
Basis: promises 3, 5 and 11.
Start at `GateEvaluator`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from comity.columns.buffers import Int8s, Int64s
from comity.errors import PolicyError
from comity.gates.authority import citation_for_agreement
from comity.gates.conflicts import check_conflicts
from comity.gates.facts import Facts, TrackedFacts
from comity.gates.probing.probing_digests import cached_request_digests
from comity.gates.register import REGISTER
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.gates.text.reason_words import list_screening_words
from comity.law import Agreement, Law
from comity.model.batch import Batch
from comity.model.finding import Finding, Findings, Outcome, RowFindings
from comity.model.history import History
from comity.normalize.encode import EncodedTable

_MAX_ROW_RULES = 62  # one bit per rule in an int64, which keeps its sign bit free
NO_ROW_MEETS, NO_ROW_IS_MET = "Not one row of the batch meets", "For no row can it be said"
"""How the message of a finding begins that follows from the rows alone."""
_PASSING_OUTCOMES = (Outcome.MET, Outcome.NOT_APPLICABLE)
_MASKED_OUTCOMES = (Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE)


def evaluate_gates(
    batch: Batch, *, law: Law, at: datetime, history: History, register: Sequence[Rule] = REGISTER
) -> Findings:
    """Evaluate a batch once; see `GateEvaluator` and its `evaluate` for the arguments."""
    return GateEvaluator(batch, register).evaluate(law=law, at=at, history=history)


class GateEvaluator:
    """Evaluates one batch against the register; cheap to run again when the law, the time or the history changes."""

    def __init__(self, batch: Batch, register: Sequence[Rule] = REGISTER) -> None:
        """Prepare a batch as intake read it. Tests pass registers of their own.

        Raises:
            RuntimeError: the register has more row rules than an int64 has bits.
        """
        self._batch, self._register = batch, register
        self._row_rule_ids = tuple(rule.id for rule in register if rule.rows is not None)
        if len(self._row_rule_ids) > _MAX_ROW_RULES:
            raise RuntimeError(f"the register has more than {_MAX_ROW_RULES} row rules: widen the masks of RowFindings")
        self._columns = RequestColumns(batch.requests)
        self._cache: dict[str, Int8s] = {}
        self._cache_key: tuple[str, date] | None = None

    def evaluate(self, *, law: Law, at: datetime, history: History) -> Findings:
        """Return every rule's outcome, for the batch and for each row.

        Args:
            law: statutes, agreements and orders on file.
            at: when the batch is evaluated, with a time zone.
            history: earlier batches; request-side facts only.

        Raises:
            RuntimeError: `at` has no time zone.
        """
        if at.tzinfo is None:
            raise RuntimeError("evaluate needs a time with a time zone: pass an aware datetime as `at`")
        agreement = _find_agreement(law, self._batch.manifest.agreement)
        facts = TrackedFacts(batch=self._batch, law=law, at=at, history=history, agreement=agreement)
        if self._cache_key != (law.fingerprint, facts.today):
            self._cache, self._cache_key = {}, (law.fingerprint, facts.today)
        columns, row_count = self._columns, self._columns.num_rows
        if not self._cache:
            columns.precompute(list_screening_words(law.list_flagged_words(facts.today)))
        masks = {outcome: np.zeros(row_count, dtype=np.int64) for outcome in _MASKED_OUTCOMES}
        columns.refused = np.zeros(row_count, dtype=np.bool_)
        findings_by_rule: dict[str, list[Finding]] = {}
        for rule in sorted(self._register, key=lambda rule: rule.reads_refusals):
            outcomes, error_name = self._apply_row_rule(rule, facts)
            if outcomes is not None:
                _set_bits(outcomes, self._row_rule_ids.index(rule.id), masks)
                columns.refused |= outcomes == Outcome.NOT_MET
            findings_by_rule[rule.id] = _batch_findings(rule, facts, columns, outcomes, error_name)
        columns.release_columns()
        row_findings = RowFindings(self._row_rule_ids, *(masks[outcome] for outcome in _MASKED_OUTCOMES))
        batch_findings = _check_register(self._register)
        batch_findings += [finding for rule in self._register for finding in findings_by_rule[rule.id]]
        batch_findings += check_conflicts(facts, self._register, batch_findings, row_findings)
        digests = cached_request_digests(history, columns)
        return Findings(tuple(batch_findings), row_findings, law.fingerprint, digests)

    def release_normalized(self) -> EncodedTable | None:
        """Return the rows as the rules normalized them, if they did, and keep them no longer: matching uses them."""
        return self._columns.release_normalized()

    def _apply_row_rule(self, rule: Rule, facts: TrackedFacts) -> tuple[Int8s | None, str]:
        """Return the rule's outcome per row and ''; if it raised, UNDETERMINED for all rows and the error's name."""
        if rule.rows is None:
            return None, ""
        if rule.id in self._cache:
            return self._cache[rule.id], ""
        facts.accessed.clear()
        try:
            outcomes = rule.rows(facts, self._columns)
            _verify_outcomes(outcomes, self._columns.num_rows)
        except Exception as error:  # noqa: BLE001  whatever a rule raises, its question stays open
            return np.full(self._columns.num_rows, Outcome.UNDETERMINED, dtype=np.int8), type(error).__name__
        if not (facts.accessed or rule.reads_refusals):
            self._cache[rule.id] = outcomes
        return outcomes, ""


def _find_agreement(law: Law, name: str) -> Agreement | None:
    try:
        return law.get_agreement(name)
    except PolicyError:
        return None  # R10 refuses the batch; every rule that needs the agreement answers UNDETERMINED


def _check_register(register: Sequence[Rule]) -> list[Finding]:
    """Return a finding that holds the batch if the register lacks batch rules or row rules; else nothing."""
    if any(rule.batch for rule in register) and any(rule.rows for rule in register):
        return []
    message = (
        "The register of rules is empty or lacks the rules for batches or rows, so nothing was checked. Nothing is "
        "released unchecked. Restore the register and judge the batch again."
    )
    return [FindingBuilder("register", "26 USC 6103(a)").undetermined(message)]


def _verify_outcomes(outcomes: Int8s, row_count: int) -> None:
    if outcomes.shape != (row_count,) or outcomes.dtype != np.int8:
        raise ValueError("a row rule did not return one int8 per row")
    if row_count and not (outcomes.min() >= min(Outcome) and outcomes.max() <= max(Outcome)):
        raise ValueError("a row rule returned a number that is no outcome")


def _set_bits(outcomes: Int8s, bit: int, masks: Mapping[Outcome, Int64s]) -> None:
    flag = np.int64(1) << np.int64(bit)
    for outcome, mask in masks.items():
        mask[np.flatnonzero(outcomes == outcome)] |= flag


def _batch_findings(
    rule: Rule, facts: Facts, columns: RequestColumns, outcomes: Int8s | None, error_name: str
) -> list[Finding]:
    """Return the rule's finding for the batch, if any: its own, or the one that follows from its rows."""
    builder = FindingBuilder(rule.id, citation_for_agreement(rule, facts.agreement, facts.law))
    if error_name:
        return [builder.undetermined(describe_rule_error(error_name))]
    finding: Finding | None = None
    if rule.batch is not None:
        try:
            finding = _require_rule_id(rule.batch(facts, columns), rule.id)
        except Exception as error:  # noqa: BLE001  as above
            return [builder.undetermined(describe_rule_error(type(error).__name__))]
    passes = finding is None or finding.outcome in _PASSING_OUTCOMES
    if rule.refuses_batch_if_no_row_passes and outcomes is not None and passes:
        met = builder.met("At least one row meets it; rows that do not are refused.")
        finding = _finding_from_rows(rule, outcomes, builder) or finding or met
    return [replace(finding, citation=builder.citation)] if finding else []


def _finding_from_rows(rule: Rule, outcomes: Int8s, builder: FindingBuilder) -> Finding | None:
    """Return the finding that follows when no row passes the rule; None if at least one does."""
    if any((outcomes == passing).any() for passing in _PASSING_OUTCOMES):
        return None
    if (outcomes == Outcome.UNDETERMINED).any():
        return builder.undetermined(f"{NO_ROW_IS_MET} that the rule is met. A person must decide.")
    return builder.not_met(
        f"{NO_ROW_MEETS} what the rule asks ({rule.requirement.rstrip('.')}), so there is no request "
        "in it that could be answered. Fix the rows and send the batch again."
    )


def _require_rule_id(finding: Finding, rule_id: str) -> Finding:
    if finding.rule != rule_id:
        raise ValueError("a batch rule returned a finding of another rule")
    return finding


def describe_rule_error(error_name: str) -> str:
    """Return the message of a finding that a rule raised an error of this name."""
    return (
        f"The rule could not be applied ({error_name}), so its question is open. What was not checked is not released. "
        "Report it; the batch can be judged again once the rule is fixed."
    )
