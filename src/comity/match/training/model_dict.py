"""Lay out fitted weights and a calibration as the data of a model file; the shares that were fitted beside go apart."""

from collections.abc import Sequence
from typing import Any

from comity.match.comparisons import COMPARISONS, level_labels
from comity.match.match_model import MODEL_FORMAT, NAME_COMPARISONS
from comity.match.training.priors import FITTED_COMPARISONS, FITTED_NAME_COMPARISONS, Floats, WeightVectors

STATED_COMPARISONS = tuple(name for name in NAME_COMPARISONS if name not in FITTED_COMPARISONS)
"""Comparisons whose weights are stated level by level, not fitted."""


def to_model_dict(weights: WeightVectors, knots: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Return the data of a model file; `match_model.dump_model` turns it into text. The shares are not in it."""

    def by_label(name: str, values: Floats) -> dict[str, float]:
        return {label: round(float(value), 4) for label, value in zip(level_labels(name), values, strict=True)}

    levels = {name: COMPARISONS[name].levels for name in STATED_COMPARISONS}
    stated = {name: {level.label: level.weight for level in levels[name]} for name in levels}
    stated_family = {name: {level.label: level.family_weight for level in levels[name]} for name in levels}
    return {
        "format": MODEL_FORMAT,
        "this": {name: by_label(name, weights[name]) for name in FITTED_COMPARISONS} | stated,
        "family": {name: by_label(name, weights[f"family_{name}"]) for name in FITTED_NAME_COMPARISONS} | stated_family,
        "calibration": [[round(x, 4), round(y, 4)] for x, y in knots],
    }
