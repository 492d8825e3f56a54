"""A court order inserted at more than 200 points of a running batch, never followed by a release that it forbids.

Usage: python bench/orders.py [POINTS] [CONTROL_POINTS]. Writes docs/results/orders.md and the picture of the shipped
orders beside it; ends with 1, after writing, when the promise was broken, or when the control did not break it.
"""

import platform
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity import law  # noqa: E402  after the path
from comity.app.pages import timeline_page  # noqa: E402
from comity.orders.timeline import layout_timeline  # noqa: E402
from comity.pipeline import STAGES, Gateway  # noqa: E402
from tests.support import order_insertion  # noqa: E402  the tests' own insertion, done more often
from tests.support.order_insertion import (  # noqa: E402
    InsertionHarness,
    InsertionOutcome,
    OrdersReadOnceGateway,
    TracePoint,
    choose_points,
)
from tests.support.workspace import make_workspace  # noqa: E402

OUT = ROOT / "docs" / "results" / "orders.md"
TIMELINE_SVG = OUT.with_name("orders-timeline.svg")
MIN_POINTS = 200
METHOD_TEXT = """\
A batch is taken the whole way: read, judged, compared with an index, released, delivered. Its *points* are the calls
and returns of Comity's functions, and the moments before and after every SQL statement and commit. At each of the
points chosen (every moment of the database's, and others at even distances over the path) a second connection enters an
order that forbids disclosure; where the batch holds the database's lock, the order waits for it and the batch
goes on. Held to, each time: in the ledger no answer and no release comes after the order's entry; what was delivered
was delivered before the order was committed; the same command run again is held, delivers nothing and adds one hold."""
CONTROL_TEXT = """\
The same with the checks on the way taken out: orders are read once, when the batch comes in. That this breaks the
promise shows that the measurement can see it broken."""


def insert_at_points(
    town: InsertionHarness, points: list[TracePoint], kind: type[Gateway] = Gateway
) -> list[InsertionOutcome]:
    """One batch for each point."""
    outcomes = []
    for number, point in enumerate(points, 1):
        outcomes.append(town.insert_order(point, kind))
        if number % 20 == 0:
            broken = sum(bool(outcome.violations) for outcome in outcomes)
            print(f"{number} of {len(points)} points, {broken} broken", flush=True)
    return outcomes


def render_table(outcomes: list[InsertionOutcome]) -> list[str]:
    """Outcomes by stage, as Markdown."""
    ways = sorted({outcome.result for outcome in outcomes}, key=lambda how: ("held" not in how, "not" not in how, how))
    lines = ["| stage | points | of these SQL | " + " | ".join(ways) + " | broken |", "|---" * (len(ways) + 4) + "|"]
    for stage in STAGES:
        here = [outcome for outcome in outcomes if outcome.point.stage == stage]
        counts = Counter(outcome.result for outcome in here)
        cells = [stage, len(here), sum(outcome.point.is_sql for outcome in here), *(counts[way] for way in ways)]
        lines.append("| " + " | ".join(map(str, [*cells, sum(bool(outcome.violations) for outcome in here)])) + " |")
    return lines


def render_page(
    on_path: int,
    outcomes: list[InsertionOutcome],
    control: list[InsertionOutcome],
    findings: tuple[str, ...],
    minutes: float,
) -> str:
    """The page."""
    kept = sum(not outcome.violations for outcome in outcomes)
    seen = sum(bool(outcome.violations) for outcome in control)
    lines = [
        "# Court orders", "",
        f"Written by `make bench-orders`; Python {platform.python_version()}, {minutes:.0f} minutes. Synthetic data.", "",
        (f"**An order inserted at {len(outcomes)} distinct points of a running batch was followed by no release that it forbids "
        f"at {kept} of them.** The batch's path has {on_path:,} points."), "", METHOD_TEXT, "", *render_table(outcomes), "",
        f"Afterwards `comity ledger fsck` found {len(findings)} faults.", "", "## Control", "", CONTROL_TEXT, "",
        f"Broken at {seen} of {len(control)} points.", "", *render_table(control), "", "## The orders on file", "",
        "Drawn by `comity orders timeline`, from the law as shipped: which order stands when, and what it prohibits.", "",
        f"![Court orders over time]({TIMELINE_SVG.name})", "",
    ]  # fmt: skip
    for outcome in outcomes:
        lines += [f"BROKEN at {outcome.point}: {'; '.join(outcome.violations)}" for _ in outcome.violations[:1]]
    return "\n".join(lines)


def draw_timeline() -> None:
    """The picture of the shipped orders, drawn on the day on which they were last recorded."""
    shipped = law.load_law()
    day = max(order.recorded_from for order in shipped.orders.values())
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    drawn = layout_timeline(shipped, "irs-ice-2025", now=now)
    TIMELINE_SVG.write_text(timeline_page.render_timeline_svg(drawn), encoding="utf-8")


def main(wanted: int = 240, controls: int = 12) -> int:
    """Run, write the page, and say whether the promise held."""
    began = time.monotonic()
    memory = Path("/dev/shm")  # noqa: S108  how long a disk takes is not the question
    with tempfile.TemporaryDirectory(prefix="orders", dir=memory if memory.is_dir() else None) as place:
        world = make_workspace(Path(place))
        with order_insertion.open_harness(world, world.open_home()) as town:
            path = town.trace_path()
            outcomes = [
                o
                for o in insert_at_points(town, choose_points(path, wanted))
                if o.result != order_insertion.NOT_REACHED
            ]
            control = [
                o
                for o in insert_at_points(town, choose_points(path, controls), OrdersReadOnceGateway)
                if o.result != order_insertion.NOT_REACHED
            ]
            findings = town.check_ledger()
    draw_timeline()
    OUT.write_text(
        render_page(len(path), outcomes, control, findings, (time.monotonic() - began) / 60), encoding="utf-8"
    )
    print(f"wrote {OUT.relative_to(ROOT)}")
    broken = any(outcome.violations for outcome in outcomes) or bool(findings)
    return int(broken or len(outcomes) < min(MIN_POINTS, wanted) or not any(outcome.violations for outcome in control))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
