"""Revisions and tables agree on both databases; an old home is brought up; a kill in between leaves old or new."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlcipher3 import dbapi2

from comity.errors import ComityError
from comity.ledger import leaf, log
from comity.ledger.fsck import check_ledger
from comity.ledger.publish import publish_log
from comity.store import batches, schema_version, sqlite
from comity.store.database import Store, migrate_postgresql
from comity.store.tables import metadata
from comity_ledger_verify import TrustPolicy, Vkey, check_log
from tests.conftest import OpenStore
from tests.support import postgres_server
from tests.support.postgres_server import APPLICATION_ROLE, OWNER_ROLE, PostgresServer
from tests.support.sample_ledger import (
    DATABASE_KEY,
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    VKEY,
    insert_batch,
    insert_released_batch,
    make_hold_entries,
    open_store,
    release_answers,
)
from tests.support.two_persons import purge_by_two


def _revisions() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "comity.store:migrations")
    return ScriptDirectory.from_config(config)


def test_the_code_works_with_the_last_revision() -> None:
    assert _revisions().get_heads() == [schema_version.CURRENT_REVISION]


def test_the_revisions_make_what_the_tables_say(opening: OpenStore) -> None:
    with opening().read() as tx:
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) == []


def test_on_sqlite_each_table_is_as_strict_as_it_says(tmp_path: Path) -> None:
    with open_store(tmp_path).read() as tx:
        made = {name: (rowid, strict) for name, rowid, strict in _kinds(tx.connection)}
    other = sa.create_engine("sqlite://", creator=lambda: dbapi2.connect(":memory:"), module=dbapi2)
    with other.begin() as connection:
        metadata.create_all(connection)
        said = {name: (rowid, strict) for name, rowid, strict in _kinds(connection)}
    other.dispose()
    assert {name: kind for name, kind in made.items() if name != "alembic_version"} == said
    assert all(strict for _, strict in said.values())


def _kinds(connection: sa.Connection) -> list[tuple[str, int, int]]:
    query = "SELECT name, wr, \"strict\" FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
    return [(str(row[0]), int(row[1]), int(row[2])) for row in connection.exec_driver_sql(query)]


def make_first(engine: sa.Engine) -> None:
    """The tables as the main job made them, with what one answered batch leaves in them."""
    first = _revisions().get_revision("0001")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        first.module.upgrade()


def fill_first(folder: Path) -> None:
    """Answer a batch as the first version named it, and hold another; copy what they left into its tables."""
    (folder / "new").mkdir()
    store = open_store(folder / "new")
    with store.begin() as tx:
        for name in ("B1", "Held"):
            insert_batch(tx, name, 5, is_first=True)
        release_answers(tx, "B1", 5, is_first=True)
        (hold,) = make_hold_entries(1)
        first = {**json.loads(hold), "batch": "Held", "v": 1}
        log.append_entries(tx, [leaf.canonicalize_json(first)], at=RECORDED_AT)
        batches.record_hold(tx, "Held", as_of=RECORDED_AT)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    engine = sqlite.create_engine(folder / "control.db", DATABASE_KEY)
    make_first(engine)
    with store.read() as source, engine.execution_options(comity_write=True).begin() as target:
        old = sa.MetaData()
        old.reflect(target)
        for table in ("batches", "entries", "answers", "nodes", "head", "checkpoints"):
            names = [column.name for column in old.tables[table].columns]
            today, released = metadata.tables[table], metadata.tables["releases"]  # releases were part of batches
            query = sa.select(*(today.c[name] if name in today.c else released.c[name] for name in names))
            query = query.select_from(today.outerjoin(released)) if table == "batches" else query
            rows = source.connection.execute(query)
            if found := [dict(row._mapping) for row in rows]:
                target.execute(old.tables[table].insert(), found)
    engine.dispose()
    store.close()
    (folder / "new" / "control.anchor").rename(folder / "control.anchor")


def test_a_home_from_before_there_were_versions_is_brought_up(tmp_path: Path) -> None:
    fill_first(tmp_path)
    store = open_store(tmp_path)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
    with store.begin() as tx:
        assert log.append_entries(tx, make_hold_entries(2), at=RECORDED_AT) == 7
    with store.read() as tx:
        assert schema_version.read_revision(tx.connection) == schema_version.CURRENT_REVISION
        triggers = tx.connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        assert triggers.scalar_one() == len(store._backend.list_guards())
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) == []
        assert {name for name, _, _ in _kinds(tx.connection)} == {*metadata.tables, "alembic_version"}


def test_a_batch_from_before_keeps_its_name_and_another_of_that_id_gets_one(tmp_path: Path) -> None:
    """The held one is answered after entries of version 2, the answered one is purged, and both stay checkable."""
    fill_first(tmp_path)
    store = open_store(tmp_path)
    insert_released_batch(store, "B2", 3)
    with store.begin() as tx:
        release_answers(tx, "Held", 5, is_first=True)
        old = batches.find(tx, "Agency", "Held")
        assert old is not None
        assert (old.batch_id, old.display_id, old.leaf_version, old.status) == ("Held", "Held", 1, "answered")
        assert batches.find(tx, "Another agency", "Held") is None
    purge_by_two(store, batch_id="B1", rows=[2], order="O", at=RECORDED_AT)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
    publish_log(store, tmp_path / "public", note, SIGNER.verifier)
    assert check_log(tmp_path / "public", TrustPolicy([Vkey.parse(VKEY)])).findings == []


def test_a_migration_that_fails_leaves_the_old_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_first(tmp_path)

    def fail(_connection: object, _backend: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(schema_version, "install_guards", fail)  # the last thing a migration does
        with pytest.raises(ZeroDivisionError):
            open_store(tmp_path)
    engine = sqlite.create_engine(tmp_path / "control.db", DATABASE_KEY)
    with engine.connect() as connection:
        assert schema_version.read_revision(connection) == "0001"
        assert not sa.inspect(connection).has_table("purges")
    engine.dispose()
    assert check_ledger(open_store(tmp_path), [SIGNER.verifier], ORIGIN) == ()


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store._connection(write=True) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(ComityError, match="of version 9999"):
        open_store(tmp_path)


def test_on_postgresql_only_the_owner_migrates(postgresql: PostgresServer) -> None:
    postgresql.create_database("bare", template="template1")
    dsn = postgresql.dsn(APPLICATION_ROLE, "bare")
    with pytest.raises(ComityError) as refused:
        Store.connect(dsn)
    assert "store migrate" in refused.value.hint
    with pytest.raises(ComityError):
        migrate_postgresql(dsn, role=APPLICATION_ROLE)
    superuser = postgresql.dsn("postgres", "bare")
    migrate_postgresql(superuser, role=APPLICATION_ROLE)
    migrate_postgresql(superuser, role=APPLICATION_ROLE)
    store = Store.connect(dsn)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(1), at=RECORDED_AT)
    assert store.check_database() == ()
    store.close()
    assert postgres_server.OWNER_ROLE == OWNER_ROLE
