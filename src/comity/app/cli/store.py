"""`comity store`: prepare the control database, move it, copy its home, or replace its anchor."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, NewHomeOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, announcing_new_home, print_result
from comity.app.use_cases import control_database, home_backup


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("store"))
    group.command("migrate")(migrate_store)
    group.command("move")(move_store)
    group.command("anchor")(replace_anchor)
    group.command("backup")(back_up_store)
    app.add_typer(group, name="store")


def migrate_store(
    home: NewHomeOption,
    postgresql: Annotated[
        bool, typer.Option("--postgresql", help="Make a new home that keeps its control database on PostgreSQL.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Create the control database's tables and guards, or bring them to this version.

    On PostgreSQL the environment names two roles: COMITY_DSN (or HOME/keys/control.dsn) the application's, which can
    change nothing that is on file, and COMITY_OWNER_DSN the tables' owner, for this command and for purges only.

    Example: comity store migrate --home home
    """
    with announcing_new_home(home):
        migrated = control_database.migrate_store(home, use_postgresql=postgresql)
    print_result(
        {"database": migrated.database, "version": migrated.version},
        [f"The control database ({migrated.database}) is of version {migrated.version}."],
        as_json=as_json,
    )


def move_store(home: HomeOption, as_json: JsonOption = False) -> None:
    """Move the control database of a home from its SQLite file to an empty PostgreSQL database.

    COMITY_DSN and COMITY_OWNER_DSN name it, as for a new home. Stop what else runs on the home. The ledger is checked
    before and after; the file stays as control.db.moved.

    Example: comity store move --home home
    """
    counts = control_database.move_to_postgresql(home)
    lines = [f"{table:<16} {rows:>13,} rows" for table, rows in counts.items()]
    lines.append("The home is on PostgreSQL. Its old database is control.db.moved; erase it when you have a backup.")
    print_result({"moved": counts}, lines, as_json=as_json)


def replace_anchor(
    home: HomeOption,
    reason: Annotated[str, typer.Option("--reason", help="Why the anchor is lost, in one line.")],
    key: Annotated[Path, typer.Option("--key", help="The private key of the person who vouches.")],
    second_key: Annotated[Path, typer.Option("--second-key", help="The private key of a second person.")],
    as_json: JsonOption = False,
) -> None:
    """Replace a lost anchor: two persons vouch that the control database is the newest, and the ledger says so.

    Compare the ledger with a checkpoint or a receipt that others hold before you vouch: an older copy looks the same
    from inside. Ends with 5 when the ledger is not sound, or an anchor outside of the home knows better.

    Example: comity store anchor --home home --reason "Disk of the anchor lost" --key jo.key --second-key sam.key
    """
    entry = control_database.replace_anchor(home, (key, second_key), reason)
    print_result({"entry": entry}, [f"The anchor is replaced; entry {entry} of the ledger says so."], as_json=as_json)


def back_up_store(
    home: HomeOption,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the copy of the home, without its keys.")],
    keys_out: Annotated[
        Path | None, typer.Option("--keys-out", help="A new folder for the keys, best on another medium.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a home while the service and other commands run on it; its keys apart, or not at all.

    The copy is of one moment: writers wait while it is made. On PostgreSQL the control database is backed up by the
    server's own tools. docs/runbooks/restore-from-backup.md says how to put a copy back.

    Example: comity store backup --home home --out backup --keys-out /media/safe/keys
    """
    backup = home_backup.back_up_home(home, out, keys_out=keys_out)
    lines = [f"The home is in {out}, as of {backup.entries:,} entries of the ledger."]
    lines.append(
        f"Its keys are in {keys_out}." if keys_out else "Its keys were not copied; without them it opens nothing."
    )
    result = {"out": str(out), "entries": backup.entries, "files": list(backup.files), "keys": backup.has_keys}
    print_result(result, lines, as_json=as_json)
