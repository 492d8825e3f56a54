"""Evaluation: the measures on cases counted by hand, and a whole run on a made-up town."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.decide import MatchPolicy
from comity.errors import RequestError
from comity.evaluate import evaluate_matching
from comity.evaluate.measures import measure_evidence, measure_reliability, rank_by_score, recall_at_error_rate
from tests.support.labelled_town import write_labelled_town


def test_recall_at_a_wrong_share_is_counted_by_hand() -> None:
    score, truth = np.array([0.9, 0.8, 0.7, 0.6, 0.0]), np.array([True, True, False, True, True])
    assert recall_at_error_rate(score, truth, 0.0) == 2 / 4
    assert recall_at_error_rate(score, truth, 0.25) == 3 / 4
    assert recall_at_error_rate(score, truth, 0.5) == 3 / 4


def test_a_tie_is_never_split() -> None:
    right, wrong = rank_by_score(np.array([0.9, 0.9, 0.5]), np.array([True, False, True]))
    assert (right.tolist(), wrong.tolist()) == ([1, 2], [1, 1])


def test_reliability_weighs_bins_by_count() -> None:
    score = np.array([0.92] * 50 + [0.05] * 50)
    truth = np.array([True] * 46 + [False] * 4 + [False] * 50)
    bins, ece = measure_reliability(score, truth)
    assert [(b.requests, round(b.observed_share, 2)) for b in bins] == [(50, 0.0), (50, 0.92)]
    assert ece == pytest.approx(0.025)


def test_what_claims_to_be_sure_is_measured_apart() -> None:
    evidence = measure_evidence(np.array([0.99, 0.995, 1.0, 0.9]), np.array([True, True, False, True]))
    assert (evidence.high_confidence.requests, evidence.high_confidence.observed_share) == (3, 2 / 3)
    assert evidence.high_confidence.calibration_gap == pytest.approx(0.995 - 2 / 3)
    assert evidence.precision_recall_curve[-1] == (1.0, 0.75)


def test_a_whole_run(tmp_path: Path) -> None:
    seen: list[str] = []
    report = evaluate_matching(
        *write_labelled_town(tmp_path), tmp_path / "out", progress=lambda stage, _: seen.append(stage)
    )
    found = pq.read_table(tmp_path / "out" / "determinations.parquet")
    assert found.column_names == ["request_id", "outcome", "match_probability", "match_weight"]
    assert len(found) == 90
    assert set(found["outcome"].to_pylist()) <= {"match", "review", "non_match"}
    everyone = report.outcomes[0]
    assert (everyone.requests, everyone.confirmed) == (90, 60)
    assert everyone.recall_incl_review > 0.95
    assert everyone.wrong == 0
    assert [(label.column, [g.outcomes.name for g in label.groups]) for label in report.label_breakdowns] == [
        ("group", ["<script>B", "A"])
    ]
    assert "done" in seen


def test_no_label_reaches_the_matcher(tmp_path: Path) -> None:
    records, requests, truth = write_labelled_town(tmp_path)
    first = evaluate_matching(records, requests, truth, tmp_path / "one")
    table = pq.read_table(truth)
    order = np.random.default_rng(3).permutation(len(table))
    shuffled = {c: table[c].take(order) for c in ("confirmed", "complete", "group")}
    pq.write_table(pa.table({"request_id": table["request_id"], **shuffled}), truth)
    second = evaluate_matching(records, requests, truth, tmp_path / "other")
    one, other = (pq.read_table(tmp_path / run / "determinations.parquet") for run in ("one", "other"))
    assert one.equals(other)
    assert first.label_breakdowns != second.label_breakdowns


def test_errors_are_told_by_kind(tmp_path: Path) -> None:
    records, _, _ = write_labelled_town(tmp_path)
    stored = pq.read_table(records).to_pylist()
    same, sister, elsewhere, blank = (dict(r) for r in (stored[0], stored[1], stored[2], stored[3]))
    sister |= {"first_name": "Zelda", "middle_name": None}
    elsewhere |= {"street": "1 Nowhere At All Rd", "zip": "00501", "city": "Holtsville", "state": "NY"}
    blank |= {"first_name": None}
    columns = ["first_name", "middle_name", "last_name", "street", "city", "state", "zip", "tax_year"]
    asked = [
        {"request_id": f"q{i}"} | {c: r[c] for c in columns} for i, r in enumerate((same, sister, elsewhere, blank))
    ]
    pq.write_table(pa.Table.from_pylist(asked), tmp_path / "requests.parquet")
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


def test_a_request_without_truth_is_said_so(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    pq.write_table(pq.read_table(paths[2]).slice(0, 80), paths[2])
    with pytest.raises(RequestError, match="10 requests"):
        evaluate_matching(*paths, tmp_path / "out")


def test_a_file_without_its_columns_is_said_so(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    pq.write_table(pq.read_table(paths[1]).drop_columns(["street"]), paths[1])
    with pytest.raises(RequestError, match="street"):
        evaluate_matching(*paths, tmp_path / "out")


def test_a_truth_that_is_neither_yes_nor_no_is_said_so(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    table = pq.read_table(paths[2])
    for values in (["perhaps"] * 90, [None] + [True] * 89):
        pq.write_table(table.set_column(1, "confirmed", pa.array(values)), paths[2])
        with pytest.raises(RequestError, match="confirmed"):
            evaluate_matching(*paths, tmp_path / "out")


def test_yes_and_no_may_be_written_as_one_and_zero(tmp_path: Path) -> None:
    paths = write_labelled_town(tmp_path)
    table = pq.read_table(paths[2])
    pq.write_table(
        table.set_column(1, "confirmed", pa.array([str(int(v)) for v in table["confirmed"].to_pylist()])), paths[2]
    )
    assert evaluate_matching(*paths, tmp_path / "out").confirmed == 60
