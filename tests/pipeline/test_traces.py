"""What is left behind by answering: nothing from which somebody without the home could learn an answer or a name."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from comity import law, recall
from comity.accounting import compile_annual_report
from comity.app.home import Home
from comity.app.use_cases.machine_checks import check_machine
from comity.errors import ComityError
from comity.ledger import log
from comity.match import Index
from comity.model.filing import Act
from comity.pipeline import verify_batch
from comity.store import batches
from comity.store.database import Store
from tests.support.postgres_server import OWNER_ROLE, PostgresServer, create_fresh_database
from tests.support.two_persons import file_in_home, purge_by_two
from tests.support.workspace import (
    AUGUST_2025,
    RECORDS,
    Workspace,
    build_record_index,
    no_progress,
    open_gateway_at,
    request_about,
)

OUTCOMES = {
    "CONFIRMED": request_about(1),
    "NOT_CONFIRMED": request_about(1, street="12 Nowhere Ln"),
    "REFUSED": request_about(1, case_number=""),
}
"""Batches of one row, in which a count of answers is the answer."""


@contextmanager
def log_every_statement(server: PostgresServer, database: str) -> Iterator[list[str]]:
    """Let a server log every statement with all parameters; the list is what it wrote, once the block has ended."""
    lines: list[str] = []
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as connection:
        for setting in ("log_statement = 'all'", "log_parameter_max_length = -1"):
            connection.execute(f'ALTER DATABASE "{database}" SET {setting}')
    start = (server.folder / "log").stat().st_size
    yield lines
    with (server.folder / "log").open("rb") as file:
        file.seek(start)
        lines += file.read().decode().splitlines()


def answer_one_row(world: Workspace, server: PostgresServer, code: str) -> tuple[list[str], list[bytes]]:
    """Answer, deliver, recall, count and purge a batch of one row; return the server's log, and the batch's secrets."""
    dsn = create_fresh_database(server)
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with log_every_statement(server, str(name)) as lines:
        home = world.open_home(f"home-{code}", dsn=dsn)
        canary = {"kind": "canary", "records": ["r8"], "reason": ""}
        file_in_home(home, Act.SUPPRESSION, canary, by_two=False, at=AUGUST_2025)
        secrets = _work_on_batch(world, home, server, str(name), code)
    assert any("COPY" in line for line in lines), "the server logs statements"
    assert any("us-dhs-ice" in line for line in lines), "with their parameters"
    return lines, secrets


def _work_on_batch(world: Workspace, home: Home, server: PostgresServer, database: str, code: str) -> list[bytes]:
    batch = world.write_batch(f"batch-{code}", [OUTCOMES[code]], batch_id="one")
    with open_gateway_at(home, AUGUST_2025) as gateway:
        out = world.root / f"out-{code}"
        verified = verify_batch(batch, gateway, index=world.index, out=out, progress=no_progress)
        assert verified.counts_by_code == {code: 1}
        verify_batch(batch, gateway, index=world.index, out=world.root / f"again-{code}", progress=no_progress)
        store, signer = gateway.store, gateway.ledger_signer
        with store.read() as tx:
            stored = batches.find(tx, "us-dhs-ice", "one")
        assert stored is not None
        criteria = recall.RecallCriteria(law=str(stored.law_fingerprint))
        if code != "REFUSED":
            days = {"acknowledge_by": AUGUST_2025.date(), "certify_by": AUGUST_2025.date()}
            recall.issue_recall(store, law.load_law(), criteria, reason="A rule", at=AUGUST_2025, **days)
        log.sign_current_checkpoint(store, signer, at=AUGUST_2025)
        compile_annual_report(store, law.load_law(), signer.verifiers, signer.name, 2025)
        owner = Store.connect(server.dsn(OWNER_ROLE, database), anchor=home.anchor_file)
        purge_by_two(owner, batch_id="one", rows=[1], order="Docket 26-101", at=AUGUST_2025, origin=home.origin)
        owner.close()
    secrets = [stored.release_salt, stored.name_salt, bytes.fromhex(str(stored.answers_sha256))]
    return [secret for secret in secrets if secret is not None]


def test_a_server_that_logs_every_statement_does_not_log_an_answer(
    world: Workspace, postgresql: PostgresServer
) -> None:
    """Its logs of a confirmation and of its opposite differ in nothing but random values and times."""
    statements = {}
    for code in OUTCOMES:
        lines, secrets = answer_one_row(world, postgresql, code)
        text = "\n".join(lines)
        assert len(secrets) == 3
        assert not [secret for secret in secrets if secret.hex() in text]
        assert 'answers_sha256\\"' not in text
        assert "Quintanilla" not in text
        assert "r8" not in re.findall(r"\w+", text), "which record is a canary"
        statements[code] = sorted({_without_random_values(line) for line in lines} - {""})
    assert statements["CONFIRMED"] == statements["NOT_CONFIRMED"]
    given = re.findall(r"\$\d+ = '([A-Z_]+)'", "\n".join(statements["CONFIRMED"]))
    assert set(given) <= {"CONFIRMED", "TIME"}, "a code is a constant of a count, never a value of a row"


def _without_random_values(line: str) -> str:
    """Return a line of the log without what differs from run to run: times, hashes, salts, names of cursors."""
    message = re.search(r"(?:LOG|DETAIL|ERROR|CONTEXT|STATEMENT|HINT):\s+(.*)", line)
    text = message[1] if message else ""
    text = re.sub(r"execute [^:]+:|\"c_[0-9a-f_]+\"", "#", text)
    text = re.sub(r"\\x[0-9a-f]*|[0-9a-f]{16,}|comity\.[^\s',]*", "#", text)
    text = re.sub(r"'— .*?'|'comity[^']*'", "#", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ][0-9:.]+Z?", "TIME", text)


_COMMAND = "import os; os.umask(0o022); from comity.app.cli import main; main()"
"""The command in a process of its own, started by somebody whose files everybody may read."""


def run_command(folder: Path, *arguments: object) -> None:
    """Run a command in a process of its own, which must end well."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def list_readable(root: Path) -> set[str]:
    """Return which files below a folder another user of the machine can reach and read, by their path in it."""
    found: set[str] = set()
    for folder, folders, files in os.walk(root):
        if not stat.S_IMODE(Path(folder).stat().st_mode) & 0o011:
            folders.clear()  # nobody else gets in here
            continue
        paths = [Path(folder, name) for name in files]
        found |= {str(path.relative_to(root)) for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o044}
    return found


def test_nobody_else_can_read_what_the_commands_leave_behind(world: Workspace) -> None:
    """Index, answers, an explanation, accounting, recall, home: what is published alone is for everybody."""
    root, day = world.root / "work", ("--as-of", "2025-08-07")
    root.mkdir()
    root.chmod(0o755)
    batch = world.write_batch("b", [OUTCOMES["CONFIRMED"]])
    world.open_home("work/home")
    run_command(root, "index", "build", world.index.parent / "records.parquet", "--out", "idx")
    asked = (batch, "--index", "idx", "--home", "home", *day)
    run_command(root, "verify", *asked, "--out", "answers")
    run_command(root, "explain", *asked, "--request", OUTCOMES["CONFIRMED"]["request_id"], "--out", "why.html")
    run_command(root, "accounting", "report", "--home", "home", "--out", "accounting")
    run_command(root, "ledger", "checkpoint", "--home", "home/rehearsal", "--out", "public")
    assert (root / "why.html").stat().st_size
    assert {"idx", "answers", "accounting", "home"} <= {path.name for path in root.iterdir()}
    readable = list_readable(root)
    assert {name.split("/")[0] for name in readable} == {"public", "public.vkey"}
    assert "public/checkpoint" in readable
    for folder in ("idx", "answers", "accounting", "home"):
        assert stat.S_IMODE((root / folder).stat().st_mode) == 0o700


def test_what_can_be_read_by_others_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "closed").mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    for name in ("open/a", "open/b", "closed/c"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o600 if name.endswith("a") else 0o644)
    assert list_readable(tmp_path) == {"open/b"}


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o720])
def test_an_index_of_real_records_that_others_can_enter_is_not_opened(tmp_path: Path, mode: int) -> None:
    index = build_record_index(tmp_path / "records", RECORDS, is_synthetic=False)
    Index.open(index).close()
    index.chmod(mode)
    with pytest.raises(ComityError) as refused:
        Index.open(index)
    assert refused.value.code == "folder_exposed"
    checks = {check.name: check for check in check_machine(index=index)}
    assert not checks["index"].is_ok
    index.chmod(0o700)
    assert {check.name: check for check in check_machine(index=index)}["index"].is_ok


def test_an_index_of_synthetic_records_may_lie_open(world: Workspace, tmp_path: Path) -> None:
    shutil.copytree(world.index, tmp_path / "copy")
    (tmp_path / "copy").chmod(0o755)
    Index.open(tmp_path / "copy").close()
    checks = {check.name: check for check in check_machine(index=tmp_path / "copy")}
    assert checks["index"].is_ok
    assert checks["disk below the index"].is_ok, "synthetic records need no encrypted disk"


def test_a_home_that_others_can_enter_is_not_opened(world: Workspace) -> None:
    home = world.open_home()
    assert {check.name: check for check in check_machine(home=home.path)}["home"].is_ok
    home.path.chmod(0o750)
    with pytest.raises(ComityError) as refused:
        Home.open(home.path)
    assert refused.value.code == "folder_exposed"
    assert not {check.name: check for check in check_machine(home=home.path)}["home"].is_ok


_CRASH = """
import os, resource, sys
limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
from comity.app.cli import commands, main
commands.build_app = lambda _: os.abort()
main() if sys.argv[1] == "command" else os.abort()
"""


def test_a_command_that_crashes_leaves_no_core_file(tmp_path: Path) -> None:
    """The same process without the command's precautions leaves one, where the machine makes any."""

    def leaves_core(kind: str) -> bool:
        process = subprocess.Popen([sys.executable, "-c", _CRASH, kind], cwd=tmp_path)
        _, status, _ = os.wait4(process.pid, 0)
        process.returncode = 0  # it was waited for
        assert os.WIFSIGNALED(status)
        for core in tmp_path.glob("core*"):
            core.unlink()
        return os.WCOREDUMP(status)

    assert not leaves_core("command")
    if not leaves_core("alone"):
        pytest.skip("this machine makes no core files at all")


def test_a_worker_of_an_index_leaves_no_core_file(tmp_path: Path) -> None:
    """Workers are processes of their own: what one of them works on is records."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}

    def workers(kind: str) -> str:
        command = [sys.executable, "-m", "tests.support.core_files", kind]
        return subprocess.check_output(command, cwd=tmp_path, env=environment, text=True).strip()

    assert workers("guarded") == "False False"
    if workers("unguarded") != "True True":
        pytest.skip("this machine makes no core files at all")
