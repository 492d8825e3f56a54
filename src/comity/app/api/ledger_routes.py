"""Routes of the published ledger, for anybody: the checkpoint, the tiles and the entries, as C2SP tlog-tiles has them.

Guarantees: only names that the format has are looked up; a tile, which never changes, may be cached.
Basis: C2SP tlog-tiles v0.1.0.
Start at `ledger_router`.
"""

import re

from fastapi import APIRouter
from fastapi.responses import FileResponse

from comity.app.api.problems import ProblemError
from comity.app.api.service_access import ServiceDependency
from comity.tlog.tiles import CHECKPOINT_FILE

_TILE = re.compile(r"(?:[0-9]|[1-5][0-9]|6[0-3]|entries)/(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/[0-9]{1,3})?", re.ASCII)
_FOREVER = "public, max-age=31536000, immutable"

ledger_router = APIRouter(prefix="/v1/ledger")


@ledger_router.get("/checkpoint")
def fetch_checkpoint(service: ServiceDependency) -> FileResponse:
    """Return the newest checkpoint that was published."""
    path = service.settings.ledger_folder / CHECKPOINT_FILE
    if not path.is_file():
        raise ProblemError("not_found", "No checkpoint was published yet.")
    return FileResponse(path, media_type="text/plain; charset=utf-8")


@ledger_router.get("/tile/{tile:path}")
def fetch_tile(tile: str, service: ServiceDependency) -> FileResponse:
    """Return a tile of hashes, or a bundle of entries."""
    path = service.settings.ledger_folder / "tile" / tile
    if not _TILE.fullmatch(tile) or not path.is_file():
        raise ProblemError("not_found", "The ledger has no such tile.")
    return FileResponse(path, media_type="application/octet-stream", headers={"cache-control": _FOREVER})
