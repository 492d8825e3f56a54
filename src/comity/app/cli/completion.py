"""`comity completion`: print a script by which a shell completes commands and options.

Guarantees: the script is text that names commands and options; nothing is run or imported when a key is pressed.
Start at `write_bash_script`.
"""

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any

import typer

from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import COMMANDS
from comity.app.cli.output import JsonOption, print_result

_BASH = """\
_comity() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" path="" word words=""
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ "$word" == -* ]] && break
        case "$path $word" in {known}) path="$path $word" ;; esac
    done
    case "$path" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ "$current" != -* ]] && COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _comity comity
"""


class Shell(StrEnum):
    """A shell that a script is written for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("completion")(print_script)


def print_script(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")], as_json: JsonOption = False
) -> None:
    """Print a script by which a shell completes commands and options: bash, zsh or fish.

    For bash, from then on: comity completion bash > ~/.local/share/bash-completion/completions/comity

    Example: comity completion bash
    """
    words = list_words()
    writers = {Shell.BASH: write_bash_script, Shell.ZSH: write_zsh_script, Shell.FISH: write_fish_script}
    script = writers[shell](words)
    print_result({"shell": shell.value, "script": script}, [script], as_json=as_json)


def list_words() -> dict[str, list[str]]:
    """Return what may follow each command, by the command with its group: subcommands, or options."""
    words = {"": [*COMMANDS, "--help", "--version"]}
    for name in COMMANDS:
        app = make_command_group("")
        app.callback()(lambda: None)
        import_module(f"comity.app.cli.{name}").add_commands(app)
        for path, command in _walk(typer.main.get_command(app)):
            subcommands = list(getattr(command, "commands", {}))
            options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
            words[path] = [*subcommands, *options, "--help"]
    return words


def _walk(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command below this one, with its path."""
    for name, inner in getattr(command, "commands", {}).items():
        yield f"{path} {name}", inner
        yield from _walk(inner, f"{path} {name}")


def write_bash_script(words: dict[str, list[str]]) -> str:
    """Return a script for bash; after words of the command line it offers what may follow, and names of files."""
    known = "|".join(f'"{path}"' for path in words if path)
    cases = "\n".join(f'        "{path}") words="{" ".join(options)}" ;;' for path, options in words.items())
    return _BASH.format(known=known, cases=cases)


def write_zsh_script(words: dict[str, list[str]]) -> str:
    """Return a script for zsh, which runs the one for bash."""
    return "autoload -U +X bashcompinit && bashcompinit\n" + write_bash_script(words)


def write_fish_script(words: dict[str, list[str]]) -> str:
    """Return a script for fish: one line for each command that something may follow."""
    lines = []
    for path, following in words.items():
        seen = path.split()
        inner = [word for word in following if not word.startswith("-")]
        condition = " and ".join(f"__fish_seen_subcommand_from {word}" for word in seen) or "__fish_use_subcommand"
        if seen and inner:
            condition += f"; and not __fish_seen_subcommand_from {' '.join(inner)}"
        condition = condition.replace(" and ", "; and ")
        lines += [f"complete -c comity -n '{condition}' -l {word[2:]}" for word in following if word.startswith("--")]
        if inner:
            lines.append(f"complete -c comity -f -n '{condition}' -a '{' '.join(inner)}'")
    return "\n".join(lines)
