"""A thousand faults and more, each kind in turn on SQLite and on PostgreSQL; writes docs/results/faults.md.

Usage: python bench/faults.py [FAULTS] [SEED]. Ends with 1, after writing the page, when a house broke.
"""

import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import postgres_server  # noqa: E402  the tests' own faults, done more often
from tests.support.faults import fault_kinds  # noqa: E402
from tests.support.faults.fault_kinds import FaultKind  # noqa: E402
from tests.support.faults.faulty_home import ROWS_PER_BATCH, FaultyHome, InvariantViolation  # noqa: E402
from tests.support.faults.fork_server import ForkServer  # noqa: E402

OUT = ROOT / "docs" / "results" / "faults.md"
METHOD_TEXT = f"""\
Each fault strikes a process that takes a batch of {ROWS_PER_BATCH} rows the whole way (judge, release, sign, deliver, publish).
After it, before anything is mended: `comity ledger fsck` is clean (or, where the database is yesterday's, says exactly
that), the ledger holds whole batches only, and every answer, receipt and checkpoint that was acknowledged is there.
Then the same command is run again: it must finish, with each batch in the ledger once, and the published ledger and
every receipt must verify. *Missed* are attempts whose moment or call never came; they count for nothing."""
MAX_BATCHES_PER_HOME = 10
"""A house is given up for a new one after so many batches, so that fsck has little to read."""


@dataclass
class FaultCampaign:
    """Houses on one database, one after the other, and what became of them."""

    database: str
    kinds: list[FaultKind]
    folder: Path
    forks: ForkServer
    server: postgres_server.PostgresServer | None = None
    home_count: int = 0
    home: FaultyHome | None = None
    tried_counts: Counter[str] = field(default_factory=Counter)
    occurred_counts: Counter[str] = field(default_factory=Counter)
    survived_counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def current_home(self) -> FaultyHome:
        """A house that is whole."""
        if self.home is None or self.home.batch_count > MAX_BATCHES_PER_HOME:
            self.remove_home()
            self.home = FaultyHome.create(self.folder / f"{self.database}-{self.home_count}", self.forks, self.server)
            self.home_count += 1
        return self.home

    def remove_home(self) -> None:
        """Remove the house, and its database."""
        if self.home is not None:
            shutil.rmtree(self.home.root, ignore_errors=True)
            if self.server is not None:
                name = next(word for word in self.home.dsn.split() if word.startswith("dbname="))
                self.server.drop_database(name.removeprefix("dbname="))
        self.home = None

    def inject_fault(self, kind: FaultKind, chance: random.Random) -> None:
        """One fault."""
        house = self.current_home()
        self.tried_counts[kind.name] += 1
        try:
            happened = kind.inject(house, chance)
        except InvariantViolation as finding:
            self.occurred_counts[kind.name] += 1
            self.violations.append(f"{self.database}, {kind.name}: {finding}")
            print(self.violations[-1], flush=True)
            self.remove_home()
            return
        self.occurred_counts[kind.name] += happened
        self.survived_counts[kind.name] += happened


def run_campaigns(streets: list[FaultCampaign], wanted: int, chance: random.Random) -> None:
    """Each kind in turn, until so many faults took place."""
    shown = 0
    while sum(sum(street.occurred_counts.values()) for street in streets) < wanted:
        for street in streets:
            for kind in street.kinds:
                street.inject_fault(kind, chance)
        done = sum(sum(street.occurred_counts.values()) for street in streets)
        if done - shown >= 50:
            shown = done
            print(f"{done} faults, {sum(len(street.violations) for street in streets)} broken", flush=True)


def render_page(streets: list[FaultCampaign], seed: int, seconds: float, notes: list[str]) -> str:
    """The page."""
    happened = sum(sum(street.occurred_counts.values()) for street in streets)
    survived = sum(sum(street.survived_counts.values()) for street in streets)
    lines = [
        "# Faults",
        "",
        f"Written by `make bench-faults`, seed {seed}; Python {platform.python_version()}, {seconds / 60:.0f} minutes.",
        "",
        f"**{survived:,} of {happened:,} injected faults survived**, with nothing lost and nothing doubled.",
        "",
        METHOD_TEXT,
    ]
    for street in streets:
        total, lived = sum(street.occurred_counts.values()), sum(street.survived_counts.values())
        lines += ["", f"## {street.database}: {lived:,} of {total:,}, in {street.home_count} homes", ""]
        lines += ["| fault | survived | of | missed | |", "|---|---|---|---|---|"]
        for kind in street.kinds:
            took, lasted = street.occurred_counts[kind.name], street.survived_counts[kind.name]
            bar = "█" * round(20 * took / max(street.occurred_counts.values()))
            lines.append(f"| {kind.name} | {lasted} | {took} | {street.tried_counts[kind.name] - took} | {bar} |")
        lines += [f"\nBROKEN: {finding}" for finding in street.violations]
    return "\n".join([*lines, "", *notes, ""])


def read_strace_version() -> str:
    """What makes system calls fail."""
    shown = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=True).stdout
    return shown.splitlines()[0]


def main(wanted: int = 1_000, seed: int = 6) -> int:
    """Run, write the page, and say whether all went well."""
    began, chance, notes = time.monotonic(), random.Random(seed), []
    kinds_here = {"", "strace"} if fault_kinds.can_strace() else {""}
    notes.append(
        f"System calls failed by {read_strace_version()}." if "strace" in kinds_here else fault_kinds.NO_STRACE
    )
    forks = ForkServer()
    with (
        tempfile.TemporaryDirectory(prefix="faults") as place,
        postgres_server.run_server() as server,
        fault_kinds.mount_small_disk() as disk,
    ):
        streets = []
        for name, kinds, its_server in (
            ("SQLite", fault_kinds.SQLITE_FAULTS, None),
            ("PostgreSQL", fault_kinds.list_postgresql_faults(server), server),
        ):
            able = [kind for kind in kinds if kind.required_tool in kinds_here]
            streets.append(FaultCampaign(name, able, Path(place), forks, its_server))
        if disk is None:
            notes.append(fault_kinds.NO_MOUNT)
        else:
            streets.append(
                FaultCampaign("SQLite on a full disk", [FaultKind("no room left", fault_kinds.fill_disk)], disk, forks)
            )
        run_campaigns(streets, wanted, chance)
        for street in streets:
            street.remove_home()
        version = subprocess.run(
            [server.binaries / "postgres", "-V"], capture_output=True, text=True, check=True
        ).stdout
        notes.append(f"Server: {version.strip()}.")
    forks.close()
    OUT.write_text(render_page(streets, seed, time.monotonic() - began, notes), encoding="utf-8")
    broken = [finding for street in streets for finding in street.violations]
    print("\n".join(broken) or f"wrote {OUT.relative_to(ROOT)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
