"""Enters a court order at a chosen point of a running batch, and holds what happened to the promise.

A *point* is the call or the return of one of Comity's functions, or the moment before or after one SQL statement or a
commit, on the path of one batch; a run without an order lists them all. At the chosen one a second connection, in a
thread of its own, enters the order: the batch waits until that is committed, or, where the batch itself holds the
database's lock, goes on while the order waits for the lock.

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
from comity.app.home import Home
from comity.law import Law
from comity.ledger import filing, log
from comity.ledger.filing import Person
from comity.ledger.fsck import check_ledger
from comity.model.progress import silent
from comity.pipeline import HELD, Gateway, Verified, verify_batch
from comity.signing import Key
from comity.store import filings
from comity.store.connection import Snapshot, Store
from tests.batches import row
from tests.unit.gates.cases import _order
from tests.world import World

DAY = datetime(2025, 8, 7, 12, tzinfo=UTC)
JO, SAM = (Person(name, Key.generate_key("Ed25519")) for name in ("Jo", "Sam"))
STAGES = ("receive", "judge", "look up", "release", "deliver")
_STAGE_OF = {
    "pipeline._receive": "receive", "pipeline._on_file": "receive", "gates.judging.Judging.judge": "judge",
    "pipeline._look_up": "look up", "pipeline._release": "release", "pipeline._deliver": "deliver",
}  # fmt: skip
MISSED = "the point never came"
_HOUSE = str(Path(comity.__file__).parent)
_CALLS = {"call": "calls", "return": "returns from"}


@dataclass(frozen=True)
class Point:
    """One place on the path: in or after which stage, what happens there, and for the how-manieth time in that stage."""

    stage: str
    what: str
    times: int

    @property
    def is_sql(self) -> bool:
        """Whether it is a moment of the database's."""
        return self.what.startswith(("before ", "after "))


@dataclass
class Watch:
    """Counts the points of one run and acts at one of them."""

    act: Callable[[], None] | None = None
    at: Point | None = None
    points: list[Point] = field(default_factory=list)
    stage: str = STAGES[0]
    holds_lock: bool = False
    has_acted: bool = False
    _ends: bool = False
    _seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def point(self, what: str) -> None:
        """Note a point, and act if it is the one."""
        if self._ends and not what.startswith("before "):
            self._ends = self.holds_lock = False
        self._seen[self.stage, what] += 1
        here = Point(self.stage, what, self._seen[self.stage, what])
        self.points.append(here)
        if here == self.at and self.act is not None and not self.has_acted:
            self.has_acted = True
            sys.setprofile(None)  # nothing is left to count
            self.act()

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """sys.setprofile's callback."""
        code = frame.f_code
        if event in _CALLS and code.co_filename.startswith(_HOUSE) and not code.co_name.startswith("<"):
            module = code.co_filename.removeprefix(_HOUSE).strip("/").removesuffix(".py").replace("/", ".")
            name = f"{module}.{code.co_qualname}"
            if event == "call" and not (name == "gates.judging.Judging.judge" and self.stage == "release"):
                self.stage = _STAGE_OF.get(name, self.stage)
            self.point(f"{_CALLS[event]} {name}")

    def before(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Before a statement (SQLAlchemy)."""
        self.point(f"before {_words(statement)}")

    def after(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """After it."""
        if statement.startswith("BEGIN IMMEDIATE") or statement.endswith("FOR UPDATE"):
            self.holds_lock = True
        self.point(f"after {_words(statement)}")

    def ending(self, _connection: object) -> None:
        """Before a commit or rollback: the lock is given back before the next point."""
        self.point("before COMMIT or ROLLBACK")
        self._ends = True

    @contextmanager
    def over(self, store: Store) -> Iterator[None]:
        """Watch this thread and this store."""
        listeners: list[tuple[str, Any]] = [
            ("before_cursor_execute", self.before), ("after_cursor_execute", self.after),
            ("commit", self.ending), ("rollback", self.ending),
        ]  # fmt: skip
        for name, listener in listeners:
            sa.event.listen(store._engine, name, listener)
        sys.setprofile(self.profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            for name, listener in listeners:
                sa.event.remove(store._engine, name, listener)


def _words(statement: str) -> str:
    return " ".join(statement.split())[:60]


class Forgetful(Gateway):
    """A gateway that reads the orders once, at receipt: what the promise would be without the checks. A control."""

    def law_in(self, tx: Snapshot) -> Law:
        """The law as it was when the batch came in."""
        key = id(self)
        if key not in _REMEMBERED:
            _REMEMBERED[key] = super().law_in(tx)
        return _REMEMBERED[key]


_REMEMBERED: dict[int, Law] = {}


@dataclass(frozen=True)
class Outcome:
    """How a batch ended into which an order was entered."""

    point: Point
    how: str
    broken: tuple[str, ...]


@dataclass
class Town:
    """An opened home, a second connection to its database, and batches, one for each point."""

    world: World
    gateway: Gateway
    other: Store
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def path(self) -> list[Point]:
        """Every point of a batch that no order meets, the second time: nothing is done for the first time then."""
        for _ in range(2):
            watch = Watch()
            name = self._batch()
            with watch.over(self.gateway.store):
                ended = self._verify(self.gateway, name, name)
            assert ended.status != HELD
        return watch.points

    def insert(self, point: Point, kind: type[Gateway] = Gateway) -> Outcome:
        """One batch, and an order entered at a point of its path; afterwards the order is withdrawn."""
        name = self._batch()
        order = f"X-{name}"
        committed: list[tuple[int, int]] = []
        entering = threading.Thread(target=lambda: committed.append(self._enter(order)))
        watch = Watch(at=point)

        def act() -> None:
            entering.start()
            if not watch.holds_lock:
                entering.join()

        watch.act = act
        gateway = kind(**{name: getattr(self.gateway, name) for name in Gateway.__dataclass_fields__})
        with watch.over(gateway.store):
            verified = self._verify(gateway, name, name)
        if not watch.has_acted:
            return Outcome(point, MISSED, ())
        entering.join()
        broken = self._broken(name, order, *committed[0])
        filing.withdraw(self.gateway.store, order, SAM, law=law.load(), at=self.gateway.clock())
        return Outcome(point, self._how(verified.status, name), broken)

    def fsck(self) -> tuple[str, ...]:
        """What is wrong with the ledger."""
        return check_ledger(self.gateway.store, self.gateway.ledger_signer.verifiers, self.gateway.ledger_signer.name)

    def _batch(self) -> str:
        number = next(self.numbers)
        word = "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}")
        rows = [
            row(
                request_id=f"q{number}-{n}", first_name=f"Ze{word}", last_name=f"Quo{word}", case_number=f"c{number}-{n}",
                street=f"{number * 2 + n + 100} {first} St", street2="", reason=f"Residence in 2023 bears on case c{number}-{n}.",
            )
            for n, first in enumerate(("Maple", "Larch"))
        ]  # fmt: skip
        self.world.batch(f"b{number}", rows)
        return f"b{number}"

    def _verify(self, gateway: Gateway, name: str, out: str) -> Verified:
        folder, into = self.world.root / name, self.world.root / f"{out}-out"
        return verify_batch(folder, gateway, index=self.world.index, out=into, report=silent)

    def _enter(self, order: str) -> tuple[int, int]:
        """The order's entry, and when it was committed."""
        ban = {"id": order, "dated": DAY.date(), "instruments": ["tro"], "binds": ["irs"], "prohibits": ["disclose"]}
        entered = filing.enter(self.other, _order(ban), JO, law=law.load(), at=self.gateway.clock())
        return entered.entry, time.time_ns()

    def _how(self, status: str, name: str) -> str:
        if status != HELD:
            return "delivered, then the order came"
        with self.gateway.store.read() as tx:
            released = any(leaf["kind"] == "release" for _, leaf in _leaves_of(tx, name))
        return "answered, then the order came: not delivered" if released else "held: nothing was released"

    def _broken(self, name: str, order: str, entry: int, committed_ns: int) -> tuple[str, ...]:
        """What of the promise does not hold."""
        found = []
        with self.gateway.store.read() as tx:
            before = log.size(tx)
            kinds = [leaf["kind"] for index, leaf in _leaves_of(tx, name) if index > entry]
            assert [filed.entry for filed in filings.all_filings(tx) if filed.order == order] == [entry]
        if {"answer", "release"} & set(kinds):
            found.append("released after the order was entered")
        delivered = [path.stat().st_mtime_ns for path in (self.world.root / f"{name}-out").glob("*")]
        if delivered and max(delivered) > committed_ns:
            found.append("delivered after the order was entered")
        again = self._verify(self.gateway, name, f"{name}-again")
        with self.gateway.store.read() as tx:
            later = [json.loads(leaf)["kind"] for leaf in log.read_leaves(tx, before, log.size(tx))]
        if again.status != HELD or later != ["hold"] or (self.world.root / f"{name}-again-out").exists():
            found.append("not held when it was run again")
        return tuple(found)


def _leaves_of(tx: Snapshot, batch: str) -> list[tuple[int, dict[str, Any]]]:
    leaves = [(index, json.loads(leaf)) for index, leaf in enumerate(log.read_leaves(tx, 0, log.size(tx)))]
    return [(index, leaf) for index, leaf in leaves if leaf.get("batch") == batch]


@contextmanager
def opened(world: World, home: Home) -> Iterator[Town]:
    """A home in which it is August 2025, and goes on."""
    began = time.monotonic()
    with bootstrap.open_gateway(home) as gateway, bootstrap.open_store(home) as other:
        on_day = replace(gateway, clock=lambda: DAY + timedelta(seconds=time.monotonic() - began))
        yield Town(world, on_day, other)


def chosen(points: list[Point], wanted: int) -> list[Point]:
    """Distinct points, spread over the path: every moment of the database's, then of every function's first call, and so on.

    Where there is room for few, they are spread evenly over the first of each.
    """
    places = {point: place for place, point in enumerate(points)}
    ordered = sorted(points, key=lambda point: (not point.is_sql, point.times, places[point]))
    if wanted < sum(point.times == 1 for point in points):
        first = [point for point in points if point.times == 1]
        return [first[round(n * (len(first) - 1) / (wanted - 1))] for n in range(wanted)]
    return sorted(ordered[:wanted], key=places.__getitem__)
