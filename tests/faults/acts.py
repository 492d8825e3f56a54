"""What a child of the fork server does: answer a batch and publish, die on the way, check a house, recover it.

Each says what it has *acknowledged* as soon as it has: `answered NAME` when a batch's answers are delivered, `published
SIZE` when the ledger is out. What was said must be there ever after.
"""

import importlib
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from comity.app import bootstrap
from comity.app.home import Home
from comity.errors import ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.ledger.proof import open_receipt
from comity.ledger.publish import publish
from comity.pipeline import Gateway, verify_batch
from comity.signing import create_key
from comity.store import answers, batches
from tests.batches import row
from tests.checked import verify_folder
from tests.world import AUGUST_2025, World, silent

Say = Callable[[str], None]

DONE, FAULT, UNFORESEEN, WENT_ON = 0, 10, 11, 77
"""How a child ends: done; with an error that Comity foresees; with another; or by going on after a failed fsync."""


def warm() -> None:
    """Do it all once, so that every child finds what it needs imported and loaded."""
    with suppress(ImportError):
        import psycopg  # noqa: F401
    with tempfile.TemporaryDirectory(prefix="warm") as folder:
        root = Path(folder)
        world = World(root, root, create_key(root / "key"))
        world.home()
        World(root / "batches", root, world.key).batch("warm", [refused_row("warm")])
        answer(lambda _text: None, "", str(root), "warm")
        check(lambda _text: None, "", str(root), "warm")


def refused_row(name: str) -> dict[str, str]:
    """A request that is in order but for its address: no record need be looked up, so no index is needed."""
    about = f"Residence in 2023 bears on the failure to depart charged in case {name}."
    return row(request_id=name, case_number=name, reason=about, street="")


def perform(act: str, arguments: list[str], *, say: Say, wait_for: str) -> int:
    """Do one act; the exit code."""
    try:
        if wait_for == "self":
            _wait_until_traced(os.getpid())
        return ACTS[act](say, wait_for, *arguments)
    except ComityError as fault:
        with suppress(OSError):  # the fault may strike these words too: strace counts each kind of call by itself
            say(f"fault {fault.code} {fault.message}")
        return FAULT
    except BaseException as fault:  # noqa: BLE001  whatever it is, the parent must know
        with suppress(OSError):
            say(f"unforeseen {type(fault).__name__} {traceback.format_exc(limit=-4)!r}")
        return UNFORESEEN


def _wait_until_traced(pid: int) -> None:
    status = Path(f"/proc/{pid}/status")
    for _ in range(20_000):
        if "TracerPid:\t0" not in status.read_text():
            return
        time.sleep(0.0005)
    raise RuntimeError("nobody traces")


def _find_backend(gateway: Gateway, say: Say, wait_for: str) -> None:
    """Say which process of the server works for this one: the pool hands out the same connection again."""
    with gateway.store.read() as tx:
        pid = int(tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    say(f"backend {pid}")
    if wait_for == "backend":
        _wait_until_traced(pid)


def answer(say: Say, wait_for: str, root: str, name: str, commit: str = "") -> int:
    """Answer a batch of a house, deliver and publish; `commit` may say before or after which commit to die."""
    house = Path(root)
    home = Home.open(house / "home")
    with bootstrap.open_gateway(home, as_of=AUGUST_2025) as gateway:
        if commit:
            _die_at_commit(gateway, commit)
        if wait_for in {"backend", "say"}:
            _find_backend(gateway, say, wait_for)
        try:
            _answer(say, house, name, gateway)
        except ComityError as fault:
            if "disk I/O error" in fault.message and _goes_on(gateway):
                return WENT_ON
            raise
    return DONE


def _answer(say: Say, house: Path, name: str, gateway: Gateway) -> None:
    out = house / "out" / name
    verified = verify_batch(house / "batches" / name, gateway, index=house / "index", out=out, report=silent)
    if verified.status != batches.ANSWERED:
        raise RuntimeError(f"held: {[finding for finding in verified.findings if finding.stands_open]}")
    say(f"answered {name}")
    signer = gateway.ledger_signer
    note = log.sign_checkpoint(gateway.store, signer, at=gateway.clock())
    publish(gateway.store, house / "public", note, *signer.verifiers)
    say(f"published {note.splitlines()[1]}")


def _goes_on(gateway: Gateway) -> bool:
    """Whether the store still takes anything after a failed write or fsync."""
    try:
        with gateway.store.begin():
            return True
    except ComityError:
        return False


def _die_at_commit(gateway: Gateway, commit: str) -> None:
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


POINTS = {
    "file": ("comity.store.batches", "insert"),
    "append": ("comity.ledger.log", "append"),
    "answers": ("comity.store.answers", "insert"),
    "mark": ("comity.store.batches", "mark_answered"),
    "checkpoint": ("comity.ledger.log", "sign_checkpoint"),
    "anchor": ("comity.store.anchor", "sync_folder"),
    "receipt": ("comity.ledger.log", "make_receipt"),
    "write": ("comity.release.folder", "_write_whole"),
}
"""Functions of the release transaction and the delivery, before or after which a process may die."""


def die(*_: object) -> None:
    """Stop as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def answer_and_die(say: Say, wait_for: str, root: str, name: str, index: str, point: str) -> int:
    """Answer a batch over a real index, and die at `report:N` (the N-th progress report), `before:NAME` or `after:NAME`."""
    kind, _, place = point.partition(":")
    report = silent
    if kind == "report":
        left = iter(range(int(place)))
        report = lambda _stage, _done: None if next(left, None) is not None else die()
    elif kind in {"before", "after"}:
        module, function = POINTS[place]
        real = getattr(importlib.import_module(module), function)

        def armed(*args: Any, **kwargs: Any) -> Any:
            if kind == "before":
                die()
            real(*args, **kwargs)
            die()

        setattr(importlib.import_module(module), function, armed)
    house = Path(root)
    with bootstrap.open_gateway(Home.open(house / "home"), as_of=AUGUST_2025) as gateway:
        verify_batch(house / name, gateway, index=Path(index), out=house / "out", report=report)
    return DONE


def answer_by_wrong_clock(say: Say, wait_for: str, root: str, name: str, days: str) -> int:
    """The same with the machine's clock set back."""
    house = Path(root)
    with bootstrap.open_gateway(Home.open(house / "home"), as_of=AUGUST_2025) as gateway:
        clock = lambda: gateway.clock() - timedelta(days=float(days))
        _answer(say, house, name, replace(gateway, clock=clock))
    return DONE


def check(say: Say, wait_for: str, root: str, *answered: str) -> int:
    """Look at a house from inside: fsck, and that what was acknowledged is there. Says what is wrong."""
    house = Path(root)
    home = Home.open(house / "home")
    signer = bootstrap.ledger_signer(home)
    with bootstrap.open_store(home) as store:
        for finding in check_ledger(store, signer.verifiers, signer.name):
            say(f"fsck {finding}")
        with store.read() as tx:
            say(f"size {log.size(tx)}")
            for name in answered:
                stored = batches.get(tx, name)
                if stored is None or stored.status != batches.ANSWERED:
                    say(f"lost {name}")
                    continue
                if sum(answers.counts(tx, name).values()) != stored.rows:
                    say(f"lost answers of {name}")
                receipt = (house / "out" / name / "receipt.tlog-proof").read_text()
                proved = open_receipt(receipt, home.origin, [signer.verifier])
                if proved.index != stored.release_entry or log.read_leaves(tx, proved.index, proved.index + 1) != [
                    proved.leaf
                ]:
                    say(f"lost the entry that the receipt of {name} proves")
    return DONE


def recover(say: Say, wait_for: str, root: str, again: str, *answered: str) -> int:
    """After a fault: check, run what was interrupted (`again`, joined by commas) to its end, and check once more."""
    names = again.split(",")
    check(say, "", root, *answered)
    for name in names:
        answer(say, "", root, name)
    check(say, "", root, *answered, *names)
    house = Path(root)
    vkeys = [bootstrap.ledger_signer(Home.open(house / "home")).verifier.to_text()]
    receipts = [(house / "out" / name / "receipt.tlog-proof").read_text() for name in (*answered, *names)]
    verify_folder(house / "public", vkeys, receipts=receipts)
    return DONE


ACTS: dict[str, Callable[..., int]] = {
    "answer": answer,
    "answer by wrong clock": answer_by_wrong_clock,
    "answer and die": answer_and_die,
    "check": check,
    "recover": recover,
}
