"""Build the command line: the one command that is named with all its options, or the list of all with their help.

Guarantees: a command's module is imported only when that command is named, and so is what compiles kernels; a command
that runs kernels finds them compiled, and says that it waits for that the first time.
Start at `build_app`.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import COMMANDS, CommandEntry
from comity.app.cli.output import print_notice, print_result

EXIT_CODES_HELP = "Exit codes: 0 done, 1 fault, 2 usage, 3 refused by law or policy, 4 held, 5 integrity failure."


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line for these arguments: with the command that comes first, or with every command's help."""
    app = make_command_group(
        "Comity confirms, or does not, what a lawful requester says about a person's address on a record.\n\n"
        "It never searches for anybody. " + EXIT_CODES_HELP + "\n\nExample: comity demo"
    )
    app.callback()(_take_global_options)  # an app of one command takes that command's name too
    first = next((argument for argument in arguments if argument != "--"), "")
    if first in COMMANDS:
        if COMMANDS[first].uses_kernels and not {"-h", "--help"} & set(arguments):
            import_module("comity.app.kernel_cache").ensure_kernels(print_notice)
        import_module(f"comity.app.cli.{first}").add_commands(app)
    else:
        for entry in COMMANDS.values():
            _add_help_only(app, entry)
    return app


def _print_version(is_wanted: bool) -> None:
    """Print the versions that an error report and an upgrade need, and end."""
    if is_wanted:
        from comity.app.use_cases.machine_checks import describe_versions  # noqa: PLC0415  loads the database library

        print_result({}, [describe_versions()], as_json=False)
        raise typer.Exit


def _take_global_options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command; the callback of each does what it says."""


def _add_help_only(app: typer.Typer, entry: CommandEntry) -> None:
    """Add a command that has a name and a help text and cannot run."""
    if entry.is_group:
        group = make_command_group(entry.help_text)
        group.callback()(lambda: None)
        app.add_typer(group, name=entry.name)
    else:
        app.command(entry.name, help=entry.help_text)(_fail)


def _fail() -> None:
    raise RuntimeError("a command ran whose module was not imported")
