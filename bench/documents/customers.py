"""Time three candidate rules over ten million synthetic customers.

    .venv/bin/python bench/documents/customers.py [--customers N] [--runs K]

The file of customers is written first and is not part of the time. Each run is a process of its own: it reads the
Parquet file, judges every cell, draws 2,000 times, and renders the page. The goal: at most 5 seconds and 2 GiB.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median

from measurement import Measurement

from comity.assess.draws import DRAWS
from comity.assess.synthetic import write_synthetic_customers

RULES = ("passport-only-all", "proof-list-link", "medicaid-435-407")
AS_OF = date(2026, 11, 28)
SEED = 7
GOAL_SECONDS, GOAL_GIB = 5.0, 2.0
RUN = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
started = time.perf_counter()
from comity.assess import AssessmentInputs, assess_rules
from comity.assess.page import render_assessment
from comity.law.candidate import find_candidate
loaded, cpu = time.perf_counter(), time.process_time()
rules = [find_candidate(name) for name in sys.argv[3:]]
assessment = assess_rules(Path(sys.argv[1]), rules, AssessmentInputs(date.fromisoformat(sys.argv[2])))
assessed, cpu = time.perf_counter(), time.process_time() - cpu
page = render_assessment(assessment)
print(json.dumps({
    "load": loaded - started, "assess": assessed - loaded, "cpu": cpu, "page": time.perf_counter() - assessed,
    "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "bytes": len(page.encode()),
    "must_act": [int(rule.counts["must_act"].low) for rule in assessment.rules],
}))
"""


def measure(customers: Path, runs: int) -> list[dict[str, float]]:
    """Return what each run took, in order; the first compiles nothing that a run before it had not."""
    command = [sys.executable, "-c", RUN, str(customers), AS_OF.isoformat(), *RULES]
    outputs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(runs + 1)]
    return [json.loads(output) for output in outputs[1:]]


def measure_customers(people: int, run_count: int) -> list[Measurement]:
    """Return seconds, memory and size of page over runs of `people` synthetic customers; the slowest run decides."""
    with tempfile.TemporaryDirectory() as folder:
        customers = Path(folder) / "customers.parquet"
        write_synthetic_customers(customers, people, SEED, AS_OF)
        size, runs = customers.stat().st_size, measure(customers, run_count)
    work = f"{people:,} customers in Parquet ({size / 2**20:.0f} MiB), {len(RULES)} rules, {DRAWS:,} draws"
    seconds, gib = max(run["assess"] for run in runs), max(run["gib"] for run in runs)
    return [
        Measurement(f"{work}: the slowest of {len(runs)} runs", seconds, "s", GOAL_SECONDS, is_limit=True),
        Measurement("the median run", median(run["assess"] for run in runs), "s"),
        Measurement("the median run, processor time", median(run["cpu"] for run in runs), "s"),
        Measurement("peak memory of the process", gib, "GiB", GOAL_GIB, is_limit=True),
        Measurement("the page", max(run["bytes"] for run in runs) / 1000, "kB", 300, is_limit=True),
        Measurement("importing the program, median", median(run["load"] for run in runs), "s"),
    ]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print("\n".join(row.to_row() for row in measure_customers(options.customers, options.runs)))


if __name__ == "__main__":
    main()
