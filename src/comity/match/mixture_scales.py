"""How the estimate of what a batch is mixed of reads a population profile's shares, measured for a model's weights.

A profile's shares are those under which labels are likeliest; the estimate (`comity.decide.mixture`) has no labels, and
counts whom it sees. Where a fit to labels says 10 relatives for each request about the person on record, the estimate
may say 5, as weights are not perfect. A scale is the ratio of the two on the same labelled files, so that the ranges
of a profile can be compared with an estimate. `mixture_scales.json` has one for each set of weights.

Guarantees: a scale belongs to weights: another model has another one, or none.
Basis: ADR 0053. `tools/measure_mixture_scale.py` writes the file; nobody edits it.
Start at `find_mixture_scale`.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from comity.match.match_model import Model

SCALES_FILE = "mixture_scales.json"


@dataclass(frozen=True, slots=True)
class MixtureScale:
    """By what the odds of a profile are multiplied to be what the estimate says.

    Attributes:
        family: for the odds of `family`.
        others: for the odds of `stranger`: occupants, people elsewhere and strangers are estimated together.
    """

    family: float
    others: float


def find_mixture_scale(model: Model) -> MixtureScale | None:
    """Return the scale that was measured for a model's weights; None if none was."""
    measured = _read_scales().get(model.weights_fingerprint)
    return None if measured is None else MixtureScale(measured["family"], measured["others"])


@cache
def _read_scales() -> dict[str, dict[str, Any]]:
    scales: dict[str, dict[str, Any]] = json.loads((files("comity.match") / SCALES_FILE).read_text(encoding="utf-8"))
    return scales
