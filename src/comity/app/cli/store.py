"""`comity store`: the control database: make its tables, or bring them to this version."""

from typing import Annotated

import typer

from comity.app import bootstrap
from comity.app.cli import make_command_group
from comity.app.cli.arguments import HomeOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import POSTGRESQL, Home, read_owner_dsn
from comity.errors import ComityError
from comity.store import database, schema_version
from comity.store.postgresql import parse_role


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("The control database: SQLite in the home folder, or PostgreSQL.")
    commands.command("migrate")(migrate_store)
    app.add_typer(commands, name="store")


def migrate_store(
    home: HomeOption,
    postgresql: Annotated[
        bool, typer.Option("--postgresql", help="Make a new home that keeps its control database on PostgreSQL.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the control database's tables and guards, or bring them to this version.

    For PostgreSQL the environment names two roles: COMITY_DSN (or HOME/keys/control.dsn) the application's, who can
    change nothing that is on file, and COMITY_OWNER_DSN the tables' owner, for this command and for purges only.

    Example: comity store migrate --home home
    """
    opened = Home.open(home, database=POSTGRESQL if postgresql else None)
    if opened.database == POSTGRESQL:
        role = parse_role(opened.read_dsn())
        if role is None:
            raise ComityError("bad_argument", "The DSN of the application does not name its role.", "Add user=...")
        database.migrate_postgresql(read_owner_dsn(), role=role)
    with bootstrap.open_store(opened):
        pass
    facts = {"database": opened.database, "version": schema_version.CURRENT_REVISION}
    print_result(
        facts,
        [f"The control database ({opened.database}) is of version {schema_version.CURRENT_REVISION}."],
        as_json=as_json,
    )
