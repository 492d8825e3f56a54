"""A home to inject faults into: on SQLite or PostgreSQL, with batches, deliveries, a ledger, and invariants.

After every fault: fsck is clean, the number of entries is that of the batches answered (none without its answers, none
twice), and what was acknowledged is there. Then the same command is run again, and must finish.
"""

import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

from comity.app.home import Home
from comity.signing import Ed25519Key, create_signing_key
from tests.support.faults.child_actions import DONE, FAULT, UNEXPECTED, make_refused_row
from tests.support.faults.fork_server import ChildResult, ForkServer
from tests.support.postgres_server import PostgresServer, create_fresh_database
from tests.support.workspace import Workspace

ROWS_PER_BATCH = 40


class InvariantViolation(AssertionError):  # noqa: N818  what a house is, then
    """An invariant does not hold."""


@dataclass
class FaultyHome:
    """A home, and what was acknowledged in it."""

    root: Path
    fork_server: ForkServer
    key: Ed25519Key
    dsn: str = ""
    acknowledged: list[str] = field(default_factory=list)
    batch_count: int = 0
    answered_count: int = 0

    @classmethod
    def create(cls, root: Path, forks: ForkServer, server: PostgresServer | None = None) -> "FaultyHome":
        """A new house with one batch answered calmly; on PostgreSQL where a server is given."""
        root.mkdir(parents=True)
        house = cls(
            root, forks, create_signing_key(root / "requester.key"), create_fresh_database(server) if server else ""
        )
        house.workspace.open_home(dsn=house.dsn)
        house.finish_interrupted(house.write_batch())
        return house

    @property
    def workspace(self) -> Workspace:
        """The same, as tests of the whole path see it."""
        return Workspace(self.root, self.root / "index", self.key)

    @property
    def home(self) -> Home:
        """Its home."""
        return Home.open_or_create(self.root / "home")

    def write_batch(self) -> str:
        """One more batch, which is in order but for its rows: no record need be looked up."""
        name = f"b{self.batch_count}"
        self.batch_count += 1
        rows = [make_refused_row(f"{name}-{n}") for n in range(ROWS_PER_BATCH)]
        Workspace(self.root / "batches", self.root, self.key).write_batch(name, rows)
        return name

    def answer_with_fault(self, name: str, **fault: object) -> ChildResult:
        """Answer a batch while a fault happens; what was acknowledged is remembered."""
        ended = self.fork_server.run("answer", str(self.root), name, **fault)
        self.acknowledged += [
            text.split()[1] for text in (*ended.messages, *ended.companion_messages) if text.startswith("answered")
        ]
        return ended

    def verify_invariants(self) -> int:
        """The invariants as things stand; the number of entries."""
        return self._ledger_sizes(self.fork_server.run("check", str(self.root), *self.acknowledged))[0]

    def finish_interrupted(self, *names: str) -> None:
        """Check the invariants, finish what was interrupted, and check the final state."""
        ended = self.fork_server.run("recover", str(self.root), ",".join(names), *self.acknowledged)
        before, after = self._ledger_sizes(ended)
        self.answered_count += len(names)
        self.acknowledged = [*dict.fromkeys((*self.acknowledged, *names))]
        if before % (ROWS_PER_BATCH + 1) or not before <= after == self.answered_count * (ROWS_PER_BATCH + 1):
            raise InvariantViolation(
                f"{before} entries, then {after}, for {self.answered_count} batches of {ROWS_PER_BATCH}"
            )

    def verify_survival(self, ended: ChildResult, *names: str) -> ChildResult:
        """All that must hold after a fault, and after the next run."""
        if ended.exit_code not in {DONE, FAULT, UNEXPECTED, -signal.SIGKILL}:
            raise InvariantViolation(f"ended as it never should: {ended}")
        self.finish_interrupted(*names)
        return ended

    @staticmethod
    def _ledger_sizes(ended: ChildResult) -> list[int]:
        """The sizes that checks found; Broken when they found anything else."""
        wrong = [text for text in ended.messages if text.split()[0] in {"fsck", "lost", "fault", "unforeseen"}]
        if wrong or ended.exit_code != DONE:
            raise InvariantViolation(f"{wrong or ended}")
        return [int(text.split()[1]) for text in ended.messages if text.startswith("size")]

    def remove(self) -> None:
        """Remove its folder."""
        shutil.rmtree(self.root)
