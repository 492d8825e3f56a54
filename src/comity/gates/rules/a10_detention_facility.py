"""A10: a jail or detention facility is not a mailing address.

Basis: 26 USC 6103(i)(2)(B)(i); docs/law-notes.md 2.2; failure mode A10.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Int8s
from comity.columns.patterns import matches_pattern
from comity.gates.facts import Facts
from comity.gates.known_addresses import rows_at_addresses
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, not_met_where
from comity.gates.text.screening_patterns import DETENTION_WORDS, LinePattern
from comity.gates.text.street_words import STREET_SUFFIX
from comity.reference.facilities import load_detention_facilities

_finding = FindingBuilder("a10_detention_facility", "26 USC 6103(i)(2)(B)(i)")
_ROAD_NAMED_AFTER_FACILITY = rf"(?:^| )(?:{DETENTION_WORDS})(?: [A-Z]+)? (?:{STREET_SUFFIX})(?: |$)"


def a10_detention_facility(_facts: Facts, rows: RequestColumns) -> Int8s:
    """The address is not that of a jail, prison or detention facility, by its name or by an address on file.

    MET: the line names no facility and is no facility's address; a road named after one, with a house number (12 Old
    Jail Rd), is a road. NOT_MET: the name of a facility anywhere in the line, or the address of one on file.
    """
    refused = rows.line_matches(LinePattern.DETENTION_FACILITY)
    matched_rows = np.flatnonzero(refused)
    lines = rows.address_line.take(pa.array(matched_rows))
    without_roads = pc.replace_substring_regex(lines, _ROAD_NAMED_AFTER_FACILITY, " ")
    names_only_roads = ~matches_pattern(without_roads, LinePattern.DETENTION_FACILITY)
    refused[matched_rows[matches_pattern(lines, "^[0-9]") & names_only_roads]] = False
    return not_met_where(refused | rows_at_addresses(rows, load_detention_facilities()))


RULE = Rule(
    _finding.rule,
    "A10",
    _finding.citation,
    ("usc26-6103-i-2-B-i",),
    rows=a10_detention_facility,
    columns=("street", "street2"),
)
