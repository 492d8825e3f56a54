"""A house to do harm to: a home on SQLite or PostgreSQL, batches, deliveries and a published ledger, and its invariants.

After every fault: fsck is clean, the number of entries is that of the batches answered (none without its answers, none
twice), and what was acknowledged is there. Then the same command is run again, and must finish.
"""

import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

from comity.app.home import Home
from comity.signing import Key, create_key
from tests.faults.acts import DONE, FAULT, UNFORESEEN, refused_row
from tests.faults.forkserver import Ended, Forks
from tests.servers import Server, fresh_database
from tests.world import World

ROWS = 40


class Broken(AssertionError):  # noqa: N818  what a house is, then
    """An invariant does not hold."""


@dataclass
class House:
    """A home, and what was acknowledged in it."""

    root: Path
    forks: Forks
    key: Key
    dsn: str = ""
    acknowledged: list[str] = field(default_factory=list)
    batches: int = 0
    answered: int = 0

    @classmethod
    def make(cls, root: Path, forks: Forks, server: Server | None = None) -> "House":
        """A new house with one batch answered calmly; on PostgreSQL where a server is given."""
        root.mkdir(parents=True)
        house = cls(root, forks, create_key(root / "requester.key"), fresh_database(server) if server else "")
        house.world.home(dsn=house.dsn)
        house.finish(house.batch())
        return house

    @property
    def world(self) -> World:
        """The same, as tests of the whole path see it."""
        return World(self.root, self.root / "index", self.key)

    @property
    def home(self) -> Home:
        """Its home."""
        return Home.open(self.root / "home")

    def batch(self) -> str:
        """One more batch, which is in order but for its rows: no record need be looked up."""
        name = f"b{self.batches}"
        self.batches += 1
        rows = [refused_row(f"{name}-{n}") for n in range(ROWS)]
        World(self.root / "batches", self.root, self.key).batch(name, rows)
        return name

    def suffer(self, name: str, **fault: object) -> Ended:
        """Answer a batch while a fault happens; what was acknowledged is remembered."""
        ended = self.forks.run("answer", str(self.root), name, **fault)
        self.acknowledged += [text.split()[1] for text in (*ended.said, *ended.besides) if text.startswith("answered")]
        return ended

    def check(self) -> int:
        """The invariants as things stand; the number of entries."""
        return self._sizes(self.forks.run("check", str(self.root), *self.acknowledged))[0]

    def finish(self, *names: str) -> None:
        """Hold the house to the invariants, run what was interrupted to its end, and hold it to all it should then be."""
        ended = self.forks.run("recover", str(self.root), ",".join(names), *self.acknowledged)
        before, after = self._sizes(ended)
        self.answered += len(names)
        self.acknowledged = [*dict.fromkeys((*self.acknowledged, *names))]
        if before % (ROWS + 1) or not before <= after == self.answered * (ROWS + 1):
            raise Broken(f"{before} entries, then {after}, for {self.answered} batches of {ROWS}")

    def survive(self, ended: Ended, *names: str) -> Ended:
        """All that must hold after a fault, and after the next run."""
        if ended.code not in {DONE, FAULT, UNFORESEEN, -signal.SIGKILL}:
            raise Broken(f"ended as it never should: {ended}")
        self.finish(*names)
        return ended

    @staticmethod
    def _sizes(ended: Ended) -> list[int]:
        """The sizes that checks found; Broken when they found anything else."""
        wrong = [text for text in ended.said if text.split()[0] in {"fsck", "lost", "fault", "unforeseen"}]
        if wrong or ended.code != DONE:
            raise Broken(f"{wrong or ended}")
        return [int(text.split()[1]) for text in ended.said if text.startswith("size")]

    def remove(self) -> None:
        """Remove its folder."""
        shutil.rmtree(self.root)
