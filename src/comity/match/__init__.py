"""Matching: is the person at the address in the request the person at that address on a record?

`build_index` normalizes the custodian's records once; `compare` weighs each request against the records that share its
address, and against the rivals of each (another member of the household, somebody on no record, the same person living
elsewhere).

Guarantees: no record is found but through an address (promise 1); evidence for a request depends on that request, the
index and the model alone.
Does not: decide; read the law; write anything but an index.
Basis: field.md 1b and 6; product.md promises 1, 4 and 8.
Start at `compare` in compare.py: normal form (normal/), candidates (index/), levels (compiled/), scores (scoring.py).
"""

from comity.match.compare import compare
from comity.match.explain import Explanation, explain
from comity.match.index.building import build_index, change_index
from comity.match.index.layout import State
from comity.match.index.opening import Index
from comity.match.model import Model, confirm_from, load_model, model_fingerprint, read_model

__all__ = [
    "Explanation",
    "Index",
    "Model",
    "State",
    "build_index",
    "change_index",
    "compare",
    "confirm_from",
    "explain",
    "load_model",
    "model_fingerprint",
    "read_model",
]
