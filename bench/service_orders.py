"""Enter a court order at 200 points of a running job of the service; writes docs/results/service-orders.md.

Usage: python bench/service_orders.py [POINTS]. Ends with 1, after writing the page, if a promise was broken.
Start at `main`.
"""

import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.job_insertion import open_job_harness  # noqa: E402  the tests' own harness, more often
from tests.support.order_insertion import InsertionOutcome, choose_points  # noqa: E402
from tests.support.workspace import make_workspace  # noqa: E402

OUT = ROOT / "docs" / "results" / "service-orders.md"


def main() -> int:
    """Enter the orders, write the page, and return the exit code."""
    wanted, began = int(sys.argv[1]) if len(sys.argv) > 1 else 200, time.time()
    with tempfile.TemporaryDirectory() as folder:
        world = make_workspace(Path(folder))
        with open_job_harness(world, world.open_home()) as running:
            path = running.trace_path()
            outcomes = [running.insert_order(point) for point in choose_points(path, wanted)]
            findings = running.check_ledger()
    OUT.write_text(render(len(path), outcomes, findings, time.time() - began), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))
    return int(bool(findings) or any(outcome.violations for outcome in outcomes))


def render(points: int, outcomes: list[InsertionOutcome], findings: tuple[str, ...], seconds: float) -> str:
    """Return the page."""
    run = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    counts = Counter((outcome.point.stage, outcome.result) for outcome in outcomes)
    rows = "\n".join(f"| {stage} | {result} | {count} |" for (stage, result), count in counts.items())
    broken = [f"- {one.point}: {', '.join(one.violations)}" for one in outcomes if one.violations]
    return f"""\
# An order entered while the service's worker is at a batch

Written by `make bench-service-orders` at commit {commit}, Python {platform.python_version()}, in {seconds:,.0f} s.

A job of the service has {points:,} points: calls and returns of functions, and statements of the database. At
{len(outcomes)} of them, another process's connection enters an order that forbids disclosure. Checked after each: no
answer and no release follows the order in the ledger; nothing was delivered after the order was entered; nothing can be
fetched; and the batch, judged again, is held. At the end the ledger is recomputed.

| stage in which the order came | what became of the batch | times |
|---|---|---:|
{rows}

Broken: {len(broken) + len(findings)}.
""" + "".join(f"{line}\n" for line in [*broken, *findings])


if __name__ == "__main__":
    sys.exit(main())
