"""What the tests of faults share."""

from collections.abc import Iterator

import pytest

from tests.support.faults.fork_server import ForkServer


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    """One fork server for all: it takes seconds to import and try everything once."""
    server = ForkServer()
    yield server
    server.close()
