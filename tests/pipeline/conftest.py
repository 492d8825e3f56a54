"""One town for all tests of the whole path; each test has its own batches and homes in it."""

from pathlib import Path

import pytest

from comity.app import clock
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
