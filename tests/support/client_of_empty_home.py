"""A service over an empty home with a client that has a token, for tests of what the API says to anything sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comity.app import clock
from comity.signing import Ed25519Key
from tests.support.api_client_key import TokenClient, enroll_client
from tests.support.api_service import make_settings, serve_api
from tests.support.workspace import AUGUST_2025, Workspace


@contextmanager
def open_client(root: Path) -> Iterator[TokenClient]:
    """Serve a new home in August 2025, and log a client in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: AUGUST_2025)
        home = Workspace(root, root, Ed25519Key.generate_key("Ed25519")).open_home()
        with serve_api(make_settings(root, requests_per_second=1000)) as server:
            client = TokenClient(server, enroll_client(home))
            client.log_in()
            yield client
