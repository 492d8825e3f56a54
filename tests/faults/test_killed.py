"""Killed at any point of the whole path and run again, a verification ends with the same answers, each entry once."""

from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from tests.support import postgres_server
from tests.support.faults.child_actions import KILL_POINTS
from tests.support.faults.fork_server import ForkServer
from tests.support.workspace import Workspace, make_workspace, read_answers, request_about

ROWS = [request_about(1), request_about(3, street2="Apt 7C"), request_about(2, case_number=""), request_about(4)]
REPORTS = 7
PLACES = [f"report:{n}" for n in range(REPORTS)] + [
    f"{when}:{name}" for name in KILL_POINTS for when in ("before", "after")
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A town whose index is built once."""
    return make_workspace(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def expected(town: Workspace) -> dict[str, tuple[str, str]]:
    """The answers of a run that nothing interrupts."""
    return town.verify_batch(town.write_batch("calm", ROWS))[1]


@pytest.mark.parametrize("point", PLACES)
def test_a_killed_run_is_finished_by_the_next(
    point: str,
    town: Workspace,
    expected: dict[str, tuple[str, str]],
    tmp_path: Path,
    forks: ForkServer,
    request: pytest.FixtureRequest,
) -> None:
    world = Workspace(tmp_path, town.index, town.key)
    on_server = PLACES.index(point) % 2  # every other point on the other database
    dsn = postgres_server.create_fresh_database(request.getfixturevalue("postgresql")) if on_server else ""
    home, batch = world.open_home(dsn=dsn), world.write_batch("stormy", ROWS)
    ended = forks.run("answer and die", str(world.root), "stormy", str(world.index), point)
    assert ended.was_killed, "the point must lie on the path"
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, [signer.verifier], home.origin) == ()
        with store.read() as tx:
            assert log.tree_size(tx) in {0, len(ROWS) + 1}, "all of the release, or nothing"
    world.verify_batch(batch, home=home, out=world.root / "out")
    assert read_answers(world.root / "out") == expected
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, [signer.verifier], home.origin) == ()
        with store.read() as tx:
            assert log.tree_size(tx) == len(ROWS) + 1
