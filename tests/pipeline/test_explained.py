"""`comity explain`: a stored determination replays bit for bit, and nothing of a record or a request is shown."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from comity import pipeline
from comity.app import clock
from comity.app.cli import main
from comity.columns.binary_powers import compute_exp2
from comity.law import PopulationProfile, find_population, load_law
from comity.law.provisions import compute_file_seal
from comity.match import Index, matcher, read_model
from comity.match.index.format import FORMAT
from comity.match.match_model import dump_model
from tests.support.workspace import (
    RECORDS,
    Workspace,
    build_record_index,
    load_law_naming,
    make_workspace,
    request_about,
)

pytestmark = pytest.mark.usefixtures("august_2025")


def explained(world: Workspace, batch: Path, request: str, *more: str, index: Path | None = None) -> list[str]:
    home = str(world.root / f"{batch.name}-home")
    known = ["--index", str(index or world.index), "--home", home, "--request", request]
    return ["explain", str(batch), *known, *more]


def run(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_a_determination_is_replayed_and_holds_no_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_workspace(tmp_path)
    asked = request_about(1, first_name="Marysol")
    batch = world.write_batch("why", [asked, request_about(3, reason="")])
    world.verify_batch(batch)
    said = []
    for more in ((), ("--json",), ("--out", str(tmp_path / "why.html"))):
        assert run(explained(world, batch, asked["request_id"], *more)) == 0
        said.append(capsys.readouterr().out)
    assert json.loads(said[1])["outcome"] in {"match", "review"}
    shown = "".join([*said, (tmp_path / "why.html").read_text(encoding="utf-8")]).lower()
    for field in ("first_name", "last_name", "street", "city", "zip", "tin"):
        for value in (asked.get(field), RECORDS[0][field]):
            assert not value or value.lower() not in shown


def test_another_index_cannot_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_workspace(tmp_path)
    asked = request_about(1)
    batch = world.write_batch("why", [asked])
    world.verify_batch(batch)
    other = build_record_index(tmp_path / "other", RECORDS)
    assert run(explained(world, batch, asked["request_id"], index=other)) == 5
    assert "another index" in capsys.readouterr().err


def test_a_determination_of_an_earlier_version_names_the_version_that_replays_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier version computed probabilities otherwise in the last bit, and wrote indexes of another format."""
    world = make_workspace(tmp_path)
    asked = request_about(1)
    batch = world.write_batch("why", [asked])
    with monkeypatch.context() as earlier:
        earlier.setattr(pipeline, "__version__", "0.1.0")
        earlier.setattr(matcher, "compute_exp2", lambda values: compute_exp2(values) * (1 + 1e-9))
        world.verify_batch(batch)
    assert run(explained(world, batch, asked["request_id"])) == 5
    said = capsys.readouterr().err
    assert "comes out otherwise" in said
    assert "Comity 0.1.0 answered the batch" in said
    for file in (world.index / "index.json", *(world.index / "states").iterdir()):
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"format": FORMAT - 1}))
    assert run(explained(world, batch, asked["request_id"])) == 5
    said = capsys.readouterr().err
    assert "Another version of Comity wrote this index" in said
    assert "Comity 0.1.0 answered the batch" in said


def test_a_model_of_ones_own_weighs_and_only_it_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_workspace(tmp_path)
    data = json.loads((files("comity.match") / "model.json").read_text(encoding="utf-8"))
    own, silent = tmp_path / "own.json", tmp_path / "silent.json"
    own.write_text(dump_model(data | {"about": "the custodian's own"}), encoding="utf-8")
    silent.write_text(dump_model(data | {"confirm_from": []}), encoding="utf-8")
    asked = request_about(1)
    batch = world.write_batch("why", [asked])
    home = str(world.open_home("why-home").path)
    words = [
        "verify",
        str(batch),
        "--index",
        str(world.index),
        "--home",
        home,
        "--out",
        str(tmp_path / "a"),
    ]
    assert run([*words, "--model", str(silent)]) == 1
    assert "nothing may be confirmed" in capsys.readouterr().err
    assert run([*words, "--model", str(own)]) == 0
    assert run(explained(world, batch, asked["request_id"])) == 5
    assert "another model" in capsys.readouterr().err
    assert run(explained(world, batch, asked["request_id"], "--model", str(own), "--json")) == 0
    assert json.loads(capsys.readouterr().out)["model"] == read_model(own).fingerprint


def test_the_population_profile_is_in_answer_and_explanation_and_only_it_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_workspace(tmp_path)
    asked, profile = request_about(1), find_population(load_law().get_agreement("irs-ice-2025"))
    batch = world.write_batch("why", [asked])
    world.verify_batch(batch)
    answered = json.loads(next(world.root.rglob("answers.json")).read_text(encoding="utf-8"))
    assert answered["population"] == {"id": profile.id, "sha256": profile.fingerprint}
    assert run(explained(world, batch, asked["request_id"], "--json")) == 0
    assert json.loads(capsys.readouterr().out)["population"] == answered["population"]
    changed = profile.model_dump(mode="json") | {"title": "As an earlier version had it"}
    changed["sha256"] = compute_file_seal(changed)
    other = world.write_batch("other", [asked])
    with monkeypatch.context() as earlier:
        earlier.setattr(pipeline, "find_population", lambda _: PopulationProfile.model_validate(changed))
        world.verify_batch(other)
    assert run(explained(world, other, asked["request_id"])) == 5
    assert "another population profile" in capsys.readouterr().err


def test_a_batch_answered_for_another_population_is_explained_with_the_probability_that_was_required_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_workspace(tmp_path)
    asked = request_about(1)
    required = []
    for population in ("mostly-valid", "few-valid"):
        batch = world.write_batch(population, [asked])
        world.verify_batch(batch, population=population)
        assert run(explained(world, batch, asked["request_id"], "--json")) == 0
        facts = json.loads(capsys.readouterr().out)
        assert facts["population"]["id"] == population
        required.append(facts["confirm_probability"])
    law = load_law_naming("mostly-valid"), load_law_naming("few-valid")
    assert required == [
        pipeline.derive_match_policy(each.get_agreement("irs-ice-2025")).confirm_probability for each in law
    ]
    assert required[0] != required[1]


def test_a_refused_request_is_explained_by_its_rules_and_no_record_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_workspace(tmp_path)
    refused = request_about(3, street="Unknown address", street2="", case_number="") | {"request_id": "refused"}
    batch = world.write_batch("why", [request_about(1), refused])
    world.verify_batch(batch)
    monkeypatch.setattr(Index, "open", None)  # no record is read
    assert run(explained(world, batch, "refused", "--json")) == 0
    rules = {item["rule"]: item for item in json.loads(capsys.readouterr().out)["refused_by"]}
    assert {"a02_unknown_address", "r05_case_number"} <= set(rules)
    assert all(item["requirement"] and item["citation"] and item["law"] for item in rules.values())
    assert run(explained(world, batch, "refused")) == 0
    assert "a02_unknown_address (26 USC 6103(i)(2)(B)(i)" in capsys.readouterr().out


def test_a_batch_that_was_refused_whole_is_explained_by_its_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_workspace(tmp_path)
    batch = world.write_batch("why", [request_about(1, request_id="q")], officers=[])
    world.verify_batch(batch)
    assert run(explained(world, batch, "q", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["refused_by"][0]["rule"].startswith("r")


@pytest.mark.parametrize("request_id", ["nobody", "q\x00"])
def test_what_was_never_compared_is_not_looked_up(
    tmp_path: Path, request_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_workspace(tmp_path)
    batch = world.write_batch("why", [request_about(1)])
    world.verify_batch(batch)
    assert run(explained(world, batch, request_id)) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_nobody_is_looked_up_again_while_an_order_forbids_inspection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_workspace(tmp_path)
    asked = request_about(1)
    batch = world.write_batch("why", [asked])
    world.verify_batch(batch)
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 11, 21, 12, tzinfo=UTC))
    monkeypatch.setattr(Index, "open", None)  # no record is read
    assert run(explained(world, batch, asked["request_id"])) == 4
    assert "O2" in capsys.readouterr().err
