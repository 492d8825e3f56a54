"""Read one batch folder into a `Batch`: manifest, signature, rows, in that order.

Guarantees: those of `comity.intake`. A batch whose manifest can be read always becomes a `Batch`, however bad the rest,
so that the refusal can be accounted for row by row (26 USC 6103(p)(3)(A) counts all requests).
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from comity.intake.batch_signature import check_requests_hash, check_signature, hash_file
from comity.intake.manifest import read_manifest
from comity.intake.requests_file import find_requests_file, read_requests_table
from comity.intake.row_checks import check_rows
from comity.model.batch import Batch, Manifest
from comity.signing import Ed25519Key

RegisteredKeyLookup = Callable[[Manifest], Mapping[str, Ed25519Key]]
"""Returns the registered keys (thumbprint -> public key) of the office that a manifest says signed it."""


def read_batch(folder: Path, registered_keys: RegisteredKeyLookup) -> Batch:
    """Return the batch in `folder`; a signature counts only when a key registered for the signing office made it.

    Raises:
        RequestError: `batch_unreadable` when there is no manifest, or no requests file, to account for.
    """
    manifest, signed = read_manifest(folder)
    signer_key_id, signature_faults = check_signature(folder, signed, registered_keys(manifest))
    path = find_requests_file(folder, manifest.requests_file)
    digest = hash_file(path)
    table, form_faults = read_requests_table(path)
    table, row_faults = check_rows(table)
    return Batch(
        manifest=manifest,
        manifest_sha256=hashlib.sha256(signed).hexdigest(),
        requests_sha256=digest,
        signer_key_id=signer_key_id,
        requests=table,
        faults=(*signature_faults, *check_requests_hash(manifest, digest), *form_faults, *row_faults),
    )
