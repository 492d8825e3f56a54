"""Release: turn findings and determinations into answers, and write the folder that leaves the house.

Guarantees: an answer is made from the request, the findings about the request, and one of three outcomes; no column of
a record can reach it. The same answers always give the same bytes.
Does not: decide anything, or write before the ledger has the entries (the pipeline's order).
Start at `compose`, then `write_folder`.
"""

from comity.release.canaries import silence
from comity.release.composing import compose, eligible
from comity.release.folder import answers_csv, check_free, write_folder
from comity.release.recording import columns, counts, document, table, uncertain

__all__ = [
    "answers_csv",
    "check_free",
    "columns",
    "compose",
    "counts",
    "document",
    "eligible",
    "silence",
    "table",
    "uncertain",
    "write_folder",
]
