"""Create the control database's tables and guards, or bring them to this version."""

from dataclasses import dataclass
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import POSTGRESQL, Home
from comity.app.home.control_dsn import read_owner_dsn
from comity.errors import ComityError
from comity.store import database, schema_version
from comity.store.postgresql import parse_role


@dataclass(frozen=True, slots=True)
class ControlDatabase:
    """Which database a home uses, and the version of its tables."""

    database: str
    version: str


def migrate_store(home_path: Path, *, use_postgresql: bool = False) -> ControlDatabase:
    """Create the tables or migrate them to this version; `use_postgresql` creates a new home on PostgreSQL.

    Raises:
        ComityError: `bad_argument` when the environment lacks a DSN, or the application's DSN names no role;
            `store_unavailable` when the database cannot be reached.
    """
    home = Home.open(home_path, database=POSTGRESQL if use_postgresql else None)
    if home.database == POSTGRESQL:
        role = parse_role(home.read_dsn())
        if role is None:
            raise ComityError("bad_argument", "The DSN of the application does not name its role.", "Add user=...")
        database.migrate_postgresql(read_owner_dsn(), role=role)
    with bootstrap.open_store(home):
        pass
    return ControlDatabase(home.database, schema_version.CURRENT_REVISION)
