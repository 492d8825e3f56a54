"""Two enrolled persons for tests: with keys in memory for the library, and in files for the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.app.home import Home
from comity.app.use_cases.enrolled_persons import make_enrollment
from comity.law import load_law
from comity.law.filing_register import FilingState
from comity.ledger.filed import read_register
from comity.ledger.purge import carry_out_purge, find_purgeable
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.orders.act_checks import FilingContext
from comity.orders.filing_steps import Filer
from comity.signing import Ed25519Key, create_signing_key
from comity.store.database import Store
from tests.support.sample_ledger import ORIGIN

JO, SAM, ANN = (
    Filer(name, Ed25519Key.generate_key("Ed25519"), f"{name.lower()}@desk-{name.lower()}")
    for name in ("Jo", "Sam", "Ann")
)


def enroll_founders(store: Store, context: FilingContext, *persons: Filer, at: datetime | None = None) -> None:
    """Enroll the first two persons (Jo and Sam, unless others are given)."""
    for person in persons or (JO, SAM):
        content = make_enrollment(context.origin, person.name, person.key)
        filing_steps.enter_filing(store, Act.PERSON, content, person, context=context, at=at or clock.now())


def file_by_two(
    store: Store, act: Act, content: Mapping[str, Any], context: FilingContext, *, at: datetime | None = None
) -> FilingState:
    """Enter an act as Jo and confirm it as Sam."""
    at = at or clock.now()
    state = filing_steps.enter_filing(store, act, content, JO, context=context, at=at)
    return filing_steps.confirm_filing(store, state.entered.number, SAM, context=context, at=at)


def file_in_home(
    home: Home, act: Act, content: Mapping[str, Any], *, by_two: bool = True, at: datetime | None = None
) -> FilingState:
    """Enter an act in a home as Jo, and confirm it as Sam; both are enrolled if nobody is."""
    context = bootstrap.load_filing_context(home)
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            register = read_register(tx)
        if not register.persons:
            enroll_founders(store, context, at=at)
        if by_two:
            return file_by_two(store, act, content, context, at=at)
        return filing_steps.enter_filing(store, act, content, JO, context=context, at=at or clock.now())


def purge_by_two(
    store: Store, *, batch_id: str, rows: Iterable[int], order: str, at: datetime, origin: str = ORIGIN
) -> int:
    """Erase answers as Jo enters and Sam confirms, both enrolled if nobody is; return the entry of the purge."""
    context, numbers = FilingContext(load_law(), origin), tuple(sorted(set(rows)))
    with store.read() as tx:
        name, persons = find_purgeable(tx, batch_id, numbers).batch_id, read_register(tx).persons
    if not persons:
        enroll_founders(store, context, at=at)
    state = file_by_two(store, Act.PURGE, {"batch": name, "rows": numbers, "order": order}, context, at=at)
    return carry_out_purge(store, state.entered.number, at=at)[0]


@dataclass(frozen=True)
class PersonKeys:
    """Key files of persons who are enrolled in a home, for commands."""

    jo: Path
    sam: Path


def enroll_by_command(home: Path, folder: Path) -> PersonKeys:
    """Enroll Jo Doe and Sam Roe as a person does; return their key files."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = PersonKeys(folder / "jo.key", folder / "sam.key")
    for name, path in (("Jo Doe", keys.jo), ("Sam Roe", keys.sam)):
        create_signing_key(path)
        assert run_command("persons", "enroll", "--home", str(home), "--name", name, "--key", str(path)) == 0
    return keys


def run_command(*arguments: str) -> int:
    """Run a command in this process; return its exit code."""
    try:
        main([*arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    raise AssertionError("a command ends with an exit code")


__all__ = [
    "ANN",
    "JO",
    "SAM",
    "PersonKeys",
    "enroll_by_command",
    "enroll_founders",
    "file_by_two",
    "file_in_home",
    "run_command",
]
