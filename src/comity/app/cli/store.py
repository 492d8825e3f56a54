"""`comity store`: the control database: make its tables, or bring them to this version."""

from typing import Annotated

import typer

from comity.app import bootstrap
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder
from comity.app.cli.output import Json, show
from comity.app.home import POSTGRESQL, Home, owner_dsn
from comity.errors import ComityError
from comity.store import connection, schema
from comity.store.postgresql import role_of


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("The control database: SQLite in the home folder, or PostgreSQL.")
    commands.command("migrate")(migrate)
    app.add_typer(commands, name="store")


def migrate(
    home: HomeFolder,
    postgresql: Annotated[
        bool, typer.Option("--postgresql", help="Make a new home that keeps its control database on PostgreSQL.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the control database's tables and guards, or bring them to this version.

    For PostgreSQL the environment names two roles: COMITY_DSN (or HOME/keys/control.dsn) the application's, who can
    change nothing that is on file, and COMITY_OWNER_DSN the tables' owner, for this command and for purges only.

    Example: comity store migrate --home home
    """
    opened = Home.open(home, database=POSTGRESQL if postgresql else None)
    if opened.database == POSTGRESQL:
        role = role_of(opened.dsn())
        if role is None:
            raise ComityError("bad_argument", "The DSN of the application does not name its role.", "Add user=...")
        connection.migrate(owner_dsn(), role=role)
    with bootstrap.open_store(opened):
        pass
    facts = {"database": opened.database, "version": schema.HEAD}
    show(facts, [f"The control database ({opened.database}) is of version {schema.HEAD}."], as_json=as_json)
