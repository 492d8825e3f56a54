"""A column that holds each of its values once: what most columns of a batch are, as cities, names and years repeat.

Guarantees: what is asked of the values costs as much as there are different ones, and one look-up for each row.
Start at `Coded`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns import byte_kernels
from comity.columns.buffers import data_and_offsets
from comity.columns.fold import Bools, Int8s, matches_pattern, to_bools

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class DictionaryColumn:
    """Row i holds `values[codes[i]]`. Two values may be alike, and a value may be that of no row."""

    values: pa.Array
    codes: npt.NDArray[np.int64]

    @classmethod
    def encode(cls, column: pa.Array) -> "DictionaryColumn":
        """A column of strings without nulls."""
        encoded = column.dictionary_encode()
        return cls(encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "DictionaryColumn":
        """Some of the rows: a slice, or their numbers."""
        return DictionaryColumn(self.values, self.codes[rows])

    def map_values(self, change: Callable[[pa.Array], pa.Array]) -> "DictionaryColumn":
        """The column with every value changed; `change` must look at each value alone."""
        return DictionaryColumn(change(self.values), self.codes)

    def unify(self) -> "DictionaryColumn":
        """The column with each value once, after a change that may have made some alike."""
        fewer = DictionaryColumn.encode(self.values)
        return DictionaryColumn(fewer.values, fewer.codes[self.codes])

    def broadcast(self, of_values: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """For each row what belongs to its value."""
        return of_values[self.codes]

    def map_to_int8(self, judge: Callable[[str], int]) -> Int8s:
        """For each row a small integer, from a function of its value."""
        return self.broadcast(np.array([judge(str(value)) for value in self.values.to_pylist()], dtype=np.int8))

    def matches_pattern(self, pattern: str) -> Bools:
        """For each row, whether the pattern occurs in its value."""
        return self.broadcast(matches_pattern(self.values, pattern))

    def is_empty(self) -> Bools:
        """The rows that hold nothing."""
        return self.equals("")

    def equals(self, text: str) -> Bools:
        """The rows that hold this very text."""
        return self.broadcast(to_bools(pc.equal(self.values, text)))

    def is_suffix_of(self, column: pa.Array) -> Bools:
        """The rows of another column that end in what this one holds there."""
        ended = np.zeros(len(self), dtype=np.bool_)
        byte_kernels.mark_suffixes(*data_and_offsets(column), *data_and_offsets(self.values), self.codes, ended)
        return ended

    def byte_lengths(self) -> npt.NDArray[np.int32]:
        """How many bytes each row's value has."""
        return self.broadcast(pc.binary_length(self.values).to_numpy(zero_copy_only=False))

    def decode(self) -> pa.Array:
        """The column as it stands, row by row."""
        return self.values.take(pa.array(self.codes))

    def used_values(self) -> list[str]:
        """The values that some row holds."""
        return [str(value) for value in self.values.take(pa.array(np.unique(self.codes))).to_pylist()]

    def replace(self, rows: npt.NDArray[np.int64], texts: Sequence[str]) -> "DictionaryColumn":
        """The column with other texts in some rows."""
        more = DictionaryColumn.encode(pa.array(texts, pa.string()))
        codes = self.codes.copy()
        codes[rows] = more.codes + len(self.values)
        return DictionaryColumn(pa.concat_arrays([self.values, more.values]), codes)
