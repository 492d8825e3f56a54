"""Normalize one row of a record or of a request.

Guarantees: the same function serves records and requests; the result depends on the row alone.
Start at `normalize_row`.
"""

from typing import NamedTuple

from comity.normalize.address_parser import parse_address
from comity.normalize.ascii_text import to_upper_ascii
from comity.normalize.name_parser import parse_name


class NormalizedRow(NamedTuple):
    """A normalized row."""

    first: str | None
    given: str | None
    middle: str | None
    surname: str | None
    surname_part_1: str | None
    surname_part_2: str | None
    suffix: str | None
    number: str | None
    house_letter: str | None
    street: str | None
    direction: str
    street_suffix: str | None
    unit: str | None
    building: str | None
    floor: str | None
    side: str | None
    urbanization: str | None
    city: str | None
    state: str | None
    zip: str | None


TEXT_COLUMNS = ("first_name", "middle_name", "last_name", "suffix", "street", "street2", "city", "state", "zip")
"""The columns of raw text that a row is normalized from."""


def normalize_row(  # noqa: PLR0913, PLR0917  one for each column
    first_name: str | None = None,
    middle_name: str | None = None,
    last_name: str | None = None,
    suffix: str | None = None,
    street: str | None = None,
    street2: str | None = None,
    city: str | None = None,
    state: str | None = None,
    zip: str | None = None,  # noqa: A002  the column's name
) -> NormalizedRow:
    """Normalize one row of raw text.

    >>> normalize_row("José", last_name="Peña", street="12 N Main St #4")[:11]
    ('JOSE', 'JOSE', None, 'PENA', None, None, None, '12', None, 'MAIN', 'N')
    """
    name = parse_name(
        to_upper_ascii(first_name), to_upper_ascii(middle_name), to_upper_ascii(last_name), to_upper_ascii(suffix)
    )
    address = parse_address(
        to_upper_ascii(street),
        to_upper_ascii(street2),
        to_upper_ascii(city),
        to_upper_ascii(state),
        to_upper_ascii(zip),
    )
    return NormalizedRow._make((*name, *address))
