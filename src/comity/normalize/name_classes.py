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
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Digests, Int64s, data_and_offsets
from comity.columns.hash_sets import build_hash_set, is_in_hash_set
from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.patterns import to_bools
from comity.columns.ragged import RaggedCodes, expand_rows
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
_GROUP_OF_BYTE = np.zeros(256, np.uint8)
"""The byte that stands for each byte after the first of a name; 0 if it is dropped."""
for _byte in range(1, 256):
    _GROUP_OF_BYTE[_byte] = ord(chr(_byte).translate(_CONSONANT_GROUPS) or "\0")


def name_counts(part: str) -> Mapping[str, int]:
    """Return how many people bear each name in the Census, most frequent first."""
    table = _name_table(part)
    return dict(zip(table["name"].to_pylist(), table["count"].to_pylist(), strict=True))


def _name_table(part: str) -> pa.Table:
    return load_first_name_counts() if part == GIVEN else load_last_name_counts()


@cache
def _common_names_of(part: str) -> tuple[str, ...]:
    return tuple(_name_table(part)["name"].slice(0, COMMON_NAMES[part]).to_pylist())


@cache
def _common_names() -> frozenset[str]:
    return frozenset(chain.from_iterable(map(_common_names_of, COMMON_NAMES)))


@cache
def _common_name_array() -> pa.Array:
    return pa.array(sorted(_common_names()), pa.string())


def own_class(name: str) -> str:
    """Return a name's own class: itself if it is common, else its first letter and its other consonants by group.

    >>> own_class("GARCIA"), own_class("QUARTERMAIN"), own_class("QUATERMAINE")
    ('GARCIA', 'Q6365', 'Q365')
    """
    if name in _common_names():
        return name
    return name[:1] + _REPEATED.sub(r"\1", name[1:].translate(_CONSONANT_GROUPS))


def own_classes(names: pa.Array) -> pa.Array:
    """Return each name's own class (`own_class`)."""
    data, offsets = data_and_offsets(names)
    letters, ends = np.empty(offsets[-1] - offsets[0], np.uint8), np.zeros(len(offsets), np.int32)
    _write_consonant_groups(data, offsets, _GROUP_OF_BYTE, letters, ends)
    groups = pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(letters))
    return pc.if_else(pc.is_in(names, _common_name_array()), names, groups)


@kernel
def _write_consonant_groups(data: Any, offsets: Any, group_of_byte: Any, letters: Any, ends: Any) -> None:
    """Write each name's first byte and the groups of the others, repeated ones once; bytes of no group are dropped."""
    written = 0
    for row in range(len(offsets) - 1):
        last = np.uint8(0)
        for position in range(offsets[row], offsets[row + 1]):
            is_first = position == offsets[row]
            letter = data[position] if is_first else group_of_byte[data[position]]
            if letter == 0 or (letter == last and not is_first):
                continue
            letters[written] = letter
            written += 1
            last = np.uint8(0) if is_first else letter
        ends[row + 1] = written


@cache
def _commoner_forms(part: str) -> Mapping[str, frozenset[str]]:
    """Return for each name the commoner (or equally common) names that it is listed with."""
    pairs, forms = load_nickname_pairs() if part == GIVEN else load_surname_pairs(), defaultdict(set)
    listed, table = pa.array({name for name, _ in pairs}, pa.string()), _name_table(part)
    found = table["count"].take(pc.index_in(listed, table["name"].combine_chunks())).fill_null(0)
    counts = dict(zip(listed.to_pylist(), found.to_pylist(), strict=True))
    for name, other in pairs:
        if counts.get(other, 0) >= counts[name]:
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
    positions, found = list_request_classes(part, pa.array(names, pa.string()))
    for position, name_class in zip(positions.tolist(), found.to_pylist(), strict=True):
        classes[names[position]].add(name_class)
    return {name: frozenset(of_name) for name, of_name in classes.items()}


def list_request_classes(part: str, names: pa.Array) -> tuple[Int64s, pa.Array]:
    """Return the classes of distinct names as `request_classes` has them: each class with the position of its name.

    A name's own class comes first, at the name's own position; a class may be listed for a name more than once.
    """
    form_names, classes_of_forms = _classes_of_commoner_forms(part)
    form_of_name = pc.fill_null(pc.index_in(names, form_names), -1).to_numpy(zero_copy_only=False)
    has_forms = np.flatnonzero(form_of_name >= 0)
    entries, offset = expand_rows(classes_of_forms.lengths()[form_of_name[has_forms]])
    forms = classes_of_forms.item(form_of_name[has_forms][entries], offset)
    uncommon = np.flatnonzero(~to_bools(pc.is_in(names, _common_name_array())))
    slips, meant = _names_one_slip_apart(names.take(pa.array(uncommon)), part)
    classes = [
        own_classes(names),
        _form_classes(part).take(pa.array(forms)),
        pa.array(_common_names_of(part), pa.string()).take(pa.array(meant)),
    ]
    return np.concatenate([np.arange(len(names)), has_forms[entries], uncommon[slips]]), pa.concat_arrays(classes)


@cache
def _form_classes(part: str) -> pa.Array:
    """Return the distinct classes of the commoner forms of names."""
    forms = chain.from_iterable(_commoner_forms(part).values())
    return pa.array(sorted({own_class(form) for form in forms}), pa.string())


@cache
def _classes_of_commoner_forms(part: str) -> tuple[pa.Array, RaggedCodes]:
    """Return the names that have commoner forms, and the positions of the classes of these in `_form_classes`."""
    codes = {name_class: code for code, name_class in enumerate(_form_classes(part).to_pylist())}
    forms = _commoner_forms(part)
    return pa.array(forms, pa.string()), RaggedCodes.intern(
        ([*map(own_class, of_name)] for of_name in forms.values()), codes
    )


def _names_one_slip_apart(names: pa.Array, part: str) -> tuple[Int64s, Int64s]:
    """Return the pairs of a name and a common name that are one slip apart, as positions."""
    hashes, positions = _remainder_hashes(names)
    common_hashes, common_positions, table = _common_remainder_hashes(part)
    is_common = is_in_hash_set(hashes, table)
    hashes, positions = hashes[is_common], positions[is_common]
    first, last = (np.searchsorted(common_hashes, hashes, side) for side in ("left", "right"))
    entries, offset = expand_rows(last - first)
    return positions[entries], common_positions[first[entries] + offset]


@cache
def _common_remainder_hashes(part: str) -> tuple[Digests, Int64s, Digests]:
    """Return the hashes of what a slip leaves of the common names, sorted; each one's name's position; their set."""
    hashes, positions = _remainder_hashes(pa.array(_common_names_of(part), pa.string()))
    order = np.argsort(hashes, kind="stable")
    return hashes[order], positions[order], build_hash_set(np.unique(hashes))


def _remainder_hashes(names: pa.Array) -> tuple[Digests, Int64s]:
    """Return hashes of each name and of what is left of it without one letter, and the position of the name of each.

    Two names one slip apart have one of these in common. Short names are hashed whole only. A hash is a polynomial of
    the letters modulo 2^64. Texts that shared one by chance would be counted as one person.
    """
    data, offsets = data_and_offsets(names)
    lengths = np.diff(offsets)
    counts = 1 + np.where(lengths > _MIN_SLIP_LETTERS, lengths, 0)
    hashes = np.empty(counts.sum(), np.uint64)
    _write_remainder_hashes(data, offsets, counts, hashes)
    return hashes, np.repeat(np.arange(len(names)), counts)


@kernel
def _write_remainder_hashes(letters: Any, offsets: Any, counts: Any, hashes: Any) -> None:
    """Write `counts` hashes of each name: of the whole of it, then without its first letter, without its second."""
    written = 0
    for row in range(len(counts)):
        start, end = offsets[row], offsets[row + 1]
        for missing in range(start - 1, start - 1 + counts[row]):
            of_letters = np.uint64(0)
            for i in range(start, end):
                if i != missing:
                    of_letters = of_letters * GOLDEN_RATIO_64 + np.uint64(letters[i])
            hashes[written] = of_letters
            written += 1


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
    positions, classes = list_request_classes(part, pa.array(names, pa.string()))
    for position, name_class in set(zip(positions.tolist(), classes.to_pylist(), strict=True)):
        bearers[name_class] += count_of[position]
    total = sum(count_of)
    return {name_class: count / total for name_class, count in sorted(bearers.items())}


def class_share(part: str, name_class: str) -> float:
    """Return the share of the people in the Census whose given name or surname, in a request, is counted in a class.

    >>> 0.003 < class_share("surname", "HERNANDEZ") < 0.005
    True
    """
    return load_class_shares(part).get(name_class, 0.0)
