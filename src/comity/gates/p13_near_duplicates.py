"""P13: spelling after spelling of one name. Basis: 26 USC 6103(i)(2)(B)(i); product.md promise 15; agreement's limit [INF]."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import pyarrow as pa

from comity.gates.facts import Facts
from comity.gates.folding import Bools, Int8s
from comity.gates.questions import counted, questions_of, rows_of, run_lengths
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Outcome
from comity.model.history import Digests, Questions

_SAYS = Says("p13_near_duplicates", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")
_SUSPICIOUS = 3  # names of one surname, or of one given name, at one address, before spellings are compared


def p13_near_duplicates(facts: Facts, rows: Rows) -> Int8s:
    """The name at this address is not tried in one spelling after another.

    MET: no more spellings than the agreement's limit: names at one address, in this batch or before, that share their
    consonants, or in this batch are one letter apart. NOT_MET: more than that. A household whose members have names of
    their own is not meant, however large. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.count, Outcome.UNDETERMINED, dtype=np.int8)
    questions, limit = questions_of(facts, rows), facts.agreement.probing.spellings_per_address.value
    most = facts.agreement.caps.subjects_per_address.value
    spellings, names = counted(facts, rows, "spelling")
    refused = rows_of(questions.spelling, spellings[names > limit])
    refused |= rows.once(
        ("one letter apart", facts.history.asked.key, limit, most),
        lambda: _one_letter_apart(questions, rows, limit, most=most),
    )
    return np.where(refused & questions.counts, Outcome.NOT_MET, Outcome.MET).astype(np.int8)


def _one_letter_apart(questions: Questions, rows: Rows, limit: int, *, most: int) -> Bools:
    """Rows of names that, with more than `limit` - 1 others at their address, are one letter apart from one of them.

    Only addresses with several names of one part are looked at; one with more than `most` names is A12's.
    """
    at = questions.distinct
    suspects: list[Digests] = []
    for part in (questions.surname, questions.first):
        mixed = questions.address[at] ^ part[at]
        values, counts = run_lengths(mixed)
        suspects.append(questions.address[at[rows_of(mixed, values[counts >= _SUSPICIOUS])]])
    addresses, counts = run_lengths(questions.address[at])
    wanted = rows_of(addresses, np.unique(np.concatenate(suspects))) & (counts > limit) & (counts <= most)
    where = at[rows_of(questions.address[at], addresses[wanted])]
    some = pa.array(where)
    written = zip(*(rows.text(name).take(some).to_pylist() for name in ("first_name", "last_name")), strict=True)
    households: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for row, address, (first, last) in zip(where.tolist(), questions.address[where].tolist(), written, strict=True):
        households[address].append((row, f"{first} {last}".upper()))
    found = [row for members in households.values() for row in _families(members, limit)]
    pairs = questions.address ^ questions.name  # other rows that ask the same count with those found
    return rows_of(pairs, np.unique(pairs[np.array(found, dtype=np.int64)]))


def _families(members: list[tuple[int, str]], limit: int) -> set[int]:
    """The rows of names that have more than `limit` - 1 others within one letter, and of those others."""
    near = {row: {row} for row, _ in members}
    for (row, name), (other_row, other) in combinations(members, 2):
        if abs(len(name) - len(other)) <= 1 and _is_within_one(name, other):
            near[row].add(other_row)
            near[other_row].add(row)
    return {row for family in near.values() if len(family) > limit for row in family}


def _is_within_one(one: str, other: str) -> bool:
    """Whether one letter inserted, left out, changed, or exchanged with its neighbor makes the one the other.

    >>> _is_within_one("JOHN", "JHON"), _is_within_one("JOHN", "JON"), _is_within_one("ANA", "EVA")
    (True, True, False)
    """
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    exchanged = long[start + 1 : start + 2] + long[start : start + 1]
    return short[start + 1 :] == long[start + 1 :] or (
        short[start : start + 2] == exchanged and short[start + 2 :] == long[start + 2 :]
    )


RULE = Rule(_SAYS.rule, "P13", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=p13_near_duplicates)
