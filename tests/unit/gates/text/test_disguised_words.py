"""Words in disguise flag a row as they do when they are written plainly, and no lawful text is flagged for it."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comity.gates.text.disguised_words import find_disguised_rows, make_word_lists, restore_words
from comity.gates.text.reason_words import find_flagged_rows, list_screening_words, screen_text
from comity.law import load_law
from comity.reference.english_words import load_english_words
from tests.support.text_columns import COMPILES_FIRST

FLAGGED = load_law().list_flagged_words(date(2025, 8, 7))
SCREENING = list_screening_words(FLAGGED)
LISTS = make_word_lists(SCREENING.patterns)
PLAIN = ("needed to find the subject", "to deport him", "whereabouts of the subject", "for arrest and removal")
LOOK_ALIKE = str.maketrans("aeopcx", "\u0430\u0435\u043e\u0440\u0441\u0445")
LEET = str.maketrans("oieast", "013457")


def are_flagged(*texts: str) -> list[bool]:
    column = pa.array(texts, pa.string())
    return [bool(flag) for flag in find_flagged_rows(len(texts), screen_text(column, SCREENING), FLAGGED)]


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("separator", ["-", " ", "_", "*", ".", "+", " - ", "\u200b", "\u00ad", "/", ", "])
def test_letters_apart_are_a_word(text: str, separator: str) -> None:
    *_, last = sorted(text.split(), key=lambda word: word in {"find", "deport", "whereabouts", "arrest"})
    assert are_flagged(text, text.replace(last, separator.join(last))) == [True, True]


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("change", [LOOK_ALIKE, LEET])
def test_letters_are_read_as_what_they_look_like(text: str, change: dict[int, int]) -> None:
    disguised = [word.translate(change) if len(word) > 2 else word for word in text.split()]
    assert are_flagged(" ".join(disguised)) == [True]


@pytest.mark.parametrize("at", range(1, 11))
@pytest.mark.parametrize("separator", [" ", "-", "_"])
def test_a_word_in_two_parts_is_a_word(at: int, separator: str) -> None:
    assert are_flagged(f"wanted for {'deportation'[:at]}{separator}{'deportation'[at:]}") == [True]


@given(st.sampled_from(["whereabouts", "deportation", "apprehension"]), st.integers(0, 10), st.integers(0, 3))
@COMPILES_FIRST
def test_a_slip_hides_no_word(word: str, at: int, kind: int) -> None:
    slipped = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + "q" + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    )[kind]
    text = f"for the {slipped} of him"
    assert restore_words(text, LISTS).split()[2] in LISTS.words
    assert len(find_disguised_rows(pa.array([text]), LISTS)) == (slipped.upper() not in LISTS.common)


@pytest.mark.parametrize(
    "text",
    [
        "Indictment in case 24-1 turns on where the subject lived in 2023",
        "Count 1 rests on the residence, S. Kumar Vose, and on 8 U.S.C. 1253(a)(1)(A)",
        "F-B-I agent T. R. Ack testified; Exhibit A1B2C3 of 24-CR-00123",
        "Not f0r rem0val: the trial on count 1 turns on the residence",
        "N-o-t for removal; the grand jury weighs willfulness",
        "El acusado vivía en esta dirección en 2023; cargo 1",
        "The lessee, Ms. Arrestova of Findlay, testified on Deporter Street",
        "",
    ],
)
def test_lawful_texts_are_not_flagged(text: str) -> None:
    assert are_flagged(text) == [False]


@given(st.lists(st.sampled_from(load_english_words().to_pylist()), max_size=12))
@COMPILES_FIRST
def test_common_words_are_left_as_they_are(words: list[str]) -> None:
    common = [word for word in words if word in LISTS.common]
    assert restore_words(" ".join(common), LISTS) == " ".join(common)
    assert len(find_disguised_rows(pa.array([" ".join(common)]), LISTS)) == 0


_PARTS = st.sampled_from(
    ("to", "SYN", "de", "p", "ort", "dep0rt", "find", "arr", "est", "Investigation", "7", "2018", "1")
)
_SEPARATORS = st.sampled_from(("", " ", "-", ", ", " - ", ". ", "  -  "))
_SPLIT_TEXTS = st.lists(st.tuples(_PARTS, _SEPARATORS), max_size=12).map(lambda parts: "".join(map("".join, parts)))


@given(st.one_of(st.text(max_size=500), _SPLIT_TEXTS))
@example("Investigation SYN-2018: de p ort")
@example("de port SYN de p ort")
@COMPILES_FIRST
def test_whatever_is_restored_is_looked_at(text: str) -> None:
    """The pass over a column overlooks no text of ASCII that would be changed into words to look for."""
    plain = text.encode("ascii", "ignore").decode()
    restored = restore_words(plain, LISTS)
    found = set(restored.split()) & LISTS.words - set(plain.upper().split())
    if found:
        assert len(find_disguised_rows(pa.array([plain]), LISTS)) == 1
