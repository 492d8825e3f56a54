"""Enter a court order at a chosen point of a running batch, and check what happened against the promise.

A *point* is the call or the return of one of Comity's functions, or the moment before or after one SQL statement or a
commit, on the path of one batch; a run without an order lists them all. At the chosen point a second connection, in a
thread of its own, enters the order. The batch waits until that is committed; where the batch itself holds the
database's lock, it continues while the order waits for the lock. Stages are those of `pipeline.Verification`.

The promise: in the ledger no answer and no release comes after the order's entry; what was delivered was delivered
before the order was committed; and the same command, run again, is held.
"""

import itertools
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import sqlalchemy as sa

import comity
from comity import law
from comity.app import bootstrap
from comity.app.gateway import open_gateway
from comity.app.home import Home
from comity.law import Law
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.model.progress import no_progress
from comity.orders import order_filings
from comity.orders.filing_steps import Filer
from comity.pipeline import STAGES, BatchResult, Gateway, Verification, verify_batch
from comity.signing import Ed25519Key
from comity.store import batches, filings
from comity.store.batches import HELD
from comity.store.database import Snapshot, Store
from tests.support.batch_folders import make_row
from tests.support.rule_cases import build_order
from tests.support.workspace import Workspace

STARTED_AT = datetime(2025, 8, 7, 12, tzinfo=UTC)
JO, SAM = (Filer(name, Ed25519Key.generate_key("Ed25519")) for name in ("Jo", "Sam"))
_STAGE_BY_FUNCTION = {f"pipeline.{getattr(Verification, stage).__qualname__}": stage for stage in STAGES}
NOT_REACHED = "the point never came"
_PACKAGE_FOLDER = str(Path(comity.__file__).parent)
_EVENT_WORDS = {"call": "calls", "return": "returns from"}


@dataclass(frozen=True)
class TracePoint:
    """One point on the path: the stage it is in or after, what happens there, and how often it has in that stage."""

    stage: str
    event: str
    occurrence: int

    @property
    def is_sql(self) -> bool:
        """Return whether the point is about the database."""
        return self.event.startswith(("before ", "after "))


@dataclass
class PathTracer:
    """Records the points of one run and acts at one of them."""

    action: Callable[[], None] | None = None
    target: TracePoint | None = None
    points: list[TracePoint] = field(default_factory=list)
    stage: str = STAGES[0]
    holds_lock: bool = False
    has_acted: bool = False
    _is_ending: bool = False
    _lock_holder: object = None
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def record_point(self, what: str) -> None:
        """Record a point, and act if it is the target."""
        if self._is_ending and not what.startswith("before "):
            self._is_ending = self.holds_lock = False
        self._counts[self.stage, what] += 1
        here = TracePoint(self.stage, what, self._counts[self.stage, what])
        self.points.append(here)
        if here == self.target and self.action is not None and not self.has_acted:
            self.has_acted = True
            sys.setprofile(None)  # nothing is left to count
            self.action()

    def on_profile_event(self, frame: FrameType, event: str, _argument: object) -> None:
        """sys.setprofile's callback."""
        code = frame.f_code
        if event in _EVENT_WORDS and code.co_filename.startswith(_PACKAGE_FOLDER) and not code.co_name.startswith("<"):
            module = code.co_filename.removeprefix(_PACKAGE_FOLDER).strip("/").removesuffix(".py").replace("/", ".")
            name = f"{module}.{code.co_qualname}"
            if event == "call":
                self.stage = _STAGE_BY_FUNCTION.get(name, self.stage)
            self.record_point(f"{_EVENT_WORDS[event]} {name}")

    def on_statement_start(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Record the moment before a statement (SQLAlchemy)."""
        self.record_point(f"before {_shorten_statement(statement)}")

    def on_statement_end(self, connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Record the moment after it."""
        if statement.startswith("BEGIN IMMEDIATE") or statement.endswith("FOR UPDATE"):
            self.holds_lock, self._lock_holder = True, connection
        self.record_point(f"after {_shorten_statement(statement)}")

    def on_transaction_end(self, connection: object) -> None:
        """Record the moment before a commit or rollback, which releases the lock that this connection holds."""
        self.record_point("before COMMIT or ROLLBACK")
        self._is_ending = connection is self._lock_holder

    @contextmanager
    def trace(self, store: Store) -> Iterator[None]:
        """Trace this thread and this store."""
        listeners: list[tuple[str, Any]] = [
            ("before_cursor_execute", self.on_statement_start),
            ("after_cursor_execute", self.on_statement_end),
            ("commit", self.on_transaction_end),
            ("rollback", self.on_transaction_end),
        ]
        for name, listener in listeners:
            sa.event.listen(store._engine, name, listener)
        sys.setprofile(self.on_profile_event)
        try:
            yield
        finally:
            sys.setprofile(None)
            for name, listener in listeners:
                sa.event.remove(store._engine, name, listener)


def _shorten_statement(statement: str) -> str:
    return " ".join(statement.split())[:60]


class OrdersReadOnceGateway(Gateway):
    """A gateway that reads the orders once, at receipt: the control, without the later checks."""

    def read_law(self, tx: Snapshot) -> Law:
        """Return the law as it was when the batch was received."""
        key = id(self)
        if key not in _FIRST_LAW:
            _FIRST_LAW[key] = super().read_law(tx)
        return _FIRST_LAW[key]


_FIRST_LAW: dict[int, Law] = {}


@dataclass(frozen=True)
class InsertionOutcome:
    """How a batch ended during which an order was entered."""

    point: TracePoint
    result: str
    violations: tuple[str, ...]


@dataclass
class InsertionHarness:
    """An opened home, a second connection to its database, and batches, one for each point."""

    workspace: Workspace
    gateway: Gateway
    second_store: Store
    batch_numbers: Iterator[int] = field(default_factory=itertools.count)

    def trace_path(self) -> list[TracePoint]:
        """Return every point of a batch without an order; of the second run, so that caches are warm."""
        for _ in range(2):
            watch = PathTracer()
            name = self._write_batch()
            with watch.trace(self.gateway.store):
                ended = self._verify(self.gateway, name, name)
            assert ended.status != HELD
        return watch.points

    def insert_order(self, point: TracePoint, kind: type[Gateway] = Gateway) -> InsertionOutcome:
        """Run one batch, enter an order at a point of its path, and withdraw the order afterwards."""
        name = self._write_batch()
        order = f"X-{name}"
        committed: list[tuple[int, int]] = []
        entering = threading.Thread(target=lambda: committed.append(self._enter_order(order)))
        watch = PathTracer(target=point)

        def act() -> None:
            entering.start()
            if not watch.holds_lock:
                entering.join()

        watch.action = act
        gateway = kind(**{name: getattr(self.gateway, name) for name in Gateway.__dataclass_fields__})
        with watch.trace(gateway.store):
            verified = self._verify(gateway, name, name)
        if not watch.has_acted:
            return InsertionOutcome(point, NOT_REACHED, ())
        entering.join()
        broken = self._find_violations(name, order, *committed[0])
        for person in (JO, SAM):
            order_filings.withdraw_order(self.gateway.store, order, person, law=law.load_law(), at=self.gateway.clock())
        return InsertionOutcome(point, self._describe_result(verified.status, name), broken)

    def check_ledger(self) -> tuple[str, ...]:
        """Return what is wrong with the ledger."""
        return check_ledger(self.gateway.store, self.gateway.ledger_signer.verifiers, self.gateway.ledger_signer.name)

    def _write_batch(self) -> str:
        number = next(self.batch_numbers)
        word = "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}")
        rows = [
            make_row(
                request_id=f"q{number}-{n}",
                first_name=f"Ze{word}",
                last_name=f"Quo{word}",
                case_number=f"c{number}-{n}",
                street=f"{number * 2 + n + 100} {first} St",
                street2="",
                reason=f"Residence in 2023 bears on case c{number}-{n}.",
            )
            for n, first in enumerate(("Maple", "Larch"))
        ]
        self.workspace.write_batch(f"b{number}", rows)
        return f"b{number}"

    def _verify(self, gateway: Gateway, name: str, out: str) -> BatchResult:
        folder, into = self.workspace.root / name, self.workspace.root / f"{out}-out"
        return verify_batch(folder, gateway, index=self.workspace.index, out=into, progress=no_progress)

    def _enter_order(self, order: str) -> tuple[int, int]:
        """The order's entry, and when it was committed."""
        ban = {
            "id": order,
            "dated": STARTED_AT.date(),
            "instruments": ["tro"],
            "binds": ["irs"],
            "prohibits": ["disclose"],
        }
        entered = order_filings.enter_order(
            self.second_store, build_order(ban), JO, law=law.load_law(), at=self.gateway.clock()
        )
        return entered.entry, time.time_ns()

    def _describe_result(self, status: str, name: str) -> str:
        if status != HELD:
            return "delivered, then the order came"
        with self.gateway.store.read() as tx:
            released = any(leaf["kind"] == "release" for _, leaf in _entries_of_batch(tx, name))
        return "answered, then the order came: not delivered" if released else "held: nothing was released"

    def _find_violations(self, name: str, order: str, entry: int, committed_ns: int) -> tuple[str, ...]:
        """Return which parts of the promise are broken."""
        found = []
        with self.gateway.store.read() as tx:
            before = log.tree_size(tx)
            kinds = [leaf["kind"] for index, leaf in _entries_of_batch(tx, name) if index > entry]
            assert [filed.entry for filed in filings.list_filings(tx) if filed.subject == order] == [entry]
        if {"answer", "release"} & set(kinds):
            found.append("released after the order was entered")
        delivered = [path.stat().st_mtime_ns for path in (self.workspace.root / f"{name}-out").glob("*")]
        if delivered and max(delivered) > committed_ns:
            found.append("delivered after the order was entered")
        again = self._verify(self.gateway, name, f"{name}-again")
        with self.gateway.store.read() as tx:
            later = [json.loads(leaf)["kind"] for leaf in log.read_entries(tx, before, log.tree_size(tx))]
        if again.status != HELD or later != ["hold"] or (self.workspace.root / f"{name}-again-out").exists():
            found.append("not held when it was run again")
        return tuple(found)


def _entries_of_batch(tx: Snapshot, batch: str) -> list[tuple[int, dict[str, Any]]]:
    stored = batches.find(tx, "us-dhs-ice", batch)
    if stored is None:
        return []
    leaves = [(index, json.loads(leaf)) for index, leaf in enumerate(log.read_entries(tx, 0, log.tree_size(tx)))]
    return [(index, leaf) for index, leaf in leaves if leaf.get("batch") == stored.batch_id]


@contextmanager
def open_harness(world: Workspace, home: Home) -> Iterator[InsertionHarness]:
    """Open a home whose clock starts in August 2025."""
    began = time.monotonic()
    with open_gateway(home) as gateway, bootstrap.open_store(home) as other:
        on_day = replace(gateway, clock=lambda: STARTED_AT + timedelta(seconds=time.monotonic() - began))
        yield InsertionHarness(world, on_day, other)


def choose_points(points: list[TracePoint], wanted: int) -> list[TracePoint]:
    """Return distinct points of a path, in order: every database point, and others spread over the path.

    The others are the first of their kind in each stage, and only then further ones. Where there is no room for all of
    the database's, what there is room for is spread over the first of every kind.
    """
    sql = [point for point in points if point.is_sql]
    first = [point for point in points if point.occurrence == 1]
    if wanted <= len(sql):
        return _pick_evenly(first, wanted)
    others = [point for point in first if not point.is_sql]
    if len(sql) + len(others) < wanted:
        others = [point for point in points if not point.is_sql]
    picked = {*sql, *_pick_evenly(others, wanted - len(sql))}
    return [point for point in points if point in picked]


def _pick_evenly(points: list[TracePoint], wanted: int) -> list[TracePoint]:
    """Return so many of them at even distances, with the first and the last."""
    return [points[round(n * (len(points) - 1) / max(wanted - 1, 1))] for n in range(wanted)]
