"""Create a group of commands in the style of all of Comity: plain help, no traceback with values in it."""

import typer


def make_command_group(help_text: str) -> typer.Typer:
    """Return an empty group with this help text."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
    )
