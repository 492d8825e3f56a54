"""Submit a batch to an opened service as the API does, in one part, by its use cases."""

import hashlib
from pathlib import Path

from comity.app.access import Caller
from comity.app.use_cases import batch_uploads
from comity.app.use_cases.service_readiness import Service
from comity.store.desk.uploads import UploadPart

CALLER = Caller("us-dhs-ice", "Data Systems", "client")


def submit_upload(service: Service, folder: Path, name: str) -> None:
    """Upload the batch in a folder under its batch_id, and submit it."""
    batch_uploads.put_manifest(service, CALLER, name, (folder / "batch.json").read_bytes(), seen_version=None)
    batch_uploads.put_signature(service, CALLER, name, (folder / "batch.json.jws").read_bytes())
    place = batch_uploads.prepare_part(service, CALLER, name, 1)
    data = (folder / "requests.csv").read_bytes()
    (place / "received.part").write_bytes(data)
    part = UploadPart(1, len(data), hashlib.sha256(data).hexdigest())
    view = batch_uploads.add_part(service, CALLER, name, part, place / "received.part")
    batch_uploads.submit_batch(service, CALLER, name, seen_version=view.version)
