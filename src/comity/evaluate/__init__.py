"""How good matching is, on labelled data: outcomes, ranking, calibration and groups, with a report page.

Guarantees: runs normalization, matching and decide; no gate, no release, no ledger. Labels are read after the
determinations are made and never reach the matcher.
Start at `evaluate` in run.py.
"""

from comity.evaluate.measures import Report
from comity.evaluate.run import evaluate

__all__ = ["Report", "evaluate"]
