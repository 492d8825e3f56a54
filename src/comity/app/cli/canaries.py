"""`comity canaries`: synthetic people among the records whom nobody can lawfully ask about, and who asked."""

import typer

from comity.app import bootstrap
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder, Records, read_record_ids
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_INTEGRITY
from comity.store import openings


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Canaries: synthetic records nobody can lawfully ask about, and the alarms they raised.")
    commands.command("add")(add)
    commands.command("alarms")(alarms)
    app.add_typer(commands, name="canaries")


def add(
    home: HomeFolder,
    records: Records,
    as_json: Json = False,
) -> None:
    """From now on, a request that reaches one of these records is answered no, and raises an alarm.

    Example: comity canaries add --home home --records canaries.txt
    """
    wanted = read_record_ids(records)
    opened = Home.open(home)
    opened.watch(wanted)
    count = len(opened.canaries)
    show({"canaries": count}, [f"{count:,} canaries are watched."], as_json=as_json)


def alarms(home: HomeFolder, as_json: Json = False) -> None:
    """List the batches that reached a canary: somebody outside knows what only the records hold. Ends with 5 when one did.

    Example: comity canaries alarms --home home
    """
    with bootstrap.open_store(Home.open(home)) as store, store.read() as tx:
        watched = openings.of_kind(tx, "watch")
    raised = [
        {"entry": o.entry, "batch_id": o.about, "rows": o.facts["rows"], "at": o.recorded_at.isoformat()}
        for o in watched
        if o.facts["rows"]
    ]
    lines = [f"entry {alarm['entry']}: batch {alarm['batch_id']}, {len(alarm['rows'])} rows" for alarm in raised]
    show(
        {"alarms": raised, "watched": len(watched)},
        lines or [f"No alarm in {len(watched):,} batches."],
        as_json=as_json,
    )
    raise typer.Exit(EXIT_INTEGRITY if raised else EXIT_DONE)
