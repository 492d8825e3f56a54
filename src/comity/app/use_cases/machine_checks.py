"""Check that this machine can do the job: each check runs what it checks."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comity import law
from comity.store.database import Store

_GIB = 2**30


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: whether it succeeded, and what it saw or what went wrong."""

    name: str
    is_ok: bool
    detail: str


def check_machine() -> list[CheckResult]:
    """Run every check, and return one result for each."""
    return [_run_check(name, check) for name, check in _CHECKS.items()]


def _run_check(name: str, check: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, is_ok=True, detail=check())
    except Exception as error:  # noqa: BLE001  whatever is wrong is the result
        return CheckResult(name, is_ok=False, detail=str(error))


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


_CHECKS: dict[str, Callable[[], str]] = {
    "python": _check_python,
    "control database": _check_control_database,
    "law": _check_law,
    "machine": _check_machine,
}
