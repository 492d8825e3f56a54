"""A second connection enters a court order at points all over a job of the service."""

from comity.app.home import Home
from comity.pipeline import STAGES
from tests.support import order_insertion
from tests.support.job_insertion import open_job_harness
from tests.support.order_insertion import choose_points
from tests.support.workspace import Workspace


def test_an_order_entered_at_any_point_of_a_job_is_followed_by_no_release_that_it_forbids(
    world: Workspace, home: Home
) -> None:
    with open_job_harness(world, home) as running:
        path = running.trace_path()
        assert {point.stage for point in path} == set(STAGES)
        outcomes = [running.insert_order(point) for point in choose_points(path, 20)]
        assert [outcome for outcome in outcomes if outcome.violations] == []
        assert len([outcome for outcome in outcomes if outcome.result != order_insertion.NOT_REACHED]) >= 18
        assert {outcome.result for outcome in outcomes} >= {
            "held: nothing was released",
            "answered, then the order came: not delivered",
        }
        assert running.check_ledger() == ()
