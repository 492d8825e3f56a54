"""Check an answers folder that a custodian delivered, and lay the answers beside the requester's own rows.

Guarantees: nothing is written unless everything verifies: both signatures, the hashes of answers.csv and of the letter,
the receipt and its checkpoint, and that it is this very batch that was answered. The custodian's keys are kept once all
has verified with them for the first time; from then on only these count. What was verified is what is written: no file
of the folder is read again.
Does not: take a key because the folder names it; on the first delivery, the caller gives both.
Basis: docs/spec/answers.md, "How a requester checks a folder".
Start at `lay_answers_beside`.
"""

import io
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

import comity_ledger_verify as checker
from comity import intake
from comity.errors import ComityError, LedgerError, PolicyError
from comity.folders import replace_file
from comity.model.batch import Batch
from comity.model.request_fields import REQUEST_FIELDS
from comity.plain_files import read_plain_file
from comity.release.answer_codes import make_answer_ids
from comity.strict_json import parse_strict_json

KEYS_FORMAT = "comity-custodian-keys-1"
_MAX_KEYS_BYTES = 100_000
_ANSWER_COLUMNS = ("request_id", "code", "reasons")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class CustodianKeys:
    """The keys of one custodian: the thumbprint of that for answers, and the verifier keys of the log (vkeys)."""

    answers_key: str
    log_keys: tuple[str, ...]

    @property
    def policy(self) -> checker.TrustPolicy:
        """Return what the checker is to trust."""
        return checker.TrustPolicy([checker.Vkey.parse(vkey) for vkey in self.log_keys])


@dataclass(frozen=True, slots=True)
class AnswersBesideRows:
    """The file that was written, how many rows it has and how many of each code, and whether keys were kept now."""

    out: Path
    batch_id: str
    row_count: int
    counts: dict[str, int]
    keys: CustodianKeys
    is_first_use: bool
    is_synthetic: bool


def lay_answers_beside(  # noqa: PLR0913  each is an option of the command
    folder: Path, batch_folder: Path, *, out: Path, keys_file: Path, answers_key: str = "", log_key: str = ""
) -> AnswersBesideRows:
    """Check a delivered folder, and write one CSV file of the requester's rows, each with its code and reasons.

    Args:
        folder: the answers as they were delivered.
        batch_folder: the batch as it was sent.
        out: a new file; it has what the requests have, so its owner alone can read it.
        keys_file: where the custodian's keys are kept after the first delivery.
        answers_key: the thumbprint of the custodian's key for answers; needed the first time.
        log_key: the log's verifier key, or a file of it; needed the first time.

    Raises:
        ComityError: `bad_argument` when keys are missing, unreadable, or others than those kept; `output_exists`.
        LedgerError: `proof_invalid` when the folder is not what the custodian released, or answers another batch.
        PolicyError: `answers_rehearsed` when it is sound, and of a rehearsal.
        RequestError: `batch_unreadable`.
    """
    if os.path.lexists(out):
        raise ComityError("output_exists", "The file to write exists already.", "Name another with --out.")
    pinned = _load_pinned_keys(keys_file)
    keys = _choose_keys(folder, keys_file, pinned=pinned, answers_key=answers_key, log_key=log_key)
    answers = _open_answers(folder, keys, keys_file=keys_file if pinned else None)
    batch = intake.read_draft(batch_folder)
    _verify_same_batch(batch, answers.stated)
    table = _join_rows(batch, answers.rows)
    sink = io.BytesIO()
    pa_csv.write_csv(table, sink, pa_csv.WriteOptions(quoting_style="needed", quoting_header="none"))
    _write_file(out, sink.getvalue(), "Name another with --out.")
    if pinned is None:
        _write_file(keys_file, _encode_keys(keys), "Name another with --keys.")
    counts = {str(pair["values"]): int(pair["counts"]) for pair in pc.value_counts(table.column("code")).to_pylist()}
    is_synthetic = answers.stated.get("synthetic") is True
    return AnswersBesideRows(
        out, batch.manifest.batch_id, table.num_rows, dict(sorted(counts.items())), keys, pinned is None, is_synthetic
    )


def choose_custodian_keys(folder: Path, keys_file: Path, *, answers_key: str, log_key: str) -> CustodianKeys:
    """Return the custodian's keys to check a folder with: those kept, or those given at the first delivery.

    Raises ComityError `bad_argument` when keys are missing, unreadable, or others than those kept.
    """
    pinned = _load_pinned_keys(keys_file)
    return _choose_keys(folder, keys_file, pinned=pinned, answers_key=answers_key, log_key=log_key)


def _load_pinned_keys(path: Path) -> CustodianKeys | None:
    """Return the keys that were kept at the first delivery; None when there is no such file."""
    if not os.path.lexists(path):
        return None
    hint = "Restore it from a backup; or, to begin again, name another with --keys and give both keys."
    try:
        content = read_plain_file(path, _MAX_KEYS_BYTES)
        pinned = parse_strict_json(content, known_keys={"format", "answers_key", "log_keys"})
        form = pinned["format"] if len(content) <= _MAX_KEYS_BYTES else ""
        return _make_keys(pinned["answers_key"], pinned["log_keys"], form=form)
    except (OSError, ValueError, KeyError, TypeError, checker.VerificationError) as error:
        message = f"The file that keeps the custodian's keys, {path}, cannot be read, so no answer can be trusted."
        raise ComityError("bad_argument", message, hint) from error


def _make_keys(answers_key: object, log_keys: object, *, form: object = KEYS_FORMAT) -> CustodianKeys:
    """Return keys whose form is checked. Raises ValueError or VerificationError."""
    if form != KEYS_FORMAT:
        raise ValueError("not a file of keys")
    if not isinstance(answers_key, str) or not _THUMBPRINT.fullmatch(answers_key):
        raise ValueError("not a thumbprint")
    if not isinstance(log_keys, list) or not log_keys or not all(isinstance(vkey, str) for vkey in log_keys):
        raise ValueError("no verifier key")
    checker.parse_vkeys("\n".join(log_keys))
    return CustodianKeys(answers_key, tuple(log_keys))


def _choose_keys(
    folder: Path, keys_file: Path, *, pinned: CustodianKeys | None, answers_key: str, log_key: str
) -> CustodianKeys:
    """Return the keys to check with: those kept, or at the first delivery those given. Given ones must agree."""
    log_keys = _load_log_keys(log_key) if log_key else []
    answers_key = "".join(answers_key.split())  # it is read out, and typed, in groups
    if pinned is not None:
        if (answers_key or pinned.answers_key) != pinned.answers_key or not set(log_keys) <= set(pinned.log_keys):
            message = f"A key that you gave is not the custodian's key that was kept in {keys_file}."
            raise ComityError("bad_argument", message, _describe_change())
        return pinned
    if not answers_key or not log_keys:
        raise ComityError("bad_argument", _describe_first_use(folder, keys_file), "Give --answers-key and --log-key.")
    try:
        return _make_keys(answers_key, log_keys)
    except ValueError as error:
        message = "The custodian's key for answers is named by its thumbprint: 43 letters, digits, - and _."
        raise ComityError("bad_argument", message, "Give it with --answers-key.") from error


def _load_log_keys(key_or_file: str) -> list[str]:
    try:
        text = key_or_file if "+" in key_or_file else checker.load_file(Path(key_or_file)).decode()
        checker.parse_vkeys(text)
    except (UnicodeDecodeError, checker.VerificationError) as error:
        message = "The verifier key of the custodian's log could not be read."
        raise ComityError("bad_argument", message, "Give it, or its file (public.vkey), with --log-key.") from error
    return [line.strip() for line in text.split("\n") if line.strip()]


def _describe_first_use(folder: Path, keys_file: Path) -> str:
    """Return what to do at the first delivery, with the thumbprint that the folder names."""
    try:
        thumbprint = checker.read_answers_key(folder)
        named = (
            f"The folder names {thumbprint}: call the custodian's office, at a number that you know already, and "
            "compare it with what comity signers thumbprint shows there."
        )
    except checker.VerificationError as error:
        named = f"The folder names none: {error}."
    return (
        f"No keys of the custodian are kept in {keys_file} yet, and a folder's own word for its key proves nothing. "
        f"{named}"
    )


def _describe_change() -> str:
    return (
        "Ask the custodian by another way than the delivery. If a new key was announced, name a new file with --keys "
        "and give both keys."
    )


def _open_answers(folder: Path, keys: CustodianKeys, *, keys_file: Path | None) -> checker.SignedAnswers:
    """Return what verified of the folder; `keys_file` is where the keys are kept, None when they were just given."""
    try:
        return checker.open_answers(folder, keys.answers_key, keys.policy)
    except checker.RehearsedAnswersError as error:
        message = f"The folder {folder} cannot be used: {error}."
        raise PolicyError("answers_rehearsed", message, "Ask the custodian for the answers in earnest.") from error
    except checker.VerificationError as error:
        message = f"The folder {folder} does not hold what the custodian released, so do not use it: {error}."
        if _names_another_key(folder, keys) and _claims_rehearsal(folder):
            message = (
                f"The folder {folder} says of itself that its answers are of a rehearsal. A rehearsal is signed with "
                "keys of its own, which no custodian announces, so nothing in it was verified, and nobody may use it."
            )
            raise PolicyError("answers_rehearsed", message, "Ask the custodian for the answers in earnest.") from error
        hint = (
            "Copy the folder again from the delivery if anybody opened and saved a file of it: a spreadsheet program "
            "changes what it saves. Otherwise ask the custodian to deliver it again, and say what was found."
        )
        if keys_file is not None and _names_another_key(folder, keys):
            hint = f"The key is not the one kept in {keys_file}. {_describe_change()}"
        raise LedgerError("proof_invalid", message, hint) from error


def _claims_rehearsal(folder: Path) -> bool:
    """Return whether answers.json, of which nothing is verified, says that it is a rehearsal's."""
    try:
        content = read_plain_file(folder / "answers.json", _MAX_KEYS_BYTES)
        stated = parse_strict_json(content)
    except (OSError, ValueError):
        return False
    return isinstance(stated, dict) and stated.get("rehearsal") is True


def _names_another_key(folder: Path, keys: CustodianKeys) -> bool:
    try:
        return checker.read_answers_key(folder) != keys.answers_key
    except checker.VerificationError:
        return False


def _verify_same_batch(batch: Batch, stated: dict[str, object]) -> None:
    """Refuse answers to another batch than the one in the folder. Raises LedgerError."""
    sent = {
        "batch.json": (batch.manifest_sha256, stated.get("batch_sha256")),
        "the requests file": (batch.requests_sha256, stated.get("requests_sha256")),
    }
    differing = [name for name, (own, answered) in sent.items() if own != answered]
    if differing:
        message = f"The answers are not to this batch as it is here: another hash has {' and '.join(differing)}."
        hint = "Name with --batch the folder as it was sent. If it is, the delivery is of another batch: do not use it."
        raise LedgerError("proof_invalid", message, hint)


def _join_rows(batch: Batch, answers: bytes) -> pa.Table:
    """Return the rows with code and reasons beside each. Raises LedgerError where the two are not row by row."""
    text = pa_csv.ConvertOptions(column_types=dict.fromkeys(_ANSWER_COLUMNS, pa.string()), strings_can_be_null=False)
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(answers), parse_options=pa_csv.ParseOptions(quote_char=False), convert_options=text
        )
    except pa.ArrowInvalid as error:
        raise _disorder() from error
    is_in_order = tuple(table.column_names) == _ANSWER_COLUMNS and table.num_rows == batch.row_count
    is_in_order = is_in_order and table.column("request_id").combine_chunks().equals(make_answer_ids(batch.requests))
    if not is_in_order:
        raise _disorder()
    rows = batch.requests.select(["row", *REQUEST_FIELDS])
    return rows.add_column(1, "code", table.column("code")).add_column(2, "reasons", table.column("reasons"))


def _disorder() -> LedgerError:
    message = "answers.csv is signed, but its lines are not those of your rows, in their order, so none can be used."
    return LedgerError("proof_invalid", message, "Tell the custodian, and ask for the answers again.")


def _encode_keys(keys: CustodianKeys) -> bytes:
    document: dict[str, str | Sequence[str]] = {
        "format": KEYS_FORMAT,
        "answers_key": keys.answers_key,
        "log_keys": keys.log_keys,
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def _write_file(path: Path, content: bytes, hint: str) -> None:
    try:
        replace_file(path, content)
    except OSError as error:
        raise ComityError("output_exists", f"The file {path} could not be written.", hint) from error
