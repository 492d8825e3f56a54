"""What is left behind by answering: nothing from which somebody without the home could learn an answer or a name."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from comity import law, recall
from comity.accounting import compile_annual_report
from comity.app.home import Home
from comity.ledger import log
from comity.ledger.purge import purge_answers
from comity.model.filing import Act
from comity.pipeline import verify_batch
from comity.store import batches
from comity.store.database import Store
from tests.support.postgres_server import OWNER_ROLE, PostgresServer, create_fresh_database
from tests.support.two_persons import file_in_home
from tests.support.workspace import AUGUST_2025, Workspace, no_progress, open_gateway_at, request_about

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
        purge_answers(owner, batch_id="one", rows=[1], order="Docket 26-101", at=AUGUST_2025)
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
    text = re.sub(r"\\x[0-9a-f]*|[0-9a-f]{16,}|comity\.[\w./]*", "#", text)
    text = re.sub(r"'— .*?'|'comity[^']*'", "#", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ][0-9:.]+Z?", "TIME", text)
