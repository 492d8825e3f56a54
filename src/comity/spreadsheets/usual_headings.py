"""Find which of an officer's columns is which of ours: by our names, by usual ones, or as the officer says.

Guarantees: nothing is taken by a name that fits two columns of ours; of two columns that fit one of ours none is taken.
Columns are named by their letter in messages: a table without a header has a person's name where a column's should be.
Start at `match_columns`.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from comity.model.request_fields import REQUEST_FIELDS
from comity.spreadsheets.sheet import SheetFault, column_letter

SYNONYMS: dict[str, tuple[str, ...]] = {
    "request_id": ("request", "request no", "request number", "id", "row id", "reference", "ref", "record id"),
    "first_name": ("first", "fname", "given name", "given names", "forename"),
    "middle_name": ("middle", "mname", "middle initial", "mi", "middle names"),
    "last_name": ("last", "lname", "surname", "family name"),
    "suffix": ("name suffix", "sfx", "generation"),
    "tin": (
        "ssn",
        "itin",
        "social security number",
        "social security no",
        "taxpayer id",
        "tax id",
        "ssn itin",
        "ssn tin",
    ),
    "street": (
        "street address",
        "address",
        "address 1",
        "address line 1",
        "addr1",
        "addr",
        "street 1",
        "mailing address",
    ),
    "street2": (
        "address 2",
        "address line 2",
        "addr2",
        "street 2",
        "unit",
        "apt",
        "apartment",
        "apt unit",
        "secondary",
    ),
    "city": ("town", "city town", "post office", "municipality"),
    "state": ("st", "state code", "state abbreviation"),
    "zip": ("zip code", "zipcode", "zip5", "zip 4", "postal code", "postcode", "zip plus 4"),
    "tax_year": ("year", "ty", "taxable year", "taxable period", "tax period", "return year", "tax yr"),
    "statute": ("criminal statute", "offense", "statute citation", "citation", "violation"),
    "element": ("offense element", "element of offense", "element code", "elements"),
    "proceeding": ("kind of proceeding", "proceeding type", "case type", "kind of case", "proceeding code"),
    "reason": ("relevance", "justification", "why relevant", "reason for request", "statement of relevance"),
    "case_number": (
        "case",
        "case no",
        "case id",
        "case num",
        "investigation number",
        "investigation no",
        "docket number",
    ),
    "final_order_date": (
        "final order",
        "order date",
        "date of final order",
        "removal order date",
        "final removal order",
    ),
    "officer_id": ("officer", "agent", "agent id", "case officer", "officer number", "officer no", "handler"),
}
"""Usual names of each column, as people write them; case and punctuation do not matter."""


_MAX_NAME = 40  # characters of a column's name in a message


def normalize_header(name: str) -> str:
    """Return a column's name without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


_BY_NAME = {normalize_header(name): column for column, names in SYNONYMS.items() for name in (column, *names)}


def match_columns(
    header: Sequence[str], chosen: Mapping[str, str], earlier: Mapping[str, str] = MappingProxyType({})
) -> tuple[dict[str, int], list[SheetFault]]:
    """Return the position of each of our columns that the header has, and what is wrong.

    Args:
        header: the names in the officer's own table.
        chosen: for some of our columns, the name that it has there.
        earlier: the same, as columns.csv of an earlier build says; what is chosen counts before it.
    """
    positions: dict[str, list[int]] = {}
    faults = []
    written = [normalize_header(name) for name in header]
    by_officer, chosen = chosen, {**earlier, **chosen}
    for column, name in chosen.items():
        found = [position for position, one in enumerate(written) if one and one == normalize_header(name)]
        if column not in REQUEST_FIELDS:
            message = f"{len(column)} letters before = are no column of a request."
            to_do = f"Use one of: {', '.join(REQUEST_FIELDS)}."
            if name in REQUEST_FIELDS:
                to_do = f"Write it the other way around: {name}= and then the name of your column."
            faults.append(SheetFault(None, "", "", message, to_do))
        elif not found:
            faults.append(_name_missing(column, name, is_earlier=column not in by_officer))
        else:
            positions[column] = found
    taken = {position for found in positions.values() for position in found}
    for position, name in enumerate(written):
        column = _BY_NAME.get(name, "")
        if column and column not in chosen and position not in taken:
            positions.setdefault(column, []).append(position)
    for column, found in positions.items():
        exact = [position for position in found if written[position] == normalize_header(column)]
        fitting = exact if len(exact) == 1 and column not in chosen else found
        positions[column] = fitting
        if len(fitting) > 1:
            letters = ", ".join(map(column_letter, fitting))
            message = f"Columns {letters} could each be {column}."
            faults.append(
                SheetFault(None, "", column, message, f"Say which with --column {column}=NAME, or rename one.")
            )
    return {column: found[0] for column, found in positions.items() if len(found) == 1}, faults


def _name_missing(column: str, name: str, *, is_earlier: bool) -> SheetFault:
    """Return the fault that a table has no column of a name; the name is a heading, or what the officer typed."""
    if not is_earlier:
        message = f"The table has no column of the name that --column gives for {column}."
        return SheetFault(None, "", column, message, "Give the name as it is in the table's first row.")
    message = (
        f'The table has no column "{make_plain_name(name)}", which columns.csv of an earlier build names for {column}.'
    )
    to_do = (
        f"Say which column it is with --column {column}=NAME, or delete columns.csv in the batch folder: then "
        "the next build finds the columns of this table by their names."
    )
    return SheetFault(None, "", column, message, to_do)


def make_plain_name(name: str) -> str:
    """Return the name of a column as one short line that can be printed."""
    line = "".join(mark for mark in " ".join(name.split()) if mark.isprintable())
    return line if len(line) <= _MAX_NAME else f"{line[:_MAX_NAME]}..."
