"""The matching model: the weight of each comparison level under each hypothesis, and the calibration of the scores.

A request is weighed between rival hypotheses, in bits (log2 of the likelihood):

    this record    the request is about the person on the record, at the record's address
    family         about a member of that household who is on no record
    occupant       about an unrelated person at that address who is on no record
    elsewhere      about the person on the record, at another address
    stranger       about a person on no candidate record at all

Names are weighed given the household: `this` and `family` share the weight of the address, so a shared address is never
evidence for one member of a household over another. Term-frequency adjustments are added to the weights of the levels;
the model has no weight for them, as a bit is a bit.

A model says nothing of how many requests are about whom: those are shares of a population, which an agreement names
(`comity.law.population_profile`), and which are added when a request is weighed (`scoring.match_weights`).

A model is one JSON file: `about` (its card: the data, the labels, the years and seeds, what is stated), the weights by
hypothesis, `calibration`, `reliability` (predicted against observed, on labels that no weight was fitted on),
`confirm_from`, and `fingerprint`.

Guarantees: a `Model` has a finite weight for every comparison level, its calibration is strictly increasing, and its
fingerprint matches the file.
Basis: Fellegi and Sunter 1969; ADR 0006 and 0044; docs/guides/training.md. `tools/train_model.py` writes `model.json`;
nobody edits it.
Start at `load_default_model`.
"""

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from comity.errors import ComityError, PolicyError
from comity.law import find_population
from comity.match.comparisons import level_labels
from comity.model.shares import Shares

ADDRESS_COMPARISONS = ("address", "unit", "place")
NAME_COMPARISONS = ("surname", "person", "suffix", "tin")
MODEL_FORMAT = 4
MAX_WEIGHT_BITS, MAX_MODEL_FILE_BYTES = 1e4, 10_000_000
"""The largest weight in bits, and the largest model file in bytes, that are accepted."""


@dataclass(frozen=True, slots=True)
class ThresholdProof:
    """From which probability on how few confirmations are wrong, as labels have shown.

    Attributes:
        shares: the fingerprint of the shares that requests are weighed with.
        conditions: what else a match needs for it, by the names of the policy's conditions.
        thresholds: pairs (tolerated error, match probability from which at most that share is wrong, with 95 %
            confidence).
    """

    shares: str
    conditions: frozenset[str]
    thresholds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in bits, and how scores become probabilities.

    Attributes:
        same_person: by comparison, the weight of each level in the order of `level_labels`, if the request is about
            the person on the record.
        family: the same, if it is about another member of the household.
        calibration: knots (raw weight, calibrated weight), both strictly increasing.
        threshold_proofs: what labels that no weight was fitted on have shown; empty for a model without labels.
        fingerprint: SHA-256 over the rest of the file, in hex.
    """

    same_person: dict[str, tuple[float, ...]]
    family: dict[str, tuple[float, ...]]
    calibration: tuple[tuple[float, float], ...]
    threshold_proofs: tuple[ThresholdProof, ...]
    fingerprint: str

    def weights(self, hypothesis: str, comparison: str) -> tuple[float, ...]:
        """Return the weights of the levels of a comparison under `this` or `family`."""
        return (self.same_person if hypothesis == "this" else self.family)[comparison]

    @property
    def weights_fingerprint(self) -> str:
        """Return the SHA-256, in hex, over the weights alone: the same whatever else of the model is measured."""
        return hashlib.sha256(json.dumps([self.same_person, self.family], sort_keys=True).encode()).hexdigest()

    def list_thresholds(
        self, shares: Shares | None = None, conditions: Collection[str] = ()
    ) -> tuple[tuple[float, float], ...]:
        """Return the thresholds that are shown for shares (None: those of the default population profile).

        `conditions` are what a match needs besides, by name; a proof counts only where all of its own are among them.
        """
        fingerprint = (shares or find_population().least_favorable).fingerprint
        proofs = [proof for proof in self.threshold_proofs if proof.shares == fingerprint]
        return tuple(pair for proof in proofs if proof.conditions.issubset(conditions) for pair in proof.thresholds)


def _invalid_model(reason: str) -> ComityError:
    return ComityError(
        "model_invalid",
        f"The model cannot be used: {reason}. Requests are matched only with a complete, unchanged model.",
        "Use the file as comity train wrote it, or train a new model.",
    )


def _compute_fingerprint(data: dict[str, Any]) -> str:
    """Return SHA-256 over a model without its fingerprint, in hex; layout and order of keys do not matter."""
    content = {key: value for key, value in data.items() if key != "fingerprint"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def dump_model(data: dict[str, Any]) -> str:
    """Return the JSON text of a model, with its fingerprint at the end."""
    content = {key: value for key, value in data.items() if key != "fingerprint"}
    return json.dumps(content | {"fingerprint": _compute_fingerprint(data)}, indent=1) + "\n"


def _parse_finite_numbers(
    values: Iterable[Any], low: float = -MAX_WEIGHT_BITS, high: float = MAX_WEIGHT_BITS
) -> tuple[float, ...]:
    """Return the values as finite numbers.

    Raises:
        ValueError: one is not a number, or is out of range.
    """
    numbers = tuple(float(v) if isinstance(v, int | float) and not isinstance(v, bool) else math.nan for v in values)
    if not all(low <= v <= high for v in numbers):
        raise ValueError
    return numbers


def _parse_proof(proof: Mapping[str, Any]) -> ThresholdProof:
    """Return one entry of `confirm_from`. Raises KeyError, TypeError or ValueError for one that cannot be used."""
    pairs = [_parse_finite_numbers(pair, 0.0, 1.0) for pair in proof["thresholds"]]
    thresholds = tuple((error, probability) for error, probability in pairs)
    return ThresholdProof(str(proof["shares"]), frozenset(map(str, proof["conditions"])), thresholds)


def parse_model(text: str) -> Model:
    """Parse and check the JSON text of a model.

    Raises:
        ComityError: `model_invalid`, it is incomplete, its calibration does not increase, or its fingerprint does not
            match.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data["format"] != MODEL_FORMAT:
            raise _invalid_model("another version of Comity wrote it")
        weights = {
            hypothesis: {
                name: _parse_finite_numbers(data[hypothesis][name][label] for label in level_labels(name))
                for name in comparisons
            }
            for hypothesis, comparisons in (
                ("this", ADDRESS_COMPARISONS + NAME_COMPARISONS),
                ("family", NAME_COMPARISONS),
            )
        }
        knots = tuple((x, y) for x, y in map(_parse_finite_numbers, data["calibration"]))
        proofs = tuple(_parse_proof(proof) for proof in data.get("confirm_from", ()))
        fingerprint = data["fingerprint"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise _invalid_model("it is not JSON, or a weight is missing or is not a number") from e
    if len(knots) < 2 or any(b[0] <= a[0] or b[1] <= a[1] for a, b in pairwise(knots)):
        raise _invalid_model("its calibration does not increase")
    if fingerprint != _compute_fingerprint(data):
        raise _invalid_model("it was changed after it was written")
    return Model(weights["this"], weights["family"], knots, proofs, fingerprint)


def read_model(path: Path) -> Model:
    """Read a model file.

    Raises:
        ComityError: `model_invalid`, the file cannot be read or used.
    """
    try:
        if path.stat().st_size > MAX_MODEL_FILE_BYTES:
            raise _invalid_model("the file is too large to be a model")
        return parse_model(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        raise _invalid_model("the file cannot be read") from e


@cache
def load_default_model() -> Model:
    """Return the model shipped with this version."""
    return parse_model((files("comity.match") / "model.json").read_text(encoding="utf-8"))


def min_confirm_probability(
    tolerated_error: float,
    model: Model | None = None,
    shares: Shares | None = None,
    *,
    conditions: Collection[str] = (),
) -> float:
    """Return the lowest match probability at which at most a share of `tolerated_error` of confirmations is wrong.

    `shares` are those that requests are weighed with; by default, those of the default population profile. `conditions`
    are what a match needs besides (`MatchPolicy.further_conditions`).

    Raises:
        PolicyError: `tolerance_unproven`, the model's labels show no such probability where these shares hold.
    """
    thresholds = (model or load_default_model()).list_thresholds(shares, conditions)
    proven = [p for error, p in thresholds if error <= tolerated_error]
    if not proven:
        raise PolicyError(
            "tolerance_unproven",
            "The model's labels do not show that so few confirmations would be wrong in this population, so nothing "
            "may be confirmed.",
            "Use a model with more labels (comity train --truth), or agree on a larger tolerated error.",
        )
    return min(proven)


def default_model_fingerprint() -> str:
    """Return the fingerprint of the shipped model, which identifies the model in every determination."""
    return load_default_model().fingerprint
