"""Release: turn findings and determinations into answers, and write the folder that leaves the house.

Guarantees: an answer is made from the request, the findings about the request, and one of three outcomes; no column of
a record can reach it. The same answers always give the same bytes.
Does not: decide anything, or write before the ledger has the entries (the pipeline's order).
Start at `compose`, then `write_folder`.
"""

from comity.release.answer_codes import compose_answers, eligible_rows
from comity.release.answers_folder import encode_answers_csv, verify_output_folder, write_answers_folder
from comity.release.record_suppression import suppress_matches
from comity.release.release_record import (
    build_answer_columns,
    build_answers_manifest,
    build_answers_table,
    count_by_code,
    count_for_review,
)

__all__ = [
    "build_answer_columns",
    "build_answers_manifest",
    "build_answers_table",
    "compose_answers",
    "count_by_code",
    "count_for_review",
    "eligible_rows",
    "encode_answers_csv",
    "suppress_matches",
    "verify_output_folder",
    "write_answers_folder",
]
