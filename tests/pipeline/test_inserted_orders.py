"""A second connection enters a court order at points all over a running batch: `make bench-orders` in short."""

from collections.abc import Iterator

import pytest

from comity.pipeline import STAGES
from tests.support import order_insertion
from tests.support.order_insertion import InsertionHarness, OrdersReadOnceGateway, TracePoint, choose_points
from tests.support.workspace import Workspace


@pytest.fixture(scope="module")
def running(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InsertionHarness]:
    """A home with batches for every point."""
    world = Workspace(tmp_path_factory.mktemp("inserted"), town.index, town.key)
    with order_insertion.open_harness(world, world.open_home()) as opened:
        yield opened


@pytest.fixture(scope="module")
def path(running: InsertionHarness) -> list[TracePoint]:
    """The points of a batch."""
    return running.trace_path()


def test_an_order_inserted_anywhere_is_followed_by_no_release_that_it_forbids(
    running: InsertionHarness, path: list[TracePoint]
) -> None:
    assert len(set(path)) == len(path) > 1000
    assert {point.stage for point in path} == set(STAGES)
    points = choose_points(path, 20)
    outcomes = [running.insert_order(point) for point in points]
    assert [outcome for outcome in outcomes if outcome.violations] == []
    assert len({outcome.point for outcome in outcomes if outcome.result != order_insertion.NOT_REACHED}) >= 18
    assert {"held: nothing was released", "answered, then the order came: not delivered"} <= {
        o.result for o in outcomes
    }
    assert running.check_ledger() == ()


def test_without_the_checks_on_the_way_that_would_be_seen(running: InsertionHarness, path: list[TracePoint]) -> None:
    before_release = next(point for point in path if point.stage == "match")
    outcome = running.insert_order(before_release, OrdersReadOnceGateway)
    assert "released after the order was entered" in outcome.violations
    assert "delivered after the order was entered" in outcome.violations


def test_the_points_chosen_are_distinct_and_in_order(path: list[TracePoint]) -> None:
    positions = {point: position for position, point in reversed(list(enumerate(path)))}
    for wanted in (2, 20, 300, len(path)):
        points = choose_points(path, wanted)
        assert len(set(points)) == len(points) == wanted
        assert points == sorted(points, key=positions.__getitem__)
    assert {point for point in path if point.is_sql} <= set(choose_points(path, 300))
