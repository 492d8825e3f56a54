"""Kernels over columns of values: strings, dictionary columns, hashes, automata, folding.

Does not: know matching or law.
"""
