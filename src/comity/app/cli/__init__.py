"""The `comity` command: parse arguments, call a use case, show its result.

Exit codes, everywhere: 0 done, 1 fault, 2 usage, 3 refused by law or policy, 4 held, 5 integrity failure, 130 stopped
by Ctrl-C.
Guarantees: no traceback and no personal data in errors or arguments; `--json` on every command; no command's module
imports another's.
Start at `main`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import typer
from typer.exceptions import TyperException

from comity import operator_log
from comity.app.cli import commands
from comity.app.cli.output import print_error, print_notice
from comity.errors import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_USAGE, ComityError
from comity.process_limits import keep_private


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and end the process with a documented exit code.

    Without `arguments`, the process is the command's own: it takes those it was started with, and keeps what it leaves
    behind private before it reads anything.
    """
    if arguments is None:
        keep_private()
    given = list(sys.argv[1:] if arguments is None else arguments)
    interrupts = _watch_interrupts() if arguments is None else []
    try:
        operator_log.open_log(os.environ.get("COMITY_LOG"))
        app = commands.build_app(given)
        code = typer.main.get_command(app).main(given, prog_name="comity", standalone_mode=False)
        if code == EXIT_INTERRUPTED:  # how the library ends a command on Ctrl-C
            _report_interrupt()
    except (typer.Abort, KeyboardInterrupt):
        code = _report_interrupt()
    except ComityError as error:
        if interrupts:  # it was what went wrong
            code = _report_interrupt()
        else:
            operator_log.log_event("command_failed", code=error.code)
            print_error(error, as_json="--json" in given)
            code = error.exit_code
    except TyperException as error:  # a word on the command line that does not fit
        _print_usage_error(error)
        code = EXIT_USAGE
    except Exception as error:
        if os.environ.get("COMITY_DEBUG"):
            raise
        code = _report_interrupt() if interrupts else _report_fault(error)
    sys.exit(code if isinstance(code, int) else 0)


def _watch_interrupts() -> list[int]:
    """Return a list that gets an entry for each Ctrl-C, which still raises KeyboardInterrupt.

    DuckDB and a pool of processes report a Ctrl-C as an error of their own.
    """
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)
    return seen


def _report_interrupt() -> int:
    print_notice("comity: stopped. Run the same command again to go on.")
    return EXIT_INTERRUPTED


def _report_fault(error: Exception) -> int:
    print_notice(
        f"comity: an unforeseen fault ({type(error).__name__}). "
        "Nothing was released that the ledger does not hold.\n"
        "        Run again with COMITY_DEBUG=1 to see where; the trace may show data, so keep it inside."
    )
    return EXIT_FAULT


def _print_usage_error(error: TyperException) -> None:
    """Print the library's own text of a usage error, which names options and no values of ours."""
    show = getattr(error, "show", None)
    show() if callable(show) else print_notice(f"comity: {error}")
