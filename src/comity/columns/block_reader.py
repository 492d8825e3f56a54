"""Read blocks of text, as a subclass makes them, through the interface of a binary file.

Guarantees: no more than one block is held at a time.
Does not: know where the blocks come from, or what is done to them.
Start at `BlockReader`.
"""

import io


class BlockReader(io.RawIOBase):
    """A file of the blocks that `_read_block` returns until it sets `_is_at_end`; an empty block is passed over."""

    def __init__(self) -> None:
        """Start before the first block."""
        super().__init__()
        self._pending = memoryview(b"")
        self._is_at_end = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what `io` passes
        """Fill the buffer with the next text, and return how many bytes that are; 0 at the end."""
        while not len(self._pending) and not self._is_at_end:
            self._pending = memoryview(self._read_block())
        size = min(len(buffer), len(self._pending))
        buffer[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def _read_block(self) -> bytes:
        """Return the next block, and set `_is_at_end` if there is none after it."""
        raise NotImplementedError
