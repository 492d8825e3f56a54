"""Read where a home's PostgreSQL database is, from the environment or a private file.

Guarantees: a DSN, which may hold a password, is never taken from an argument and never put into an error.
"""

import os
from pathlib import Path

from comity.errors import ComityError
from comity.folders import is_open_to_others

DSN_VARIABLE, OWNER_DSN_VARIABLE = "COMITY_DSN", "COMITY_OWNER_DSN"
"""The environment's names for the DSN of the application's role, and of the tables' owner (which no file keeps)."""


def read_application_dsn(file: Path) -> str:
    """Return the DSN of the application's role: COMITY_DSN, or else the file's text.

    Raises:
        ComityError: `store_unavailable` when neither gives one, `key_unusable` when others can read the file.
    """
    if dsn := os.environ.get(DSN_VARIABLE):
        return dsn
    try:
        if is_open_to_others(file):
            raise ComityError("key_unusable", "Others can read the control database's DSN.", "chmod 600 it.")
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        message = "The home uses PostgreSQL, and nothing says where that is."
        hint = f"Set {DSN_VARIABLE}, or write it into keys/control.dsn of the home, readable by its owner alone."
        raise ComityError("store_unavailable", message, hint) from error


def read_owner_dsn() -> str:
    """Return the DSN of the tables' owner, which only the environment holds.

    Raises:
        ComityError: `bad_argument` when the environment does not name it.
    """
    if dsn := os.environ.get(OWNER_DSN_VARIABLE):
        return dsn
    message = "This is for the owner of the control database's tables, and the environment does not name one."
    raise ComityError("bad_argument", message, f"Set {OWNER_DSN_VARIABLE} for this one command.")
