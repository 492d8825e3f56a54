"""`comity doctor`: can this machine do the job? Each check is run, not assumed."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import typer

from comity import law
from comity.app.cli.output import Json, show
from comity.errors import EXIT_DONE, EXIT_FAULT
from comity.store.connection import Store

_GIB = 2**30


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(run)


def run(as_json: Json = False) -> None:
    """Check Python, the database library, the law on file, memory and disk. Ends with 1 when something is wrong.

    Example: comity doctor
    """
    results = {name: _attempt(check) for name, check in CHECKS.items()}
    lines = [f"{'ok  ' if good else 'BAD '} {name}: {text}" for name, (good, text) in results.items()]
    facts = {name: {"ok": good, "detail": text} for name, (good, text) in results.items()}
    show(facts, lines, as_json=as_json)
    raise typer.Exit(EXIT_DONE if all(good for good, _ in results.values()) else EXIT_FAULT)


def _attempt(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Exception as error:  # noqa: BLE001  the doctor reports whatever is wrong
        return False, str(error)


def _python() -> str:
    return platform.python_version()


def _control_database() -> str:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "control.db", os.urandom(32))
        with store.begin():
            pass
        store.close()
    return "opens, writes, and is encrypted"


def _law() -> str:
    rules = law.load()
    return f"{len(rules.agreements)} agreements, {len(rules.orders)} orders, fingerprint {rules.fingerprint[:16]}"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    disk = shutil.disk_usage(Path.cwd()).free / _GIB
    if disk < 1:
        raise RuntimeError("less than 1 GiB of disk is free here")
    return f"{os.cpu_count()} processors, {memory:.0f} GiB memory, {disk:.0f} GiB free disk"


CHECKS: dict[str, Callable[[], str]] = {
    "python": _python,
    "control database": _control_database,
    "law": _law,
    "machine": _machine,
}
