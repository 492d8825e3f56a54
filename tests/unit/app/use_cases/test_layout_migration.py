"""A batch in layout 1 gets one finding, and is migrated without a guess."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from comity import intake
from comity.app.cli.commands import build_app
from comity.app.use_cases.layout_migration import ROWS_TO_FILL, migrate_batch
from comity.errors import EXIT_REFUSED, RequestError
from comity.gates.lint_report import lint_batch
from comity.law import load_law
from comity.model.request_fields import ADDED_FIELDS, REQUEST_FIELDS
from comity.requests_file.requests_writer import encode_requests_file
from tests.support.batch_folders import encode_csv, make_requests_table, make_row, write_batch
from tests.support.rule_cases import replace_agreement

AT = datetime(2025, 8, 7, tzinfo=UTC)
OLD_FIELDS = [name for name in REQUEST_FIELDS if name not in ADDED_FIELDS]
CASES = ["1:24-cr-00017-ABC", "24-GJ-3", "1:25-cv-12", "HSI-2024-1", "24-1"]
ROWS = [make_row(request_id=f"q{n}", case_number=case) for n, case in enumerate(CASES)]


def encode_old(format_name: str) -> bytes:
    """Return the rows as a requests file in layout 1."""
    if format_name == "csv":
        return encode_csv([{name: row[name] for name in OLD_FIELDS} for row in ROWS], OLD_FIELDS)
    if format_name == "jsonl":
        return b"".join(json.dumps({n: row[n] for n in OLD_FIELDS}).encode() + b"\n" for row in ROWS)
    columns = {name: [row[name] or None for row in ROWS] for name in REQUEST_FIELDS}
    table = make_requests_table(**columns).select(OLD_FIELDS)
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


@pytest.mark.parametrize("format_name", ["csv", "jsonl", "parquet"])
def test_a_batch_in_layout_1_has_one_finding_and_is_migrated(format_name: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write_batch(old, encode_old(format_name), name=f"requests.{format_name}")
    report = lint_batch(intake.read_draft(old), law=load_law(), at=AT)
    ((finding, _),) = report.batch_findings
    assert finding.rule == "r13_file_form"
    assert "layout 1" in finding.message
    assert "comity request migrate" in finding.message
    assert not report.rule_failures
    migrated = migrate_batch(old, new, home_path=None, at=AT)
    assert migrated.derived_counts == {"element": 0, "proceeding": 3}
    assert (migrated.rows_to_fill, migrated.first_rows) == (5, (1, 2, 3, 4, 5))
    batch = intake.read_draft(new)
    assert batch.faults == ()
    assert batch.requests.column("proceeding").to_pylist() == ["criminal-proceeding", "grand-jury", "civil", None, None]
    assert set(batch.requests.column("element").to_pylist()) == {None}
    assert batch.requests.drop_columns(["element", "proceeding"]).equals(
        intake.read_draft(old).requests.drop_columns(["element", "proceeding"])
    )
    listed = list(csv.DictReader((new / ROWS_TO_FILL).read_text().splitlines()))
    assert [row["columns"] for row in listed] == ["element"] * 3 + ["element;proceeding"] * 2
    assert [row["request_id"] for row in listed] == [row["request_id"] for row in ROWS]
    assert not (new / "batch.json.jws").exists()
    assert batch.manifest.sha256 == batch.requests_sha256


def test_an_agreement_that_needs_no_codes_takes_layout_1(tmp_path: Path) -> None:
    law = load_law()
    agreement = law.get_agreement("irs-ice-2025")
    needs = tuple(name for name in agreement.needs if name not in ADDED_FIELDS)
    write_batch(tmp_path / "old", encode_old("csv"))
    batch = intake.read_draft(tmp_path / "old")
    assert batch.has_old_layout
    assert lint_batch(batch, law=law, at=AT).batch_findings
    law = replace_agreement(law, agreement.model_copy(update={"needs": needs}))
    assert lint_batch(batch, law=law, at=AT).is_clean


def test_a_file_with_other_faults_or_in_layout_2_is_not_migrated(tmp_path: Path) -> None:
    write_batch(tmp_path / "new", ROWS)
    with pytest.raises(RequestError, match="not in layout 1"):
        migrate_batch(tmp_path / "new", tmp_path / "out", home_path=None, at=AT)
    write_batch(tmp_path / "bad", encode_old("csv") + b"a,b\n")
    with pytest.raises(RequestError, match="other faults"):
        migrate_batch(tmp_path / "bad", tmp_path / "out", home_path=None, at=AT)
    write_batch(tmp_path / "old", encode_old("csv"))
    with pytest.raises(RequestError, match="exists already"):
        migrate_batch(tmp_path / "old", tmp_path / "bad", home_path=None, at=AT)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format_name", ["csv", "jsonl", "parquet"])
def test_what_is_written_is_read_back(format_name: str, tmp_path: Path) -> None:
    hostile = ['a "quoted", thing', "=cmd()", "Ñandú 李", None, "'"]
    table = make_requests_table(reason=hostile)
    write_batch(tmp_path / "b", encode_requests_file(table, format_name), name=f"requests.{format_name}")
    batch = intake.read_draft(tmp_path / "b")
    assert batch.faults == ()
    assert batch.requests.column("reason").to_pylist() == hostile


def test_the_command_says_what_is_left_and_no_value(tmp_path: Path) -> None:
    write_batch(tmp_path / "old", encode_old("csv"))
    arguments = ["request", "migrate", str(tmp_path / "old"), "--out", str(tmp_path / "new")]
    result = CliRunner().invoke(build_app(arguments), arguments)
    assert result.exit_code == EXIT_REFUSED
    assert "5 row(s) are left to fill in: 1, 2, 3, 4, 5; all are in rows-to-fill.csv" in result.output
    assert "proceeding in 3" in result.output
    assert "Testcase" not in result.output
