"""Check that this machine can do the job: each check runs what it checks."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comity import law
from comity.app import disk_encryption, kernel_cache
from comity.app.home import Home
from comity.folders import is_open_to_others
from comity.store.database import Store

_GIB = 2**30


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: whether it succeeded, and what it saw or what went wrong."""

    name: str
    is_ok: bool
    detail: str


def check_machine(home: Path | None = None, index: Path | None = None) -> list[CheckResult]:
    """Run every check, those of a home and an index too where they are named, and return one result for each."""
    checks = dict(_CHECKS)
    if home is not None:
        checks["home"] = lambda: _check_home(home)
    if index is not None:
        checks["index"] = lambda: _check_index(index)
        checks["disk below the index"] = lambda: _check_disk(index)
    return [_run_check(name, check) for name, check in checks.items()]


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


def _check_kernels() -> str:
    if not kernel_cache.close_machine_code():
        kernel_cache.discard_machine_code()
        raise RuntimeError(kernel_cache.EXPOSED)
    return "machine code that nobody else can change"


def _check_home(path: Path) -> str:
    if not (path / "home.json").is_file():
        raise RuntimeError("there is no home in this folder")
    Home.open(path, allows_rehearsal=True)
    exposed = [file.name for file in sorted((path / "keys").iterdir()) if is_open_to_others(file)]
    if exposed:
        raise RuntimeError(f"others can read keys, which must be replaced: {', '.join(exposed)}")
    return "open to its owner alone"


def _check_index(path: Path) -> str:
    from comity.match import Index  # noqa: PLC0415  takes seconds to import; only a check of an index needs it
    from comity.match.index.format import verify_closed  # noqa: PLC0415

    commit = Index.find_commit(path)
    verify_closed(path, commit)
    return f"{commit.rows:,} records, open to their owner alone" if not commit.is_synthetic else "synthetic records"


def _check_disk(index: Path) -> str:
    from comity.match import Index  # noqa: PLC0415  as above

    if Index.find_commit(index).is_synthetic:
        return "the records are synthetic, so the disk need not be encrypted"
    if not disk_encryption.is_encrypted_at_rest(index):
        raise RuntimeError(
            "not known to be encrypted, and an index holds names and addresses in clear: put it on dm-crypt (LUKS), or "
            "see to it that the file system encrypts (ADR 0029)"
        )
    if not disk_encryption.is_swap_encrypted():
        raise RuntimeError("encrypted, but memory is swapped to a disk that is not known to be: encrypt swap too")
    return "encrypted, swap too"


_CHECKS: dict[str, Callable[[], str]] = {
    "python": _check_python,
    "control database": _check_control_database,
    "law": _check_law,
    "machine": _check_machine,
    "kernels": _check_kernels,
}
