"""What comes of rules' outcomes: a bit for each row and rule, a finding for the batch, and what was asked."""

import numpy as np
import numpy.typing as npt

from comity.gates.engine import evaluate_gates
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import request_digests
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import RowFunction, Rule
from comity.law import load_law
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from tests.support.gate_batches import JUDGED_AT, VALID_ROW, make_batch

CITED, CLAUSE = "26 USC 6103(i)(2)", ("usc26-6103-i-2-B-i",)
MET, NOT_MET, OPEN, APART = (
    np.int8(o) for o in (Outcome.MET, Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE)
)
ROWS = [VALID_ROW | {"request_id": f"row-{n}"} for n in range(4)]


def _always(*outcomes: np.int8) -> RowFunction:
    def rows(_facts: Facts, _rows: RequestColumns) -> npt.NDArray[np.int8]:
        """Each row has an outcome."""
        return np.array(outcomes, np.int8)

    return rows


def _passing(facts: Facts, _rows: RequestColumns) -> Finding:
    return Finding("whole", Outcome.MET, CITED, f"as of {facts.today}")


def _judged(*rules: Rule) -> Findings:
    whole = Rule("whole", "R", CITED, CLAUSE, batch=_passing)
    return evaluate_gates(
        make_batch(rows=ROWS), law=load_law(), at=JUDGED_AT, history=History(), register=[whole, *rules]
    )


def _rows(name: str, *outcomes: np.int8, whole: bool = False) -> Rule:
    return Rule(name, "R", CITED, CLAUSE, rows=_always(*outcomes), refuses_batch_if_no_row_passes=whole)


def test_each_rule_has_its_bit_in_each_row() -> None:
    found = _judged(_rows("one", MET, NOT_MET, OPEN, NOT_MET), _rows("other", APART, NOT_MET, OPEN, OPEN))
    assert found.row_findings.rules == ("one", "other")
    assert found.row_findings.not_met.tolist() == [0, 3, 0, 1]
    assert found.row_findings.undetermined.tolist() == [0, 0, 3, 2]
    assert found.law_fingerprint == load_law().fingerprint
    assert found.request_digests is None
    assert [finding.rule for finding in found.batch_findings] == ["whole"]


def test_what_the_rows_ask_is_handed_on() -> None:
    def asking(facts: Facts, rows: RequestColumns) -> npt.NDArray[np.int8]:
        """The rows ask something."""
        return np.full(len(request_digests(facts, rows).name), MET)

    found = _judged(Rule("asking", "P", CITED, CLAUSE, rows=asking))
    assert found.request_digests is not None
    assert len(found.request_digests.name) == len(ROWS)


def test_a_whole_rule_whose_rows_all_fail_refuses_the_batch_and_one_that_passes_says_so() -> None:
    def of(*outcomes: np.int8) -> list[tuple[Outcome, str]]:
        found = _judged(_rows("of rows", *outcomes, whole=True)).batch_findings
        return [(f.outcome, f.message) for f in found if f.rule == "of rows"]

    ((outcome, message),) = of(NOT_MET, NOT_MET, NOT_MET, NOT_MET)
    assert outcome is Outcome.NOT_MET
    assert message.startswith("Not one row of the batch meets what the rule asks")
    ((outcome, message),) = of(NOT_MET, OPEN, NOT_MET, OPEN)
    assert outcome is Outcome.UNDETERMINED
    assert of(NOT_MET, MET, OPEN, MET) == [(Outcome.MET, "At least one row meets it; rows that do not are refused.")]
    ordinary = _judged(_rows("of rows", NOT_MET, NOT_MET, NOT_MET, NOT_MET)).batch_findings
    assert [finding.rule for finding in ordinary] == ["whole"], "a rule that is not whole says nothing of the batch"


def test_a_batch_rule_that_is_whole_has_one_finding_its_own() -> None:
    rule = Rule("whole", "R", CITED, CLAUSE, batch=_passing, refuses_batch_if_no_row_passes=True)
    found = evaluate_gates(
        make_batch(rows=ROWS),
        law=load_law(),
        at=JUDGED_AT,
        history=History(),
        register=[rule, _rows("x", MET, MET, MET, MET)],
    )
    assert [(f.rule, f.message) for f in found.batch_findings] == [("whole", f"as of {JUDGED_AT.date()}")]


def test_what_a_broken_rule_raised_is_named() -> None:
    def rows(_facts: Facts, _rows: RequestColumns) -> npt.NDArray[np.int8]:
        """Nothing works."""
        raise LookupError("12 Maple St")

    def whole(_facts: Facts, _rows: RequestColumns) -> Finding:
        """Nothing works."""
        raise ArithmeticError("12 Maple St")

    found = _judged(Rule("broken", "R", CITED, CLAUSE, rows=rows), Rule("broken too", "R", CITED, CLAUSE, batch=whole))
    said = {finding.rule: finding for finding in found.batch_findings}
    for rule, fault in (("broken", "LookupError"), ("broken too", "ArithmeticError")):
        assert said[rule].outcome is Outcome.UNDETERMINED
        assert f"could not be applied ({fault})" in said[rule].message
        assert "Maple" not in said[rule].message
    assert found.row_findings.undetermined.tolist() == [1, 1, 1, 1]
    assert found.row_findings.undetermined.dtype == np.int64


def test_any_outcome_counts_and_nothing_beyond() -> None:
    highest = np.int8(max(Outcome))
    assert _judged(_rows("one", *[highest] * 4)).batch_findings[-1].rule == "whole"
    assert _judged(_rows("one", *[np.int8(highest + 1)] * 4)).batch_findings[-1].outcome is Outcome.UNDETERMINED


def test_an_empty_register_holds_the_batch_and_says_under_which_law() -> None:
    (finding,) = evaluate_gates(
        make_batch(), law=load_law(), at=JUDGED_AT, history=History(), register=[]
    ).batch_findings
    assert (finding.rule, finding.outcome, finding.citation) == ("register", Outcome.UNDETERMINED, "26 USC 6103(a)")
    assert "Restore the register" in finding.message
