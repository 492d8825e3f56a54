"""Compiled loops, held to what others count: likeness and edits to DuckDB's, searches to plain Python."""

import string

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns.duck import connect
from comity.columns.strings import (
    LINE_CAPACITY,
    StringView,
    append,
    damerau_levenshtein,
    in_word_set,
    jaro_winkler,
    word_set,
)
from comity.match.index.lexicons import hash_texts, text_buffer
from comity.match.kernels.comparison_levels import build_hash_set, hash_set_contains
from comity.match.kernels.key_hashes import BUILDING_NAME, NAMED_STREET, SORTED_CHARS, hash_string_parts
from comity.match.kernels.parse_ints import parse_digits
from comity.match.kernels.postings_search import count_postings, gather_postings

WORDS = st.text("AB1", min_size=1, max_size=9) | st.text(string.ascii_uppercase, min_size=1, max_size=70)


class Held:
    """Texts whose bytes stay in place as long as this does."""

    def __init__(self) -> None:
        self._bytes: list[np.ndarray[tuple[int], np.dtype[np.uint8]]] = []

    def __call__(self, text: str) -> StringView:
        self._bytes.append(np.frombuffer(text.encode("ascii") or b"\0", np.uint8))
        return StringView(self._bytes[-1].ctypes.data, len(text))


@st.composite
def mistyped(draw: st.DrawFn) -> tuple[str, str]:
    """A word and another, or the word with a few letters changed."""
    one = draw(WORDS)
    if draw(st.booleans()):
        return one, draw(WORDS)
    letters = list(one)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(letters)))
        letters[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from(["", "A", "B", *("".join(letters[at : at + 2][::-1]),)])
        )
    return one, "".join(letters) or "A"


@given(st.lists(mistyped(), min_size=30, max_size=30))
@settings(deadline=None, max_examples=40)
def test_likeness_and_edits_are_those_that_duckdb_counts(pairs: list[tuple[str, str]]) -> None:
    held = Held()
    with connect() as db:
        db.register("pairs", pa.table({"n": range(len(pairs)), "a": [a for a, _ in pairs], "b": [b for _, b in pairs]}))
        counted = db.execute(
            "SELECT jaro_winkler_similarity(a[:64], b[:64]), damerau_levenshtein(a, b) FROM pairs ORDER BY n"
        ).fetchall()
    for (a, b), (likeness, number) in zip(pairs, counted, strict=True):
        assert jaro_winkler(held(a), held(b)) == pytest.approx(likeness, abs=1e-12), (a, b)
        for most in (1, 2, 4, 200):
            assert damerau_levenshtein(held(a), held(b), most) == min(number, most + 1), (a, b, most)


def test_a_missing_text_is_like_nothing() -> None:
    held = Held()
    assert jaro_winkler(held(""), held("A")) == jaro_winkler(held(""), held("")) == 0
    assert not in_word_set(held(""), word_set("A", "BC"))
    assert in_word_set(held("BC"), word_set("A", "BC"))
    assert not in_word_set(held("B"), word_set("A", "BC"))


def test_a_line_that_has_no_more_room_is_cut() -> None:
    held = Held()
    room = np.zeros(LINE_CAPACITY + 8, np.uint8)
    line = append(StringView(room.ctypes.data, 0), held("A" * 1000))
    line = append(line, held("B" * 1000))
    assert line.length == LINE_CAPACITY
    assert not room[LINE_CAPACITY:].any()
    assert bytes(room[:LINE_CAPACITY]) == b"A" * 1000 + b"B" * (LINE_CAPACITY - 1000)


@given(st.lists(st.text(max_size=12), max_size=8))
@settings(deadline=None, max_examples=60)
def test_hashes_tell_texts_apart_and_a_missing_one_is_zero(texts: list[str]) -> None:
    made = hash_texts(pa.array([*texts, None], pa.string()))
    assert made[-1] == 0
    assert [h == 0 for h in made[:-1].tolist()] == [not t for t in texts]
    assert len(set(made[:-1].tolist())) == len(set(texts))
    assert made[:-1].tolist() == hash_texts(pa.array([None, *texts], pa.string()).slice(1)).tolist()


@pytest.mark.parametrize(
    ("kind", "letters", "one", "other", "is_missing"),
    [
        (SORTED_CHARS, 9, "62701", "10762", False),
        (NAMED_STREET, 4, "MAINLINE", "MAIN", False),
        (NAMED_STREET, 250, "POBOX", "POBOX", True),
        (BUILDING_NAME, 6, "OAKWOODS", "OAKWOO", False),
        (BUILDING_NAME, 6, "OAK2WOODS", "12", True),
    ],
)
def test_parts_of_texts(kind: int, letters: int, one: str, other: str, is_missing: bool) -> None:
    text = text_buffer(pa.array([one, other], pa.string()))
    made = np.empty(2, np.uint64)
    hash_string_parts(text.data, text.offsets, kind, letters, made)
    assert made[0] == made[1]
    assert (made[0] == 0) == is_missing


@pytest.mark.parametrize(
    ("text", "number"),
    [("900-12-3456", 900123456), ("9001 23456", 900123456), ("90012345", 0), ("9001234567", 0), ("90012345A", 0), ("", 0),
     ("9" * 300, 0), ("９００１２３４５６", 0)],
)  # fmt: skip
def test_numbers_are_read_whole_or_not_at_all(text: str, number: int) -> None:
    column = text_buffer(pa.array([text], pa.string()))
    made = np.empty(1, np.uint32)
    parse_digits(column.data, column.offsets, 9, 9, made)
    assert made.tolist() == [number]


@given(
    st.lists(st.integers(0, 63), max_size=60),
    st.lists(st.integers(0, 63), max_size=30),
    st.sampled_from([8, 32, 58]),  # all near 0, or over the whole range, as a file's keys lie
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_every_entry_of_a_wanted_key_is_met_and_no_other(
    made: list[int], asked: list[int], shift: int, is_whole: bool
) -> None:
    records = np.uint64(0xFF)
    entries = np.sort(np.array([key << shift | i for i, key in enumerate(made)], np.uint64))
    wanted = np.sort(np.array(asked, np.uint64) << np.uint64(shift))
    starts, lengths = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
    total = count_postings(entries, wanted, records, starts, lengths, is_whole)
    positions, met = np.empty(total, np.int64), np.empty(total, np.uint32)
    gather_postings(entries, records, starts, lengths, positions, met)
    expected = sorted((p, i) for p, key in enumerate(sorted(asked)) for i, other in enumerate(made) if key == other)
    assert list(zip(positions.tolist(), met.tolist(), strict=True)) == expected


def test_a_table_holds_its_hashes_and_no_other() -> None:
    hashes = np.random.default_rng(5).integers(1, 2**64, 3000, dtype=np.uint64)
    hashes[:500] = (hashes[:500] & ~np.uint64(0xFFFF)) | np.uint64(7)  # that would all stand in one place
    table = build_hash_set(hashes[:2000])
    assert len(table) >= 4 * 2000
    assert all(hash_set_contains(table, wanted) for wanted in hashes[:2000])
    assert not any(hash_set_contains(table, wanted) for wanted in hashes[2000:])
    assert not hash_set_contains(build_hash_set(hashes[:0]), hashes[0])
