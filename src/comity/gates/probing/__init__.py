"""Detection of probing: keyed digests of what is asked, and near-duplicate names."""
