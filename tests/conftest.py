"""Fixtures for every test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what a command leaves in the user's state folder out of the user's."""
    patch = pytest.MonkeyPatch()
    state: Path = tmp_path_factory.mktemp("state")
    patch.setenv("XDG_STATE_HOME", str(state))
