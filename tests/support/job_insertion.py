"""Enter a court order at a chosen point of a job of the service, as `order_insertion` does of a command.

What a job is about was submitted as the API submits it, and a worker's own function does it. Besides what
`order_insertion` checks, the answers cannot be fetched once the order is entered.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

from comity.app import clock
from comity.app.home import Home
from comity.app.use_cases import batch_uploads, batch_verification, fetched_answers, job_worker
from comity.app.use_cases.service_readiness import Service, open_service
from comity.app.use_cases.work_folder import BatchPlaces
from comity.errors import ServiceError
from comity.pipeline import Gateway
from comity.store.batches import ANSWERED, HELD
from comity.store.desk import jobs, uploads
from tests.support import order_insertion
from tests.support.api_service import make_settings
from tests.support.order_insertion import InsertionHarness
from tests.support.submitted_uploads import CALLER, submit_upload
from tests.support.workspace import Workspace


@dataclass(frozen=True)
class JobEnd:
    """How a job ended, with the status of a batch."""

    status: str


@dataclass
class JobHarness(InsertionHarness):
    """A service with a worker, in place of the command."""

    service: Service | None = None
    patch: pytest.MonkeyPatch | None = None

    def _verify(self, gateway: Gateway, name: str, out: str) -> Any:
        assert self.service is not None
        assert self.patch is not None
        profile = sys.getprofile()
        sys.setprofile(None)  # the points are those of the job
        self.patch.setattr(batch_verification, "open_gateway", lambda *_, **__: nullcontext(gateway))
        if name == out:
            self._submit(name)
        with self.service.desk.begin() as connection:
            upload = batch_uploads.get_upload(connection, CALLER, name)
            if name != out:  # as when it is fetched after a change
                jobs.enqueue_job(connection, jobs.VERIFY, upload.id, f"{upload.revision} {out}", at=clock.now())
        job = self._claim()
        while job is not None:
            sys.setprofile(profile)
            job_worker._do_job(self.service, job)  # one turn of `run_worker`
            sys.setprofile(None)
            job = self._claim()
        with self.service.desk.read() as connection:
            assert not jobs.is_pending(connection, jobs.VERIFY, upload.id), "the job did not end"
        answers = BatchPlaces(self.service.settings.work_folder, CALLER.requester, name).answers
        if answers.is_dir():
            shutil.copytree(answers, self.workspace.root / f"{out}-out")
        with self.service.desk.read() as connection:
            state = batch_uploads.get_upload(connection, CALLER, name).state
        return JobEnd(HELD if state == uploads.HELD else ANSWERED)

    def _find_violations(self, name: str, order: str, entry: int, committed_ns: int) -> tuple[str, ...]:
        assert self.service is not None
        try:
            fetched_answers.open_answers(self.service, CALLER, name)
            fetched: tuple[str, ...] = ("could be fetched after the order was entered",)
        except ServiceError:
            fetched = ()
        return fetched + super()._find_violations(name, order, entry, committed_ns)

    def _claim(self) -> jobs.Job | None:
        assert self.service is not None
        with self.service.desk.begin() as connection:
            return jobs.claim_job(connection, at=clock.now())

    def _submit(self, name: str) -> None:
        """Submit a batch, as the API does."""
        assert self.service is not None
        submit_upload(self.service, self.workspace.root / name, name)


@contextmanager
def open_job_harness(world: Workspace, home: Home) -> Iterator[JobHarness]:
    """Open a home and its service, whose clock starts in August 2025."""
    with order_insertion.open_harness(world, home) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", opened.gateway.clock)
        patch.setattr(job_worker, "publish_ledger", lambda _: None)  # on a connection that is not traced
        with open_service(make_settings(world.root, index=world.index)) as service:
            yield JobHarness(opened.workspace, opened.gateway, opened.second_store, service=service, patch=patch)
