"""Lines of JSON are the same rows and faults in this process as in the parser's own."""

import io
import json
import os

from hypothesis import example, given
from hypothesis import strategies as st

from comity.model.request_fields import REQUEST_FIELDS
from comity.requests_file import parse_short_lines
from comity.requests_file.parser_process import parse
from comity.requests_file.parsing import number_rows, read_output

_TEXT = st.text(max_size=20) | st.none() | st.integers() | st.booleans() | st.lists(st.text(max_size=3), max_size=2)
_FIELDS = st.dictionaries(st.sampled_from(REQUEST_FIELDS) | st.text(max_size=5), _TEXT, max_size=6)
_LINES = st.lists(_FIELDS.map(lambda fields: json.dumps(fields).encode()) | st.binary(max_size=30), max_size=3)


@given(_LINES.map(b"\n".join))
@example(b"")
@example(b"\xef\xbb\xbf{}\r\n{}")
@example(b'{"request_id": "a", "request_id": "b"}')
@example(b"[" * 16_000)
def test_the_same_rows_and_faults_as_in_a_process_of_their_own(data: bytes) -> None:
    output = os.memfd_create("test")
    try:
        with os.fdopen(os.dup(output), "wb") as sink:
            parse(io.BytesIO(data), "jsonl", sink)
        parsed = read_output(output)
    finally:
        os.close(output)
    assert parsed is not None
    table, faults = number_rows(*parsed)
    rows, own_faults = parse_short_lines(data)
    assert rows.equals(table)
    assert own_faults == faults
