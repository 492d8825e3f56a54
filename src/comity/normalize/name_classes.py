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
from typing import Any

import numpy as np
import numpy.typing as npt

from comity.columns.buffers import Int64s
from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.ragged import expand_rows
from comity.reference.census_names import load_class_shares, load_first_name_counts, load_last_name_counts
from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs

GIVEN, SURNAME = "given", "surname"
"""The parts of a name, as lexicons call them."""
COMMON_NAMES: Mapping[str, int] = {GIVEN: 2_000, SURNAME: 5_000}
"""How many names of each part are common: each of them is a class of its own."""
_MIN_SLIP_LETTERS = 3
"""Letters that a slip leaves intact, at least."""
MIN_MIDDLE_LETTERS = 3
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
    return request_classes_of_all(part, [name])[name]


def request_classes_of_all(part: str, names: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return `request_classes` of each name, found for all at once."""
    classes: dict[str, set[str]] = {name: set() for name in names}
    positions, found = list_request_classes(part, names)
    for position, name_class in zip(positions.tolist(), found, strict=True):
        classes[names[position]].add(name_class)
    return {name: frozenset(of_name) for name, of_name in classes.items()}


def list_request_classes(part: str, names: Sequence[str]) -> tuple[Int64s, list[str]]:
    """Return the classes of distinct names as `request_classes` has them: each class with the position of its name.

    A name's own class comes first, at the name's own position; a class may be listed for a name more than once.
    """
    common, forms, meant = _common_names(), _commoner_forms(part), _common_names_of(part)
    listed = [(i, own_class(form)) for i, name in enumerate(names) if name in forms for form in forms[name]]
    uncommon = [i for i, name in enumerate(names) if name not in common]
    slips, others = _names_one_slip_apart([names[i] for i in uncommon], part)
    of_forms, of_slips = np.array([i for i, _ in listed], np.int64), np.array(uncommon, np.int64)[slips]
    classes = own_classes(names) + [form for _, form in listed] + [meant[other] for other in others]
    return np.concatenate([np.arange(len(names)), of_forms, of_slips]), classes


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
    """Return hashes of each name and of what is left of it without one letter, and the position of the name of each.

    Two names one slip apart have one of these in common. Short names are hashed whole only. A hash is a polynomial of
    the letters modulo 2^64. Texts that shared one by chance would be counted as one person.
    """
    texts = [name.encode() for name in names]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    counts = 1 + np.where(lengths > _MIN_SLIP_LETTERS, lengths, 0)
    hashes = np.empty(counts.sum(), np.uint64)
    _write_remainder_hashes(np.frombuffer(b"".join(texts) or b" ", np.uint8), lengths, counts, hashes)
    return hashes, np.repeat(np.arange(len(texts)), counts)


@kernel
def _write_remainder_hashes(letters: Any, lengths: Any, counts: Any, hashes: Any) -> None:
    """Write `counts` hashes of each name: of the whole of it, then without its first letter, without its second."""
    start = written = 0
    for row in range(len(lengths)):
        end = start + lengths[row]
        for missing in range(start - 1, start - 1 + counts[row]):
            of_letters = np.uint64(0)
            for i in range(start, end):
                if i != missing:
                    of_letters = of_letters * GOLDEN_RATIO_64 + np.uint64(letters[i])
            hashes[written] = of_letters
            written += 1
        start = end


def given_name_classes(
    first: str | None, given: str | None, middle: str | None, *, classes: Callable[[str, str], frozenset[str]]
) -> frozenset[str]:
    """Return the classes of a first name, of all its words joined, and of a middle name that is no initial.

    `classes` is `request_classes` or `record_classes`.
    """
    found = _union(GIVEN, {first, given}, classes)
    if middle is not None and len(middle) >= MIN_MIDDLE_LETTERS:
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


def compute_class_shares(part: str) -> dict[str, float]:
    """Return for each class the share of the people in the Census whose name, in a request, is counted in it.

    `tools/make_class_shares.py` writes them to a file, as they take a second.
    """
    bearers: dict[str, int] = defaultdict(int)
    counts = name_counts(part)
    names, count_of = list(counts), list(counts.values())
    positions, classes = list_request_classes(part, names)
    for position, name_class in set(zip(positions.tolist(), classes, strict=True)):
        bearers[name_class] += count_of[position]
    total = sum(count_of)
    return {name_class: count / total for name_class, count in sorted(bearers.items())}


def class_share(part: str, name_class: str) -> float:
    """Return the share of the people in the Census whose given name or surname, in a request, is counted in a class.

    >>> 0.003 < class_share("surname", "HERNANDEZ") < 0.005
    True
    """
    return load_class_shares(part).get(name_class, 0.0)
