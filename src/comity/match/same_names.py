"""Say of pairs whether the two names can be one person's: two names that exist are two people's, however alike.

How alike two names are is evidence (`comparisons/`), and raises a probability. It does not confirm: brothers and
sisters, parents, neighbors and roommates have names that differ by a letter, or the same two names in the other order.
So a request is confirmed only under the name on record, a listed form of it, or a slip that makes no name of it. Lists
of the whole world and the index say which names exist. Where they say nothing of either, nothing is confirmed,
whoever bears the name.

Guarantees: equal names can be one person's; two names that exist and differ by a letter never are.
Does not: weigh or decide (`scoring.py`, `comity.decide`).
Basis: ADR 0030 and 0039; tests/cases/name_kinds/*.yaml.
Start at `mark_same_names`.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Bools
from comity.match.comparisons import COMPARISONS, GIVEN_NAME, MIDDLE_NAME, SURNAME, TIN
from comity.match.encode_requests import EncodedRequests
from comity.match.index.reader import Index, RecordIds64
from comity.match.pair_values import Values, read_pair_values
from comity.match.slips import are_inner_letters_exchanged, differing_parts, is_other_spelling, is_slip
from comity.normalize.name_classes import GIVEN
from comity.normalize.name_classes import SURNAME as SURNAME_PART
from comity.normalize.name_parser import HONORIFICS
from comity.normalize.schema import NAME_LEXICONS
from comity.reference.known_names import has_foreign_run, is_known_name
from comity.reference.nicknames import load_surname_pairs

SHORTEST_SLIPPED = 4
"""Letters of the shorter of two names of which one can be a slip of the other."""
_FEMININE_ENDINGS = ("A", "AH", "LE", "INE", "INA", "ETTE", "ITA")
_EXCHANGED_ENDINGS = (frozenset("AO"), frozenset("AE"), frozenset("AI"))
_DIMINUTIVE_ENDINGS = ("ITA", "ITO", "CITA", "CITO")
IsHeld = Callable[[str, str, str], bool]
"""Returns whether the index holds a name: the part, the name, and the name beside it (`Index.holds_name`)."""


class Sameness(IntEnum):
    """Whether two names can be one person's."""

    TWO_NAMES = 0
    """Both exist, so they are two people's; or no taxpayer number may decide, as history does not count it (P17)."""
    UNCERTAIN = 1
    """They may be one person's or two people's: only an equal taxpayer number says which."""
    ONE_NAME = 2


def relate_words(
    part: str, asked: str, on_record: str, is_held: IsHeld, is_known: Callable[[str], bool] = is_known_name
) -> Sameness:
    """Return how the name in a request relates to the one on record, if neither is a listed form of the other."""
    if asked == on_record:
        return Sameness.ONE_NAME
    asked_exists = is_known(asked) or is_held(part, asked, on_record)
    record_exists = is_known(on_record)
    if asked_exists and record_exists:
        return Sameness.TWO_NAMES
    if asked_exists == record_exists or min(len(asked), len(on_record)) < SHORTEST_SLIPPED:
        return Sameness.UNCERTAIN
    meant, written = (asked, on_record) if asked_exists else (on_record, asked)
    is_no_name = are_inner_letters_exchanged(meant, written) or (
        has_foreign_run(written) and not is_other_spelling(meant, written)
    )
    return Sameness.ONE_NAME if is_no_name and is_slip(meant, written) else Sameness.UNCERTAIN


def relate_surnames(asked: Values, on_record: Values, is_held: IsHeld) -> Sameness:
    """Return how surnames that are alike relate: part by part, if both have two."""
    (surname, *parts), (other, *other_parts) = asked["surname"], on_record["surname"]
    if surname is None or other is None:
        return Sameness.UNCERTAIN
    if (surname, other) in _surname_spellings():
        return Sameness.ONE_NAME
    words, other_words = [part for part in parts if part], [part for part in other_parts if part]
    if len(words) == len(other_words) == 2:
        relations = [
            Sameness.ONE_NAME if pair in _surname_spellings() else relate_words(SURNAME_PART, *pair, is_held)
            for pair in zip(words, other_words, strict=True)
        ]
        return min(relations)
    return relate_words(SURNAME_PART, surname, other, is_held)


@cache
def _surname_spellings() -> frozenset[tuple[str, str]]:
    return frozenset(load_surname_pairs())


def is_longer_surname(asked: Values, on_record: Values) -> bool:
    """Return whether one surname of one word is the beginning of the other, and a name of its own."""
    (surname, part, _), (other, other_part, _) = asked["surname"], on_record["surname"]
    if surname is None or other is None or part or other_part:
        return False
    shorter, longer = sorted((surname, other), key=len)
    return longer.startswith(shorter) and is_known_name(shorter)


def is_relatives_form(left: str, right: str) -> bool:
    """Return whether one of two given names is the other's feminine form or diminutive, as in one family.

    >>> is_relatives_form("ROSA", "ROSITA"), is_relatives_form("ANGEL", "ANGELA"), is_relatives_form("BOB", "ROBERT")
    (True, True, False)
    """
    shorter, longer = sorted((left, right), key=len)
    left_part, right_part, _ = differing_parts(left, right)
    return (
        (longer.startswith(shorter) and longer[len(shorter) :] in _FEMININE_ENDINGS)
        or (left[:-1] == right[:-1] and frozenset(left_part + right_part) in _EXCHANGED_ENDINGS)
        or any(longer == stem + ending for stem in (shorter, shorter[:-1]) for ending in _DIMINUTIVE_ENDINGS)
    )


def are_words_in_order(asked: Values, on_record: Values) -> bool:
    """Return whether two names have the same words in the same order, split into fields in two ways."""
    return _joins_to(asked, on_record) or _joins_to(on_record, asked)


def _joins_to(left: Values, right: Values) -> bool:
    given, middle, surname = right["given"][1] or "", right["middle"][0] or "", right["surname"][0] or ""
    joined = (left["given"][1] or "") + (left["surname"][0] or "")
    return joined in {given + surname, given + middle + surname, given + middle[:1] + surname}


def _goes_without_honorific(asked: Values, on_record: Values) -> bool:
    """Return whether one given name is the other without its honorific: Daw Khin and Khin."""
    (first, given), (other_first, other_given) = asked["given"], on_record["given"]
    return (first in HONORIFICS and given == f"{first}{other_given}") or (
        other_first in HONORIFICS and other_given == f"{other_first}{given}"
    )


def have_other_second_names(asked: Values, on_record: Values) -> bool:
    """Return whether both given names have more words than the first, and those differ: Mary Ann L. and Mary Jane L.

    Words that are the middle name are compared as such.
    """
    if any(side["given"][0] == side["given"][1] or _ends_with_middle_name(side) for side in (asked, on_record)):
        return False
    given, other = asked["given"][1] or "", on_record["given"][1] or ""
    return not given.startswith(other) and not other.startswith(given)


def _ends_with_middle_name(side: Values) -> bool:
    middle = side["middle"][0]
    return middle is not None and (side["given"][1] or "").endswith(middle)


def relate_given_names(level: str, asked: Values, on_record: Values, is_held: IsHeld) -> Sameness:
    """Return how given names relate that agree by a level other than EXACT."""
    first, other = asked["given"][0], on_record["given"][0]
    if first is None or other is None or level == "INITIAL":
        return Sameness.TWO_NAMES
    if level == "NICKNAME":
        return Sameness.UNCERTAIN if is_relatives_form(first, other) else Sameness.ONE_NAME
    if level == "MIDDLE_AS_FIRST":
        # Brothers share middle names, so P17 does not count them: numbers under one first name after another are tries.
        return Sameness.ONE_NAME if _goes_without_honorific(asked, on_record) else Sameness.TWO_NAMES
    return relate_words(GIVEN, first, other, is_held)


def relate_names(given_level: str, surname_level: str, asked: Values, on_record: Values, is_held: IsHeld) -> Sameness:
    """Return how the whole names of a pair relate whose given names and surnames agree by these levels."""
    if "REVERSED" in {given_level, surname_level}:
        return Sameness.ONE_NAME if are_words_in_order(asked, on_record) else Sameness.UNCERTAIN
    relations = [Sameness.ONE_NAME]
    if given_level != "EXACT":
        relations.append(relate_given_names(given_level, asked, on_record, is_held))
    elif have_other_second_names(asked, on_record):
        relations.append(Sameness.UNCERTAIN)
    if surname_level == "PARTIAL" and is_longer_surname(asked, on_record):
        relations.append(Sameness.TWO_NAMES)
    if surname_level in {"FUZZY_HIGH", "FUZZY_LOW"}:
        relations.append(relate_surnames(asked, on_record, is_held))
    return min(relations)


def mark_same_names(
    index: Index,
    requests: EncodedRequests,
    request_index: npt.NDArray[np.int64],
    records: RecordIds64,
    levels: Mapping[str, npt.NDArray[Any]],
) -> Bools:
    """Mark the pairs whose names can be one person's; `levels` are the codes of their levels, by comparison.

    Most pairs have equal names, or names that do not agree; the text of the others is read. A given name that is an
    initial is nobody's. Middle names that differ, and whatever else is uncertain, are one person's only if the taxpayer
    numbers are equal. Where the numbers are two people's, a relative may bear a name that is alike or the same, so
    given names and surnames must be equal and middle names agree.
    """
    agrees, exact = (
        [comparison.mask(mark)[levels[comparison.name]] for comparison in (GIVEN_NAME, SURNAME)]
        for mark in (lambda level: level.agrees, lambda level: level.is_exact)
    )
    has_number = levels["tin"] == TIN.code("EXACT")
    has_other_number = (levels["tin"] == TIN.code("DIFFERENT")) | (levels["tin"] == TIN.code("HOUSEHOLD"))
    same: Bools = agrees[0] & (has_number | (levels["middle"] != MIDDLE_NAME.code("DIFFERENT")))
    same &= ~has_other_number | (exact[0] & exact[1] & (levels["middle"] == MIDDLE_NAME.code("AGREEMENT")))
    same &= ~requests.has_initial[request_index]
    has_second_name = requests.has_second_name[request_index]
    unclear = np.flatnonzero(same & (~exact[0] | (agrees[1] & ~exact[1]) | has_second_name))
    names = [[level.name for level in COMPARISONS[name].levels] for name in ("given", "surname")]
    for position, asked, on_record in read_pair_values(index, requests, request_index, records, unclear, NAME_LEXICONS):
        given_level, surname_level = (
            names[i][levels[name][position] - 1] for i, name in enumerate(("given", "surname"))
        )
        relation = relate_names(given_level, surname_level, asked, on_record, index.holds_name)
        same[position] = relation > (Sameness.TWO_NAMES if has_number[position] else Sameness.UNCERTAIN)
    return same
