"""Canaries: synthetic people among the records whom nobody can lawfully ask about. A request that reaches one says no.

Guarantees: what leaves is the answer that a request without any record gets; which rows reached a canary is told to the
caller alone.
Basis: stack.md section 8 (store canaries); ADR 0013.
Start at `silence`.
"""

import pyarrow as pa
import pyarrow.compute as pc


def silence(determinations: pa.Table | None, canaries: frozenset[str]) -> tuple[pa.Table | None, list[int]]:
    """The determinations with every match or review of a canary made a non_match, and the rows where that was so."""
    if determinations is None or not canaries:
        return determinations, []
    known = pa.array(sorted(canaries), pa.string())
    reached = pc.and_(
        pc.is_in(determinations["record_id"], known), pc.not_equal(determinations["outcome"], "non_match")
    )
    rows = determinations.filter(reached)["row"].to_pylist()
    at = determinations.schema.get_field_index("outcome")
    outcome = pc.if_else(reached, "non_match", determinations["outcome"])
    return determinations.set_column(at, determinations.schema.field(at), outcome), [int(row) for row in rows]
