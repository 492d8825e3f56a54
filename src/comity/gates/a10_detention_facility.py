"""A10: a jail or detention facility is nobody's mailing address. Basis: 26 USC 6103(i)(2)(B)(i); law.md 2.2, A10."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.gates.facts import Facts
from comity.gates.folding import Int8s, matches
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.gates.street_words import SUFFIX
from comity.gates.telling import DETENTION, FACILITY

_SAYS = Says("a10_detention_facility", "26 USC 6103(i)(2)(B)(i)")
_ROAD = rf"(?:^| )(?:{DETENTION})(?: [A-Z]+)? (?:{SUFFIX})(?: |$)"


def a10_detention_facility(_facts: Facts, rows: Rows) -> Int8s:
    """The address is not that of a jail, prison or detention facility, named with or without its location.

    MET: no such name; a road called after one, with a house number (12 Old Jail Rd), is a road. NOT_MET: such a name.
    """
    named = rows.line_matches(FACILITY)
    where = np.flatnonzero(named)
    lines = rows.line.take(pa.array(where))
    road_gone = matches(lines, "^[0-9]") & ~matches(pc.replace_substring_regex(lines, _ROAD, " "), FACILITY)
    named[where[road_gone]] = False
    return refused_where(named)


RULE = Rule(_SAYS.rule, "A10", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a10_detention_facility)
