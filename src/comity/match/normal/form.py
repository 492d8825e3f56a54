"""The normal form that both sides are brought to before anything is compared.

Guarantees: the same function for records and for requests; the result depends on each row alone.
Start at `normal_form`.
"""

from typing import NamedTuple

from comity.match.normal.addresses import read_address
from comity.match.normal.names import read_name
from comity.match.normal.text import plain


class Person(NamedTuple):
    """A row in normal form."""

    first: str | None
    given: str | None
    middle: str | None
    surname: str | None
    surname_part_1: str | None
    surname_part_2: str | None
    suffix: str | None
    number: str | None
    street: str | None
    direction: str
    street_suffix: str | None
    unit: str | None
    city: str | None
    state: str | None
    zip: str | None


TEXT = ("first_name", "middle_name", "last_name", "suffix", "street", "street2", "city", "state", "zip")
"""The columns whose text people write."""


def normal_form(  # noqa: PLR0913, PLR0917  one for each column
    first_name: str | None = None,
    middle_name: str | None = None,
    last_name: str | None = None,
    suffix: str | None = None,
    street: str | None = None,
    street2: str | None = None,
    city: str | None = None,
    state: str | None = None,
    zip: str | None = None,  # noqa: A002  the column's name
) -> Person:
    """One row, as written, in normal form.

    >>> normal_form("José", last_name="Peña", street="12 N Main St #4")[:10]
    ('JOSE', 'JOSE', None, 'PENA', None, None, None, '12', 'MAIN', 'N')
    """
    name = read_name(plain(first_name), plain(middle_name), plain(last_name), plain(suffix))
    address = read_address(plain(street), plain(street2), plain(city), plain(state), plain(zip))
    return Person._make((*name, *address))
