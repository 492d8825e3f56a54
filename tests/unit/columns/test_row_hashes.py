"""Numbers per value: equal for equal values, and counts that are exact."""

import pyarrow as pa
from hypothesis import given

from comity.columns.row_hashes import find_repeated_rows, letter_sum_hashes, mode_count
from tests.support.text_columns import COMPILES_FIRST, TEXTS, sliced_column


@given(TEXTS)
@COMPILES_FIRST
def test_letter_sum_hashes_ignore_case_and_marks(texts: list[str]) -> None:
    expected = [sum(ord(c.upper()) for c in text if c.isascii() and c.isalpha()) for text in texts]
    assert letter_sum_hashes(sliced_column(texts)).tolist() == expected


def test_letter_sum_hashes_of_many_rows_equal_each_row() -> None:
    few = ["ab1", "", "zz"]
    assert letter_sum_hashes(pa.array(few * 9_000)).tolist() == letter_sum_hashes(pa.array(few)).tolist() * 9_000


def test_mode_count_counts_the_most_common_value_but_the_empty_one() -> None:
    values = [f"{n % 7_001}{'x' * (n % 7_001 % 5)}" for n in range(30_000)]
    assert mode_count(pa.array([*values, "", "", *["é"] * 9])) == 9
    assert mode_count(pa.array(values)) == -(-30_000 // 7_001)
    assert [mode_count(pa.array(texts, pa.string())) for texts in ([], ["", ""], ["a", "b", ""])] == [0, 0, 1]


@given(TEXTS, TEXTS)
@COMPILES_FIRST
def test_every_row_that_equals_another_in_all_columns_is_found(first: list[str], second: list[str]) -> None:
    rows = [*zip(first, second, strict=False), *zip(second, first, strict=False)]
    expected = [position for position, row in enumerate(rows) if rows.count(row) > 1]
    columns = [sliced_column([row[column] for row in rows]) for column in range(2)]
    found = find_repeated_rows(columns).tolist()
    assert set(expected) <= set(found)
    assert found == sorted(found)


def test_rows_that_exchange_their_columns_are_no_repeats() -> None:
    names = [f"name {n}" for n in range(5_000)]
    assert not len(find_repeated_rows([pa.array([*names, *names]), pa.array([*names, *names[1:], names[0]])]))
    assert not len(find_repeated_rows([pa.array([], pa.string())]))
