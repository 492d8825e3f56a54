"""Lexicons: every distinct normalized value, once, so that a record or a request is a row of small numbers.

A lexicon holds values that belong together (a street with its direction and suffix); code 0 stands for all of them
missing. With each value stand what matching asks of it: how frequent a name is, and the hashes of the parts that
blocking keys are mixed from. An index keeps its lexicons in files; a batch of requests has its own, in memory.

Guarantees: nothing in a lexicon leads to a record.
Start at `LEXICONS`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.match.comparisons.pair_views import SIDE_TEXT_COLUMNS
from comity.match.index.blocking_rules import ADDRESS_KEY_PARTS, NAME_KEY_PARTS
from comity.match.kernels.key_hashes import PREFIX, hash_string_parts
from comity.match.kernels.parse_ints import parse_digits


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Columns of the normal form that are coded together, and the parts of keys that follow from them.

    The first of the `columns` is the one that `rank` numbers (equal values, equal rank).
    """

    name: str
    columns: tuple[str, ...]
    key_parts: tuple[str, ...] = ()


LEXICONS = (
    Lexicon("given", ("first", "given"), ("first", "first4")),
    Lexicon("middle", ("middle",)),
    Lexicon("surname", ("surname", "surname_part_1", "surname_part_2"), ("surname",)),
    Lexicon("number", ("number",), ("number",)),
    Lexicon("street", ("street", "direction", "street_suffix"), ("street", "street_named", "street4", "street6")),
    Lexicon("unit", ("unit",), ("building",)),
    Lexicon("place", ("zip", "city", "state"), ("zip", "zip3", "city", "state", "city4", "zip_digits")),
)
NULL_VALUES = {x.name: tuple("" if c == "direction" else None for c in x.columns) for x in LEXICONS}
"""What code 0 stands for. A direction is never null: it is missing where the street is."""
KEY_PARTS = ADDRESS_KEY_PARTS | NAME_KEY_PARTS
LexiconTables = Mapping[str, pa.Table]
"""A table per lexicon: a row per code, its columns as text, and for segments `rank`, `h_PART` and `frequency` beside."""


@dataclass(frozen=True, slots=True)
class TextBuffer:
    """Where the bytes of a column of text lie, and its offsets; a missing value is an empty one. `column` keeps them in place."""

    data: int
    offsets: npt.NDArray[np.int32]
    column: pa.Array


def text_buffer(column: pa.Array) -> TextBuffer:
    """A column of text, as compiled functions read it."""
    texts = column if column.type == pa.string() else column.cast(pa.string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    ends.flags.writeable = False
    return TextBuffer(data.address if data is not None else 0, ends, texts)


def hash_key_parts(text: TextBuffer, part: str) -> npt.NDArray[np.uint64]:
    """The hash of a key's part for each value of the column it is of; 0 where it is missing."""
    made = np.empty(len(text.column), np.uint64)
    hash_string_parts(text.data, text.offsets, KEY_PARTS[part].kind, KEY_PARTS[part].prefix_length, made)
    return made


def hash_texts(column: pa.Array) -> npt.NDArray[np.uint64]:
    """The hash of every text of a column, whole."""
    made = np.empty(len(column), np.uint64)
    text = text_buffer(column)
    hash_string_parts(text.data, text.offsets, PREFIX, np.iinfo(np.int32).max, made)
    return made


def parse_numbers(column: pa.Array, *, fewest_digits: int, most_digits: int) -> npt.NDArray[np.uint32]:
    """The number that each text of a column is, hyphens and spaces aside; 0 for anything else."""
    made = np.empty(len(column), np.uint32)
    text = text_buffer(column)
    parse_digits(text.data, text.offsets, most_digits, fewest_digits, made)
    return made


def parse_years(column: pa.Array) -> npt.NDArray[np.uint16]:
    """The year that each text of a column is; 0 for anything else."""
    return parse_numbers(column, fewest_digits=1, most_digits=4).astype(np.uint16)


@dataclass(frozen=True, slots=True)
class TextBuffers:
    """The values of all lexicons, column by column, in the order of `COLUMNS`."""

    buffers: tuple[TextBuffer, ...]

    def buffer(self, name: str) -> TextBuffer:
        """One of them."""
        return self.buffers[SIDE_TEXT_COLUMNS.index(name)]

    @property
    def data(self) -> tuple[int, ...]:
        """As `Side` has it."""
        return tuple(column.data for column in self.buffers)

    @property
    def offsets(self) -> tuple[npt.NDArray[np.int32], ...]:
        """As `Side` has it."""
        return tuple(column.offsets for column in self.buffers)


def text_buffers(tables: LexiconTables) -> TextBuffers:
    """The values of the lexicons, column by column."""
    of = {c: text_buffer(tables[x.name].column(c).chunk(0)) for x in LEXICONS for c in x.columns}
    return TextBuffers(tuple(of[c] for c in SIDE_TEXT_COLUMNS))


def lexicon_table(lexicon: Lexicon, values: Sequence[tuple[str | None, ...]]) -> pa.Table:
    """The values of a lexicon as a table, a row per code."""
    columns = zip(*values, strict=True)
    return pa.table({c: pa.array(texts, pa.string()) for c, texts in zip(lexicon.columns, columns, strict=True)})


def write_arrow(table: pa.Table, path: Path) -> None:
    """Write a table as one uncompressed batch, so that it can be mapped."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def read_arrow(path: Path) -> pa.Table:
    """A table written by `write_arrow`, mapped."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
