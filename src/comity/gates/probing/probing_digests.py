"""Digests of what the rows ask, which the rules about probing count: who, where, on which street, which question.

A row counts if it sets forth a name and an address; what another rule refuses for lack of one reveals nothing.

Guarantees: computed from the text of the request alone; ways of writing one name or address have one digest as far as
case, marks, spacing and the most common abbreviations go; "one address" is one street line with its unit and ZIP code.
Does not: refuse anything; the rules count with `digest_counts` and `columns.hash_sets`, over the batch and the history.
Basis: promise 15; simulatable auditing (Kenthapadi, Mishra, Nissim 2005): a refusal must be decidable without the
records; ADR 0013.
Start at `request_digests`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Digests
from comity.columns.cmac import CmacDigester
from comity.columns.fold import fold, translate_bytes, translation_table
from comity.columns.hash_sets import first_occurrences, value_counts
from comity.columns.parallel import map_chunks_parallel
from comity.columns.patterns import to_bools
from comity.columns.tokens import polynomial_sum
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.text.address_line import LineKind
from comity.gates.text.line_tokens import TokenizedLines, tokenize_lines
from comity.model.history import Counts, History, RequestDigests

KINDS_PER_PAIR = ("name", "surname", "address", "spelling", "street", "number")
"""Kinds of digests of which the history keeps one for each name at each address."""

KINDS_PER_ROW = ("question", "request", "officer", "case")
"""Kinds of digests of which the history keeps one for each row."""

_CONSONANT_TABLE = translation_table("BCDFGJKLMNPQRSTVXZ0123456789", "AEIOUHWY ")


def request_digests(facts: Facts, rows: RequestColumns) -> RequestDigests:
    """Return the digests of a batch, computed once for all rules."""
    return rows.cached(("request digests", facts.history.requests.key), lambda: _compute_digests(facts, rows))


def cached_request_digests(history: History, rows: RequestColumns) -> RequestDigests | None:
    """Return the digests that the rules about probing computed; None if none of them needed any."""
    digests: RequestDigests | None = rows.cached_value(("request digests", history.requests.key))
    return digests


def digest_counts(facts: Facts, rows: RequestColumns, kind: str) -> tuple[Digests, Counts]:
    """Return the batch's distinct digests of a kind, sorted, and how often each was asked in the batch and before."""
    values, counts = counts_in_batch(facts, rows, kind)
    return values, counts + counts_in_history(facts, kind, values)


def counts_in_batch(facts: Facts, rows: RequestColumns, kind: str) -> tuple[Digests, Counts]:
    """Return the batch's distinct digests of a kind, sorted, and how often each was asked in the batch alone."""
    digests = request_digests(facts, rows)
    return rows.cached(
        ("batch counts", kind, facts.history.requests.key),
        lambda: value_counts(getattr(digests, kind)[digests.distinct_rows]),
    )


def counts_in_history(facts: Facts, kind: str, values: Digests) -> Counts:
    """Return how often each digest (distinct and sorted) was asked about in earlier batches."""
    if not facts.prior_lookups:
        return np.zeros(len(values), dtype=np.int64)
    return facts.history.requests.count_digests(kind, values, facts.prior_lookups)


def history_digests(digests: RequestDigests, looked_up: Bools) -> dict[str, tuple[Digests, Counts]]:
    """Return what the history keeps of the rows that were looked up: by kind, sorted digests and their counts."""
    rows = looked_up & digests.is_counted
    distinct = digests.distinct_rows[rows[digests.distinct_rows]]
    per_pair = {kind: value_counts(getattr(digests, kind)[distinct]) for kind in KINDS_PER_PAIR}
    return per_pair | {kind: value_counts(getattr(digests, kind)[rows]) for kind in KINDS_PER_ROW}


def _compute_digests(facts: Facts, rows: RequestColumns) -> RequestDigests:
    # The purposes ("name", "bones", "who and where", ...) are part of the digests on file: they must not change.
    digester = CmacDigester(facts.history.requests.key)
    first, first_consonants = _name_digests(digester, rows, "first_name")
    last, last_consonants = _name_digests(digester, rows, "last_name")
    name = digester.digest_pairs("name", first, last)
    consonants = digester.digest_pairs("bones", first_consonants, last_consonants)
    place = _place_digests(digester, rows)
    line, street = np.concatenate(
        map_chunks_parallel(lambda chunk: _line_and_street_digests(digester, chunk), rows.street_line), axis=1
    )
    address = digester.digest_pairs("address", place, line)
    year = digester.digest_column("year", rows.dictionary_column("tax_year"))
    case = _zero_where(digester.digest_texts("case", rows.case_number), pc.equal(rows.case_number, ""))
    number = _zero_where(digester.digest_texts("number", rows.tin_digits), pc.equal(rows.tin_digits, ""))
    name_and_address = digester.digest_pairs("who and where", name, address)
    question = digester.digest_pairs("question", name_and_address, year)
    suffix = digester.digest_column("suffix", rows.folded_column("suffix"))
    number_or_case = np.where(number != 0, number, case)
    is_counted = (rows.line_kinds <= LineKind.MILITARY) & (first != 0) & (last != 0)
    counted_rows = np.flatnonzero(is_counted)
    return RequestDigests(
        first_name=first,
        name=name,
        surname=last,
        address=address,
        spelling=digester.digest_pairs("spelling", address, consonants),
        street=digester.digest_pairs("street", name, digester.digest_pairs("address", place, street)),
        number=number,
        question=question,
        request=digester.digest_pairs("request", question, case),
        officer=_officer_digests(digester, facts, rows),
        case=case,
        subject=digester.digest_pairs("subject", digester.digest_pairs("suffix", name, suffix) ^ year, number_or_case),
        is_counted=is_counted,
        distinct_rows=counted_rows[first_occurrences(name_and_address[counted_rows])],
    )


def _zero_where(digests: Digests, is_empty: pa.Array) -> Digests:
    return np.where(to_bools(is_empty), np.uint64(0), digests)


def _name_digests(digester: CmacDigester, rows: RequestColumns, column: str) -> tuple[Digests, Digests]:
    """Return digests of a name without its spaces, and of its consonants, which its spellings have in common."""
    name = rows.folded_column(column)
    folded = pc.replace_substring(name.values, " ", "")
    whole = _zero_where(digester.digest_texts("name part", folded), pc.equal(folded, ""))
    consonants = digester.digest_texts("bones", translate_bytes(folded, _CONSONANT_TABLE))
    return name.broadcast(whole), name.broadcast(consonants)


def _place_digests(digester: CmacDigester, rows: RequestColumns) -> Digests:
    zip5 = digester.digest_column("zip", rows.zip5)
    city, state = (digester.digest_column("place", column) for column in (rows.city, rows.state))
    return np.where(rows.zip5.is_empty(), digester.digest_pairs("place", city, state), zip5)


def _line_and_street_digests(digester: CmacDigester, street_line: pa.Array) -> Digests:
    """Return two digests per line: of all its words, and of those that say on which street it is."""
    lines = tokenize_lines(street_line)
    return np.stack([_line_digests(digester, lines, words) for words in (lines.words, lines.street_words)])


def _line_digests(digester: CmacDigester, lines: TokenizedLines, words: list[str]) -> Digests:
    """Return a digest per line: its words' digests, each times a power of one odd number by its position, added up."""
    is_dropped = pa.array([word == "" for word in words], pa.bool_())
    word_digests = _zero_where(digester.digest_texts("word", pa.array(words, pa.string())), is_dropped)
    result = np.empty(len(lines.offsets) - 1, dtype=np.uint64)
    # A dropped word takes no position, so that "APT 4" and "# 4" are equal.
    polynomial_sum(lines.codes, lines.offsets, word_digests, result)
    return result


def _officer_digests(digester: CmacDigester, facts: Facts, rows: RequestColumns) -> Digests:
    """Return a digest of the person who is the row's officer, whatever id the batch gives that person."""
    people = {officer.id: f"{officer.name} # {officer.office}" for officer in facts.manifest.officers}
    ids = rows.dictionary_column("officer_id")
    officers = fold(pa.array([people.get(str(value), "") for value in ids.values.to_pylist()], pa.string()))
    digests = _zero_where(digester.digest_texts("officer", officers), pc.equal(officers, ""))
    return ids.broadcast(digests)
