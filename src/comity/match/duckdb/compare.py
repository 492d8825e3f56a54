"""Compare a batch of requests with an index: normalize, block, compare, score.

Guarantees: one row of evidence per request, in the order of `row`; a request's evidence depends on that request and the
index alone, not on the batch, its order or the number of threads.
Start at `compare`.
"""

import pyarrow as pa

from comity.match.duckdb.block import all_keys, candidate_pairs
from comity.match.duckdb.build import with_frequencies
from comity.match.duckdb.connection import DuckDB
from comity.match.duckdb.index import Index
from comity.match.duckdb.levels import compared_pairs, joint_levels, reaches
from comity.match.duckdb.normalize import normalize
from comity.match.duckdb.score import SCORE_STAGES, bound_values, calibrated
from comity.match.duckdb.stages import Stage, run
from comity.match.duckdb.text import TEXT
from comity.match.duckdb.tin import pads, tin_hash
from comity.match.model import Model, load_model
from comity.model.evidence import EVIDENCE
from comity.reference.nicknames import nickname_pairs, surname_pairs

GIVEN_AGREES = ("exact", "swapped", "initial", "nickname", "middle", "near", "similar")
SURNAME_AGREES = ("exact", "swapped", "part", "near", "similar")
NUMBER_AGREES = ("exact", "near")
STREET_AGREES = ("exact", "near")
UNIT_AGREES = ("none", "exact", "missing")
PLACE_AGREES = ("zip", "near_zip", "city")


def raw_requests(requests: str, columns: frozenset[str]) -> str:
    """The columns of the requests that matching reads, the tax year as a number and the taxpayer number hashed."""
    text = ", ".join(c if c in columns else f"NULL::VARCHAR AS {c}" for c in TEXT)
    tin = tin_hash("tin") if "tin" in columns else "CASE WHEN $inner IS NULL THEN $outer END"
    return f"SELECT row, request_id, try_cast(tax_year AS SMALLINT) AS tax_year, {tin} AS tin, {text} FROM {requests}"


def request_keys(people: str) -> str:
    """Every blocking key of every request."""
    return all_keys(people, "row")


LEVEL_STAGES = (
    Stage("asked", with_frequencies, ("people", "first_names", "surnames", "initials")),
    Stage("request_keys", request_keys, ("people",)),
    Stage("candidate_pairs", candidate_pairs, ("request_keys", "keys")),
    Stage("compared_pairs", compared_pairs, ("candidate_pairs", "asked", "records", "nicknames", "surname_spellings")),
    Stage("joint_levels", joint_levels, ("compared_pairs",)),
)
"""From `people` (the requests in normal form) and the index to `joint_levels`, one row per candidate pair."""


def evidence(posteriors: str, requests: str, model: Model) -> str:
    """One row per request; without a candidate pair, no evidence at all."""
    near = f"NOT ({reaches('number', ('near',))} AND {reaches('street', ('near',))})"
    address = " AND ".join(
        (
            reaches("number", NUMBER_AGREES),
            reaches("street", STREET_AGREES),
            near,
            reaches("unit", UNIT_AGREES),
            reaches("place", PLACE_AGREES),
        )
    )
    return f"""
        SELECT r.row, r.request_id, p.record_id, coalesce(p.weight, -100.0) AS match_weight,
            coalesce(1 / (1 + pow(2, -p.weight)), 0.0) AS match_probability,
            coalesce(p.candidate_pairs, 0)::INTEGER AS candidate_pairs,
            coalesce({address}, false) AS address_agrees,
            coalesce({reaches("number", ("exact",))}, false) AS number_is_exact, coalesce(p.address_known, false) AS address_known,
            coalesce({reaches("given", GIVEN_AGREES)}, false) AS given_name_agrees,
            coalesce({reaches("surname", SURNAME_AGREES)}, false) AS surname_agrees,
            coalesce(p.rival_probability, 0.0) AS rival_probability
        FROM (SELECT row, request_id FROM {requests}) r
        LEFT JOIN (SELECT *, {calibrated(model)} AS weight FROM {posteriors}) p USING (row)
        ORDER BY r.row"""


def make_levels(db: DuckDB, index: Index, requests: pa.Table) -> None:
    """Make the temporary tables `raw_requests` and `joint_levels` on the connection `db`."""
    for name, pairs in (("nicknames", nickname_pairs()), ("surname_spellings", surname_pairs())):
        db.register(name, pa.table({"one": [a for a, _ in pairs], "other": [b for _, b in pairs]}))
    db.register("requests", requests)
    columns = frozenset(requests.column_names)
    db.execute(f"CREATE OR REPLACE TEMP TABLE raw_requests AS {raw_requests('requests', columns)}", pads(index.tin_key))
    normalize(db, "raw_requests")
    run(db, LEVEL_STAGES)
    db.unregister("requests")
    db.unregister("nicknames")
    db.unregister("surname_spellings")


def compare(index: Index, requests: pa.Table, *, threads: int | None = None, model: Model | None = None) -> pa.Table:
    """Evidence for each request: the likeliest record, how likely it is, and what agrees.

    `requests` has the columns of `comity.model.batch.REQUESTS`, or at least row, request_id, tax_year, an address and
    names; a request is compared with the records of its tax year only. The result has the schema `EVIDENCE`.
    """
    chosen = model or load_model()
    db = index.db.cursor()
    try:
        if threads is not None:
            db.execute(f"SET threads = {int(threads)}")
        make_levels(db, index, requests)
        run(db, SCORE_STAGES, bound_values(chosen))
        return db.sql(evidence("posteriors", "raw_requests", chosen)).to_arrow_table().cast(EVIDENCE)
    finally:
        db.close()
