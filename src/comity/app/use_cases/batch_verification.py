"""Take a batch through the whole path: signed answers come out, or the reason why not.

Start at `verify_batch_folder`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from comity.app.gateway import open_gateway, open_rehearsal, register_synthetic_signer
from comity.app.home import Home
from comity.match import read_model
from comity.model.progress import ProgressCallback
from comity.pipeline import BatchResult, verify_batch
from comity.signing import key_thumbprint


@dataclass(frozen=True, slots=True)
class BatchPaths:
    """Where a batch, the index and the answers are."""

    batch: Path
    index: Path
    out: Path


@dataclass(frozen=True, slots=True)
class RehearsalTimes:
    """A rehearsal's times: whose law applies, and until when it takes into account what is on file (None: now)."""

    as_of: datetime
    known_as_of: datetime | None = None


def register_first_signer(home_path: Path, paths: BatchPaths) -> str | None:
    """Register a synthetic batch's signer at first use, and return the key's thumbprint; None where that is not done.

    For synthetic data only, on both sides; an API over real records does not call this.
    """
    key = register_synthetic_signer(Home.open_or_create(home_path), paths.batch, paths.index)
    return None if key is None else key_thumbprint(key)


def verify_batch_folder(  # noqa: PLR0913  each is a choice of the caller
    home_path: Path,
    paths: BatchPaths,
    *,
    rehearsal: RehearsalTimes | None,
    model_file: Path | None,
    progress: ProgressCallback,
    is_withdrawn: Callable[[], bool] = lambda: False,
) -> BatchResult:
    """Judge, compare and answer a batch; after any interruption, running it again ends the same.

    A rehearsal answers a batch of synthetic records apart from the home's ledger; of other records it says only what
    the gates say (ADR 0005). `is_withdrawn` is as in `Gateway`.

    Raises:
        RequestError, PolicyError, IndexUnavailableError, LedgerError, ComityError: as `comity.pipeline.verify_batch`.
    """
    model = read_model(model_file) if model_file else None
    home = Home.open_or_create(home_path)
    with (
        open_gateway(home, model=model)
        if rehearsal is None
        else open_rehearsal(home, rehearsal.as_of, known_as_of=rehearsal.known_as_of, model=model)
    ) as gateway:
        watched = replace(gateway, is_withdrawn=is_withdrawn)
        return verify_batch(paths.batch, watched, index=paths.index, out=paths.out, progress=progress)
