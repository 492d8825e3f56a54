"""P13: spelling after spelling of one name. Basis: 26 USC 6103(i)(2)(B)(i); product.md promise 15; agreement's limit [INF]."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Bools, Int8s
from comity.gates.questions import asked_now, counted, questions_of, rows_of, run_lengths, run_starts
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.gates.spellings import families
from comity.model.finding import Outcome
from comity.model.history import Digests

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
        lambda: _one_letter_apart(facts, rows, limit, most=most),
    )
    return refused_where(refused & questions.counts)


def _one_letter_apart(facts: Facts, rows: Rows, limit: int, *, most: int) -> Bools:
    """Rows of names that, with more than `limit` - 1 others at their address, are one letter apart from one of them.

    Only addresses with several names of one part are looked at; one with more than `most` names is A12's.
    """
    questions = questions_of(facts, rows)
    addresses, counts = asked_now(facts, rows, "address")
    at = questions.distinct[
        rows_of(questions.address[questions.distinct], addresses[(counts > limit) & (counts <= most)])
    ]
    suspects: list[Digests] = []
    for part in (questions.surname, questions.first):
        mixed = questions.address[at] ^ part[at]
        values, counts = run_lengths(mixed)
        suspects.append(questions.address[at[rows_of(mixed, values[counts >= _SUSPICIOUS])]])
    where = at[rows_of(questions.address[at], np.unique(np.concatenate(suspects)))]
    where = where[np.argsort(questions.address[where])]
    first, last = (rows.coded(name)[where].texts().to_pylist() for name in ("first_name", "last_name"))
    names = [f"{one} {other}".upper() for one, other in zip(first, last, strict=True)]
    found = where[families(names, run_starts(questions.address[where]), limit)]
    pairs = questions.address ^ questions.name  # other rows that ask the same count with those found
    return rows_of(pairs, np.unique(pairs[found]))


RULE = Rule(_SAYS.rule, "P13", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=p13_near_duplicates)
