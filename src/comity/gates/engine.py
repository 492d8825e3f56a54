"""Applies every rule of the register to one batch at one time.

Guarantees: every rule is applied whatever the others say, and every finding is returned; a rule that raises, or
answers with something that is no outcome, leaves its question open for the whole batch; a register without batch
rules or row rules holds the batch. So nothing is ever let through by an accident. Judged again, a batch costs little:
batch rules are applied anew each time; a row rule's outcomes are kept for the same law on the same day, unless it looked
at the time of day or the history, or raised (ADR 0014).
Does not: read a record, look at the clock, or decide what is released (`decide`, `release`).
Basis: product.md promises 3, 5 and 11; stack.md 2.2.
Start at `Judging`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from comity.columns.fold import Int8s
from comity.errors import PolicyError
from comity.gates.authority import citation_for_agreement
from comity.gates.conflicts import check_conflicts
from comity.gates.facts import Facts, TrackedFacts
from comity.gates.probing.probing_digests import cached_request_digests
from comity.gates.register import REGISTER
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law import Agreement, Law
from comity.model.batch import Batch
from comity.model.finding import Finding, Findings, Outcome, RowFindings
from comity.model.history import History

_MAX_ROW_RULES = 62  # one bit each in an int64, with room for the sign
_PASSING_OUTCOMES = (Outcome.MET, Outcome.NOT_APPLICABLE)


def evaluate_gates(
    batch: Batch, *, law: Law, at: datetime, history: History, register: Sequence[Rule] = REGISTER
) -> Findings:
    """Every rule's outcome for a batch that is judged once; arguments as of `Judging` and its `judge`."""
    return GateEvaluator(batch, register).evaluate(law=law, at=at, history=history)


class GateEvaluator:
    """One batch before the rules, as often as the law, the time or the history may have become another."""

    def __init__(self, batch: Batch, register: Sequence[Rule] = REGISTER) -> None:
        """Take a batch as intake read it; another register than the shipped one is for tests.

        Raises RuntimeError for more row rules than an int64 has bits.
        """
        self._batch, self._register = batch, register
        self._row_rule_ids = tuple(rule.id for rule in register if rule.rows is not None)
        if len(self._row_rule_ids) > _MAX_ROW_RULES:
            raise RuntimeError("there are more row rules than bits in RowFindings")
        self._columns = RequestColumns(batch.requests)
        self._cache: dict[str, Int8s] = {}
        self._cache_key: tuple[str, date] | None = None

    def evaluate(self, *, law: Law, at: datetime, history: History) -> Findings:
        """Every rule's outcome, for the batch and for each row, by the law as of `at`.

        Args:
            law: statutes, agreements and orders on file.
            at: an aware time: when the batch is judged.
            history: earlier batches; request-side facts only.

        Raises:
            RuntimeError: for a time without a zone.
        """
        if at.tzinfo is None:
            raise RuntimeError("judge needs a time with a zone")
        agreement = _find_agreement(law, self._batch.manifest.agreement)
        facts = TrackedFacts(batch=self._batch, law=law, at=at, history=history, agreement=agreement)
        if self._cache_key != (law.fingerprint, facts.today):
            self._cache, self._cache_key = {}, (law.fingerprint, facts.today)
        rows, count = self._columns, self._columns.num_rows
        if not self._cache:
            rows.precompute()
        not_met, undetermined = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        findings: list[Finding] = _check_register(self._register)
        bit = 0
        for rule in self._register:
            outcomes, fault = self._apply_row_rule(rule, facts)
            if outcomes is not None:
                _set_bits(outcomes, bit, not_met, undetermined)
                bit += 1
            findings += _batch_findings(rule, facts, rows, outcomes, fault)
        rows.release_columns()
        of_rows = RowFindings(self._row_rule_ids, not_met, undetermined)
        findings += check_conflicts(facts, self._register, findings, of_rows)
        return Findings(tuple(findings), of_rows, law.fingerprint, cached_request_digests(history, rows))

    def _apply_row_rule(self, rule: Rule, facts: TrackedFacts) -> tuple[Int8s | None, str]:
        """One rule's outcome for every row and '', or UNDETERMINED for all and the name of what it raised."""
        if rule.rows is None:
            return None, ""
        if rule.id in self._cache:
            return self._cache[rule.id], ""
        facts.accessed.clear()
        try:
            outcomes = rule.rows(facts, self._columns)
            _verify_outcomes(outcomes, self._columns.num_rows)
        except Exception as fault:  # noqa: BLE001  whatever a rule raises, its question stays open
            return np.full(self._columns.num_rows, Outcome.UNDETERMINED, dtype=np.int8), type(fault).__name__
        if not facts.accessed:
            self._cache[rule.id] = outcomes
        return outcomes, ""


def _find_agreement(law: Law, name: str) -> Agreement | None:
    try:
        return law.get_agreement(name)
    except PolicyError:
        return None  # R10 says so; every rule that needs it says that it cannot decide


def _check_register(register: Sequence[Rule]) -> list[Finding]:
    """A finding that holds the batch when the register lacks rules; no finding otherwise."""
    if any(rule.batch for rule in register) and any(rule.rows for rule in register):
        return []
    message = (
        "The register of rules is empty or lacks the rules for batches or rows, so nothing was checked. Nothing is "
        "released unchecked. Restore the register and judge the batch again."
    )
    return [FindingBuilder("register", "26 USC 6103(a)").undetermined(message)]


def _verify_outcomes(outcomes: Int8s, count: int) -> None:
    if outcomes.shape != (count,) or outcomes.dtype != np.int8:
        raise ValueError("not one outcome per row")
    if count and not (outcomes.min() >= min(Outcome) and outcomes.max() <= max(Outcome)):
        raise ValueError("not an outcome")


def _set_bits(outcomes: Int8s, bit: int, not_met: npt.NDArray[np.int64], undetermined: npt.NDArray[np.int64]) -> None:
    flag = np.int64(1) << np.int64(bit)
    not_met[np.flatnonzero(outcomes == Outcome.NOT_MET)] |= flag
    undetermined[np.flatnonzero(outcomes == Outcome.UNDETERMINED)] |= flag


def _batch_findings(
    rule: Rule, facts: Facts, rows: RequestColumns, outcomes: Int8s | None, fault: str
) -> list[Finding]:
    """The finding of one rule for the batch, if it has one: its own, or what its rows come to."""
    says = FindingBuilder(rule.id, citation_for_agreement(rule, facts.agreement, facts.law))
    if fault:
        return [says.undetermined(_error_message(fault))]
    found: Finding | None = None
    if rule.batch is not None:
        try:
            found = _require_rule_id(rule.batch(facts, rows), rule.id)
        except Exception as broken:  # noqa: BLE001  as above
            return [says.undetermined(_error_message(type(broken).__name__))]
    if (
        rule.refuses_batch_if_no_row_passes
        and outcomes is not None
        and (found is None or found.outcome in _PASSING_OUTCOMES)
    ):
        found = (
            _finding_from_rows(rule, outcomes, says)
            or found
            or says.met("At least one row meets it; rows that do not are refused.")
        )
    return [replace(found, citation=says.citation)] if found else []


def _finding_from_rows(rule: Rule, outcomes: Int8s, says: FindingBuilder) -> Finding | None:
    """What a rule's rows say of the batch: nothing, unless not one of them passes."""
    if any((outcomes == passing).any() for passing in _PASSING_OUTCOMES):
        return None
    if (outcomes == Outcome.UNDETERMINED).any():
        return says.undetermined("For no row can it be said that the rule is met. A person must decide.")
    return says.not_met(
        f"Not one row of the batch meets what the rule asks ({rule.requirement.rstrip('.')}), so there is no request in it "
        "that could be answered. Mend the rows, and send the batch anew."
    )


def _require_rule_id(finding: Finding, rule_id: str) -> Finding:
    if finding.rule != rule_id:
        raise ValueError("a finding of another rule")
    return finding


def _error_message(fault: str) -> str:
    return (
        f"The rule could not be applied ({fault}), so its question is open. What was not checked is not released. "
        "Report it; the batch can be judged again once the rule is mended."
    )
