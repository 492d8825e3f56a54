"""Copy a home while commands and the service run on it: both databases at one moment, the keys apart or not at all.

Guarantees: while the copy is made nothing writes to either database, so each copy is what was committed at that moment;
the copy of the control database is no newer than the anchor beside it. The copy appears whole or not at all, for its
owner alone. A copy that was restored is refused by the newest anchor when something was signed since.
Does not: copy what is on a PostgreSQL server, the work folder, or a rehearsal. Without its keys a copy opens nothing.
Basis: docs/runbooks/restore-from-backup.md; sqlite.org on WAL: the file and its log, copied while nobody may write.
Start at `back_up_home`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from comity.app import bootstrap
from comity.app.home import POSTGRESQL, Home
from comity.errors import ComityError
from comity.folders import fsync_folder, make_private_folder
from comity.ledger import log

_LOG_SUFFIX = "-wal"
_COPY_PROGRAM = """
import os, shutil, sys
try:
    for path in sys.argv[2:]:
        target = shutil.copy2(path, sys.argv[1])
        with open(target, "rb") as file:
            os.fsync(file.fileno())
except OSError as error:
    sys.exit(str(error.errno))
"""
_NOT_COPIED = (".lock", "-shm", ".moved", ".tmp", ".part")


@dataclass(frozen=True, slots=True)
class HomeBackup:
    """What was copied: the entries that the ledger had, the files, and whether the keys are elsewhere."""

    entries: int
    files: tuple[str, ...]
    has_keys: bool


def back_up_home(home_path: Path, out: Path, *, keys_out: Path | None = None) -> HomeBackup:
    """Copy a home into a new folder; with `keys_out`, its keys into another new one.

    Raises:
        ComityError: `output_exists` when a folder exists, or cannot be written.
    """
    home = Home.open(home_path.absolute())
    out = out.absolute()
    for folder in (out, keys_out):
        if folder is not None and os.path.lexists(folder):
            raise ComityError("output_exists", f"{folder} exists already.", "Name a new folder.")
    try:
        with ExitStack() as stack:
            store = stack.enter_context(bootstrap.open_store(home))
            desk = stack.enter_context(bootstrap.open_desk(home)) if home.desk_db.exists() else None
            make_private_folder(out.parent)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=out.parent)))
            tx = stack.enter_context(store.begin())  # nobody else writes from here on
            if desk is not None:
                stack.enter_context(desk.begin())
            entries = log.tree_size(tx)
            _copy_files(_list_files(home), folder)
            if keys_out is not None:
                shutil.copytree(home.keys.folder, keys_out, copy_function=shutil.copy2)
            _copy_into_place(folder, out)
    except OSError as error:
        cause = f" ({error.strerror})" if error.strerror else ""
        message = f"The home could not be copied{cause}."
        raise ComityError("output_exists", message, "Name new folders on a disk that has room.") from error
    return HomeBackup(entries, tuple(sorted(path.name for path in out.iterdir())), keys_out is not None)


def _list_files(home: Home) -> list[Path]:
    """Return the files of a home to copy, a database before its log, which is then no shorter than it must be."""
    files = [path for path in home.path.iterdir() if path.is_file() and not path.name.endswith(_NOT_COPIED)]
    if home.database == POSTGRESQL:
        files = [path for path in files if not path.name.startswith(home.control_db.name)]
    return sorted(files, key=lambda path: (path.name.endswith(_LOG_SUFFIX), path.name))


def _copy_files(paths: list[Path], folder: Path) -> None:
    """Copy files in a process of its own: whoever closes a file gives up every lock that its process has on it."""
    command = [sys.executable, "-I", "-c", _COPY_PROGRAM, str(folder), *map(str, paths)]
    copied = subprocess.run(  # noqa: S603  this interpreter
        command, check=False, cwd="/", stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if copied.returncode:
        number = copied.stderr.decode(errors="replace").strip()
        raise OSError(int(number), os.strerror(int(number))) if number.isdigit() else OSError("they were not copied")


def _copy_into_place(folder: Path, out: Path) -> None:
    out.mkdir(mode=0o700)
    for path in folder.iterdir():
        path.rename(out / path.name)
    fsync_folder(out)
    fsync_folder(out.parent)
