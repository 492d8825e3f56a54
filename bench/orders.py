"""Insert a court order at more than 200 points of a running batch, and check that no forbidden release follows it.

Usage: python bench/orders.py [POINTS] [CONTROL_POINTS]. Writes docs/results/orders.md and the timeline of the shipped
orders beside it; ends with 1, after writing, if the promise was broken, or if the control did not break it.
Start at `main`.
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
from tests.support import order_insertion  # noqa: E402  the tests' own insertion, repeated more often
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
A batch goes through all stages: read, judged, compared with an index, released, delivered. Its *points* are the calls
and returns of Comity's functions, and the moments before and after every SQL statement and commit. At each chosen point
(every one of the database, and others at equal distances over the path) a second connection enters an order that
forbids disclosure; if the batch holds the database's lock, the order waits for it and the batch continues. Checked each
time: in the ledger no answer and no release comes after the order's entry; whatever was delivered was delivered before
the order was committed; the same command run again is held, delivers nothing and adds one hold."""
CONTROL_TEXT = """\
The same without the checks after receipt: orders are read once, when the batch is received. That this breaks the
promise shows that the measurement detects a broken promise."""


def insert_at_points(
    harness: InsertionHarness, points: list[TracePoint], gateway: type[Gateway] = Gateway
) -> list[InsertionOutcome]:
    """Run one batch for each point, with an order inserted there."""
    outcomes = []
    for number, point in enumerate(points, 1):
        outcomes.append(harness.insert_order(point, gateway))
        if number % 20 == 0:
            violated = sum(bool(outcome.violations) for outcome in outcomes)
            print(f"{number} of {len(points)} points, {violated} violated", flush=True)
    return outcomes


def render_table(outcomes: list[InsertionOutcome]) -> list[str]:
    """Tabulate the outcomes by stage, as Markdown."""
    results = sorted(
        {outcome.result for outcome in outcomes}, key=lambda text: ("held" not in text, "not" not in text, text)
    )
    header = ["stage", "points", "of these SQL", *results, "broken"]
    lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for stage in STAGES:
        in_stage = [outcome for outcome in outcomes if outcome.point.stage == stage]
        counts = Counter(outcome.result for outcome in in_stage)
        sql_points = sum(outcome.point.is_sql for outcome in in_stage)
        violated = sum(bool(outcome.violations) for outcome in in_stage)
        cells = [stage, len(in_stage), sql_points, *(counts[result] for result in results), violated]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def render_page(
    path_length: int,
    outcomes: list[InsertionOutcome],
    control: list[InsertionOutcome],
    findings: tuple[str, ...],
    minutes: float,
) -> str:
    """Render the page."""
    upheld = sum(not outcome.violations for outcome in outcomes)
    detected = sum(bool(outcome.violations) for outcome in control)
    lines = [
        "# Court orders",
        "",
        f"Written by `make bench-orders`; Python {platform.python_version()}, {minutes:.0f} minutes. Synthetic data.",
        "",
        f"**An order was inserted at {len(outcomes)} distinct points of a running batch; at {upheld} of them no",
        f"release that it forbids followed.** The batch's path has {path_length:,} points.",
        "",
        METHOD_TEXT,
        "",
        *render_table(outcomes),
        "",
        f"Afterwards `comity ledger fsck` found {len(findings)} faults.",
        "",
        "## Control",
        "",
        CONTROL_TEXT,
        "",
        f"Broken at {detected} of {len(control)} points.",
        "",
        *render_table(control),
        "",
        "## The orders on file",
        "",
        "Drawn by `comity orders timeline`, from the law as shipped: when each is in force and what it prohibits.",
        "",
        f"![Court orders over time]({TIMELINE_SVG.name})",
        "",
    ]
    violated = [outcome for outcome in outcomes if outcome.violations]
    lines += [f"BROKEN at {outcome.point}: {'; '.join(outcome.violations)}" for outcome in violated]
    return "\n".join(lines)


def draw_timeline() -> None:
    """Draw the timeline of the shipped orders as of the day on which they were last recorded."""
    shipped = law.load_law()
    day = max(order.recorded_from for order in shipped.orders.values())
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    layout = layout_timeline(shipped, "irs-ice-2025", now=now)
    TIMELINE_SVG.write_text(timeline_page.render_timeline_svg(layout), encoding="utf-8")


def main(point_count: int = 240, control_count: int = 12) -> int:
    """Insert orders and write the page; return 1 if the promise was broken, or if the control did not break it."""
    started_at = time.monotonic()
    memory = Path("/dev/shm")  # noqa: S108  how long a disk takes is not the question
    with tempfile.TemporaryDirectory(prefix="orders", dir=memory if memory.is_dir() else None) as temporary:
        workspace = make_workspace(Path(temporary))
        with order_insertion.open_harness(workspace, workspace.open_home()) as harness:
            path = harness.trace_path()
            outcomes = insert_at_points(harness, choose_points(path, point_count))
            control = insert_at_points(harness, choose_points(path, control_count), OrdersReadOnceGateway)
            findings = harness.check_ledger()
    outcomes = [outcome for outcome in outcomes if outcome.result != order_insertion.NOT_REACHED]
    control = [outcome for outcome in control if outcome.result != order_insertion.NOT_REACHED]
    draw_timeline()
    minutes = (time.monotonic() - started_at) / 60
    OUT.write_text(render_page(len(path), outcomes, control, findings, minutes), encoding="utf-8")
    print(f"wrote {OUT.relative_to(ROOT)}")
    is_broken = any(outcome.violations for outcome in outcomes) or bool(findings)
    is_control_broken = any(outcome.violations for outcome in control)
    return int(is_broken or not is_control_broken or len(outcomes) < min(MIN_POINTS, point_count))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
