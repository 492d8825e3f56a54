"""A batch evaluated again gives what a first evaluation would: reused outcomes never outlive what they rest on."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from comity.columns.buffers import Int8s
from comity.gates import REGISTER, GateEvaluator, Rule, evaluate_gates
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.law import Law, load_law
from comity.law.loader import assemble_law
from comity.model.batch import Batch
from comity.model.finding import Findings, Outcome
from comity.model.history import History
from comity.model.prior_batches import PriorBatch, PriorBatches
from tests.support.gate_batches import JUDGED_AT, VALID_ROW, make_batch
from tests.support.rule_cases import build_law

ROWS = [
    VALID_ROW,
    VALID_ROW | {"street": "Unknown"},
    VALID_ROW | {"tax_year": "2014"},
    VALID_ROW | {"case_number": "N/A"},
]


def evaluate_again(
    evaluator: GateEvaluator,
    batch: Batch,
    *,
    law: Law | None = None,
    at: datetime = JUDGED_AT,
    history: History | None = None,
) -> Findings:
    """Evaluate a batch again, and require that a first evaluation gives the same."""
    arguments = {"law": law or load_law(), "at": at, "history": history or History()}
    findings = evaluator.evaluate(**arguments)  # type: ignore[arg-type]
    assert findings.is_same_as(evaluate_gates(batch, **arguments))  # type: ignore[arg-type]
    return findings


def prior_batch(name: str, sha256: str) -> PriorBatch:
    return PriorBatch(
        name, "Immigration and Customs Enforcement", "irs-ice-2025", sha256, 4, JUDGED_AT - timedelta(days=1)
    )


def test_an_unchanged_batch_has_the_same_findings() -> None:
    batch = make_batch(ROWS)
    evaluator = GateEvaluator(batch)
    first = evaluate_again(evaluator, batch)
    assert evaluate_again(evaluator, batch).is_same_as(first)
    assert {int(mask) for mask in first.row_findings.not_met} != {0}


def test_another_agreement_takes_effect() -> None:
    batch, shipped = make_batch(ROWS), load_law()
    evaluator = GateEvaluator(batch)
    before = evaluate_again(evaluator, batch)
    agreement = shipped.get_agreement("irs-ice-2025")
    years_back = agreement.caps.years_back.model_copy(update={"value": 50})
    wider = agreement.model_copy(update={"caps": agreement.caps.model_copy(update={"years_back": years_back})})
    law = assemble_law(shipped.statutes.values(), [wider], shipped.orders.values(), shipped.agencies.values())
    after = evaluate_again(evaluator, batch, law=law)
    assert before.row_findings.rules_in_mask(int(before.row_findings.not_met[2])) == ("r06_taxable_period",)
    assert after.row_findings.not_met[2] == 0
    assert evaluate_again(evaluator, batch).is_same_as(before)  # and back


def test_another_cap_on_reasons_alike_takes_effect() -> None:
    """What needs no exact count under a high cap is counted exactly under a low one."""
    words = ["Count one turns on the residence", "Count eno turns on the residence"]
    batch = make_batch([VALID_ROW | {"reason": words[row % 2], "case_number": f"24-{row}"} for row in range(40)])
    evaluator, outcomes = GateEvaluator(batch), []
    for cap in (50, 25, 19):
        findings = evaluate_again(
            evaluator, batch, law=build_law({"caps": {"same_reason_rows": cap, "same_reason_percent": 40}})
        )
        outcomes.append(next(f.outcome for f in findings.batch_findings if f.rule == "r07_specific_reason"))
    assert outcomes == [Outcome.MET, Outcome.MET, Outcome.UNDETERMINED]


def refused_by(rule: str, batch: Batch, *changes: dict[str, dict[str, int]]) -> list[bool]:
    """Return whether a rule refuses the first row, under one changed agreement after another."""
    evaluator = GateEvaluator(batch)
    masks = [evaluate_again(evaluator, batch, law=build_law(change)).row_findings for change in changes]
    return [rule in rows.rules_in_mask(int(rows.not_met[0])) for rows in masks]


def test_another_cap_on_subjects_per_address_takes_effect() -> None:
    names = ("Ana", "Bartholomew", "Chidi", "Ana")  # four rows, three subjects
    batch = make_batch(
        [VALID_ROW | {"first_name": name, "tin": None, "case_number": f"24-{n}"} for n, name in enumerate(names)]
    )
    changes = ({"caps": {"subjects_per_address": cap}} for cap in (3, 2, 3))
    assert refused_by("a12_shared_address", batch, *changes) == [False, True, False]


def test_another_limit_on_spellings_takes_effect() -> None:
    names = ("Robert", "Robertt", "Rpbert")
    batch = make_batch([VALID_ROW | {"first_name": name, "case_number": f"24-{n}"} for n, name in enumerate(names)])
    changes = ({"probing": {"spellings_per_address": limit}} for limit in (3, 2, 3))
    assert refused_by("p13_near_duplicates", batch, *changes) == [False, True, False]


def test_a_new_day_takes_effect() -> None:
    batch = make_batch([VALID_ROW | {"tax_year": str(JUDGED_AT.year + 1)}])
    evaluator = GateEvaluator(batch)
    eve = datetime(JUDGED_AT.year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert evaluate_again(evaluator, batch, at=eve).row_findings.not_met[0] != 0
    assert evaluate_again(evaluator, batch, at=eve + timedelta(seconds=1)).row_findings.not_met[0] == 0


@pytest.mark.usefixtures("tomorrow_already")
def test_the_day_is_that_of_utc_wherever_the_program_runs() -> None:
    eve = datetime(JUDGED_AT.year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert evaluate_gates(
        make_batch([VALID_ROW | {"tax_year": str(JUDGED_AT.year + 1)}]), law=load_law(), at=eve, history=History()
    ).row_findings.not_met[0]


def test_an_agreement_that_lapses_takes_effect() -> None:
    batch, shipped = make_batch(ROWS), load_law()
    ending = shipped.get_agreement("irs-ice-2025").model_copy(update={"effective_to": date(2025, 8, 8)})
    law = assemble_law(shipped.statutes.values(), [ending], shipped.orders.values(), shipped.agencies.values())
    evaluator, end = GateEvaluator(batch), datetime(2025, 8, 8, tzinfo=UTC)
    outcomes = [
        next(
            f.outcome
            for f in evaluate_again(evaluator, batch, law=law, at=at).batch_findings
            if f.rule == "r10_agreement"
        )
        for at in (end - timedelta(seconds=1), end)
    ]
    assert outcomes == [Outcome.MET, Outcome.NOT_MET]


def test_another_history_takes_effect() -> None:
    batch = make_batch(ROWS)
    evaluator = GateEvaluator(batch)
    assert not any(f.rule.startswith("r11") for f in evaluate_again(evaluator, batch).refusals)
    history = History(PriorBatches([prior_batch("earlier", batch.requests_sha256)]))
    assert [f.rule for f in evaluate_again(evaluator, batch, history=history).refusals] == ["r11_size_and_repetition"]


def _refuse_after_noon(facts: Facts, rows: RequestColumns) -> Int8s:
    """Refuse after noon."""
    return np.full(rows.num_rows, Outcome.NOT_MET if facts.at.hour >= 12 else Outcome.MET, dtype=np.int8)


def _refuse_with_history(facts: Facts, rows: RequestColumns) -> Int8s:
    """Refuse if there is an earlier batch."""
    return np.full(rows.num_rows, Outcome.NOT_MET if facts.history.batches else Outcome.MET, dtype=np.int8)


def _refuse_with_lookups(facts: Facts, rows: RequestColumns) -> Int8s:
    """Refuse if records were read for an earlier batch; rules before this one read the same fact."""
    return np.full(rows.num_rows, Outcome.NOT_MET if facts.prior_lookups else Outcome.MET, dtype=np.int8)


@pytest.mark.parametrize("function", [_refuse_after_noon, _refuse_with_history, _refuse_with_lookups])
def test_a_row_rule_that_reads_time_or_history_is_applied_each_time(function: object) -> None:
    batch = make_batch(ROWS)
    extra = Rule("extra", "X", "none", ("none",), rows=function)  # type: ignore[arg-type]
    evaluator = GateEvaluator(batch, [*REGISTER, extra])
    noon = JUDGED_AT.replace(hour=12, minute=0)
    morning = evaluator.evaluate(law=load_law(), at=noon - timedelta(minutes=1), history=History())
    later = evaluator.evaluate(
        law=load_law(), at=noon, history=History(PriorBatches([prior_batch("earlier", "f" * 64)]))
    )
    refusing = [
        {f for mask in findings.row_findings.not_met for f in findings.row_findings.rules_in_mask(int(mask))}
        for findings in (morning, later)
    ]
    assert ["extra" in rules for rules in refusing] == [False, True]


def test_a_rule_that_raised_is_applied_again() -> None:
    batch, failing = make_batch(ROWS), [True]

    def once(_facts: Facts, rows: RequestColumns) -> Int8s:
        if failing:
            raise MemoryError
        return np.zeros(rows.num_rows, dtype=np.int8)

    evaluator = GateEvaluator(batch, [*REGISTER, Rule("extra", "X", "none", ("none",), rows=once)])
    assert "extra" in {
        f.rule for f in evaluator.evaluate(law=load_law(), at=JUDGED_AT, history=History()).undetermined_findings
    }
    failing.clear()
    assert "extra" not in {
        f.rule for f in evaluator.evaluate(law=load_law(), at=JUDGED_AT, history=History()).undetermined_findings
    }
