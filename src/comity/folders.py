"""Folders that several processes write to: what is in them lasts, and one writes at a time.

Start at `locked_folder`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder last (fsync of the folder itself)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make the folder, and keep every other process out that asks in the same way; its names last when this ends well."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # freed when the process ends, however it does
        yield
        os.fsync(handle)
    finally:
        os.close(handle)
