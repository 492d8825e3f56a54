"""A whole evaluation on a made-up town: its files, its errors by kind, and what it refuses."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.decide import MatchPolicy
from comity.errors import RequestError
from comity.evaluate import evaluate_matching
from tests.support.labelled_town import write_labelled_town


def test_evaluate_matching_writes_determinations(tmp_path: Path) -> None:
    stages: list[str] = []
    report = evaluate_matching(
        *write_labelled_town(tmp_path), tmp_path / "out", progress=lambda stage, _: stages.append(stage)
    )
    determinations = pq.read_table(tmp_path / "out" / "determinations.parquet")
    assert determinations.column_names == ["request_id", "outcome", "match_probability", "match_weight"]
    assert len(determinations) == 90
    assert set(determinations["outcome"].to_pylist()) <= {"match", "review", "non_match"}
    outcomes = report.outcomes[0]
    assert (outcomes.requests, outcomes.confirmed) == (90, 60)
    assert outcomes.recall_incl_review > 0.95
    assert outcomes.wrong == 0
    assert [(label.column, [g.outcomes.name for g in label.groups]) for label in report.label_breakdowns] == [
        ("group", ["<script>B", "A"])
    ]
    assert "done" in stages


def test_no_label_reaches_the_matcher(tmp_path: Path) -> None:
    records, requests, truth = write_labelled_town(tmp_path)
    runs = (tmp_path / "labelled", tmp_path / "shuffled")
    labelled_report = evaluate_matching(records, requests, truth, runs[0])
    table = pq.read_table(truth)
    order = np.random.default_rng(3).permutation(len(table))
    shuffled = {c: table[c].take(order) for c in ("confirmed", "complete", "group")}
    pq.write_table(pa.table({"request_id": table["request_id"], **shuffled}), truth)
    shuffled_report = evaluate_matching(records, requests, truth, runs[1])
    left, right = (pq.read_table(run / "determinations.parquet") for run in runs)
    assert left.equals(right)
    assert labelled_report.label_breakdowns != shuffled_report.label_breakdowns


def test_errors_are_classified_by_kind(tmp_path: Path) -> None:
    records, _, _ = write_labelled_town(tmp_path)
    stored = pq.read_table(records).to_pylist()
    same, sister, elsewhere, blank = (dict(r) for r in stored[:4])
    sister |= {"first_name": "Zelda", "middle_name": None}
    elsewhere |= {"street": "1 Nowhere At All Rd", "zip": "00501", "city": "Holtsville", "state": "NY"}
    blank |= {"first_name": None}
    columns = ["first_name", "middle_name", "last_name", "street", "city", "state", "zip", "tax_year"]
    requests = [
        {"request_id": f"q{i}"} | {c: r[c] for c in columns} for i, r in enumerate((same, sister, elsewhere, blank))
    ]
    pq.write_table(pa.Table.from_pylist(requests), tmp_path / "requests.parquet")
    truth = pa.table({"request_id": [f"q{i}" for i in range(4)], "confirmed": [False, True, True, True]})
    pq.write_table(truth, tmp_path / "truth.parquet")
    policy = MatchPolicy(confirm_probability=0.5)
    report = evaluate_matching(
        records, tmp_path / "requests.parquet", tmp_path / "truth.parquet", tmp_path / "out", policy=policy
    )
    errors = {r["request_id"]: r for r in pq.read_table(tmp_path / "out/errors.parquet").to_pylist()}
    assert {k: (e["error"], e["kind"]) for k, e in errors.items()} == {
        "q0": ("wrong", "namesake"),
        "q1": ("missed", "another given name"),
        "q2": ("missed", "no record shares the address"),
        "q3": ("missed", "given name missing"),
    }
    assert errors["q0"]["record_id"] == stored[0]["record_id"]
    assert [(k.name, k.match) for k in report.wrong_kinds] == [("namesake", 1)]
    assert sum(k.total for k in report.missed_kinds) == 3


def test_a_request_without_truth_is_refused(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    pq.write_table(pq.read_table(paths[2]).slice(0, 80), paths[2])
    with pytest.raises(RequestError, match="10 requests"):
        evaluate_matching(*paths, tmp_path / "out")


def test_a_file_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    pq.write_table(pq.read_table(paths[1]).drop_columns(["street"]), paths[1])
    with pytest.raises(RequestError, match="street"):
        evaluate_matching(*paths, tmp_path / "out")


def test_a_label_that_is_neither_true_nor_false_is_refused(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    table = pq.read_table(paths[2])
    for values in (["perhaps"] * 90, [None] + [True] * 89):
        pq.write_table(table.set_column(1, "confirmed", pa.array(values)), paths[2])
        with pytest.raises(RequestError, match="confirmed"):
            evaluate_matching(*paths, tmp_path / "out")


def test_labels_may_be_written_as_one_and_zero(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    table = pq.read_table(paths[2])
    pq.write_table(
        table.set_column(1, "confirmed", pa.array([str(int(v)) for v in table["confirmed"].to_pylist()])), paths[2]
    )
    assert evaluate_matching(*paths, tmp_path / "out").confirmed == 60
