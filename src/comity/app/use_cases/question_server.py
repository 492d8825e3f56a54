"""Answer the questions that the service passes on, in a process of its own, in groups, each after the same time.

The service sends each question as one line of JSON over a socket in the work folder, and gets one line back. Nothing of
a question or its answer is written outside of the control database.

Guarantees: what a question's answer is made of is read by the methods of the main path (`comity.questions`). An answer
leaves a whole number of steps (`question_step_milliseconds`) after its question came, whatever it says and whatever was
looked at; only work that takes longer than a step shows. Right before it leaves it is made sure that nothing on file
has changed since it was checked, and otherwise it is checked again. One of these is at a work folder.
Does not: serve HTTP, or know a token. The socket is in a folder that is its owner's alone.
Basis: ADR 0049; docs/guides/service.md.
Start at `run_asker`.
"""

import asyncio
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

from comity import operator_log
from comity.app import clock
from comity.app.gateway import open_gateway
from comity.app.settings import ServiceSettings
from comity.app.use_cases.file_marks import compute_file_mark
from comity.app.use_cases.job_worker import publish_ledger
from comity.app.use_cases.service_readiness import Service, open_service
from comity.app.use_cases.work_folder import find_question_socket
from comity.errors import ComityError, LedgerError, PolicyError, RequestError, ServiceError
from comity.folders import lock_folder
from comity.intake import SentQuestion
from comity.match import read_model
from comity.questions import QuestionMemory, QuestionOutcome, QuestionResponder
from comity.store.batches import HELD

MAX_MESSAGE_BYTES = 256 * 2**10
_MAX_WAITING = 256
_MAX_GROUP = 16
_SECONDS_BETWEEN_GROUPS = 0.05
"""Groups begin at most so often: it bounds how often the ledger's lock is taken, and how many checkpoints there are."""
_SECONDS_BETWEEN_OPENINGS = 60.0
_SECONDS_BETWEEN_PUBLICATIONS = 5.0
_SECONDS_BETWEEN_LOOKS = 0.1
_MAX_RECHECKS = 3
_FOR_CALLERS = (RequestError, PolicyError, ServiceError)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A question that came, the agreement that its manifest names, and where its outcome goes."""

    sent: SentQuestion
    agreement: str
    outcome: asyncio.Future[tuple[QuestionOutcome, str]]


@dataclass(slots=True)
class _Queue:
    """Questions that wait for a group."""

    questions: list[_Waiting] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, sent: SentQuestion, agreement: str) -> "asyncio.Future[tuple[QuestionOutcome, str]]":
        """Add a question; return where its outcome will be. Raises ServiceError `questions_unavailable`."""
        if len(self.questions) >= _MAX_WAITING:
            raise ServiceError("questions_unavailable", "Too many questions wait already.", "Ask again in a second.")
        waiting = _Waiting(sent, agreement, asyncio.get_running_loop().create_future())
        self.questions.append(waiting)
        self.came.set()
        return waiting.outcome

    def take(self) -> list[_Waiting]:
        """Return the next group."""
        group, self.questions = self.questions[:_MAX_GROUP], self.questions[_MAX_GROUP:]
        if not self.questions:
            self.came.clear()
        return group


def run_asker(settings: ServiceSettings, stop: threading.Event, *, on_ready: Callable[[], None] = lambda: None) -> int:
    """Answer questions until told to stop; return how many came. `on_ready` is called once the socket listens.

    Raises:
        ComityError: `settings_invalid` when the socket's path is too long; as `open_service`.
        IndexUnavailableError: the index cannot be opened.
    """
    sys.modules.setdefault("dateutil", cast("ModuleType", None))  # absent, and pyarrow looks for it at each conversion
    memory = QuestionMemory()
    with open_service(settings) as service, lock_folder(settings.work_folder / "asker"):
        with memory.open_index(settings.index):
            pass  # an index that is missing is better found now
        try:
            return asyncio.run(_Asker(service, memory, stop).run(on_ready))
        finally:
            memory.close()


def compute_departure(arrived: float, done: float, step: float) -> float:
    """Return when an answer leaves: a whole number of steps after its question came, once it is done.

    >>> compute_departure(10.0, 10.1, 0.25), compute_departure(10.0, 10.3, 0.25)
    (10.25, 10.5)
    """
    return arrived + step * max(1, math.ceil((done - arrived) / step))


class _Asker:
    """The socket, the queue behind it, and the one thread that answers."""

    def __init__(self, service: Service, memory: QuestionMemory, stop: threading.Event) -> None:
        self._service, self._memory, self._stop = service, memory, stop
        self._step = service.settings.question_step_milliseconds / 1000
        self._queue = _Queue()
        self._count = 0

    async def run(self, on_ready: Callable[[], None]) -> int:
        path = find_question_socket(self._service.settings.work_folder)
        path.unlink(missing_ok=True)
        try:
            server = await asyncio.start_unix_server(self._serve, path, limit=MAX_MESSAGE_BYTES)
        except OSError as error:
            message = "The settings cannot be used: no socket can be made in work_folder; its path may be too long."
            raise ComityError("settings_invalid", message, "Name a folder with a path below 90 bytes.") from error
        path.chmod(0o600)
        async with server:
            tasks = [asyncio.create_task(self._answer_groups()), asyncio.create_task(self._publish_often())]
            on_ready()
            try:
                while not self._stop.is_set():
                    ended, _ = await asyncio.wait(tasks, timeout=_SECONDS_BETWEEN_LOOKS)
                    for task in ended:
                        task.result()  # raises what ended it
            finally:
                for task in tasks:
                    task.cancel()
                path.unlink(missing_ok=True)
        return self._count

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question on one connection."""
        try:
            arrived = asyncio.get_running_loop().time()
            reply = await self._reply(await reader.readline(), arrived)
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError, KeyError, TypeError):
            pass  # who asked is gone, or sent more than a question
        finally:
            writer.close()

    async def _reply(self, line: bytes, arrived: float) -> dict[str, Any]:
        self._count += 1
        message = json.loads(line)
        sent = SentQuestion(*(str(message[name]).encode() for name in ("manifest", "signature", "request")))
        try:
            for _ in range(_MAX_RECHECKS):
                outcome, mark = await self._queue.put(sent, str(message["agreement"]))
                now = asyncio.get_running_loop().time()
                await asyncio.sleep(compute_departure(arrived, now, self._step) - now)
                if outcome.files is None or mark == await asyncio.to_thread(self._read_mark, str(message["agreement"])):
                    return _describe(outcome)
        except ComityError as error:
            return _describe(QuestionOutcome(error=error))
        return _describe(QuestionOutcome(error=ServiceError("law_unsettled", "What is on file keeps changing.")))

    def _read_mark(self, agreement: str) -> str:
        return compute_file_mark(self._service.store, agreement, at=clock.now())

    async def _answer_groups(self) -> None:
        """Answer one group after another; the keys and witnesses of the home are read again from time to time."""
        while True:
            with self._open_responder() as responder:
                opened_at, began_at, is_sound = time.monotonic(), 0.0, True
                while is_sound and time.monotonic() - opened_at < _SECONDS_BETWEEN_OPENINGS:
                    try:
                        await asyncio.wait_for(self._queue.came.wait(), timeout=1.0)
                    except TimeoutError:
                        continue
                    await asyncio.sleep(max(0.0, began_at + _SECONDS_BETWEEN_GROUPS - time.monotonic()))
                    began_at = time.monotonic()
                    is_sound = await self._answer(responder, self._queue.take())

    async def _publish_often(self) -> None:
        """Publish what questions added to the ledger, every few seconds."""
        published = 0
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_PUBLICATIONS)
            if (count := self._count) > published:
                await asyncio.to_thread(publish_ledger, self._service)
                published = count

    async def _answer(self, responder: QuestionResponder, group: list[_Waiting]) -> bool:
        """Answer a group; return whether the home's keys and witnesses are still those that were opened."""
        outcomes = await asyncio.to_thread(self._answer_in_thread, responder, group)
        for waiting, outcome in zip(group, outcomes, strict=True):
            if not waiting.outcome.done():
                waiting.outcome.set_result(outcome)
        errors = [outcome.error for outcome, _ in outcomes]
        return not any(isinstance(e, LedgerError) or (e is not None and e.code == "law_unsettled") for e in errors)

    def _answer_in_thread(
        self, responder: QuestionResponder, group: list[_Waiting]
    ) -> list[tuple[QuestionOutcome, str]]:
        try:
            marks = {one.agreement: self._read_mark(one.agreement) for one in group}  # first: what changes later shows
            outcomes = responder.answer_group([one.sent for one in group])
        except Exception as fault:  # noqa: BLE001  a fault of the custodian's: who asked may ask again
            error = fault if isinstance(fault, ComityError) else ServiceError("service_fault", "")
            operator_log.log_event("request_failed", code=error.code)
            return [(QuestionOutcome(error=error), "")] * len(group)
        return [(outcome, marks[one.agreement]) for one, outcome in zip(group, outcomes, strict=True)]

    @contextmanager
    def _open_responder(self) -> Iterator[QuestionResponder]:
        settings = self._service.settings
        model = None if settings.model is None else read_model(settings.model)
        with open_gateway(self._service.home, model=model) as gateway:
            yield QuestionResponder(self._memory.attach(gateway), settings.index)


def _describe(outcome: QuestionOutcome) -> dict[str, Any]:
    """Return what the service is told: the result with its files, or an error that may be shown to the caller."""
    if outcome.result is None:
        error = outcome.error or ServiceError("service_fault", "")
        is_shown = isinstance(error, _FOR_CALLERS)
        return {
            "error": error.code,
            "message": error.message if is_shown else "",
            "hint": error.hint if is_shown else "",
        }
    result = outcome.result
    state = "held" if result.status == HELD else "refused" if result.is_batch_refused else "answered"
    files = {name: data.decode() for name, data in (outcome.files or {}).items()}
    rules = sorted({finding.rule for finding in result.findings if finding.is_blocking})
    return {"batch_id": result.batch_id, "state": state, "rules": rules, "files": files}
