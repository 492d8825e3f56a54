"""Machine-readable zones of travel documents: TD1, TD2, TD3, MRV-A and MRV-B of ICAO Doc 9303.

Guarantees: nothing is repaired; a zone that is wrong in one place is still read everywhere else; every check digit is
judged by itself.
Does not: say that a document is genuine. Anyone can compute check digits, and half of the fields have none.
Start at `zone.parse_zone` (one document) and `batch.failing_digits` (millions).
"""
