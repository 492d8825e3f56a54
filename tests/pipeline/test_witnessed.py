"""A release that needs witnesses waits while they are away, and stops when they show a fork."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import comity_ledger_verify as checker
from comity.app import bootstrap
from comity.app.cli import main
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_INTEGRITY
from comity.store import batches
from comity.store.answers import count_stored_codes
from comity.tlog.witness.witness_policy import WitnessPolicy
from tests.support.two_persons import enroll_by_command
from tests.support.workspace import Workspace, read_answers, request_about

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.usefixtures("august_2025")]


@contextmanager
def witness(folder: Path, log: Path, port: int = 0) -> Iterator[tuple[str, str]]:
    """`comity witness serve` in a process of its own; its vkey and URL."""
    arguments = ["--state", folder, "--name", "witness.agency.example", "--log", log, "--port", port, "--json"]
    command = [
        sys.executable,
        "-c",
        "from comity.app.cli import main; main()",
        "witness",
        "serve",
        *map(str, arguments),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, "}\n")) + "}"
        try:
            yield json.loads(said)["vkey"], json.loads(said)["url"]
        finally:
            process.kill()


def verify(world: Workspace, home: Home, batch: Path, out: Path) -> int:
    arguments = ["verify", batch, "--index", world.index, "--home", home.path, "--out", out]
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def require(home: Home, vkey: str, url: str) -> None:
    keys = enroll_by_command(home.path, home.path.parent / "keys")
    policy = home.path.parent / "witnesses.policy"
    policy.write_text(f"witness requester {vkey} {url}\ngroup enough 1 requester\nquorum enough\n")
    with pytest.raises(SystemExit) as ended:
        main(["witness", "require", str(policy), "--home", str(home.path), "--key", str(keys.jo)])
    assert ended.value.code == EXIT_DONE


def test_nothing_is_delivered_until_enough_witnesses_cosigned(
    world: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = world.open_home(), tmp_path / "answers"
    batch = world.write_batch("b", [request_about(1), request_about(3)])
    vkey_file = tmp_path / "log.vkey"
    vkey_file.write_text(bootstrap.load_key_ring(home).verifier.to_text() + "\n")
    with witness(tmp_path / "witness", vkey_file) as (vkey, url):
        require(home, vkey, url)
    assert verify(world, home, batch, out) == EXIT_HELD  # the witness is away
    assert "not delivered: requester could not be reached" in capsys.readouterr().err
    assert read_answers(out) == {}
    with bootstrap.open_store(home) as store, store.read() as tx:
        stored = batches.find(tx, "us-dhs-ice", "b")
        assert stored is not None
        assert sum(count_stored_codes(tx, stored.batch_id).values()) == 2  # answered and in the ledger, but not out
    with witness(tmp_path / "witness", vkey_file, int(url.rpartition(":")[2])):
        assert verify(world, home, batch, out) == EXIT_DONE
        assert {code for code, _ in read_answers(out).values()} == {"CONFIRMED"}
    delivered = {path.name: path.read_bytes() for path in out.iterdir()}
    trust = checker.TrustPolicy([checker.Vkey.parse(vkey_file.read_text())], [checker.Vkey.parse(vkey)], 1)
    assert checker.open_receipt(delivered["receipt.tlog-proof"], trust).index == 5
    assert verify(world, home, batch, out) == EXIT_DONE  # again, with the witness away: the very same
    assert {path.name: path.read_bytes() for path in out.iterdir()} == delivered


def test_a_control_database_restored_from_yesterday_delivers_nothing(
    world: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = world.open_home()
    bootstrap.open_store(home).__enter__().close()
    yesterday = home.control_db.read_bytes()
    vkey_file = tmp_path / "log.vkey"
    vkey_file.write_text(bootstrap.load_key_ring(home).verifier.to_text() + "\n")
    with witness(tmp_path / "witness", vkey_file) as (vkey, url):
        require(home, vkey, url)
        assert verify(world, home, world.write_batch("b", [request_about(1)]), tmp_path / "b-answers") == EXIT_DONE
        home.control_db.write_bytes(yesterday)
        assert verify(world, home, world.write_batch("c", [request_about(3)]), tmp_path / "c-answers") == EXIT_INTEGRITY
    assert "restored from an older copy" in capsys.readouterr().err
    assert not (tmp_path / "c-answers").exists()


def test_a_policy_file_that_was_damaged_stops_every_release(world: Workspace, tmp_path: Path) -> None:
    home = world.open_home()
    (home.path / "witnesses.policy").write_text("quorum\n")
    with pytest.raises(Exception, match="cannot be used"):
        WitnessPolicy.parse((home.path / "witnesses.policy").read_text())
    assert verify(world, home, world.write_batch("b", [request_about(1)]), tmp_path / "o") not in {EXIT_DONE, EXIT_HELD}
    assert not (tmp_path / "o").exists()
