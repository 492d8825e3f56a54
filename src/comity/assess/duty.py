"""What a candidate would ask of the customers in each cell, by what the file says: out of scope, settled, or to act.

Guarantees: pure; what a blank leaves open is a duty of its own, never put with either side; one more kind of paper
accepted, or one more exception, never adds to those who must act.
Does not: estimate what customers have at home (`assessment`), or apply anything.
Start at `judge_cells`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from comity.assess.cells import ADULT, EXPIRED, UNEXPIRED, Cells
from comity.assess.customers import NO, YES, code_names
from comity.law.candidate import NON_US_PERSON_NUMBERS, AccountKind, NameRule, NumberKind, Terms, Who
from comity.law.worth import EvidenceTable, Reach

Mask = npt.NDArray[np.bool_]


class Duty(IntEnum):
    """What the rule would mean for a customer."""

    OUT_OF_SCOPE = 0
    SETTLED = 1  # the file holds what the rule asks for
    NOT_ADDRESSED = 2  # identified as a non-US person, and the rule says nothing of customers who are not citizens
    MUST_ACT = 3
    UNKNOWN = 4  # a blank in the file leaves it open whether they must act


@dataclass(frozen=True, slots=True)
class Judgment:
    """The duty of each cell, and for those to act: which papers would do, and whether a published rate speaks of them.

    `accepted` gives for each cell the index of its set in `papers`. `is_estimable` is false for customers of whom the
    rates do not speak: entities, minors, and those identified as non-US persons.
    """

    duty: npt.NDArray[np.int64]
    accepted: npt.NDArray[np.int64]
    papers: tuple[frozenset[str], ...]
    is_estimable: Mask


def judge_cells(terms: Terms, cells: Cells, table: EvidenceTable) -> Judgment:
    """Return what the terms would ask of each cell."""
    in_scope, maybe_in_scope = cells.reached_by(terms.who)
    if not terms.shows:
        in_scope = maybe_in_scope = np.zeros(len(cells.counts), np.bool_)
    accepted, papers = _papers_accepted(terms, cells)
    for exception in terms.exceptions:
        if exception.exempts:
            surely, maybe = cells.reached_by(exception.who)
            in_scope, maybe_in_scope = in_scope & ~maybe, maybe_in_scope & ~surely
    is_settled, may_be_settled = _settled(terms, cells, accepted, papers, table)
    is_non_us = np.isin(cells.parts["number_kind"], _codes(NumberKind, NON_US_PERSON_NUMBERS))
    is_silent = is_non_us & (not terms.noncitizens)
    duty = np.full(len(cells.counts), int(Duty.UNKNOWN), np.int64)
    duty[in_scope & ~may_be_settled] = Duty.MUST_ACT
    duty[is_silent] = Duty.NOT_ADDRESSED
    duty[is_settled] = Duty.SETTLED
    duty[~maybe_in_scope] = Duty.OUT_OF_SCOPE
    is_person = np.isin(cells.parts["kind"], [0, *_codes(AccountKind, _natural())])
    is_adult = np.isin(cells.parts["age"], [0, ADULT])
    return Judgment(duty, accepted, papers, is_person & is_adult & ~is_non_us)


def _natural() -> frozenset[AccountKind]:
    return Who(natural_persons_only=True).kinds


def _codes(
    names: type[AccountKind] | type[NumberKind], wanted: frozenset[AccountKind] | frozenset[NumberKind]
) -> list[int]:
    codes = code_names(names)
    return [codes[str(name)] for name in sorted(wanted)]


def _papers_accepted(terms: Terms, cells: Cells) -> tuple[npt.NDArray[np.int64], tuple[frozenset[str], ...]]:
    """Return for each cell the index of the set of papers that would do, and the sets."""
    widening = [exception for exception in terms.exceptions if exception.also_shows]
    reached = np.zeros(len(cells.counts), np.int64)
    for place, exception in enumerate(widening):
        reached |= cells.reached_by(exception.who)[0].astype(np.int64) << place
    masks, accepted = np.unique(reached, return_inverse=True)
    papers = tuple(
        terms.shows.union(*(e.also_shows for place, e in enumerate(widening) if int(mask) >> place & 1))
        for mask in masks
    )
    return accepted, papers


def _settled(
    terms: Terms,
    cells: Cells,
    accepted: npt.NDArray[np.int64],
    papers: tuple[frozenset[str], ...],
    table: EvidenceTable,
) -> tuple[Mask, Mask]:
    """Return where the file shows that the rule is met, and where it would if what is blank were known to be so."""
    by_code = ["", *cells.layout.kinds]
    document = cells.parts["document_kind"]
    does = np.array([[kind in group | terms.noncitizens for kind in by_code] for group in papers])
    needs_date = np.array([kind in table.kinds and table.kinds[kind].reach is not Reach.TYPED for kind in by_code])
    surely = does[accepted, document]
    maybe = surely | (document == 0)
    for part, good, bad in (("details_kept", YES, NO), ("verified", YES, NO)):
        surely &= cells.parts[part] == good
        maybe &= cells.parts[part] != bad
    expiry = cells.parts["expiry"]
    surely &= (expiry == UNEXPIRED) | ((expiry == 0) & ~needs_date[document])
    maybe &= expiry != EXPIRED
    return _name_settled(terms.name_rule, cells.parts, surely, maybe)


def _name_settled(
    rule: NameRule, parts: Mapping[str, npt.NDArray[np.int64]], surely: Mask, maybe: Mask
) -> tuple[Mask, Mask]:
    """Return the same, once names are looked at: a rule that is silent asks nothing of them."""
    if rule is NameRule.NOT_ADDRESSED:
        return surely, maybe
    former = parts["former_name"]
    if rule is NameRule.EXACT:
        return surely & (former == NO), maybe & (former != YES)
    return surely & (former == NO), maybe
