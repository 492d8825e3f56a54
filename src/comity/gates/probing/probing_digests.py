"""Digests of what the rows ask, which the rules about probing count: who, where, on which street, which question.

A name is counted in each of its classes (`class_entries`): digests of people have one element per entry, those of
addresses, officers and cases one per row.

Guarantees: computed from the text of the request alone, as matching normalizes it. A residence is a house number and a
street with the first three digits of the ZIP code; an address is a residence with its unit.
Does not: refuse anything; the rules count with `digest_counts`.
Basis: promise 15; simulatable auditing (Kenthapadi, Mishra, Nissim 2005): a refusal must be decidable without the
records; ADR 0013 and ADR 0026.
Start at `request_digests`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Digests
from comity.columns.cmac import CmacDigester
from comity.columns.fold import fold
from comity.columns.hash_sets import count_distinct_members, is_in_set, value_counts
from comity.columns.kernel import GOLDEN_RATIO_64
from comity.columns.parallel import run_parallel
from comity.columns.patterns import to_bools
from comity.gates.facts import Facts
from comity.gates.probing.class_entries import ClassEntries, make_class_entries
from comity.gates.request_columns import RequestColumns
from comity.gates.text.address_line import LineKind
from comity.model.history import Counts, History, RequestDigests
from comity.normalize.encode import EncodedTable
from comity.normalize.numbers import parse_tins
from comity.normalize.place_classes import is_box, number_class, street_class, towns_of


class _Kind(NamedTuple):
    """A kind of digest that is counted, and the digests whose distinct values are counted for each of them.

    Without `members` every row counts. A row that tries two at once has both of them counted: two towns (`towns_of`),
    or two surnames. `looked_up_only`: a row that was refused leaves no trace in the history, as it may be corrected and
    asked again; in all other kinds it does, or refused rows would be free tries.
    """

    groups: str
    members: tuple[str, ...] = ()
    looked_up_only: bool = False


KINDS = {
    "person": _Kind("person", ("house in town", "house in second town")),
    "number": _Kind("number", ("house in town", "house in second town")),
    "street": _Kind("person on street", ("unit in town", "unit in second town")),
    "spelling": _Kind("person at building", ("name",)),
    "address": _Kind("place", ("bearer", "bearer of second surname")),
    "building": _Kind("building", ("bearer", "bearer of second surname")),
    "question": _Kind("question", ("question",), looked_up_only=True),
    "request": _Kind("request", ("request",), looked_up_only=True),
    "numbered": _Kind("numbered", ("number",), looked_up_only=True),
    "numbered as": _Kind("numbered as", ("number",), looked_up_only=True),
    "officer": _Kind("officer", looked_up_only=True),
    "case": _Kind("case", looked_up_only=True),
}
"""What is counted, by the name under which the history keeps it."""

_NUMBERED = frozenset({"numbered", "numbered as"})
"""Kinds that count with which taxpayer numbers a person was asked about."""
_NOT_STORED = frozenset({"spelling"})
"""Kinds that are counted within a batch alone: over batches, P15 counts all spellings of a question as one."""
_MAX_ROWS_COUNTED_AT_ONCE = 64
"""For more rows than this, each kind is counted in the history when a rule asks: all at once are a lot of memory."""


def request_digests(facts: Facts, rows: RequestColumns) -> RequestDigests:
    """Return the digests of a batch, computed once for all rules."""
    return rows.cached(("request digests", facts.history.requests.key), lambda: _compute_digests(facts, rows))


def cached_request_digests(history: History, rows: RequestColumns) -> RequestDigests | None:
    """Return the digests that the rules about probing computed; None if none of them needed any."""
    digests: RequestDigests | None = rows.cached_value(("request digests", history.requests.key))
    return digests


def class_entries(rows: RequestColumns) -> ClassEntries:
    """Return the classes of the rows that count, computed once for all rules."""
    return rows.cached("class entries", lambda: make_class_entries(rows.normalized, _is_counted(rows)))


def counts_in_batch(facts: Facts, rows: RequestColumns, kind: str) -> tuple[Digests, Counts]:
    """Return the batch's distinct digests of a kind, sorted, and how often each was asked in the batch alone."""
    return _count_all(request_digests(facts, rows), kind)


def counts_in_history(facts: Facts, rows: RequestColumns, kind: str, values: Digests) -> Counts:
    """Return how often each digest (distinct and sorted) of the batch was asked about in earlier batches."""
    lookups, requests = facts.prior_lookups, facts.history.requests
    if not lookups:
        return np.zeros(len(values), dtype=np.int64)
    if rows.num_rows > _MAX_ROWS_COUNTED_AT_ONCE:
        return requests.count_digests({kind: values}, lookups)[kind]
    if not facts.history_counts:
        wanted = _distinct_digests(request_digests(facts, rows))
        counts = requests.count_digests(wanted, lookups)
        facts.history_counts.update({name: (wanted[name], counts[name]) for name in wanted})
    distinct, counted = facts.history_counts[kind]
    return counted[np.searchsorted(distinct, values)]


def _distinct_digests(digests: RequestDigests) -> dict[str, Digests]:
    """Return the distinct digests of each kind that the history keeps, sorted."""
    columns = {**digests.by_row, **digests.by_entry}
    return {name: value_counts(columns[KINDS[name].groups])[0] for name in KINDS if name not in _NOT_STORED}


def digest_counts(facts: Facts, rows: RequestColumns, kind: str) -> tuple[Digests, Counts]:
    """Return the batch's distinct digests of a kind, sorted, and how often each was asked in the batch and before."""
    values, counts = counts_in_batch(facts, rows, kind)
    return values, counts + counts_in_history(facts, rows, kind, values)


def rows_with(digests: RequestDigests, kind: str, values: Digests) -> Bools:
    """Mark the rows that have one of these digests of a kind."""
    groups = KINDS[kind].groups
    if groups in digests.by_row:
        in_set: Bools = is_in_set(digests.by_row[groups], values) & digests.is_counted
        return in_set
    marked = np.zeros(len(digests.is_counted), dtype=np.bool_)
    marked[digests.entry_row[is_in_set(digests.by_entry[groups], values)]] = True
    return marked


def history_digests(
    digests: RequestDigests, looked_up: Bools, is_number_compared: Bools
) -> dict[str, tuple[Digests, Counts]]:
    """Return what the history keeps of a batch: by kind, sorted digests and their counts.

    A taxpayer number that was not compared (P17) told nothing, and so is not kept as one that was given.
    """
    answered = digests.is_counted & looked_up
    included = {name: answered & is_number_compared if name in _NUMBERED else answered for name in KINDS}
    stored = [name for name in KINDS if name not in _NOT_STORED]
    counts = [
        partial(_count_kind, digests, name, included[name])
        if KINDS[name].looked_up_only
        else partial(_count_all, digests, name)
        for name in stored
    ]
    return dict(zip(stored, run_parallel(counts, rows=len(answered)), strict=True))


def subject_digests(digests: RequestDigests) -> pa.Table:
    """Return who each row is about and what it asks, for the accounting: `number`, `named` and `written`, or null.

    `number` is a digest of its taxpayer number, `named` of its name in its case, `written` of these with its address
    and year, as matching normalizes them. They are stored for good: `number` and `named` say which answers are about
    one person, `written` which question a recall freed (ADR 0035).
    """
    is_counted = digests.is_counted
    return pa.table(
        {
            name: pa.array(digests.by_row[name], pa.uint64(), mask=~is_counted | (digests.by_row[name] == 0))
            for name in ("number", "named", "written")
        }
    )


def _count_all(digests: RequestDigests, name: str) -> tuple[Digests, Counts]:
    """Return the counts of a kind in every row that counts, computed once."""
    if name not in digests.batch_counts:
        digests.batch_counts[name] = _count_kind(digests, name, digests.is_counted)
    return digests.batch_counts[name]


def _count_kind(digests: RequestDigests, name: str, included: Bools) -> tuple[Digests, Counts]:
    """Return the distinct digests of a kind in the rows that are included, sorted, and the count of each."""
    groups, members, _ = KINDS[name]
    if groups in digests.by_row:
        rows = np.flatnonzero(included & (digests.by_row[groups] != 0))
        values = digests.by_row[groups][rows]
    else:
        chosen = np.flatnonzero(included[digests.entry_row] & (digests.by_entry[groups] != 0))
        rows, values = digests.entry_row[chosen], digests.by_entry[groups][chosen]
    if not members:
        return value_counts(values)
    if members == (groups,):  # a question is a member of itself, so that a batch asks it once
        return count_distinct_members(values, values)
    pairs = (values * GOLDEN_RATIO_64) ^ digests.by_row[members[0]][rows]
    for second in members[1:]:
        has_second = np.flatnonzero(digests.by_row[second][rows])
        second_pairs = (values[has_second] * GOLDEN_RATIO_64) ^ digests.by_row[second][rows[has_second]]
        values, pairs = np.concatenate([values, values[has_second]]), np.concatenate([pairs, second_pairs])
    return count_distinct_members(values, np.maximum(pairs, np.uint64(1)))


def _is_counted(rows: RequestColumns) -> Bools:
    codes = rows.normalized.codes
    is_counted: Bools = (rows.line_kinds <= LineKind.MILITARY) & (codes["given"] != 0) & (codes["surname"] != 0)
    return is_counted


def _compute_digests(facts: Facts, rows: RequestColumns) -> RequestDigests:
    digester = CmacDigester(facts.history.requests.key)
    tasks: list[Callable[[], Any]] = [lambda: _digests_by_row(digester, facts, rows), lambda: class_entries(rows)]
    by_row, entries = run_parallel(tasks, rows=rows.num_rows)
    by_entry = _digests_by_entry(digester, rows.normalized, entries, by_row)
    digests = RequestDigests(by_row, by_entry, entries.row, _is_counted(rows))
    counted = [name for name, kind in KINDS.items() if not kind.looked_up_only]
    run_parallel([partial(_count_all, digests, name) for name in counted], rows=rows.num_rows)
    return digests


def _digests_by_row(digester: CmacDigester, facts: Facts, rows: RequestColumns) -> dict[str, Digests]:
    # The purposes ("name", "residence", ...) are part of the digests on file: they must not change.
    given, surname, house, street, unit = (
        _digest_values(digester, rows.normalized, lexicon)
        for lexicon in ("given", "surname", "number", "street", "unit")
    )
    name = digester.digest_pairs("name", given, surname)
    street_in_place = digester.digest_pairs("street", street, _place_digests(digester, rows.normalized))
    residence = digester.digest_pairs("residence", house, street_in_place)
    tins = parse_tins(rows.text_column("tin")).astype(np.uint64)
    number = np.where(tins == 0, tins, digester.digest_pairs("number", tins, tins))
    case = _zero_where(digester.digest_texts("case", rows.case_number), pc.equal(rows.case_number, ""))
    year = digester.digest_column("year", rows.dictionary_column("tax_year"))
    suffixed = digester.digest_pairs("suffix", name, rows.normalized.suffix.astype(np.uint64))
    address = digester.digest_pairs("address", residence, unit)
    towns, houses = _town_digests(digester, rows.normalized), digester.digest_pairs("house on street", house, street)
    in_towns = [_pair_where_any(digester, "house in town", town, houses) for town in towns]
    given_bearer = digester.digest_pairs("given bearer", given, number)
    bearers = [
        _pair_where_any(digester, "bearer", tried_surname, given_bearer)
        for tried_surname in _tried_surname_digests(digester, rows.normalized)
    ]
    named = np.where(case == 0, case, digester.digest_pairs("named", suffixed, case))
    return {
        "name": name,
        "bearer": bearers[0],
        "bearer of second surname": bearers[1],
        "house in town": in_towns[0],
        "house in second town": in_towns[1],
        "unit in town": _pair_where_any(digester, "unit in town", in_towns[0], unit),
        "unit in second town": _pair_where_any(digester, "unit in town", in_towns[1], unit),
        "residence": residence,
        "street": street_in_place,
        "address": address,
        "unit": unit,
        "number": number,
        "case": case,
        "year": year,
        "officer": _officer_digests(digester, facts, rows),
        "subject": digester.digest_pairs("subject", suffixed ^ year, np.where(number != 0, number, case)),
        "named": named,
        "written": digester.digest_pairs("written", named ^ year, address),
    }


def _digests_by_entry(
    digester: CmacDigester, normalized: EncodedTable, entries: ClassEntries, by_row: dict[str, Digests]
) -> dict[str, Digests]:
    row = entries.row
    classes = digester.digest_texts("name class", entries.names)
    surname, given = classes[entries.surname], classes[entries.given]
    # The lesser first: a name whose parts are exchanged is the same person's.
    person = digester.digest_pairs("person", np.minimum(surname, given), np.maximum(surname, given))
    prefixes = digester.digest_texts("prefix", entries.places)[entries.place]
    building = digester.digest_pairs("building", _house_digests(digester, normalized)[row], prefixes)
    at_building = digester.digest_pairs("person at building", person, building)
    question = digester.digest_pairs("question", at_building, by_row["year"][row])
    # Brothers may share a middle name, and no number decides about a name that agrees by its middle name alone.
    number = np.where(entries.is_middle, np.uint64(0), by_row["number"][row])
    numbered = np.where(number == 0, number, digester.digest_pairs("numbered", at_building, np.zeros_like(number)))
    return {
        "person": person,
        "building": building,
        "place": digester.digest_pairs("place", building, by_row["unit"][row]),
        "person at building": at_building,
        "person on street": digester.digest_pairs("person on street", person, by_row["street"][row]),
        "question": question,
        "request": digester.digest_pairs("request", question, by_row["case"][row]),
        "numbered": numbered,
        "numbered as": np.where(number == 0, number, digester.digest_pairs("numbered as", numbered, number)),
    }


def _zero_where(digests: Digests, is_empty: pa.Array) -> Digests:
    return np.where(to_bools(is_empty), np.uint64(0), digests)


def _digest_values(digester: CmacDigester, normalized: EncodedTable, lexicon: str) -> Digests:
    """Return a digest per row of its value of a lexicon."""
    parts = [pa.array(part, pa.string()) for part in zip(*normalized.values[lexicon], strict=True)]
    texts = pc.binary_join_element_wise(*parts, "|", null_handling="replace", null_replacement="")
    return digester.digest_texts(lexicon, texts)[normalized.codes[lexicon]]


def _place_digests(digester: CmacDigester, normalized: EncodedTable) -> Digests:
    """Return a digest per row of the first three digits of its ZIP code, or of its city and state if it has none."""
    texts = [zip5[:3] if zip5 else f"{city or ''}|{state or ''}" for zip5, city, state in normalized.values["place"]]
    return digester.digest_texts("place", pa.array(texts, pa.string()))[normalized.codes["place"]]


def _town_digests(digester: CmacDigester, normalized: EncodedTable) -> tuple[Digests, Digests]:
    """Return a digest per row of each town that it asks about; of the second, 0 where there is none."""
    boxes = np.array([is_box(street) for street, *_ in normalized.values["street"]], np.bool_)
    of_boxes = boxes[normalized.codes["street"]]
    places, codes = normalized.values["place"], normalized.codes["place"]
    first, second = _digest_both(digester, "town", [towns_of(*place) for place in places], codes)
    if of_boxes.any():
        zips, _ = _digest_both(digester, "town", [towns_of(*place, of_box=True) for place in places], codes)
        first = np.where(of_boxes, zips, first)
    return first, second


def _tried_surname_digests(digester: CmacDigester, normalized: EncodedTable) -> tuple[Digests, Digests]:
    """Return a digest per row of each surname that matching would accept by itself; 0 where there is no second one."""
    surnames = [(first or name, None if last == first else last) for name, first, last in normalized.values["surname"]]
    return _digest_both(digester, "tried surname", surnames, normalized.codes["surname"])


def _digest_both(
    digester: CmacDigester, purpose: str, values: Sequence[tuple[str | None, str | None]], codes: npt.NDArray[np.uint32]
) -> tuple[Digests, Digests]:
    """Return the digests per row of both texts of its value; 0 for None."""
    first, second = (pa.array([value[i] for value in values], pa.string()) for i in (0, 1))
    digests = [
        _zero_where(digester.digest_texts(purpose, texts.fill_null("")), texts.is_null()) for texts in (first, second)
    ]
    return digests[0][codes], digests[1][codes]


def _pair_where_any(digester: CmacDigester, purpose: str, left: Digests, right: Digests) -> Digests:
    """Return digests of pairs; 0 where `left` is 0. Most second towns and surnames are none, and are not digested."""
    pairs, rows = np.zeros_like(left), np.flatnonzero(left)
    if len(rows):
        pairs[rows] = digester.digest_pairs(purpose, left[rows], right[rows])
    return pairs


def _house_digests(digester: CmacDigester, normalized: EncodedTable) -> Digests:
    """Return a digest per row of its house number and the class of its street; the letter of a house is a unit."""
    numbers = pa.array([number_class(number) for number, _ in normalized.values["number"]], pa.string())
    number = digester.digest_texts("number", numbers)[normalized.codes["number"]]
    streets = pa.array([street_class(street) for street, *_ in normalized.values["street"]], pa.string())
    street = digester.digest_texts("street class", streets)[normalized.codes["street"]]
    return digester.digest_pairs("house", number, street)


def _officer_digests(digester: CmacDigester, facts: Facts, rows: RequestColumns) -> Digests:
    """Return a digest of the person who is the row's officer, whatever id the batch gives that person."""
    people = {officer.id: f"{officer.name} # {officer.office}" for officer in facts.manifest.officers}
    ids = rows.dictionary_column("officer_id")
    officers = fold(pa.array([people.get(str(value), "") for value in ids.values.to_pylist()], pa.string()))
    digests = _zero_where(digester.digest_texts("officer", officers), pc.equal(officers, ""))
    return ids.broadcast(digests)
