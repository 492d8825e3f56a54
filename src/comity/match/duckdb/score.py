"""From comparison levels to probabilities: each request's candidates weighed against one another and their rivals.

Guarantees: a request's result depends on its own candidates alone. Sums are taken over integers (shares of 2^40), so
their order cannot show; ties fall to the lower record_id.
Does not: decide (`comity.decide` does).
Basis: match/model.py describes the hypotheses.
Start at `SCORE_STAGES`.
"""

from itertools import pairwise
from typing import Any

from comity.match.duckdb.levels import JOINT, number_of
from comity.match.duckdb.stages import Stage
from comity.match.model import ADDRESS_COMPARISONS, NAME_COMPARISONS, Model

SHARES = 2**40
LARGEST_FAMILY = 3.0
"""Bits: more than eight records of one surname at one address are several families."""
BINDS = (
    *(f"this_{c}" for c in ADDRESS_COMPARISONS + NAME_COMPARISONS),
    *(f"family_{c}" for c in NAME_COMPARISONS),
    "family", "occupant", "elsewhere", "namesake", "namesake_unsuffixed",
)  # fmt: skip


def bound_values(model: Model) -> dict[str, Any]:
    """The values the stages bind: the model's weights."""
    values: dict[str, Any] = {f"this_{c}": model.weights("this", c) for c in ADDRESS_COMPARISONS + NAME_COMPARISONS}
    values |= {f"family_{c}": model.weights("family", c) for c in NAME_COMPARISONS}
    values |= model.rivals
    return values


def _weights(side: str, comparisons: tuple[str, ...]) -> str:
    return " + ".join(f"${side}_{c}[{c}{'_level' if c in JOINT else ''}]" for c in comparisons)


def weighed_pairs(levels: str) -> str:
    """Each pair's weight in bits under each hypothesis.

    What agrees is worth what it is rare. A member of the same family bears the same given name by chance or by custom
    (`namesake`), whichever is likelier; where only one side has a suffix, the other may be the father or the son. The
    more of a family stand on record, the more of it there are who do not; and the more records an address has, the
    likelier is somebody there without one.
    """
    lone_suffix = f"suffix = {number_of('suffix', 'missing')}"
    custom = f"(CASE WHEN {lone_suffix} THEN $namesake_unsuffixed ELSE $namesake END)"
    return f"""
        SELECT * RENAME (person_key AS person),
            {_weights("this", ADDRESS_COMPARISONS)} + address_rarity AS address_weight,
            {_weights("this", NAME_COMPARISONS)} + person_rarity + surname_rarity AS name_weight,
            {_weights("family", NAME_COMPARISONS)} + surname_rarity + CASE WHEN given_is_exact
                THEN log2(pow(2, {custom}) + pow(2, first_frequency)) - first_frequency ELSE 0 END AS family_weight,
            address_weight + name_weight AS this_weight,
            $family + least(household, {LARGEST_FAMILY}) + address_weight + family_weight AS family_rival,
            $occupant + 2 * residents + address_weight AS occupant_rival,
            $elsewhere + name_weight AS elsewhere_rival
        FROM {levels}"""


def best_of_each_person(weighed: str) -> str:
    """One pair for each request and person: a person may stand on several records."""
    return f"""
        SELECT * FROM {weighed}
        QUALIFY row_number() OVER (PARTITION BY row, person ORDER BY this_weight DESC, record_id) = 1"""


def highest(weighed: str) -> str:
    """For each request, the heaviest of its hypotheses, and each rival at its strongest (over all its pairs)."""
    return f"""
        SELECT *, greatest(this, family, occupant, elsewhere, stranger) AS top FROM (
            SELECT row, count(*)::INTEGER AS candidate_pairs, max(this_weight) AS this, max(family_rival) AS family,
                max(occupant_rival) AS occupant, max(elsewhere_rival) AS elsewhere,
                $stranger + max(neighbors) AS stranger
            FROM {weighed} GROUP BY row
        )"""


def _share(weight: str) -> str:
    return f"round(pow(2, greatest({weight} - h.top, -60)) * {SHARES})::BIGINT"


def shares(persons: str, heights: str) -> str:
    """Each person's share of belief, in integers."""
    return f"""
        SELECT p.row, p.record_id, p.this_weight, {_share("p.this_weight")} AS share,
            p.number, p.street, p.unit, p.place, p.given, p.surname, p.address_known
        FROM {persons} p JOIN {heights} h USING (row)"""


def ranked(persons: str) -> str:
    """Each request's persons from the likeliest down, with the total of their shares."""
    return f"""
        SELECT *, row_number() OVER w AS rank, lead(share) OVER w AS next_share,
            (sum(share) OVER (PARTITION BY row))::BIGINT AS recorded
        FROM {persons} WINDOW w AS (PARTITION BY row ORDER BY share DESC, this_weight DESC, record_id)"""


def posteriors(rank: str, heights: str) -> str:
    """The likeliest person of each request and the belief in that person, against everything else."""
    total = " + ".join(
        ["f.recorded", *(_share(f"h.{rival}") for rival in ("family", "occupant", "elsewhere", "stranger"))]
    )
    return f"""
        SELECT *, log2(greatest(share, 1)) - log2(greatest(total - share, 1)) AS raw_weight,
            coalesce(next_share, 0) / total AS rival_probability
        FROM (SELECT f.*, h.candidate_pairs, ({total})::BIGINT AS total
            FROM {rank} f JOIN {heights} h USING (row) WHERE f.rank = 1)"""


SCORE_STAGES = (
    Stage("weighed_pairs", weighed_pairs, ("joint_levels",), BINDS),
    Stage("heights", highest, ("weighed_pairs",), ("stranger",)),
    Stage("persons", best_of_each_person, ("weighed_pairs",)),
    Stage("shares", shares, ("persons", "heights")),
    Stage("ranked", ranked, ("shares",)),
    Stage("posteriors", posteriors, ("ranked", "heights")),
)
"""From `joint_levels` (see levels.py) to `posteriors`, one row per request that has a candidate pair."""


def calibrated(model: Model) -> str:
    """SQL for the calibrated weight of `raw_weight`: straight lines between the model's knots, and slope as at the ends."""
    knots = model.calibration
    pieces = []
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(knots)):
        line = f"{y0!r} + (raw_weight - ({x0!r})) * {(y1 - y0) / (x1 - x0)!r}"
        pieces.append(f"WHEN raw_weight < {x1!r} THEN {line}" if i < len(knots) - 2 else f"ELSE {line}")
    return f"(CASE WHEN false THEN 0.0 {' '.join(pieces)} END)"  # a model of two knots has one line only
