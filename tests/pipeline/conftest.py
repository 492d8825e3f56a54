"""One town for all tests of the whole path; each test has its own batches and homes in it."""

from pathlib import Path

import pytest

from tests.world import World, make_world


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The town with its index."""
    return make_world(tmp_path_factory.mktemp("town"))


@pytest.fixture
def world(town: World, tmp_path: Path) -> World:
    """The town, with a folder of one's own."""
    return World(tmp_path, town.index, town.key)
