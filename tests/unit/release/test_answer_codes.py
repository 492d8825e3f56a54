"""One code per request: refusals override, reasons speak of the request, nothing is lost or doubled."""

import numpy as np
import pyarrow as pa
import pytest

from comity.model.answer import ANSWERS_SCHEMA
from comity.model.batch import Batch, Manifest
from comity.model.evidence import DETERMINATIONS_SCHEMA
from comity.model.finding import Finding, Findings, Outcome, RowFindings
from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA
from comity.release.answer_codes import compose_answers, eligible_rows
from comity.release.answers_folder import encode_answers_csv
from tests.support.batch_folders import make_manifest

REFUSED_WHOLE = Finding("r01_signer_office", Outcome.NOT_MET, "26 USC 6103(i)(2)(A)", "No.")


def batch(*request_ids: str | None) -> Batch:
    columns = {name: pa.nulls(len(request_ids), pa.string()) for name in REQUEST_FIELDS}
    columns["request_id"] = pa.array(request_ids, pa.string())
    rows = pa.array(range(1, len(request_ids) + 1), pa.int32())
    table = pa.table({"row": rows, **columns}, schema=REQUESTS_SCHEMA)
    return Batch(Manifest.model_validate(make_manifest()), "m", "r", None, table, ())


def findings(not_met: list[int], *, whole: bool = False) -> Findings:
    none = np.zeros(len(not_met), dtype=np.int64)
    rows = RowFindings(("a01", "a02"), np.array(not_met, dtype=np.int64), none, none)
    return Findings((REFUSED_WHOLE,) if whole else (), rows, "law")


def determinations(*rows: tuple[int, str]) -> pa.Table:
    facts = [
        {"row": row, "request_id": f"q{row}", "outcome": outcome, "match_probability": 0.5, "match_weight": 0.0}
        for row, outcome in rows
    ]
    return pa.Table.from_pylist(facts, schema=DETERMINATIONS_SCHEMA)


def test_each_row_has_the_answer_that_rules_and_evidence_give() -> None:
    table = compose_answers(
        batch("q1", "q2", "q3", "q4"),
        findings([0, 3, 0, 0]),
        determinations((1, "match"), (3, "non_match"), (4, "review")),
    )
    assert table.schema == ANSWERS_SCHEMA
    assert table.column("code").to_pylist() == ["CONFIRMED", "REFUSED", "NOT_CONFIRMED", "NOT_CONFIRMED"]
    assert table.column("reasons").to_pylist() == ["", "a01;a02", "", ""]


def test_an_unreadable_identifier_is_answered_by_its_place() -> None:
    table = compose_answers(batch("q1", None), findings([1, 2]), None)
    assert table.column("request_id").to_pylist() == ["q1", "row:2"]


def test_a_whole_refusal_names_its_rule_on_every_row() -> None:
    table = compose_answers(batch("q1", "q2"), findings([0, 1], whole=True), None)
    assert table.column("reasons").to_pylist() == ["r01_signer_office", "r01_signer_office;a01"]
    assert not eligible_rows(findings([0, 1], whole=True)).to_numpy(zero_copy_only=False).any()


@pytest.mark.parametrize(
    "given",
    [
        None,
        determinations((1, "match")),
        determinations((1, "match"), (1, "match")),
        determinations((1, "match"), (2, "match")),
    ],
    ids=["none", "one missing", "one twice", "one for a refused row"],
)
def test_determinations_that_do_not_fit_the_rows_stop_the_release(given: pa.Table | None) -> None:
    with pytest.raises(RuntimeError):
        compose_answers(batch("q1", "q2", "q3"), findings([0, 1, 0]), given)


def test_the_file_reads_back_as_it_was() -> None:
    table = compose_answers(batch("q1", "q-2.a:b/c_3"), findings([1, 3]), None)
    assert encode_answers_csv(table) == b"request_id,code,reasons\nq1,REFUSED,a01\nq-2.a:b/c_3,REFUSED,a01;a02\n"


def test_a_value_that_would_need_quoting_is_never_written() -> None:
    table = compose_answers(batch('q"1'), findings([1]), None)
    with pytest.raises(pa.ArrowInvalid):
        encode_answers_csv(table)
