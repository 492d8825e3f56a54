"""Undo the disguises of words: split, spelled with digits, or with a slip, so that the words that flag a row are found.

"f-i-n-d", "d e p o r t", "de port", "dep0rt", "deprot", "remoual" and letters of another alphabet that look alike are
read as what they are read for. A text is looked at if a run of its letters is no common English word, and makes one of
the words that patterns look for with its neighbors, or with one slip. So a lawful file costs one pass.

Guarantees: common words are never changed, so that a text of common words is read as written.
Does not: know what the words mean (`law/statutes` does), or undo two slips in one word. Words only flag: what is undone
wrongly costs a person's look.
Basis: ADR 0033 and 0042.
Start at `find_disguised_rows`, then `restore_words`.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Self

import numpy as np
import pyarrow as pa
from anyascii import anyascii

from comity.columns.buffers import Bools, Bytes, Digests, Int64s, Offsets, data_and_offsets
from comity.columns.hash_sets import build_hash_set, hash_set_contains
from comity.columns.kernel import GOLDEN_RATIO_64, inline_kernel, kernel
from comity.columns.parallel import map_chunks_parallel
from comity.reference.english_words import load_english_words

_MIN_WORD, _MAX_WORD = 4, 16
"""Letters of the words that are looked for."""
_LONGEST_ENDING = 5
"""Letters that an inflection adds to the beginning that a pattern has."""
_MIN_SLIPPED = 5
"""Letters of a word in which one slip is undone; in a shorter one, neighbors that were exchanged are."""
_RANK_OF_SHORT_WORDS = 3_000
"""How far down the list words of three letters are words; further down, most are abbreviations."""
_SHORTEST_WORDS = frozenset(
    re.findall("[A-Z]+", "A I AM AN AS AT BE BY DO GO HE IF IN IS IT ME MY NO OF ON OR SO TO UP US WE")
)
_DIGITS_FOR_LETTERS = str.maketrans("013456789@$!|", "OIEASGTBGASII")
_LOOK_ALIKES = str.maketrans(
    "АВЕЅЗІЈКМНОРСТУХЬавеѕіјкмнорстухԛԝҺһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχ",
    "ABESEIJKMHOPCTYXBaBesijkMHopcTyxqwHhlABEZHIKMNOPTYXaeiKvoptux",
)
"""Letters of other alphabets, and the Latin letters for which they are taken (Unicode Technical Standard 39)."""
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc"})
_LETTER_RUN = re.compile(r"[A-Z0-9@$!|]*[A-Z][A-Z0-9@$!|]*|(?<![0-9])[0-9](?![0-9])")
_STEM = re.compile(rf"([A-Z]{{{_MIN_WORD},}})(\??)(?:\(\?:([A-Z|]+)\))?")
"""A word in a pattern, whether its last letter is optional, and the endings that follow it."""
_CLAUSE_END = re.compile("[,;:.?]+ ")
_MAX_GAP = 3
"""Characters between two letters of a word that was split."""


@dataclass(frozen=True, slots=True)
class WordLists:
    """The words to look for, and the common words that are left as they are; each as texts and as hashes.

    `by_remainder` are the words to look for, by themselves and by what is left of each without one letter.
    """

    words: frozenset[str]
    common: frozenset[str]
    by_remainder: Mapping[str, tuple[str, ...]]
    word_hashes: Digests
    common_hashes: Digests
    remainder_hashes: Digests


@lru_cache(maxsize=4)
def make_word_lists(patterns: tuple[str, ...]) -> WordLists:
    """Return the word lists for patterns over capitals: their words, and English words that begin with these."""
    stems: set[str] = set()
    for stem, optional, endings in chain.from_iterable(map(_STEM.findall, patterns)):
        stems |= {stem, stem[:-1] if optional else stem, *(stem + ending for ending in endings.split("|"))}
    english = load_english_words().to_pylist()
    ordered, words = sorted(english), {stem for stem in stems if _MIN_WORD <= len(stem) <= _MAX_WORD}
    for stem in words.copy():
        for word in ordered[bisect_left(ordered, stem) : bisect_left(ordered, stem + "[")]:
            words |= {word} if len(word) <= min(len(stem) + _LONGEST_ENDING, _MAX_WORD) else set()
    common = {word for word in english if len(word) > 3} | _SHORTEST_WORDS
    common |= {word for word in english[:_RANK_OF_SHORT_WORDS] if len(word) == 3}
    by_remainder: dict[str, set[str]] = defaultdict(set)
    for word in words:
        for remainder in _remainders(word):
            by_remainder[remainder].add(word)
    return WordLists(
        frozenset(words),
        frozenset(common),
        {remainder: tuple(sorted(of)) for remainder, of in by_remainder.items()},
        *(build_hash_set(_hash_words(sorted(texts))) for texts in (words, common, by_remainder)),
    )


def _remainders(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def find_disguised_rows(text: pa.Array, lists: WordLists) -> Int64s:
    """Return the rows whose text may have a disguised word; those with a byte beyond ASCII are not among them."""
    return np.flatnonzero(np.concatenate(map_chunks_parallel(lambda chunk: _mark_chunk(chunk, lists), text)))


def restore_words(text: str, lists: WordLists) -> str:
    """Return a text in capitals with its disguised words as they are meant.

    >>> restore_words("To f-i-n-d him", make_word_lists(("FIND",)))
    'TO FIND HIM'
    """
    plain = _to_look_alikes(text)
    runs = _LetterRuns.find(plain, lists)
    restored, end, i = [], 0, 0
    while i < len(runs.spans):
        count, word = runs.find_word(i, lists)
        start, next_start = runs.spans[i], runs.spans[i + count - 1]
        restored += [plain[end : start[0]], word]
        end = next_start[1]
        if count > 1 and plain[end : end + 1] == plain[start[1]] != " ":
            end += 1  # the last dot of "f.i.n.d."
        i += count
    return "".join([*restored, plain[end:]])


@dataclass(frozen=True, slots=True)
class _LetterRuns:
    """The runs of letters of a text: where each is, its letters, and whether they are no common word."""

    text: str
    spans: Sequence[tuple[int, int]]
    letters: Sequence[str]
    is_odd: Sequence[bool]

    @classmethod
    def find(cls, text: str, lists: WordLists) -> Self:
        """Find the runs of a text in capitals."""
        runs = [(run.span(), run[0], run[0].translate(_DIGITS_FOR_LETTERS)) for run in _LETTER_RUN.finditer(text)]
        is_odd = [letters != written or letters not in lists.common for _, written, letters in runs]
        return cls(text, [span for span, *_ in runs], [letters for *_, letters in runs], is_odd)

    def find_word(self, first: int, lists: WordLists) -> tuple[int, str]:
        """Return how many runs from `first` on make one word, and it; one run as it is written if they make none."""
        joined, odd = self.letters[first], self.is_odd[first]
        is_common = len(joined) > 1 and joined in lists.common
        written = self.text[slice(*self.spans[first])]
        found = (1, joined if is_common else (odd and _undo_slip(joined, lists)) or written)
        for last in range(first + 1, len(self.spans)):
            gap = self.text[self.spans[last - 1][1] : self.spans[last][0]]
            is_spelled = len(self.letters[last]) == len(self.letters[last - 1]) == 1
            joined, odd = joined + self.letters[last], odd or self.is_odd[last]
            if len(gap) > _MAX_GAP or len(joined) > _MAX_WORD or (_CLAUSE_END.search(gap) and not is_spelled):
                break
            if odd and joined in lists.words:
                found = (last - first + 1, joined)
        return found


def _to_look_alikes(text: str) -> str:
    """Return a text in capitals of ASCII, letters of other alphabets by what they look like."""
    plain = unicodedata.normalize("NFKD", text).translate(_LOOK_ALIKES)
    visible = "".join(c for c in plain if c.isascii() or unicodedata.category(c) not in _INVISIBLE)
    return (visible if visible.isascii() else anyascii(visible)).upper()


def _undo_slip(word: str, lists: WordLists) -> str | None:
    """Return the word that is meant by one that is not common; None if there is none."""
    if word in lists.words:
        return word
    for remainder in _remainders(word):
        for meant in lists.by_remainder.get(remainder, ()):
            if _is_one_slip(word, meant):
                return meant
    return None


def _is_one_slip(written: str, meant: str) -> bool:
    """Return whether two words differ by a letter, by one more or less, or by two neighbors that were exchanged."""
    if min(len(written), len(meant)) < _MIN_SLIPPED and sorted(written) != sorted(meant):
        return len(meant) >= _MIN_SLIPPED and len(written) == len(meant) - 1
    if len(written) != len(meant):
        return True  # they share a remainder
    differing = [i for i, (a, b) in enumerate(zip(written, meant, strict=True)) if a != b]
    return len(differing) == 1 or (
        len(differing) == 2
        and differing[1] == differing[0] + 1
        and written[differing[0]] == meant[differing[1]]
        and written[differing[1]] == meant[differing[0]]
    )


def _hash_words(words: Sequence[str]) -> Digests:
    data, offsets = data_and_offsets(pa.array(words, pa.string()))
    hashes = np.zeros(len(words), np.uint64)
    _write_hashes(data, offsets, hashes)
    distinct: Digests = np.unique(hashes[hashes != 0])
    return distinct


@kernel
def _write_hashes(data: Bytes, offsets: Offsets, hashes: Digests) -> None:
    for row in range(len(hashes)):
        of_word = np.uint64(0)
        for i in range(offsets[row], offsets[row + 1]):
            of_word = of_word * GOLDEN_RATIO_64 + np.uint64(data[i])
        hashes[row] = of_word


def _letter_table() -> Bytes:
    """Return for each byte the capital that it is or is read for; 0 for all others."""
    table = np.zeros(256, np.uint8)
    for code in range(128):
        letter = chr(code).upper().translate(_DIGITS_FOR_LETTERS)
        table[code] = ord(letter) if "A" <= letter <= "Z" else 0
    return table


_LETTERS = _letter_table()
_LETTER_MASK = np.uint8(0x7F)
_IS_WRITTEN_LETTER = np.array([chr(code).isascii() and chr(code).isalpha() for code in range(256)], np.bool_)
_LETTER_CODES = np.where(_IS_WRITTEN_LETTER | (_LETTERS == 0), _LETTERS, _LETTERS | 0x80)
"""The letter for each byte as in `_LETTERS`; above `_LETTER_MASK` if the byte is no letter itself."""


def _mark_chunk(text: pa.Array, lists: WordLists) -> Bools:
    marked = np.zeros(len(text), dtype=np.bool_)
    data, offsets = data_and_offsets(text)
    tables = (lists.word_hashes, lists.common_hashes, lists.remainder_hashes)
    _mark_disguised(data, offsets, tables, marked)
    return marked


@inline_kernel
def _has_slip(data: Any, begin: int, end: int, remainder_hashes: Any) -> bool:
    """Return whether a run of letters, or what is left of it without one, is a remainder of a word."""
    for missing in range(begin - 1, end):
        of_run = np.uint64(0)
        for i in range(begin, end):
            if i != missing:
                of_run = of_run * GOLDEN_RATIO_64 + np.uint64(_LETTERS[data[i]])
        if hash_set_contains(remainder_hashes, of_run):
            return True
    return False


@inline_kernel
def _first_run_of_word(runs: Any, odd_run: int, previous_odd: int) -> int:
    """Return the first run after another odd run with which a word can begin that has this odd run in it."""
    first, length = odd_run, runs[odd_run, 1] - runs[odd_run, 0]
    while first - 1 > previous_odd and runs[first, 0] - runs[first - 1, 1] <= _MAX_GAP:
        length += runs[first - 1, 1] - runs[first - 1, 0]
        if length > _MAX_WORD:
            break
        first -= 1
    return first


@inline_kernel
def _makes_word(data: Any, runs: Any, first: int, count: int, word_hashes: Any) -> bool:
    """Return whether runs from `first` on make a word to look for, if at least one of them is odd."""
    of_runs, odd, length = np.uint64(0), False, 0
    for run in range(first, count):
        begin, end = runs[run, 0], runs[run, 1]
        length += end - begin
        if length > _MAX_WORD or (run > first and begin - runs[run - 1, 1] > _MAX_GAP):
            return False
        for i in range(begin, end):
            of_runs = of_runs * GOLDEN_RATIO_64 + np.uint64(_LETTERS[data[i]])
        odd |= runs[run, 2] != 0
        if odd and run > first and hash_set_contains(word_hashes, of_runs):
            return True
    return False


@kernel
def _mark_disguised(data: Bytes, offsets: Offsets, tables: Any, marked: Bools) -> None:
    """Mark the texts in which a run of letters that is no common word may be a word to look for, or a part of one."""
    word_hashes, common_hashes, remainder_hashes = tables
    runs = np.zeros((1 + np.max(np.diff(offsets)) if len(offsets) > 1 else 1, 3), np.int64)
    for row in range(len(marked)):
        count, odd_count, i, row_end = 0, 0, np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        while i < row_end:
            begin, of_run, others = i, np.uint64(0), 0
            code = _LETTER_CODES[data[i]]
            while code != 0:
                of_run = of_run * GOLDEN_RATIO_64 + np.uint64(code & _LETTER_MASK)
                others += code > _LETTER_MASK
                i += np.uint64(1)
                code = _LETTER_CODES[data[i]] if i < row_end else np.uint8(0)
            end, length = np.int64(i), np.int64(i - begin)
            i += np.uint64(1)
            if length == 0 or (others == length and others > 1):
                continue  # no letter, or a number
            odd = others > 0 or not hash_set_contains(common_hashes, of_run)
            runs[count, 0], runs[count, 1], runs[count, 2] = end - length, end, odd
            count += 1
            odd_count += odd
        if odd_count == 0:
            continue
        previous_odd = -1
        for run in range(count):
            if runs[run, 2] == 0:
                continue
            length = runs[run, 1] - runs[run, 0]
            if _MIN_WORD <= length <= _MAX_WORD + 1:
                marked[row] |= _has_slip(data, runs[run, 0], runs[run, 1], remainder_hashes)
            first = _first_run_of_word(runs, run, previous_odd)
            while first <= run and not marked[row]:
                marked[row] = _makes_word(data, runs, first, count, word_hashes)
                first += 1
            if marked[row]:
                break
            previous_odd = run
