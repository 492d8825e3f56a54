"""`comity canaries`: synthetic people among the records whom nobody can lawfully ask about, and who asked."""

import typer

from comity.app import bootstrap
from comity.app.cli import make_command_group
from comity.app.cli.arguments import HomeOption, RecordIdsOption, read_record_ids
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_INTEGRITY
from comity.store import openings


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group(
        "Canaries: synthetic records nobody can lawfully ask about, and the alarms they raised."
    )
    commands.command("add")(add_canaries)
    commands.command("alarms")(list_alarms)
    app.add_typer(commands, name="canaries")


def add_canaries(
    home: HomeOption,
    records: RecordIdsOption,
    as_json: JsonOption = False,
) -> None:
    """From now on, a request that reaches one of these records is answered no, and raises an alarm.

    Example: comity canaries add --home home --records canaries.txt
    """
    wanted = read_record_ids(records)
    opened = Home.open(home)
    opened.add_canaries(wanted)
    count = len(opened.canaries)
    print_result({"canaries": count}, [f"{count:,} canaries are watched."], as_json=as_json)


def list_alarms(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the batches that reached a canary: somebody outside knows what only the records hold. Ends with 5 when one did.

    Example: comity canaries alarms --home home
    """
    with bootstrap.open_store(Home.open(home)) as store, store.read() as tx:
        watched = openings.list_by_kind(tx, "watch")
    raised = [
        {"entry": o.entry, "batch_id": o.about, "rows": o.parsed_content["rows"], "at": o.recorded_at.isoformat()}
        for o in watched
        if o.parsed_content["rows"]
    ]
    lines = [f"entry {alarm['entry']}: batch {alarm['batch_id']}, {len(alarm['rows'])} rows" for alarm in raised]
    print_result(
        {"alarms": raised, "watched": len(watched)},
        lines or [f"No alarm in {len(watched):,} batches."],
        as_json=as_json,
    )
    raise typer.Exit(EXIT_INTEGRITY if raised else EXIT_DONE)
