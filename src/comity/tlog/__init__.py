"""Transparency logs by RFC 9162 and C2SP: Merkle trees, signed notes, checkpoints, tiles, proofs, witnesses. Nothing of this product."""
