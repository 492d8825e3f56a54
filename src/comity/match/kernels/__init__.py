"""Kernels of matching: relations of names and of addresses, hashes of key parts, numbers in text, and postings search.

Strings are bytes of upper-case ASCII, and an empty one is null. Kernels are compiled when they first run and cached
beside the source; one request and a million go through the same loops.

Does not: know files, tables or models.
Start at `name_relations.py`.
"""
