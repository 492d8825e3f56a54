"""P13: spelling after spelling of one name. Basis: 26 USC 6103(i)(2)(B)(i); promise 15; the agreement's limit [INF]."""

import numpy as np

from comity.columns.buffers import Bools, Digests, Int8s
from comity.columns.hash_sets import is_in_set, run_starts, value_counts
from comity.gates.facts import Facts
from comity.gates.probing.probing_digests import counts_in_batch, digest_counts, request_digests
from comity.gates.probing.spellings import edit_distance_one_groups
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.model.finding import Outcome

_finding = FindingBuilder("p13_near_duplicates", "26 USC 6103(i)(2)(B)(i); custodian policy under the agreement")
_MIN_SIMILAR_NAMES = 3  # names with one surname, or one given name, at one address, before spellings are compared


def p13_near_duplicates(facts: Facts, rows: RequestColumns) -> Int8s:
    """The name at this address is not tried in one spelling after another.

    MET: no more spellings than the agreement's limit: names at one address, in this batch or before, that share their
    consonants, or in this batch are one letter apart. NOT_MET: more than that. A household whose members have names of
    their own is not meant, however large. UNDETERMINED: the agreement is not on file.
    """
    if facts.agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    digests, limit = request_digests(facts, rows), facts.agreement.probing.spellings_per_address.value
    max_names = facts.agreement.caps.subjects_per_address.value
    spellings, names = digest_counts(facts, rows, "spelling")
    refused = is_in_set(digests.spelling, spellings[names > limit])
    refused |= rows.cached(
        ("one letter apart", facts.history.requests.key, limit, max_names),
        lambda: _is_one_letter_apart(facts, rows, limit, max_names=max_names),
    )
    return not_met_where(refused & digests.is_counted)


def _is_one_letter_apart(facts: Facts, rows: RequestColumns, limit: int, *, max_names: int) -> Bools:
    """Mark the rows of names that are one letter apart, where more than `limit` such names have one address.

    Only addresses with several equal surnames or given names are examined; one with more than `max_names` is A12's.
    """
    digests = request_digests(facts, rows)
    addresses, counts = counts_in_batch(facts, rows, "address")
    examined = addresses[(counts > limit) & (counts <= max_names)]
    candidates = digests.distinct_rows[is_in_set(digests.address[digests.distinct_rows], examined)]
    suspects: list[Digests] = []
    for name_part in (digests.surname, digests.first_name):
        name_at_address = digests.address[candidates] ^ name_part[candidates]
        values, counts = value_counts(name_at_address)
        repeated = is_in_set(name_at_address, values[counts >= _MIN_SIMILAR_NAMES])
        suspects.append(digests.address[candidates[repeated]])
    compared = candidates[is_in_set(digests.address[candidates], np.unique(np.concatenate(suspects)))]
    compared = compared[np.argsort(digests.address[compared])]
    first, last = (rows.dictionary_column(name)[compared].decode().to_pylist() for name in ("first_name", "last_name"))
    names = [f"{first_name} {last_name}".upper() for first_name, last_name in zip(first, last, strict=True)]
    marked = compared[edit_distance_one_groups(names, run_starts(digests.address[compared]), limit)]
    pairs = digests.address ^ digests.name  # so that repeated rows of a marked name and address are marked, too
    return is_in_set(pairs, np.unique(pairs[marked]))


RULE = Rule(_finding.rule, "P13", _finding.citation, ("usc26-6103-i-2-B-i",), rows=p13_near_duplicates)
