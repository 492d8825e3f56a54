"""Kill the service's worker at random moments, 200 times; writes docs/results/service-faults.md.

Usage: python bench/service_faults.py [KILLS] [SEED]. Ends with 1, after writing the page, if an invariant was violated.
Start at `main`.
"""

import platform
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.faults.child_actions import DONE  # noqa: E402  the tests' own kills, more of them
from tests.support.faults.faulty_home import InvariantViolation  # noqa: E402
from tests.support.faults.fork_server import ForkServer  # noqa: E402
from tests.support.faults.service_house import ROWS_PER_BATCH, ServiceHouse  # noqa: E402

OUT = ROOT / "docs" / "results" / "service-faults.md"
KILLS_BEFORE_A_CALM_RUN = 3
"""A job that was begun five times is stuck, as it should be; so it is let end before."""


@dataclass
class KillCounts:
    """What happened: kills, those that came too late, and batches."""

    killed: int = 0
    late: int = 0
    submitted: int = 0
    answered: int = 0


def main() -> None:
    """Inject the kills and write the page."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 48)
    started, counts, violations = time.time(), KillCounts(), []
    forks = ForkServer()
    with tempfile.TemporaryDirectory() as folder:
        house = ServiceHouse.create(Path(folder) / "house", forks)
        try:
            kill_often(house, kills, rng, counts)
        except InvariantViolation as violation:
            violations.append(str(violation))
        counts.submitted, counts.answered = len(house.names), house.verify_whole_batches()
    forks.close()
    write_page(counts, violations, time.time() - started)
    sys.exit(bool(violations))


def kill_often(house: ServiceHouse, kills: int, rng: random.Random, counts: KillCounts) -> None:
    """Kill workers at random moments, and let each batch be finished. Raises InvariantViolation."""
    house.submit()
    house.work()  # loads what the fork server keeps
    begun = time.time()
    house.submit()
    house.work()
    longest = 1.2 * (time.time() - begun)
    while counts.killed < kills:
        house.submit()
        for _ in range(KILLS_BEFORE_A_CALM_RUN):
            was_killed = house.work(kill=rng.uniform(0.0, longest)).was_killed
            counts.killed, counts.late = counts.killed + was_killed, counts.late + (not was_killed)
            house.verify_whole_batches()
        ended = house.work()
        if ended.exit_code != DONE:
            raise InvariantViolation(f"a calm run ended with {ended.exit_code}")
        house.verify_finished()


def write_page(counts: KillCounts, violations: list[str], seconds: float) -> None:
    """Write what was found."""
    run = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    version = platform.python_version()
    text = f"""\
# The service's worker, killed

Written by `make bench-service-faults` at commit {commit}, Python {version}, in {seconds:.0f} s.

Batches of {ROWS_PER_BATCH} rows are submitted as the API submits them. A worker gets SIGKILL after a random time of up
to 1.2 times what a whole job takes, {KILLS_BEFORE_A_CALM_RUN} times for each batch, and then runs calmly. After every
kill: fsck is clean and the ledger holds whole batches only. After every calm run: every batch that was ever submitted
is answered, in the ledger once, can be fetched, and is in the published ledger, which the separate checker verifies
with every receipt.

| kills | came too late | batches submitted | batches in the ledger, each once | violations |
|---:|---:|---:|---:|---:|
| {counts.killed} | {counts.late} | {counts.submitted} | {counts.answered} | {len(violations)} |
"""
    OUT.write_text(text + "".join(f"\n- {violation}\n" for violation in violations), encoding="utf-8")


if __name__ == "__main__":
    main()
