"""The matching model: what each comparison level is worth, under each hypothesis, and how scores become probabilities.

A request is weighed between rival hypotheses, in bits (log2 of likelihood, prior included):

    this record    the request is about the person of the record, at the record's address
    family         about somebody of that household who is on no record
    occupant       about somebody unrelated at that address who is on no record
    elsewhere      about the person of the record, at another address
    stranger       about nobody that any candidate record tells of

Names are weighed given the household: `this` and `family` share the weight of the address, so a shared address never
counts as evidence for one member of a household over another. To the weights of the levels, the pair adds how rare in
bits what agrees is (`RARITIES` in duckdb/levels.py): the model holds no weight for that, a bit is a bit.

Guarantees: a `Model` has a weight for every comparison level; its calibration is strictly increasing.
Basis: Fellegi and Sunter 1969; `model.json` is written by tools/train_model.py, never by hand.
Start at `load_model`.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from comity.errors import PolicyError
from comity.match.duckdb.levels import level_names

ADDRESS_COMPARISONS = ("address", "unit", "place")
NAME_COMPARISONS = ("surname", "person", "suffix", "tin")
RIVALS = ("family", "occupant", "elsewhere", "stranger", "namesake", "namesake_unsuffixed")
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in bits.

    `this[comparison]` and `family[comparison]` list the weight of each level in the order of `level_names`;
    `rivals` holds the prior of each rival and `namesake`, the share of household members who bear the same name
    (`namesake_unsuffixed` where one side has Jr, Sr or the like and the other does not: suffixes tell of namesakes);
    `calibration` lists knots (raw weight, calibrated weight), both strictly increasing. `confirm_from` lists pairs
    (tolerated error, probability from which on no larger share is wrong, with 95 % confidence), as labelled requests
    that no weight was fitted on have shown it; a model without labels has none.
    """

    this: dict[str, tuple[float, ...]]
    family: dict[str, tuple[float, ...]]
    rivals: dict[str, float]
    calibration: tuple[tuple[float, float], ...]
    confirm_from: tuple[tuple[float, float], ...]
    fingerprint: str

    def weights(self, hypothesis: str, comparison: str) -> list[float]:
        """The weights of a comparison's levels, as a value to bind."""
        return list((self.this if hypothesis == "this" else self.family)[comparison])


def parse_model(text: str) -> Model:
    """Read a model from JSON text.

    Raises:
        RuntimeError: a level has no weight, or the calibration is not increasing.
    """
    data: dict[str, Any] = json.loads(text)
    if data.get("format") != FORMAT:
        raise RuntimeError(f"the model has format {data.get('format')}, not {FORMAT}")
    sides: dict[str, dict[str, tuple[float, ...]]] = {"this": {}, "family": {}}
    for side, comparisons in (("this", ADDRESS_COMPARISONS + NAME_COMPARISONS), ("family", NAME_COMPARISONS)):
        for comparison in comparisons:
            given = data[side][comparison]
            missing = [level for level in level_names(comparison) if level not in given]
            if missing:
                raise RuntimeError(f"the model lacks {side}/{comparison}: {', '.join(missing)}")
            sides[side][comparison] = tuple(float(given[level]) for level in level_names(comparison))
    knots = tuple((float(x), float(y)) for x, y in data["calibration"])
    if len(knots) < 2 or any(b[0] <= a[0] or b[1] <= a[1] for a, b in pairwise(knots)):
        raise RuntimeError("the model's calibration does not increase")
    return Model(
        this=sides["this"],
        family=sides["family"],
        rivals={name: float(data["rivals"][name]) for name in RIVALS},
        calibration=knots,
        confirm_from=tuple((float(error), float(p)) for error, p in data.get("confirm_from", ())),
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
    )


@cache
def load_model() -> Model:
    """The model shipped with this version."""
    return parse_model((files("comity.match") / "model.json").read_text(encoding="utf-8"))


def confirm_from(tolerated_error: float, model: Model | None = None) -> float:
    """The least probability of a match that keeps wrong confirmations within `tolerated_error` (a share).

    Raises:
        PolicyError: `tolerance_unproven`, nothing shows from which probability on that holds.
    """
    shown = [p for error, p in (model or load_model()).confirm_from if error <= tolerated_error]
    if not shown:
        raise PolicyError(
            "tolerance_unproven",
            "The model's labels do not show that so few confirmations would be wrong, so nothing may be confirmed.",
            "Use a model with more labels (comity train --truth), or agree on a larger tolerated error.",
        )
    return min(shown)


def model_fingerprint() -> str:
    """SHA-256 of the shipped model file, in hex: it names the model in every determination."""
    return load_model().fingerprint
