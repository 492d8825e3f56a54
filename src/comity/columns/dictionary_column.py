"""A dictionary-encoded text column: the distinct values, and for each row the code of its value.

Guarantees: a question about values costs one answer per distinct value and one look-up per row.
Start at `DictionaryColumn`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Bytes, Int8s, Int64s, Offsets, data_and_offsets
from comity.columns.kernel import kernel
from comity.columns.patterns import matches_pattern, to_bools

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class DictionaryColumn:
    """A column in which row i holds `values[codes[i]]`. Values may repeat, and some may belong to no row."""

    values: pa.Array
    codes: Int64s

    @classmethod
    def encode(cls, column: pa.Array) -> "DictionaryColumn":
        """Encode a column of strings without nulls."""
        encoded = column.dictionary_encode()
        return cls(encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "DictionaryColumn":
        """Select rows by a slice or by their numbers."""
        return DictionaryColumn(self.values, self.codes[rows])

    def map_values(self, change: Callable[[pa.Array], pa.Array]) -> "DictionaryColumn":
        """Return the column with `change` applied to the distinct values; it must treat each value on its own."""
        return DictionaryColumn(change(self.values), self.codes)

    def unify(self) -> "DictionaryColumn":
        """Return the column with equal values merged, after a change that made some equal."""
        unique = DictionaryColumn.encode(self.values)
        return DictionaryColumn(unique.values, unique.codes[self.codes])

    def broadcast(self, per_value: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """Return for each row the element of `per_value` that belongs to its value."""
        return per_value[self.codes]

    def map_to_int8(self, function: Callable[[str], int]) -> Int8s:
        """Return for each row a small integer computed from its value."""
        return self.broadcast(np.array([function(str(value)) for value in self.values.to_pylist()], dtype=np.int8))

    def matches_pattern(self, pattern: str) -> Bools:
        """Return for each row whether the pattern occurs in its value."""
        return self.broadcast(matches_pattern(self.values, pattern))

    def is_empty(self) -> Bools:
        """Return for each row whether its value is ''."""
        return self.equals("")

    def equals(self, text: str) -> Bools:
        """Return for each row whether it holds exactly this text."""
        return self.broadcast(to_bools(pc.equal(self.values, text)))

    def is_suffix_of(self, column: pa.Array) -> Bools:
        """Return for each row whether the other column's value ends in this column's."""
        marked = np.zeros(len(self), dtype=np.bool_)
        _mark_suffixes(*data_and_offsets(column), *data_and_offsets(self.values), self.codes, marked)
        return marked

    def byte_lengths(self) -> npt.NDArray[np.int32]:
        """Return the number of bytes of each row's value."""
        return self.broadcast(pc.binary_length(self.values).to_numpy(zero_copy_only=False))

    def decode(self) -> pa.Array:
        """Return the column as plain strings, row by row."""
        return self.values.take(pa.array(self.codes))

    def used_values(self) -> list[str]:
        """Return the values that at least one row holds."""
        return [str(value) for value in self.values.take(pa.array(np.unique(self.codes))).to_pylist()]

    def replace(self, rows: Int64s, texts: Sequence[str]) -> "DictionaryColumn":
        """Return the column with other texts in some rows."""
        added = DictionaryColumn.encode(pa.array(texts, pa.string()))
        codes = self.codes.copy()
        codes[rows] = added.codes + len(self.values)
        return DictionaryColumn(pa.concat_arrays([self.values, added.values]), codes)


@kernel
def _mark_suffixes(
    data: Bytes, offsets: Offsets, suffix_data: Bytes, suffix_offsets: Offsets, codes: Int64s, marked: Bools
) -> None:
    """Mark the values that end in the suffix with their row's code."""
    for row in range(len(marked)):
        suffix_begin, suffix_end = suffix_offsets[codes[row]], suffix_offsets[codes[row] + 1]
        end = offsets[row + 1]
        same = suffix_end - suffix_begin <= end - offsets[row]
        while same and suffix_end > suffix_begin:
            suffix_end -= 1
            end -= 1
            same = data[end] == suffix_data[suffix_end]
        marked[row] = same
