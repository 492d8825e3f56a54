"""Evidence: what matching says about each request; and determinations: what policy makes of it.

Guarantees: one row per compared request, in the order of the requests. Evidence is for the custodian alone; only the
outcome ever affects an answer.
Basis: promises 4 and 8.
"""

import pyarrow as pa

EVIDENCE_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("request_id", pa.string()),
        ("record_id", pa.string()),            # the likeliest record, null when there is no candidate pair
        pa.field("match_weight", pa.float64(), nullable=False),       # log2 odds of that record against its rivals
        pa.field("match_probability", pa.float64(), nullable=False),  # in [0, 1]; 0 when there is no candidate pair
        pa.field("candidate_pairs", pa.int32(), nullable=False),      # how many records were compared
        pa.field("address_agrees", pa.bool_(), nullable=False),       # promise 4: number and street, or box, on both
        pa.field("number_is_exact", pa.bool_(), nullable=False),      # house number or box equal, not merely alike
        pa.field("address_known", pa.bool_(), nullable=False),        # the record's own address has its number or box
        pa.field("given_name_agrees", pa.bool_(), nullable=False),    # present on both sides and not unrelated
        pa.field("surname_agrees", pa.bool_(), nullable=False),       # likewise (failure mode N08: a borrowed number)
        pa.field("same_name", pa.bool_(), nullable=False),            # one person's: no letter makes another name of it
        pa.field("counted_as_one", pa.bool_(), nullable=False),       # history counts the request as about this record
        pa.field("rival_probability", pa.float64(), nullable=False),  # of the likeliest other person on record
        pa.field("is_crowded", pa.bool_(), nullable=False),           # more people at the address than are compared
        pa.field("likelihoods", pa.int32(), nullable=False),          # under each hypothesis (`likelihoods.py`)
    ]
)  # fmt: skip

DETERMINATIONS_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("request_id", pa.string()),
        pa.field("outcome", pa.string(), nullable=False),  # match | review | non_match
        pa.field("match_probability", pa.float64(), nullable=False),
        pa.field("match_weight", pa.float64(), nullable=False),
        ("record_id", pa.string()),
    ]
)
