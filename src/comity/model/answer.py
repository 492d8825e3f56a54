"""Answers: one code per request, with reasons that depend on the request alone.

Guarantees: `ANSWERS_SCHEMA` has no column that a record could affect, except the code.
Basis: docs/spec/answers.md; promises 2 and 7; eCBSV and TIN Matching as models (docs/law-notes.md 5).
"""

from enum import StrEnum

import pyarrow as pa


class AnswerCode(StrEnum):
    """The three answers. A missing record, another address and two possible persons are all NOT_CONFIRMED."""

    CONFIRMED = "CONFIRMED"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    REFUSED = "REFUSED"


ANSWERS_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("request_id", pa.string(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("reasons", pa.string(), nullable=False),  # rule names joined by ';', empty unless REFUSED
    ]
)
