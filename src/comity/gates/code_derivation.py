"""Derive the codes of layout 2 from what a file in layout 1 says, where that leaves one possibility.

Guarantees: nothing is guessed. An element is derived only where the law on file has one code for the offense cited, a
kind of proceeding only where the case number has a form that no other kind has; a row's words are not read.
Does not: change a code that a row has.
Basis: ADR 0033.
Start at `derive_codes`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.fold import to_string_array
from comity.columns.patterns import to_bools
from comity.gates.rules.r15_offense_element import list_element_codes
from comity.law import Agreement, Law
from comity.model.request_fields import ADDED_FIELDS


@dataclass(frozen=True, slots=True)
class DerivedCodes:
    """Requests with the codes that could be derived: how many of each column, and in which rows one must be filled in.

    `must_be_filled` has, for each column that the agreement needs, which rows it is still empty in.
    """

    requests: pa.Table
    derived_counts: dict[str, int]
    must_be_filled: dict[str, Bools]


def derive_codes(requests: pa.Table, *, agreement: Agreement, law: Law, day: date) -> DerivedCodes:
    """Return requests (`REQUESTS_SCHEMA`) with empty codes filled in where they can be only one."""
    derived = {
        "element": _derive_elements(requests, agreement, law, day),
        "proceeding": _derive_proceedings(requests, agreement, law, day),
    }
    counts, missing = {}, {}
    for name in ADDED_FIELDS:
        column = requests.column(name).combine_chunks()
        counts[name] = int(pc.sum(pc.and_(column.is_null(), derived[name].is_valid())).as_py() or 0)
        filled = pc.coalesce(column, derived[name])
        requests = requests.set_column(requests.schema.get_field_index(name), name, filled)
        if name in agreement.needs:
            missing[name] = to_bools(filled.is_null())
    return DerivedCodes(requests, counts, missing)


def _derive_elements(requests: pa.Table, agreement: Agreement, law: Law, day: date) -> pa.Array:
    elements = law.list_offense_elements(agreement, day)

    def derive(statute: str) -> str | None:
        codes = list_element_codes(agreement, elements, statute)
        return next(iter(codes)) if len(codes) == 1 else None

    statute = DictionaryColumn.encode(to_string_array(requests["statute"]))
    return pa.array([derive(str(value)) for value in statute.values.to_pylist()], pa.string()).take(
        pa.array(statute.codes)
    )


def _derive_proceedings(requests: pa.Table, agreement: Agreement, law: Law, day: date) -> pa.Array:
    case_numbers = pc.ascii_upper(to_string_array(requests["case_number"]))
    found = pa.nulls(requests.num_rows, pa.string())
    fitting = np.zeros(requests.num_rows, dtype=np.int64)
    for proceeding in law.list_proceedings(agreement, day):
        if not proceeding.case_numbers:
            continue
        matches = pc.match_substring_regex(case_numbers, rf"^(?:{'|'.join(proceeding.case_numbers)})$")
        fitting += to_bools(matches)
        found = pc.if_else(matches, pa.scalar(proceeding.code, pa.string()), found)
    return pc.if_else(pa.array(fitting == 1), found, pa.scalar(None, pa.string()))
