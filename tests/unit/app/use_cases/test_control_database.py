"""What lies outside of the database tells that it is an older copy, or that nothing can tell."""

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.home.home_folder import ANCHOR_FOLDER_VARIABLE
from comity.app.use_cases.control_database import move_to_postgresql, replace_anchor
from comity.errors import ComityError, LedgerError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.signing import create_signing_key
from comity.store.tables import filings
from tests.support import postgres_server
from tests.support.postgres_server import PostgresServer
from tests.support.sample_ledger import insert_batch, make_hold_entries
from tests.support.two_persons import enroll_by_command


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    """A home with two persons, in which something was signed."""
    home = Home.open_or_create(tmp_path / "home")
    enroll_by_command(home.path, tmp_path)
    sign_more(home)
    return home


def sign_more(home: Home) -> None:
    """Append entries and sign a checkpoint over them."""
    with bootstrap.open_store(home) as store:
        with store.begin() as tx:
            log.append_entries(tx, make_hold_entries(3), at=clock.now())
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())


def write_something(home: Home) -> None:
    with bootstrap.open_store(home) as store, store.begin() as tx:
        insert_batch(tx, "B1", 3)


def check(home: Home) -> tuple[str, ...]:
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        return check_ledger(store, signer.verifiers, signer.name)


def forget_second_anchor(home: Home) -> None:
    second = home.find_second_anchor()
    assert second is not None
    second.unlink()


def vouch(home: Home, first: str = "jo", second: str = "sam") -> int:
    keys = home.path.parent / f"{first}.key", home.path.parent / f"{second}.key"
    return replace_anchor(home.path, keys, "Lost with the old disk")


def test_a_database_restored_with_its_anchor_removed_is_refused(home: Home) -> None:
    """The attack: yesterday's database, and nothing beside it that could contradict."""
    older = home.control_db.read_bytes()
    sign_more(home)
    home.control_db.write_bytes(older)
    home.anchor_file.unlink()
    forget_second_anchor(home)
    with pytest.raises(LedgerError, match="anchor beside it is missing") as refused:
        write_something(home)
    assert "comity store anchor" in refused.value.hint
    assert any("anchor beside it is missing" in finding for finding in check(home))


def test_a_home_restored_whole_with_its_anchor_is_noticed_from_outside(home: Home) -> None:
    shutil.copytree(home.path, home.path.parent / "backup")
    sign_more(home)
    shutil.rmtree(home.path)
    (home.path.parent / "backup").rename(home.path)
    with pytest.raises(LedgerError, match=r"older copy.*outside of the home"):
        write_something(home)
    assert any("outside of the home" in finding for finding in check(home))


def test_a_home_that_went_on_is_the_newest(home: Home) -> None:
    forget_second_anchor(home)  # on another machine there is none yet
    sign_more(home)
    write_something(home)
    assert check(home) == ()
    second = home.find_second_anchor()
    assert second is not None
    assert second.read_text() == home.anchor_file.read_text()


def test_the_second_anchor_is_where_the_operator_says(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ANCHOR_FOLDER_VARIABLE, str(tmp_path / "elsewhere"))
    sign_more(home)
    assert [path.read_text() for path in (tmp_path / "elsewhere").iterdir()] == [home.anchor_file.read_text()]


def test_a_new_home_has_an_anchor_before_anything_is_signed(tmp_path: Path) -> None:
    """So that a kill right after the first checkpoint leaves no database without one."""
    home = Home.open_or_create(tmp_path / "new")
    write_something(home)
    assert home.anchor_file.read_text().split()[0] == "0"
    assert check(home) == ()


def test_two_persons_replace_a_lost_anchor_and_an_entry_says_so(home: Home) -> None:
    home.anchor_file.unlink()
    entry = vouch(home)
    with bootstrap.open_store(home) as store, store.read() as tx:
        assert b'"kind":"anchor"' in log.read_entries(tx, entry, entry + 1)[0]
    write_something(home)
    assert check(home) == ()


def test_one_person_replaces_no_anchor(home: Home, tmp_path: Path) -> None:
    home.anchor_file.unlink()
    create_signing_key(tmp_path / "eve.key")
    for pair in (("jo", "jo"), ("jo", "eve"), ("eve", "eve")):
        with pytest.raises(ComityError):
            vouch(home, *pair)
    assert not home.anchor_file.exists()


def test_no_two_persons_vouch_for_an_older_copy_that_the_second_anchor_knows(home: Home) -> None:
    older = home.control_db.read_bytes()
    sign_more(home)
    home.control_db.write_bytes(older)
    home.anchor_file.unlink()
    with pytest.raises(LedgerError, match="older copy"):
        vouch(home)
    assert not home.anchor_file.exists()


def test_an_anchor_that_is_there_is_not_replaced(home: Home) -> None:
    with pytest.raises(ComityError, match="not missing"):
        vouch(home)


def name_database(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name an empty database in the environment, as both of its roles reach it."""
    application = postgres_server.create_fresh_database(server)
    name = re.search(r"dbname=(\S+)", application)
    assert name is not None
    monkeypatch.setenv("COMITY_DSN", application)
    monkeypatch.setenv("COMITY_OWNER_DSN", server.dsn(postgres_server.OWNER_ROLE, name[1]))


def test_a_home_moves_to_postgresql_with_everything_in_its_ledger(
    home: Home, postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_something(home)
    with bootstrap.open_store(home) as store, store.read() as tx:
        before = log.tree_size(tx), len(tx.connection.execute(sa.select(filings)).all())
    name_database(postgresql, monkeypatch)
    counts = move_to_postgresql(home.path)
    moved = Home.open_or_create(home.path)
    assert moved.database == "postgresql"
    assert not moved.control_db.exists()
    assert (home.path / "control.db.moved").exists()
    assert check(moved) == ()
    with bootstrap.open_store(moved) as store, store.read() as tx:
        assert (log.tree_size(tx), len(tx.connection.execute(sa.select(filings)).all())) == before
    assert counts["batches"] == 1
    sign_more(moved)
    assert check(moved) == ()
    with pytest.raises(ComityError, match="on PostgreSQL already"):
        move_to_postgresql(home.path)


def test_nothing_moves_into_a_database_that_holds_a_ledger(
    home: Home, tmp_path: Path, postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_database(postgresql, monkeypatch)
    other = Home.open_or_create(tmp_path / "other")
    sign_more(other)
    move_to_postgresql(other.path)
    with pytest.raises(ComityError, match="holds a ledger already"):
        move_to_postgresql(home.path)
    assert Home.open_or_create(home.path).database == "sqlite"
    assert check(home) == ()
