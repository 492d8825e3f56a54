"""Name the columns of a requests file, and the Arrow schema of the rows of a batch.

Does not: import anything but Arrow. The process that parses a requests file starts in a fraction of a second.
Basis: docs/spec/batch.md.
"""

import pyarrow as pa

REQUEST_FIELDS = (
    "request_id",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "tin",
    "street",
    "street2",
    "city",
    "state",
    "zip",
    "tax_year",
    "statute",
    "element",
    "proceeding",
    "reason",
    "case_number",
    "final_order_date",
    "officer_id",
)
"""The columns of a requests file, in order (docs/spec/batch.md)."""

ADDED_FIELDS = ("element", "proceeding")
"""The columns that layout 2 added. A file without any of them, whole otherwise, is in layout 1."""

TEXT_SCHEMA = pa.schema([(name, pa.string()) for name in REQUEST_FIELDS])
"""The columns of a requests file as text."""

REQUESTS_SCHEMA = pa.schema([pa.field("row", pa.int32(), nullable=False), *TEXT_SCHEMA])
"""The rows of a batch: `row` is the 1-based number of the data row in the file; every other field is the text as
written, or null where nothing was written (white space alone counts as nothing)."""
