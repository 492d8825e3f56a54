"""What an officer does with a delivered folder: check it, keep the custodian's keys, see each answer beside its row."""

import csv
import hashlib
import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.app.cli import main
from comity.app.home import Home
from comity.app.use_cases import ledger_operations
from comity.signing import Ed25519Key, create_signing_key, key_thumbprint, sign_detached
from tests.support.workspace import Workspace, request_about

ROWS = [request_about(1), request_about(4, request_id="unknown-1", street="Unknown Address"), request_about(5)]


class Delivery:
    """What is on the officer's disk: his batch, the answers that came, and the custodian's keys as announced."""

    def __init__(self, root: Path, *, answers_key: str) -> None:
        self.root, self.batch, self.answers, self.answers_key = root, root / "sent", root / "answers", answers_key
        self.keys, self.out = root / "custodian-keys.json", root / "answered.csv"

    def load_custodian_key(self) -> Ed25519Key:
        return Home.open_or_create(self.root / "home").keys.load_signing_key("answers")

    def sign(self, name: str, key: Ed25519Key | None = None, **changes: Any) -> None:
        """Write a JSON file of the folder with some members changed, and sign it."""
        path = self.answers / name
        document = json.dumps(json.loads(path.read_bytes()) | changes).encode() if changes else path.read_bytes()
        path.write_bytes(document)
        (self.answers / f"{name}.jws").write_text(sign_detached(document, key or self.load_custodian_key()))


Read = Callable[..., tuple[int, str]]


@pytest.fixture(name="delivered", scope="module")
def _delivered(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    world = Workspace(tmp_path_factory.mktemp("delivered"), town.index, town.key)
    home = world.open_home()
    world.verify_batch(world.write_batch("sent", ROWS), home=home, out=world.root / "answers")
    ledger_operations.publish_checkpoint(home.path, world.root / "public")
    return Delivery(world.root, answers_key=key_thumbprint(home.keys.load_signing_key("answers")))


@pytest.fixture(name="delivery")
def _delivery(delivered: Delivery, tmp_path: Path) -> Delivery:
    shutil.copytree(delivered.root, tmp_path / "office")
    return Delivery(tmp_path / "office", answers_key=delivered.answers_key)


@pytest.fixture(name="read")
def _read(delivery: Delivery, capsys: pytest.CaptureFixture[str]) -> Read:
    """Run `comity request answers`; return its exit code and what it prints."""

    def run(*more: object, first: bool = False) -> tuple[int, str]:
        given = ("--answers-key", delivery.answers_key, "--log-key", delivery.root / "public.vkey") if first else ()
        files = ("--batch", delivery.batch, "--keys", delivery.keys, "--out", delivery.out)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in ("request", "answers", delivery.answers, *files, *given, *more)])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return run


def test_each_answer_is_laid_beside_the_row_that_was_sent(delivery: Delivery, read: Read) -> None:
    code, output = read(first=True)
    assert code == 0, output
    assert "CONFIRMED 2, REFUSED 1" in output
    with delivery.out.open(newline="", encoding="utf-8") as file:
        laid = list(csv.DictReader(file))
    with (delivery.answers / "answers.csv").open(newline="", encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    assert [row["row"] for row in laid] == ["1", "2", "3"]
    assert [{name: row[name] for name in answers[0]} for row in laid] == answers
    assert [{name: row[name] for name in sent} for row, sent in zip(laid, ROWS, strict=True)] == ROWS
    assert stat.S_IMODE(delivery.out.stat().st_mode) == 0o600


def test_keys_are_given_once_and_kept(delivery: Delivery, read: Read) -> None:
    code, output = read()
    assert code == 2
    assert delivery.answers_key in output
    assert "comity signers thumbprint" in output
    assert not delivery.keys.exists()
    assert not delivery.out.exists()
    assert read(first=True)[0] == 0
    kept = delivery.keys.read_bytes()
    assert json.loads(kept)["answers_key"] == delivery.answers_key
    delivery.out.unlink()
    assert read()[0] == 0
    delivery.out.unlink()
    assert read(first=True)[0] == 0  # the same keys, given again
    assert delivery.keys.read_bytes() == kept


def test_keys_are_not_kept_from_a_delivery_that_does_not_verify(delivery: Delivery, read: Read) -> None:
    (delivery.answers / "answers.csv").write_bytes(b"request_id,code,reasons\n")
    assert read(first=True)[0] == 5
    assert not delivery.keys.exists()


def test_another_key_than_the_one_kept_is_an_error(delivery: Delivery, read: Read) -> None:
    assert read(first=True)[0] == 0
    delivery.out.unlink()
    other = create_signing_key(delivery.root / "other.key")
    code, output = read("--answers-key", key_thumbprint(other))
    assert (code, "is not the custodian's key that was kept" in output) == (2, True)
    delivery.sign("answers.json", other)
    code, output = read()
    assert (code, "The key is not the one kept in" in output) == (5, True)
    assert not delivery.out.exists()


def test_a_rehearsal_under_keys_of_its_own_is_said_to_be_one_and_not_to_be_altered(
    delivery: Delivery, read: Read
) -> None:
    delivery.sign("answers.json", create_signing_key(delivery.root / "other.key"), rehearsal=True)
    code, output = read(first=True)
    assert (code, "says of itself that its answers are of a rehearsal" in output) == (3, True), output
    assert "deliver it again" not in output
    assert not delivery.out.exists()
    assert not delivery.keys.exists()


def test_a_thumbprint_may_be_typed_in_groups_as_it_is_read_out(delivery: Delivery, read: Read) -> None:
    key = delivery.answers_key
    delivery.answers_key = " ".join(key[n : n + 6] for n in range(0, len(key), 6))
    assert read(first=True)[0] == 0
    assert json.loads(delivery.keys.read_bytes())["answers_key"] == key


def test_a_name_of_nothing_is_a_slip_and_no_refusal(delivery: Delivery, read: Read) -> None:
    for option, path in (("--batch", delivery.batch), ("", delivery.answers)):
        path.rename(path.with_name("moved"))
        code, output = read(first=True)
        assert (code, "There is no file or folder" in output) == (2, True), (option, output)
        path.with_name("moved").rename(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"format": "comity-custodian-keys-1", "answers_key": "x", "log_keys": []}',
        b'{"format": "comity-custodian-keys-1", "answers_key": null, "log_keys": [1], "log_keys": []}',
        b"[" * 90_000,
        b"x" * 200_000,
    ],
)
def test_a_file_of_keys_that_cannot_be_read_is_an_error_and_stays(
    delivery: Delivery, read: Read, content: bytes
) -> None:
    delivery.keys.write_bytes(content)
    code, output = read(first=True)
    assert (code, "cannot be read, so no answer can be trusted" in output) == (2, True)
    assert delivery.keys.read_bytes() == content


def _replace(name: str, old: bytes, new: bytes) -> Callable[[Delivery], object]:
    def change(delivery: Delivery) -> None:
        path = delivery.answers / name
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new))

    return change


def _delete(name: str) -> Callable[[Delivery], object]:
    return lambda delivery: (delivery.answers / name).unlink()


def _swap_rows(delivery: Delivery) -> None:
    path = delivery.answers / "answers.csv"
    header, first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([header, *others, first]))
    delivery.sign("answers.json", answers_sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _leave_out_letter(delivery: Delivery) -> None:
    stated = json.loads((delivery.answers / "answers.json").read_bytes())
    del stated["letter_sha256"]
    (delivery.answers / "answers.json").write_text(json.dumps(stated))
    delivery.sign("answers.json")


def _sign_letter_with_another_key(delivery: Delivery) -> None:
    delivery.sign("letter.json", create_signing_key(delivery.root / "other.key"))


def _send_another_file(delivery: Delivery) -> None:
    path = delivery.batch / "requests.csv"
    path.write_bytes(path.read_bytes().replace(b"Quintanilla", b"Quintanille"))


def _edit_manifest(delivery: Delivery) -> None:
    path = delivery.batch / "batch.json"
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (_replace("answers.csv", b"REFUSED", b"CONFIRMED"), "answers.csv is not the file that was signed"),
        (_replace("answers.json", b'"rows": 3', b'"rows": 4'), "answers.json is not what that key signed"),
        (_replace("answers.json.jws", b"..", b"."), "answers.json.jws: "),
        (_replace("letter.md", b"Refused", b"Granted"), "letter.md is not the text that was signed"),
        (_replace("letter.json", b'"refused": 1', b'"refused": 2'), "letter.json is not what that key signed"),
        (_sign_letter_with_another_key, "letter.json is signed by another key than the one given"),
        (lambda d: d.sign("letter.json", refused=2), "letter.json is not the letter to these answers"),
        (_leave_out_letter, "the folder has a letter, and answers.json names none"),
        (_replace("receipt.tlog-proof", b"index 3", b"index 2"), "entry 2"),
        (lambda d: d.sign("answers.json", checkpoint="x"), "the checkpoint is not a signed note"),
        (lambda d: d.sign("answers.json", rehearsal=True), "rehearsal"),
        (_delete("answers.csv"), "answers.csv is missing"),
        (_delete("answers.json.jws"), "answers.json.jws is missing"),
        (_delete("letter.json"), "letter.json is missing"),
        (_delete("letter.md"), "letter.md is missing"),
        (_delete("receipt.tlog-proof"), "receipt.tlog-proof is missing"),
        (_swap_rows, "not those of your rows, in their order"),
        (_send_another_file, "another hash has the requests file"),
        (_edit_manifest, "another hash has batch.json"),
        (lambda d: shutil.copyfile(d.batch / "batch.json", d.root / "public.vkey"), "could not be read"),
    ],
)
def test_what_is_not_as_it_was_released_or_sent_is_found_and_nothing_is_written(
    delivery: Delivery, read: Read, change: Callable[[Delivery], object], finding: str
) -> None:
    change(delivery)
    code, output = read(first=True)
    assert finding in output
    assert code == (2 if finding == "could not be read" else 5)
    assert not delivery.out.exists()
    assert not delivery.keys.exists()


def test_a_log_signed_with_another_key_is_found(delivery: Delivery, read: Read, tmp_path: Path) -> None:
    other = Home.open_or_create(tmp_path / "other-home").path
    ledger_operations.publish_checkpoint(other, tmp_path / "elsewhere")
    shutil.copyfile(tmp_path / "elsewhere.vkey", delivery.root / "public.vkey")
    code, output = read(first=True)
    assert code == 5
    assert "do not use it" in output


def test_no_file_is_overwritten_and_answers_name_no_value_in_an_error(delivery: Delivery, read: Read) -> None:
    delivery.out.write_text("mine")
    assert read(first=True)[0] == 2
    assert delivery.out.read_text() == "mine"
    delivery.out.unlink()
    _send_another_file(delivery)
    output = read(first=True)[1]
    assert not any(value in output for value in ("Quintanill", "Lindenwood"))
