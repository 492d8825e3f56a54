"""Every command, in the order of `comity --help`. A module is imported when its command is wanted: all of them take seconds."""

from collections.abc import Sequence
from importlib import import_module

import typer

from comity.app.cli import EXIT_CODES_HELP, make_command_group

COMMAND_NAMES = (
    "demo", "simulate", "index", "request", "signers", "verify", "law", "orders", "accounting", "recall", "canaries",
    "withhold", "ledger", "store", "witness", "train", "evaluate", "explain", "doctor",
)  # fmt: skip
"""The commands; each is in the module of its name."""


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The command line with the command that the first argument names, or with all where it names none."""
    app = make_command_group(
        "Comity confirms, or does not, what a lawful requester says about a person's address on a record.\n\n"
        "It never searches for anybody. " + EXIT_CODES_HELP + "\n\nExample: comity demo"
    )
    app.callback()(lambda: None)  # so that a command that is alone has a name all the same
    for name in [name for name in COMMAND_NAMES if name in arguments[:1]] or COMMAND_NAMES:
        import_module(f"comity.app.cli.{name}").add_commands(app)
    return app
