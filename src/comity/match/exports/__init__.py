"""Read exports, the custodian's files as her own systems write them, through a map that says what each column is.

Guarantees: nothing is left out in silence: every file, row and value that is not read is counted, with its place.
Basis: ADR 0037.
Start at `export_map.py`, then `staged_records.py`; `map_proposal.py` proposes a first map.
"""
