"""Open the custodian's side of the pipeline from a home.

Start at `open_gateway`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from comity import intake, law
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.errors import ComityError, RequestError
from comity.ledger import log
from comity.ledger.filed import find_witness_policy, read_register
from comity.match import Index, Model
from comity.pipeline import Gateway, Rehearsal
from comity.signing import Ed25519Key


@contextmanager
def open_gateway(home: Home, *, model: Model | None = None) -> Iterator[Gateway]:
    """Open the custodian's side for the pipeline; `model` as in `Gateway`.

    Raises:
        LedgerError: `ledger_damaged` when the control database is another home's.
        ComityError: `home_altered` when the home holds a file that decides nothing any more.
    """
    home.verify_no_loose_files()
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        log.verify_log_keys(store, signer)
        with store.read() as tx:
            policy = find_witness_policy(read_register(tx))
        yield Gateway(
            store=store,
            load_base_law=law.load_law,
            registered_keys=partial(bootstrap.find_office_keys, home, store),
            ledger_signer=signer,
            answers_key=home.keys.load_signing_key("answers"),
            clock=clock.now,
            history_key=home.keys.derive_history_key(),
            witness_policy=policy,
            witnesses=bootstrap.open_witness_client(policy),
            model=model,
        )


@contextmanager
def open_rehearsal(
    home: Home, as_of: datetime, *, known_as_of: datetime | None = None, model: Model | None = None
) -> Iterator[Gateway]:
    """Open the pipeline for a rehearsal, which replaces the home's last one; the times are those of `Rehearsal`.

    It reads what the home has on file, and writes into a home of its own, under keys of its own. No witness is asked:
    none knows the rehearsal's ledger.

    Raises:
        LedgerError: `ledger_damaged` when the control database is another home's.
        ComityError: `home_altered` when the home holds a file that decides nothing any more.
    """
    home.verify_no_loose_files()
    with bootstrap.open_store(home) as on_file, home.create_rehearsal() as own, bootstrap.open_store(own) as store:
        log.verify_log_keys(on_file, bootstrap.load_key_ring(home))
        yield Gateway(
            store=store,
            load_base_law=law.load_law,
            registered_keys=partial(bootstrap.find_office_keys, home, on_file),
            ledger_signer=bootstrap.load_key_ring(own),
            answers_key=own.keys.load_signing_key("answers"),
            clock=clock.now,
            history_key=home.keys.derive_history_key(),
            rehearsal=Rehearsal(on_file, as_of, known_as_of),
            model=model,
        )


def register_synthetic_signer(home: Home, batch: Path, index: Path) -> Ed25519Key | None:
    """Register the first key of an office, where both sides are synthetic data; return the key when that happened.

    The batch's manifest must say that it is synthetic, and `comity simulate` must have written every record of the
    index. With real records two persons file each key (`comity signers add`), and so they do once somebody has revoked
    the office's first key.
    """
    try:
        manifest, key = intake.read_signed_manifest(batch)
    except RequestError:
        return None  # the pipeline reports what is wrong with the batch
    if key is None or not manifest.synthetic or home.signers.find_keys(manifest):
        return None
    try:
        is_synthetic = Index.find_commit(index).is_synthetic
    except ComityError:
        return None  # the pipeline reports it, if it needs the index at all
    if not is_synthetic:
        return None
    home.signers.register(
        requester=manifest.requester,
        office=manifest.signer.office,
        key=key,
        registered_at=clock.now().isoformat(),
        synthetic=True,
    )
    return key
