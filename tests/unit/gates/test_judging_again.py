"""A batch judged again is judged by what is so now: what was kept gives way as soon as anything it rests on changed."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from comity.columns.fold import Int8s
from comity.gates import REGISTER, GateEvaluator, Rule, evaluate_gates
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.law import Law, load_law
from comity.law.loader import assemble_law
from comity.model.batch import Batch
from comity.model.finding import Findings, Outcome
from comity.model.history import History, PriorBatch
from tests.support.gate_batches import JUDGED_AT, VALID_ROW, make_batch
from tests.support.rule_cases import build_law

ROWS = [
    VALID_ROW,
    VALID_ROW | {"street": "Unknown"},
    VALID_ROW | {"tax_year": "2014"},
    VALID_ROW | {"case_number": "N/A"},
]


def both(
    again: GateEvaluator, of: Batch, *, law: Law | None = None, at: datetime = JUDGED_AT, history: History | None = None
) -> Findings:
    """What a batch that was judged before comes to, held to what it comes to when judged for the first time."""
    given = {"law": law or load_law(), "at": at, "history": history or History()}
    found = again.evaluate(**given)  # type: ignore[arg-type]
    assert found.is_same_as(evaluate_gates(of, **given))  # type: ignore[arg-type]
    return found


def prior(name: str, sha256: str) -> PriorBatch:
    return PriorBatch(
        name, "Immigration and Customs Enforcement", "irs-ice-2025", sha256, 4, JUDGED_AT - timedelta(days=1)
    )


def test_judged_again_it_comes_to_the_same() -> None:
    sent = make_batch(ROWS)
    again = GateEvaluator(sent)
    first = both(again, sent)
    assert both(again, sent).is_same_as(first)
    assert {int(mask) for mask in first.row_findings.not_met} != {0}


def test_another_agreement_is_seen() -> None:
    sent, shipped = make_batch(ROWS), load_law()
    again = GateEvaluator(sent)
    before = both(again, sent)
    agreement = shipped.get_agreement("irs-ice-2025")
    years_back = agreement.caps.years_back.model_copy(update={"value": 50})
    wider = agreement.model_copy(update={"caps": agreement.caps.model_copy(update={"years_back": years_back})})
    law = assemble_law(shipped.statutes.values(), [wider], shipped.orders.values(), shipped.agencies.values())
    after = both(again, sent, law=law)
    assert before.row_findings.rules_in_mask(int(before.row_findings.not_met[2])) == ("r06_taxable_period",)
    assert after.row_findings.not_met[2] == 0
    assert both(again, sent).is_same_as(before)  # and back


def test_another_cap_on_reasons_alike_is_seen() -> None:
    """What was counted roughly for a high cap is counted exactly for a low one."""
    words = ["Count one turns on the residence", "Count eno turns on the residence"]
    sent = make_batch([VALID_ROW | {"reason": words[row % 2], "case_number": f"24-{row}"} for row in range(40)])
    again, outcomes = GateEvaluator(sent), []
    for cap in (50, 25, 19):
        found = both(again, sent, law=build_law({"caps": {"same_reason_rows": cap, "same_reason_percent": 40}}))
        outcomes.append(next(f.outcome for f in found.batch_findings if f.rule == "r07_specific_reason"))
    assert outcomes == [Outcome.MET, Outcome.MET, Outcome.UNDETERMINED]


def refused_by(rule: str, sent: Batch, *changes: dict[str, dict[str, int]]) -> list[bool]:
    """Whether a rule refuses the first row of one batch that is judged by one changed agreement after another."""
    again = GateEvaluator(sent)
    masks = [both(again, sent, law=build_law(change)).row_findings for change in changes]
    return [rule in rows.rules_in_mask(int(rows.not_met[0])) for rows in masks]


def test_another_cap_on_subjects_per_address_is_seen() -> None:
    names = ("Ana", "Bartholomew", "Chidi", "Ana")  # four rows, three subjects
    sent = make_batch(
        [VALID_ROW | {"first_name": name, "tin": None, "case_number": f"24-{n}"} for n, name in enumerate(names)]
    )
    changes = ({"caps": {"subjects_per_address": cap}} for cap in (3, 2, 3))
    assert refused_by("a12_shared_address", sent, *changes) == [False, True, False]


def test_another_limit_on_spellings_is_seen() -> None:
    names = ("Marten", "Garten", "Karten")  # one letter apart, that one a consonant
    sent = make_batch([VALID_ROW | {"first_name": name, "case_number": f"24-{n}"} for n, name in enumerate(names)])
    changes = ({"probing": {"spellings_per_address": limit}} for limit in (3, 2, 3))
    assert refused_by("p13_near_duplicates", sent, *changes) == [False, True, False]


def test_a_new_day_is_seen() -> None:
    sent = make_batch([VALID_ROW | {"tax_year": str(JUDGED_AT.year + 1)}])
    again = GateEvaluator(sent)
    eve = datetime(JUDGED_AT.year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert both(again, sent, at=eve).row_findings.not_met[0] != 0
    assert both(again, sent, at=eve + timedelta(seconds=1)).row_findings.not_met[0] == 0


@pytest.mark.usefixtures("tomorrow_already")
def test_the_day_is_that_of_utc_wherever_the_program_runs() -> None:
    eve = datetime(JUDGED_AT.year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert evaluate_gates(
        make_batch([VALID_ROW | {"tax_year": str(JUDGED_AT.year + 1)}]), law=load_law(), at=eve, history=History()
    ).row_findings.not_met[0]


def test_an_agreement_that_lapses_is_seen() -> None:
    sent, shipped = make_batch(ROWS), load_law()
    ending = shipped.get_agreement("irs-ice-2025").model_copy(update={"effective_to": date(2025, 8, 8)})
    law = assemble_law(shipped.statutes.values(), [ending], shipped.orders.values(), shipped.agencies.values())
    again, end = GateEvaluator(sent), datetime(2025, 8, 8, tzinfo=UTC)
    outcomes = [
        next(f.outcome for f in both(again, sent, law=law, at=at).batch_findings if f.rule == "r10_agreement")
        for at in (end - timedelta(seconds=1), end)
    ]
    assert outcomes == [Outcome.MET, Outcome.NOT_MET]


def test_another_history_is_seen() -> None:
    sent = make_batch(ROWS)
    again = GateEvaluator(sent)
    assert not any(f.rule.startswith("r11") for f in both(again, sent).refusals)
    asked = History((prior("earlier", sent.requests_sha256),))
    assert [f.rule for f in both(again, sent, history=asked).refusals] == ["r11_size_and_repetition"]


def _late(facts: Facts, rows: RequestColumns) -> Int8s:
    """Is refused after noon."""
    return np.full(rows.num_rows, Outcome.NOT_MET if facts.at.hour >= 12 else Outcome.MET, dtype=np.int8)


def _asked_before(facts: Facts, rows: RequestColumns) -> Int8s:
    """Is refused when anything was asked before."""
    return np.full(rows.num_rows, Outcome.NOT_MET if facts.history.batches else Outcome.MET, dtype=np.int8)


def _looked_up(facts: Facts, rows: RequestColumns) -> Int8s:
    """Is refused when records were read for a batch before; rules before it have looked, too."""
    return np.full(rows.num_rows, Outcome.NOT_MET if facts.prior_lookups else Outcome.MET, dtype=np.int8)


@pytest.mark.parametrize("function", [_late, _asked_before, _looked_up])
def test_a_row_rule_that_looks_at_the_moment_is_applied_at_every_moment(function: object) -> None:
    sent = make_batch(ROWS)
    extra = Rule("extra", "X", "none", ("none",), rows=function)  # type: ignore[arg-type]
    again = GateEvaluator(sent, [*REGISTER, extra])
    noon = JUDGED_AT.replace(hour=12, minute=0)
    morning = again.evaluate(law=load_law(), at=noon - timedelta(minutes=1), history=History())
    later = again.evaluate(law=load_law(), at=noon, history=History((prior("earlier", "f" * 64),)))
    names = [
        {f for mask in found.row_findings.not_met for f in found.row_findings.rules_in_mask(int(mask))}
        for found in (morning, later)
    ]
    assert ["extra" in named for named in names] == [False, True]


def test_a_rule_that_broke_is_applied_again() -> None:
    sent, failing = make_batch(ROWS), [True]

    def once(_facts: Facts, rows: RequestColumns) -> Int8s:
        if failing:
            raise MemoryError
        return np.zeros(rows.num_rows, dtype=np.int8)

    again = GateEvaluator(sent, [*REGISTER, Rule("extra", "X", "none", ("none",), rows=once)])
    assert "extra" in {
        f.rule for f in again.evaluate(law=load_law(), at=JUDGED_AT, history=History()).undetermined_findings
    }
    failing.clear()
    assert "extra" not in {
        f.rule for f in again.evaluate(law=load_law(), at=JUDGED_AT, history=History()).undetermined_findings
    }


def test_what_is_forgotten_is_found_again() -> None:
    rows = RequestColumns(make_batch(ROWS).requests)
    before = rows.street_line.to_pylist(), rows.max_rows_per_case
    rows.release_columns()
    assert (rows.street_line.to_pylist(), rows.max_rows_per_case) == before
