"""Run the commands of docs/runbooks/, in order, on a home with an answered batch, and expect the exit codes given."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

import comity_ledger_verify as checker
from comity.app import bootstrap
from comity.app.cli import main
from comity.app.home import Home
from comity.app.use_cases.enrolled_persons import enroll_person, write_enrollment_request
from comity.app.use_cases.filings_by_two import confirm_filing, load_register
from comity.ledger import log
from comity.model.filing import Act
from comity.signing import create_signing_key
from comity.store.database import Store
from comity.store.tables import answers
from tests.support.database_owner import without_guards
from tests.support.sample_ledger import RECORDED_AT, insert_released_batch
from tests.support.two_persons import enroll_by_command

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
ORDER = """\
id: {order_id}
court: D. Example
case_number: 1:25-cv-99999
case_name: Synthetic v. Example
instruments: [preliminary_injunction]
issued_at: 2026-11-01T00:00:00Z
effective_at: 2026-11-01T00:00:00Z
binds: [irs]
prohibits: [disclose]
citation: synthetic order for a test
summary: An order that exists only in a test.
marks: [S]
"""


def read_commands(page: str, marker: str = "commands") -> list[tuple[list[str], int]]:
    """Return the commands of a runbook's blocks with this marker, each with the exit code that the page names."""
    text = (RUNBOOKS / page).read_text(encoding="utf-8")
    blocks = re.findall(rf"<!-- {marker}: run by tests/docs -->\n *```sh\n(.*?) *```\n *<!-- end -->", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    codes = [re.search(r"# exit (\d)$", line) for line in lines]
    return [
        (shlex.split(line, comments=True), int(code[1]) if code else 0) for line, code in zip(lines, codes, strict=True)
    ]


def run_command(command: list[str]) -> int:
    """Run a command in the current folder and return its exit code."""
    if command[0] == "comity":
        with pytest.raises(SystemExit) as ended:
            main(command[1:])
        return int(ended.value.code or 0)
    if command[0] == "comity-ledger-verify":
        return checker.main(command[1:])
    assert command[0] in {"cp", "mv"}, command
    return subprocess.run(command, check=False).returncode


def run_page(page: str, marker: str = "commands") -> int:
    """Run a page's commands and return how many there are; what a person reads off is filled in."""
    commands = read_commands(page, marker)
    for command, exit_code in commands:
        filled = [_READ_OFF[word]() if word in _READ_OFF else word for word in command]
        assert run_command(filled) == exit_code, command
    return len(commands)


def find_key(name: str) -> str:
    """Return the thumbprint of a person's key."""
    return next(p.key for p in load_register(Path("home")).persons.values() if p.name == name)


_READ_OFF: dict[str, Callable[[], str]] = {
    "NUMBER": lambda: str(load_register(Path("home")).pending[-1].entered.number),
    "FILED": lambda: str(load_register(Path("home")).list_in_force(Act.ROTATION)[-1].entered.number),
    "JO": lambda: find_key("Jo Doe"),
    "ANN": lambda: find_key("Ann Poe"),
}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a home that answered one batch, and the receipt that its requester holds."""
    monkeypatch.chdir(tmp_path)
    release_batch("B1")
    return tmp_path


def open_home_store() -> AbstractContextManager[Store]:
    return bootstrap.open_store(Home.open(Path("home")))


def release_batch(batch_id: str) -> None:
    """Answer a batch in the home, and write the receipt of its release."""
    home = Home.open_or_create(Path("home"))
    signer = bootstrap.load_key_ring(home)
    with open_home_store() as store:
        release = insert_released_batch(store, batch_id, 9)
        note = log.sign_current_checkpoint(store, signer, at=RECORDED_AT)
        Path("receipt.tlog-proof").write_text(log.make_receipt(store, release.release_entry, note, *signer.verifiers))


def test_every_runbook_is_run_here_and_listed() -> None:
    pages = {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert pages == set(re.findall(r"\]\((\S+\.md)\)", index))
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{page}"' in source for page in pages)


def test_rotate_keys(folder: Path) -> None:
    enroll_by_command(Path("home"), folder)
    enroll_third_person(folder)
    assert run_page("rotate-keys.md") == 31
    old, new = (checker.parse_vkeys((folder / name).read_text()) for name in ("known.vkey", "public.vkey"))
    assert len(old) == len(new) == 1
    assert old != new


def enroll_third_person(folder: Path) -> None:
    """Enroll a third person, Ann, by the two that are there."""
    home, keys = Home.open(Path("home")), ("jo.key", "sam.key")
    create_signing_key(folder / "ann.key")
    write_enrollment_request(home.path, "Ann Poe", folder / "ann.key", folder / "ann.request")
    filed = enroll_person(home.path, folder / keys[0], folder / "ann.request")
    confirm_filing(home.path, folder / keys[1], filed.state.entered.number)


def test_restore_from_backup(folder: Path) -> None:
    assert run_page("restore-from-backup.md") == 8
    assert (folder / "damaged").is_dir()


def test_restore_from_backup__when_the_backup_is_not_the_newest(folder: Path) -> None:
    shutil.copytree(folder / "home", folder / "backup")
    release_batch("B2")
    assert run_command(["comity", "ledger", "checkpoint", "--home", "home", "--out", "public"]) == 0
    shutil.copytree(folder / "home", folder / "damaged")
    shutil.rmtree(folder / "home")
    shutil.copytree(folder / "backup", folder / "home")
    shutil.copyfile(folder / "damaged" / "control.anchor", folder / "home" / "control.anchor")
    assert run_page("restore-from-backup.md", "commands of an older backup") == 3


def test_restore_from_backup__when_the_anchor_is_lost(folder: Path) -> None:
    enroll_by_command(Path("home"), folder)
    assert run_command(["comity", "ledger", "checkpoint", "--home", "home", "--out", "public"]) == 0
    (folder / "home" / "control.anchor").unlink()
    assert run_page("restore-from-backup.md", "commands of a lost anchor") == 4


def test_fsck_failed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["comity", "ledger", "checkpoint", "--home", "home", "--out", "public"]) == 0
    shutil.copytree(folder / "home", folder / "backup")
    with open_home_store() as store, without_guards(store) as connection:
        connection.execute(sa.update(answers).where(answers.c.row == 1).values(code="REFUSED"))
    assert run_page("fsck-failed.md") == 10
    assert "is not what row 1 of batch B1 was answered" in capsys.readouterr().out


def test_fsck_failed__explains_texts_that_the_checks_print() -> None:
    page = (RUNBOOKS / "fsck-failed.md").read_text(encoding="utf-8")
    table = page.partition("| text | meaning |")[2].partition("\n4. ")[0]
    texts = re.findall(r"^ *\| `([^`]+)`", table, re.MULTILINE)
    sources = "".join(
        (RUNBOOKS.parents[1] / "src" / "comity" / name).read_text(encoding="utf-8")
        for name in ("ledger/fsck.py", "store/anchor.py")
    )
    assert len(texts) == 7
    for text in texts:
        pattern = re.escape(text).replace(r"\ N\ ", r" \{[\w.]+\} ").replace(r"\ B\ ", r" \{[\w.]+\} ")
        assert re.search(pattern, sources), text


def test_order_entered_in_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enroll_by_command(Path("home"), folder)
    for order_id in ("X1", "X2"):
        (folder / f"{order_id}.yaml").write_text(ORDER.format(order_id=order_id))
        assert run_command(["comity", "orders", "add", f"{order_id}.yaml", "--home", "home", "--key", "jo.key"]) == 0
    assert run_command(["comity", "orders", "confirm", "X2", "--home", "home", "--key", "sam.key"]) == 0
    shutil.copyfile(RUNBOOKS / "correction.yaml", folder / "correction.yaml")
    assert run_page("order-entered-in-error.md") == 11
    capsys.readouterr()
    assert run_command(["comity", "orders", "status", "--home", "home", "--json"]) == 4
    stopping = capsys.readouterr().out
    assert '"X1"' not in stopping
    assert '"X2"' not in stopping
