"""Which given names are used for one another: Robert and Bob, Bob and Rob.

Guarantees: `nickname_pairs` holds both orders of each pair, in upper case ASCII, sorted; no name is paired with itself.
Basis: `nicknames.csv`, made from the PyPI package nicknames 1.0.1 (Apache-2.0), see SOURCES.md.
Start at `nickname_pairs`.
"""

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

WIDEST = 12
"""Two nicknames of one name are paired only where that name has at most this many: beyond it they say little."""


@cache
def nickname_pairs() -> tuple[tuple[str, str], ...]:
    """Every pair of names used for one another: a name with its nickname, and two nicknames of one name."""
    text = (files("comity.reference") / "nicknames.csv").read_text(encoding="ascii")
    nicknames: dict[str, list[str]] = defaultdict(list)
    for line in csv.DictReader(text.splitlines()):
        nicknames[line["name"]].append(line["nickname"])
    pairs = {(name, nickname) for name, group in nicknames.items() for nickname in group}
    for group in nicknames.values():
        if len(group) <= WIDEST:
            pairs |= {(one, other) for one in group for other in group if one != other}
    return tuple(sorted(pairs | {(other, one) for one, other in pairs}))
