"""Evaluation: the measures on cases counted by hand, and a whole run on a made-up town."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.errors import RequestError
from comity.evaluate import evaluate
from comity.evaluate.measures import ranking, recall_at, reliability, wilson
from tests.unit.match.town import neighbors, write


def test_recall_at_a_wrong_share_is_counted_by_hand() -> None:
    score, truth = np.array([0.9, 0.8, 0.7, 0.6, 0.0]), np.array([True, True, False, True, True])
    assert recall_at(score, truth, 0.0) == 2 / 4
    assert recall_at(score, truth, 0.25) == 3 / 4
    assert recall_at(score, truth, 0.5) == 3 / 4


def test_a_tie_is_never_split() -> None:
    right, wrong = ranking(np.array([0.9, 0.9, 0.5]), np.array([True, False, True]))
    assert (right.tolist(), wrong.tolist()) == ([1, 2], [1, 1])


def test_reliability_weighs_bins_by_count() -> None:
    score = np.array([0.92] * 50 + [0.05] * 50)
    truth = np.array([True] * 46 + [False] * 4 + [False] * 50)
    bins, ece = reliability(score, truth)
    assert [(b.requests, round(b.observed, 2)) for b in bins] == [(50, 0.0), (50, 0.92)]
    assert ece == pytest.approx(0.025)


def test_intervals_hold_the_share_and_narrow_with_data() -> None:
    low, high = wilson(1, 10)
    assert low < 0.1 < high
    assert wilson(100, 1000)[0] > low
    assert wilson(0, 0) == (0.0, 1.0)


def town(folder: Path) -> tuple[Path, Path, Path]:
    records = neighbors(300)
    asked = [r | {"request_id": f"q{i}"} for i, r in enumerate(records[:60])]
    asked += [
        r | {"request_id": f"x{i}", "first_name": "Zelda", "middle_name": None} for i, r in enumerate(records[60:90])
    ]
    columns = ["request_id", "first_name", "middle_name", "last_name", "street", "city", "state", "zip", "tax_year"]
    table = pa.Table.from_pylist([{c: r[c] for c in columns} for r in asked])
    truth = pa.table({
        "request_id": table["request_id"], "confirmed": [r["request_id"][0] == "q" for r in asked],  # type: ignore[index]
        "complete": [True] * 90, "group": ["A", "B"] * 45,
    })  # fmt: skip
    pq.write_table(table, folder / "requests.parquet")
    pq.write_table(truth.take(list(reversed(range(90)))), folder / "truth.parquet")
    return write(folder / "records.parquet", records), folder / "requests.parquet", folder / "truth.parquet"


def test_a_whole_run(tmp_path: Path) -> None:
    seen: list[str] = []
    report = evaluate(*town(tmp_path), tmp_path / "out", progress=lambda stage, _: seen.append(stage))
    found = pq.read_table(tmp_path / "out" / "determinations.parquet")
    assert found.column_names == ["request_id", "outcome", "match_probability", "match_weight"]
    assert len(found) == 90
    assert set(found["outcome"].to_pylist()) <= {"match", "review", "non_match"}
    everyone = report.outcomes[0]
    assert (everyone.requests, everyone.confirmed) == (90, 60)
    assert everyone.found > 0.95
    assert everyone.wrong == 0
    assert [g.name for g in report.groups["group"]] == ["A", "B"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<svg" in page
    assert "http" not in page
    assert "Zelda" not in page
    assert "done" in seen


def test_a_request_without_truth_is_said_so(tmp_path: Path) -> None:
    paths = town(tmp_path)
    pq.write_table(pq.read_table(paths[2]).slice(0, 80), paths[2])
    with pytest.raises(RequestError, match="10 requests"):
        evaluate(*paths, tmp_path / "out")


def test_a_file_without_its_columns_is_said_so(tmp_path: Path) -> None:
    paths = town(tmp_path)
    pq.write_table(pq.read_table(paths[1]).drop_columns(["street"]), paths[1])
    with pytest.raises(RequestError, match="street"):
        evaluate(*paths, tmp_path / "out")
