"""What crosses from one stage to the next: frozen values and column schemas, with no behavior of their own.

A batch has up to millions of rows, so rows travel as Arrow tables whose schemas are named here (ADR 0002); what
exists once per batch travels as a frozen record.

Start at `batch.py`, then `finding.py`, `evidence.py`, `answer.py`.
"""
