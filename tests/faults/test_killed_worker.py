"""Killed at any step of a job, the service's worker leaves what the next one finishes: nothing lost, nothing twice."""

import pytest

from tests.support.faults.child_actions import DONE, KILL_POINTS, WORKER_KILL_POINTS
from tests.support.faults.fork_server import ForkServer
from tests.support.faults.service_house import ServiceHouse

PLACES = [
    *(f"{when}:{name}" for name in WORKER_KILL_POINTS for when in ("before", "after")),
    *(f"before:{name}" for name in KILL_POINTS),
    "after:mark",
    "after:write",
]
"""Half of the steps of the release; tests/faults/test_killed.py dies at every one, with records to compare."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, forks: ForkServer) -> ServiceHouse:
    """One service for the module, whose ledger grows with every test."""
    return ServiceHouse.create(tmp_path_factory.mktemp("service") / "house", forks)


def test_there_are_twenty_places_to_die_at() -> None:
    assert len(PLACES) >= 20


@pytest.mark.parametrize("point", PLACES)
def test_what_a_killed_worker_left_is_finished_by_the_next_once(point: str, house: ServiceHouse) -> None:
    answered = house.verify_whole_batches()
    house.submit()
    assert house.work(point).was_killed, "the point must lie on the path"
    assert house.verify_whole_batches() in {answered, answered + 1}
    assert house.work().exit_code == DONE
    house.verify_finished()
