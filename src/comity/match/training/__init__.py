"""Training: fit the weights of a model, starting without labels, then by conditional maximum likelihood.

Guarantees: deterministic; arrays only, no loop over rows.
Does not: read files (`comity.evaluate.train_model` does).
Basis: the hypotheses of `match_model.py`; docs/guides/training.md.
Start at `priors.py` (where weights start), then `fit.py`, `calibration.py` and `model_dict.py`.
"""
