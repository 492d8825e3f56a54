"""Change what a simulated file is made of: shares of valid requests, of relatives, of numbers, and of wrong ones.

How often a confirmation is wrong depends on who is asked about, so claims are measured on files of many mixes. Each
share is an option; what is not given stays as the shape has it.

Guarantees: without options a file is the same, byte by byte; the truth knows of every row what it is about.
Does not: change the records.
Start at `apply_request_mix`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from comity.errors import RequestError
from comity.simulate.scenarios import RELATIVE_AIMS, RELATIVES_KIND, VALID_ROW_KINDS, Scenario

RELATIVE_KINDS = tuple(aim.removeprefix("relative_") for aim in RELATIVE_AIMS)
"""Relatives on no record: a child, a junior, a sibling with the same initial, and one with the very same name."""
WRONG_NUMBER_KINDS = {
    "digit": "digit",  # one digit is another
    "neighbors": "swapped",  # two digits beside each other are exchanged
    "household": "household",  # that of another member of the household
    "borrowed": "lent",  # that of somebody on record elsewhere
    "random": "any",  # nobody's, or anybody's
}
"""Kinds of wrong number -> where the number comes from (`TIN_SOURCES`)."""


@dataclass(frozen=True, slots=True)
class RequestMix:
    """Shares of the requests; None leaves them as the shape has them.

    Attributes:
        valid: requests about a person on record, at the address of that record (a few of them moved and are asked
            about at the old address, which is not valid).
        relatives: requests about a member of a household who is on no record, at the household's address.
        relative_kinds: weights of `RELATIVE_KINDS` among those; empty for all such members alike, who are mostly
            children, parents and residents of shelters and dormitories.
        with_number: requests with a taxpayer number.
        wrong_numbers: requests with a number that is not the person's, among those with one.
        wrong_number_kinds: weights of `WRONG_NUMBER_KINDS` among those; empty for equal ones.
    """

    valid: float | None = None
    relatives: float | None = None
    relative_kinds: Mapping[str, float] = field(default_factory=dict)
    with_number: float | None = None
    wrong_numbers: float | None = None
    wrong_number_kinds: Mapping[str, float] = field(default_factory=dict)


def apply_request_mix(scenario: Scenario, mix: RequestMix) -> Scenario:
    """Return the scenario with the shares of `mix`; the same scenario, if it states none.

    Raises:
        RequestError: `bad_argument`, a share is none, shares add up to more than 1, or a kind is not known.
    """
    _verify_shares(mix)
    return replace(scenario, row_kinds=_mix_row_kinds(scenario, mix), number_sources=_mix_numbers(scenario, mix))


def _mix_row_kinds(scenario: Scenario, mix: RequestMix) -> Mapping[str, float]:
    """Return the share of each kind of row: valid ones and relatives as `mix` says, the others in what is left."""
    groups = {kind: _group_of(kind) for kind in scenario.row_kinds}
    shares = dict.fromkeys(("valid", "relatives", "others"), 0.0)
    for kind, share in scenario.row_kinds.items():
        shares[groups[kind]] += share
    goals = {"valid": shares["valid"] if mix.valid is None else mix.valid}
    goals["relatives"] = shares["relatives"] if mix.relatives is None else mix.relatives
    if mix.valid is None and mix.relatives is None:
        goals["others"] = shares["others"]
    else:
        goals["others"] = 1 - goals["valid"] - goals["relatives"]
    if goals["others"] < -1e-9:
        raise _share_error("The shares of valid requests and of relatives add up to more than 1")
    if goals == shares:
        row_kinds = dict(scenario.row_kinds)
    else:
        row_kinds = {
            kind: share * max(goals[groups[kind]], 0.0) / shares[groups[kind]]
            for kind, share in scenario.row_kinds.items()
        }
    if mix.relative_kinds:
        share = row_kinds.pop(RELATIVES_KIND)
        row_kinds |= {f"relative_{kind}": share * part for kind, part in _normalize_weights(mix.relative_kinds).items()}
    return row_kinds


def _group_of(kind: str) -> str:
    return "valid" if kind in VALID_ROW_KINDS else "relatives" if kind == RELATIVES_KIND else "others"


def _mix_numbers(scenario: Scenario, mix: RequestMix) -> Mapping[str, float] | None:
    """Return the share of each source of numbers, for rows of every kind alike; None if `mix` says nothing of them."""
    if mix.with_number is None and mix.wrong_numbers is None and not mix.wrong_number_kinds:
        return None
    given = 1 - scenario.tin_sources["none"] if mix.with_number is None else mix.with_number
    stated_wrong = sum(share for source, share in scenario.tin_sources.items() if source not in {"own", "none"})
    wrong = stated_wrong / (1 - scenario.tin_sources["none"]) if mix.wrong_numbers is None else mix.wrong_numbers
    kinds = _normalize_weights(mix.wrong_number_kinds or dict.fromkeys(WRONG_NUMBER_KINDS, 1.0))
    shares = {"own": given * (1 - wrong), "none": 1 - given}
    return shares | {WRONG_NUMBER_KINDS[kind]: given * wrong * part for kind, part in kinds.items()}


def _normalize_weights(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {kind: weight / total for kind, weight in weights.items()}


def _verify_shares(mix: RequestMix) -> None:
    """Raise RequestError for shares and weights that are none, all of them named at once."""
    faults = [
        f"The share {name} is not between 0 and 1"
        for name in ("valid", "relatives", "with_number", "wrong_numbers")
        for share in [getattr(mix, name)]
        if share is not None and not 0 <= share <= 1
    ]
    for title, weights, kinds in (
        ("relative kinds", mix.relative_kinds, RELATIVE_KINDS),
        ("wrong number kinds", mix.wrong_number_kinds, tuple(WRONG_NUMBER_KINDS)),
    ):
        if unknown := set(weights) - set(kinds):
            faults.append(f"{len(unknown)} of the {title} are not known; known are {', '.join(kinds)}")
        if weights and not (all(0 <= weight < 1e9 for weight in weights.values()) and sum(weights.values()) > 0):
            faults.append(f"The weights of the {title} are not all 0 or more, with one above 0")
    if faults:
        raise _share_error("; ".join(faults))


def _share_error(fault: str) -> RequestError:
    return RequestError("bad_argument", f"{fault}.", "Give shares from 0 to 1, and weights such as child=2,junior=1.")
