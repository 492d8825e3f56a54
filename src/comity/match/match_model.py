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

A model is one JSON file: `about` (its card: the data, the labels, the years and seeds, what is stated), the weights by name,
`calibration`, `reliability` (claimed against observed, on labels that no weight saw), `confirm_from`, and `fingerprint`.

Guarantees: a `Model` has a finite weight for every comparison level; its calibration is strictly increasing; its
fingerprint is that of what stands in the file.
Basis: Fellegi and Sunter 1969; docs/guides/training.md; `model.json` is written by tools/train_model.py, never by hand.
Start at `load_model`.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from comity.errors import ComityError, PolicyError
from comity.match.comparisons import level_names

ADDRESS_COMPARISONS = ("address", "unit", "place")
NAME_COMPARISONS = ("surname", "person", "suffix", "tin")
PRIOR_WEIGHT_NAMES = ("family", "occupant", "elsewhere", "stranger", "namesake", "namesake_unsuffixed")
MODEL_FORMAT = 3
MAX_WEIGHT_BITS, MAX_MODEL_FILE_BYTES = 1e4, 10_000_000
"""No weight has more bits, and no model file more bytes, than this."""


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

    same_person: dict[str, tuple[float, ...]]
    family: dict[str, tuple[float, ...]]
    prior_weights: dict[str, float]
    calibration: tuple[tuple[float, float], ...]
    confirm_thresholds: tuple[tuple[float, float], ...]
    fingerprint: str

    def weights(self, hypothesis: str, comparison: str) -> tuple[float, ...]:
        """The weights of a comparison's levels."""
        return (self.same_person if hypothesis == "this" else self.family)[comparison]


def _invalid_model(what: str) -> ComityError:
    return ComityError(
        "model_invalid",
        f"The model cannot be used: {what}. Nothing may be compared with a model that is not whole.",
        "Give the file as comity train wrote it, or train anew.",
    )


def _compute_fingerprint(data: dict[str, Any]) -> str:
    """SHA-256 over everything in a model but its fingerprint, in hex; layout and order of keys do not matter."""
    rest = {key: value for key, value in data.items() if key != "fingerprint"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def dump_model(data: dict[str, Any]) -> str:
    """A model's JSON text, with its fingerprint at the end."""
    rest = {key: value for key, value in data.items() if key != "fingerprint"}
    return json.dumps(rest | {"fingerprint": _compute_fingerprint(data)}, indent=1) + "\n"


def _parse_finite_numbers(
    values: Iterable[Any], least: float = -MAX_WEIGHT_BITS, most: float = MAX_WEIGHT_BITS
) -> tuple[float, ...]:
    """The values as finite numbers.

    Raises:
        ValueError: one is no number, or beyond what a weight can be.
    """
    numbers = tuple(float(v) if isinstance(v, int | float) and not isinstance(v, bool) else math.nan for v in values)
    if not all(least <= v <= most for v in numbers):
        raise ValueError
    return numbers


def parse_model(text: str) -> Model:
    """Read a model from JSON text.

    Raises:
        ComityError: `model_invalid`, it is not whole, its calibration does not increase, or it is not as its fingerprint says.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data["format"] != MODEL_FORMAT:
            raise _invalid_model("another version of Comity wrote it")
        sides = {
            side: {c: _parse_finite_numbers(data[side][c][level] for level in level_names(c)) for c in comparisons}
            for side, comparisons in (("this", ADDRESS_COMPARISONS + NAME_COMPARISONS), ("family", NAME_COMPARISONS))
        }
        knots = tuple((x, y) for x, y in map(_parse_finite_numbers, data["calibration"]))
        shown = tuple(
            (error, p) for error, p in (_parse_finite_numbers(pair, 0.0, 1.0) for pair in data.get("confirm_from", ()))
        )
        rivals = dict(
            zip(
                PRIOR_WEIGHT_NAMES,
                _parse_finite_numbers(data["rivals"][name] for name in PRIOR_WEIGHT_NAMES),
                strict=True,
            )
        )
        fingerprint = data["fingerprint"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise _invalid_model("it is not JSON, or a weight is missing or no number") from e
    if len(knots) < 2 or any(b[0] <= a[0] or b[1] <= a[1] for a, b in pairwise(knots)):
        raise _invalid_model("its calibration does not increase")
    if fingerprint != _compute_fingerprint(data):
        raise _invalid_model("it was changed after it was written")
    return Model(sides["this"], sides["family"], rivals, knots, shown, fingerprint)


def read_model(path: Path) -> Model:
    """Read a model file.

    Raises:
        ComityError: `model_invalid`, it cannot be read or used.
    """
    try:
        if path.stat().st_size > MAX_MODEL_FILE_BYTES:
            raise _invalid_model("the file is too large to be one")
        return parse_model(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        raise _invalid_model("the file cannot be read") from e


@cache
def load_default_model() -> Model:
    """The model shipped with this version."""
    return parse_model((files("comity.match") / "model.json").read_text(encoding="utf-8"))


def min_confirm_probability(tolerated_error: float, model: Model | None = None) -> float:
    """The least probability of a match that keeps wrong confirmations within `tolerated_error` (a share).

    Raises:
        PolicyError: `tolerance_unproven`, nothing shows from which probability on that holds.
    """
    shown = [p for error, p in (model or load_default_model()).confirm_thresholds if error <= tolerated_error]
    if not shown:
        raise PolicyError(
            "tolerance_unproven",
            "The model's labels do not show that so few confirmations would be wrong, so nothing may be confirmed.",
            "Use a model with more labels (comity train --truth), or agree on a larger tolerated error.",
        )
    return min(shown)


def default_model_fingerprint() -> str:
    """The fingerprint of the shipped model: it names the model in every determination."""
    return load_default_model().fingerprint
