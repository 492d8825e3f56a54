"""Fixtures for every test."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.store.connection import Store
from tests import servers
from tests.servers import Server
from tests.unit.ledger.sample import open_store

Opening = Callable[[], Store]
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
def postgresql() -> Iterator[Server]:
    """One PostgreSQL server for the whole session."""
    if servers.find_binaries() is None:
        pytest.skip(servers.MISSING)
    with servers.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opening]:
    """The same test on both databases: SQLite in the test's folder, PostgreSQL in a database of its own."""
    opened: list[Store] = []

    def remember(store: Store) -> Store:
        opened.append(store)
        return store

    if request.param == "sqlite":
        yield lambda: remember(open_store(tmp_path))
    else:
        dsn = servers.fresh_database(request.getfixturevalue("postgresql"))
        yield lambda: remember(Store.connect(dsn, anchor=tmp_path / "control.anchor"))
    for store in opened:
        store.close()
