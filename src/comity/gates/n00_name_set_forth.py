"""N00: the name is set forth. Basis: 26 USC 6103(i)(2)(B)(i)."""

import numpy as np

from comity.gates.facts import Facts
from comity.gates.folding import Int8s
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says, refused_where
from comity.reference.placeholders import NO_NAME

_SAYS = Says("n00_name_set_forth", "26 USC 6103(i)(2)(B)(i)")


def n00_name_set_forth(_facts: Facts, rows: Rows) -> Int8s:
    """The row sets forth a given name and a surname.

    MET: both have a letter (an initial will do) and neither is a placeholder. NOT_MET: one is missing, has no letter
    in any alphabet, or says that it is not known ("FNU", "LNU", "Unknown").
    """
    missing = np.zeros(rows.count, dtype=np.bool_)
    for column in ("first_name", "last_name"):
        missing |= rows.folded(column).matches(f"^[^A-Z]*$|{NO_NAME}")
    return refused_where(missing)


RULE = Rule(_SAYS.rule, "N00", _SAYS.citation, ("usc26-6103-i-2-B-i",), rows=n00_name_set_forth)
