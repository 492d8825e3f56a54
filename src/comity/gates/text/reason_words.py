"""Find the words of a requester's own text that a person must read: `FlaggedWords` of the law on file.

Guarantees: a text is read whole, up to the length that a field may have, and one that is longer is flagged; letters
with marks, invisible characters and dots between letters hide no word, nor do splits, digits for letters and one slip
(`disguised_words`). Words decide nothing.
Does not: know the words (`law/statutes` does), or look at texts with neither keyword nor disguise.
Basis: ADR 0033 and 0042.
Start at `screen_text`, then `find_flagged_rows`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.aho_corasick import AhoCorasick, build_automaton, contains_any
from comity.columns.buffers import Bools, Int64s
from comity.columns.fold import fold
from comity.columns.patterns import matches_pattern, to_bools
from comity.columns.transliteration import MAX_TEXT_LENGTH
from comity.gates.text.disguised_words import find_disguised_rows, make_word_lists, restore_words
from comity.law import FlaggedWords

MAX_READ_CHARACTERS = 2 * MAX_TEXT_LENGTH
"""How much of a text is read: as much as a field may hold."""

_CLAUSE_END = r"([A-Za-z0-9]\.|[,;:!?])(?:\s|$)"
"""Where a clause ends; not after the letters of "U.S. citizen", which the next pattern takes back."""
_ABBREVIATION = r"\b((?:[A-Za-z]\.)+) # "
_DENIAL = (
    r"(?:NO|NEVER|WITHOUT|NEITHER|NOR|NOT (?:AN?|ANY|THE|FOR|TO|SOUGHT|USED|ASKED|MEANT|INTENDED|ONE))"
    r"(?: (?:AN?|ANY|THE|FOR|TO|PRIOR|FINAL|SUCH|SOUGHT|USED|BE|ASKED|MEANT|INTENDED))*"
)
"""Words before a pattern that deny it; "not" alone does not: "do not know where he lives"."""


class ScreeningWords(NamedTuple):
    """What a text has if it must be looked at: one of the keywords, or a word of the patterns in disguise."""

    keywords: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


def list_screening_words(flagged: Sequence[FlaggedWords]) -> ScreeningWords:
    """Return every keyword and every pattern once, in order."""
    return ScreeningWords(
        tuple(dict.fromkeys(keyword for words in flagged for keyword in words.keywords)),
        tuple(dict.fromkeys(pattern for words in flagged for pattern in words.patterns)),
    )


class ScreenedText(NamedTuple):
    """The texts of a column that are looked at closely: their rows, the folded clauses, and which are too long.

    A text with disguised words is there twice: as written, and with the words that are meant.
    """

    rows: Int64s
    clauses: pa.Array
    is_too_long: Bools


def screen_text(text: pa.Array, words: ScreeningWords) -> ScreenedText:
    """Return the texts that have a keyword, a letter beyond ASCII or a disguised word, folded."""
    rows = _find_rows_with_keywords(text, words.keywords)
    texts = text.take(pa.array(rows))
    if words.patterns:
        lists = make_word_lists(words.patterns)
        beyond_ascii = rows[~to_bools(pc.string_is_ascii(texts))]
        disguised = np.union1d(beyond_ascii, find_disguised_rows(text, lists))
        written = [value[:MAX_READ_CHARACTERS] for value in text.take(pa.array(disguised)).to_pylist()]
        rows = np.concatenate([rows, disguised])
        texts = pa.concat_arrays([texts, pa.array([restore_words(value, lists) for value in written], pa.string())])
    return ScreenedText(rows, fold_clauses(texts), to_bools(pc.greater(pc.utf8_length(texts), MAX_READ_CHARACTERS)))


def find_flagged_rows(row_count: int, screened: ScreenedText, flagged: Sequence[FlaggedWords]) -> Bools:
    """Return for each row whether some of the words flag it.

    Args:
        row_count: how many rows there are.
        screened: the texts of the rows that have a keyword of these words, or more.
        flagged: the words.
    """
    is_flagged = np.zeros(row_count, dtype=np.bool_)
    if not flagged or not len(screened.rows):
        return is_flagged
    patterns = _whole_words([pattern for words in flagged for pattern in words.patterns])
    hits = np.flatnonzero(matches_pattern(screened.clauses, patterns))
    clauses = screened.clauses.take(pa.array(hits))
    marked = np.zeros(len(hits), dtype=np.bool_)
    for words in flagged:
        marked |= _matches_words(clauses, words)
    is_flagged[screened.rows[hits[marked]]] = True
    is_flagged[screened.rows] |= screened.is_too_long
    return is_flagged


def fold_clauses(text: pa.Array) -> pa.Array:
    """Fold texts to capitals, with `#` where a clause ends.

    >>> fold_clauses(pa.array(["No stay, as of May. He left the U.S. in 2019"])).to_pylist()
    ['NO STAY # AS OF MAY # HE LEFT THE US IN 2019']
    """
    marked = pc.replace_substring_regex(text, _CLAUSE_END, r"\1 # ")
    marked = pc.replace_substring_regex(marked, _ABBREVIATION, r"\1 ")
    folded = fold(marked)
    is_long = to_bools(pc.greater(pc.utf8_length(marked), MAX_TEXT_LENGTH))
    return _append_rest(folded, marked, np.flatnonzero(is_long)) if is_long.any() else folded


def _append_rest(folded: pa.Array, text: pa.Array, rows: Int64s) -> pa.Array:
    """Return folded texts with what `fold` left out of the long ones, in slices that begin where the last one ended."""
    long_texts = text.take(pa.array(rows))
    whole = pc.utf8_slice_codeunits(long_texts, 0, 0)
    is_inside_word = np.zeros(len(rows), dtype=np.bool_)
    longest = min(int(pc.max(pc.utf8_length(long_texts)).as_py()), 2 * MAX_READ_CHARACTERS)
    for start in range(0, longest, MAX_TEXT_LENGTH):
        part = pc.utf8_slice_codeunits(long_texts, start, start + MAX_TEXT_LENGTH)
        joint = np.where(is_inside_word & matches_pattern(part, _WORD_START), "", " ")
        whole = pc.binary_join_element_wise(whole, pa.array(joint, pa.string()), fold(part), "")
        is_inside_word = matches_pattern(part, _WORD_END)
    mask = np.zeros(len(text), dtype=np.bool_)
    mask[rows] = True
    single_spaced = pc.utf8_trim_whitespace(pc.replace_substring_regex(whole, " +", " "))
    return pc.replace_with_mask(folded, pa.array(mask), single_spaced)


_WORD_START, _WORD_END = r"^[\pL\pN\pM\pC'`.]", r"[\pL\pN\pM\pC'`.]$"


def _find_rows_with_keywords(text: pa.Array, keywords: tuple[str, ...]) -> Int64s:
    if not keywords:
        return np.zeros(0, dtype=np.int64)
    automaton = _build_automaton(keywords)
    return np.arange(len(text)) if automaton is None else np.flatnonzero(contains_any(text, automaton))


def _matches_words(clauses: pa.Array, words: FlaggedWords) -> Bools:
    for phrases in (words.other_meanings, [f"{_DENIAL} (?:{'|'.join(words.patterns)})"]):
        if phrases:
            clauses = pc.replace_substring_regex(clauses, _whole_words(phrases), " | ")
    return matches_pattern(clauses, _whole_words(words.patterns))


def _whole_words(phrases: Sequence[str]) -> str:
    return rf"\b(?:{'|'.join(phrases)})(?: |$)"


@lru_cache(maxsize=8)
def _build_automaton(keywords: tuple[str, ...]) -> AhoCorasick | None:
    """Return the automaton that finds the keywords; None when there are too many for one."""
    try:
        return build_automaton(keywords)
    except RuntimeError:
        return None
