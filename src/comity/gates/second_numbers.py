"""Set second taxpayer numbers aside: rows whose number P17 leaves out are looked up by name and address alone.

Guarantees: of the numbers given for one person at one building, the first alone is compared.
Basis: promise 15; ADR 0026; `rules/p17_second_number.py`.
Start at `rows_with_number`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools
from comity.gates.rules.p17_second_number import RULE
from comity.model.finding import Findings


def rows_with_number(findings: Findings) -> Bools:
    """Mark the rows whose taxpayer number, if they give one, may be compared."""
    rows = findings.row_findings
    if RULE.id not in rows.rules:
        return np.ones(len(rows.not_met), dtype=np.bool_)
    return ~rows.rows_not_judged(RULE.id)


def clear_numbers(requests: pa.Table, rows: Bools) -> pa.Table:
    """Return the requests without the taxpayer numbers of some rows."""
    if not rows.any():
        return requests
    column = requests.column("tin")
    kept = pc.if_else(pa.array(rows, pa.bool_()), pa.scalar(None, column.type), column)
    return requests.set_column(requests.column_names.index("tin"), "tin", kept)
