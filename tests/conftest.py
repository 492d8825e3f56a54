"""Fixtures for every test."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.store.database import Store
from tests.support import postgres_server
from tests.support.postgres_server import PostgresServer
from tests.support.sample_ledger import open_store

OpenStore = Callable[[], Store]
"""Opens the test's own control database, again and again."""


@pytest.fixture(autouse=True, scope="session")
def own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what a command leaves in the user's state folder out of the user's."""
    patch = pytest.MonkeyPatch()
    state: Path = tmp_path_factory.mktemp("state")
    patch.setenv("XDG_STATE_HOME", str(state))


@pytest.fixture
def tomorrow_already(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine is 14 hours ahead of UTC, so that a local date in the place of one in UTC shows."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "AHEAD-14")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole session."""
    if postgres_server.find_binaries() is None:
        pytest.skip(postgres_server.BINARIES_MISSING)
    with postgres_server.run_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """The same test on both databases: SQLite in the test's folder, PostgreSQL in a database of its own."""
    opened: list[Store] = []

    def remember(store: Store) -> Store:
        opened.append(store)
        return store

    if request.param == "sqlite":
        yield lambda: remember(open_store(tmp_path))
    else:
        dsn = postgres_server.create_fresh_database(request.getfixturevalue("postgresql"))
        yield lambda: remember(Store.connect(dsn, anchor=tmp_path / "control.anchor"))
    for store in opened:
        store.close()
