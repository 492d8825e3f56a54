"""`comity doctor`: can this machine do the job? Each check is run, not assumed."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import typer

from comity import law
from comity.app.cli.output import JsonOption, print_result
from comity.errors import EXIT_DONE, EXIT_FAULT
from comity.store.database import Store

_GIB = 2**30


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(run)


def run(as_json: JsonOption = False) -> None:
    """Check Python, the database library, the law on file, memory and disk. Ends with 1 when something is wrong.

    Example: comity doctor
    """
    results = {name: _run_check(check) for name, check in CHECKS.items()}
    lines = [f"{'ok  ' if good else 'BAD '} {name}: {text}" for name, (good, text) in results.items()]
    facts = {name: {"ok": good, "detail": text} for name, (good, text) in results.items()}
    print_result(facts, lines, as_json=as_json)
    raise typer.Exit(EXIT_DONE if all(good for good, _ in results.values()) else EXIT_FAULT)


def _run_check(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Exception as error:  # noqa: BLE001  the doctor reports whatever is wrong
        return False, str(error)


def _check_python() -> str:
    return platform.python_version()


def _check_control_database() -> str:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "control.db", os.urandom(32))
        with store.begin():
            pass
        store.close()
    return "opens, writes, and is encrypted"


def _check_law() -> str:
    rules = law.load_law()
    return f"{len(rules.agreements)} agreements, {len(rules.orders)} orders, fingerprint {rules.fingerprint[:16]}"


def _check_machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    disk = shutil.disk_usage(Path.cwd()).free / _GIB
    if disk < 1:
        raise RuntimeError("less than 1 GiB of disk is free here")
    return f"{os.cpu_count()} processors, {memory:.0f} GiB memory, {disk:.0f} GiB free disk"


CHECKS: dict[str, Callable[[], str]] = {
    "python": _check_python,
    "control database": _check_control_database,
    "law": _check_law,
    "machine": _check_machine,
}
