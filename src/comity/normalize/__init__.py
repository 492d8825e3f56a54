"""Normalization: bring names and addresses of records and requests to one form before they are compared.

`normalize_row` (`normalized_row.py`) does it for one row, in plain Python; `encode_table` (`encode.py`) does the same
for a table, each distinct text once, with compiled loops for the plain majority of address lines.
"""
