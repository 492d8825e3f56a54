"""What the tests of faults share."""

from collections.abc import Iterator

import pytest

from tests.faults.forkserver import Forks


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """One fork server for all: it takes seconds to import and try everything once."""
    server = Forks()
    yield server
    server.close()
