"""Kernels over columns of values: strings, dictionary columns, hashing, folding. Nothing here knows matching or law."""
