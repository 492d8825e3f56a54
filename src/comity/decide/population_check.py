"""Check that a batch is of the population that its agreement was concluded for, before anything is determined.

Claims hold where requests are mixed as the agreement's population profile says. With fewer requests about people on
record, or more about relatives and others, more confirmations are wrong than is claimed. So what a batch is mixed of
is estimated (`mixture`) and compared with the most that the profile's ranges allow.

Guarantees: depends on the likelihoods of the whole batch alone; of two tests each errs at one range's end in 2.5 % of
batches, and less often inside it. A batch too small to tell is not called a departure, and neither is one that has
more requests about people on record than the range.
Does not: change any determination, or hold a batch (`comity.pipeline` does).
Basis: ADR 0053.
Start at `find_departure`.
"""

from dataclasses import dataclass

from comity.decide.mixture import Mixture, estimate_mixture
from comity.model.likelihoods import Codes

MIN_VALID_REQUESTS = 20
"""A batch is too small to tell if fewer requests than this are about people on record at the range's least."""
_DEVIATIONS = 1.96  # both limits of an interval of 95 %, so that one side is crossed by chance in 2.5 %
_FAMILY, _OTHERS = 1, 2  # groups of a `Mixture`


@dataclass(frozen=True, slots=True)
class MixtureRange:
    """The most that a population has, as the estimate sees it, for each request about a person on record.

    Attributes:
        most_family: requests about members of the household who are on no record.
        most_others: requests about anybody else.
    """

    most_family: float
    most_others: float

    @property
    def least_valid(self) -> float:
        """Return the share of requests about people on record where everything else is at its most."""
        return 1 / (1 + self.most_family + self.most_others)


@dataclass(frozen=True, slots=True)
class Departure:
    """A batch that is outside the range, on the side on which more confirmations are wrong than is claimed."""

    mixture: Mixture
    allowed: MixtureRange

    def to_text(self) -> str:
        """Return what was estimated and what the range is, in counts and shares of the whole batch."""
        valid, family, others = map(float, self.mixture.shares)
        low, high = self.mixture.limits_of_valid(_DEVIATIONS)
        per_valid = (
            f"For each of those, there are {family / valid:.1f} about relatives on no record and {others / valid:.1f} "
            "about others"
            if valid * self.mixture.requests >= 1
            else f"{family:.1%} are about relatives on no record, and the rest about others"
        )
        return (
            f"Of {self.mixture.requests:,} requests that were compared, about {valid:.2%} (95 %: {low:.2%} to "
            f"{high:.2%}) are about a person on record at that address. {per_valid}. The agreement was concluded for "
            f"requests of which at least {self.allowed.least_valid:.2%} are, with at most "
            f"{self.allowed.most_family:.1f} about relatives and {self.allowed.most_others:.1f} about others for each."
        )


def find_departure(codes: Codes, allowed: MixtureRange) -> Departure | None:
    """Return how requests depart from a range on the dangerous side; None if they do not, or are too few to tell.

    Args:
        codes: the likelihoods of each request (`comity.model.likelihoods`).
        allowed: the range of the agreement's population.
    """
    if len(codes) * allowed.least_valid < MIN_VALID_REQUESTS:
        return None
    mixture = estimate_mixture(codes)
    excess = (mixture.excess(_FAMILY, allowed.most_family), mixture.excess(_OTHERS, allowed.most_others))
    return Departure(mixture, allowed) if max(excess) > _DEVIATIONS else None
