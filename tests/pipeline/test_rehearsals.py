"""A rehearsal (`--as-of`) answers about synthetic records only, says so everywhere, and leaves no trace in earnest."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pytest

import comity_ledger_verify as checker
from comity import law, match
from comity.accounting import compile_annual_report
from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.app.gateway import open_rehearsal
from comity.app.home import Home
from comity.errors import ComityError
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.match import Index
from comity.model.filing import Act
from comity.model.progress import no_progress
from comity.pipeline import GATES_ONLY, BatchResult, verify_batch
from comity.signing import to_public_key
from comity.store import batches
from tests.support.batch_folders import SIGNER_OFFICE
from tests.support.safeguard_plans import make_plan
from tests.support.two_persons import file_in_home
from tests.support.workspace import AUGUST_2025, RECORDS, Workspace, build_record_index, read_answers, request_about

DAY = ("--as-of", "2025-08-07")
ROWS = [request_about(1), request_about(3, street2="Apt 7C"), request_about(4, street="Unknown")]


@pytest.fixture(name="home")
def _home(world: Workspace) -> Home:
    return world.open_home()


@pytest.fixture(name="real_index", scope="module")
def _real_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same records, of which nothing says that they are synthetic."""
    return build_record_index(tmp_path_factory.mktemp("real") / "records", RECORDS, is_synthetic=False)


def rehearse(world: Workspace, home: Home, batch: Path, out: str = "out", index: Path | None = None) -> BatchResult:
    with open_rehearsal(home, AUGUST_2025) as gateway:
        return verify_batch(batch, gateway, index=index or world.index, out=world.root / out, progress=no_progress)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(str(ended.value.code or 0))


def read_leaves(home: Home) -> list[dict[str, Any]]:
    with bootstrap.open_store(home) as store, store.read() as tx:
        return [json.loads(leaf) for leaf in log.read_entries(tx, 0, log.tree_size(tx))]


def test_a_rehearsed_batch_is_then_answered_in_earnest(world: Workspace, home: Home) -> None:
    batch = world.write_batch("b", ROWS)
    assert not rehearse(world, home, batch).was_answered_before
    result, answers = world.verify_batch(batch, home=home, out=world.root / "earnest")
    assert not result.was_answered_before
    assert sorted(code for code, _ in answers.values()) == ["CONFIRMED", "NOT_CONFIRMED", "REFUSED"]
    assert json.loads((world.root / "earnest" / "answers.json").read_text())["rehearsal"] is False


def test_while_an_order_holds_the_batch_its_rehearsal_is_delivered_to_nobody(
    world: Workspace, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that was rehearsed, given without --as-of, is held as if there had been no rehearsal."""
    command = ("verify", world.write_batch("b", ROWS), "--index", world.index, "--home", home.path)
    assert run(*command, *DAY, "--out", world.root / "rehearsed") == 0
    assert run(*command, "--out", world.root / "earnest") == 4
    assert not (world.root / "earnest").exists()
    assert "O2" in capsys.readouterr().out


def test_nothing_of_a_rehearsal_is_in_the_ledger_the_history_or_a_figure(world: Workspace, home: Home) -> None:
    rehearse(world, home, world.write_batch("b", ROWS))
    assert read_leaves(home) == []
    world.verify_batch(world.write_batch("other", [request_about(7)]), home=home)
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            assert [batch.display_id for batch in batches.list_batches(tx)] == ["other"]
            asked = tx.connection.exec_driver_sql("SELECT DISTINCT batch_id FROM asked").scalars().all()
            asked = [batches.get_display_id(tx, batch_id) for batch_id in asked]
        signer = bootstrap.load_key_ring(home)
        log.sign_current_checkpoint(store, signer, at=AUGUST_2025)
        report = compile_annual_report(store, law.load_law(), signer.verifiers, signer.name, AUGUST_2025.year)
    assert asked == ["other"]
    assert [(line.batches, line.requests, line.disclosures) for line in report.lines] == [(1, 1, 1)]


def test_a_rehearsal_can_be_repeated_on_any_day_and_over_any_records(world: Workspace, home: Home) -> None:
    batch = world.write_batch("b", [request_about(1)])
    without = build_record_index(world.root / "other", [r for r in RECORDS if r["record_id"] != "r1"])
    for number, (index, code) in enumerate([(world.index, "CONFIRMED"), (without, "NOT_CONFIRMED")] * 2):
        result = rehearse(world, home, batch, f"out{number}", index)
        assert not result.was_answered_before
        assert {code for code, _ in read_answers(world.root / f"out{number}").values()} == {code}
    corrected = Workspace(world.root / "corrected", world.index, world.key)
    corrected.root.mkdir()
    assert rehearse(world, home, corrected.write_batch("b", [request_about(2)]), "mended").status == "answered"


def test_received_answers_of_a_rehearsal_are_sound_and_refused(
    world: Workspace, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    batch, out = world.write_batch("b", ROWS), world.root / "out"
    rehearse(world, home, batch)
    own = home.open_rehearsal()
    key, vkey = own.keys.load_signing_key("answers").thumbprint(), bootstrap.load_key_ring(own).verifier.to_text()
    command = ("request", "answers", out, "--batch", batch, "--answers-key", key, "--log-key", vkey)
    options = ("--keys", world.root / "keys.json", "--out", world.root / "rows.csv")
    assert run(*command, *options) == 3
    assert "every signature, hash and proof of the folder holds; but the answers are of a" in capsys.readouterr().err
    assert not (world.root / "rows.csv").exists()
    checked = ["--key", vkey, "--answers", str(out), "--answers-key", key]
    assert checker.main(checked) == 3
    assert "nobody may use them" in capsys.readouterr().out
    public = world.root / "public"
    with bootstrap.open_store(own) as store:
        note = log.sign_current_checkpoint(store, bootstrap.load_key_ring(own), at=AUGUST_2025)
        publish_log(store, public, note, *bootstrap.load_key_ring(own).verifiers)
    (world.root / "own.vkey").write_text(vkey)
    audit = ("ledger", "verify", public, "--key", world.root / "own.vkey", *checked[2:])
    assert checker.main([str(public), *checked]) == run(*audit) == 3
    assert capsys.readouterr().out.count("nobody may use them") == 2
    letter = out / "letter.md"
    letter.write_bytes(letter.read_bytes() + b"\n")
    assert run(*command, *options) == checker.main(checked) == run(*audit) == 5


def test_every_file_of_a_rehearsal_says_so(world: Workspace, home: Home) -> None:
    batch, out = world.write_batch("b", ROWS), world.root / "out"
    rehearse(world, home, batch)
    answers = pa_csv.read_csv(out / "answers.csv")
    assert set(answers["rehearsal"].to_pylist()) == {"not for use: law as of 2025-08-07T12:00:00+00:00"}
    document = json.loads((out / "answers.json").read_text())
    assert document["rehearsal"] is True
    assert "comity.invalid/rehearsal/" in document["checkpoint"]
    receipt = (out / "receipt.tlog-proof").read_text()
    assert "comity.invalid/rehearsal/" in receipt
    assert home.origin not in receipt
    signed_by = (out / "answers.json.jws").read_text().split(".")[0]
    own = home.open_rehearsal().keys.load_signing_key("answers")
    earnest = home.keys.load_signing_key("answers")
    assert own.thumbprint() != earnest.thumbprint()
    assert earnest.thumbprint() not in signed_by
    page = world.root / "why.html"
    command = ("explain", batch, "--index", world.index, "--home", home.path, "--request", ROWS[0]["request_id"])
    assert run(*command, *DAY, "--out", page) == 0
    assert "A rehearsal by the law as of 2025-08-07" in page.read_text()


def test_a_rehearsal_over_real_records_looks_nothing_up_and_says_what_the_gates_say(
    world: Workspace, home: Home, real_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    batch, out = world.write_batch("b", ROWS), world.root / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Index, "open", None)  # no record is read
        result = rehearse(world, home, batch, index=real_index)
    assert (result.status, dict(result.counts_by_code)) == (GATES_ONLY, {"REFUSED": 1, "NOT_LOOKED_UP": 2})
    assert run("verify", batch, "--index", real_index, "--home", home.path, *DAY, "--out", out) == 0
    assert "CONFIRMED" not in capsys.readouterr().out
    assert not out.exists()


def test_records_become_real_between_the_gates_and_the_look_up_and_nothing_is_looked_up(
    world: Workspace, home: Home, real_index: Path
) -> None:
    index = world.root / "swapped"
    shutil.copytree(world.index, index)

    def swap(stage: str, _share: float) -> None:
        if stage == "judge":
            shutil.rmtree(index)
            shutil.copytree(real_index, index)

    with open_rehearsal(home, AUGUST_2025) as gateway:
        swapped = verify_batch(
            world.write_batch("b", ROWS), gateway, index=index, out=world.root / "out", progress=swap
        )
    assert swapped.status == GATES_ONLY
    assert not (world.root / "out").exists()


def test_the_mark_as_synthetic_is_sealed_with_the_index(world: Workspace, home: Home, real_index: Path) -> None:
    """Somebody who writes `true` into index.json has an index that does not open."""
    index = world.root / "marked"
    shutil.copytree(real_index, index)
    text = (index / "index.json").read_text()
    (index / "index.json").write_text(text.replace('"synthetic": false', '"synthetic": true'))
    with pytest.raises(ComityError) as refused:
        rehearse(world, home, world.write_batch("b", ROWS), index=index)
    assert refused.value.code == "index_unavailable"


def test_real_records_appended_to_synthetic_ones_end_rehearsals(world: Workspace, home: Home) -> None:
    index = world.root / "mixed"
    shutil.copytree(world.index, index)
    header, row = list(RECORDS[0]), RECORDS[0] | {"record_id": "r999"}
    (world.root / "more.csv").write_text("\n".join([",".join(header), ",".join(row[name] for name in header)]) + "\n")
    match.update_index(index, append=[world.root / "more.csv"])
    assert rehearse(world, home, world.write_batch("b", ROWS), index=index).status == GATES_ONLY


def test_explaining_a_rehearsal_follows_the_same_rule(world: Workspace, home: Home, real_index: Path) -> None:
    """A determination made in earnest is replayed under the orders of today, whatever --as-of says."""
    batch = world.write_batch("b", ROWS, synthetic=False)
    key = to_public_key(world.key).as_dict(private=False)
    signer = {"requester": "us-dhs-ice", "office": SIGNER_OFFICE, "key": key}
    file_in_home(home, Act.SIGNER, signer, at=AUGUST_2025)
    file_in_home(home, Act.SAFEGUARD_PLAN, make_plan(), at=AUGUST_2025)
    file_in_home(home, Act.INDEX, {"fingerprint": Index.find_commit(real_index).fingerprint}, at=AUGUST_2025)
    world.verify_batch(batch, home=home, index=real_index)
    command = ("explain", batch, "--index", real_index, "--home", home.path, "--request", ROWS[0]["request_id"])
    assert run(*command) == 4  # today an order forbids inspection
    assert run(*command, *DAY) == 2  # nothing was rehearsed
    rehearse(world, home, batch, index=real_index)
    assert run(*command, *DAY) == 2  # nor was anything determined
    assert all(leaf["kind"] != "explanation" for leaf in read_leaves(home))


def test_to_explain_is_an_entry_before_a_record_is_looked_at(
    world: Workspace, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AUGUST_2025)
    batch = world.write_batch("b", ROWS)
    world.verify_batch(batch, home=home)
    command = ("explain", batch, "--index", world.index, "--home", home.path, "--request", ROWS[0]["request_id"])
    with monkeypatch.context() as patch:
        patch.setattr(match, "explain_request", None)  # the look-up fails
        assert run(*command) == 1
    assert [leaf["kind"] for leaf in read_leaves(home)][-1] == "explanation"
    assert run(*command) == 0
    leaves = [leaf for leaf in read_leaves(home) if leaf["kind"] == "explanation"]
    assert [set(leaf) for leaf in leaves] == [{"v", "kind", "batch", "as_of", "rehearsal", "commitment"}] * 2
    assert run("ledger", "fsck", "--home", home.path) == 0


def test_answers_in_earnest_and_rehearsed_ones_never_overwrite_each_other(world: Workspace, home: Home) -> None:
    batch = world.write_batch("b", ROWS)
    rehearse(world, home, batch, "rehearsed")
    with pytest.raises(ComityError, match="neither overwrites the other"):
        world.verify_batch(batch, home=home, out=world.root / "rehearsed")
    world.verify_batch(batch, home=home, out=world.root / "earnest")
    with pytest.raises(ComityError, match="neither overwrites the other"):
        rehearse(world, home, batch, "earnest")


def test_the_home_of_a_rehearsal_does_nothing_in_earnest(world: Workspace, home: Home) -> None:
    batch = world.write_batch("b", ROWS)
    rehearse(world, home, batch)
    own = home.rehearsal_folder
    assert run("verify", batch, "--index", world.index, "--home", own, "--out", world.root / "o") != 0
    assert not (world.root / "o").exists()
    assert run("accounting", "report", "--home", own, "--out", world.root / "a") != 0
    assert run("ledger", "checkpoint", "--home", own, "--out", world.root / "public") == 0
    receipt = world.root / "out" / "receipt.tlog-proof"
    assert run("ledger", "verify", world.root / "public", "--receipt", receipt) == 0
    assert run("ledger", "fsck", "--home", own) == 0


def test_answers_that_an_earlier_version_rehearsed_in_the_ledger_are_not_delivered(
    world: Workspace, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home from before keeps such answers; they are in no figure and reach nobody."""
    batch = world.write_batch("b", ROWS)
    world.verify_batch(batch, home=home)
    read = batches.find

    def read_as_rehearsal(*arguments: Any) -> Any:
        stored = read(*arguments)
        object.__setattr__(stored, "rehearsal", True)
        return stored

    monkeypatch.setattr(batches, "find", read_as_rehearsal)
    with pytest.raises(ComityError) as refused:
        world.verify_batch(batch, home=home, out=world.root / "again")
    assert refused.value.code == "delivery_refused"
