"""Coarse classes of names: names that may be one person's share a class, however they are written.

A class is a common name of the Census, or the consonants of a name that is not common. A name belongs to its own class
and to those of the commoner names that it is listed with as a nickname or spelling. A name that a request gives and
that is not common belongs as well to each common name that is one slip away. `comity.gates.probing` counts a request in
all of its classes, and `comity.match` confirms no pair of names that share none: what is one person to matching is one
person to counting, whatever either of them learns to forgive.

Guarantees: two equal names, and two names of a listed pair, share a class.
Does not: say that two names that share a class are one person's.
Basis: `reference.census_names`, `reference.nicknames`; the consonant groups are those of Soundex; ADR 0026.
Start at `request_classes`; `request_classes_of_all` does the same for a column.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Int64s
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.columns.ragged import expand_rows
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs

GIVEN, SURNAME = "given", "surname"
"""The parts of a name, as lexicons call them."""
COMMON_NAMES: Mapping[str, int] = {GIVEN: 2_000, SURNAME: 5_000}
"""How many names of each part are common: each of them is a class of its own."""
_MIN_COLUMNAR_NAMES = 200
"""For fewer names than these, setting up the columns would take longer than it saves."""
_MIN_SLIP_LETTERS = 3
"""Letters that a slip leaves intact, at least."""
_MIN_MIDDLE_LETTERS = 3
"""Letters of a middle name that someone may go by; shorter ones are initials."""

_CONSONANT_GROUPS = str.maketrans("BFPVCGJKQSXZDTLMNR", "111122222222334556", "AEIOUYHW")
_REPEATED = re.compile(r"(.)\1+")


@cache
def name_counts(part: str) -> Mapping[str, int]:
    """Return how many people bear each name in the Census, most frequent first."""
    table = load_first_name_counts() if part == GIVEN else load_last_name_counts()
    return dict(zip(table["name"].to_pylist(), table["count"].to_pylist(), strict=True))


@cache
def _common_names_of(part: str) -> tuple[str, ...]:
    return tuple(islice(name_counts(part), COMMON_NAMES[part]))


@cache
def _common_names() -> frozenset[str]:
    return frozenset(chain.from_iterable(map(_common_names_of, COMMON_NAMES)))


def own_class(name: str) -> str:
    """Return a name's own class: itself if it is common, else its first letter and its other consonants by group.

    >>> own_class("GARCIA"), own_class("QUARTERMAIN"), own_class("QUATERMAINE")
    ('GARCIA', 'Q6365', 'Q365')
    """
    if name in _common_names():
        return name
    return name[:1] + _REPEATED.sub(r"\1", name[1:].translate(_CONSONANT_GROUPS))


def own_classes(names: Sequence[str]) -> list[str]:
    """Return each name's own class (`own_class`)."""
    common = _common_names()
    if not names:
        return []
    # One text with a line per name: a call for each name would take ten times as long.
    after_first = "\n".join([name[1:] for name in names]).translate(_CONSONANT_GROUPS)
    groups = _REPEATED.sub(r"\1", after_first).split("\n")
    return [name if name in common else name[:1] + group for name, group in zip(names, groups, strict=True)]


@cache
def _commoner_forms(part: str) -> Mapping[str, frozenset[str]]:
    """Return for each name the commoner (or equally common) names that it is listed with."""
    counts, forms = name_counts(part), defaultdict(set)
    for name, other in load_nickname_pairs() if part == GIVEN else load_surname_pairs():
        if counts.get(other, 0) >= counts.get(name, 0):
            forms[name].add(other)
    return {name: frozenset(others) for name, others in forms.items()}


def _without_one_letter(name: str) -> list[str]:
    """Return a name and what is left of it without one letter: two names one slip apart have one of these in common."""
    if len(name) <= _MIN_SLIP_LETTERS:
        return [name]
    return [name, *(name[:i] + name[i + 1 :] for i in range(len(name)))]


@cache
def _common_names_by_remainder(part: str) -> Mapping[str, list[str]]:
    """Return for what a slip leaves of a name the common names that leave it too."""
    by_remainder = defaultdict(list)
    for name in _common_names_of(part):
        for remainder in set(_without_one_letter(name)):
            by_remainder[remainder].append(name)
    return dict(by_remainder)


@cache
def record_classes(part: str, name: str) -> frozenset[str]:
    """Return the classes of a name as a record has it: its own, and those of its commoner forms."""
    return frozenset({own_class(name), *map(own_class, _commoner_forms(part).get(name, ()))})


@cache
def request_classes(part: str, name: str) -> frozenset[str]:
    """Return the classes of a name as a request gives it: a record's, and those of what it may be a slip for.

    >>> sorted(request_classes("surname", "HERNADEZ")), sorted(request_classes("given", "BOB"))
    (['H6532', 'HERNANDEZ'], ['BOB', 'BOBBY', 'ROBERT'])
    """
    classes = record_classes(part, name)
    if name in _common_names():
        return classes
    by_remainder = _common_names_by_remainder(part)
    meant = [by_remainder[remainder] for remainder in _without_one_letter(name) if remainder in by_remainder]
    return classes.union(*meant) if meant else classes


def request_classes_of_all(part: str, names: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return `request_classes` of each name, found for all at once."""
    if len(names) < _MIN_COLUMNAR_NAMES:
        return {name: request_classes(part, name) for name in names}
    common, forms = _common_names(), _commoner_forms(part)
    classes = {name: frozenset((own,)) for name, own in zip(names, own_classes(names), strict=True)}
    for name in classes.keys() & forms.keys():
        classes[name] |= set(map(own_class, forms[name]))
    slips = [name for name in classes if name not in common]
    meant = _common_names_of(part)
    for slip, other in zip(*_names_one_slip_apart(slips, part), strict=True):
        classes[slips[slip]] |= {meant[other]}
    return classes


def _names_one_slip_apart(names: Sequence[str], part: str) -> tuple[list[int], list[int]]:
    """Return the pairs of a name and a common name that are one slip apart, as positions."""
    hashes, positions = _remainder_hashes(names)
    common_hashes, common_positions = _common_remainder_hashes(part)
    first, last = (np.searchsorted(common_hashes, hashes, side) for side in ("left", "right"))
    entries, offset = expand_rows(last - first)
    return positions[entries].tolist(), common_positions[first[entries] + offset].tolist()


@cache
def _common_remainder_hashes(part: str) -> tuple[npt.NDArray[np.uint64], Int64s]:
    """Return the hashes of what a slip leaves of the common names, sorted, and the position of the name of each."""
    hashes, positions = _remainder_hashes(_common_names_of(part))
    order = np.argsort(hashes, kind="stable")
    return hashes[order], positions[order]


def _remainder_hashes(names: Sequence[str]) -> tuple[npt.NDArray[np.uint64], Int64s]:
    """Return hashes of what `_without_one_letter` returns for each name, and the position of the name of each.

    A hash is a polynomial of the letters modulo 2^64. Texts that shared one by chance would be counted as one person.
    """
    texts = [name.encode() for name in names]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    hashes, positions = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for length in np.unique(lengths[lengths > 0]).tolist():
        chosen = np.flatnonzero(lengths == length)
        letters = np.frombuffer(b"".join([texts[i] for i in chosen.tolist()]), np.uint8).astype(np.uint64)
        letters = letters.reshape(-1, length)
        powers = GOLDEN_RATIO_64 ** np.arange(length - 1, -1, -1, dtype=np.uint64)
        in_place = letters * powers
        of_name = in_place.sum(axis=1, dtype=np.uint64)[:, None]
        if length > _MIN_SLIP_LETTERS:
            # The letters before the missing one move down by a place.
            moved = letters[:, :-1] * powers[1:]
            before = np.concatenate([np.zeros_like(of_name), np.cumsum(moved, axis=1, dtype=np.uint64)], axis=1)
            of_name = np.concatenate([of_name, before + of_name - np.cumsum(in_place, axis=1, dtype=np.uint64)], axis=1)
        hashes.append(of_name.ravel())
        positions.append(np.repeat(chosen, of_name.shape[1]))
    return np.concatenate(hashes), np.concatenate(positions)


def given_name_classes(
    first: str | None, given: str | None, middle: str | None, *, classes: Callable[[str, str], frozenset[str]]
) -> frozenset[str]:
    """Return the classes of a first name, of all its words joined, and of a middle name that is no initial.

    `classes` is `request_classes` or `record_classes`.
    """
    found = _union(GIVEN, {first, given}, classes)
    if middle is not None and len(middle) >= _MIN_MIDDLE_LETTERS:
        found |= {own_class(middle)}
    return found


def surname_classes(
    surname: str | None, part_1: str | None, part_2: str | None, *, classes: Callable[[str, str], frozenset[str]]
) -> frozenset[str]:
    """Return the classes of a normalized surname and of its parts; two surnames joined are no slip for a third."""
    if surname is None:
        return frozenset()
    if part_1 is None and part_2 is None:
        return classes(SURNAME, surname)
    return _union(SURNAME, {part_1, part_2}, classes) | {own_class(surname)}


def _union(part: str, names: Iterable[str | None], classes: Callable[[str, str], frozenset[str]]) -> frozenset[str]:
    return frozenset(chain.from_iterable(classes(part, name) for name in names if name))


@cache
def _shares_by_class(part: str) -> Mapping[str, float]:
    bearers: dict[str, int] = defaultdict(int)
    counts = name_counts(part)
    for name, classes in request_classes_of_all(part, list(counts)).items():
        for name_class in classes:
            bearers[name_class] += counts[name]
    total = sum(counts.values())
    return {name_class: count / total for name_class, count in bearers.items()}


def class_share(part: str, name_class: str) -> float:
    """Return the share of the people in the Census whose given name or surname, in a request, is counted in a class.

    >>> 0.003 < class_share("surname", "HERNANDEZ") < 0.005
    True
    """
    return _shares_by_class(part).get(name_class, 0.0)
