"""What a child of the fork server does: answer a batch and publish, die on the way, check a house, recover it.

Each says what it has *acknowledged* as soon as it has: `answered NAME` when a batch's answers are delivered, `published
SIZE` when the ledger is out. What was said must be there ever after.
"""

import importlib
import os
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases.job_worker import run_worker
from comity.errors import ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.ledger.publish import publish_log
from comity.pipeline import Gateway, verify_batch
from comity.signing import create_signing_key
from comity.store import answers, batches
from comity.tlog.proof import open_receipt
from tests.support.api_service import make_settings
from tests.support.batch_folders import make_row
from tests.support.published_ledger import verify_published_ledger
from tests.support.workspace import AUGUST_2025, Workspace, no_progress, open_gateway_at

SendMessage = Callable[[str], None]

DONE, FAULT, UNEXPECTED, CONTINUED = 0, 10, 11, 77
"""How a child ends: done; with an error that Comity foresees; with another; or by going on after a failed fsync."""


def warm_up() -> None:
    """Do it all once, so that every child finds what it needs imported and loaded."""
    with suppress(ImportError):
        import psycopg  # noqa: F401
    with tempfile.TemporaryDirectory(prefix="warm") as folder:
        root = Path(folder)
        world = Workspace(root, root, create_signing_key(root / "key"))
        world.open_home()
        Workspace(root / "batches", root, world.key).write_batch("warm", [make_refused_row("warm")])
        answer_batch(lambda _text: None, "", str(root), "warm")
        check_home(lambda _text: None, "", str(root), "warm")


def make_refused_row(name: str) -> dict[str, str]:
    """A request that is in order but for its address: no record need be looked up, so no index is needed."""
    about = f"Residence in 2023 bears on the failure to depart charged in case {name}."
    return make_row(request_id=name, case_number=name, reason=about, street="")


def perform_action(act: str, arguments: list[str], *, say: SendMessage, wait_for: str) -> int:
    """Do one act; the exit code."""
    try:
        if wait_for == "self":
            _wait_until_traced(os.getpid())
        return ACTIONS[act](say, wait_for, *arguments)
    except ComityError as fault:
        with suppress(OSError):  # the fault may strike these words too: strace counts each kind of call by itself
            say(f"fault {fault.code} {fault.message}")
        return FAULT
    except BaseException as fault:  # noqa: BLE001  whatever it is, the parent must know
        with suppress(OSError):
            say(f"unforeseen {type(fault).__name__} {traceback.format_exc(limit=-4)!r}")
        return UNEXPECTED


def _wait_until_traced(pid: int) -> None:
    status = Path(f"/proc/{pid}/status")
    for _ in range(20_000):
        if "TracerPid:\t0" not in status.read_text():
            return
        time.sleep(0.0005)
    raise RuntimeError("nobody traces")


def _find_backend(gateway: Gateway, say: SendMessage, wait_for: str) -> None:
    """Say which process of the server works for this one: the pool hands out the same connection again."""
    with gateway.store.read() as tx:
        pid = int(tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    say(f"backend {pid}")
    if wait_for == "backend":
        _wait_until_traced(pid)


def answer_batch(say: SendMessage, wait_for: str, root: str, name: str, commit: str = "") -> int:
    """Answer a batch of a house, deliver and publish; `commit` may say before or after which commit to die."""
    house = Path(root)
    home = Home.open_or_create(house / "home")
    with open_gateway_at(home, AUGUST_2025) as gateway:
        if commit:
            _kill_at_commit(gateway, commit)
        if wait_for in {"backend", "say"}:
            _find_backend(gateway, say, wait_for)
        try:
            _answer_and_publish(say, house, name, gateway)
        except ComityError as fault:
            if "disk I/O error" in fault.message and _accepts_transactions(gateway):
                return CONTINUED
            raise
    return DONE


def _answer_and_publish(say: SendMessage, house: Path, name: str, gateway: Gateway) -> None:
    out = house / "out" / name
    verified = verify_batch(house / "batches" / name, gateway, index=house / "index", out=out, progress=no_progress)
    if verified.status != batches.ANSWERED:
        raise RuntimeError(f"held: {[finding for finding in verified.findings if finding.is_blocking]}")
    say(f"answered {name}")
    signer = gateway.ledger_signer
    note = log.sign_current_checkpoint(gateway.store, signer, at=gateway.clock())
    publish_log(gateway.store, house / "public", note, *signer.verifiers)
    say(f"published {note.splitlines()[1]}")


def _accepts_transactions(gateway: Gateway) -> bool:
    """Whether the store still takes anything after a failed write or fsync."""
    try:
        with gateway.store.begin():
            return True
    except ComityError:
        return False


def _kill_at_commit(gateway: Gateway, commit: str) -> None:
    when, _, number = commit.partition(":")
    left = iter(range(int(number)))

    def count(connection: sa.Connection) -> None:
        if next(left, None) is None:
            if when == "after":
                connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]  # this commit, for good
            os.kill(os.getpid(), signal.SIGKILL)

    if when == "after" and gateway.store._engine.dialect.name == "sqlite":
        real = gateway.store._engine.dialect.do_commit

        def commit_and_count(dbapi: Any) -> None:
            real(dbapi)
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        gateway.store._engine.dialect.do_commit = commit_and_count  # type: ignore[assignment,method-assign]
    else:
        sa.event.listen(gateway.store._engine, "commit", count)


KILL_POINTS = {
    "file": ("comity.store.batches", "insert"),
    "append": ("comity.ledger.log", "append_entries"),
    "answers": ("comity.store.answers", "insert"),
    "mark": ("comity.store.batches", "record_release"),
    "checkpoint": ("comity.ledger.log", "sign_current_checkpoint"),
    "anchor": ("comity.store.anchor", "fsync_folder"),
    "receipt": ("comity.ledger.log", "make_receipt"),
    "write": ("comity.release.answers_folder", "replace_file_in"),
}
"""Functions of the release transaction and the delivery, before or after which a process may die."""


WORKER_KILL_POINTS = {
    "claim": ("comity.store.desk.jobs", "claim_job"),
    "fingerprint": ("comity.app.use_cases.job_worker", "compute_file_mark"),
    "end": ("comity.store.desk.jobs", "end_job"),
    "outcome": ("comity.store.desk.uploads", "set_outcome"),
    "publish": ("comity.app.use_cases.ledger_operations", "publish_checkpoint"),
}
"""The same of the service's worker."""


def kill_self(*_: object) -> None:
    """Stop as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def answer_and_die_at(say: SendMessage, wait_for: str, root: str, name: str, index: str, point: str) -> int:
    """Answer a batch over a real index; die at `report:N` (the N-th progress report), `before:NAME` or `after:NAME`."""
    kind, _, place = point.partition(":")
    report = no_progress
    if kind == "report":
        left = iter(range(int(place)))
        report = lambda _stage, _done: None if next(left, None) is not None else kill_self()
    elif kind in {"before", "after"}:
        _arm_function(kind, *KILL_POINTS[place])
    house = Path(root)
    with open_gateway_at(Home.open_or_create(house / "home"), AUGUST_2025) as gateway:
        verify_batch(house / name, gateway, index=Path(index), out=house / "out", progress=report)
    return DONE


def _arm_function(when: str, module: str, function: str) -> None:
    """Let the process die before or after the first call of a function."""
    real = getattr(importlib.import_module(module), function)

    def armed(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            kill_self()
        real(*args, **kwargs)
        kill_self()

    setattr(importlib.import_module(module), function, armed)


def work_and_die_at(say: SendMessage, wait_for: str, root: str, point: str = "") -> int:
    """Do the jobs of a service until none is due; die before or after a point if one is named (`before:NAME`)."""
    clock.now = lambda: AUGUST_2025
    if point:
        when, _, place = point.partition(":")
        _arm_function(when, *(KILL_POINTS | WORKER_KILL_POINTS)[place])
    count = run_worker(make_settings(Path(root)), threading.Event(), until_idle=True)
    say(f"done {count}")
    return DONE


def answer_with_wrong_clock(say: SendMessage, wait_for: str, root: str, name: str, days: str) -> int:
    """The same with the machine's clock set back."""
    house = Path(root)
    with open_gateway_at(Home.open_or_create(house / "home"), AUGUST_2025) as gateway:
        clock = lambda: gateway.clock() - timedelta(days=float(days))
        _answer_and_publish(say, house, name, replace(gateway, clock=clock))
    return DONE


def check_home(say: SendMessage, wait_for: str, root: str, *answered: str) -> int:
    """Look at a house from inside: fsck, and that what was acknowledged is there. Says what is wrong."""
    house = Path(root)
    home = Home.open_or_create(house / "home")
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        for finding in check_ledger(store, signer.verifiers, signer.name):
            say(f"fsck {finding}")
        with store.read() as tx:
            say(f"size {log.tree_size(tx)}")
            for name in answered:
                stored = batches.find(tx, "us-dhs-ice", name)
                if stored is None or stored.status != batches.ANSWERED:
                    say(f"lost {name}")
                    continue
                if sum(answers.count_stored_codes(tx, stored.batch_id).values()) != stored.rows:
                    say(f"lost answers of {name}")
                receipt = (house / "out" / name / "receipt.tlog-proof").read_text()
                proved = open_receipt(receipt, home.origin, [signer.verifier])
                if proved.index != stored.release_entry or log.read_entries(tx, proved.index, proved.index + 1) != [
                    proved.leaf
                ]:
                    say(f"lost the entry that the receipt of {name} proves")
    return DONE


def recover_home(say: SendMessage, wait_for: str, root: str, again: str, *answered: str) -> int:
    """After a fault: check, run what was interrupted (`again`, joined by commas) to its end, and check once more."""
    names = again.split(",")
    check_home(say, "", root, *answered)
    for name in names:
        answer_batch(say, "", root, name)
    check_home(say, "", root, *answered, *names)
    house = Path(root)
    vkeys = [bootstrap.load_key_ring(Home.open_or_create(house / "home")).verifier.to_text()]
    receipts = [(house / "out" / name / "receipt.tlog-proof").read_text() for name in (*answered, *names)]
    verify_published_ledger(house / "public", vkeys, receipts=receipts)
    return DONE


ACTIONS: dict[str, Callable[..., int]] = {
    "answer": answer_batch,
    "answer by wrong clock": answer_with_wrong_clock,
    "answer and die": answer_and_die_at,
    "check": check_home,
    "recover": recover_home,
    "work": work_and_die_at,
}
