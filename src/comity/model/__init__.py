"""Values that cross from one stage to the next: frozen records and column schemas.

A batch has up to millions of rows, so rows travel as Arrow tables whose schemas are named here (ADR 0002); what
exists once per batch travels as a frozen record.

Start at `batch.py`, then `finding.py`, `evidence.py`, `answer.py`, `release.py`.
"""
