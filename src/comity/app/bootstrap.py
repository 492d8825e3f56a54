"""The wiring: the only place that picks adapters and opens them for a command.

Start at `open_gateway`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity import intake, law
from comity.app import clock
from comity.app.home import POSTGRESQL, Home, owner_dsn
from comity.errors import ComityError, RequestError
from comity.intake.manifests import read_manifest
from comity.ledger import log
from comity.ledger.cosignature import Cosigner
from comity.ledger.keys import KeyRing
from comity.ledger.note import Signer, VerifierKey
from comity.ledger.witness.asking import Witnesses, send_over_http
from comity.ledger.witness.policy import Policy
from comity.match import Index, Model
from comity.pipeline import Gateway
from comity.signing import Key, key_id
from comity.store.connection import Store


@contextmanager
def open_store(home: Home, *, as_owner: bool = False) -> Iterator[Store]:
    """The home's control database, closed at the end; on PostgreSQL as the tables' owner where that is asked for."""
    if home.database == POSTGRESQL:
        store = Store.connect(owner_dsn() if as_owner else home.dsn(), anchor=home.anchor)
    else:
        store = Store.open(home.control_db, home.control_key())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_gateway(
    home: Home, *, as_of: datetime | None = None, known_as_of: datetime | None = None, model: Model | None = None
) -> Iterator[Gateway]:
    """Everything the pipeline needs of the custodian's side; `as_of`, `known_as_of` and `model` as in `Gateway`.

    Raises LedgerError `ledger_damaged` when the control database is another home's.
    """
    signer = ledger_signer(home)
    with open_store(home) as store:
        log.verify_own(store, signer)
        yield Gateway(
            store=store,
            law_on_file=partial(law.load, folder=home.law),
            registered=home.registered,
            ledger_signer=signer,
            answers_key=home.signing_key("answers"),
            clock=clock.now,
            history_key=home.history_key(),
            canaries=home.canaries,
            withheld=home.withheld,
            as_of=as_of,
            known_as_of=known_as_of,
            witnesses=witnesses(home),
            model=model,
        )


def ledger_signer(home: Home) -> KeyRing:
    """The keys that sign the ledger's checkpoints, under the ledger's name."""
    key, heir = home.ledger_keys
    second = home.second_key
    return KeyRing(
        signer=_signer(home, key),
        heir=None if heir is None else _signer(home, heir),
        second=None if second is None else Cosigner(home.origin, second),
        retired=tuple(VerifierKey.from_text(vkey) for vkey in home.retired_ledger_keys()),
    )


def _signer(home: Home, key: Key) -> Signer:
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        raise ComityError("key_unusable", "The ledger's key is not an Ed25519 key.")
    return Signer(home.origin, private)


def witnesses(home: Home) -> Witnesses | None:
    """Who must cosign before anything is delivered, and how they are reached; None when nobody must."""
    policy = home.witness_policy
    return None if policy is None else Witnesses(Policy.parse(policy), send_over_http)


def register_synthetic_signer(home: Home, batch: Path, index: Path) -> Key | None:
    """On synthetic data alone, let the first key of an office count; returns it when that happened.

    Both sides must say that they are synthetic: the batch's manifest, and an index whose every record file was
    written by `comity simulate`. With real records a custodian registers keys by hand (`comity signers add`).
    """
    try:
        manifest, _ = read_manifest(batch)
        key = intake.offered_key(batch)
    except RequestError:
        return None  # the pipeline will say what is wrong with it
    if key is None or not manifest.synthetic or home.registered(manifest):
        return None
    try:
        is_synthetic = Index.describe(index).synthetic
    except ComityError:
        return None  # the pipeline will say so, if it comes to look anything up
    if not is_synthetic:
        return None
    home.register(
        requester=manifest.requester,
        office=manifest.signer.office,
        key=key,
        registered_at=clock.now().isoformat(),
        synthetic=True,
    )
    return key


def describe_key(key: Key) -> str:
    """A key's thumbprint, short enough to read aloud."""
    return key_id(key)[:16]
