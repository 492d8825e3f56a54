"""Loops over candidate pairs, compiled to machine code when they first run and kept beside the source.

One request and a million go through the same loops. Texts are bytes of upper case ASCII; an empty one is missing.

Does not: know files, tables or models.
Start at `reach_levels` in reaching.py.
"""
