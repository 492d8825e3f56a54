"""A dictionary column behaves as the column that it encodes."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.dictionary_column import DictionaryColumn
from tests.support.text_columns import COMPILES_FIRST, sliced_column


@given(st.lists(st.tuples(st.text("ab", max_size=4), st.text("ab", max_size=4))))
@COMPILES_FIRST
def test_is_suffix_of_equals_endswith(pairs: list[tuple[str, str]]) -> None:
    column = DictionaryColumn.encode(pa.array([suffix for _, suffix in pairs], pa.string()))
    lines = sliced_column([line for line, _ in pairs])
    assert column.is_suffix_of(lines).tolist() == [line.endswith(suffix) for line, suffix in pairs]
    assert column.byte_lengths().tolist() == [len(suffix) for _, suffix in pairs]


def test_a_dictionary_column_decodes_to_the_column() -> None:
    column = DictionaryColumn.encode(pa.array(["a", "B", "a", "", "b"]))
    upper = column.map_values(lambda values: pa.array([str(v).upper() for v in values.to_pylist()]))
    assert upper.decode().to_pylist() == ["A", "B", "A", "", "B"]
    assert (len(upper.values), len(upper.unify().values)) == (4, 3)
    assert upper.unify().decode().to_pylist() == upper.decode().to_pylist()
    assert upper.is_empty().tolist() == [False, False, False, True, False]
    assert upper.matches_pattern("^A$").tolist() == [True, False, True, False, False]
    assert len(DictionaryColumn.encode(pa.array([], pa.string())).decode()) == 0


def test_replace_changes_some_rows_of_a_copy() -> None:
    column = DictionaryColumn.encode(pa.array(["A", "B", "A", "", "B"]))
    replaced = column.replace(np.array([0, 3]), ["x", "y"])
    assert replaced.decode().to_pylist() == ["x", "B", "A", "y", "B"]
    assert sorted(set(replaced.used_values())) == ["A", "B", "x", "y"]
    assert replaced[1:3].decode().to_pylist() == ["B", "A"]
    assert column.decode().to_pylist() == ["A", "B", "A", "", "B"]
