"""From comparison levels to probabilities: each request's candidates weighed against one another and their rivals.

Whole columns at a time: a pair is a place in every array, and the pairs of one request lie together.

Guarantees: a request's result depends on its own candidates alone. Sums are taken over integers (shares of 2^40), so
their order cannot show; ties fall to the record that comes first in the index.
Does not: decide (`comity.decide` does).
Basis: match/model.py describes the hypotheses.
Start at `score`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comity.match.compiled.texts import MIX
from comity.match.levels import JOINT, number_of
from comity.match.model import ADDRESS_COMPARISONS, NAME_COMPARISONS, Model
from comity.match.pairs import Levels

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SHARES = 2**40
FAINTEST = -60.0
"""Bits below the heaviest hypothesis: nothing is believed less than this."""
LARGEST_FAMILY = 3.0
"""Bits: more than eight records of one surname at one address are several families."""
RIVALS = ("family", "occupant", "elsewhere", "stranger")


@dataclass(frozen=True, slots=True)
class Weights:
    """Each pair's weight in bits under each hypothesis."""

    this: Floats
    family: Floats
    occupant: Floats
    elsewhere: Floats


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry per request that has a candidate pair, in order.

    `best` is the place of the likeliest person's pair, `pairs` their number. `heights` is the heaviest weight of every
    rival, `top` of all hypotheses. Shares of belief are integers: `share` of the likeliest person, `next_share` of the
    next on record, `recorded` of all on record, `total` of everything.
    """

    best: Numbers
    pairs: Numbers
    weights: Weights
    heights: Mapping[str, Floats]
    top: Floats
    share: Numbers
    next_share: Numbers
    recorded: Numbers
    total: Numbers

    @property
    def raw_weight(self) -> Floats:
        """Log2 of the belief in the likeliest person against everything else, not calibrated."""
        made: Floats = np.log2(np.maximum(self.share, 1)) - np.log2(np.maximum(self.total - self.share, 1))
        return made

    @property
    def rival_probability(self) -> Floats:
        """The share of belief in the next likeliest person on record."""
        made: Floats = self.next_share / self.total
        return made


def shares(weight: Floats, top: Floats) -> Numbers:
    """The share of belief of a weight beside the heaviest, in integers."""
    made: Numbers = np.rint(np.exp2(np.maximum(weight - top, FAINTEST)) * SHARES).astype(np.int64)
    return made


def _sum(levels: Levels, model: Model, side: str, comparisons: tuple[str, ...]) -> Floats:
    total: Floats = np.zeros(len(levels["row"]))
    for comparison in comparisons:
        weights = np.array(model.weights(side, comparison))
        total += weights[levels[f"{comparison}_level" if comparison in JOINT else comparison] - 1]
    return total


def weigh(levels: Levels, model: Model) -> Weights:
    """Each pair's weight in bits under each hypothesis.

    What agrees is worth what it is rare. A member of the same family bears the same given name by chance or by custom
    (`namesake`), whichever is likelier; where only one side has a suffix, the other may be the father or the son. The
    more of a family stand on record, the more of it there are who do not; and the more records an address has, the
    likelier is somebody there without one.
    """
    rivals = model.rivals
    address = _sum(levels, model, "this", ADDRESS_COMPARISONS) + levels["address_rarity"]
    name = _sum(levels, model, "this", NAME_COMPARISONS) + levels["person_rarity"] + levels["surname_rarity"]
    lone_suffix = levels["suffix"] == number_of("suffix", "missing")
    custom = np.where(lone_suffix, rivals["namesake_unsuffixed"], rivals["namesake"])
    rare = levels["first_frequency"].astype(np.float64)
    namesake = np.where(levels["given_is_exact"], np.log2(np.exp2(custom) + np.exp2(rare)) - rare, 0.0)
    family = _sum(levels, model, "family", NAME_COMPARISONS) + levels["surname_rarity"] + namesake
    return Weights(
        this=address + name,
        family=rivals["family"] + np.minimum(levels["household"], LARGEST_FAMILY) + address + family,
        occupant=rivals["occupant"] + 2 * levels["residents"].astype(np.float64) + address,
        elsewhere=rivals["elsewhere"] + name,
    )


def score(levels: Levels, model: Model) -> Scores:
    """Weigh the candidates of each request; the pairs of one request lie together, in order of record."""
    rows = levels["row"]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    lengths = np.diff(np.append(starts, len(rows)))
    request = np.repeat(np.arange(len(starts)), lengths)
    weights = weigh(levels, model)
    heights = {
        "family": np.maximum.reduceat(weights.family, starts),
        "occupant": np.maximum.reduceat(weights.occupant, starts),
        "elsewhere": np.maximum.reduceat(weights.elsewhere, starts),
        "stranger": model.rivals["stranger"] + np.maximum.reduceat(levels["neighbors"], starts).astype(np.float64),
    }
    top = np.maximum.reduce([np.maximum.reduceat(weights.this, starts), *heights.values()])
    share = np.where(_one_pair_each(levels, request, weights.this), shares(weights.this, top[request]), 0)
    best, most = _first_of_highest(share, weights.this, starts, request)
    rest = share.copy()
    rest[best] = 0
    recorded = np.add.reduceat(share, starts)
    return Scores(
        best=best,
        pairs=lengths,
        weights=weights,
        heights=heights,
        top=top,
        share=most,
        next_share=np.maximum.reduceat(rest, starts),
        recorded=recorded,
        total=np.add.reduce([recorded, *(shares(heights[rival], top) for rival in RIVALS)]),
    )


def _one_pair_each(levels: Levels, request: Numbers, this: Floats) -> npt.NDArray[np.bool_]:
    """Of the pairs of one request with one person, who may stand on several records, the heaviest, or of these the first."""
    person = (levels["person_key"] ^ (request.astype(np.uint64) * MIX)) * MIX
    order = np.argsort(person, kind="stable")
    same = np.flatnonzero(person[order[1:]] == person[order[:-1]])
    kept = np.ones(len(person), dtype=bool)
    for place in same:  # few persons stand on several records of one year
        one, other = order[place], order[place + 1]
        if kept[one] and this[one] >= this[other]:
            kept[other] = False
            order[place + 1] = one
        else:
            kept[one] = False
    return kept


def _first_of_highest(share: Numbers, this: Floats, starts: Numbers, request: Numbers) -> tuple[Numbers, Numbers]:
    """The place of the pair of the highest share, then weight, of each request; the first, if there are several."""
    most = np.maximum.reduceat(share, starts)
    weight = np.where(share == most[request], this, -np.inf)
    chosen = weight == np.maximum.reduceat(weight, starts)[request]
    places = np.where(chosen, np.arange(len(share)), len(share))
    return np.minimum.reduceat(places, starts), most


def calibrated(raw_weight: Floats, model: Model) -> Floats:
    """The calibrated weight: straight lines between the model's knots, and slope as at the ends."""
    x, y = (np.array(values) for values in zip(*model.calibration, strict=True))
    at = np.clip(np.searchsorted(x, raw_weight, side="right") - 1, 0, len(x) - 2)
    slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
    made: Floats = y[at] + (raw_weight - x[at]) * slope
    return made
