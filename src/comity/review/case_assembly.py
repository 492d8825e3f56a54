"""Assemble a case from the place that matching found for a row.

Guarantees: the candidates' order depends on a key, the case and their records alone, so that a place in the list says
nothing; a candidate whose taxpayer number differs, or for whom a demand fails, is never confirmable.
Start at `assemble_case`.
"""

from collections.abc import Collection

from comity.model.review_case import (
    MAX_CANDIDATES,
    CaseCandidate,
    CaseContent,
    CaseTerms,
    NumberRelation,
    RecordedPlace,
)
from comity.review.case_selection import SETTLED_BY_PEOPLE
from comity.review.keyed_draw import order_by_key


def assemble_case(
    place: RecordedPlace, conditions: Collection[str], *, case: str, key: bytes
) -> tuple[CaseContent, CaseTerms] | None:
    """Return what reviewers see of a row, and what they do not.

    None when nobody there could be confirmed, more people are there than a case lists, or nothing that is displayed
    distinguishes two of them.

    Args:
        place: what matching found for the row.
        conditions: the names of all conditions of the agreement's policy.
        case: the id of the case.
        key: of the order of the candidates.
    """
    demands = set(conditions) - SETTLED_BY_PEOPLE
    by_record = {person.record_id: person for person in place.people}
    record_ids = order_by_key(key, by_record, "candidates", case)
    people = [by_record[record_id] for record_id in record_ids]
    confirmable = frozenset(
        position
        for position, person in enumerate(people)
        if person.number is not NumberRelation.DIFFERS
        and all(meets for name, meets in person.conditions.items() if name in demands)
    )
    displayed = {(tuple(sorted(person.name.items(), key=str)), person.number) for person in people}
    if not confirmable or len(people) > MAX_CANDIDATES or len(displayed) < len(people):
        return None
    content = CaseContent(
        requested_address=place.requested_address,
        recorded_address=place.recorded_address,
        requested_name=place.requested_name,
        candidates=tuple(CaseCandidate(person.name, person.number) for person in people),
    )
    return content, CaseTerms(tuple(record_ids), confirmable)
