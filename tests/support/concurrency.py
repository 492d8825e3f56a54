"""Let four processes withhold, lift, verify, deliver and add orders at once on one home, and count what was lost.

In each round every process takes its step at the same moment, on a connection of its own, about two people of that
round. Afterwards the home must hold every step that a process reported as filed, the ledger must be clean, and no
address may be confirmed, in the ledger or in a delivered folder, while what was on file forbade it.
Start at `run_rounds`.
"""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from comity import law
from comity.app import bootstrap
from comity.app.gateway import open_gateway
from comity.app.home import Home
from comity.errors import PolicyError
from comity.law.filing_register import replay_filings
from comity.ledger.filed import read_filings
from comity.ledger.fsck import check_ledger
from comity.model.filing import Act, Filing, FilingStep
from comity.model.progress import no_progress
from comity.orders import filing_steps, order_filings
from comity.orders.filing_steps import Filer
from comity.pipeline import BatchResult, verify_batch
from comity.release.record_suppression import find_suppressions
from comity.signing import create_signing_key, load_private_key
from comity.store import answers, batches
from comity.store.database import Store
from tests.support.batch_folders import make_row
from tests.support.rule_cases import build_order
from tests.support.two_persons import enroll_founders
from tests.support.workspace import (
    AUGUST_2025,
    Workspace,
    build_record_index,
    load_law_without_orders,
    make_record,
    read_answers,
)

_PLACE = ("Olympia", "WA", "98501")


@dataclass(frozen=True)
class Step:
    """What a process reports of one step: what, in which round, how it ended, and when it began and ended (ns)."""

    what: str
    round: int
    result: str
    began: int
    ended: int


@dataclass
class StressReport:
    """What a run did and what it broke: nothing, when `violations` is empty."""

    rounds: int
    steps: list[Step] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def outcomes(self) -> Counter[str]:
        """Return how often each kind of step ended in which way."""
        return Counter(f"{step.what}: {step.result}" for step in self.steps)


def run_rounds(root: Path, key_folder: Path, rounds: int) -> StressReport:
    """Build a home and an index in `root`, run the rounds, and check what is left."""
    world = _make_world(root, key_folder, rounds)
    home = world.open_home()
    with bootstrap.open_store(home) as store:
        context = bootstrap.load_filing_context(home)
        enroll_founders(store, context, *(_load_filer(key_folder, name) for name in ("jo", "sam")), at=AUGUST_2025)
    spawn = multiprocessing.get_context("spawn")
    barrier, reports = spawn.Barrier(len(_ROLES)), spawn.SimpleQueue()
    arguments = (str(root), str(world.index), str(key_folder), rounds, time.time(), barrier, reports)
    processes = [spawn.Process(target=_run_role, args=(role, *arguments)) for role in _ROLES]
    for process in processes:
        process.start()
    steps = [step for _ in processes for step in reports.get()]
    for process in processes:
        process.join()
    report = StressReport(rounds, steps)
    report.violations += [f"a process ended with {p.exitcode}" for p in processes if p.exitcode]
    with bootstrap.open_store(home) as store:
        signer = bootstrap.load_key_ring(home)
        report.violations += check_ledger(store, signer.verifiers, home.origin)
        report.violations += _find_lost_steps(store, steps)
        report.violations += _find_forbidden_answers(store, rounds)
    report.violations += _find_forbidden_deliveries(root, steps)
    return report


def _make_world(root: Path, key_folder: Path, rounds: int) -> Workspace:
    records = [
        make_record(
            0, f"Ze{_word(n)}", "", f"Quo{_word(n)}", (_street(n, who), "", *_PLACE), record_id=_person(n, who), tin=""
        )
        for n in range(rounds)
        for who in ("a", "b")
    ]
    for name in ("jo", "sam", "requester"):
        create_signing_key(key_folder / f"{name}.key")
    world = Workspace(
        root, build_record_index(root / "records", records), load_private_key(key_folder / "requester.key")
    )
    for n in range(rounds):
        rows = [
            make_row(
                request_id=f"q{n}-{who}",
                first_name=f"Ze{_word(n)}",
                last_name=f"Quo{_word(n)}",
                street=_street(n, who),
                street2="",
                city=_PLACE[0],
                state=_PLACE[1],
                zip=_PLACE[2],
                case_number=f"c{n}-{who}",
                reason=f"Residence in 2023 bears on case c{n}-{who}.",
            )
            for who in ("a", "b")
        ]
        world.write_batch(f"b{n}", rows)
    return world


def _word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}")


def _street(number: int, who: str) -> str:
    return f"{100 + 2 * number} {'Maple' if who == 'a' else 'Larch'} St"


def _person(number: int, who: str) -> str:
    return f"p{number}-{who}"


def _load_filer(folder: Path, name: str) -> Filer:
    return Filer(name.title(), load_private_key(folder / f"{name}.key"), f"desk-{name}")


@dataclass
class _Worker:
    """One process: its home, store, keys and clock, and the steps that it has taken."""

    root: Path
    index: Path
    home: Home
    store: Store
    jo: Filer
    sam: Filer
    started: float
    steps: list[Step] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time on the clock that all processes share: in August 2025, and going on."""
        return AUGUST_2025 + timedelta(seconds=time.time() - self.started)

    def take(self, what: str, number: int, step: Callable[[], object]) -> None:
        """Take a step, and note how it ended."""
        began = time.time_ns()
        try:
            outcome = step()
            result = outcome.status if isinstance(outcome, BatchResult) else "done"
        except PolicyError as error:
            result = error.code
        self.steps.append(Step(what, number, str(result), began, time.time_ns()))

    def enter(self, act: Act, number: int, **more: str) -> int:
        """Enter a suppression, or its lift, of the round's first person as Jo."""
        content = {"kind": "withheld", "records": [_person(number, "a")], **more}
        context = bootstrap.load_filing_context(self.home)
        return filing_steps.enter_filing(
            self.store, act, content, self.jo, context=context, at=self.now()
        ).entered.number

    def withhold(self, number: int) -> None:
        """Withhold the round's first person."""
        self.take("withhold", number, lambda: self.enter(Act.SUPPRESSION, number))

    def lift(self, number: int) -> None:
        """Lift what is withheld of the round's first person, as two persons do."""

        def by_two() -> None:
            entered = self.enter(Act.SUPPRESSION_LIFT, number, reason="No longer determined")
            context = bootstrap.load_filing_context(self.home)
            filing_steps.confirm_filing(self.store, entered, self.sam, context=context, at=self.now())

        time.sleep((number % 5) * 0.02)
        self.take("lift", number, by_two)

    def verify(self, number: int) -> None:
        """Answer the round's batch, and deliver it twice."""
        with open_gateway(self.home) as opened:
            gateway = replace(opened, clock=self.now, load_base_law=load_law_without_orders)
            for what, out in (("answer", f"out{number}"), ("deliver again", f"again{number}")):
                self.take(
                    what,
                    number,
                    lambda out=out: verify_batch(  # type: ignore[misc]
                        self.root / f"b{number}", gateway, index=self.index, out=self.root / out, progress=no_progress
                    ),
                )

    def order(self, number: int) -> None:
        """Enter an order as Jo, and withdraw it as both."""
        time.sleep((number % 7) * 0.03)
        base = law.load_law()
        ban = {"id": f"X{number}", "dated": AUGUST_2025.date(), "instruments": ["tro"]}
        document = build_order({**ban, "binds": ["irs"], "prohibits": ["disclose"]})
        self.take(
            "enter an order",
            number,
            lambda: order_filings.enter_order(self.store, document, self.jo, law=base, at=self.now()),
        )
        self.take(
            "ask to withdraw the order",
            number,
            lambda: order_filings.withdraw_order(self.store, f"X{number}", self.jo, law=base, at=self.now()),
        )
        self.take(
            "withdraw the order",
            number,
            lambda: order_filings.withdraw_order(self.store, f"X{number}", self.sam, law=base, at=self.now()),
        )


_ROLES = ("withhold", "lift", "verify", "order")


def _run_role(
    role: str, root: str, index: str, keys: str, rounds: int, started: float, barrier: Barrier, reports: Any
) -> None:
    home = Home.open_or_create(Path(root) / "home")
    with bootstrap.open_store(home) as store:
        jo, sam = (_load_filer(Path(keys), name) for name in ("jo", "sam"))
        worker = _Worker(Path(root), Path(index), home, store, jo, sam, started)
        for number in range(rounds):
            barrier.wait()
            getattr(worker, role)(number)
    reports.put(worker.steps)


def _find_lost_steps(store: Store, steps: list[Step]) -> Iterator[str]:
    """Yield where fewer steps are on file than were reported as filed."""
    with store.read() as tx:
        on_file = read_filings(tx)
    filed = Counter((filing.act, filing.step) for filing in on_file)
    done = Counter(step.what for step in steps if step.result == "done")
    for what, kinds in {
        "withhold": (Act.SUPPRESSION, FilingStep.ENTERED),
        "lift": (Act.SUPPRESSION_LIFT, FilingStep.CONFIRMED),
        "enter an order": (Act.ORDER, FilingStep.ENTERED),
        "withdraw the order": (Act.ORDER, FilingStep.WITHDRAWN),
    }.items():
        expected = done[what] + done[f"ask to {what}"]
        if filed[kinds] != expected:
            yield f"{what}: {expected} reported, {filed[kinds]} on file"


def _find_forbidden_answers(store: Store, rounds: int) -> Iterator[str]:
    """Yield each release that comes, in the ledger, after what forbids it."""
    with store.read() as tx:
        on_file = read_filings(tx)
        for number in range(rounds):
            stored = batches.find(tx, "us-dhs-ice", f"b{number}")
            if stored is None or stored.release_entry is None:
                continue
            before = [filing for filing in on_file if filing.entry < int(stored.release_entry)]
            withheld = find_suppressions(replay_filings(before)).withheld_record_ids
            if answers.count_confirmed_about(tx, f"b{number}", withheld):
                yield f"round {number}: a person was confirmed who was withheld"
            if _pending_orders(before):
                yield f"round {number}: a batch was released while an order was on file"


def _pending_orders(filings: list[Filing]) -> set[str]:
    steps = Counter((filing.subject, filing.step) for filing in filings if filing.act is Act.ORDER)
    entered = {str(subject) for subject, step in steps if step is FilingStep.ENTERED}
    return {subject for subject in entered if steps[subject, FilingStep.WITHDRAWN] < 2}


def _find_forbidden_deliveries(root: Path, steps: list[Step]) -> Iterator[str]:
    """Yield each folder written between the end of a step that forbids it and the start of the one that ends that."""
    for out in sorted(root.glob("out*")) + sorted(root.glob("again*")):
        number = int("".join(c for c in out.name if c.isdigit()))
        written = max((path.stat().st_mtime_ns for path in out.iterdir()), default=0)
        codes = {name: code for name, (code, _) in read_answers(out).items()}
        spans = [("withhold", "lift", codes.get(f"q{number}-a") == "CONFIRMED")]
        spans += [("enter an order", "withdraw the order", bool(codes))]
        for begins, ends, is_forbidden in spans:
            since = [s.ended for s in steps if s.round == number and s.what == begins and s.result == "done"]
            until = [s.began for s in steps if s.round == number and s.what == ends and s.result == "done"]
            if is_forbidden and since and since[0] < written and not any(end < written for end in until):
                yield f"round {number}: {out.name} was written against what was on file ({begins})"
