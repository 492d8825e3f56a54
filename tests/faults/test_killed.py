"""Killed at any point of the whole path and run again, a verification ends with the same answers, each entry once."""

from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from tests import servers
from tests.faults.acts import POINTS
from tests.faults.forkserver import Forks
from tests.world import World, ask, make_world, read_answers

ROWS = [ask(1), ask(3, street2="Apt 7C"), ask(2, case_number=""), ask(4)]
REPORTS = 7
PLACES = [f"report:{n}" for n in range(REPORTS)] + [f"{when}:{name}" for name in POINTS for when in ("before", "after")]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A town whose index is built once."""
    return make_world(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def expected(town: World) -> dict[str, tuple[str, str]]:
    """The answers of a run that nothing interrupts."""
    return town.verify(town.batch("calm", ROWS))[1]


@pytest.mark.parametrize("point", PLACES)
def test_a_killed_run_is_finished_by_the_next(
    point: str, town: World, expected: dict[str, tuple[str, str]], tmp_path: Path, forks: Forks,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    world = World(tmp_path, town.index, town.key)
    on_server = PLACES.index(point) % 2  # every other point on the other database
    dsn = servers.fresh_database(request.getfixturevalue("postgresql")) if on_server else ""
    home, batch = world.home(dsn=dsn), world.batch("stormy", ROWS)
    ended = forks.run("answer and die", str(world.root), "stormy", str(world.index), point)
    assert ended.was_killed, "the point must lie on the path"
    signer = bootstrap.ledger_signer(home)
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, [signer.verifier], home.origin) == ()
        with store.read() as tx:
            assert log.size(tx) in {0, len(ROWS) + 1}, "all of the release, or nothing"
    world.verify(batch, home=home, out=world.root / "out")
    assert read_answers(world.root / "out") == expected
    with bootstrap.open_store(home) as store:
        assert check_ledger(store, [signer.verifier], home.origin) == ()
        with store.read() as tx:
            assert log.size(tx) == len(ROWS) + 1
