"""Public facts that several stages share: states, ZIP codes, address words, names and how common they are.

Guarantees: public-domain or permissively licensed data only, with the origin and license of each file in `SOURCES.md`;
nothing about any person; no shares by race or ethnicity.
"""
