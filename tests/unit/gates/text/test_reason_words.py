"""Words that flag a reason are found wherever they are in it, and screening overlooks none of them."""

import re
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.gates import REGISTER
from comity.gates.text.reason_words import (
    MAX_READ_CHARACTERS,
    find_flagged_rows,
    fold_clauses,
    list_screening_words,
    screen_text,
)
from comity.law import FlaggedWords, load_law
from comity.requests_file.limits import MAX_FIELD_CHARACTERS
from tests.support.text_columns import COMPILES_FIRST

FLAGGED = load_law().list_flagged_words(date(2025, 8, 7))
PATTERNS = [(words, pattern) for words in FLAGGED for pattern in words.patterns]


def is_flagged(text: str) -> bool:
    texts = pa.array([text], pa.string())
    return bool(find_flagged_rows(1, screen_text(texts, list_screening_words(FLAGGED)), FLAGGED)[0])


def test_words_are_flagged_for_a_rule_that_exists() -> None:
    assert {words.rule for words in FLAGGED} <= {rule.id for rule in REGISTER}
    assert {words.rule for words in FLAGGED} == {"r17_flagged_words", "d02_order_outstanding"}


@pytest.mark.parametrize(("words", "pattern"), PATTERNS)
@given(st.data())
@COMPILES_FIRST
def test_every_match_of_a_pattern_has_a_keyword_of_its_words(
    words: FlaggedWords, pattern: str, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)).lower()
    assert any(keyword.strip() in text for keyword in words.keywords)


@pytest.mark.parametrize("before", range(0, MAX_READ_CHARACTERS - 30, 7))
def test_words_are_found_wherever_they_are_in_the_longest_field(before: int) -> None:
    lead = ("the lease and the bills show who lived there. " * 20)[:before]
    text = (lead.rstrip() + " needed to locate the subject")[:MAX_READ_CHARACTERS]
    assert is_flagged(text)
    assert not is_flagged(text.replace("locate the subject", "prove count 1"))


def test_a_field_is_read_whole_and_a_longer_text_is_flagged() -> None:
    assert MAX_READ_CHARACTERS >= MAX_FIELD_CHARACTERS
    assert is_flagged("where " + "x " * MAX_READ_CHARACTERS)


@pytest.mark.parametrize("text", ["lócate him", "lo\u200bcate him", "ＬＯＣＡＴＥ him", "LOCATE HIM", "locate,him"])
def test_marks_and_invisible_letters_hide_no_word(text: str) -> None:
    assert is_flagged(text)


def test_a_clause_ends_at_a_mark_and_not_within_an_abbreviation() -> None:
    texts = pa.array(["No stay, as of May. He left the U.S. in 2019", "VACATED; SEE ORDER.", None])
    assert fold_clauses(texts).to_pylist() == [
        "NO STAY # AS OF MAY # HE LEFT THE US IN 2019",
        "VACATED # SEE ORDER #",
        "",
    ]


def test_words_split_where_a_long_text_is_cut_stay_whole() -> None:
    text = "x" * 245 + " relocated within the district, as count 1 says"
    assert not is_flagged(text)
    assert re.search("RELOCATED WITHIN", fold_clauses(pa.array([text]))[0].as_py())
