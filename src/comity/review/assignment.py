"""Assign reviewers to a case by a keyed draw, so that nobody chooses what they judge or with whom.

Start at `assign_reviewers`.
"""

from collections.abc import Collection

from comity.review.keyed_draw import order_by_key


def assign_reviewers(
    key: bytes, case: str, eligible: Collection[str], judged_by: Collection[str], needed: int
) -> list[str]:
    """Return who judges a case next: as many as are needed, or as many as there are.

    Args:
        key: of the draw.
        case: the id of the case.
        eligible: who may judge it: qualified, not suspended, and not recused from it.
        judged_by: who has judged it, a voided judgment included: nobody judges a case twice.
        needed: how many judgments the case needs.
    """
    order = order_by_key(key, set(eligible) - set(judged_by), "reviewers", case)
    return order[:needed]
