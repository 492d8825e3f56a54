"""A10: a jail or detention facility is nobody's mailing address. Basis: 26 USC 6103(i)(2)(B)(i); law.md 2.2, A10."""

import numpy as np
import pyarrow.compute as pc

from comity.gates.facts import Facts
from comity.gates.folding import Int8s, matches
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.gates.street_words import SUFFIX
from comity.model.finding import Outcome

_SAYS = Says("a10_detention_facility", "26 USC 6103(i)(2)(B)(i)")
_KINDS = (
    "JAIL|PRISON|PENITENTIARY|DETENTION|DETENSION|CORRECTIONAL|CORRECTIONS|CORR|REFORMATORY|SHERIFFS?|INMATES?|CARCEL"
)
_FACILITY = (
    rf"(?:^| )(?:{_KINDS}|DET (?:CTR|CENTER|FAC|FACILITY)|(?:SERVICE|ICE|STAGING|CONTRACT) PROCESSING(?: CENTER| CTR)?|"
    r"PROCESSING (?:CENTER|CTR)|ICE (?:FACILITY|CUSTODY|DETENTION|FIELD OFFICE)|IN CUSTODY|INCARCERATED|IMMIGRATION CENTER|"
    r"JUVENILE HALL|STATE PEN|HALFWAY HOUSE)(?: |$)|^(?:FCI|FDC|USP|FPC|FMC|FTC|MDC|MCC|BOP|CCA|GEO GROUP) "
)
_ROAD = rf"(?:^| )(?:{_KINDS})(?: [A-Z]+)? (?:{SUFFIX})(?: |$)"


def a10_detention_facility(_facts: Facts, rows: Rows) -> Int8s:
    """The address is not that of a jail, prison or detention facility, named with or without its location.

    MET: no such name; a road called after one, with a house number (12 Old Jail Rd), is a road. NOT_MET: such a name.
    """
    named = matches(rows.line, _FACILITY)
    where = np.flatnonzero(named & matches(rows.line, "^[0-9]"))
    if len(where):
        road_gone = pc.replace_substring_regex(rows.line.take(where), _ROAD, " ")
        named[where] = matches(road_gone, _FACILITY)
    return np.where(named, Outcome.NOT_MET, Outcome.MET).astype(np.int8)


RULE = Rule(_SAYS.rule, "A10", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=a10_detention_facility)
