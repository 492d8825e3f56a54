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

from comity.gates import scanning
from comity.gates.folding import Bools, Int8s, matches, to_bools
from comity.model.text import bytes_of

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Coded:
    """Row i holds `values[codes[i]]`. Two values may be alike, and a value may be that of no row."""

    values: pa.Array
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, column: pa.Array) -> "Coded":
        """A column of strings without nulls."""
        encoded = column.dictionary_encode()
        return cls(encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "Coded":
        """Some of the rows: a slice, or their numbers."""
        return Coded(self.values, self.codes[rows])

    def mapped(self, change: Callable[[pa.Array], pa.Array]) -> "Coded":
        """The column with every value changed; `change` must look at each value alone."""
        return Coded(change(self.values), self.codes)

    def told_apart(self) -> "Coded":
        """The column with each value once, after a change that may have made some alike."""
        fewer = Coded.of(self.values)
        return Coded(fewer.values, fewer.codes[self.codes])

    def of_rows(self, of_values: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """For each row what belongs to its value."""
        return of_values[self.codes]

    def judged(self, judge: Callable[[str], int]) -> Int8s:
        """For each row a small integer, from a function of its value."""
        return self.of_rows(np.array([judge(str(value)) for value in self.values.to_pylist()], dtype=np.int8))

    def matches(self, pattern: str) -> Bools:
        """For each row, whether the pattern occurs in its value."""
        return self.of_rows(matches(self.values, pattern))

    def is_empty(self) -> Bools:
        """The rows that hold nothing."""
        return self.is_text("")

    def is_text(self, text: str) -> Bools:
        """The rows that hold this very text."""
        return self.of_rows(to_bools(pc.equal(self.values, text)))

    def ends(self, column: pa.Array) -> Bools:
        """The rows of another column that end in what this one holds there."""
        ended = np.zeros(len(self), dtype=np.bool_)
        scanning.mark_endings(*bytes_of(column), *bytes_of(self.values), self.codes, ended)
        return ended

    def sizes(self) -> npt.NDArray[np.int32]:
        """How many bytes each row's value has."""
        return self.of_rows(pc.binary_length(self.values).to_numpy(zero_copy_only=False))

    def texts(self) -> pa.Array:
        """The column as it stands, row by row."""
        return self.values.take(pa.array(self.codes))

    def used(self) -> list[str]:
        """The values that some row holds."""
        return [str(value) for value in self.values.take(pa.array(np.unique(self.codes))).to_pylist()]

    def replaced(self, rows: npt.NDArray[np.int64], texts: Sequence[str]) -> "Coded":
        """The column with other texts in some rows."""
        more = Coded.of(pa.array(texts, pa.string()))
        codes = self.codes.copy()
        codes[rows] = more.codes + len(self.values)
        return Coded(pa.concat_arrays([self.values, more.values]), codes)
