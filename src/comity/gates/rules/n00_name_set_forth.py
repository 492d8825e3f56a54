"""N00: the name is set forth. Basis: 26 USC 6103(i)(2)(B)(i)."""

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.reference.placeholders import NO_GIVEN_NAME_PATTERN, NO_SURNAME_PATTERN, ONE_NAME_PATTERN

_finding = FindingBuilder("n00_name_set_forth", "26 USC 6103(i)(2)(B)(i)")

_NO_GIVEN_NAME = f"^[^A-Z]*$|^[A-TV-Z]$|^[A-Z](?: [A-Z])+$|{NO_GIVEN_NAME_PATTERN}"
"""No letter, initials alone, or a placeholder; U is a name in Burma."""
_NO_SURNAME = f"^[^A-Z]*$|^[B-DF-HJ-NP-TV-XZ]$|^[A-Z](?: [A-Z])+$|{NO_SURNAME_PATTERN}"
"""The same for a surname; one of one vowel (O, U) is one that people bear."""


def n00_name_set_forth(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The row sets forth a given name and a surname, or the one name of a person who has one.

    MET: both names have a letter and neither is a placeholder; or one is a name, and the other is "FNU" or "LNU", as on
    the visa of a person who has one name. NOT_MET: a name is missing, has no letter in any alphabet, says that it is
    not known ("Unknown"), is a word for anybody ("Baby Girl", "Wife", "Resident"), or is initials alone: an initial is
    many people's, and names none. What matching reads as no name is refused here by the same reading, as the rules
    about probing count people by their names: a row without one would ask about whoever lives there, uncounted.
    """
    codes = rows.normalized.codes
    has_unread_name = (codes["given"] == 0) | (codes["surname"] == 0)
    given_name, surname = (rows.folded_column(column) for column in ("first_name", "last_name"))
    no_given_name, no_surname = given_name.matches_pattern(_NO_GIVEN_NAME), surname.matches_pattern(_NO_SURNAME)
    has_one_name = (given_name.matches_pattern(ONE_NAME_PATTERN) & ~no_surname) | (
        surname.matches_pattern(ONE_NAME_PATTERN) & ~no_given_name
    )
    return not_met_where(has_unread_name | ((no_given_name | no_surname) & ~has_one_name))


RULE = Rule(
    _finding.rule,
    "N00",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=n00_name_set_forth,
    columns=("last_name", "first_name"),
)
