"""Whatever stands in a requests file, intake says what is wrong with it: it never raises, and keeps its promises."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity.intake.batch_signature import REQUESTS_FILE_NAMES
from comity.model.request_fields import REQUESTS_SCHEMA
from tests.support.batch_folders import encode_csv, make_row
from tests.support.requests_files import parse_here

GOOD = encode_csv([make_row(request_id=f"q{n}") for n in range(1, 4)])
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
ANY_DISK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


def taken(path: Path) -> list[str | None]:
    """Read and check a file; the request_ids that could be taken."""
    checked, faults = parse_here(path)
    assert checked.schema == REQUESTS_SCHEMA
    assert checked.column("row").to_pylist() == list(range(1, checked.num_rows + 1))
    identified = [i for i in checked.column("request_id").to_pylist() if i is not None]
    assert len(set(identified)) == len(identified)
    assert len(identified) == checked.num_rows or faults, "a row without an identifier is always a fault"
    ids: list[str | None] = checked.column("request_id").to_pylist()
    return ids


@pytest.mark.parametrize("name", REQUESTS_FILE_NAMES)
@given(content=st.binary(max_size=300))
@example(content=b"")
@example(content=b"\n\n\n")
@example(content=b'"')
@example(content=b"\xff\xfe\x00")
@ANY_DISK
def test_any_bytes_are_read_or_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    taken(path)


@given(at=st.integers(0, len(GOOD) - 1), put=st.binary(max_size=6), cut=st.integers(0, 6))
@example(at=0, put=b"\n\n", cut=0)
@ANY_DISK
def test_a_good_file_damaged_anywhere_is_read_or_refused(tmp_path: Path, at: int, put: bytes, cut: int) -> None:
    path = tmp_path / "requests.csv"
    path.write_bytes(GOOD[:at] + put + GOOD[at + cut :])
    taken(path)


@given(value=TEXT)
@ANY_DISK
def test_text_comes_through_as_written(tmp_path: Path, value: str) -> None:
    path = tmp_path / "requests.csv"
    path.write_bytes(encode_csv([make_row(request_id="q1", last_name=value)]))
    checked, faults = parse_here(path)
    if not faults:
        assert (checked.column("last_name")[0].as_py() or "") == value.strip(), "only white space is taken off"
