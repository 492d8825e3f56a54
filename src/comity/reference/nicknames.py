"""Which given names are used for one another: Robert and Bob, Bob and Rob, Mohammed and Muhammad.

Two kinds of files: `nicknames.csv` pairs a name with its short forms; `spellings.csv` holds names that are one name in
two languages, two romanizations or two spellings (every two names of a `given` line), short forms of one name (every
other name of a `short` line with its first), and surnames (`surname` lines).

Guarantees: both orders of each pair, in upper case ASCII, sorted; no name is paired with itself. Two short forms of one
name (Mike, Mickey) are a pair only where they begin alike and neither has short forms of its own: what both stand for
links names that nobody uses for one another (Robert and William, through a wrong 'Bill').
Does not: say that two people who bear them are one; siblings bear such pairs too.
Basis: SOURCES.md.
Start at `nickname_pairs`.
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
    one_way = {(a, b) for a, b in pairs if a != b}
    return tuple(sorted(one_way | {(b, a) for a, b in one_way}))


def _iter_spelling_pairs(kinds: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in _read_csv("spellings.csv"):
        if line["kind"] in kinds:
            names = line["names"].split()
            yield from ((names[0], n) for n in names[1:]) if line["kind"] == "short" else combinations(names, 2)


@cache
def load_nickname_pairs() -> NamePairs:
    """Every pair of given names used for one another."""
    nicknames: dict[str, list[str]] = defaultdict(list)
    for line in _read_csv("nicknames.csv"):
        nicknames[line["name"]].append(line["nickname"])
    pairs = {(name, nickname) for name, group in nicknames.items() for nickname in group}
    for group in nicknames.values():
        pairs |= {(a, b) for a, b in combinations(group, 2) if a[:2] == b[:2] and not {a, b} & nicknames.keys()}
    return _make_symmetric(pairs | set(_iter_spelling_pairs({"given", "short"})))


@cache
def load_surname_pairs() -> NamePairs:
    """Every pair of surnames that are one name, romanized or spelled in two ways: Zhang and Cheung, Park and Pak."""
    return _make_symmetric(_iter_spelling_pairs({"surname"}))
