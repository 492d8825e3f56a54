"""The operator's log holds numbers and words from lists: no value of a request or record can appear in it."""

import hashlib
import json
import logging
import re
import stat
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import operator_log
from comity.errors import ERROR_CODES, ComityError
from comity.operator_log import Stage, log_event, log_stage, open_log, shorten_batch_name
from comity.pipeline import STAGES, Verification

HOSTILE = (
    "Maria Testcase",
    'x", "name": "Maria Testcase',
    "line\nbreak",
    "\u2028\x00\x1b[31m",
    "%s %d {0}",
    "\ud800",
    "123-45-6789",
)


@pytest.fixture
def log_file(tmp_path: Path) -> Any:
    """A file that the log is written to while the test runs."""
    open_log(str(tmp_path / "operator.log"))
    yield tmp_path / "operator.log"
    open_log(None)


def read_lines(log_file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_file.read_text(encoding="ascii").splitlines()]


def test_log_event_writes_one_line_of_json(log_file: Path) -> None:
    log_event("stage_done", ledger_batch="0123456789abcdef" * 4, stage="match", rows=3, entry=4, seconds=0.12345)
    (line,) = read_lines(log_file)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("at"))
    expected = {"event": "stage_done", "batch": "0123456789abcdef", "stage": "match", "rows": 3, "entry": 4}
    assert line == expected | {"seconds": 0.123}
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.sampled_from(HOSTILE))
def test_a_name_that_is_no_salted_hash_is_written_as_a_digest_alone(log_file: Path, batch_id: str) -> None:
    log_file.write_bytes(b"")
    log_event("batch_held", ledger_batch=batch_id, rows=1)
    text = log_file.read_text(encoding="ascii")
    assert re.fullmatch(r'\{"at": "[0-9T:.+-]+", "event": "batch_held", "batch": "[0-9a-f]{16}", "rows": 1\}\n', text)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["event", "stage", "code", "rows", "entry", "seconds"])
def test_log_event_refuses_a_value_that_is_on_no_list(log_file: Path, field: str, hostile: str) -> None:
    arguments: dict[str, Any] = {"event": "stage_done"} | {field: hostile}
    with pytest.raises((RuntimeError, ValueError, UnicodeEncodeError)):
        log_event(**arguments)
    with pytest.raises(TypeError):
        log_event("stage_done", name=hostile)  # type: ignore[call-arg]
    assert log_file.read_bytes() == b""


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_record_that_log_event_did_not_make_is_dropped(log_file: Path, hostile: str) -> None:
    other = logging.getLogger("comity.operator")
    other.error(hostile)
    other.error("%s", hostile, extra={"comity_fields": hostile})
    logging.getLogger("sqlalchemy.engine").error(hostile)
    assert log_file.read_bytes() == b""


def test_only_a_name_of_the_ledger_is_written_by_its_first_digits() -> None:
    name = hashlib.sha256(b"a salt and a batch").hexdigest()
    assert shorten_batch_name(name) == name[:16]
    for other in (name.upper(), name[:-1], name + "\n", "B-2026-001"):
        assert shorten_batch_name(other) == hashlib.sha256(other.encode()).hexdigest()[:16]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_log_stage_says_nothing_of_an_error_but_its_code(log_file: Path, hostile: str) -> None:
    for error in (ComityError("store_unavailable", hostile, hostile), ValueError(hostile)):
        with pytest.raises(type(error)), log_stage("judge", lambda: hostile, rows=2):
            raise error
    known, unknown = read_lines(log_file)
    assert (known["event"], known["code"]) == ("stage_failed", "store_unavailable")
    assert set(unknown) == {"at", "event", "batch", "stage", "rows", "seconds"}
    assert "Maria" not in log_file.read_text()


def test_every_error_code_can_be_logged(log_file: Path) -> None:
    for code in ERROR_CODES:
        log_event("command_failed", code=code)
    assert [line["code"] for line in read_lines(log_file)] == list(ERROR_CODES)


def test_the_stages_of_the_log_are_those_of_the_main_path() -> None:
    assert get_args(Stage) == STAGES
    assert all(callable(getattr(Verification, stage)) for stage in STAGES)


def test_open_log_refuses_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    for destination in (str(tmp_path / "missing" / "log"), str(tmp_path), "nul\0"):
        with pytest.raises(ComityError) as refused:
            open_log(destination)
        assert refused.value.code == "bad_argument"
    open_log(None)


def test_open_log_writes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    open_log("-")
    log_event("batch_unreadable", code="batch_unreadable")
    open_log(None)
    assert json.loads(capsys.readouterr().err)["code"] == "batch_unreadable"
    operator_log.log_event("batch_unreadable", code="batch_unreadable")
    assert capsys.readouterr().err == ""
