"""The folder that a requester receives: answers.csv, answers.json, its detached JWS, the receipt, and a letter.

Guarantees: writing the same answers again gives the same bytes. Each file appears whole or not at all, and is on disk
when `write_answers_folder` returns. Of two processes that deliver to one folder, one waits. answers.json names the hash
of answers.csv, and its signature covers both.
Basis: docs/spec/answers.md; RFC 7515 Appendix F; C2SP tlog-proof for the receipt.
Start at `write_answers_folder`.
"""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from comity.errors import ComityError
from comity.folders import fsync_folder, is_partial_of, lock_folder, replace_file_in
from comity.release.refusal_letter import LETTER_FILES, encode_letter_files
from comity.signing import Ed25519Key, sign_detached

AnswersContent = Mapping[str, bytes]
"""The files of a batch's answers, by name."""

RECEIPT_FILE = "receipt.tlog-proof"
ANSWERS_FOLDER_FILES = ("answers.csv", "answers.json", "answers.json.jws", RECEIPT_FILE, *LETTER_FILES)


def encode_answers_csv(answers: pa.Table, *, rehearsed_as_of: datetime | None = None) -> bytes:
    """Return answers.csv: request_id, code, reasons; of a rehearsal, each line also says that it is one.

    No value needs quotes: identifiers are checked at intake, codes and reasons are ours. For a value that did, the
    writer raises ArrowInvalid instead of writing a file that reads back differently.
    """
    sink = io.BytesIO()
    columns = answers.select(["request_id", "code", "reasons"])
    if rehearsed_as_of is not None:
        mark = f"not for use: law as of {rehearsed_as_of.isoformat()}"
        columns = columns.append_column("rehearsal", pa.repeat(mark, columns.num_rows))
    pa_csv.write_csv(columns, sink, pa_csv.WriteOptions(quoting_style="none", quoting_header="none"))
    return sink.getvalue()


def encode_answers_files(
    *, answers: bytes, manifest: Mapping[str, Any], receipt: str, letter: Mapping[str, Any] | None, key: Ed25519Key
) -> AnswersContent:
    """Return the files that a requester receives; `letter` is None without refusals."""
    letter_files = {} if letter is None else encode_letter_files(letter, key)
    if letter_files:
        manifest = {**manifest, "letter_sha256": hashlib.sha256(letter_files["letter.json"]).hexdigest()}
    document = (json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    return {
        "answers.csv": answers,
        "answers.json": document,
        "answers.json.jws": (sign_detached(document, key) + "\n").encode(),
        RECEIPT_FILE: receipt.encode(),
        **letter_files,
    }


def write_answers_folder(out: Path, contents: AnswersContent) -> None:
    """Write the files of `encode_answers_files` into `out`, replacing an earlier delivery of the same batch.

    Raises:
        ComityError: `output_exists` when `out` holds anything but such a delivery, or cannot be written.
    """
    manifest = json.loads(contents["answers.json"])
    requester, batch_id = str(manifest["requester"]), str(manifest["batch_id"])
    verify_output_folder(out, requester, batch_id, is_rehearsal=bool(manifest["rehearsal"]))
    try:
        with lock_folder(out) as folder:
            for name in os.listdir(folder):  # noqa: PTH208  of the folder that is locked, whatever has its name now
                if _is_partial(name):
                    os.unlink(name, dir_fd=folder)
            for name, content in contents.items():
                replace_file_in(folder, name, content)
        fsync_folder(out.parent)
    except OSError as error:
        raise ComityError(
            "output_exists", "The output folder could not be written.", "Name another with --out."
        ) from error


def verify_output_folder(out: Path, requester: str, batch_id: str, *, is_rehearsal: bool) -> None:
    """Refuse a folder that holds something else: answers of one batch never overwrite another's, nor a rehearsal's.

    Raises:
        ComityError: `output_exists`.
    """
    if not os.path.lexists(out):
        return
    is_folder = out.is_dir() and not out.is_symlink()
    if not is_folder or not all(_is_delivered(entry) for entry in out.iterdir()):
        raise ComityError("output_exists", "The output folder holds other files.", "Name an empty folder with --out.")
    path = out / "answers.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if (manifest.get("requester", requester), manifest.get("batch_id", batch_id)) != (requester, batch_id):
        raise ComityError(
            "output_exists", "The output folder holds another batch's answers.", "Name another with --out."
        )
    if manifest.get("rehearsal", is_rehearsal) != is_rehearsal:
        message = "The output folder holds answers of a rehearsal, or these are: neither overwrites the other."
        raise ComityError("output_exists", message, "Name another with --out.")


def _is_delivered(path: Path) -> bool:
    """Return whether a file is of a delivery, or what a killed one left; a link never is."""
    is_named = path.name in ANSWERS_FOLDER_FILES or _is_partial(path.name)
    return is_named and path.is_file() and not path.is_symlink()


def _is_partial(name: str) -> bool:
    return is_partial_of(name, ANSWERS_FOLDER_FILES)
