"""Training on a made-up town: with judgments, without any, and from a Splink model."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from comity.app.cli import main
from comity.errors import ComityError, PolicyError, RequestError
from comity.evaluate import evaluate_matching
from comity.evaluate.evaluation import default_policy
from comity.evaluate.train_model import TrainingResult, TrainingSource, train_model
from comity.match.match_model import min_confirm_probability, parse_model
from comity.match.training.splink_import import parse_splink_settings
from tests.support.match_records import make_neighbors, write_records

SPLINK = Path(__file__).parents[2] / "cases/splink_model.json"
COLUMNS = ["request_id", "first_name", "middle_name", "last_name", "street", "city", "state", "zip", "tax_year"]
SISTERS = ("Zelda", "Ottoline", "Philippa", "Rosalind", "Theodora", "Wilhelmina")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> TrainingSource:
    """Return 240 requests about people of the town, some with a field left out, and 120 about their sisters.

    A sixth of the truth is the test split, and all of it is false: a model trained on it learns nonsense.
    """
    folder, records = tmp_path_factory.mktemp("judged"), make_neighbors(360)
    requests = [r | {"request_id": f"q{i}"} for i, r in enumerate(records[:240])]
    for i, row in enumerate(requests):
        row.update({"middle_name": None} if i % 4 == 0 else {})
        row.update({"first_name": str(row["first_name"])[:1]} if i % 8 == 1 else {})
        row.update({"street": str(row["street"]).split(" ", 1)[1]} if i % 20 == 3 else {})
    requests += [
        r | {"request_id": f"x{i}", "first_name": SISTERS[i % 6], "middle_name": "XYZ"[i % 3]}
        for i, r in enumerate(records[240:360])
    ]
    table = pa.Table.from_pylist([{c: r[c] for c in COLUMNS} for r in requests])
    is_about_resident = [str(r["request_id"]).startswith("q") for r in requests]
    split = ["test" if i % 6 == 5 else "fit" for i in range(len(requests))]
    confirmed = [is_right is (name == "fit") for is_right, name in zip(is_about_resident, split, strict=True)]
    truth = pa.table({"request_id": table["request_id"], "confirmed": confirmed, "split": split})
    pq.write_table(table, folder / "requests.parquet")
    pq.write_table(truth, folder / "truth.parquet")
    return TrainingSource(
        write_records(folder / "records.parquet", records), folder / "requests.parquet", folder / "truth.parquet", "fit"
    )


def write_corrected_truth(source: TrainingSource, folder: Path) -> Path:
    """Write the truth with the false labels of the test split corrected."""
    assert source.truth is not None
    truth = pq.read_table(source.truth)
    right = pc.if_else(pc.equal(truth["split"], "fit"), truth["confirmed"], pc.invert(truth["confirmed"]))
    pq.write_table(truth.set_column(1, "confirmed", right), folder / "truth.parquet")
    return folder / "truth.parquet"


@pytest.fixture(scope="module")
def trained(source: TrainingSource) -> TrainingResult:
    return train_model([source])


@pytest.fixture(scope="module")
def unlabelled(source: TrainingSource) -> TrainingResult:
    return train_model([replace(source, truth=None, split=None)])


def test_a_model_file_states_its_data_its_fingerprint_and_its_reliability(trained: TrainingResult) -> None:
    data = json.loads(trained.model_json)
    assert data["fingerprint"] == trained.model.fingerprint
    assert data["about"]["data_fingerprint"] == trained.data_fingerprint
    assert "300 judgments, 200 of them confirmed" in data["about"]["labels"]
    reliability = data["reliability"]
    assert (reliability["requests"], reliability["confirmed"]) == (300, 200)
    assert sum(b["requests"] for b in reliability["bins"]) == 300
    assert reliability["ece"] < 0.1
    assert parse_model(trained.model_json) == trained.model


def test_no_name_and_no_address_is_in_a_model(trained: TrainingResult, source: TrainingSource) -> None:
    words_in_model = set(re.findall(r"[a-z0-9]+", trained.model_json.lower()))
    rows = pq.read_table(source.requests).to_pylist()
    values = {
        word for r in rows for c in ("last_name", "street", "city", "zip") if r[c] for word in str(r[c]).lower().split()
    }
    values = {value for value in values | {s.lower() for s in SISTERS} if len(value) > 3 and value.isalpha()}
    assert len(values) > 30
    assert not values & words_in_model


def test_the_same_labels_give_the_same_model_whatever_the_other_split_says(
    trained: TrainingResult, source: TrainingSource, tmp_path: Path
) -> None:
    again = train_model([replace(source, truth=write_corrected_truth(source, tmp_path))])
    weights = [
        {k: v for k, v in json.loads(t.model_json).items() if k not in {"about", "fingerprint"}}
        for t in (trained, again)
    ]
    assert weights[0] == weights[1]
    assert again.data_fingerprint != trained.data_fingerprint
    assert again.model.fingerprint != trained.model.fingerprint


def test_without_judgments_a_model_ranks_but_may_confirm_nothing(
    unlabelled: TrainingResult, source: TrainingSource, tmp_path: Path
) -> None:
    assert "reliability" not in json.loads(unlabelled.model_json)
    with pytest.raises(PolicyError, match="nothing may be confirmed"):
        min_confirm_probability(0.001, unlabelled.model)
    report = evaluate_matching(
        source.records,
        source.requests,
        write_corrected_truth(source, tmp_path),
        tmp_path / "out",
        model=unlabelled.model,
    )
    assert report.evidence.recall_at_error_rate[0.01] > 0.7
    assert report.model_fingerprint == unlabelled.model.fingerprint
    assert report.policy == default_policy(unlabelled.model)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.slice(0, 120), "fewer than 40 judgments of one kind"),
        (lambda t: pa.concat_tables([t, t.slice(0, 1)]), "judges a request twice"),
        (lambda t: t.set_column(1, "confirmed", pa.array(["perhaps"] * len(t))), "not yes or no"),
        (lambda t: t.drop_columns(["confirmed"]), "lacks: confirmed"),
        (lambda t: t.drop_columns(["split"]), "lacks: split"),
    ],
)
def test_judgments_that_cannot_be_used_are_refused(
    spoil: Any, message: str, source: TrainingSource, tmp_path: Path
) -> None:
    pq.write_table(spoil(pq.read_table(source.truth)), tmp_path / "truth.parquet")
    with pytest.raises(RequestError, match=message):
        train_model([replace(source, truth=tmp_path / "truth.parquet")])


def test_training_can_start_from_a_splink_model(unlabelled: TrainingResult, source: TrainingSource) -> None:
    start = parse_splink_settings(SPLINK.read_text(encoding="utf-8"))
    started = train_model([replace(source, truth=None, split=None)], start=start)
    assert json.loads(started.model_json)["about"]["start"] == {
        "m of a Splink model": list(start.used),
        "not used": list(start.ignored),
    }
    assert started.model.same_person["person"] != unlabelled.model.same_person["person"]


def run_command(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_the_command_writes_a_model_for_evaluate_and_never_overwrites_one(
    trained: TrainingResult, source: TrainingSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.json"
    arguments = ("train", source.records, source.requests, "--truth", source.truth, "--out", out)
    assert run_command(*arguments, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["requests"], facts["judged"]) == (360, 360)
    assert trained.evidence is not None
    assert facts["expected_calibration_error"] > trained.evidence.ece  # the command reads the false sixth too
    assert (
        run_command(
            "evaluate", source.records, source.requests, source.truth, "--out", tmp_path / "e", "--model", out, "--json"
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["model"] == facts["model"]
    written = out.read_bytes()
    assert run_command(*arguments) == 2
    assert out.read_bytes() == written
    assert "already something" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff\x00", b'{"format": 4, "this": {"address": "\\ud800"}}', b"[" * 100_000]
)
def test_a_file_that_is_no_model_is_refused(
    content: bytes, source: TrainingSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.json").write_bytes(content)
    arguments = ("evaluate", source.records, source.requests, source.truth, "--out", tmp_path / "e")
    assert run_command(*arguments, "--model", tmp_path / "model.json") == 1
    assert "The model cannot be used" in capsys.readouterr().err
    train = (
        "train",
        source.records,
        source.requests,
        "--out",
        tmp_path / "m.json",
        "--from-splink",
        tmp_path / "model.json",
    )
    assert run_command(*train) == 1
    assert "The Splink model cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "m.json").exists()


def test_requests_that_share_no_record_are_refused(source: TrainingSource, tmp_path: Path) -> None:
    table = pq.read_table(source.requests)
    nowhere = table.set_column(table.column_names.index("tax_year"), "tax_year", pa.array(["1999"] * len(table)))
    pq.write_table(nowhere, tmp_path / "requests.parquet")
    with pytest.raises(ComityError, match="nothing to learn from"):
        train_model([TrainingSource(source.records, tmp_path / "requests.parquet")])
