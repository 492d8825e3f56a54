"""The index: the custodian's records, normalized, ordered by address, with sorted postings of their blocking keys.

Start at `writer.py` to see an index built and at `reader.py` to see one read; `docs/spec/index-format.md` describes the
files on disk.
"""
