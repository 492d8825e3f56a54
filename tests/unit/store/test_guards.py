"""Nobody changes what is on file: not the application's role, not the owner; who drops the guards is found out."""

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from comity.errors import ComityError
from comity.law import load_law
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.orders import order_filings
from comity.store.database import Store
from comity.store.entries import insert_cosignatures
from comity.store.guards import GUARDED_TABLES
from comity.store.tables import (
    accounted,
    answers,
    batches,
    checkpoints,
    cosignatures,
    entries,
    filings,
    head,
    metadata,
    nodes,
    openings,
    purges,
    reasons,
    releases,
)
from tests.conftest import OpenStore
from tests.support import postgres_server
from tests.support.database_owner import drop_guards, without_guards
from tests.support.postgres_server import APPLICATION_ROLE, OWNER_ROLE, PostgresServer
from tests.support.sample_ledger import (
    B1,
    B2,
    DATABASE_KEY,
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    insert_released_batch,
    insert_side_records,
    open_store,
)
from tests.support.two_persons import purge_by_two
from tests.unit.orders.test_order_filings import JO, document

CHANGES = [
    entries.update().values(bundle=b""),
    entries.delete(),
    nodes.update().values(hash=bytes(32)),
    nodes.delete(),
    checkpoints.update().values(note="x"),
    checkpoints.delete(),
    answers.update().values(code="CONFIRMED"),
    answers.update().where(answers.c.row == 2).values(code=None),
    answers.update()
    .where(answers.c.row == 2)
    .values(request_id=None, code=None, reasons=None, outcome=None, match_probability=None, record_id=None, salt=None),
    answers.delete(),
    releases.update().values(answers_sha256="c" * 64),
    releases.update().values(answers_sha256=None, release_salt=None, summary=None),
    releases.delete(),
    batches.update().values(status="received", release_entry=None),
    batches.update().values(given_id="Another"),
    batches.update().values(name_salt=bytes(32)),
    batches.update().values(name_salt=None),
    batches.delete(),
    head.update().values(size=1),
    head.update().values(recorded_at="2020-01-01T00:00:00.000000Z"),
    head.delete(),
    openings.update().values(content="{}"),
    openings.delete(),
    accounted.update().values(manifest="{}"),
    accounted.delete(),
    reasons.update().values(content=b""),
    reasons.delete(),
    filings.update().values(step="withdrawn"),
    filings.delete(),
    purges.update().values(order="Another"),
    purges.delete(),
    cosignatures.update().values(line="x"),
    cosignatures.delete(),
]
NAMES = [f"{n}-{change.table}-{type(change).__name__}" for n, change in enumerate(CHANGES)]


def answered(store: Store, owner: Store | None = None) -> None:
    """Something in every table: two batches answered, one of which lost an answer; an order; a checkpoint, cosigned."""
    insert_released_batch(store, "B1", 300)
    insert_released_batch(store, "B2", 9)
    order_filings.enter_order(store, document(), JO, law=load_law(), at=RECORDED_AT)
    purge_by_two(owner or store, batch_id=B2, rows=[3], order="O", at=RECORDED_AT)
    with store.begin() as tx:
        insert_side_records(tx, "B2")
    size = int(log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT).splitlines()[1])
    with store.begin() as tx:
        insert_cosignatures(tx, size, ["— w AAAAAAAA\n"], at=RECORDED_AT)


def test_every_table_but_the_working_one_is_guarded_and_tried() -> None:
    assert set(GUARDED_TABLES) == set(metadata.tables) - {"asked"}
    for kind in (sa.Update, sa.Delete):
        assert {str(change.table) for change in CHANGES if isinstance(change, kind)} == set(GUARDED_TABLES)


@pytest.mark.parametrize("change", CHANGES, ids=NAMES)
def test_what_is_on_file_is_not_changed_even_by_its_owner(tmp_path: Path, change: sa.Update | sa.Delete) -> None:
    store = open_store(tmp_path)
    answered(store)
    with pytest.raises(RuntimeError, match="is not changed"), store.begin() as tx:
        tx.connection.execute(change)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_a_row_written_over_meets_the_guards(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    answered(store)
    with pytest.raises(RuntimeError), store.begin() as tx:
        tx.connection.execute(sa.text("INSERT OR REPLACE INTO nodes VALUES (1, 0, zeroblob(32))"))
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


@pytest.fixture(scope="module", name="database")
def _database(postgresql: PostgresServer) -> str:
    """A database with something in every table."""
    postgresql.create_database("guarded")
    store, owner = (Store.connect(postgresql.dsn(role, "guarded")) for role in (APPLICATION_ROLE, OWNER_ROLE))
    answered(store, owner)
    store.close()
    owner.close()
    return "guarded"


@pytest.mark.parametrize("change", CHANGES, ids=NAMES)
def test_on_postgresql_neither_role_changes_anything(
    postgresql: PostgresServer, database: str, change: sa.Update | sa.Delete
) -> None:
    for role in (APPLICATION_ROLE, OWNER_ROLE, "postgres"):
        store = Store.connect(postgresql.dsn(role, database))
        with pytest.raises((RuntimeError, ComityError), match=r"is not changed|permission denied"), store.begin() as tx:
            tx.connection.execute(change)
        assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
        store.close()


@pytest.mark.parametrize("role", [APPLICATION_ROLE, OWNER_ROLE, "postgres"])
@pytest.mark.parametrize("table", GUARDED_TABLES)
def test_no_table_is_emptied(postgresql: PostgresServer, database: str, role: str, table: str) -> None:
    with psycopg.connect(postgresql.dsn(role, database)) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(f"TRUNCATE {table} CASCADE")
    assert refused.value.sqlstate in {"23000", "42501"}


def test_a_superuser_who_calls_himself_a_replica_meets_the_guards(postgresql: PostgresServer, database: str) -> None:
    with psycopg.connect(postgresql.dsn("postgres", database)) as connection:
        connection.execute("SET session_replication_role = replica")  # switches ordinary triggers off
        with pytest.raises(psycopg.errors.IntegrityError):
            connection.execute("DELETE FROM entries")
        connection.rollback()


def test_the_application_can_neither_drop_a_guard_nor_purge(postgresql: PostgresServer, database: str) -> None:
    for statement in (
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "DROP TRIGGER guard_entries_delete ON entries",
        "DROP TABLE answers CASCADE",
        "CREATE OR REPLACE FUNCTION guard_entries_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        f"INSERT INTO purges VALUES ('{B1}', 1, 1, 'O', 'x', 'now')",
        "CREATE TABLE mine (x int)",
        "UPDATE alembic_version SET version_num = '9999'",
    ):
        with (
            psycopg.connect(postgresql.dsn(APPLICATION_ROLE, database)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


def test_an_owner_who_drops_the_guards_is_found_out(opening: OpenStore, postgresql: PostgresServer) -> None:
    store = opening()
    insert_released_batch(store, "B1", 300)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    if "postgresql" in store._engine.dialect.name:  # the application's role could not
        with store.read() as tx:
            name = tx.connection.exec_driver_sql("SELECT current_database()").scalar_one()
        owner = Store.connect(postgresql.dsn(OWNER_ROLE, str(name)))
    else:
        owner = store
    with owner._connection(write=True) as connection:
        drop_guards(connection, owner._backend)
        connection.execute(answers.update().where(answers.c.row == 2).values(code="CONFIRMED"))
    found = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert "entry 1 is not what row 2 of batch B1 was answered" in found
    assert sum("guard_" in finding for finding in found) == len(owner._backend.list_guards())
    with without_guards(owner) as connection:
        connection.execute(entries.delete().where(entries.c.first_index == 256))
    found = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert any("entry 256 is missing" in finding for finding in found)
    assert not any("guard_" in finding for finding in found), "the guards are back, and what was done still shows"
    if owner is not store:
        owner.close()


def test_a_guard_switched_off_is_found_out(postgresql: PostgresServer) -> None:
    postgresql.create_database("switched")
    store = Store.connect(postgresql.dsn(OWNER_ROLE, "switched"))
    assert store.check_database() == ()
    with store._connection(write=True) as connection:
        connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER guard_entries_delete")
        connection.exec_driver_sql("ALTER TABLE nodes ENABLE TRIGGER guard_nodes_delete")  # not ALWAYS
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION guard_head_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'"
        )
    assert [finding.split()[0] for finding in store.check_database()] == [
        "guard_entries_delete",
        "guard_nodes_delete",
        "guard_head_delete",
    ]
    store.close()


def test_the_guards_of_sqlite_are_checked_word_by_word(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "control.db", DATABASE_KEY)
    with store._connection(write=True) as connection:
        connection.exec_driver_sql("DROP TRIGGER guard_entries_delete")
        connection.exec_driver_sql("CREATE TRIGGER guard_entries_delete BEFORE DELETE ON entries BEGIN SELECT 1; END")
    assert [finding.split()[0] for finding in store.check_database()] == ["guard_entries_delete"]


def test_errors_on_postgresql_quote_no_row(postgresql: PostgresServer, database: str) -> None:
    store = Store.connect(postgresql.dsn(APPLICATION_ROLE, database))
    for values in (
        {"batch_id": B1, "row": 1, "entry": 1, "request_id": "Wanted"},
        {"batch_id": "Wanted", "row": 1, "entry": 1},
        {"batch_id": B1, "row": 1000, "entry": 1, "request_id": "Wanted\0"},
    ):
        with pytest.raises((RuntimeError, ComityError)) as refused, store.begin() as tx:
            tx.connection.execute(answers.insert().values(values))
        assert "Wanted" not in str(refused.value)
    store.close()


def test_a_wrong_dsn_is_an_error_without_its_password(postgresql: PostgresServer) -> None:
    good = postgres_server.create_fresh_database(postgresql)
    for dsn in (
        "nonsense hunter2",
        "host=/nowhere password=hunter2 dbname=x user=y",
        good + "x",
        "postgresql://user:hunter2@[bad",
        "password=hunter2 'open",
    ):
        with pytest.raises(ComityError) as refused:
            Store.connect(dsn)
        assert refused.value.code == "store_unavailable"
        assert "hunter2" not in refused.value.message + refused.value.hint
        assert postgresql.passwords[APPLICATION_ROLE] not in refused.value.message
