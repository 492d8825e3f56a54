"""Write files into folders that other processes use: each file appears whole or not at all, and survives a crash.

Guarantees: a file is written elsewhere, synced, renamed into place, and its folder synced (write, fsync, rename, fsync
of the folder); one process at a time holds a folder's lock; no link, and no file that somebody planted, is written
through.
Does not: know what the files say.
Basis: fsync(2), syncfs(2), rename(2).
Start at `stage_file` and `commit_files`; `lock_folder` keeps other writers out.
"""

import ctypes
import fcntl
import os
import re
import secrets
import stat
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

_SYNC_FILESYSTEM_MIN_FILES = 64
_STAGING_FOLDER = ".tmp"


_PUBLIC_FILE, _PUBLIC_FOLDER, _PRIVATE_FOLDER = 0o644, 0o755, 0o700
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PARTIAL_NAME = re.compile(r"\.(.+)\.[0-9a-f]{16}\.part")


@contextmanager
def lock_folder(folder: Path) -> Iterator[int]:
    """Create the folder if needed, for its owner alone, and hold its lock; sync the names in it when the block ends.

    Yields the folder's descriptor. Raises OSError when the folder is a link: it could be one to somebody else's.
    """
    make_private_folder(folder)
    handle = open_folder(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel releases it when the process ends, however it ends
        yield handle
        os.fsync(handle)
    finally:
        os.close(handle)


def make_private_folder(folder: Path) -> None:
    """Create a folder that its owner alone can enter, unless there is one; folders above it too, if need be."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def make_public_folder(folder: Path) -> None:
    """Create a folder that everybody can read, unless there is one; its name is not on disk yet."""
    with suppress(FileExistsError):  # another process may be as quick
        folder.mkdir(parents=True)
        folder.chmod(_PUBLIC_FOLDER)


def is_open_to_others(path: Path) -> bool:
    """Return whether anyone but the owner has any permission on a file or folder. Raises OSError when it is missing."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def open_folder(folder: Path | str, *, parent: int | None = None) -> int:
    """Return a descriptor of a folder. Raises OSError when it is a link, or no folder."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file, readable by its owner only: it appears whole or not at all, and survives a crash."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        replace_file_in(folder, path.name, data)
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def write_private_file(path: Path) -> Iterator[TextIO]:
    """Yield a text file for its owner alone, with no line end changed; it takes its place when the block ends well."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(partial, _NEW_FILE, 0o600), "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def replace_file_in(folder: int, name: str, data: bytes) -> None:
    """Replace a file of an opened folder, as `replace_file` does; nothing that is there is written through.

    The data go into a new file under a name that cannot be guessed, and what has the name is replaced, a link too.
    """
    partial = f".{name}.{secrets.token_hex(8)}.part"
    with os.fdopen(os.open(partial, _NEW_FILE, 0o600, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, name, src_dir_fd=folder, dst_dir_fd=folder)


def is_partial_of(file_name: str, names: Collection[str]) -> bool:
    """Return whether a file is what a killed `replace_file` of one of these names left."""
    match = _PARTIAL_NAME.fullmatch(file_name)
    return match is not None and match[1] in names


def stage_file(folder: Path, name: str, data: bytes) -> None:
    """Write a file that everybody may read into the folder's `.tmp`; `commit_files` moves it to its place."""
    staged = _staging_path(folder, name)
    staged.parent.mkdir(parents=True, exist_ok=True)
    handle = open_folder(staged.parent)
    try:
        with suppress(FileNotFoundError):
            os.unlink(staged.name, dir_fd=handle)
        with os.fdopen(os.open(staged.name, _NEW_FILE, 0o600, dir_fd=handle), "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), _PUBLIC_FILE)
    finally:
        os.close(handle)


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
            _make_public_folders(folder, Path(name))
            folders.update(folder / parent for parent in Path(name).parents)
        staged.replace(target)
    with suppress(OSError):  # other files are staged still
        (folder / _STAGING_FOLDER).rmdir()
    for path in sorted(folders):
        fsync_folder(path)


def fsync_folder(folder: Path) -> None:
    """Write the names in a folder to disk (fsync), so that files created or renamed in it survive a crash."""
    _fsync_path(folder, os.O_RDONLY | os.O_DIRECTORY)


def _make_public_folders(folder: Path, name: Path) -> None:
    for parent in reversed(name.parents):
        if not (folder / parent).is_dir():
            (folder / parent).mkdir()
            (folder / parent).chmod(_PUBLIC_FOLDER)


def _staging_path(folder: Path, name: str) -> Path:
    return folder / _STAGING_FOLDER / name.replace("/", "-")


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
