"""A service whose worker is killed: batches that were submitted, and what must hold of them after every kill.

After every kill: fsck is clean, and the ledger holds whole batches only. After the next run: every batch that was
submitted is answered, in the ledger once, with its answers ready to be fetched, and the published ledger verifies.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases import batch_uploads, fetched_answers
from comity.app.use_cases.ledger_operations import AuditEvidence, verify_published_ledger
from comity.app.use_cases.service_readiness import Service, open_service
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.signing import create_signing_key
from comity.store import batches
from comity.store.desk import uploads
from tests.support.api_service import make_settings
from tests.support.faults.child_actions import make_refused_row
from tests.support.faults.faulty_home import InvariantViolation
from tests.support.faults.fork_server import ChildResult, ForkServer
from tests.support.submitted_uploads import CALLER, submit_upload
from tests.support.workspace import AUGUST_2025, Workspace

ROWS_PER_BATCH = 3


@dataclass
class ServiceHouse:
    """A home, a work folder, and the batches that were submitted."""

    world: Workspace
    forks: ForkServer
    names: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.world.root

    @classmethod
    def create(cls, root: Path, forks: ForkServer) -> "ServiceHouse":
        """A new one."""
        root.mkdir(parents=True)
        world = Workspace(root, root / "index", create_signing_key(root / "requester.key"))
        world.open_home()
        return cls(world, forks)

    @contextmanager
    def open(self) -> Iterator[Service]:
        """Open the service on the day of its batches."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", lambda: AUGUST_2025)
            with open_service(make_settings(self.root)) as service:
                yield service

    def submit(self) -> str:
        """Submit one more batch, as the API does."""
        name = f"b{len(self.names)}"
        rows = [make_refused_row(f"{name}-{n}") for n in range(ROWS_PER_BATCH)]
        folder = self.world.write_batch(name, rows)
        with self.open() as service:
            submit_upload(service, folder, name)
        self.names.append(name)
        return name

    def work(self, point: str = "", **fault: Any) -> ChildResult:
        """Let a worker do what is due, in a process of its own."""
        return self.forks.run("work", str(self.root), point, **fault)

    def verify_whole_batches(self) -> int:
        """Return how many batches the ledger holds. Raises InvariantViolation when it is not sound."""
        home = Home.open_or_create(self.root / "home")
        signer = bootstrap.load_key_ring(home)
        with bootstrap.open_store(home) as store:
            findings = check_ledger(store, signer.verifiers, signer.name)
            with store.read() as tx:
                size = log.tree_size(tx)
        if findings or size % (ROWS_PER_BATCH + 1):
            raise InvariantViolation(f"{size} entries: {findings}")
        return size // (ROWS_PER_BATCH + 1)

    def verify_finished(self) -> None:
        """Raise InvariantViolation unless every batch is answered once, can be fetched, and is published."""
        if self.verify_whole_batches() != len(self.names):
            raise InvariantViolation("another number of batches is in the ledger than was submitted")
        receipts, folders = [], []
        with self.open() as service:
            for name in self.names:
                folder = fetched_answers.open_answers(service, CALLER, name)
                with service.desk.read() as connection:
                    state = batch_uploads.get_upload(connection, CALLER, name).state
                with service.store.read() as tx:
                    stored = batches.find(tx, CALLER.requester, name)
                if state != uploads.ANSWERED or stored is None or stored.status != batches.ANSWERED:
                    raise InvariantViolation(f"{name} is not answered: {state}")
                folders.append(folder)
                receipts.append(folder / "receipt.tlog-proof")
            if len(set(folders)) != len(self.names) or not all(path.is_file() for path in receipts):
                raise InvariantViolation("a batch has no receipt")
            evidence = AuditEvidence(receipt_files=tuple(receipts))
            published = verify_published_ledger(service.settings.ledger_folder, evidence)
        if published.findings:
            raise InvariantViolation(f"the published ledger: {published.findings}")

    def remove(self) -> None:
        """Remove its folder."""
        shutil.rmtree(self.root, ignore_errors=True)
