"""Write files into folders that other processes use: each file appears whole or not at all, and survives a crash.

Guarantees: a file is written elsewhere, synced, renamed into place, and its folder synced (write, fsync, rename, fsync
of the folder); one process at a time holds a folder's lock.
Does not: know what the files say.
Basis: fsync(2), syncfs(2), rename(2).
Start at `stage_file` and `commit_files`; `lock_folder` keeps other writers out.
"""

import ctypes
import fcntl
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_SYNC_FILESYSTEM_MIN_FILES = 64


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Create the folder if needed and hold its lock; sync the names in it when the block ends without an error."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel releases it when the process ends, however it ends
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def stage_file(folder: Path, name: str, data: bytes) -> None:
    """Write a file into the folder's `.tmp`, from which `commit_files` moves it to its place."""
    staged = _staging_path(folder, name)
    try:
        staged.write_bytes(data)
    except FileNotFoundError:
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(data)


def commit_files(folder: Path, names: Sequence[str]) -> None:
    """Move staged files to their places; each is there whole or not at all, and all are on disk when this returns.

    To sync file by file empties the disk's cache for each. For many files one call for the whole file system is
    several times faster, and is used where the kernel would report a failed write.
    """
    staged_paths = [_staging_path(folder, name) for name in names]
    if len(names) < _SYNC_FILESYSTEM_MIN_FILES or not _sync_filesystem(folder):
        for path in staged_paths:
            _fsync_path(path, os.O_RDONLY)
    folders = {folder}
    for name, staged in zip(names, staged_paths, strict=True):
        target = folder / name
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.update(folder / parent for parent in Path(name).parents)
        staged.replace(target)
    for path in sorted(folders):
        fsync_folder(path)


def fsync_folder(folder: Path) -> None:
    """Write the names in a folder to disk (fsync), so that files created or renamed in it survive a crash."""
    _fsync_path(folder, os.O_RDONLY | os.O_DIRECTORY)


def _staging_path(folder: Path, name: str) -> Path:
    return folder / ".tmp" / name.replace("/", "-")


def _sync_filesystem(folder: Path) -> bool:
    """Sync the folder's whole file system; return False where the kernel would not report a failed write.

    Linux does since 5.8 (syncfs(2), "Versions").
    """
    kernel = re.match(r"(\d+)\.(\d+)", os.uname().release) if sys.platform == "linux" else None
    if kernel is None or (int(kernel[1]), int(kernel[2])) < (5, 8):
        return False
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(handle):
            error_number = ctypes.get_errno()
            raise OSError(error_number, os.strerror(error_number))
    finally:
        os.close(handle)
    return True


def _fsync_path(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
