"""Apply an agreement's policy to evidence; return determinations.

A request is a match when all of these hold: `match_probability` reaches `confirm_probability`; the address agrees by
itself; the record's own address is complete; the given name agrees; the names can be one person's; no other person on
record is nearly as likely; everybody at the address was compared. It goes to review when the probability reaches
`review_probability`, when two persons on record together reach `confirm_probability` at an address that agrees, or when
more people share the address and a name there than are compared. Anything else is a non_match.

Guarantees: whole columns at a time; the same evidence and policy give the same determination.
Basis: promises 4, 7 and 12; failure mode A14 (a disclosure "without a matching address").
Start at `determine_outcomes`.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from comity.model.evidence import DETERMINATIONS_SCHEMA

MATCH, REVIEW, NON_MATCH = "match", "review", "non_match"


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """What an agreement requires of the evidence.

    `confirm_probability`: the lowest probability of a match. `review_probability`: the lowest that a person should
    review. `rival_ratio`: another person on record at least this share as likely makes two possible persons.
    `is_number_exact`: the house number (or box) must be equal; without it, one typing error in it is tolerated.
    `is_surname_required`: surnames must be present and not unrelated, whatever else agrees (failure mode N08: a
    borrowed number at its owner's address). `is_counted_as_one`: history must count the request as one about the record
    (promise 15), or spellings that it does not count would be free tries; every agreement requires it.
    """

    confirm_probability: float = 0.98
    review_probability: float = 0.30
    rival_ratio: float = 0.1
    is_number_exact: bool = False
    is_surname_required: bool = False
    is_counted_as_one: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.review_probability <= self.confirm_probability <= 1:
            raise RuntimeError("a policy needs 0 < review_probability <= confirm_probability <= 1")
        if not 0 < self.rival_ratio <= 1:
            raise RuntimeError("a policy needs 0 < rival_ratio <= 1")

    @property
    def further_conditions(self) -> frozenset[str]:
        """Return the names of the conditions that the policy has and not every policy has."""
        required = {
            "number_is_exact": self.is_number_exact,
            "surname_agrees": self.is_surname_required,
            "counted_as_one": self.is_counted_as_one,
        }
        return frozenset(name for name, is_required in required.items() if is_required)


def evaluate_conditions(evidence: pa.Table, policy: MatchPolicy) -> dict[str, pa.ChunkedArray]:
    """Return, for each condition of the policy on a match, which rows of evidence meet it."""
    probability, rival = evidence["match_probability"], evidence["rival_probability"]
    has_rival = pc.and_(pc.greater(rival, 0.0), pc.greater_equal(rival, pc.multiply(probability, policy.rival_ratio)))
    conditions = {
        "probability": pc.greater_equal(probability, policy.confirm_probability),
        "address_agrees": evidence["address_agrees"],
        "address_known": evidence["address_known"],
        "given_name_agrees": evidence["given_name_agrees"],
        "same_name": evidence["same_name"],
        "nobody_nearly_as_likely": pc.invert(has_rival),
        "everybody_compared": pc.invert(evidence["is_crowded"]),
    }
    if policy.is_number_exact:
        conditions["number_is_exact"] = evidence["number_is_exact"]
    if policy.is_surname_required:
        conditions["surname_agrees"] = evidence["surname_agrees"]
    if policy.is_counted_as_one:
        conditions["counted_as_one"] = evidence["counted_as_one"]
    return conditions


def determine_outcomes(
    evidence: pa.Table, policy: MatchPolicy, is_number_compared: npt.NDArray[np.bool_] | None = None
) -> pa.Table:
    """Return the outcome of each row of evidence (`EVIDENCE_SCHEMA`), in the same order.

    The result has the schema `DETERMINATIONS_SCHEMA`. Where a request's taxpayer number was not compared, because
    another was given for that person and building first, two people may bear the name there: a match goes to review.
    """
    probability, rival = evidence["match_probability"], evidence["rival_probability"]
    conditions = evaluate_conditions(evidence, policy)
    match = reduce(pc.and_, conditions.values())
    if is_number_compared is not None:
        match = pc.and_(match, pa.array(is_number_compared, pa.bool_()))
    either_reaches = pc.greater_equal(pc.add(probability, rival), policy.confirm_probability)
    two_persons = pc.invert(conditions["nobody_nearly_as_likely"])
    review = pc.or_(
        pc.greater_equal(probability, policy.review_probability),
        pc.or_(pc.and_(pc.and_(two_persons, either_reaches), evidence["address_agrees"]), evidence["is_crowded"]),
    )
    outcome = pc.if_else(match, MATCH, pc.if_else(review, REVIEW, NON_MATCH))
    columns = {name: evidence[name] for name in ("row", "request_id", "match_probability", "match_weight", "record_id")}
    return pa.table({**columns, "outcome": outcome}).select(DETERMINATIONS_SCHEMA.names).cast(DETERMINATIONS_SCHEMA)
