"""Measure papers and rules about them, and write docs/results/documents.md.

    python bench/documents/results.py [--vectors FOLDER] [--peers-python PYTHON] [--customers N] [--runs K] [--out FILE]

Runs the public vectors as tests, the same zones through other libraries, the rates of zones and chips, and an
assessment of many customers. Start at `main`; `make bench-documents` makes the peers' virtual environment first.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from chips import measure_master_list, measure_passports
from customers import RULES, measure_customers
from measurement import Measurement
from peers import Verdicts, judge_with_every_library
from zones import measure_zones

ROOT = Path(__file__).parents[2]
LICENSES = {"comity": "Apache-2.0", "mrz": "GPL-3.0", "fastmrz": "AGPL-3.0", "PassportEye": "MIT"}


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, default=ROOT.parent / "shared" / "vectors" / "documents")
    parser.add_argument("--peers-python", type=Path)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--zones", type=int, default=5_000_000)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "documents.md")
    options = parser.parse_args()
    load_at_start = os.getloadavg()[0]
    _report_progress("vectors")
    vector_lines = run_vectors()
    _report_progress("peers")
    verdicts = judge_with_every_library(options.vectors, options.peers_python)
    _report_progress("zones and chips")
    rates = [*measure_zones(options.zones), *measure_passports(2000), *measure_master_list(588)]
    _report_progress(f"{options.customers:,} customers")
    customers = measure_customers(options.customers, options.runs)
    page = format_page(vector_lines, verdicts, rates, customers, load_at_start)
    options.out.write_text(page, encoding="utf-8")
    print(page)


def run_vectors() -> list[str]:
    """Return the counts that the conformance tests print.

    Raises:
        CalledProcessError: a vector is judged wrongly.
    """
    tests = sorted(str(path) for path in (ROOT / "tests" / "conformance").glob("test_document_*.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [line.removeprefix("documents: ") for line in printed.splitlines() if line.startswith("documents: ")]
    if not lines:
        raise SystemExit(
            "The public vectors of documents are not beside this repository, so there is nothing to report."
        )
    return lines


def format_page(
    vector_lines: Iterable[str],
    verdicts: Iterable[Verdicts],
    rates: Iterable[Measurement],
    customers: Iterable[Measurement],
    load_at_start: float,
) -> str:
    """Return the page of results."""
    load = f"{load_at_start:.1f} when it began and {os.getloadavg()[0]:.1f} when it ended, of {os.cpu_count()} cores"
    head = ("what", "measured", "goal", "met")
    lines = [
        "# Papers, and rules about them",
        "",
        (
            f"Written by `make bench-documents` on {datetime.now(UTC):%-d %B %Y}: {platform.machine()}, Python "
            f"{platform.python_version()}."
        ),
        f"Load of the machine: {load}. All papers and customers are synthetic or public specimens.",
        "",
        "## Public vectors",
        "",
        "Every vector has the outcome that its source gives; one that had not would have ended the run.",
        "",
        "```",
        *vector_lines,
        "```",
        "",
        "## The same zones, other libraries",
        "",
        "A verdict is wrong when a zone with digits that all agree is refused, or one with a digit that does not",
        "agree, or of no standard size, is accepted. An exception of a library counts as a refusal. Rates are zones",
        "per second of CPU, one by one.",
        "",
        *_format_table(("library", "license", "wrong verdicts", "wrongly refused", "wrongly accepted", "rate")),
        *(_format_verdicts(verdict) for verdict in verdicts),
        "",
        "## Rates",
        "",
        "Processor time of one thread.",
        "",
        *_format_table(head),
        *(row.to_row() for row in rates),
        "",
        "## Candidate rules over many customers",
        "",
        "Each run is a process of its own that reads the file, counts, draws, and renders the page. Wall-clock",
        f"time, which a busy machine stretches. Rules: {', '.join(RULES)}.",
        "",
        *_format_table(head),
        *(row.to_row() for row in customers),
    ]
    return "\n".join(lines) + "\n"


def _format_verdicts(verdicts: Verdicts) -> str:
    wrong = len(verdicts.wrongly_refused) + len(verdicts.wrongly_accepted)
    cells = (
        f"{verdicts.library} {verdicts.version}",
        LICENSES[verdicts.library],
        f"{wrong} of {verdicts.cases}",
        ", ".join(verdicts.wrongly_refused),
        ", ".join(verdicts.wrongly_accepted),
        f"{verdicts.rate:,.0f} /s",
    )
    return f"| {' | '.join(cells)} |"


def _format_table(head: Iterable[str]) -> list[str]:
    columns = list(head)
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def _report_progress(step: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
