"""Jaro-Winkler and Damerau-Levenshtein, held to RapidFuzz and to DuckDB."""

import string

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from comity.columns.duck import connect
from comity.columns.string_distance import damerau_levenshtein, jaro_winkler, may_be_similar
from tests.support.string_views import StringViews

WORDS = st.text("AB1", min_size=1, max_size=9) | st.text(string.ascii_uppercase, min_size=1, max_size=70)
LIMITS = (1, 2, 4, 200)


@st.composite
def word_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Draw two words, or a word and the same with a few letters changed."""
    word = draw(WORDS)
    if draw(st.booleans()):
        return word, draw(WORDS)
    letters = list(word)
    for _ in range(draw(st.integers(1, 3))):
        i = draw(st.integers(0, len(letters)))
        replacement = draw(st.sampled_from(["", "A", "B", "".join(letters[i : i + 2][::-1])]))
        letters[i : i + draw(st.integers(0, 2))] = replacement
    return word, "".join(letters) or "A"


@given(word_pairs())
@settings(deadline=None, max_examples=600)
def test_jaro_winkler_is_that_of_rapidfuzz(pair: tuple[str, str]) -> None:
    views, (left, right) = StringViews(), pair
    assert jaro_winkler(views(left), views(right)) == pytest.approx(
        JaroWinkler.similarity(left[:64], right[:64]), abs=1e-12
    )


@given(word_pairs(), st.sampled_from(LIMITS))
@settings(deadline=None, max_examples=600)
def test_damerau_levenshtein_is_that_of_rapidfuzz_up_to_the_limit(pair: tuple[str, str], limit: int) -> None:
    views, (left, right) = StringViews(), pair
    assert damerau_levenshtein(views(left), views(right), limit) == DamerauLevenshtein.distance(
        left, right, score_cutoff=limit
    )


@given(st.lists(word_pairs(), min_size=30, max_size=30))
@settings(deadline=None, max_examples=20)
def test_both_are_those_of_duckdb(pairs: list[tuple[str, str]]) -> None:
    views = StringViews()
    with connect() as db:
        db.register("pairs", pa.table({"n": range(len(pairs)), "a": [a for a, _ in pairs], "b": [b for _, b in pairs]}))
        expected = db.execute(
            "SELECT jaro_winkler_similarity(a[:64], b[:64]), damerau_levenshtein(a, b) FROM pairs ORDER BY n"
        ).fetchall()
    for (left, right), (similarity, distance) in zip(pairs, expected, strict=True):
        assert jaro_winkler(views(left), views(right)) == pytest.approx(similarity, abs=1e-12), (left, right)
        assert damerau_levenshtein(views(left), views(right), 200) == distance, (left, right)


def test_jaro_winkler_of_null_is_zero() -> None:
    views = StringViews()
    assert jaro_winkler(views(""), views("A")) == jaro_winkler(views(""), views("")) == 0


def test_jaro_winkler_reads_64_letters() -> None:
    views = StringViews()
    assert jaro_winkler(views("A" * 64 + "B"), views("A" * 64 + "C")) == 1


@given(word_pairs(), st.sampled_from([0.65, 0.7, 0.8, 0.92]))
@settings(deadline=None, max_examples=2_000)
def test_strings_that_are_similar_or_two_edits_apart_may_be_similar(pair: tuple[str, str], similarity: float) -> None:
    views = StringViews()
    left, right = map(views, pair)
    is_similar = jaro_winkler(left, right) >= similarity
    assert may_be_similar(left, right, similarity) or not (is_similar or damerau_levenshtein(left, right, 2) <= 2)


def test_may_be_similar_counts_letters_that_occur_often() -> None:
    views = StringViews()
    assert may_be_similar(views("AAAAABC"), views("AAAAADE"), 0.65)
    assert not may_be_similar(views("AAAABCDEF"), views("AGHIJKLMN"), 0.65)
    assert not may_be_similar(views("ROBERT"), views("VIVIAN"), 0.65)
