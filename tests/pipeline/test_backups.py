"""A drill: a home is copied while the service works on it, lost, and restored."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.app.home import Home
from comity.app.use_cases.home_backup import back_up_home
from comity.errors import ComityError, LedgerError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.questions import QuestionResponder
from tests.support.single_questions import make_question, open_responder, read_answer
from tests.support.two_persons import run_command
from tests.support.workspace import Workspace, request_about


@pytest.fixture(autouse=True)
def august(august_2025: None) -> None:
    """The machine's clock shows August 2025."""


def check_home(home: Home) -> tuple[str, ...]:
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        return tuple(check_ledger(store, signer.verifiers, signer.name))


def ask(responder: QuestionResponder, world: Workspace, name: str, number: int) -> str:
    row = request_about(number, request_id=name, case_number=f"C-{name}")
    return read_answer(responder.answer_group([make_question(world.key, name, row)])[0])[1]


def restore(home: Home, copy: Path, keys: Path) -> None:
    """Do what the runbook says: keep the damaged home, put copy and keys back, and the newest anchor."""
    damaged = home.path.with_name("damaged")
    home.path.rename(damaged)
    shutil.copytree(copy, home.path)
    home.path.chmod(0o700)
    shutil.copytree(keys, home.path / "keys")
    shutil.copy2(damaged / "control.anchor", home.path / "control.anchor")


def test_a_home_copied_at_work_is_restored_and_goes_on(world: Workspace, home: Home, tmp_path: Path) -> None:
    with bootstrap.open_desk(home):
        pass
    copy, keys, stop = tmp_path / "copy", tmp_path / "keys", threading.Event()
    with open_responder(world, home) as responder:
        assert ask(responder, world, "before", 1) == "CONFIRMED"

        def write_on() -> None:
            with bootstrap.open_store(home) as store:
                while not stop.is_set():
                    with store.begin() as tx:
                        log.tree_size(tx)

        writer = threading.Thread(target=write_on)
        writer.start()
        try:
            backup = back_up_home(home.path, copy, keys_out=keys)
        finally:
            stop.set()
            writer.join()
    assert backup.entries == 2
    assert {"control.db", "desk.db", "control.anchor", "home.json"} <= set(backup.files)
    assert not list(copy.rglob("*.key")), "keys are apart"
    assert (copy.stat().st_mode | keys.stat().st_mode) & 0o077 == 0
    restore(home, copy, keys)
    restored = Home.open(home.path)
    assert check_home(restored) == ()
    with open_responder(world, restored) as responder:
        assert ask(responder, world, "before", 1) == "CONFIRMED", "from what is stored"
        assert ask(responder, world, "after", 3) == "CONFIRMED"
    with bootstrap.open_store(restored) as store, store.read() as tx:
        assert log.tree_size(tx) == 4


def test_a_copy_from_before_the_last_answer_is_refused_by_the_newest_anchor(
    world: Workspace, home: Home, tmp_path: Path
) -> None:
    copy, keys = tmp_path / "copy", tmp_path / "keys"
    with open_responder(world, home) as responder:
        ask(responder, world, "before", 1)
        back_up_home(home.path, copy, keys_out=keys)
        ask(responder, world, "after", 3)
    restore(home, copy, keys)
    assert any("checkpoint" in finding for finding in check_home(Home.open(home.path)))
    with open_responder(world, Home.open(home.path)) as responder, pytest.raises(LedgerError):
        responder.gateway.store.begin().__enter__()


def test_a_copy_without_its_keys_opens_nothing(world: Workspace, home: Home, tmp_path: Path) -> None:
    with bootstrap.open_store(home):
        pass
    back_up_home(home.path, tmp_path / "copy")
    with pytest.raises(ComityError), bootstrap.open_store(Home.open(tmp_path / "copy")):
        pass
    assert world.index.is_dir()


def test_a_copy_replaces_nothing_and_is_made_by_command(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bootstrap.open_store(home):
        pass
    arguments = ["store", "backup", "--home", str(home.path), "--out", str(tmp_path / "copy"), "--json"]
    assert run_command(*arguments) == 0
    assert json.loads(capsys.readouterr().out)["keys"] is False
    assert run_command(*arguments) == 2
    assert run_command(*arguments[:5], str(tmp_path / "b"), "--keys-out", str(tmp_path / "copy")) == 2


def test_relative_names_are_those_of_the_folder_in_which_the_command_runs(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bootstrap.open_store(home) as store, store.begin():
        pass
    monkeypatch.chdir(home.path.parent)
    copy, keys = tmp_path / "copy", tmp_path / "keys"
    arguments = ["--out", os.path.relpath(copy), "--keys-out", os.path.relpath(keys)]
    assert run_command("store", "backup", "--home", home.path.name, *arguments) == 0
    assert {"control.db", "control.anchor", "home.json"} <= {path.name for path in copy.iterdir()}
    assert list(keys.glob("*.key"))


def test_a_home_in_which_nothing_was_signed_is_copied_too(tmp_path: Path) -> None:
    home = Home.open_or_create(tmp_path / "home")
    assert not home.anchor_file.exists()
    backup = back_up_home(home.path, tmp_path / "copy", keys_out=tmp_path / "keys")
    assert backup.entries == 0
    assert Home.open(tmp_path / "copy").origin == home.origin


def test_what_hinders_a_copy_is_said(home: Home, tmp_path: Path) -> None:
    with bootstrap.open_store(home):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(ComityError, match=r"could not be copied \((Not a directory|File exists)\)"):
        back_up_home(home.path, tmp_path / "file" / "copy")
