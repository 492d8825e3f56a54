"""Where training starts: m as the comparisons state it, over u as counted on random pairs of the data.

Guarantees: every table here is derived from `comity.match.comparisons`, but for the priors of the hypotheses.
Does not: see a label.
Basis: Fellegi and Sunter 1969 for m and u.
Start at `initial_weights`.
"""

import numpy as np
import numpy.typing as npt

from comity.match.comparisons import COMPARISONS, JOINT_COMPARISONS, level_labels
from comity.match.match_model import ADDRESS_COMPARISONS
from comity.model.shares import SHARE_NAMES

Floats = npt.NDArray[np.float64]
WeightVectors = dict[str, Floats]
"""Weights in bits (or probabilities) of the levels of each comparison, in order; `family_surname`, `family_person` and
`rivals` (in the order of `SHARE_NAMES`) beside the comparisons' own names."""
MProbabilities = dict[str, dict[str, float]]
"""m by comparison and by label of its level."""

FITTED_ADDRESS_COMPARISONS, FITTED_NAME_COMPARISONS = ADDRESS_COMPARISONS, ("surname", "person")
FITTED_COMPARISONS = (*FITTED_ADDRESS_COMPARISONS, *FITTED_NAME_COMPARISONS)
"""The comparisons that are fitted; the weights of the others are stated."""


def stated_m() -> MProbabilities:
    """Return m before any data is seen: how the same person at the same address is written twice."""
    return {
        name: {level.label: level.m for level in comparison.levels if level.m is not None}
        for name, comparison in COMPARISONS.items()
        if comparison.levels[0].m is not None
    }


DEFAULT_M = stated_m()

DEFAULT_PRIOR_WEIGHTS = {
    "family": 0.0,
    "occupant": -2.0,
    "elsewhere": -4.0,
    "stranger": -1.0,
    "namesake": -7.0,
    "namesake_unsuffixed": -2.0,
}
"""Shares (`comity.model.shares`) where fitting starts, in bits."""

_MIN_U = {"address": 1e-6, "unit": 1e-2, "surname": 1e-5, "person": 1e-6, "given": 1e-5}
"""The smallest u that a count is taken for, so that a level which no random pair reached has a finite weight."""


def prior_m(name: str, m: MProbabilities = DEFAULT_M) -> Floats:
    """Return m before any data is seen, for the levels of a comparison or for `family_surname`."""
    if name in JOINT_COMPARISONS:
        first, second = (m[part] for part in JOINT_COMPARISONS[name])
        return np.array([a * b for a in first.values() for b in second.values()])
    if name == "family_surname":
        return np.array([level.family_m for level in COMPARISONS["surname"].levels], dtype=float)
    return np.array([m[name][label] for label in level_labels(name)])


def initial_weights(u_probabilities: WeightVectors, m: MProbabilities = DEFAULT_M) -> WeightVectors:
    """Return weights before any label: log2 of m over u, or what a level states instead.

    Args:
        u_probabilities: the share of each level among random pairs, by fitted comparison.
        m: the stated m, or that of a Splink model (`splink_import.py`).
    """
    given, middle = COMPARISONS["given"], COMPARISONS["middle"]
    surname_u = _apply_stated_u("surname", np.maximum(u_probabilities["surname"], _MIN_U["surname"]))
    person_u = np.maximum(u_probabilities["person"], _MIN_U["person"]).reshape(len(given.levels), len(middle.levels))
    given_u = _apply_stated_u("given", np.maximum(person_u.sum(axis=1), _MIN_U["given"]))
    weights = {
        "address": np.log2(prior_m("address", m) / np.maximum(u_probabilities["address"], _MIN_U["address"])),
        "unit": np.log2(prior_m("unit", m) / np.maximum(u_probabilities["unit"], _MIN_U["unit"])),
        "place": np.zeros(len(COMPARISONS["place"].levels)),
        "surname": np.log2(prior_m("surname", m) / surname_u),
        "person": np.log2(prior_m("person", m) / np.outer(given_u, person_u.sum(axis=0)).ravel()),
        "family_surname": np.log2(prior_m("family_surname") / surname_u),
        "family_person": np.zeros(len(level_labels("person"))),
        "rivals": np.array([DEFAULT_PRIOR_WEIGHTS[name] for name in SHARE_NAMES]),
    }
    for name in ("place", "surname"):
        for i, level in enumerate(COMPARISONS[name].levels):
            if level.weight is not None:
                weights[name][i] = level.weight
            if level.family_weight is not None:
                weights[f"family_{name}"][i] = level.family_weight
    by_given_name = weights["person"].reshape(person_u.shape)
    for i, level in enumerate(given.levels):
        if level.weight_as is not None:
            by_given_name[i] = by_given_name[given.code(level.weight_as) - 1]
    return weights


def _apply_stated_u(name: str, u: Floats) -> Floats:
    stated = [level.u for level in COMPARISONS[name].levels]
    return np.array([counted if value is None else value for value, counted in zip(stated, u, strict=True)])
