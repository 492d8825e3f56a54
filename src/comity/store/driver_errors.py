"""What a database's own errors mean here: refused, damaged, unavailable, or so broken that the process must stop.

Guarantees: no value of a row is in any text; SQLite names columns, and of PostgreSQL only the primary message and the
constraint's name are used, since its details quote rows.
Start at `of_driver`.
"""

import sqlalchemy as sa

from comity.errors import ComityError

_FATAL_MESSAGES = ("disk I/O error",)
"""After a failed write or fsync nobody knows what is on disk (fsyncgate): what was read back cannot be relied on."""

_CONNECTION_LOST_STATES = ("08", "57P")  # SQLSTATE classes: connection exceptions, the server is shutting down
_VALUE_ERROR_STATES = ("22", "23")


def is_fatal(fault: sa.exc.DBAPIError) -> bool:
    """Whether this process may not go on with the database."""
    return any(word in str(fault.orig) for word in _FATAL_MESSAGES)


def convert_driver_error(fault: sa.exc.DBAPIError) -> ComityError | RuntimeError:
    """What to raise for a driver's error."""
    state = str(getattr(fault.orig, "sqlstate", None) or "")
    diagnosis = getattr(fault.orig, "diag", None)
    if isinstance(fault, sa.exc.IntegrityError):
        return RuntimeError(f"the store refuses a row: {_describe_constraint(fault, state, diagnosis)}")
    if state.startswith(_VALUE_ERROR_STATES):
        return RuntimeError(f"the store cannot hold a value (SQLSTATE {state})")
    if is_fatal(fault):
        return fatal_error()
    if fault.connection_invalidated or state.startswith(_CONNECTION_LOST_STATES):
        return unavailable_error(
            "the connection to the server was lost, and whether the last change was recorded is not known until "
            "the command is run again (what is recorded stays, once)"
        )
    primary = getattr(diagnosis, "message_primary", None)
    return unavailable_error(str(primary or fault.orig).strip().partition("\n")[0])


def _describe_constraint(fault: sa.exc.IntegrityError, state: str, diagnosis: object) -> str:
    if diagnosis is None:
        return str(fault.orig)
    name = getattr(diagnosis, "constraint_name", None)
    kind = {"23505": "UNIQUE", "23502": "NOT NULL", "23503": "FOREIGN KEY", "23514": "CHECK"}.get(state, "")
    return f"{kind} constraint {name}" if name else str(getattr(diagnosis, "message_primary", ""))


def fatal_error() -> ComityError:
    """The error of a process that met a failed write or fsync, then and ever after."""
    return ComityError(
        "store_unavailable",
        "The disk failed to write the control database (disk I/O error). What it holds now is not known to this process, "
        "so it stops.",
        "Mend the disk, start anew, and run: comity ledger fsck",
    )


def unavailable_error(reason: str) -> ComityError:
    """The control database cannot be used, or is damaged."""
    if "malformed" in reason:  # a page's own seal is broken
        return ComityError(
            "store_damaged",
            "The control database is damaged: a page of it is not what Comity wrote. Nothing it says can be relied on.",
            "Keep the file as evidence, restore a copy, and compare its ledger with the checkpoints others hold.",
        )
    return ComityError(
        "store_unavailable",
        f"The control database cannot be used: {reason}. Nothing can be answered without it.",
        "Check that it is there and can be written, and that the key or DSN is the one it was made with.",
    )
