"""Let four processes withhold, lift, verify, deliver and add orders at once, 200 rounds, and count what was lost.

Usage: python bench/concurrency.py [ROUNDS]. Writes docs/results/concurrency.md; ends with 1, after writing, if anything
was lost, or released or delivered against what was on file.
Start at `main`.
"""

import platform
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.concurrency import StressReport, run_rounds  # noqa: E402  the tests' own rounds, repeated more often

OUT = ROOT / "docs" / "results" / "concurrency.md"
ROUNDS = 200
METHOD_TEXT = """\
Four processes share one home. In each round they start at the same moment: one withholds a person, one files a lift of
that as two persons, one answers a batch about that person and another and delivers it twice, one enters an order that
forbids disclosure and has both persons withdraw it. Checked afterwards:

- every step that a process reported as filed is on file, and the ledger is clean;
- no person was confirmed in a release that follows, in the ledger, a withholding of them that was not lifted before;
- no release follows an order that was not withdrawn before;
- no folder was written between the end of a step that forbids it and the beginning of the one that ends that."""


def main() -> int:
    """Run the rounds, write the page, and return the exit code."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        keys.mkdir()
        report = run_rounds(Path(folder) / "world", keys, rounds)
    OUT.write_text(render(report, time.perf_counter() - began), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))
    return 1 if report.violations else 0


def render(report: StressReport, seconds: float) -> str:
    """Return the page."""
    rows = [f"| {what} | {count:,} |" for what, count in sorted(report.outcomes.items())]
    violations = [f"- {violation}" for violation in report.violations] or ["None."]
    machine = f"{platform.machine()}, Python {platform.python_version()}, {seconds:,.0f} seconds"
    return "\n".join(
        [
            "# Four processes at once",
            "",
            f"Written by `bench/concurrency.py`: {report.rounds:,} rounds, {machine}.",
            "",
            METHOD_TEXT,
            "",
            "| step and how it ended | times |",
            "|---|---|",
            *rows,
            "",
            "## What was lost, released or delivered against what was on file",
            "",
            *violations,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
