"""What a database's own errors mean here: refused, damaged, unavailable, or so broken that the process must stop.

Guarantees: no text contains a value of a row. SQLite names columns only; of PostgreSQL only the primary message and the
constraint's name are used, since its details quote rows.
Start at `convert_driver_error`.
"""

import sqlalchemy as sa

from comity.errors import ComityError

_FATAL_MESSAGES = ("disk I/O error",)
"""After a failed write or fsync nobody knows what is on disk, and what is read back cannot be relied on (fsyncgate)."""

_CONNECTION_LOST_STATES = ("08", "57P")  # SQLSTATE classes: connection exceptions, the server is shutting down
_VALUE_ERROR_STATES = ("22", "23")


def is_fatal(fault: sa.exc.DBAPIError) -> bool:
    """Return whether this process must stop using the database."""
    return any(word in str(fault.orig) for word in _FATAL_MESSAGES)


def convert_driver_error(fault: sa.exc.DBAPIError) -> ComityError | RuntimeError:
    """Return the exception to raise for a driver's error."""
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
    constraint_type = {"23505": "UNIQUE", "23502": "NOT NULL", "23503": "FOREIGN KEY", "23514": "CHECK"}.get(state, "")
    return f"{constraint_type} constraint {name}" if name else str(getattr(diagnosis, "message_primary", ""))


def fatal_error() -> ComityError:
    """Return the error of a process in which a write or fsync failed, at that moment and ever after."""
    return ComityError(
        "store_unavailable",
        "The disk failed to write the control database (disk I/O error). This process no longer knows what the disk "
        "holds, so it stops.",
        "Fix the disk, start again, and run: comity ledger fsck",
    )


def unavailable_error(reason: str) -> ComityError:
    """Return the error for a control database that cannot be used, or is damaged."""
    if "malformed" in reason:  # a page's seal is broken
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
