"""Detect probing: keyed digests of what requests ask, and names that differ in one letter."""
