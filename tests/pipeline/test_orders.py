"""Court orders bind at receipt, before look-up, inside the release transaction, and at delivery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from comity import law
from comity.app.gateway import open_gateway
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.pipeline import verify_batch
from comity.store.batches import HELD
from tests.support.workspace import Workspace, no_progress, read_answers, request_about

BEFORE = datetime(2025, 11, 20, 12, tzinfo=UTC)
AFTER = datetime(2025, 11, 21, 12, tzinfo=UTC)


class Clock:
    """Reads BEFORE the order for the first `calls` times, and AFTER it from then on."""

    def __init__(self, calls: int) -> None:
        self.left = calls
        self.used = 0

    def __call__(self) -> datetime:
        self.used += 1
        return (BEFORE if self.used <= self.left else AFTER) + timedelta(seconds=self.used)


def test_an_order_entered_at_any_stage_stops_the_release(world: Workspace) -> None:
    """At every reading of the clock on the path, the order may have just taken effect."""
    calm = Clock(10**6)
    run(world, "calm", calm)
    outcomes = []
    for calls in range(calm.used + 1):
        clock = Clock(calls)
        status, answered = run(world, f"b{calls}", clock)
        outcomes.append(status)
        assert answered == (status != HELD), "a held batch leaves nothing in the folder"
        if answered:
            assert clock.left >= last_check(calm.used), "delivered although a check saw the order"
    assert outcomes[0] == HELD
    assert outcomes[-1] != HELD
    assert outcomes == sorted(outcomes, key=lambda status: status != HELD), "once it is early enough it is answered"


def last_check(readings: int) -> int:
    """The delivery's own check is the last thing that reads the clock."""
    return readings - 1


def run(world: Workspace, name: str, clock: Clock) -> tuple[str, bool]:
    """Verify one batch under a clock; how it ended, and whether anything was delivered."""
    home = world.open_home(f"{name}-home")
    batch = world.write_batch(name, [request_about(1)])
    with open_gateway(home) as gateway:
        verified = verify_batch(
            batch,
            replace(gateway, clock=clock),
            index=world.index,
            out=world.root / f"{name}-out",
            progress=no_progress,
        )
        signer = gateway.ledger_signer
        assert check_ledger(gateway.store, signer.verifiers, home.origin) == ()
        with gateway.store.read() as tx:
            last = log.read_entries(tx, log.tree_size(tx) - 1, log.tree_size(tx))
    assert (b'"kind":"hold"' in last[0]) == (verified.status == HELD)
    return verified.status, bool(read_answers(world.root / f"{name}-out"))


@pytest.mark.parametrize(
    ("at", "orders"),
    [
        (datetime(2025, 8, 7, 12, tzinfo=UTC), ()),
        (datetime(2025, 11, 20, 12, tzinfo=UTC), ()),
        (datetime(2025, 11, 21, 12, tzinfo=UTC), ("O2",)),
        (datetime(2025, 11, 22, 12, tzinfo=UTC), ("O2",)),
        (datetime(2026, 2, 4, 12, tzinfo=UTC), ("O2",)),
        (datetime(2026, 2, 5, 12, tzinfo=UTC), ("O2", "O3")),
        (datetime(2026, 2, 6, 12, tzinfo=UTC), ("O2", "O3")),
        (datetime(2026, 2, 25, 12, tzinfo=UTC), ("O2", "O3")),
        (datetime(2036, 1, 1, 12, tzinfo=UTC), ("O2", "O3")),
    ],
)
def test_which_orders_hold_a_batch_when(world: Workspace, at: datetime, orders: tuple[str, ...]) -> None:
    verified, _ = world.verify_batch(world.write_batch("b", [request_about(1)]), at=at)
    assert verified.blocking_order_ids == orders
    assert (verified.status == HELD) == bool(orders)


def test_an_unknown_agreement_is_held_not_answered(world: Workspace) -> None:
    verified, answers = world.verify_batch(world.write_batch("b", [request_about(1)], agreement="no-such-agreement"))
    assert answers == {} or {code for code, _ in answers.values()} == {"REFUSED"}
    assert verified.status == HELD or verified.is_batch_refused
    assert law.load_law().agreements.keys() == {"irs-ice-2025"}
