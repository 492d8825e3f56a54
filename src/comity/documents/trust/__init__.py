"""Whom to believe: states' certificates that the user imports, a signer's path to one, and revocation.

Guarantees: nothing is trusted that the user did not import and pin; time is the document's, never today.
Does not: come with any certificate, or fetch one.
Basis: ICAO Doc 9303 part 12; RFC 5280.
Start at `store.load_trust` and `path.find_path`.
"""
