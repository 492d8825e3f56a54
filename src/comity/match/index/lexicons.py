"""Lexicons as Arrow tables: every distinct normalized value once, so that a record is a row of small codes.

A lexicon's table has one row per code: the lexicon's text columns and, in a segment, the hash of each key part and the
frequency of a name. An index keeps its lexicons in files; a batch of requests has its own in memory.

Guarantees: nothing in a lexicon leads to a record.
Start at `lexicon_table`; `normalize/schema.py` lists the lexicons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.index.blocking_rules import KEY_PARTS
from comity.match.kernels.key_hashes import PREFIX, hash_string_parts
from comity.normalize.schema import LEXICONS, SIDE_TEXT_COLUMNS, Lexicon

LexiconTables = Mapping[str, pa.Table]
"""A table per lexicon, one row per code: the text columns; for segments also `rank`, `frequency`, a hash per part."""


@dataclass(frozen=True, slots=True)
class TextBuffer:
    """The address of a text column's bytes, and its offsets; a null value is empty. `column` keeps the bytes alive."""

    data: int
    offsets: npt.NDArray[np.int32]
    column: pa.Array


def text_buffer(column: pa.Array) -> TextBuffer:
    """Return a text column in the form that the kernels read."""
    texts = column if column.type == pa.string() else column.cast(pa.string())
    _, offset_buffer, data = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    offsets.flags.writeable = False
    return TextBuffer(data.address if data is not None else 0, offsets, texts)


def hash_key_parts(text: TextBuffer, part: str) -> npt.NDArray[np.uint64]:
    """Hash the key part `part` of each value of its column; 0 where the value is null."""
    hashes = np.empty(len(text.column), np.uint64)
    hash_string_parts(text.data, text.offsets, KEY_PARTS[part].kind, KEY_PARTS[part].prefix_length, hashes)
    return hashes


def hash_texts(column: pa.Array) -> npt.NDArray[np.uint64]:
    """Hash every text of a column in full."""
    hashes = np.empty(len(column), np.uint64)
    text = text_buffer(column)
    hash_string_parts(text.data, text.offsets, PREFIX, np.iinfo(np.int32).max, hashes)
    return hashes


@dataclass(frozen=True, slots=True)
class TextBuffers:
    """The text columns of all lexicons, in the order of `SIDE_TEXT_COLUMNS`."""

    buffers: tuple[TextBuffer, ...]

    def buffer(self, name: str) -> TextBuffer:
        """Return the buffer of one column."""
        return self.buffers[SIDE_TEXT_COLUMNS.index(name)]

    @property
    def data(self) -> tuple[int, ...]:
        """Return the addresses of the columns' bytes, as the kernels' `PairSide` takes them."""
        return tuple(buffer.data for buffer in self.buffers)

    @property
    def offsets(self) -> tuple[npt.NDArray[np.int32], ...]:
        """Return the columns' offsets, as the kernels' `PairSide` takes them."""
        return tuple(buffer.offsets for buffer in self.buffers)


def text_buffers(tables: LexiconTables) -> TextBuffers:
    """Return the text columns of all lexicons in the form that the kernels read."""
    by_column = {
        column: text_buffer(tables[lexicon.name].column(column).chunk(0))
        for lexicon in LEXICONS
        for column in lexicon.columns
    }
    return TextBuffers(tuple(by_column[column] for column in SIDE_TEXT_COLUMNS))


def lexicon_table(lexicon: Lexicon, values: Sequence[tuple[str | None, ...]]) -> pa.Table:
    """Return the values of a lexicon as a table, one row per code."""
    columns = zip(*values, strict=True)
    return pa.table(
        {column: pa.array(texts, pa.string()) for column, texts in zip(lexicon.columns, columns, strict=True)}
    )


def write_arrow(table: pa.Table, path: Path) -> None:
    """Write a table as one uncompressed record batch, so that it can be memory-mapped."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def read_arrow(path: Path) -> pa.Table:
    """Memory-map a table written by `write_arrow`."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
