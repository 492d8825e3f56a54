"""Read a text file as plain UTF-8 in which every row keeps its place, block by block.

Guarantees: what is read is valid UTF-8, whatever the file holds; each repair is a fault.
"""

import codecs
from typing import IO

from comity.columns.block_reader import BlockReader
from comity.requests_file.form_faults import NOT_UTF8, FormFaults

_BLOCK_BYTES = 2**20
_REPLACEMENT = "\ufffd"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: codecs.utf_8_decode,
    codecs.BOM_UTF16_LE: codecs.utf_16_le_decode,
    codecs.BOM_UTF16_BE: codecs.utf_16_be_decode,
}


class PlainTextReader(BlockReader):
    """A file's text as plain UTF-8. `line_count` is how many lines were read, the last one without an end too."""

    def __init__(self, file: IO[bytes], faults: FormFaults, *, first_row: int) -> None:
        """Read from the file's start; `first_row` is the row number of its first line (0 where that is the header)."""
        super().__init__()
        self._file, self._faults, self._row = file, faults, first_row
        self._first_row, self._last_malformed = first_row, 0
        self._undecoded = file.read(len(codecs.BOM_UTF8))
        self._is_in_line = False
        self._decode = codecs.utf_8_decode
        for mark, decode in _BYTE_ORDER_MARKS.items():
            if self._undecoded.startswith(mark):
                faults.add_file_fault("The file begins with a byte order mark; write plain UTF-8.", NOT_UTF8.to_do)
                self._undecoded, self._decode = self._undecoded[len(mark) :], decode
                break

    @property
    def line_count(self) -> int:
        """Return how many lines were read so far."""
        return self._row - self._first_row + self._is_in_line

    def skip_to_end(self) -> None:
        """Read what is left, for its lines and faults alone."""
        while not self._is_at_end:
            self._read_block()

    def _read_block(self) -> bytes:
        block = self._file.read(_BLOCK_BYTES)
        self._is_at_end = not block
        data = self._undecoded + block
        try:
            text, used = self._decode(data, "strict", self._is_at_end)
            plain = data[:used] if self._decode is codecs.utf_8_decode else text.encode()
        except UnicodeDecodeError:
            text, used = self._decode(data, "replace", self._is_at_end)
            plain = text.encode()
            self._report_malformed(text)
        self._undecoded = data[used:]
        self._row += plain.count(b"\n")
        self._is_in_line = not plain.endswith(b"\n") if plain else self._is_in_line
        return plain

    def _report_malformed(self, text: str) -> None:
        rows = [row for row, line in enumerate(text.split("\n"), start=self._row) if _REPLACEMENT in line]
        rows = [row for row in rows if row > self._last_malformed]  # a line may reach over two blocks
        self._last_malformed = rows[-1] if rows else self._last_malformed
        self._faults.add_rows(NOT_UTF8, rows)
