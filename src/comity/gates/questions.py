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

from comity.gates import scanning
from comity.gates.address_line import LineForm
from comity.gates.digests import Digester
from comity.gates.facts import Facts
from comity.gates.folding import Bools, byte_table, fold, in_parts, to_bools, translate
from comity.gates.normal_lines import Lines, normal_lines
from comity.gates.rows import Rows
from comity.model.history import Counts, Digests, History, Questions

KINDS = ("name", "surname", "address", "spelling", "street", "number")
"""Of these, history keeps one digest for each name at each address."""

KINDS_OF_ROWS = ("question", "request", "officer", "case")
"""Of these, one for each row."""

_ROOM = 4  # places for each digest in a table, so that most that are not there are told at once
_CONSONANTS = byte_table("BCDFGJKLMNPQRSTVXZ0123456789", "AEIOUHWY ")


def questions_of(facts: Facts, rows: Rows) -> Questions:
    """The digests of a batch, made once for all rules that count them."""
    return rows.once(("questions", facts.history.asked.key), lambda: _questions(facts, rows))


def questions_found(history: History, rows: Rows) -> Questions | None:
    """The digests that the rules about probing made of a batch; None when none of them asked."""
    found: Questions | None = rows.found(("questions", history.asked.key))
    return found


def counted(facts: Facts, rows: Rows, kind: str) -> tuple[Digests, Counts]:
    """The batch's digests of a kind (sorted, no two alike), and how often each was asked, in the batch and before it."""
    values, counts = asked_now(facts, rows, kind)
    return values, counts + before(facts, kind, values)


def asked_now(facts: Facts, rows: Rows, kind: str) -> tuple[Digests, Counts]:
    """The same in the batch alone."""
    questions = questions_of(facts, rows)
    return rows.once(
        ("asked", kind, facts.history.asked.key), lambda: run_lengths(getattr(questions, kind)[questions.distinct])
    )


def before(facts: Facts, kind: str, values: Digests) -> Counts:
    """How often each digest (sorted, no two alike) was asked about in earlier batches."""
    if not facts.looked_up_before:
        return np.zeros(len(values), dtype=np.int64)
    return facts.history.asked.counts(kind, values, facts.looked_up_before)


def run_lengths(digests: Digests) -> tuple[Digests, Counts]:
    """The different digests but zero, sorted, and how often each occurs."""
    ordered = np.sort(digests[digests != 0])
    starts = run_starts(ordered)
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def run_starts(ordered: Digests) -> Counts:
    """Where each run of equal digests begins."""
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])


def rows_of(digests: Digests, values: Digests) -> Bools:
    """The rows whose digest is one of `values` (sorted)."""
    table = _table(len(values))
    scanning.fill(table, values)

    def find(part: Digests) -> Bools:
        found = np.empty(len(part), dtype=np.bool_)
        scanning.find(table, part, found)
        return found

    return np.concatenate(in_parts(find, digests))


def remembered(questions: Questions, looked_up: Bools) -> dict[str, tuple[Digests, Counts]]:
    """What history keeps of the rows that were looked up: for each kind the digests (sorted) and how often each occurs."""
    rows = looked_up & questions.counts
    distinct = questions.distinct[rows[questions.distinct]]
    kept = {kind: run_lengths(getattr(questions, kind)[distinct]) for kind in KINDS}
    return kept | {kind: run_lengths(getattr(questions, kind)[rows]) for kind in KINDS_OF_ROWS}


def _questions(facts: Facts, rows: Rows) -> Questions:
    digester = Digester(facts.history.asked.key)
    first, first_bones = _name(digester, rows, "first_name")
    last, last_bones = _name(digester, rows, "last_name")
    name = digester.of_pairs("name", first, last)
    place = _place(digester, rows)
    line, street = np.concatenate(in_parts(lambda core: _lines(digester, core), rows.core), axis=1)
    address = digester.of_pairs("address", place, line)
    year, officer = digester.of_values("year", rows.coded("tax_year")), _officer(digester, facts, rows)
    case, number = (
        _or_zero(digester.of_text(what, text), pc.equal(text, ""))
        for what, text in (("case", rows.case_number), ("number", rows.tin_digits))
    )
    pairs = digester.of_pairs("who and where", name, address)
    question = digester.of_pairs("question", pairs, year)
    suffix = digester.of_values("suffix", rows.folded("suffix"))
    by = np.where(number != 0, number, case)
    counts = (rows.forms <= LineForm.MILITARY) & (first != 0) & (last != 0)
    where = np.flatnonzero(counts)
    return Questions(
        first=first,
        name=name,
        surname=last,
        address=address,
        spelling=digester.of_pairs("spelling", address, digester.of_pairs("bones", first_bones, last_bones)),
        street=digester.of_pairs("street", name, digester.of_pairs("address", place, street)),
        number=number,
        question=question,
        request=digester.of_pairs("request", question, case),
        officer=officer,
        case=case,
        subject=digester.of_pairs("subject", digester.of_pairs("suffix", name, suffix) ^ year, by),
        counts=counts,
        distinct=where[_first_of_each(pairs[where])],
    )


def _first_of_each(digests: Digests) -> Counts:
    """Where each of the different digests occurs first."""
    marked = np.empty(len(digests), dtype=np.bool_)
    scanning.mark_first(_table(len(digests)), digests, marked)
    return np.flatnonzero(marked)


def _table(count: int) -> Digests:
    """An empty table for so many digests."""
    return np.zeros(1 << (_ROOM * count).bit_length(), dtype=np.uint64)


def _or_zero(digests: Digests, is_empty: pa.Array) -> Digests:
    return np.where(to_bools(is_empty), np.uint64(0), digests)


def _name(digester: Digester, rows: Rows, column: str) -> tuple[Digests, Digests]:
    """A part of the name, spaces aside, and its consonants: what spellings of one name have in common."""
    name = rows.folded(column)
    folded = pc.replace_substring(name.values, " ", "")
    whole = _or_zero(digester.of_text("name part", folded), pc.equal(folded, ""))
    bones = digester.of_text("bones", translate(folded, _CONSONANTS))
    return name.of_rows(whole), name.of_rows(bones)


def _place(digester: Digester, rows: Rows) -> Digests:
    zip5 = digester.of_values("zip", rows.zip5)
    has_none = rows.zip5.is_empty()
    city, state = (digester.of_values("place", column) for column in (rows.city, rows.state))
    return np.where(has_none, digester.of_pairs("place", city, state), zip5)


def _lines(digester: Digester, core: pa.Array) -> Digests:
    """Two digests for each line: of all its words, and of those that say in which street it is."""
    lines = normal_lines(core)
    return np.stack([_line(digester, lines, words) for words in (lines.words, lines.street_words)])


def _line(digester: Digester, lines: Lines, words: list[str]) -> Digests:
    """A digest for each line: its words' digests, each times a power of one odd number by its place, added up."""
    each = _or_zero(
        digester.of_text("word", pa.array(words, pa.string())), pa.array([word == "" for word in words], pa.bool_())
    )
    made = np.empty(len(lines.offsets) - 1, dtype=np.uint64)
    scanning.add_up(lines.codes, lines.offsets, each, made)  # a word left out takes no place: "APT 4" and "# 4" are one
    return made


def _officer(digester: Digester, facts: Facts, rows: Rows) -> Digests:
    """The person who is the row's officer, whatever id a batch gives."""
    people = {officer.id: f"{officer.name} # {officer.office}" for officer in facts.manifest.officers}
    ids = rows.coded("officer_id")
    named = fold(pa.array([people.get(str(value), "") for value in ids.values.to_pylist()], pa.string()))
    digests = _or_zero(digester.of_text("officer", named), pc.equal(named, ""))
    return ids.of_rows(digests)
