"""Read one batch folder into a `Batch`: manifest, signature, rows, in that order.

Guarantees: see `comity.intake`. A batch whose manifest can be read always becomes a `Batch`, however bad the rest, so
that the refusal can be accounted for row by row (26 USC 6103(p)(3)(A) counts all requests).
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from comity.intake.checks import check_rows
from comity.intake.manifests import read_manifest
from comity.intake.signatures import check_hash, file_sha256, verify_signature
from comity.intake.tables import read_table, requests_file
from comity.model.batch import Batch, Manifest
from comity.signing import Key

Registered = Callable[[Manifest], Mapping[str, Key]]
"""The registered keys (thumbprint -> public key) of the office that a manifest says signed it."""


def read_batch(folder: Path, registered: Registered) -> Batch:
    """Read `folder`; a signature counts only from a key registered for the signing office.

    Raises:
        RequestError: `batch_unreadable` when there is no manifest, or no requests file, to account for.
    """
    manifest, signed = read_manifest(folder)
    signer_key_id, signature_faults = verify_signature(folder, signed, registered(manifest))
    path = requests_file(folder, manifest.requests_file)
    digest = file_sha256(path)
    table, form_faults = read_table(path)
    table, row_faults = check_rows(table)
    return Batch(
        manifest=manifest,
        manifest_sha256=hashlib.sha256(signed).hexdigest(),
        requests_sha256=digest,
        signer_key_id=signer_key_id,
        requests=table,
        faults=(*signature_faults, *check_hash(manifest, digest), *form_faults, *row_faults),
    )
