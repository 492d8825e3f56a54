"""What the rows ask, as digests that the rules about probing count: who, where, which street, which question.

A row counts when it sets forth a name and an address; what another rule refuses for lack of one tells nothing.

Guarantees: from the text of the request alone; ways of writing one name or address come together as far as case, marks,
spacing and the commonest abbreviations go; "one address" is one street line with its unit and ZIP code.
Does not: refuse anything. `counted` and `rows_of` do the counting for the rules, over the batch and the history.
Basis: product.md promise 15; stack.md section 8, query auditing (what is refused must be decidable without the data); ADR 0013.
Start at `questions_of`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns import byte_kernels
from comity.columns.buffers import Digests
from comity.columns.cmac import CmacDigester
from comity.columns.fold import Bools, fold, map_chunks_parallel, to_bools, translate_bytes, translation_table
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.text.address_line import LineKind
from comity.gates.text.line_tokens import TokenizedLines, tokenize_lines
from comity.model.history import Counts, History, RequestDigests

KINDS_PER_PAIR = ("name", "surname", "address", "spelling", "street", "number")
"""Of these, history keeps one digest for each name at each address."""

KINDS_PER_ROW = ("question", "request", "officer", "case")
"""Of these, one for each row."""

_SLOTS_PER_DIGEST = 4  # places for each digest in a table, so that most that are not there are told at once
_CONSONANT_TABLE = translation_table("BCDFGJKLMNPQRSTVXZ0123456789", "AEIOUHWY ")


def request_digests(facts: Facts, rows: RequestColumns) -> RequestDigests:
    """The digests of a batch, made once for all rules that count them."""
    return rows.cached(("questions", facts.history.requests.key), lambda: _compute_digests(facts, rows))


def cached_request_digests(history: History, rows: RequestColumns) -> RequestDigests | None:
    """The digests that the rules about probing made of a batch; None when none of them asked."""
    found: RequestDigests | None = rows.cached_value(("questions", history.requests.key))
    return found


def digest_counts(facts: Facts, rows: RequestColumns, kind: str) -> tuple[Digests, Counts]:
    """The batch's digests of a kind (sorted, no two alike), and how often each was asked, in the batch and before it."""
    values, counts = counts_in_batch(facts, rows, kind)
    return values, counts + counts_in_history(facts, kind, values)


def counts_in_batch(facts: Facts, rows: RequestColumns, kind: str) -> tuple[Digests, Counts]:
    """The same in the batch alone."""
    questions = request_digests(facts, rows)
    return rows.cached(
        ("asked", kind, facts.history.requests.key),
        lambda: value_counts(getattr(questions, kind)[questions.distinct_rows]),
    )


def counts_in_history(facts: Facts, kind: str, values: Digests) -> Counts:
    """How often each digest (sorted, no two alike) was asked about in earlier batches."""
    if not facts.prior_lookups:
        return np.zeros(len(values), dtype=np.int64)
    return facts.history.requests.count_digests(kind, values, facts.prior_lookups)


def value_counts(digests: Digests) -> tuple[Digests, Counts]:
    """The different digests but zero, sorted, and how often each occurs."""
    ordered = np.sort(digests[digests != 0])
    starts = run_starts(ordered)
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def run_starts(ordered: Digests) -> Counts:
    """Where each run of equal digests begins."""
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])


def rows_with_digest(digests: Digests, values: Digests) -> Bools:
    """The rows whose digest is one of `values` (sorted)."""
    table = _empty_hash_set(len(values))
    byte_kernels.insert(table, values)

    def find(part: Digests) -> Bools:
        found = np.empty(len(part), dtype=np.bool_)
        byte_kernels.contains(table, part, found)
        return found

    return np.concatenate(map_chunks_parallel(find, digests))


def history_digests(questions: RequestDigests, looked_up: Bools) -> dict[str, tuple[Digests, Counts]]:
    """What history keeps of the rows that were looked up: for each kind the digests (sorted) and how often each occurs."""
    rows = looked_up & questions.is_counted
    distinct = questions.distinct_rows[rows[questions.distinct_rows]]
    kept = {kind: value_counts(getattr(questions, kind)[distinct]) for kind in KINDS_PER_PAIR}
    return kept | {kind: value_counts(getattr(questions, kind)[rows]) for kind in KINDS_PER_ROW}


def _compute_digests(facts: Facts, rows: RequestColumns) -> RequestDigests:
    digester = CmacDigester(facts.history.requests.key)
    first, first_bones = _name_digests(digester, rows, "first_name")
    last, last_bones = _name_digests(digester, rows, "last_name")
    name = digester.digest_pairs("name", first, last)
    place = _place_digests(digester, rows)
    line, street = np.concatenate(
        map_chunks_parallel(lambda core: _line_and_street_digests(digester, core), rows.street_line), axis=1
    )
    address = digester.digest_pairs("address", place, line)
    year, officer = (
        digester.digest_column("year", rows.dictionary_column("tax_year")),
        _officer_digests(digester, facts, rows),
    )
    case, number = (
        _zero_where(digester.digest_texts(what, text), pc.equal(text, ""))
        for what, text in (("case", rows.case_number), ("number", rows.tin_digits))
    )
    pairs = digester.digest_pairs("who and where", name, address)
    question = digester.digest_pairs("question", pairs, year)
    suffix = digester.digest_column("suffix", rows.folded_column("suffix"))
    by = np.where(number != 0, number, case)
    counts = (rows.line_kinds <= LineKind.MILITARY) & (first != 0) & (last != 0)
    where = np.flatnonzero(counts)
    return RequestDigests(
        first_name=first,
        name=name,
        surname=last,
        address=address,
        spelling=digester.digest_pairs("spelling", address, digester.digest_pairs("bones", first_bones, last_bones)),
        street=digester.digest_pairs("street", name, digester.digest_pairs("address", place, street)),
        number=number,
        question=question,
        request=digester.digest_pairs("request", question, case),
        officer=officer,
        case=case,
        subject=digester.digest_pairs("subject", digester.digest_pairs("suffix", name, suffix) ^ year, by),
        is_counted=counts,
        distinct_rows=where[_first_occurrences(pairs[where])],
    )


def _first_occurrences(digests: Digests) -> Counts:
    """Where each of the different digests occurs first."""
    marked = np.empty(len(digests), dtype=np.bool_)
    byte_kernels.mark_first_occurrence(_empty_hash_set(len(digests)), digests, marked)
    return np.flatnonzero(marked)


def _empty_hash_set(count: int) -> Digests:
    """An empty table for so many digests."""
    return np.zeros(1 << (_SLOTS_PER_DIGEST * count).bit_length(), dtype=np.uint64)


def _zero_where(digests: Digests, is_empty: pa.Array) -> Digests:
    return np.where(to_bools(is_empty), np.uint64(0), digests)


def _name_digests(digester: CmacDigester, rows: RequestColumns, column: str) -> tuple[Digests, Digests]:
    """A part of the name, spaces aside, and its consonants: what spellings of one name have in common."""
    name = rows.folded_column(column)
    folded = pc.replace_substring(name.values, " ", "")
    whole = _zero_where(digester.digest_texts("name part", folded), pc.equal(folded, ""))
    bones = digester.digest_texts("bones", translate_bytes(folded, _CONSONANT_TABLE))
    return name.broadcast(whole), name.broadcast(bones)


def _place_digests(digester: CmacDigester, rows: RequestColumns) -> Digests:
    zip5 = digester.digest_column("zip", rows.zip5)
    has_none = rows.zip5.is_empty()
    city, state = (digester.digest_column("place", column) for column in (rows.city, rows.state))
    return np.where(has_none, digester.digest_pairs("place", city, state), zip5)


def _line_and_street_digests(digester: CmacDigester, core: pa.Array) -> Digests:
    """Two digests for each line: of all its words, and of those that say in which street it is."""
    lines = tokenize_lines(core)
    return np.stack([_line_digests(digester, lines, words) for words in (lines.words, lines.street_words)])


def _line_digests(digester: CmacDigester, lines: TokenizedLines, words: list[str]) -> Digests:
    """A digest for each line: its words' digests, each times a power of one odd number by its place, added up."""
    each = _zero_where(
        digester.digest_texts("word", pa.array(words, pa.string())),
        pa.array([word == "" for word in words], pa.bool_()),
    )
    made = np.empty(len(lines.offsets) - 1, dtype=np.uint64)
    byte_kernels.polynomial_sum(
        lines.codes, lines.offsets, each, made
    )  # a word left out takes no place: "APT 4" and "# 4" are one
    return made


def _officer_digests(digester: CmacDigester, facts: Facts, rows: RequestColumns) -> Digests:
    """The person who is the row's officer, whatever id a batch gives."""
    people = {officer.id: f"{officer.name} # {officer.office}" for officer in facts.manifest.officers}
    ids = rows.dictionary_column("officer_id")
    named = fold(pa.array([people.get(str(value), "") for value in ids.values.to_pylist()], pa.string()))
    digests = _zero_where(digester.digest_texts("officer", named), pc.equal(named, ""))
    return ids.broadcast(digests)
