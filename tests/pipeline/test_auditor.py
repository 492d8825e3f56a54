"""What an auditor does with a published ledger, checkpoints kept from earlier, and a folder of answers; no home."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import comity_ledger_verify as checker
from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.app.use_cases import ledger_operations
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.signing import create_signing_key, key_thumbprint, sign_detached
from comity.tlog.checkpoint import Checkpoint, sign_checkpoint
from tests.support.sample_ledger import make_hold_entries, open_store
from tests.support.workspace import AFTER_ORDERS, Workspace, request_about

CHECKER = Path(checker.__file__)


class Evidence:
    """A ledger published twice, the checkpoint of the first time, and the answers that were given."""

    def __init__(self, world: Workspace) -> None:
        home = world.open_home()
        world.verify_batch(
            world.write_batch("one", [request_about(1), request_about(4, street="Unknown")]),
            home=home,
            out=world.root / "answers",
        )
        self.root, self.home = world.root, home
        self.public = world.root / "public"
        ledger_operations.publish_checkpoint(home.path, self.public)
        self.kept = world.root / "march.checkpoint"
        shutil.copyfile(self.public / "checkpoint", self.kept)
        world.verify_batch(world.write_batch("two", [request_about(2)]), home=home, at=AFTER_ORDERS)
        ledger_operations.publish_checkpoint(home.path, self.public)
        self.answers = world.root / "answers"
        self.key = key_thumbprint(home.keys.load_signing_key("answers"))
        self.vkey = world.root / "public.vkey"

    def copy(self, to: Path) -> "Evidence":
        """Return a copy to change."""
        other = object.__new__(Evidence)
        shutil.copytree(self.root, to)
        other.__dict__ = {k: to / v.name if isinstance(v, Path) else v for k, v in self.__dict__.items()} | {"root": to}
        return other

    def check(self, *arguments: object, folder: bool = True) -> tuple[int, str]:
        """Run the checker in a process of its own; return its exit code and what it prints."""
        given = [str(self.public)] if folder else []
        command = [sys.executable, "-I", str(CHECKER), *given, "--key", str(self.vkey), *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(name="evidence", scope="module")
def _evidence(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return Evidence(Workspace(tmp_path_factory.mktemp("audited"), town.index, town.key))


@pytest.fixture(name="copied")
def _copied(evidence: Evidence, tmp_path: Path) -> Evidence:
    return evidence.copy(tmp_path / "copied")


def comity(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run a command; return its exit code and what it prints."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out + captured.err


def test_one_command_with_an_old_checkpoint_proves_that_nothing_was_left_out(
    evidence: Evidence, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = evidence.check("--checkpoint", evidence.kept)
    assert code == 0
    assert "nothing is left out since the kept checkpoint of 3 entries" in output
    assert comity(capsys, "ledger", "verify", evidence.public, "--checkpoint", evidence.kept)[0] == 0


def _publish_another_history(evidence: Evidence) -> None:
    """Publish, under the same keys, a ledger that begins otherwise: one whose first entries were left out."""
    signer, store = bootstrap.load_key_ring(evidence.home), open_store(evidence.root)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(9), at=clock.now())
    note = log.sign_current_checkpoint(store, signer, at=clock.now())
    shutil.rmtree(evidence.public)
    publish_log(store, evidence.public, note, *signer.verifiers)
    store.close()


def test_entries_that_were_left_out_since_are_found(copied: Evidence) -> None:
    _publish_another_history(copied)
    assert copied.check()[0] == 0  # by itself it is a sound ledger
    code, output = copied.check("--checkpoint", copied.kept)
    assert code == 5
    assert "another history of the first 3 entries" in output
    code, output = copied.check("--answers", copied.answers, "--answers-key", copied.key)
    assert code == 5
    assert "another log than the one in this folder" in output


def test_a_ledger_that_was_cut_off_since_is_found(evidence: Evidence, copied: Evidence) -> None:
    later = copied.root / "later.checkpoint"
    shutil.copyfile(evidence.public / "checkpoint", later)
    _publish_another_history(copied)
    shutil.copyfile(copied.public / "checkpoint", later)
    with_three = evidence.check("--checkpoint", later)
    assert with_three[0] == 5
    assert "speaks of 9 entries, the log has only 4" in with_three[1]


def test_two_checkpoints_are_compared_without_the_ledger(evidence: Evidence, copied: Evidence) -> None:
    current = evidence.public / "checkpoint"
    code, output = evidence.check("--checkpoint", evidence.kept, "--checkpoint", current, folder=False)
    assert (code, output.startswith("not known: whether the larger of these 2 checkpoints")) == (0, True)
    forged = copied.root / "forged.checkpoint"
    forged.write_bytes(current.read_bytes().replace(b"\n4\n", b"\n5\n"))
    code, output = evidence.check("--checkpoint", forged, "--checkpoint", current, folder=False)
    assert (code, "the signature is wrong" in output) == (5, True)
    ring = bootstrap.load_key_ring(copied.home)
    forged.write_text(sign_checkpoint(Checkpoint(ring.name, 4, bytes(32)), [ring.signer]))
    code, output = evidence.check("--checkpoint", forged, "--checkpoint", current, folder=False)
    assert (code, "another history of 4 entries" in output) == (5, True)
    assert evidence.check("--checkpoint", current, folder=False)[0] == 2
    assert evidence.check(folder=False)[0] == 2


@pytest.mark.parametrize("folder", [True, False])
def test_a_folder_of_answers_is_checked(evidence: Evidence, folder: bool) -> None:
    code, output = evidence.check("--answers", evidence.answers, "--answers-key", evidence.key, folder=folder)
    assert code == 0
    whole, alone = (
        "1 folder of answers, with its receipt, agrees with the log",
        "1 folder of answers agrees with its receipt",
    )
    assert (whole if folder else alone) in output
    assert "0 receipts" not in output
    assert "1 folders" not in output


def test_answers_are_not_checked_against_a_key_that_they_name_themselves(evidence: Evidence) -> None:
    code, output = evidence.check("--answers", evidence.answers)
    assert code == 2
    assert evidence.key in output
    assert "before you trust it" in output


def _edit_csv(evidence: Evidence) -> None:
    path = evidence.answers / "answers.csv"
    path.write_bytes(path.read_bytes().replace(b"REFUSED", b"CONFIRMED"))


def _edit_json(evidence: Evidence, *, sign: bool = False, **changes: Any) -> None:
    path = evidence.answers / "answers.json"
    document = json.dumps(json.loads(path.read_text()) | changes).encode()
    path.write_bytes(document)
    if sign:
        signed = sign_detached(document, evidence.home.keys.load_signing_key("answers"))
        (evidence.answers / "answers.json.jws").write_text(signed)


def _sign_with_another_key(evidence: Evidence) -> None:
    document = (evidence.answers / "answers.json").read_bytes()
    key = create_signing_key(evidence.root / "another.key")
    (evidence.answers / "answers.json.jws").write_text(sign_detached(document, key))


def _edit_both(evidence: Evidence) -> None:
    _edit_csv(evidence)
    digest = hashlib.sha256((evidence.answers / "answers.csv").read_bytes()).hexdigest()
    _edit_json(evidence, sign=True, answers_sha256=digest)


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (_edit_csv, "its hash is another"),
        (lambda e: _edit_json(e, rows=3), "not what that key signed"),
        (_sign_with_another_key, "signed by another key than the one given"),
        (_edit_both, "the same rows and codes"),
        (lambda e: _edit_json(e, sign=True, law="0" * 64), "differs from answers.json: law"),
        (lambda e: _edit_json(e, sign=True, batch_id="another"), "name of the batch"),
        (lambda e: _edit_json(e, sign=True, requester="another"), "name of the batch"),
        (lambda e: _edit_json(e, sign=True, ledger_batch_salt="x" * 64), "name of the batch"),
        (lambda e: _edit_json(e, sign=True, orders_consulted=[]), "orders"),
        (lambda e: _edit_json(e, sign=True, agreement="another"), "agreement"),
        (lambda e: _edit_json(e, sign=True, rehearsal=True), "rehearsal"),
        (lambda e: _edit_json(e, sign=True, release_entry=1), "another entry"),
        (lambda e: _edit_json(e, sign=True, checkpoint=e.kept.read_text() + "x"), "signed note"),
        (lambda e: _edit_json(e, sign=True, format="comity-answers-2"), "another format"),
        (lambda e: (e.answers / "answers.json.jws").write_text("x..y"), "base64url"),
        (lambda e: (e.answers / "answers.json.jws").write_text("e30..AA"), "not a detached signature"),
        (lambda e: (e.answers / "answers.json.jws").write_text("eyJhbGciOltdfQ..AA"), "not a detached signature"),
        (lambda e: (e.answers / "answers.json.jws").write_bytes(b"\xff..\x00"), "base64url"),
        (lambda e: (e.answers / "answers.json.jws").write_text("W10..AA"), "not one JSON object"),
        (lambda e: _edit_json(e, sign=True, agreement=[{}]), "agreement"),
        (lambda e: _edit_json(e, sign=True, checkpoint={"\ud800": []}), "signed note"),
        (lambda e: (e.answers / "receipt.tlog-proof").unlink(), "is missing"),
        (lambda e: (e.answers / "answers.csv").unlink(), "is missing"),
    ],
)
def test_a_folder_of_answers_that_is_not_what_was_released_is_found(
    copied: Evidence, damage: Callable[[Evidence], object], finding: str
) -> None:
    damage(copied)
    code, output = copied.check("--answers", copied.answers, "--answers-key", copied.key)
    assert code == 5, output
    assert finding in output


def test_another_key_than_the_answers_is_a_failure_and_a_malformed_one_is_usage(
    evidence: Evidence, capsys: pytest.CaptureFixture[str]
) -> None:
    for given, code in (
        ("A" * 43, 5),
        ("-" + "A" * 42, 5),  # one thumbprint in 64 starts with a dash
        ("--" + "A" * 41, 5),
        ("A" * 42, 2),
        ("the custodian's", 2),
    ):
        arguments = ("--answers", evidence.answers, "--answers-key", given)
        ended = [evidence.check(*arguments), comity(capsys, "ledger", "verify", evidence.public, *arguments)]
        assert [(one[0], "another key than the one given" in one[1]) for one in ended] == [(code, code == 5)] * 2
        assert code == 5 or all(evidence.key not in one[1] for one in ended)  # nothing to paste


def test_without_cryptography_the_checker_says_in_one_line_what_it_needs(evidence: Evidence, tmp_path: Path) -> None:
    script = f"""
import runpy, sys
sys.modules["cryptography"] = None
sys.argv = ["checker", {str(evidence.public)!r}, "--key", {str(evidence.vkey)!r}]
runpy.run_path({str(CHECKER)!r}, run_name="__main__")
"""
    ended = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "pip install cryptography" in line


def test_entries_are_listed_by_kind_agreement_month_and_rule_from_the_folder_alone(
    evidence: Evidence, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(evidence.root / "elsewhere", ignore_errors=True)

    def listed(*arguments: str) -> list[tuple[int, str]]:
        code, output = comity(capsys, "ledger", "list", evidence.public, "--json", *arguments)
        assert code == 0, output
        return [(row["entry"], row["kind"]) for row in json.loads(output)["entries"]]

    assert listed() == [(2, "release"), (3, "hold")]
    assert listed("--kind", "answer") == [(0, "answer"), (1, "answer")]
    assert listed("--month", "2025-08") == [(2, "release")]
    assert listed("--month", "2025-08", "--kind", "answer") == [(0, "answer"), (1, "answer")]
    assert listed("--agreement", "irs-ice-2025") == [(2, "release"), (3, "hold")]
    assert listed("--agreement", "another") == []
    assert listed("--order", "O2") == [(2, "release"), (3, "hold")]
    assert listed("--rule", "r09_orders_in_force") == [
        (3, "hold")
    ]  # the entry names the order; the rule follows from it
    assert listed("--rule", "r08_safeguards") == []
    code, output = comity(capsys, "ledger", "list", evidence.public)
    assert code == 0
    lines = {line.split("kind=")[1].split()[0]: line for line in output.splitlines()}
    assert "held_by=O2" in lines["hold"]
    assert "orders_read=O1;O2;" in lines["release"], "it was read, and stopped nothing"
    assert "held_by" not in lines["release"]


def test_a_rule_that_refused_a_row_is_said_to_be_in_no_entry(
    evidence: Evidence, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "a02_unknown_address" in (evidence.answers / "answers.csv").read_text()
    for choice in (("--rule", "a02_unknown_address"), ("--kind", "refusal", "--counts"), ("--kind", "refusal")):
        code, output = comity(capsys, "ledger", "list", evidence.public, *choice)
        assert code == 0
        assert "No entry of a ledger names the rules that refuse single requests" in output
        assert "the column reasons of answers.csv" in output
    assert "single requests" not in comity(capsys, "ledger", "list", evidence.public)[1]


@pytest.mark.parametrize(
    ("choice", "hint"),
    [
        (("--kind", "holds"), "Kinds: answer, release, hold,"),
        (("--month", "2026-13"), "Write a month as 2025-08"),
        (("--month", "Nov-2026"), "Write a month as 2025-08"),
        (("--rule", "r99"), "r09_orders_in_force"),
    ],
)
def test_a_choice_that_no_ledger_can_have_is_usage_and_says_what_is_known(
    evidence: Evidence, tmp_path: Path, capsys: pytest.CaptureFixture[str], choice: tuple[str, str], hint: str
) -> None:
    for command in (("list",), ("list", "--counts"), ("export", "--out", tmp_path / "entries.csv")):
        code, output = comity(capsys, "ledger", command[0], evidence.public, *command[1:], *choice)
        assert code == 2
        assert hint in output
    assert not (tmp_path / "entries.csv").exists()


@pytest.mark.parametrize(("option", "value"), [("agreement", "irs-ice"), ("order", "O99")])
def test_an_agreement_or_order_that_occurs_nowhere_is_said_to(
    evidence: Evidence, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    code, output = comity(capsys, "ledger", "list", evidence.public, f"--{option}", value)
    assert code == 0
    assert f"No entry of this ledger names the {option} {value}" in output


def test_an_export_replaces_no_file(evidence: Evidence, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "entries.csv"
    out.write_text("evidence")
    assert comity(capsys, "ledger", "export", evidence.public, "--out", out)[0] == 2
    assert out.read_text() == "evidence"


def test_a_published_folder_holds_what_is_published_and_nothing_else(evidence: Evidence) -> None:
    assert {path.name for path in evidence.public.iterdir()} == {"checkpoint", "tile"}


def test_entries_are_counted_by_month_and_reason(evidence: Evidence, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = comity(capsys, "ledger", "list", evidence.public, "--counts", "--json")
    assert code == 0
    figures = json.loads(output)["figures"]
    assert {
        (f["month"], f["kind"], f["reason"], f["entries"], f["rows"]) for f in figures if f["kind"] == "release"
    } == {("2025-08", "release", "", 1, 2)}
    holds = {f["reason"]: f["entries"] for f in figures if f["kind"] == "hold"}
    assert holds["O2"] == 1
    assert {f["month"] for f in figures if f["kind"] == "hold"} == {f"{AFTER_ORDERS:%Y-%m}"}
    code, output = comity(capsys, "ledger", "list", evidence.public, "--counts")
    is_split = sum(f["entries"] for f in figures) > 2
    assert ("An entry with several reasons" in output) == is_split
    assert is_split, "the hold is by two orders"
    assert "1 entries" not in output


def test_entries_are_exported_as_csv_parquet_and_json(
    evidence: Evidence, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ending in ("csv", "parquet", "json"):
        out = tmp_path / f"entries.{ending}"
        assert comity(capsys, "ledger", "export", evidence.public, "--out", out)[0] == 0
    by_csv = list(csv.DictReader(io.StringIO((tmp_path / "entries.csv").read_text())))
    by_json = json.loads((tmp_path / "entries.json").read_text())
    by_parquet = pq.read_table(tmp_path / "entries.parquet").to_pylist()
    assert by_json == by_parquet
    assert [row["kind"] for row in by_json] == ["answer", "answer", "release", "hold"]
    assert [(row["entry"], row["kind"], row["batch"]) for row in by_csv] == [
        (str(row["entry"]), row["kind"], row["batch"]) for row in by_json
    ]
    assert comity(capsys, "ledger", "export", evidence.public, "--out", tmp_path / "entries.xml")[0] == 2


def test_nothing_is_listed_from_a_ledger_that_does_not_verify(
    copied: Evidence, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle,) = (
        path for path in (copied.public / "tile" / "entries").rglob("*") if path.is_file() and path.name == "4"
    )
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.write_bytes(data)
    for command in (("list",), ("export", "--out", copied.root / "x.csv")):
        assert comity(capsys, "ledger", command[0], copied.public, *command[1:])[0] == 5
    assert not (copied.root / "x.csv").exists()
