"""The operator's log: one JSON object a line about what the gateway did, how long it took, and which error it raised.

Guarantees: a line holds only the fields of `log_event`, and each of them is a number, a time, or a word from a list in
this module or in `errors`; a batch is named by the start of its name in the ledger, a salted hash (ADR 0028). So no
value of a request or record can appear or be tried, nor a count of answers (in a batch of one row a count is the
answer). A record that another library puts on this logger is dropped.
Does not: replace the ledger. Lines may be lost or deleted; nothing is decided by them.
Basis: docs/guides/operator-log.md.
Start at `log_event`; `open_log` chooses where lines go.
"""

import hashlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, get_args

from comity.errors import ERROR_CODES, ComityError

Event = Literal[
    "stage_done",
    "stage_failed",
    "batch_answered",
    "batch_held",
    "batch_unreadable",
    "command_failed",
    "request_failed",
    "job_failed",
]
Stage = Literal["receive", "judge", "match", "decide", "release", "deliver"]

_EVENTS, _STAGES = frozenset(get_args(Event)), frozenset(get_args(Stage))
_DIGEST_CHARACTERS = 16
_LEDGER_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_logger = logging.getLogger("comity.operator")
_logger.setLevel(logging.INFO)
_logger.propagate = False  # what another logger does with a record is not ours to vouch for
_logger.addHandler(logging.NullHandler())


class _LinesOnly(logging.Filter):
    """Drops every record that `log_event` did not make."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record carries fields."""
        return isinstance(getattr(record, "comity_fields", None), dict)


class _JsonFormatter(logging.Formatter):
    """Writes a record's fields, and nothing else of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        written_at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, object] = getattr(record, "comity_fields", {})
        return json.dumps({"at": written_at, **fields})


def open_log(destination: str | None) -> None:
    """Write events to a file (appended, readable by its owner alone), to stderr for "-", or nowhere for None.

    Raises ComityError `bad_argument` when the file cannot be opened.
    """
    for handler in tuple(_logger.handlers):
        _logger.removeHandler(handler)
        handler.close()
    if not destination:
        _logger.addHandler(logging.NullHandler())
        return
    handler = logging.StreamHandler(sys.stderr) if destination == "-" else _open_file_handler(destination)
    handler.addFilter(_LinesOnly())
    handler.setFormatter(_JsonFormatter())
    _logger.addHandler(handler)


def _open_file_handler(destination: str) -> logging.FileHandler:
    try:
        os.close(os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        return logging.FileHandler(destination, encoding="utf-8")
    except (OSError, ValueError):
        message = "The operator's log (COMITY_LOG) cannot be opened for writing."
        raise ComityError("bad_argument", message, "Name a file in a folder that exists, or - for stderr.") from None


def shorten_batch_name(ledger_batch: str) -> str:
    """Return the name that a batch has in the log: the first 16 digits of its name in the ledger.

    Entries of the first version named a batch as its requester did; of such a name, which is public in the ledger, the
    log has the start of the SHA-256.
    """
    if not _LEDGER_NAME.fullmatch(ledger_batch):
        ledger_batch = hashlib.sha256(ledger_batch.encode("utf-8", "surrogatepass")).hexdigest()
    return ledger_batch[:_DIGEST_CHARACTERS]


def log_event(  # noqa: PLR0913  the allow-list: a field that is not a parameter cannot be written
    event: Event,
    *,
    ledger_batch: str | None = None,
    stage: Stage | None = None,
    rows: int | None = None,
    entry: int | None = None,
    seconds: float | None = None,
    code: str | None = None,
) -> None:
    """Write one event; fields that are None are left out.

    Args:
        event: what happened.
        ledger_batch: the batch's name in the ledger, written short (`shorten_batch_name`).
        stage: the stage of the main path.
        rows: how many requests the batch has.
        entry: the index of a ledger entry.
        seconds: how long it took.
        code: an error code of `errors.ERROR_CODES`.

    Raises RuntimeError for a word that is not on its list: the caller is wrong, not the data.
    """
    if event not in _EVENTS or stage not in {None, *_STAGES} or code not in {None, *ERROR_CODES}:
        raise RuntimeError("the operator's log takes only words from its lists")
    fields = {
        "event": event,
        "batch": None if ledger_batch is None else shorten_batch_name(ledger_batch),
        "stage": stage,
        "rows": None if rows is None else int(rows),
        "entry": None if entry is None else int(entry),
        "seconds": None if seconds is None else round(float(seconds), 3),
        "code": code,
    }
    written = {name: value for name, value in fields.items() if value is not None}
    level = logging.WARNING if event.endswith("_failed") else logging.INFO
    _logger.log(level, "event", extra={"comity_fields": written})


@contextmanager
def log_stage(stage: Stage, name_batch: Callable[[], str], *, rows: int) -> Iterator[None]:
    """Log that a stage was done, or failed, and how many seconds it took; an error goes on to the caller.

    `name_batch` returns the batch's name in the ledger, and is called when the stage has ended.
    """
    started = time.perf_counter()
    try:
        yield
    except Exception as error:
        code = error.code if isinstance(error, ComityError) else None
        seconds = time.perf_counter() - started
        log_event("stage_failed", ledger_batch=name_batch(), stage=stage, rows=rows, seconds=seconds, code=code)
        raise
    seconds = time.perf_counter() - started
    log_event("stage_done", ledger_batch=name_batch(), stage=stage, rows=rows, seconds=seconds)
