"""A custodian's home with people who have roles in the service, for tests of log-ins and pages."""

from collections.abc import Mapping
from types import MappingProxyType

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases.enrolled_persons import make_enrollment
from comity.ledger.filed import read_register
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.orders.filing_steps import Filer
from comity.signing import Ed25519Key, key_thumbprint
from tests.support.two_persons import JO, SAM, enroll_founders

PEOPLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ann": ("approver",),
        "dan": ("disclosure",),
        "bea": ("disclosure", "approver"),
        "cal": ("counsel",),
        "pat": ("privacy",),
        "sue": ("security",),
        "ian": ("inspector",),
    }
)
"""The roles of each account; Jo and Sam, who granted them, have none."""

SURNAMES = {"ann": "Arlen", "dan": "Dorn", "bea": "Brook", "cal": "Corry", "pat": "Pine", "sue": "Stone", "ian": "Ives"}
KEYS = {name: Ed25519Key.generate_key("Ed25519") for name in PEOPLE}


def make_filer(name: str) -> Filer:
    """Return a person as whoever files."""
    return Filer(f"{name.title()} {SURNAMES[name]}", KEYS[name], f"{name}@desk-{name}")


def enroll_people(home: Home, issuer: str, *names: str) -> None:
    """Enroll these people (all of `PEOPLE` if none is named), and grant them their roles, as Jo and Sam."""
    at, context = clock.now(), bootstrap.load_filing_context(home)
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            is_new = not read_register(tx).persons
        if is_new:
            enroll_founders(store, context, at=at)
        for name in names or PEOPLE:
            person = make_filer(name)
            grant = {
                "person": key_thumbprint(person.key),
                "roles": list(PEOPLE[name]),
                "issuer": issuer,
                "subject": name,
            }
            for act, content in (
                (Act.PERSON, make_enrollment(home.origin, person.name, person.key)),
                (Act.ROLE, grant),
            ):
                state = filing_steps.enter_filing(store, act, content, JO, context=context, at=at)
                filing_steps.confirm_filing(store, state.entered.number, SAM, context=context, at=at)
