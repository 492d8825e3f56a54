"""Which version the control database's tables are of, and bringing them to this one.

Guarantees: `migrate` is part of the caller's transaction, so that a kill leaves the old tables or the new ones; a
database of a later version is refused; one from before there were versions is taken for the first.
Does not: go back.
Basis: Alembic; the revisions are in `migrations`.
Start at `migrate`.
"""

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store.guards import install_guards

CURRENT_REVISION = "0004"
"""The revision this code works with."""

_FIRST_REVISION = "0001"


def read_revision(connection: sa.Connection) -> str | None:
    """The revision of the tables; None when there are none yet."""
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in tables:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        if found is not None:
            return str(found)
    return _FIRST_REVISION if "batches" in tables else None  # the main job's homes have no version


def migrate_schema(connection: sa.Connection) -> None:
    """Make the tables and their guards, or bring them to `HEAD`; nothing happens when they are there already.

    Raises ComityError `store_unavailable` when the database is of a later version.
    """
    found = read_revision(connection)
    if found == CURRENT_REVISION:
        return
    if found is not None and found > CURRENT_REVISION:
        raise ComityError(
            "store_unavailable",
            f"The control database is of version {found}, and this Comity knows {CURRENT_REVISION}. Using it could damage it.",
            "Use the Comity that made it, or a later one.",
        )
    from alembic import command  # noqa: PLC0415  a tenth of a second that only a new home should pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "comity.store:migrations")
    config.attributes["connection"] = connection
    if found is not None and not sa.inspect(connection).has_table("alembic_version"):
        command.stamp(config, found)
    command.upgrade(config, "head")
    install_guards(connection)


def verify_revision(connection: sa.Connection) -> None:
    """Refuse tables of another version. Raises ComityError `store_unavailable`."""
    if (found := read_revision(connection)) != CURRENT_REVISION:
        raise ComityError(
            "store_unavailable",
            f"The control database is of version {found or 'none'}, and this Comity works with {CURRENT_REVISION}.",
            "Let its owner run: comity store migrate",
        )
