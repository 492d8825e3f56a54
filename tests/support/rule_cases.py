"""Read the cases of tests/cases, which a lawyer can read, and build the facts that a case names."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from comity.gates import REGISTER, Rule, evaluate_gates
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.law import Agreement, Element, Law, MatchingProfile, Purpose, compute_seal, load_law
from comity.law.agency import SafeguardPlan
from comity.law.agreement import Delegate, RequiredAttestation
from comity.law.matching_profile import REQUIRED_CONTENTS
from comity.model.batch import Batch
from comity.model.fault import Fault
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from comity.model.prior_batches import PriorBatch, PriorBatches
from tests.support.distinct_names import GIVEN_NAMES, SURNAMES
from tests.support.gate_batches import JUDGED_AT, REQUESTS_SHA256, VALID_MANIFEST, make_batch
from tests.support.in_memory_history import InMemoryRequestHistory

CASES_FOLDER = Path(__file__).parents[1] / "cases"
RULES_BY_ID = {rule.id: rule for rule in REGISTER}


def case_files() -> list[Path]:
    """Return every case file of a rule."""
    return sorted(path for path in CASES_FOLDER.glob("*.yaml") if path.stem in RULES_BY_ID)


def all_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every case with the id of its rule."""
    for path in case_files():
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert document["rule"] == path.stem
        for case in document["cases"]:
            yield path.stem, case


def evaluate_case(rule: Rule, case: dict[str, Any]) -> tuple[Outcome, Finding | None, Findings]:
    """Return the outcome of one rule on one case, its finding if it is for the batch, and all findings.

    For a rule over rows the outcome is that of the first row, or of row `of_row`.
    """
    law, at = build_law(case), parse_case_time(case.get("at")) or JUDGED_AT
    history = build_history(case, law, at)
    batch = build_batch(case)
    findings = evaluate_gates(batch, law=law, at=at, history=history)
    if "row" in case or (rule.batch is None and {"rows", "asks"} & set(case)):
        assert rule.rows is not None
        agreement, row = law.agreements.get(batch.manifest.agreement), case.get("of_row", 1) - 1
        outcome = Outcome(
            int(rule.rows(Facts(batch, law, at, history, agreement), RequestColumns(batch.requests))[row])
        )
        bit = findings.row_findings.rules.index(rule.id)
        assert bool(int(findings.row_findings.not_met[row]) >> bit & 1) == (outcome is Outcome.NOT_MET)
        assert bool(int(findings.row_findings.undetermined[row]) >> bit & 1) == (outcome is Outcome.UNDETERMINED)
        return outcome, None, findings
    finding = next(finding for finding in findings.batch_findings if finding.rule == rule.id)
    return finding.outcome, finding, findings


def build_history(case: dict[str, Any], law: Law, at: datetime) -> History:
    """Build the history: earlier batches as facts (`history`), then batches to evaluate and answer (`asked_before`)."""
    priors = [_build_prior_batch(prior) for prior in case.get("history", ())]
    requests = InMemoryRequestHistory()
    for number, earlier in enumerate(case.get("asked_before", ()), 1):
        name = f"e-{number}"
        manifest = {"batch_id": name, **earlier.get("manifest", {})}
        batch = build_batch({**earlier, "manifest": manifest})
        findings = evaluate_gates(batch, law=law, at=at, history=History(PriorBatches(priors), requests))
        requests.remember(name, findings)
        received = parse_case_time(earlier.get("answered_at")) or at - timedelta(days=1)
        looked_up = not findings.refusals
        priors.append(
            PriorBatch(
                name, batch.manifest.requester, batch.manifest.agreement, name, batch.row_count, received, looked_up
            )
        )
    return History(PriorBatches(priors), requests)


def build_batch(case: dict[str, Any]) -> Batch:
    """Build the batch of a case: the valid batch with what the case changes."""
    manifest = dict(case.get("manifest", {}))
    attestations = list(VALID_MANIFEST["attestations"])
    replaced = case.get("attestation", {})
    removed_ids = {case.get("without_attestation"), replaced.get("id")}
    attestations = [a for a in attestations if a["id"] not in removed_ids] + (
        [_build_attestation(replaced)] if replaced else []
    )
    many = case.get("rows")
    if "asks" in case:  # rows listed one by one; other fields are those of the valid row, with a case of its own
        rows = [{"case_number": f"24-{number}", **row} for number, row in enumerate(case["asks"], 1)]
    elif many is None:
        rows = [case.get("row", {}), {"first_name": "Luz", "street": "9 Elm Ave"}]
    else:
        rows = [_fill_row(many.get("each", {}), number) for number in range(many["count"])] + many.get("and", [])
    if "others" in case:
        rows += [_fill_row(case["others"]["each"], number) for number in range(case["others"]["count"])]
    return make_batch(
        rows,
        {"attestations": attestations, **manifest},
        faults=tuple(Fault(**{**fault, "rows": tuple(fault.get("rows", ()))}) for fault in case.get("faults", ())),
        requests_sha256=case.get("requests_sha256", REQUESTS_SHA256),
        signer_key_id=case.get("signer_key_id", "key-1"),
    )


def _build_attestation(short: dict[str, Any]) -> dict[str, Any]:
    """Return an attestation as data; a case writes `dated`, because YAML 1.1 reads `on` as true."""
    return {"on" if key == "dated" else key: value for key, value in short.items()}


def _fill_row(row: dict[str, str | None], number: int) -> dict[str, str | None]:
    """Return row `number` of many; words in braces are replaced by text that differs from row to row."""
    word = chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
    words = {
        "n": str(number),
        "odd": str(1 + number % 2),
        "digit": str(number % 10),
        "nnn": f"{number:03}",
        "word": word,
        "half": "One text for many of them" if number < 30 else f"Text {word} for one",
        "slash": "/" * (number % 2),
        "treet": "treet" if number % 2 else "t",
        "ana": GIVEN_NAMES[number % len(GIVEN_NAMES)],
        "luz": GIVEN_NAMES[(number + 400) % len(GIVEN_NAMES)],
        "eva": GIVEN_NAMES[(number + 800) % len(GIVEN_NAMES)],
        "rut": GIVEN_NAMES[(number + 1200) % len(GIVEN_NAMES)],
        "surname": SURNAMES[number % len(SURNAMES)],
    }
    return {key: value.format(**words) if value else value for key, value in row.items()}


def build_law(case: dict[str, Any]) -> Law:
    """Build the law of a case: the law on file with what the case changes."""
    entered = [build_order(order) for order in case.get("orders_entered", ())]
    law = load_law(entered)
    agreement = law.agreements["irs-ice-2025"]
    changes: dict[str, Any] = {}
    if "ends" in case:
        changes["effective_to"] = case["ends"]
    if "agreement_without" in case:
        removed = case["agreement_without"]
        names = {removed} if isinstance(removed, str) else set(removed)
        changes["needs"] = tuple(column for column in agreement.needs if column not in names)
        changes["attestations"] = tuple(a for a in agreement.attestations if a.id not in names)
    if extra := [case[key] for key in ("requires", "requires_also") if key in case]:
        attestations = [RequiredAttestation(**{"meaning": "Stated", "element": "mou2025-use", **one}) for one in extra]
        changes["attestations"] = (*agreement.attestations, *attestations)
    if "matching" in case:
        changes["matching"] = _build_matching_profile(case["matching"])
    if "caps" in case:
        caps = {name: getattr(agreement.caps, name).model_copy(update={"value": n}) for name, n in case["caps"].items()}
        changes["caps"] = agreement.caps.model_copy(update=caps)
    if "probing" in case:
        limits = {k: getattr(agreement.probing, k).model_copy(update={"value": n}) for k, n in case["probing"].items()}
        changes["probing"] = agreement.probing.model_copy(update=limits)
    if "delegate" in case:
        changes["delegates"] = (_build_delegate(case["delegate"]),)
    if case.get("without_earliest_order"):
        changes["earliest_final_order"] = None
    if case.get("without_delay"):
        changes["statutes"] = tuple(o.model_copy(update={"days_after_final_order": None}) for o in agreement.statutes)
    if "serves" in case:
        changes["serves"] = tuple(Purpose(purpose) for purpose in case["serves"])
    law = replace_agreement(law, agreement.model_copy(update=changes)) if changes else law
    if "plans" in case:
        law = dataclasses.replace(law, plans=tuple(_build_plan(n, plan) for n, plan in enumerate(case["plans"])))
    for name, day in case.get("element_ends", {}).items():
        law = _end_element(law, name, day, is_followed=case.get("element_follows") == name)
    return law


def _build_plan(number: int, short: dict[str, Any]) -> SafeguardPlan:
    """Build a corrective action plan that two persons accepted, from the few fields that a case gives."""
    usual = {"agency": "ice", "dated_on": "2025-05-01", "due_on": "2026-05-01", "accepted_on": "2025-06-01"}
    return SafeguardPlan.model_validate(
        {"filing": number, "title": "Plan", "document_sha256": "0" * 64, **usual, **short}
    )


def _build_delegate(short: dict[str, Any]) -> Delegate:
    """Build a delegation on file from the few fields that a case gives."""
    words = {
        "summary": "A delegation.",
        "sha256": compute_seal("A delegation."),
        "marks": ["S"],
        "citation": "synthetic",
    }
    days = {"effective_from": "2025-01-01", "recorded_from": "2025-01-01", "last_checked_on": "2025-01-01"}
    return Delegate.model_validate({**words, **days, "name": "Sam Deputy", "office": "Deputy Director", **short})


def _build_matching_profile(short: dict[str, Any]) -> MatchingProfile:
    """Build a matching profile from the few fields that a case gives."""
    short = dict(short)
    if (breach := short.pop("breach", None)) is not None:
        words = {"summary": "A reason to believe.", "sha256": compute_seal("A reason to believe."), "marks": ["S"]}
        days = {"effective_from": "2025-01-01", "recorded_from": "2025-01-01", "last_checked_on": "2025-01-01"}
        short["breaches"] = [{"id": "b", "citation": "synthetic", **words, **days, **breach}]
    if "renewal" in short:
        parties = ["irs", "ice", "dhs"]
        renewal = {"decided_on": "2026-08-01", "months": 12, "is_unchanged": True, "certified_by": parties}
        short["renewal"] = renewal | short["renewal"]
    defaults = {
        "contents": dict.fromkeys(REQUIRED_CONTENTS, "mou2025-use"),
        "approved_on": "2025-02-01",
        "cost_benefit": "done",
        "sent_to_congress_on": "2025-03-01",
        "months": 18,
    }
    return MatchingProfile.model_validate(defaults | short)


def _end_element(law: Law, name: str, day: date, *, is_followed: bool) -> Law:
    """Return the law with one element ending on a day and, if `is_followed`, a version that follows it."""

    def ended(elements: tuple[Element, ...]) -> tuple[Element, ...]:
        old = [e.model_copy(update={"effective_to": day} if e.id == name else {}) for e in elements]
        new = [e.model_copy(update={"effective_from": day}) for e in elements if e.id == name and is_followed]
        return (*old, *new)

    statutes = {k: s.model_copy(update={"elements": ended(s.elements)}) for k, s in law.statutes.items()}
    agreements = {k: a.model_copy(update={"elements": ended(a.elements)}) for k, a in law.agreements.items()}
    return dataclasses.replace(law, statutes=statutes, agreements=agreements)


def replace_agreement(law: Law, agreement: Agreement) -> Law:
    """Return the law with another text of one agreement."""
    return dataclasses.replace(law, agreements={**law.agreements, agreement.id: agreement})


def build_order(short: dict[str, Any]) -> dict[str, Any]:
    """Return an order as data, from the few fields that a case gives; an act that names no part is about all."""
    day = short["dated"]
    other_fields = {key: value for key, value in short.items() if key != "dated"}
    if "acts_on" in short:
        other_fields["acts_on"] = [{"extent": "part" if "part" in act else "whole", **act} for act in short["acts_on"]]
    return {
        "court": "D. Example",
        "case_number": "1:25-cv-99999",
        "case_name": "Synthetic",
        "citation": "synthetic order for a test",
        "summary": "An order that exists only in a test.",
        "sha256": compute_seal("An order that exists only in a test."),
        "issued_at": datetime(day.year, day.month, day.day, tzinfo=UTC),
        "effective_at": datetime(day.year, day.month, day.day, tzinfo=UTC),
        "effective_from": day,
        "recorded_from": day,
        "last_checked_on": day,
        "marks": ["S"],
        **other_fields,
    }


def _build_prior_batch(short: dict[str, Any]) -> PriorBatch:
    sha = REQUESTS_SHA256 if short["requests_sha256"] == "same" else str(short["requests_sha256"])
    received = parse_case_time(short["answered_at"])
    assert received is not None
    return PriorBatch(**{**short, "requests_sha256": sha, "answered_at": received})


def parse_case_time(value: datetime | str | None) -> datetime | None:
    """Return a time of a case with its zone: some versions of YAML read a time with Z as naive UTC."""
    if value is None:
        return None
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time if time.tzinfo else time.replace(tzinfo=UTC)
