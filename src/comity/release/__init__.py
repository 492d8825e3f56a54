"""Release: turn findings and determinations into answers, and write the signed answers folder.

Guarantees: an answer is made from the request, the findings about the request, and one of three outcomes; no column of
a record can reach it. The same answers always give the same bytes.
Does not: decide anything, or write before the ledger has the entries (`comity.pipeline` sees to the order).
Start at `answer_codes`, then `answers_folder`.
"""
