"""Detect probing: the classes of person and place that requests ask about, as keyed digests."""
