"""Public facts that several stages share: states, ZIP codes, street words, names and how common they are.

Guarantees: public-domain or permissively licensed data only, each file's origin and licence in `SOURCES.md`; nothing
about any person; no shares by race or ethnicity.
"""
