"""Read the files of a folder that somebody else can write to.

Guarantees: a file is opened once, in the folder that was opened, and no link is followed: neither a symbolic link nor a
second name of a file that may be elsewhere. Only plain files within their limit of size are read. What is returned is
private: changing the file afterwards changes nothing.
Basis: open(2) O_NOFOLLOW, openat(2).
Start at `open_batch_folder`.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comity.errors import RequestError
from comity.folders import open_folder
from comity.plain_files import open_plain_file

_MEMORY_BYTES = 64 * 2**20
"""A copy up to this size is in memory; a larger one is in a file without a name, in the folder for temporary files."""
_BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """The bytes of a file as they were read: a descriptor of a file without a name, and the SHA-256 of it, in hex."""

    descriptor: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BatchFolder:
    """An opened folder."""

    descriptor: int

    def has_name(self, name: str) -> bool:
        """Return whether the folder has anything of that name."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError:
            return False
        return True

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of a plain file of at most `limit` bytes. Raises RequestError `batch_unreadable`."""
        with self._open(name, limit) as (descriptor, size):
            data = b""
            while len(data) <= size and (block := os.read(descriptor, size + 1 - len(data))):
                data += block
            if len(data) > size:
                raise _unreadable_error(name)
            return data

    @contextmanager
    def copy(self, name: str, limit: int) -> Iterator[PrivateCopy]:
        """Copy and hash a plain file of at most `limit` bytes. Raises RequestError `batch_unreadable`."""
        with self._open(name, limit) as (descriptor, size), _open_nameless_file(size) as copy:
            digest, left = hashlib.sha256(), size
            while block := os.read(descriptor, min(_BLOCK_BYTES, left + 1)):
                left -= len(block)
                if left < 0:
                    raise _unreadable_error(name)  # it grew
                digest.update(block)
                _write_all(copy, block)
            yield PrivateCopy(copy, digest.hexdigest())

    @contextmanager
    def _open(self, name: str, limit: int) -> Iterator[tuple[int, int]]:
        """Open a plain file that has no other name, and return its descriptor and size."""
        try:
            descriptor = open_plain_file(name, folder=self.descriptor)
        except OSError as error:
            raise _unreadable_error(name) from error
        try:
            about = os.fstat(descriptor)
            if about.st_nlink != 1 or about.st_size > limit:
                raise _unreadable_error(name)
            yield descriptor, about.st_size
        except OSError as error:
            raise _unreadable_error(name) from error
        finally:
            os.close(descriptor)


@contextmanager
def open_batch_folder(path: Path) -> Iterator[BatchFolder]:
    """Open a folder to read files from. Raises RequestError `batch_unreadable`."""
    try:
        descriptor = open_folder(path)
    except (OSError, ValueError) as error:
        message = "The batch folder is missing, is no folder, or is a link."
        raise RequestError("batch_unreadable", message, "Name the folder itself.") from error
    try:
        yield BatchFolder(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _open_nameless_file(size: int) -> Iterator[int]:
    if size <= _MEMORY_BYTES:
        descriptor = os.memfd_create("comity-copy")
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryFile() as file:
            yield file.fileno()


def _write_all(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def _unreadable_error(name: str) -> RequestError:
    message = f"{name} is missing, too large, or not a plain file of its own: links are not followed."
    return RequestError("batch_unreadable", message, "Copy the file itself into the batch folder, and send it again.")
