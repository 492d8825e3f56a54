"""What a candidate would ask of the customers in each cell, by what the file says: out of scope, settled, or to act.

Guarantees: pure; what a blank leaves open is a duty of its own, never put with either side: it is UNKNOWN unless every
way of filling in the blanks comes to one duty; one more kind of paper accepted, or one more exception, never adds to
those who must act, nor to those who may have to.
Does not: estimate what customers have at home (`assessment`), or apply anything.
Start at `judge_cells`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
    UNKNOWN = 4  # a blank in the file leaves open which of these it is


@dataclass(frozen=True, slots=True)
class Judgment:
    """The duty of each cell, and for those to act: which papers would do, and whether a published rate speaks of them.

    `may_act` is where some way of filling in the blanks has them act.

    `accepted` gives for each cell the index of its set in `papers`. `is_estimable` is false for customers of whom the
    rates do not speak: entities, minors, and those identified as non-US persons.
    """

    duty: npt.NDArray[np.int64]
    may_act: Mask
    accepted: npt.NDArray[np.int64]
    papers: tuple[frozenset[str], ...]
    is_estimable: Mask


@dataclass(frozen=True, slots=True)
class Profiles:
    """The ways in which a rule may see a customer: in scope or not, addressed or not, by which exceptions.

    The first three have one row for each way; `may_be` says which of them are possible for each cell, blanks filled in.
    """

    in_scope: Mask
    is_not_addressed: Mask
    widening: Mask
    may_be: Mask


def judge_cells(terms: Terms, cells: Cells, table: EvidenceTable) -> Judgment:
    """Return what the terms would ask of each cell. What a blank leaves open is UNKNOWN unless every filling agrees."""
    profiles = _find_profiles(terms, cells)
    additions = [exception.also_shows for exception in terms.exceptions if exception.also_shows]
    accepted_by = [
        terms.shows.union(*(more for more, is_reached in zip(additions, row, strict=True) if is_reached))
        for row in profiles.widening
    ]
    duty = np.full(len(cells.counts), NONE_YET, np.int64)
    may_act = np.zeros(len(cells.counts), np.bool_)
    for place, papers_of_profile in enumerate(accepted_by):
        is_not_addressed, possible = bool(profiles.is_not_addressed[place]), profiles.may_be[:, place]
        judged = np.full(len(cells.counts), int(Duty.OUT_OF_SCOPE), np.int64)
        if profiles.in_scope[place]:
            judged = _judge_profile(terms, cells, table, papers_of_profile, is_not_addressed=is_not_addressed)
            may_act |= possible & np.isin(judged, [Duty.MUST_ACT, Duty.UNKNOWN]) & (not is_not_addressed)
        agreed = np.where((duty == NONE_YET) | (duty == judged), judged, int(Duty.UNKNOWN))
        duty = np.where(possible, agreed, duty)
    sure = np.array(
        [(profiles.widening | ~possible[:, None]).all(axis=0) for possible in _distinct(profiles.may_be)[0]]
    )
    papers_sure, place_of = np.unique(sure.reshape(len(sure), -1), axis=0, return_inverse=True)
    accepted = place_of.reshape(-1)[_distinct(profiles.may_be)[1]]
    papers = tuple(
        terms.shows.union(*(more for more, is_reached in zip(additions, row, strict=True) if is_reached))
        for row in papers_sure
    )
    is_non_us = np.isin(cells.parts["number_kind"], _codes(NumberKind, NON_US_PERSON_NUMBERS))
    is_person = np.isin(cells.parts["kind"], [0, *_codes(AccountKind, _natural())])
    is_adult = np.isin(cells.parts["age"], [0, ADULT])
    return Judgment(duty, may_act, accepted, papers, is_person & is_adult & ~is_non_us)


NONE_YET = -1


def _distinct(rows: Mask) -> tuple[Mask, npt.NDArray[np.int64]]:
    """Return the distinct rows in order of appearance, and which of them each row is.

    A row is compared as a text of bits, by Arrow's hash table; sorting rows, as np.unique does, takes much longer.
    """
    packed = np.packbits(np.pad(rows, ((0, 0), (0, 1))), axis=1)  # a bit more, so that no row is without bytes
    width = packed.shape[1]
    texts = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(rows), [None, pa.py_buffer(packed)])
    coded = texts.dictionary_encode()
    bits = np.frombuffer(coded.dictionary.buffers()[1], np.uint8, count=width * len(coded.dictionary))
    distinct = np.unpackbits(bits.reshape(-1, width), axis=1, count=rows.shape[1]).astype(np.bool_)
    return distinct, coded.indices.to_numpy().astype(np.int64)


def _find_profiles(terms: Terms, cells: Cells) -> Profiles:
    """Return the distinct profiles of customers without blanks, and for each cell which of them it may have."""
    layout = cells.layout
    in_scope = layout.reaches(terms.who) & bool(terms.shows)
    for exception in terms.exceptions:
        if exception.exempts:
            in_scope &= ~layout.reaches(exception.who)
    is_non_us = np.array([name in NON_US_PERSON_NUMBERS for name in code_names(NumberKind)])
    is_not_addressed = np.broadcast_to(is_non_us & (not terms.noncitizens), in_scope.shape)
    widening = [layout.reaches(exception.who) for exception in terms.exceptions if exception.also_shows]
    traits = np.stack([in_scope, is_not_addressed, *widening], axis=-1)
    distinct, places = _distinct(traits.reshape(-1, traits.shape[-1]))
    may_be = places.reshape(in_scope.shape)[..., None] == np.arange(len(distinct))
    is_past = np.array([days[0] <= layout.as_of for days in layout.opened_intervals()])
    known_opened = np.concatenate([(may_be & is_past[:, None, None, None]).any(axis=0, keepdims=True), may_be])
    for axis in (1, 2):
        known_opened = np.concatenate([known_opened.any(axis=axis, keepdims=True), known_opened], axis=axis)
    parts = cells.parts
    return Profiles(
        distinct[:, 0], distinct[:, 1], distinct[:, 2:],
        known_opened[parts["opened"], parts["kind"], parts["number_kind"]],
    )  # fmt: skip


def _judge_profile(
    terms: Terms, cells: Cells, table: EvidenceTable, papers: frozenset[str], *, is_not_addressed: bool
) -> npt.NDArray[np.int64]:
    """Return the duty in each cell of customers whom the rule reaches in one way, by what else the file says."""
    is_settled, may_be_settled = _settled(terms, cells, papers, table)
    unsettled = Duty.NOT_ADDRESSED if is_not_addressed else Duty.MUST_ACT
    duty = np.full(len(cells.counts), int(Duty.UNKNOWN), np.int64)
    duty[~may_be_settled] = unsettled
    duty[is_settled] = Duty.SETTLED
    return duty


def _natural() -> frozenset[AccountKind]:
    return Who(natural_persons_only=True).kinds


def _codes(
    names: type[AccountKind] | type[NumberKind], wanted: frozenset[AccountKind] | frozenset[NumberKind]
) -> list[int]:
    codes = code_names(names)
    return [codes[str(name)] for name in sorted(wanted)]


def _settled(terms: Terms, cells: Cells, papers: frozenset[str], table: EvidenceTable) -> tuple[Mask, Mask]:
    """Return where the file shows that the rule is met, and where it would if what is blank were known to be so."""
    by_code = ["", *cells.layout.kinds]
    document = cells.parts["document_kind"]
    does = np.array([kind in papers | terms.noncitizens for kind in by_code])
    needs_date = np.array([kind in table.kinds and table.kinds[kind].reach is not Reach.TYPED for kind in by_code])
    surely = does[document]
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
