"""Read a file that somebody else may have made: a plain one, within a limit of size.

Guarantees: a link is not followed, a pipe or a device is not waited for, and no more than the limit and one byte more
is read.
Basis: open(2) O_NOFOLLOW, O_NONBLOCK.
Start at `read_plain_file`, or `open_plain_file` to copy one.
"""

import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_plain_file(path: Path | str, *, folder: int | None = None) -> int:
    """Return a descriptor of a plain file, to read; a name is looked up in `folder`, a descriptor, if that is given.

    Raises:
        OSError: it cannot be read, or is a link, a folder, a pipe or a device.
    """
    try:
        descriptor = os.open(path, _FLAGS, dir_fd=folder)
    except ValueError as fault:  # NUL in its name
        raise OSError("no such file") from fault
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a plain file")
    return descriptor


def read_plain_file(path: Path, limit: int) -> bytes:
    """Return a file's bytes, at most one more than the limit, so that the caller sees that it is too large.

    Raises:
        OSError: as `open_plain_file`.
    """
    with os.fdopen(open_plain_file(path), "rb") as file:
        return file.read(limit + 1)


def verify_plain_file(path: Path) -> None:
    """Raise OSError when a file that a library will open by its name is a link, a pipe, a device or not there."""
    read_plain_file(path, 0)
