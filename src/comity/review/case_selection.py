"""Select the rows that people may settle: uncertain, and short of nothing but what a person can judge.

A person can judge how likely two persons are the same, whether two spellings are one name, which of two persons on
record is meant, and whether two addresses are one. Everything else is demanded by the law, the agreement or another
promise: an equal house number, a surname that agrees, a given name set forth (26 USC 6103(i)(2)(B)(i)), a record whose
own address is complete, that everybody at the address was compared, and that history counts the request as one about
the record (promise 15).

Guarantees: a condition that is not in `SETTLED_BY_PEOPLE`, also one that is new, is waived by nobody.
Basis: ADR 0055.
Start at `select_cases`.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]

SETTLED_BY_PEOPLE = frozenset({"probability", "same_name", "nobody_nearly_as_likely", "address_agrees"})
"""The conditions of `comity.decide` that a person can settle."""


def select_cases(is_uncertain: Bools, conditions: Mapping[str, Bools], is_number_compared: Bools) -> Bools:
    """Return the rows that people may settle.

    Args:
        is_uncertain: the rows whose outcome is `review`.
        conditions: for each condition of the policy, the rows that meet it.
        is_number_compared: the rows whose taxpayer number, if any, was not set aside.
    """
    demanded = [meets for name, meets in conditions.items() if name not in SETTLED_BY_PEOPLE]
    settled = [meets for name, meets in conditions.items() if name in SETTLED_BY_PEOPLE]
    meets_demands = np.logical_and.reduce([np.ones_like(is_uncertain), *demanded])
    is_short_of_some = ~np.logical_and.reduce([np.ones_like(is_uncertain), *settled])
    selected: Bools = is_uncertain & is_number_compared & meets_demands & is_short_of_some
    return selected
