"""Pairs of names that are used for one another: Robert and Bob, Bob and Rob, Mohammed and Muhammad.

There are two files. `nicknames.csv` pairs a name with its short forms. `spellings.csv` has names that are the same name
in two languages, romanizations or spellings (every two names of a `given` line), short forms of a name (the first name
of a `short` line with each of the others), and surnames (`surname` lines).

Guarantees: both orders of each pair, in upper case ASCII, sorted; no name is paired with itself. Two short forms of one
name (Mike, Mickey) are a pair only if they begin alike and neither has short forms of its own; otherwise a name that
both stand for would link names that no one uses for one another (Robert and William, through a wrong 'Bill').
Does not: say that two people with such names are the same person; siblings have such names too.
Basis: SOURCES.md.
Start at `load_nickname_pairs`.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import combinations

NamePairs = tuple[tuple[str, str], ...]


def _read_csv(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader((files("comity.reference") / name).read_text(encoding="ascii").splitlines())


def _make_symmetric(pairs: Iterable[tuple[str, str]]) -> NamePairs:
    distinct = {(left, right) for left, right in pairs if left != right}
    return tuple(sorted(distinct | {(right, left) for left, right in distinct}))


def _iter_spelling_pairs(kinds: Iterable[str]) -> Iterator[tuple[str, str]]:
    for row in _read_csv("spellings.csv"):
        if row["kind"] in kinds:
            names = row["names"].split()
            yield from ((names[0], name) for name in names[1:]) if row["kind"] == "short" else combinations(names, 2)


@cache
def load_nickname_pairs() -> NamePairs:
    """Return every pair of given names that are used for one another."""
    nicknames: dict[str, list[str]] = defaultdict(list)
    for row in _read_csv("nicknames.csv"):
        nicknames[row["name"]].append(row["nickname"])
    pairs = {(name, nickname) for name, group in nicknames.items() for nickname in group}
    for group in nicknames.values():
        pairs |= {(a, b) for a, b in combinations(group, 2) if a[:2] == b[:2] and not {a, b} & nicknames.keys()}
    return _make_symmetric(pairs | set(_iter_spelling_pairs({"given", "short"})))


@cache
def load_surname_pairs() -> NamePairs:
    """Return every pair of surnames that are one name in two spellings: Zhang and Cheung, Park and Pak."""
    return _make_symmetric(_iter_spelling_pairs({"surname"}))
