"""Papers of one person: what can be read from them, which checks hold, and what that proves by law.

Guarantees: every check is three-valued; no document shows that a person is not a citizen, and none that the presenter
is the person named; nothing presented is stored.
Does not: compare faces, ask an issuer, or hold a trust list of its own: certificates are the user's to import.
"""
