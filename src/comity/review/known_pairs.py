"""Mix known pairs, cases whose truth is on file, into what a reviewer judges.

One case in eight is a known pair, and three of four of these are of people or places that differ: what is rare is
missed, fast or slow (Kunar and others 2010), and a wrong confirmation is what must not happen.

Guarantees: which turns are known pairs, and which pairs they are, follows from a key; a reviewer gets each pair once.
Start at `is_known_pair_due`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from comity.review.keyed_draw import draw_share, order_by_key

KNOWN_SHARE = 1 / 8
DIFFERENT_SHARE = 3 / 4
BLOCKS = 8


@dataclass(frozen=True, slots=True)
class KnownPair:
    """A case whose truth is on file: its id, what kind of pair it is, and the right candidate (None: none of them)."""

    case: str
    kind: str
    truth: int | None


def is_known_pair_due(key: bytes, reviewer: str, turn: int) -> bool:
    """Return whether a reviewer's turn (0, 1, 2, …) is a known pair."""
    return draw_share(key, "is-known", reviewer, turn) < KNOWN_SHARE


def order_known_pairs(key: bytes, reviewer: str, pool: Iterable[KnownPair]) -> list[KnownPair]:
    """Return known pairs in the order in which a reviewer gets them.

    They come in `BLOCKS` blocks that are the same for all reviewers, so that any two soon have many in common; within
    a block each reviewer has an order of their own.
    """
    by_case = {pair.case: pair for pair in pool}
    order = order_by_key(key, by_case, "known-pair", reviewer)
    return [by_case[case] for case in sorted(order, key=lambda case: int(BLOCKS * draw_share(key, "block", case)))]


def select_known_pair(
    key: bytes, reviewer: str, turn: int, ordered: Iterable[KnownPair], judged: Collection[str]
) -> KnownPair | None:
    """Return the known pair for a turn, of those that the reviewer has not judged; None when there is none left.

    `ordered` is what `order_known_pairs` returns. A reviewer for whom none is left gets no more cases: nobody judges
    unmeasured.
    """
    wants_different = draw_share(key, "is-different", reviewer, turn) < DIFFERENT_SHARE
    left = [pair for pair in ordered if pair.case not in judged]
    wanted = (pair for pair in left if (pair.truth is None) == wants_different)
    return next(wanted, left[0] if left else None)
