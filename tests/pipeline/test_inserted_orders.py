"""A court order entered by a second connection at points all over a running batch: the quick form of `make bench-orders`."""

from collections.abc import Iterator

import pytest

from tests import insertion
from tests.insertion import STAGES, Forgetful, Point, Town, chosen
from tests.world import World


@pytest.fixture(scope="module")
def running(town: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A home with batches for every point."""
    world = World(tmp_path_factory.mktemp("inserted"), town.index, town.key)
    with insertion.opened(world, world.home()) as opened:
        yield opened


@pytest.fixture(scope="module")
def path(running: Town) -> list[Point]:
    """The points of a batch."""
    return running.path()


def test_an_order_inserted_anywhere_is_followed_by_no_release_that_it_forbids(running: Town, path: list[Point]) -> None:
    assert len(set(path)) == len(path) > 1000
    assert {point.stage for point in path} == set(STAGES)
    points = chosen(path, 20)
    outcomes = [running.insert(point) for point in points]
    assert [outcome for outcome in outcomes if outcome.broken] == []
    assert len({outcome.point for outcome in outcomes if outcome.how != insertion.MISSED}) >= 18
    assert {"held: nothing was released", "answered, then the order came: not delivered"} <= {o.how for o in outcomes}
    assert running.fsck() == ()


def test_without_the_checks_on_the_way_that_would_be_seen(running: Town, path: list[Point]) -> None:
    before_release = next(point for point in path if point.stage == "look up")
    outcome = running.insert(before_release, Forgetful)
    assert "released after the order was entered" in outcome.broken
    assert "delivered after the order was entered" in outcome.broken


def test_the_points_chosen_are_distinct_and_in_order(path: list[Point]) -> None:
    for wanted in (2, 20, 300, len(path)):
        points = chosen(path, wanted)
        assert len(set(points)) == len(points) == wanted
        assert points == sorted(points, key=path.index)
    assert {point for point in path if point.is_sql} <= set(chosen(path, 300))
