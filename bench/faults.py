"""Inject a thousand faults, each kind in turn on SQLite and on PostgreSQL; writes docs/results/faults.md.

Usage: python bench/faults.py [FAULTS] [SEED] [PAGE]. Ends with 1, after writing the page, if an invariant was violated.
Start at `main`.
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

from tests.support import postgres_server  # noqa: E402  the tests' own faults, injected more often
from tests.support.faults import fault_kinds  # noqa: E402
from tests.support.faults.fault_kinds import FaultKind  # noqa: E402
from tests.support.faults.faulty_home import ROWS_PER_BATCH, FaultyHome, InvariantViolation  # noqa: E402
from tests.support.faults.fork_server import ForkServer  # noqa: E402

OUT = ROOT / "docs" / "results" / "faults.md"
METHOD_TEXT = f"""\
Each fault is injected into a process that answers a batch of {ROWS_PER_BATCH} rows (judge, release, sign, deliver,
publish). After it, before anything is repaired: `comity ledger fsck` is clean (or, if the database is yesterday's,
says exactly that), the ledger has complete batches only, and every answer, receipt and checkpoint that was
acknowledged is there. Then the same command is run again: it must finish, with each batch in the ledger once, and the
published ledger and every receipt must verify. *Missed* are attempts in which the moment or the call never came; they
are not counted."""
MAX_BATCHES_PER_HOME = 10
"""After so many batches a new home is created, so that fsck has little to read."""


@dataclass
class FaultCampaign:
    """Homes on one database, one after the other, and counts of the faults injected into them."""

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
        """Return a home without a violation; a new one when the last has too many batches."""
        if self.home is None or self.home.batch_count > MAX_BATCHES_PER_HOME:
            self.remove_home()
            self.home = FaultyHome.create(self.folder / f"{self.database}-{self.home_count}", self.forks, self.server)
            self.home_count += 1
        return self.home

    def remove_home(self) -> None:
        """Remove the home and its database."""
        if self.home is not None:
            shutil.rmtree(self.home.root, ignore_errors=True)
            if self.server is not None:
                name = next(word for word in self.home.dsn.split() if word.startswith("dbname="))
                self.server.drop_database(name.removeprefix("dbname="))
        self.home = None

    def inject_fault(self, kind: FaultKind, rng: random.Random) -> None:
        """Inject one fault and count the outcome."""
        home = self.current_home()
        self.tried_counts[kind.name] += 1
        try:
            has_occurred = kind.inject(home, rng)
        except InvariantViolation as finding:
            self.occurred_counts[kind.name] += 1
            self.violations.append(f"{self.database}, {kind.name}: {finding}")
            print(self.violations[-1], flush=True)
            self.remove_home()
            return
        self.occurred_counts[kind.name] += has_occurred
        self.survived_counts[kind.name] += has_occurred


def run_campaigns(campaigns: list[FaultCampaign], fault_count: int, rng: random.Random) -> None:
    """Inject each kind of fault in turn, until so many have occurred."""
    printed = 0
    while sum(sum(campaign.occurred_counts.values()) for campaign in campaigns) < fault_count:
        for campaign in campaigns:
            for kind in campaign.kinds:
                campaign.inject_fault(kind, rng)
        occurred = sum(sum(campaign.occurred_counts.values()) for campaign in campaigns)
        if occurred - printed >= 50:
            printed = occurred
            print(
                f"{occurred} faults, {sum(len(campaign.violations) for campaign in campaigns)} violations", flush=True
            )


def render_page(campaigns: list[FaultCampaign], seed: int, seconds: float, notes: list[str]) -> str:
    """Render the page."""
    occurred = sum(sum(campaign.occurred_counts.values()) for campaign in campaigns)
    survived = sum(sum(campaign.survived_counts.values()) for campaign in campaigns)
    lines = [
        "# Faults",
        "",
        f"Written by `make bench-faults`, seed {seed}; Python {platform.python_version()}, {seconds / 60:.0f} minutes.",
        "",
        f"**{survived:,} of {occurred:,} injected faults survived**, with nothing lost and nothing doubled.",
        "",
        METHOD_TEXT,
    ]
    for campaign in campaigns:
        campaign_occurred, campaign_survived = campaign.occurred_counts.total(), campaign.survived_counts.total()
        lines += [
            "",
            f"## {campaign.database}: {campaign_survived:,} of {campaign_occurred:,}, in {campaign.home_count} homes",
            "",
        ]
        lines += ["| fault | survived | of | missed | |", "|---|---|---|---|---|"]
        for kind in campaign.kinds:
            count, missed = campaign.occurred_counts[kind.name], campaign.tried_counts[kind.name]
            missed -= count
            bar = "█" * round(20 * count / max(campaign.occurred_counts.values()))
            lines.append(f"| {kind.name} | {campaign.survived_counts[kind.name]} | {count} | {missed} | {bar} |")
        lines += [f"\nVIOLATED: {finding}" for finding in campaign.violations]
    return "\n".join([*lines, "", *notes, ""])


def read_strace_version() -> str:
    """Return the name and version of the tool that makes system calls fail."""
    output = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=True).stdout
    return output.splitlines()[0]


def main(fault_count: int = 1_000, seed: int = 6, page: Path = OUT) -> int:
    """Inject the faults and write the page; return 1 if an invariant was violated."""
    started_at, rng, notes = time.monotonic(), random.Random(seed), []
    available_tools = {"", "strace"} if fault_kinds.can_strace() else {""}
    notes.append(
        f"System calls failed by {read_strace_version()}." if "strace" in available_tools else fault_kinds.NO_STRACE
    )
    forks = ForkServer()
    with (
        tempfile.TemporaryDirectory(prefix="faults") as temporary,
        postgres_server.run_server() as server,
        fault_kinds.mount_small_disk() as disk,
    ):
        campaigns = []
        for database, kinds, database_server in (
            ("SQLite", fault_kinds.SQLITE_FAULTS, None),
            ("PostgreSQL", fault_kinds.list_postgresql_faults(server), server),
        ):
            injectable = [kind for kind in kinds if kind.required_tool in available_tools]
            campaigns.append(FaultCampaign(database, injectable, Path(temporary), forks, database_server))
        if disk is None:
            notes.append(fault_kinds.NO_MOUNT)
        else:
            campaigns.append(
                FaultCampaign("SQLite on a full disk", [FaultKind("no room left", fault_kinds.fill_disk)], disk, forks)
            )
        run_campaigns(campaigns, fault_count, rng)
        for campaign in campaigns:
            campaign.remove_home()
        version = subprocess.run(
            [server.binaries / "postgres", "-V"], capture_output=True, text=True, check=True
        ).stdout
        notes.append(f"Server: {version.strip()}.")
    forks.close()
    page.write_text(render_page(campaigns, seed, time.monotonic() - started_at, notes), encoding="utf-8")
    violations = [finding for campaign in campaigns for finding in campaign.violations]
    print("\n".join(violations) or f"wrote {page}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3]), *map(Path, sys.argv[3:])))
