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
from comity.app import timeline  # noqa: E402
from tests import insertion  # noqa: E402  the tests' own insertion, done more often
from tests.insertion import STAGES, Forgetful, Outcome, Point, Town, chosen  # noqa: E402
from tests.world import make_world  # noqa: E402

OUT = ROOT / "docs" / "results" / "orders.md"
PICTURE = OUT.with_name("orders-timeline.svg")
FEWEST = 200
METHOD = """\
A batch is taken the whole way: read, judged, compared with an index, released, delivered. Its *points* are the calls
and returns of Comity's functions, and the moments before and after every SQL statement and commit. At each of the
points chosen (every moment of the database's, then the first call of each function, and so on) a second connection
enters an order that forbids disclosure; where the batch holds the database's lock, the order waits for it and the batch
goes on. Held to, each time: in the ledger no answer and no release comes after the order's entry; what was delivered
was delivered before the order was committed; the same command run again is held, delivers nothing and adds one hold."""
CONTROL = """\
The same with the checks on the way taken out: orders are read once, when the batch comes in. That this breaks the
promise shows that the measurement can see it broken."""


def run(town: Town, points: list[Point], kind: type[insertion.Gateway] = insertion.Gateway) -> list[Outcome]:
    """One batch for each point."""
    outcomes = []
    for number, point in enumerate(points, 1):
        outcomes.append(town.insert(point, kind))
        if number % 20 == 0:
            broken = sum(bool(outcome.broken) for outcome in outcomes)
            print(f"{number} of {len(points)} points, {broken} broken", flush=True)
    return outcomes


def table(outcomes: list[Outcome]) -> list[str]:
    """Outcomes by stage, as Markdown."""
    ways = sorted({outcome.how for outcome in outcomes}, key=lambda how: ("held" not in how, "not" not in how, how))
    lines = ["| stage | points | of these SQL | " + " | ".join(ways) + " | broken |", "|---" * (len(ways) + 4) + "|"]
    for stage in STAGES:
        here = [outcome for outcome in outcomes if outcome.point.stage == stage]
        counts = Counter(outcome.how for outcome in here)
        cells = [stage, len(here), sum(outcome.point.is_sql for outcome in here), *(counts[way] for way in ways)]
        lines.append("| " + " | ".join(map(str, [*cells, sum(bool(outcome.broken) for outcome in here)])) + " |")
    return lines


def page(
    on_path: int, outcomes: list[Outcome], control: list[Outcome], findings: tuple[str, ...], minutes: float
) -> str:
    """The page."""
    kept = sum(not outcome.broken for outcome in outcomes)
    seen = sum(bool(outcome.broken) for outcome in control)
    lines = [
        "# Court orders", "",
        f"Written by `make bench-orders`; Python {platform.python_version()}, {minutes:.0f} minutes. Synthetic data.", "",
        (f"**An order inserted at {len(outcomes)} distinct points of a running batch was followed by no release that it forbids "
        f"at {kept} of them.** The batch's path has {on_path:,} points."), "", METHOD, "", *table(outcomes), "",
        f"Afterwards `comity ledger fsck` found {len(findings)} faults.", "", "## Control", "", CONTROL, "",
        f"Broken at {seen} of {len(control)} points.", "", *table(control), "", "## The orders on file", "",
        "Drawn by `comity orders timeline`, from the law as shipped: which order stands when, and what it prohibits.", "",
        f"![Court orders over time]({PICTURE.name})", "",
    ]  # fmt: skip
    for outcome in outcomes:
        lines += [f"BROKEN at {outcome.point}: {'; '.join(outcome.broken)}" for _ in outcome.broken[:1]]
    return "\n".join(lines)


def draw() -> None:
    """The picture of the shipped orders, drawn on the day on which they were last recorded."""
    shipped = law.load()
    day = max(order.recorded_from for order in shipped.orders.values())
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    drawn = timeline.picture(shipped, "irs-ice-2025", now=now)
    PICTURE.write_text(timeline.svg(drawn), encoding="utf-8")


def main(wanted: int = 220, controls: int = 24) -> int:
    """Run, write the page, and say whether the promise held."""
    began = time.monotonic()
    memory = Path("/dev/shm")  # noqa: S108  how long a disk takes is not the question
    with tempfile.TemporaryDirectory(prefix="orders", dir=memory if memory.is_dir() else None) as place:
        world = make_world(Path(place))
        with insertion.opened(world, world.home()) as town:
            path = town.path()
            outcomes = [o for o in run(town, chosen(path, wanted)) if o.how != insertion.MISSED]
            control = [o for o in run(town, chosen(path, controls), Forgetful) if o.how != insertion.MISSED]
            findings = town.fsck()
    draw()
    OUT.write_text(page(len(path), outcomes, control, findings, (time.monotonic() - began) / 60), encoding="utf-8")
    print(f"wrote {OUT.relative_to(ROOT)}")
    broken = any(outcome.broken for outcome in outcomes) or bool(findings)
    return int(broken or len(outcomes) < min(FEWEST, wanted) or not any(outcome.broken for outcome in control))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
