"""Make the synthetic home of a demonstration at its first start: people with seats, batches, and what waits for them.

As of August 2025 one batch was refused by rule row by row and one answered; a third, sent today, is held by the court
orders on file. Something waits for a second person of each role that decides.

Guarantees: every record, request and person is made up; the folder is made beside its place and moved there whole, so
that an interruption leaves nothing or all of it. A folder that no demonstration made is not touched.
Start at `open_demo_house`.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity import match
from comity.app import bootstrap, clock
from comity.app.gateway import open_gateway, register_synthetic_signer
from comity.app.home import Home
from comity.app.use_cases.demo_seats import DEMO_ISSUER, DemoSeat, DemoSeats
from comity.app.use_cases.enrolled_persons import make_enrollment
from comity.app.use_cases.synthetic_nation import SimulationPlan, simulate_nation
from comity.errors import ComityError
from comity.folders import make_private_folder
from comity.ledger import log
from comity.model.filing import Act
from comity.model.progress import ProgressCallback
from comity.orders import filing_steps
from comity.orders.filing_steps import Filer
from comity.pipeline import Gateway, verify_batch
from comity.signing import create_signing_key, key_thumbprint, load_private_key
from comity.store.database import Store

_AUGUST_2025 = datetime(2025, 8, 7, 12, tzinfo=UTC)
_CREATED_AT = datetime(2025, 6, 25, 12, tzinfo=UTC)
_PEOPLE, _REQUESTS = 3_000, 1_000
_MARK = "demo.json"
_GRANTERS = ("Jo Doe", "Sam Roe")
_SEATS = (
    ("ann", "Ann Arlen", ("approver",)),
    ("bea", "Bea Brook", ("disclosure", "approver")),
    ("cal", "Cal Corry", ("counsel",)),
    ("pat", "Pat Pine", ("privacy",)),
    ("sue", "Sue Stone", ("security",)),
    ("ian", "Ian Ives", ("inspector",)),
)


@dataclass(frozen=True, slots=True)
class DemoHouse:
    """A demonstration on disk: its folders, and the seats of its people."""

    folder: Path
    seats: DemoSeats

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings by which a service serves it, to this machine alone."""
        folders = {name: self.folder / name for name in ("home", "index")}
        return folders | {
            "work_folder": self.folder / "work",
            "host": "127.0.0.1",
            "public_url": "",
            "login_issuer": "",
        }


def open_demo_house(folder: Path, *, progress: ProgressCallback) -> DemoHouse:
    """Open the demonstration in a folder, and make it at the first start.

    Raises:
        ComityError: `output_exists` when the folder holds something else.
    """
    if not (folder / _MARK).is_file():
        if folder.exists() and any(folder.iterdir()):
            message = "The folder holds something that no demonstration made."
            raise ComityError("output_exists", message, "Name a new folder with --demo-folder.")
        _make_house(folder, progress)
    keys = folder / "seats"
    seats = [
        DemoSeat(Filer(name, load_private_key(keys / f"{subject}.key"), f"seat of {subject}"), subject, roles)
        for subject, name, roles in _SEATS
    ]
    return DemoHouse(folder, DemoSeats(seats))


def _make_house(folder: Path, progress: ProgressCallback) -> None:
    staged = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(staged, ignore_errors=True)
    make_private_folder(staged)
    for name, seed, shape in (
        ("as-sent", 1, "august-2025"),
        ("cured", 1, "august-2025-cured"),
        ("today", 2, "august-2025-cured"),
    ):
        plan = SimulationPlan(people=_PEOPLE, requests=_REQUESTS, seed=seed, shape=shape, created_at=_CREATED_AT)
        simulate_nation(plan, staged / "requests" / name, progress=progress)
    match.build_index([staged / "requests" / "cured" / "records"], staged / "index", progress=progress)
    home = Home.open_or_create(staged / "home")
    with bootstrap.open_store(home) as store:
        _let_people_in(home, store, staged / "seats", at=_AUGUST_2025 - timedelta(days=1))
    for name, at in (("as-sent", _AUGUST_2025), ("cured", _AUGUST_2025), ("today", clock.now())):
        batch = staged / "requests" / name / "batch"
        register_synthetic_signer(home, batch, staged / "index")
        with _open_gateway_at(home, at) as gateway:
            answers = staged / "answers" / name
            verify_batch(batch, gateway, index=staged / "index", out=answers, progress=progress)
    with bootstrap.open_store(home) as store:
        _file_what_waits(home, store, staged / "seats", at=clock.now())
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    (staged / _MARK).write_text(json.dumps({"synthetic": True}), encoding="utf-8")
    if folder.exists():
        folder.rmdir()
    staged.rename(folder)


@contextmanager
def _open_gateway_at(home: Home, at: datetime) -> Iterator[Gateway]:
    with open_gateway(home) as gateway:
        yield replace(gateway, clock=lambda: at)


def _let_people_in(home: Home, store: Store, keys: Path, *, at: datetime) -> None:
    """Enroll the two who grant and then those with seats, each with a key, and grant these their roles."""
    context = bootstrap.load_filing_context(home)
    granters = [_make_person(name, keys) for name in _GRANTERS]
    for person in granters:
        content = make_enrollment(home.origin, person.name, person.key)
        filing_steps.enter_filing(store, Act.PERSON, content, person, context=context, at=at)
    for subject, name, roles in _SEATS:
        person = _make_person(name, keys, subject)
        grant = {"person": key_thumbprint(person.key), "roles": list(roles), "issuer": DEMO_ISSUER, "subject": subject}
        for act, content in ((Act.PERSON, make_enrollment(home.origin, name, person.key)), (Act.ROLE, grant)):
            state = filing_steps.enter_filing(store, act, content, granters[0], context=context, at=at)
            filing_steps.confirm_filing(store, state.entered.number, granters[1], context=context, at=at)


def _file_what_waits(home: Home, store: Store, keys: Path, *, at: datetime) -> None:
    """File what waits for a second person: a role, an agreement to reinstate, and records to answer about again."""
    context, jo = bootstrap.load_filing_context(home), _load_person(_GRANTERS[0], keys)
    pat = key_thumbprint(load_private_key(keys / "pat.key"))
    suspended = {"agreement": "irs-ice-2025", "reason": "The yearly review was due"}
    withheld = {"kind": "withheld", "records": ["demo-record"], "reason": "Determined under 6103(i)(6)"}
    for act, content in (
        (Act.SUSPENSION, suspended),
        (Act.SUSPENSION_LIFT, suspended | {"reason": "The yearly review is done"}),
        (Act.SUPPRESSION, withheld),
        (Act.SUPPRESSION_LIFT, withheld | {"reason": "No longer determined"}),
        (Act.ROLE, {"person": pat, "roles": ["privacy", "disclosure"], "issuer": DEMO_ISSUER, "subject": "pat"}),
    ):
        filing_steps.enter_filing(store, act, content, jo, context=context, at=at)


def _make_person(name: str, keys: Path, subject: str = "") -> Filer:
    file = keys / f"{subject or _file_name(name)}.key"
    return Filer(name, create_signing_key(file), f"desk of {file.stem}")


def _load_person(name: str, keys: Path) -> Filer:
    return Filer(name, load_private_key(keys / f"{_file_name(name)}.key"), f"desk of {_file_name(name)}")


def _file_name(name: str) -> str:
    return name.split(maxsplit=1)[0].lower()
