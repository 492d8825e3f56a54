"""The version of the control database's tables, and the migration to this one.

Guarantees: `migrate_schema` is part of the caller's transaction, so that a kill leaves the old tables or the new ones;
a database of a later version is refused; one without a version is taken for the first.
Does not: downgrade.
Basis: Alembic; the revisions are in `migrations`.
Start at `migrate_schema`.
"""

import sqlalchemy as sa

from comity.errors import ComityError
from comity.store.backend import Backend
from comity.store.guards import install_guards

CURRENT_REVISION = "0008"
"""The revision this code works with."""

_FIRST_REVISION = "0001"


def read_revision(connection: sa.Connection) -> str | None:
    """Return the revision of the tables; None when there are none yet."""
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        if revision is not None:
            return str(revision)
    return _FIRST_REVISION if "batches" in tables else None  # the first homes recorded no version


def migrate_schema(connection: sa.Connection, backend: Backend) -> None:
    """Create the tables and their guards, or bring them to `CURRENT_REVISION`; do nothing when they are of it.

    Raises ComityError `store_unavailable` when the database is of a later version.
    """
    revision = read_revision(connection)
    if revision == CURRENT_REVISION:
        return
    if revision is not None and revision > CURRENT_REVISION:
        raise ComityError(
            "store_unavailable",
            f"The control database is of version {revision}, and this Comity knows {CURRENT_REVISION}. "
            "Using it could damage it.",
            "Use the Comity that made it, or a later one.",
        )
    from alembic import command  # noqa: PLC0415  a tenth of a second that only a new home should pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "comity.store:migrations")
    config.attributes["connection"] = connection
    if revision is not None and not sa.inspect(connection).has_table("alembic_version"):
        command.stamp(config, revision)
    command.upgrade(config, "head")
    install_guards(connection, backend)


def verify_revision(connection: sa.Connection) -> None:
    """Refuse tables of another version. Raises ComityError `store_unavailable`."""
    if (revision := read_revision(connection)) != CURRENT_REVISION:
        raise ComityError(
            "store_unavailable",
            f"The control database is of version {revision or 'none'}, and this Comity works with {CURRENT_REVISION}.",
            "Let its owner run: comity store migrate",
        )
