"""Measure reviewers by the known pairs that they judged, and how far two agree.

Guarantees: every share has an exact 95 % interval (Clopper and Pearson). A reviewer who cannot tell made no false
`same`, and missed a person who was there.
Does not: rank reviewers. Kappa is small where one answer is rare, however well two agree; AC1 is less so (Gwet 2008).
Start at `measure_reviewer`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comity.figures.exact_intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class KnownResult:
    """What a reviewer said of a known pair at one of their turns; the turn counts every case the reviewer judged."""

    turn: int
    case: str
    kind: str
    truth: int | None
    candidate: int | None

    @property
    def is_false_same(self) -> bool:
        """Return whether the reviewer chose a person who is not the right one."""
        return self.candidate is not None and self.candidate != self.truth

    @property
    def is_wrong(self) -> bool:
        """Return whether the reviewer said anything but the truth."""
        return self.candidate != self.truth


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened in some trials."""

    hits: int
    trials: int

    @property
    def share(self) -> float | None:
        """Return the share; None without a trial."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return the exact 95 % interval of the share."""
        return clopper_pearson(self.hits, self.trials)


@dataclass(frozen=True, slots=True)
class ReviewerMeasures:
    """A reviewer's errors: a wrong person among all known pairs, nobody where somebody was right; and both by kind."""

    false_same: Rate
    false_different: Rate
    wrong_by_kind: tuple[tuple[str, Rate], ...]


@dataclass(frozen=True, slots=True)
class ReviewerAgreement:
    """How far two reviewers agree on the cases that both judged."""

    agreed: Rate
    kappa: float | None
    ac1: float | None


def measure_reviewer(results: Iterable[KnownResult]) -> ReviewerMeasures:
    """Return the measures of one reviewer's results."""
    known = list(results)
    with_person = [result for result in known if result.truth is not None]
    kinds = sorted({result.kind for result in known})
    by_kind = ((kind, [result for result in known if result.kind == kind]) for kind in kinds)
    return ReviewerMeasures(
        false_same=Rate(sum(result.is_false_same for result in known), len(known)),
        false_different=Rate(sum(result.candidate is None for result in with_person), len(with_person)),
        wrong_by_kind=tuple((kind, Rate(sum(r.is_wrong for r in some), len(some))) for kind, some in by_kind),
    )


def measure_agreement(pairs: Sequence[tuple[int | None, int | None]]) -> ReviewerAgreement:
    """Return the agreement of two reviewers from what each chose in the cases that both judged.

    Kappa (Cohen 1960) and AC1 (Gwet 2008) are of whether somebody was chosen; None where chance explains everything.
    """
    count = len(pairs)
    agreed = Rate(sum(left == right for left, right in pairs), count)
    if not count:
        return ReviewerAgreement(agreed, None, None)
    observed = sum((left is None) == (right is None) for left, right in pairs) / count
    chosen = Counter(side for pair in pairs for side, choice in enumerate(pair) if choice is not None)
    first, second = chosen[0] / count, chosen[1] / count
    by_kappa = first * second + (1 - first) * (1 - second)
    mean = (first + second) / 2
    by_ac1 = 2 * mean * (1 - mean)
    return ReviewerAgreement(agreed, _correct_for_chance(observed, by_kappa), _correct_for_chance(observed, by_ac1))


def _correct_for_chance(observed: float, by_chance: float) -> float | None:
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else None
