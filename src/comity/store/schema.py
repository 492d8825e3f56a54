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

HEAD = "0003"
"""The revision this code works with."""

_FIRST = "0001"


def version(connection: sa.Connection) -> str | None:
    """The revision of the tables; None when there are none yet."""
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in tables:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        if found is not None:
            return str(found)
    return _FIRST if "batches" in tables else None  # the main job's homes have no version


def migrate(connection: sa.Connection) -> None:
    """Make the tables and their guards, or bring them to `HEAD`; nothing happens when they are there already.

    Raises ComityError `store_unavailable` when the database is of a later version.
    """
    found = version(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise ComityError(
            "store_unavailable",
            f"The control database is of version {found}, and this Comity knows {HEAD}. Using it could damage it.",
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


def require(connection: sa.Connection) -> None:
    """Refuse tables of another version. Raises ComityError `store_unavailable`."""
    if (found := version(connection)) != HEAD:
        raise ComityError(
            "store_unavailable",
            f"The control database is of version {found or 'none'}, and this Comity works with {HEAD}.",
            "Let its owner run: comity store migrate",
        )
