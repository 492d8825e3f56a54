"""`comity demo`: the whole job on synthetic data, ending in one page.

(a) As of 7 Aug 2025: the requester's file as it was sent is refused whole; with the request's own defects cured and its
addresses left as they were, it is verified, beside what the 2025 process would have disclosed.
(b) As of 25 Feb 2026: the same batch is held, by which orders; a court's refusal of an injunction opened nothing.
(c) The ledger verifies offline; with one byte flipped it does not, and the place is named.

Start at `running.run_demo`, then `page`.
"""
