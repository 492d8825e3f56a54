"""N00: the name is set forth. Basis: 26 USC 6103(i)(2)(B)(i)."""

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.reference.placeholders import NO_NAME_PATTERN

_finding = FindingBuilder("n00_name_set_forth", "26 USC 6103(i)(2)(B)(i)")

_INITIALS = {"first_name": "^[A-Z](?: [A-Z])*$", "last_name": "^[B-DF-HJ-NP-TV-XZ]$|^[A-Z](?: [A-Z])+$"}
"""Initials alone; a surname of one vowel (O, U) is one that people bear."""


def n00_name_set_forth(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The row sets forth a given name and a surname.

    MET: both have a letter and neither is a placeholder. NOT_MET: one is missing, has no letter in any alphabet, says
    that it is not known ("FNU", "LNU", "Unknown"), or is initials alone: an initial is many people's, and names none.
    """
    missing = np.zeros(rows.num_rows, dtype=np.bool_)
    for column, initials in _INITIALS.items():
        missing |= rows.folded_column(column).matches_pattern(f"^[^A-Z]*$|{initials}|{NO_NAME_PATTERN}")
    return not_met_where(missing)


RULE = Rule(_finding.rule, "N00", _finding.citation, ("usc26-6103-i-2-B-i",), rows=n00_name_set_forth)
