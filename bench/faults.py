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

from tests import servers  # noqa: E402  the tests' own faults, done more often
from tests.faults import catalog  # noqa: E402
from tests.faults.catalog import Kind  # noqa: E402
from tests.faults.forkserver import Forks  # noqa: E402
from tests.faults.houses import ROWS, Broken, House  # noqa: E402

OUT = ROOT / "docs" / "results" / "faults.md"
METHOD = f"""\
Each fault strikes a process that takes a batch of {ROWS} rows the whole way (judge, release, sign, deliver, publish).
After it, before anything is mended: `comity ledger fsck` is clean (or, where the database is yesterday's, says exactly
that), the ledger holds whole batches only, and every answer, receipt and checkpoint that was acknowledged is there.
Then the same command is run again: it must finish, with each batch in the ledger once, and the published ledger and
every receipt must verify. *Missed* are attempts whose moment or call never came; they count for nothing."""
BATCHES = 10
"""A house is given up for a new one after so many batches, so that fsck has little to read."""


@dataclass
class Street:
    """Houses on one database, one after the other, and what became of them."""

    database: str
    kinds: list[Kind]
    folder: Path
    forks: Forks
    server: servers.Server | None = None
    houses: int = 0
    house: House | None = None
    tried: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def standing(self) -> House:
        """A house that is whole."""
        if self.house is None or self.house.batches > BATCHES:
            self.leave()
            self.house = House.make(self.folder / f"{self.database}-{self.houses}", self.forks, self.server)
            self.houses += 1
        return self.house

    def leave(self) -> None:
        """Remove the house, and its database."""
        if self.house is not None:
            shutil.rmtree(self.house.root, ignore_errors=True)
            if self.server is not None:
                name = next(word for word in self.house.dsn.split() if word.startswith("dbname="))
                self.server.drop(name.removeprefix("dbname="))
        self.house = None

    def harm(self, kind: Kind, chance: random.Random) -> None:
        """One fault."""
        house = self.standing()
        self.tried[kind.name] += 1
        try:
            happened = kind.fault(house, chance)
        except Broken as finding:
            self.happened[kind.name] += 1
            self.broken.append(f"{self.database}, {kind.name}: {finding}")
            print(self.broken[-1], flush=True)
            self.leave()
            return
        self.happened[kind.name] += happened
        self.survived[kind.name] += happened


def run(streets: list[Street], wanted: int, chance: random.Random) -> None:
    """Each kind in turn, until so many faults took place."""
    shown = 0
    while sum(sum(street.happened.values()) for street in streets) < wanted:
        for street in streets:
            for kind in street.kinds:
                street.harm(kind, chance)
        done = sum(sum(street.happened.values()) for street in streets)
        if done - shown >= 50:
            shown = done
            print(f"{done} faults, {sum(len(street.broken) for street in streets)} broken", flush=True)


def page(streets: list[Street], seed: int, seconds: float, notes: list[str]) -> str:
    """The page."""
    happened = sum(sum(street.happened.values()) for street in streets)
    survived = sum(sum(street.survived.values()) for street in streets)
    lines = [
        "# Faults",
        "",
        f"Written by `make bench-faults`, seed {seed}; Python {platform.python_version()}, {seconds / 60:.0f} minutes.",
        "",
        f"**{survived:,} of {happened:,} injected faults survived**, with nothing lost and nothing doubled.",
        "",
        METHOD,
    ]
    for street in streets:
        total, lived = sum(street.happened.values()), sum(street.survived.values())
        lines += ["", f"## {street.database}: {lived:,} of {total:,}, in {street.houses} homes", ""]
        lines += ["| fault | survived | of | missed | |", "|---|---|---|---|---|"]
        for kind in street.kinds:
            took, lasted = street.happened[kind.name], street.survived[kind.name]
            bar = "█" * round(20 * took / max(street.happened.values()))
            lines.append(f"| {kind.name} | {lasted} | {took} | {street.tried[kind.name] - took} | {bar} |")
        lines += [f"\nBROKEN: {finding}" for finding in street.broken]
    return "\n".join([*lines, "", *notes, ""])


def strace_version() -> str:
    """What makes system calls fail."""
    shown = subprocess.run(["strace", "-V"], capture_output=True, text=True, check=True).stdout
    return shown.splitlines()[0]


def main(wanted: int = 1_000, seed: int = 6) -> int:
    """Run, write the page, and say whether all went well."""
    began, chance, notes = time.monotonic(), random.Random(seed), []
    kinds_here = {"", "strace"} if catalog.can_strace() else {""}
    notes.append(f"System calls failed by {strace_version()}." if "strace" in kinds_here else catalog.NO_STRACE)
    forks = Forks()
    with (
        tempfile.TemporaryDirectory(prefix="faults") as place,
        servers.running() as server,
        catalog.small_disk() as disk,
    ):
        streets = []
        for name, kinds, its_server in (
            ("SQLite", catalog.SQLITE, None),
            ("PostgreSQL", catalog.on_postgresql(server), server),
        ):
            able = [kind for kind in kinds if kind.needs in kinds_here]
            streets.append(Street(name, able, Path(place), forks, its_server))
        if disk is None:
            notes.append(catalog.NO_MOUNT)
        else:
            streets.append(Street("SQLite on a full disk", [Kind("no room left", catalog.disk_full)], disk, forks))
        run(streets, wanted, chance)
        for street in streets:
            street.leave()
        version = subprocess.run(
            [server.binaries / "postgres", "-V"], capture_output=True, text=True, check=True
        ).stdout
        notes.append(f"Server: {version.strip()}.")
    forks.close()
    OUT.write_text(page(streets, seed, time.monotonic() - began, notes), encoding="utf-8")
    broken = [finding for street in streets for finding in street.broken]
    print("\n".join(broken) or f"wrote {OUT.relative_to(ROOT)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
