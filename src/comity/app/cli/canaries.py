"""`comity canaries`: watch synthetic records, and list the batches that reached one."""

import typer

from comity.app.cli.arguments import HomeOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.suppression_commands import make_add_command, make_lift_command, make_list_command
from comity.app.use_cases import canary_records
from comity.errors import EXIT_DONE, EXIT_INTEGRITY

ADD_HELP = """Watch these records from now on: a request that reaches one of them is answered no, and raises an alarm.

Example: comity canaries add --home home --records canaries.txt --index idx --key jo.key
"""
REMOVE_HELP = """Watch these records no longer, once a second person confirms.

Example: comity canaries remove --home home --records old.txt --index idx --key jo.key --reason "Replaced"
"""
LIST_HELP = """List the record_ids that are watched.

Example: comity canaries list --home home
"""


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("canaries"))
    group.command("add")(make_add_command("canary", ADD_HELP))
    group.command("remove")(make_lift_command("canary", REMOVE_HELP))
    group.command("list")(make_list_command("canary", LIST_HELP))
    group.command("alarms")(list_alarms)
    app.add_typer(group, name="canaries")


def list_alarms(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the batches that reached a canary: the requester knows what only the records hold. Ends with 5 when one did.

    Example: comity canaries alarms --home home
    """
    watch = canary_records.list_alarms(home)
    alarms = [{"entry": a.entry, "batch_id": a.batch_id, "rows": a.rows, "at": a.at} for a in watch.alarms]
    lines = [f"entry {a.entry}: batch {a.batch_id}, {len(a.rows)} rows" for a in watch.alarms]
    print_result(
        {"alarms": alarms, "watched": watch.watched_batches},
        lines or [f"No alarm in {watch.watched_batches:,} batches."],
        as_json=as_json,
    )
    raise typer.Exit(EXIT_INTEGRITY if alarms else EXIT_DONE)
