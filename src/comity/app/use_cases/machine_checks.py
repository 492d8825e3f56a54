"""Check that this machine can do the job: each check runs what it checks.

Guarantees: nothing that is checked is changed; a check that cannot be made is a failure, not a success.
Start at `check_machine`.
"""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from comity import law
from comity.app import bootstrap, clock, disk_encryption, kernel_cache
from comity.app.home import POSTGRESQL, Home, verify_home_exists
from comity.columns.parallel import count_processors
from comity.errors import ComityError
from comity.folders import is_open_to_others
from comity.ledger import log
from comity.store import entries, schema_version
from comity.store.anchor import Anchor
from comity.store.database import Store

_GIB = 2**30
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "9p", "virtiofs", "vboxsf", "glusterfs", "lustre", "beegfs"}
)
"""File systems on which processes of two machines, or a machine and its host, share no memory, which a WAL needs."""
_LONGEST_UNCHECKED = timedelta(days=365)
"""The words of the law are looked up again at least once a year."""
_OLDEST_BACKUP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: whether it succeeded, and what it saw or what went wrong."""

    name: str
    is_ok: bool
    detail: str


def describe_versions() -> str:
    """Return the versions of Comity and of what it writes, in one line."""
    return f"comity {version('comity')} (control database {schema_version.CURRENT_REVISION})"


def check_machine(
    home: Path | None = None, index: Path | None = None, backups: Path | None = None
) -> list[CheckResult]:
    """Run every check, those of a home, its backup and an index too where they are named; return a result for each.

    Raises:
        ComityError: `home_missing` when there is no home, or no copy of one, where they are named; `bad_argument` for a
            backup without its home.
    """
    if backups is not None and home is None:
        message = "A backup is compared with its home, and none was named, so that it was not looked at."
        raise ComityError("bad_argument", message, "Add --home HOME.")
    for folder in (home, backups):
        if folder is not None:
            verify_home_exists(folder)
    checks = dict(_CHECKS)
    if home is not None:
        checks["home"] = lambda: _check_home(home)
        checks["file system below the home"] = lambda: _check_file_system(home)
        checks["disk below the home"] = lambda: _check_free_disk(home)
        checks["database of the home"] = lambda: _check_home_database(home)
        checks["clock"] = lambda: _check_clock(home)
        checks["second anchor"] = lambda: _check_second_anchor(home)
        checks["law to be looked at"] = lambda: _check_law_dates(home)
        checks["backup"] = lambda: _check_backup(home, backups)
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
    return f"{count_processors()} processors, {memory:.0f} GiB memory, {disk:.0f} GiB free disk"


def _check_kernels() -> str:
    if not kernel_cache.close_machine_code():
        kernel_cache.discard_machine_code()
        raise RuntimeError(kernel_cache.EXPOSED)
    return "machine code that nobody else can change"


def _check_home(path: Path) -> str:
    Home.open(path, allows_rehearsal=True)
    exposed = [file.name for file in sorted((path / "keys").iterdir()) if is_open_to_others(file)]
    if exposed:
        raise RuntimeError(f"others can read keys, which must be replaced: {', '.join(exposed)}")
    foreign = [file.name for file in sorted(path.rglob("*")) if file.lstat().st_uid != os.geteuid()]
    if foreign:
        raise RuntimeError(f"another user owns {len(foreign)} files in it, the first of them {foreign[0]}: run chown")
    return "open to its owner alone"


def _check_file_system(path: Path) -> str:
    """Return the file system below a home; a database in a WAL needs one of this machine that syncs."""
    home = Home.open(path, allows_rehearsal=True)
    kind = disk_encryption.find_file_system(path)
    if home.database == POSTGRESQL:
        return f"{kind}; the database is on a server"
    if kind in _NETWORK_FILE_SYSTEMS or kind.startswith("fuse"):
        raise RuntimeError(
            f"{kind} cannot hold a database with a write-ahead log safely: move the home to a local disk, or use "
            "PostgreSQL (comity store move)"
        )
    with tempfile.TemporaryDirectory(dir=path, prefix=".doctor-") as folder:
        store = Store.open(Path(folder) / "control.db", os.urandom(32))
        with store.begin():
            pass
        has_log = (Path(folder) / "control.db-wal").exists()
        store.close()
    if not has_log:
        raise RuntimeError(f"{kind} did not keep a write-ahead log")
    return f"{kind}, keeps a write-ahead log"


def _check_free_disk(path: Path) -> str:
    free = shutil.disk_usage(path).free / _GIB
    if free < 1:
        raise RuntimeError("less than 1 GiB is free: releases would stop halfway, and be finished when there is room")
    return f"{free:.0f} GiB free"


def _check_home_database(path: Path) -> str:
    home = Home.open(path, allows_rehearsal=True)
    with bootstrap.open_store(home) as store:
        findings = store.check_database()
        with store.read() as snapshot:
            size = log.tree_size(snapshot)
    if findings:
        raise RuntimeError(f"{len(findings)} findings, the first: {findings[0]}; run: comity ledger fsck")
    return f"{home.database}, version {schema_version.CURRENT_REVISION}, {size:,} entries"


def _check_clock(path: Path) -> str:
    """Return the time; a clock behind the last entry of the ledger would stop every release."""
    home, now = Home.open(path, allows_rehearsal=True), clock.now()
    with bootstrap.open_store(home) as store, store.read() as snapshot:
        entries.verify_clock(snapshot, now)
    return f"{now:%Y-%m-%d %H:%M} UTC, not behind the ledger"


def _check_second_anchor(path: Path) -> str:
    home = Home.open(path, allows_rehearsal=True)
    second = home.find_second_anchor()
    if second is None:
        raise RuntimeError("no folder outside of the home can hold one: set COMITY_ANCHOR_FOLDER, best on another disk")
    if path.resolve() in second.resolve().parents:
        raise RuntimeError(
            "it is inside of the home, and would be restored with it: set COMITY_ANCHOR_FOLDER elsewhere"
        )
    return "outside of the home" + (", on the same disk" if second.parent.stat().st_dev == path.stat().st_dev else "")


def _check_law_dates(path: Path) -> str:
    """Return what of the law on file a person should look at: old provisions, and orders with a report that was due.

    It is no failure of the machine: what counts in law changes with a filing, not with the calendar.
    """
    rules, today = bootstrap.load_law(Home.open(path, allows_rehearsal=True)), clock.now().date()
    lines = []
    owners: list[law.Statute | law.Agreement] = [*rules.statutes.values(), *rules.agreements.values()]
    for owner in owners:
        days = [
            element.last_checked_on
            for element in owner.elements
            if today - element.last_checked_on > _LONGEST_UNCHECKED
        ]
        if days:
            lines.append(f"{owner.id}, {len(days)} provisions not looked up since {min(days)}")
    lines += [
        f"{order.id}, a report was due on {order.next_report_on}"
        for order in rules.orders.values()
        if order.next_report_on and order.next_report_on < today
    ]
    return "; ".join(lines) or "nothing: every provision was looked up within a year"


def _check_backup(path: Path, backup: Path | None) -> str:
    """Return how old a backup is: how many entries it lacks, and since when."""
    if backup is None:
        return "not looked at; name the copy with --backup"
    home, copy = Home.open(path, allows_rehearsal=True), Home.open(backup, allows_rehearsal=True)
    if copy.origin != home.origin:
        raise RuntimeError("it is of another home")
    newest, copied = Anchor(home.anchor_file).read(), Anchor(copy.anchor_file).read()
    if newest is None:
        if copied is None:  # an anchor that is missing though something was signed fails the check of the database
            return "nothing was signed in the home yet, so that there is nothing to compare"
        raise RuntimeError(
            "the home has no anchor, so that nobody can tell which is newer: see docs/runbooks/restore-from-backup.md"
        )
    if copied is None:
        raise RuntimeError("the copy has no anchor: make another (comity store backup --home HOME --out FOLDER)")
    copied_at = datetime.fromtimestamp(copy.anchor_file.stat().st_mtime, UTC)
    missing = newest[0] - copied[0]
    detail = f"of {copied_at:%Y-%m-%d %H:%M} UTC, {missing:,} entries behind"
    if missing < 0:
        raise RuntimeError(f"{detail}: the copy is newer than the home, which was restored from an older one")
    if missing and clock.now() - copied_at > _OLDEST_BACKUP:
        raise RuntimeError(f"{detail}: make another (comity store backup --home HOME --out FOLDER)")
    return detail


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
