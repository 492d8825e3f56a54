"""Transparency logs by RFC 9162 and C2SP: trees, signed notes, checkpoints, tiles, proofs, cosignatures, witnesses.

Does not: know what an entry says. Nothing here depends on this product; `comity.ledger` is its log over the store.
Start at `merkle`, then `checkpoint`.
"""
