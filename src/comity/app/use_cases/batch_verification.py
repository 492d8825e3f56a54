"""Take a batch through the whole path: signed answers come out, or the reason why not.

Start at `verify_batch_folder`.
"""

from dataclasses import dataclass
from pathlib import Path

from comity.app.gateway import open_gateway, register_synthetic_signer
from comity.app.home import Home
from comity.match import read_model
from comity.model.progress import ProgressCallback
from comity.pipeline import BatchResult, Rehearsal, verify_batch
from comity.signing import key_thumbprint


@dataclass(frozen=True, slots=True)
class BatchPaths:
    """Where a batch, the index and the answers are."""

    batch: Path
    index: Path
    out: Path


def register_first_signer(home_path: Path, paths: BatchPaths) -> str | None:
    """Register a synthetic batch's signer at first use, and return the key's thumbprint; None where that is not done.

    For synthetic data only, on both sides; an API over real records does not call this.
    """
    key = register_synthetic_signer(Home.open(home_path), paths.batch, paths.index)
    return None if key is None else key_thumbprint(key)


def verify_batch_folder(
    home_path: Path,
    paths: BatchPaths,
    *,
    rehearsal: Rehearsal | None,
    model_file: Path | None,
    progress: ProgressCallback,
) -> BatchResult:
    """Judge, compare and answer a batch; after any interruption, running it again ends the same.

    Raises:
        RequestError, PolicyError, IndexUnavailableError, LedgerError, ComityError: as `comity.pipeline.verify_batch`.
    """
    model = read_model(model_file) if model_file else None
    home = Home.open(home_path)
    as_of, known_as_of = (None, None) if rehearsal is None else (rehearsal.as_of, rehearsal.known_as_of)
    with open_gateway(home, as_of=as_of, known_as_of=known_as_of, model=model) as gateway:
        return verify_batch(paths.batch, gateway, index=paths.index, out=paths.out, progress=progress)
