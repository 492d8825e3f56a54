"""Folding against the same steps in plain Python, one value at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.columns.fold import (
    _CARE_OF,
    _FOLD_TABLE,
    fold,
    fold_lines,
    to_ascii,
    to_string_array,
    translate_bytes,
    translation_table,
)
from comity.columns.transliteration import MAX_TEXT_LENGTH
from tests.support.text_columns import COMPILES_FIRST, TEXTS, WHITESPACE_SAMPLES, sliced_column


@given(TEXTS)
@COMPILES_FIRST
def test_translate_bytes_maps_every_byte_and_leaves_single_spaces(texts: list[str]) -> None:
    texts = [text for text in texts if text.isascii()]
    mapped = ["".join(c.upper() if c.upper() in "AZ9" else "" if c == "'" else " " for c in text) for text in texts]
    result = translate_bytes(sliced_column(texts), translation_table("AZ9", "'"))
    assert result.to_pylist() == [" ".join(text.split()) for text in mapped]


@given(TEXTS, TEXTS)
@COMPILES_FIRST
def test_fold_lines_joins_two_folded_fields(streets: list[str], second_lines: list[str]) -> None:
    pairs = list(zip(streets, second_lines, strict=False))
    columns = [[street for street, _ in pairs], [second for _, second in pairs]]
    folded = [fold(pa.array(texts, pa.string())).to_pylist() for texts in columns]
    expected = [f"{street} {second}".strip() for street, second in zip(*folded, strict=True)]
    assert fold_lines(*map(sliced_column, columns)).to_pylist() == expected


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("c/o Ana", "CAREOF ANA"),
        ("C.O. Ana", "CAREOF ANA"),
        ("% Ana", "CAREOF ANA"),
        ("Care Of Ana", "CAREOF ANA"),
        ("12 Oak, c / o Ana", "12 OAK CAREOF ANA"),
        ("St. Olaf", "ST OLAF"),
        ("Office 4", "OFFICE 4"),
        ("5 %", "5"),
        ("Isle of Palms", "ISLE OF PALMS"),
        ("\u2105 Ana", "CAREOF ANA"),
        ("o", "O"),
        ("x.", "X"),
        ("", ""),
    ],
)
def test_fold_writes_care_of_as_one_word(text: str, folded: str) -> None:
    assert fold(pa.array([text])).to_pylist() == [folded]


PIECES = [
    "c/o",
    "C / O",
    "C.O. ",
    "c.o.",
    "%",
    "Care of",
    " care  of ",
    " ",
    ",",
    "(",
    "x",
    "1",
    "é",
    "℅",
    "f",
    "c",
    "o",
]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), max_size=20))
@COMPILES_FIRST
def test_fold_overlooks_no_care_of(texts: list[str]) -> None:
    """Only unusual values are examined closely; the result is as if every value were."""
    column = pa.array(texts, pa.string())
    examined = pc.replace_substring_regex(to_ascii(column), _CARE_OF, " CAREOF ")
    assert fold(column).to_pylist() == translate_bytes(examined, _FOLD_TABLE).to_pylist()


def test_fold_of_many_rows_equals_fold_of_each() -> None:
    many, few = pa.array(WHITESPACE_SAMPLES * 6_000), pa.array(WHITESPACE_SAMPLES)
    each = [fold(few.slice(row, 1))[0].as_py() for row in range(len(few))]
    assert fold(many).to_pylist() == each * 6_000


def test_to_string_array_cuts_just_beyond_the_limit() -> None:
    column = pa.chunked_array([["a" * 300, None], ["b"]])
    assert to_string_array(column).to_pylist() == ["a" * (MAX_TEXT_LENGTH + 1), "", "b"]


def test_translation_table_holds_a_space_for_other_bytes() -> None:
    table = translation_table("A", "'")
    assert np.flatnonzero(table != ord(" ")).tolist() == [ord("'"), ord("A"), ord("a")]
    assert (table[ord("'")], table[ord("a")]) == (0, ord("A"))
