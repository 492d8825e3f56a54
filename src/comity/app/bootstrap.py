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
from comity.app.home import POSTGRESQL, Home, read_owner_dsn
from comity.errors import ComityError, RequestError
from comity.intake.manifest import read_manifest
from comity.ledger import log
from comity.ledger.keys import KeyRing
from comity.ledger.witness_client import WitnessClient, send_over_http
from comity.match import Index, Model
from comity.pipeline import Gateway, Rehearsal
from comity.release.record_suppression import Suppressions
from comity.signing import Ed25519Key, key_thumbprint
from comity.store.database import Store
from comity.tlog.cosignature import Cosigner
from comity.tlog.note import Ed25519Signer, VerifierKey
from comity.tlog.witness.witness_policy import WitnessPolicy


@contextmanager
def open_store(home: Home, *, as_owner: bool = False) -> Iterator[Store]:
    """The home's control database, closed at the end; on PostgreSQL as the tables' owner where that is asked for."""
    if home.database == POSTGRESQL:
        store = Store.connect(read_owner_dsn() if as_owner else home.read_dsn(), anchor=home.anchor_file)
    else:
        store = Store.open(home.control_db, home.read_control_key())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_gateway(
    home: Home, *, as_of: datetime | None = None, known_as_of: datetime | None = None, model: Model | None = None
) -> Iterator[Gateway]:
    """Yield the custodian's side for the pipeline; `as_of` and `known_as_of` as in `Rehearsal`, `model` as in `Gateway`.

    Raises LedgerError `ledger_damaged` when the control database is another home's.
    """
    signer = load_key_ring(home)
    with open_store(home) as store:
        log.verify_log_keys(store, signer)
        yield Gateway(
            store=store,
            load_base_law=partial(law.load_law, folder=home.law_folder),
            registered_keys=home.registered_keys,
            ledger_signer=signer,
            answers_key=home.load_signing_key("answers"),
            clock=clock.now,
            history_key=home.derive_history_key(),
            rehearsal=None if as_of is None else Rehearsal(as_of, known_as_of),
            suppressions=Suppressions(home.canaries, home.withheld),
            witnesses=open_witness_client(home),
            model=model,
        )


def load_key_ring(home: Home) -> KeyRing:
    """The keys that sign the ledger's checkpoints, under the ledger's name."""
    key, heir = home.ledger_keys
    second = home.second_key
    return KeyRing(
        signer=_make_signer(home, key),
        successor=None if heir is None else _make_signer(home, heir),
        post_quantum_cosigner=None if second is None else Cosigner(home.origin, second),
        retired_keys=tuple(VerifierKey.from_text(vkey) for vkey in home.read_retired_vkeys()),
    )


def _make_signer(home: Home, key: Ed25519Key) -> Ed25519Signer:
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        raise ComityError("key_unusable", "The ledger's key is not an Ed25519 key.")
    return Ed25519Signer(home.origin, private)


def open_witness_client(home: Home) -> WitnessClient | None:
    """Who must cosign before anything is delivered, and how they are reached; None when nobody must."""
    policy = home.witness_policy
    return None if policy is None else WitnessClient(WitnessPolicy.parse(policy), send_over_http)


def register_synthetic_signer(home: Home, batch: Path, index: Path) -> Ed25519Key | None:
    """On synthetic data alone, let the first key of an office count; returns it when that happened.

    Both sides must say that they are synthetic: the batch's manifest, and an index whose every record file was
    written by `comity simulate`. With real records a custodian registers keys by hand (`comity signers add`).
    """
    try:
        manifest, _ = read_manifest(batch)
        key = intake.read_embedded_key(batch)
    except RequestError:
        return None  # the pipeline will say what is wrong with it
    if key is None or not manifest.synthetic or home.registered_keys(manifest):
        return None
    try:
        is_synthetic = Index.find_commit(index).is_synthetic
    except ComityError:
        return None  # the pipeline will say so, if it comes to look anything up
    if not is_synthetic:
        return None
    home.register_signer(
        requester=manifest.requester,
        office=manifest.signer.office,
        key=key,
        registered_at=clock.now().isoformat(),
        synthetic=True,
    )
    return key


def short_key_id(key: Ed25519Key) -> str:
    """A key's thumbprint, short enough to read aloud."""
    return key_thumbprint(key)[:16]
