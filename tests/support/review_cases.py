"""Make small cases for review, and results of known pairs."""

from collections.abc import Iterable, Sequence

from comity.model.review_case import CaseCandidate, CaseContent, NumberRelation
from comity.review import KnownResult

ADDRESS = {"number": "1420", "street": "MAIN", "street_suffix": "ST", "unit": None, "zip": "00501"}


def make_content(*given: str, requested: str = "MARY", unit: str | None = None) -> CaseContent:
    """Return a case about one person and some candidates, of whom each has a given name."""
    return CaseContent(
        requested_address=ADDRESS | {"unit": unit},
        recorded_address=ADDRESS,
        requested_name={"given": requested, "surname": "EXAMPLE"},
        candidates=tuple(
            CaseCandidate({"given": name, "surname": "EXAMPLE"}, NumberRelation.NOT_GIVEN)
            for name in given or ("MARIE",)
        ),
    )


def make_results(choices: Sequence[int | None], truth: int | None = None, kind: str = "relative") -> list[KnownResult]:
    """Return the results of known pairs of one truth, eight turns apart, with what was chosen in each."""
    return [
        KnownResult(turn=8 * number, case=f"k{number}", kind=kind, truth=truth, candidate=choice)
        for number, choice in enumerate(choices)
    ]


def mark(count: int, wrong: Iterable[int]) -> list[int | None]:
    """Return choices on pairs that differ: candidate 0, which is wrong, at some positions and nobody elsewhere."""
    positions = set(wrong)
    return [0 if number in positions else None for number in range(count)]
