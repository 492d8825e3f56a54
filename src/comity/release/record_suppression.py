"""Records that are silent: a request that reaches one is answered no, as if there were no such record.

Canaries are synthetic people whom nobody can lawfully ask about. Withheld records are accounts about which the Secretary
determined that an answer would identify a confidential informant or seriously impair a tax investigation.

Guarantees: what leaves is the answer that a request without any record gets; which rows reached such a record is told to
the caller alone.
Does not: determine anything; a person does, and enters the record_ids (`comity withhold`).
Basis: stack.md section 8 (store canaries); ADR 0013; 26 USC 6103(i)(6); law.md I01 [INF].
Start at `silence`.
"""

import pyarrow as pa
import pyarrow.compute as pc


def suppress_matches(determinations: pa.Table | None, silent: frozenset[str]) -> tuple[pa.Table | None, list[int]]:
    """The determinations with every match or review of a silent record made a non_match, and the rows where that was so."""
    if determinations is None or not silent:
        return determinations, []
    known = pa.array(sorted(silent), pa.string())
    reached = pc.and_(
        pc.is_in(determinations["record_id"], known), pc.not_equal(determinations["outcome"], "non_match")
    )
    rows = determinations.filter(reached)["row"].to_pylist()
    at = determinations.schema.get_field_index("outcome")
    outcome = pc.if_else(reached, "non_match", determinations["outcome"])
    return determinations.set_column(at, determinations.schema.field(at), outcome), [int(row) for row in rows]
