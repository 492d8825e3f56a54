"""Pick and open the adapters that a home asks for: the control database, the ledger's keys, the witnesses, the law.

Guarantees: no other module picks one; what a command does not need is not opened.
Does not: import matching, which takes seconds to load. `comity.app.gateway` opens what the pipeline needs.
Start at `open_store`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity import law
from comity.app.home import POSTGRESQL, Home
from comity.app.home.control_dsn import read_owner_dsn
from comity.errors import ComityError
from comity.law import Law, apply_filings, signers
from comity.ledger.filed import read_filings, read_register
from comity.ledger.keys import KeyRing
from comity.ledger.witness_client import WitnessClient, send_over_http
from comity.model.batch import Manifest
from comity.orders.act_checks import FilingContext
from comity.signing import Ed25519Key, key_thumbprint
from comity.store.database import Store
from comity.store.desk.desk_store import Desk
from comity.tlog.cosignature import Cosigner
from comity.tlog.note import Ed25519Signer, VerifierKey
from comity.tlog.witness.witness_policy import WitnessPolicy


@contextmanager
def open_store(home: Home, *, as_owner: bool = False) -> Iterator[Store]:
    """Open the home's control database, and close it at the end; `as_owner` is for the tables' owner on PostgreSQL."""
    second_anchor = home.find_second_anchor()
    if home.database == POSTGRESQL:
        dsn = read_owner_dsn() if as_owner else home.read_dsn()
        store = Store.connect(dsn, anchor=home.anchor_file, second_anchor=second_anchor)
    else:
        store = Store.open(home.control_db, home.keys.read_control_key(), second_anchor=second_anchor)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_desk(home: Home) -> Iterator[Desk]:
    """Open the service's own database in a home, and close it at the end."""
    desk = Desk.open(home.desk_db, home.keys.derive_desk_key())
    try:
        yield desk
    finally:
        desk.close()


def load_key_ring(home: Home) -> KeyRing:
    """Load the keys that sign the ledger's checkpoints, under the ledger's name. Raises ComityError `key_unusable`."""
    key, successor = home.keys.load_ledger_keys()
    second = home.keys.load_second_key()
    return KeyRing(
        signer=_make_signer(home, key),
        successor=None if successor is None else _make_signer(home, successor),
        post_quantum_cosigner=None if second is None else Cosigner(home.origin, second),
        retired_keys=tuple(VerifierKey.from_text(vkey) for vkey in home.keys.read_retired_vkeys()),
    )


def open_witness_client(policy: str | None) -> WitnessClient | None:
    """Return the client of the witnesses that a policy (C2SP tlog-policy) names; None without a policy."""
    return None if policy is None else WitnessClient(WitnessPolicy.parse(policy), send_over_http)


def load_filing_context(home: Home) -> FilingContext:
    """Return what filings in a home must fit: the law that ships, the ledger's name, and the keys that the home has."""
    keys = (home.keys.load_signing_key("answers"), *home.keys.load_ledger_keys())
    thumbprints = frozenset(key_thumbprint(key) for key in keys if key is not None)
    synthetic_signers = frozenset(signer.thumbprint for signer in home.signers.read())
    return FilingContext(law.load_law(), home.origin, thumbprints, synthetic_signers)


def find_office_keys(home: Home, store: Store, manifest: Manifest) -> Mapping[str, Ed25519Key]:
    """Return the keys of the office that a manifest names as its signer: as filed, or of a synthetic requester."""
    with store.read() as tx:
        register = read_register(tx)
    synthetic, revoked = home.signers.find_keys(manifest), signers.find_revoked_keys(register)
    return {
        **{thumbprint: key for thumbprint, key in synthetic.items() if thumbprint not in revoked},
        **signers.find_office_keys(register, manifest.requester, manifest.signer.office),
    }


def load_law(home: Home | None, *, known_as_of: datetime | None = None) -> Law:
    """Load the law that ships, and from a home what two persons filed there: the custodian's own law, and orders.

    `known_as_of` leaves out what came on file after that time.
    """
    if home is None:
        return apply_filings(law.load_law(), (), known_as_of=known_as_of)
    with open_store(home) as store:
        return read_law(store, known_as_of=known_as_of)


def read_law(store: Store, *, known_as_of: datetime | None = None) -> Law:
    """Return the law that ships with what a control database has on file, as `load_law` does."""
    with store.read() as tx:
        return apply_filings(law.load_law(), read_filings(tx), known_as_of=known_as_of)


def _make_signer(home: Home, key: Ed25519Key) -> Ed25519Signer:
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        raise ComityError("key_unusable", "The ledger's key is not an Ed25519 key.")
    return Ed25519Signer(home.origin, private)
