"""What the engine makes of outcomes: a bit per row and rule, a finding per batch, and the request digests."""

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
MET, NOT_MET, UNDETERMINED, NOT_APPLICABLE = (
    np.int8(o) for o in (Outcome.MET, Outcome.NOT_MET, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE)
)
ROWS = [VALID_ROW | {"request_id": f"row-{n}"} for n in range(4)]


def _row_function(*outcomes: np.int8) -> RowFunction:
    def rows(_facts: Facts, _rows: RequestColumns) -> npt.NDArray[np.int8]:
        """Return fixed outcomes."""
        return np.array(outcomes, np.int8)

    return rows


def _met(facts: Facts, _rows: RequestColumns) -> Finding:
    return Finding("whole", Outcome.MET, CITED, f"as of {facts.today}")


def _evaluate(*rules: Rule) -> Findings:
    whole = Rule("whole", "R", CITED, CLAUSE, batch=_met)
    return evaluate_gates(
        make_batch(rows=ROWS), law=load_law(), at=JUDGED_AT, history=History(), register=[whole, *rules]
    )


def _row_rule(name: str, *outcomes: np.int8, refuses_batch: bool = False) -> Rule:
    return Rule(name, "R", CITED, CLAUSE, rows=_row_function(*outcomes), refuses_batch_if_no_row_passes=refuses_batch)


def test_each_rule_has_its_bit_in_each_row() -> None:
    findings = _evaluate(
        _row_rule("one", MET, NOT_MET, UNDETERMINED, NOT_MET),
        _row_rule("other", NOT_APPLICABLE, NOT_MET, UNDETERMINED, UNDETERMINED),
    )
    assert findings.row_findings.rules == ("one", "other")
    assert findings.row_findings.not_met.tolist() == [0, 3, 0, 1]
    assert findings.row_findings.undetermined.tolist() == [0, 0, 3, 2]
    assert findings.law_fingerprint == load_law().fingerprint
    assert findings.request_digests is None
    assert [finding.rule for finding in findings.batch_findings] == ["whole"]


def test_the_request_digests_are_returned() -> None:
    def count_digests(facts: Facts, rows: RequestColumns) -> npt.NDArray[np.int8]:
        """Read the digests."""
        return np.full(len(request_digests(facts, rows).is_counted), MET)

    findings = _evaluate(Rule("asking", "P", CITED, CLAUSE, rows=count_digests))
    assert findings.request_digests is not None
    assert len(findings.request_digests.is_counted) == len(ROWS)


def test_a_rule_may_refuse_the_batch_if_no_row_passes() -> None:
    def finding_from(*outcomes: np.int8) -> list[tuple[Outcome, str]]:
        findings = _evaluate(_row_rule("of rows", *outcomes, refuses_batch=True)).batch_findings
        return [(f.outcome, f.message) for f in findings if f.rule == "of rows"]

    ((outcome, message),) = finding_from(NOT_MET, NOT_MET, NOT_MET, NOT_MET)
    assert outcome is Outcome.NOT_MET
    assert message.startswith("Not one row of the batch meets what the rule asks")
    ((outcome, message),) = finding_from(NOT_MET, UNDETERMINED, NOT_MET, UNDETERMINED)
    assert outcome is Outcome.UNDETERMINED
    assert finding_from(NOT_MET, MET, UNDETERMINED, MET) == [
        (Outcome.MET, "At least one row meets it; rows that do not are refused.")
    ]
    ordinary = _evaluate(_row_rule("of rows", NOT_MET, NOT_MET, NOT_MET, NOT_MET)).batch_findings
    assert [finding.rule for finding in ordinary] == ["whole"], "other rules say nothing about the batch"


def test_such_a_rule_with_a_batch_function_has_one_finding() -> None:
    rule = Rule("whole", "R", CITED, CLAUSE, batch=_met, refuses_batch_if_no_row_passes=True)
    findings = evaluate_gates(
        make_batch(rows=ROWS),
        law=load_law(),
        at=JUDGED_AT,
        history=History(),
        register=[rule, _row_rule("x", MET, MET, MET, MET)],
    )
    assert [(f.rule, f.message) for f in findings.batch_findings] == [("whole", f"as of {JUDGED_AT.date()}")]


def test_the_error_of_a_broken_rule_is_named_without_its_text() -> None:
    def rows(_facts: Facts, _rows: RequestColumns) -> npt.NDArray[np.int8]:
        """Fail."""
        raise LookupError("12 Maple St")

    def whole(_facts: Facts, _rows: RequestColumns) -> Finding:
        """Fail."""
        raise ArithmeticError("12 Maple St")

    findings = _evaluate(
        Rule("broken", "R", CITED, CLAUSE, rows=rows), Rule("broken too", "R", CITED, CLAUSE, batch=whole)
    )
    by_rule = {finding.rule: finding for finding in findings.batch_findings}
    for rule, fault in (("broken", "LookupError"), ("broken too", "ArithmeticError")):
        assert by_rule[rule].outcome is Outcome.UNDETERMINED
        assert f"could not be applied ({fault})" in by_rule[rule].message
        assert "Maple" not in by_rule[rule].message
    assert findings.row_findings.undetermined.tolist() == [1, 1, 1, 1]
    assert findings.row_findings.undetermined.dtype == np.int64


def test_only_outcomes_are_accepted() -> None:
    highest = np.int8(max(Outcome))
    assert _evaluate(_row_rule("one", *[highest] * 4)).batch_findings[-1].rule == "whole"
    assert _evaluate(_row_rule("one", *[np.int8(highest + 1)] * 4)).batch_findings[-1].outcome is Outcome.UNDETERMINED


def test_an_empty_register_holds_the_batch_and_cites_the_law() -> None:
    (finding,) = evaluate_gates(
        make_batch(), law=load_law(), at=JUDGED_AT, history=History(), register=[]
    ).batch_findings
    assert (finding.rule, finding.outcome, finding.citation) == ("register", Outcome.UNDETERMINED, "26 USC 6103(a)")
    assert "Restore the register" in finding.message
