"""One town for all tests of the whole path; each test has its own batches and homes in it."""

from pathlib import Path

import pytest

from comity.app import clock
from comity.app.home import Home
from tests.support.two_persons import PersonKeys, enroll_by_command
from tests.support.workspace import AUGUST_2025, Workspace, make_workspace


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The town with its index."""
    return make_workspace(tmp_path_factory.mktemp("town"))


@pytest.fixture
def world(town: Workspace, tmp_path: Path) -> Workspace:
    """The town, with a folder of one's own."""
    return Workspace(tmp_path, town.index, town.key)


@pytest.fixture
def august_2025(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine's clock show a day before the orders that hold every batch today."""
    monkeypatch.setattr(clock, "now", lambda: AUGUST_2025)


@pytest.fixture
def home(world: Workspace) -> Home:
    """A home in the test's folder."""
    return world.open_home()


@pytest.fixture
def keys(world: Workspace, home: Home) -> PersonKeys:
    """The keys of two persons, enrolled in the home by command."""
    return enroll_by_command(home.path, world.root / "keys")
