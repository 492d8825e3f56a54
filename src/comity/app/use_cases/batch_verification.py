"""Take a batch through the whole path: signed answers come out, or the reason why not.

Start at `verify_batch_folder`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from comity.app.gateway import open_gateway, open_rehearsal, register_synthetic_signer
from comity.app.home import Home
from comity.app.home.home_folder import REHEARSAL_ORIGIN
from comity.errors import ComityError
from comity.match import read_model
from comity.model.progress import ProgressCallback
from comity.pipeline import BatchResult, verify_batch
from comity.release.answers_folder import RECEIPT_FILE
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
        RequestError, PolicyError, IndexUnavailableError, LedgerError, ComityError: as `comity.pipeline.verify_batch`;
            `output_exists` also when the output folder holds another home's answers.
    """
    model = read_model(model_file) if model_file else None
    home = Home.open_or_create(home_path)
    if rehearsal is None:
        verify_answers_are_of_home(home, paths.out)
    with (
        open_gateway(home, model=model)
        if rehearsal is None
        else open_rehearsal(home, rehearsal.as_of, known_as_of=rehearsal.known_as_of, model=model)
    ) as gateway:
        watched = replace(gateway, is_withdrawn=is_withdrawn)
        return verify_batch(paths.batch, watched, index=paths.index, out=paths.out, progress=progress)


def verify_answers_are_of_home(home: Home, out: Path) -> None:
    """Refuse a folder that holds answers of another home: of one batch both have the same name and other receipts.

    Answers of a rehearsal are refused by the pipeline, which says what they are.

    Raises:
        ComityError: `output_exists`.
    """
    receipt = out / RECEIPT_FILE
    if not receipt.is_file():
        return
    lines = receipt.read_text(encoding="utf-8", errors="replace").splitlines()
    if home.origin not in lines and not any(line.startswith(REHEARSAL_ORIGIN) for line in lines):
        message = "The output folder holds answers of another home, which are not replaced."
        raise ComityError("output_exists", message, "Name another folder with --out, or check --home.")
