"""`comity withhold`: withhold records that the Secretary determined not to disclose (26 USC 6103(i)(6))."""

import typer

from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.suppression_commands import make_add_command, make_lift_command, make_list_command

ADD_HELP = """Answer no about these persons from now on, as the Secretary determined under 6103(i)(6). It takes one.

Example: comity withhold add --home home --records withheld.txt --index idx --key jo.key
"""
LIFT_HELP = """Answer about these persons again, once a second person confirms: the determination was lifted.

Example: comity withhold lift --home home --records lifted.txt --index idx --key jo.key --reason "Lifted on 1 May"
"""
LIST_HELP = """List the record_ids that are withheld, and nothing else of the records.

Example: comity withhold list --home home
"""


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("withhold"))
    group.command("add")(make_add_command("withheld", ADD_HELP))
    group.command("lift")(make_lift_command("withheld", LIFT_HELP))
    group.command("list")(make_list_command("withheld", LIST_HELP))
    app.add_typer(group, name="withhold")
