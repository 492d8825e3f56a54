"""Exports read through a map: the same records however they are written, and nothing left out in silence."""

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.errors import ComityError
from comity.match import build_index
from comity.match.exports.export_map import read_export_map
from comity.match.exports.staged_records import RecordsReport, assign_tables, stage_records
from tests.support.mixed_export import make_rows, write_mixed, write_plain

HEAD = "ID,FIRST,LAST,YR,ADDR,CITY,ST,ZIP,SSN"
TABLE = """
version = 1
[[tables]]
files = ["*.csv"]
[tables.columns]
record_id = "ID"
first_name = "FIRST"
last_name = "LAST"
tax_year = "YR"
street = "ADDR"
city = "CITY"
state = "ST"
zip = "ZIP"
tin = "SSN"
"""


@contextmanager
def staged(
    folder: Path, text: str, files: dict[str, str | bytes], **options: bool
) -> Iterator[tuple[pa.Table, RecordsReport]]:
    """Yield the records and the report of these files, read through this map."""
    source = folder / "in"
    source.mkdir()
    for name, content in files.items():
        (source / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "map.toml").write_text(text, encoding="utf-8")
    with stage_records([source], read_export_map(folder / "map.toml"), folder / ".staged", **options) as records:
        yield pq.read_table(records.file), records.report
    assert not (folder / ".staged").exists()


def refusal(folder: Path, text: str, files: dict[str, str | bytes]) -> ComityError:
    """Return the error with which these files are refused."""
    with pytest.raises(ComityError) as error, staged(folder, text, files):
        pass
    assert error.value.code == "records_invalid"
    assert not (folder / ".staged").exists()
    return error.value


def row_of(number: int, **changes: str) -> str:
    """Return a line of an export, comma separated."""
    values = dict(
        zip(HEAD.split(","), (f"x{number}", "Ann", "Lee", "2023", "1 Elm St", "Boston", "MA", "02108", ""), strict=True)
    )
    return ",".join((values | changes).values())


def test_five_layouts_of_one_set_of_records_give_the_index_of_the_plain_format(tmp_path: Path) -> None:
    rows = make_rows(3_000)
    plain = build_index([write_plain(tmp_path / "plain.parquet", rows)], tmp_path / "plain")
    export_map = write_mixed(tmp_path / "mixed", rows)
    with stage_records([tmp_path / "mixed"], read_export_map(export_map), tmp_path / ".staged") as records:
        mixed = build_index([records.file], tmp_path / "index")
        report = records.report
    assert mixed.segments[0].fingerprint == plain.segments[0].fingerprint
    assert report.records == 3_000 == sum(file.rows for file in report.files)
    assert [file.causes for file in report.files] == [{}] * 5
    by_table = {file.table: file for file in report.files}
    assert by_table["bars"].emptied == {"street2": 600, "tin": 150}
    assert by_table["tabs"].emptied == {"middle_name": 200}


def test_rows_that_give_no_record_refuse_the_export_with_every_cause_and_row(tmp_path: Path) -> None:
    lines = [
        HEAD,
        row_of(1),
        row_of(2, YR="Hunter2"),
        row_of(3, YR=""),
        "Hunter2,1",
        row_of(5, ID=""),
        row_of(6, ID="x1", LAST="Roe"),
    ]
    error = refusal(
        tmp_path,
        TABLE,
        {"a.csv": "\n".join(lines), "b.csv": "\n".join([HEAD, row_of(7, YR="20"), row_of(8, YR="0023")])},
    )
    text = f"{error} {error.hint}"
    for cause in (
        "a.csv: 2 fields and not 9 in 1 row (row 4)",
        "a.csv: tax_year is not a year in 1 row (row 2)",
        "a.csv: tax_year is missing in 1 row (row 3)",
        "a.csv: record_id is missing, longer than 200 bytes, or holds a NUL in 1 row (row 5)",
        "a.csv: record_id is repeated for another record in 2 rows (rows 1, 6)",
        "b.csv: tax_year is not a year in 1 row (row 1)",
        "b.csv: tax_year is not a year from 1000 on in 1 row (row 2)",
        "--leave-out",
    ):
        assert cause in text
    assert "Hunter2" not in text


def test_rows_left_out_are_counted_and_blank_rows_are_never_records(tmp_path: Path) -> None:
    lines = [HEAD, row_of(1), "", ",,,,,,,,", "   ", row_of(4, YR="1x"), row_of(5), row_of(5), "(5 rows affected)"]
    with staged(tmp_path, TABLE, {"a.csv": "\n".join(lines), "notes.md": "x"}, leave_out=True) as (records, report):
        assert sorted(records["record_id"].to_pylist()) == ["x1", "x5"]
        (file,) = report.files
        assert file.causes == {
            "blank rows": (2, [2, 3]),
            "tax_year is not a year": (1, [4]),
            "the record is repeated": (1, [6]),
            "1 fields and not 9": (1, [7]),
        }
        assert file.rows == 7
        assert report.not_read == {"notes.md": "no table of the map has a file of this name"}


def test_values_that_stand_for_nothing_are_emptied_in_every_column_and_counted(tmp_path: Path) -> None:
    marks = ["N/A", "NULL", "#N/A", "-", "UNKNOWN", " N/A ", "\u00a0-"]
    lines = [
        HEAD,
        *(row_of(i, FIRST=mark, ADDR=mark, CITY=mark, SSN=mark) for i, mark in enumerate(marks)),
        row_of(9, LAST="Null"),
    ]
    with staged(tmp_path, TABLE, {"a.csv": "\n".join(lines)}) as (records, report):
        for column in ("first_name", "street", "city", "tin"):
            assert records[column].null_count == 7 + (column == "tin")
        assert "Null" in records["last_name"].to_pylist()
        assert report.files[0].emptied == {"city": 7, "first_name": 7, "street": 7, "tin": 7}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("123-45-6789", "123456789"),
        ("123 45 6789", "123456789"),
        ("12-3456789", "123456789"),
        ("1234567", "001234567"),
        ("123456789.0", "123456789"),
        ("XXX-XX-6789", None),
        ("1234567890", None),
    ],
)
def test_taxpayer_numbers_are_nine_digits_or_none(tmp_path: Path, written: str, read: str | None) -> None:
    with staged(tmp_path, TABLE, {"a.csv": f"{HEAD}\n{row_of(1, SSN=written)}"}) as (records, report):
        assert records["tin"].to_pylist() == [read]
        assert report.files[0].emptied == ({} if read else {"tin": 1})


def test_a_file_that_cannot_be_read_leaves_nothing_open_at_the_end_of_the_process(tmp_path: Path) -> None:
    rows = "\n".join(row_of(number) for number in range(40_000))
    (tmp_path / "bad.csv").write_bytes(f"{HEAD}\n{rows}\n".encode() + row_of(40_000, LAST="Nuñez").encode("cp1252"))
    (tmp_path / "map.toml").write_text(TABLE, encoding="utf-8")
    script = f"""
from pathlib import Path
from comity.errors import ComityError
from comity.match.exports.export_map import read_export_map
from comity.match.exports.staged_records import stage_records
folder = Path({str(tmp_path)!r})
try:
    with stage_records([folder / "bad.csv"], read_export_map(folder / "map.toml"), folder / ".staged"):
        pass
except ComityError as error:
    print(error)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "line 40002 is not in the encoding of the map" in ended.stdout
    assert ended.stderr == ""


def test_a_number_that_lost_digits_refuses_the_export(tmp_path: Path) -> None:
    lines = [HEAD, row_of(1, ZIP="2.1081E+08"), row_of(2, ID="1.2E+12"), row_of(3, SSN="1.2E+08")]
    error = refusal(tmp_path, TABLE, {"a.csv": "\n".join(lines)})
    for column in ("zip", "record_id", "tin"):
        assert f"{column} is in scientific notation, which loses digits in 1 row" in str(error)


def test_a_quote_that_is_not_closed_is_a_fault_and_not_one_long_value(tmp_path: Path) -> None:
    lines = [HEAD, row_of(1), row_of(2, ADDR='"2 Elm St'), row_of(3), row_of(4, ADDR='4 Elm St"')]
    assert re.search(
        "quote not closed|fields and not 9|quote is not closed",
        str(refusal(tmp_path, TABLE, {"a.csv": "\n".join(lines)})),
    )
    swallowed = [HEAD, row_of(1), row_of(2, ADDR='"2 Elm St'), row_of(3, ADDR='"')]
    (tmp_path / "second").mkdir()
    error = refusal(tmp_path / "second", TABLE, {"a.csv": "\n".join(swallowed)})
    assert re.search("over several lines|fields and not 9", str(error))


def test_a_quote_that_is_not_closed_in_a_column_that_is_not_read_swallows_no_row(tmp_path: Path) -> None:
    rows = [row_of(1), row_of(2), row_of(3, SSN='"note'), *(row_of(i) for i in range(4, 30)), row_of(30, SSN='end"')]
    table = TABLE.replace('tin = "SSN"\n', "")
    error = refusal(tmp_path, table, {"a.csv": "\n".join([HEAD, *rows])})
    assert re.search("over several lines|fields and not 9", str(error))
    (tmp_path / "several").mkdir()
    table = table.replace("[tables.columns]", "multiline = true\n[tables.columns]")
    error = refusal(tmp_path / "several", table, {"a.csv": "\n".join([HEAD, *rows])})
    assert re.search("over several lines|fields and not 9", str(error))


def test_values_over_several_lines_are_read_where_the_map_allows_them(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.csv": f"{HEAD}\n" + row_of(1, ADDR='"1 Elm St\nApt 4"')}
    assert "over several lines" in str(refusal(tmp_path, TABLE, files))
    (tmp_path / "allowed").mkdir()
    table = TABLE.replace('files = ["*.csv"]', 'files = ["*.csv"]\nmultiline = true')
    with staged(tmp_path / "allowed", table, files) as (records, _):
        assert records["street"].to_pylist() == ["1 Elm St\nApt 4"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (f"{HEAD}\n{row_of(1)}\n".encode() + row_of(2, LAST="Nuñez").encode("cp1252"), "line 3 is not in the encoding"),
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (gzip.compress(b"", mtime=0), "it is empty"),
        (gzip.compress(f"{HEAD}\n{row_of(1)}\n".encode() * 9_000)[:-9], r"it is damaged at line \d+ or after it"),
        (b"ID,YR\n1,2023\n", "it has no column ADDR, CITY, FIRST"),
        (HEAD.encode(), "no rows"),
        (b"\x1f\x8b\x08\x00broken", "damaged|cannot be opened|no rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_why(tmp_path: Path, content: bytes, cause: str) -> None:
    assert re.search(cause, str(refusal(tmp_path, TABLE, {"a.csv": content})))


@pytest.mark.parametrize(
    ("ending", "last"),
    [("\n", ""), ("\r\n", "\r\n"), ("\r", "\r"), ("\r\n", "\n"), ("\n", "\n\x1a"), ("\r\n", "\r\n\r\n  \r\n")],
)
def test_lines_end_as_any_system_ends_them(tmp_path: Path, ending: str, last: str) -> None:
    text = ending.join([HEAD, row_of(1), row_of(2), row_of(3)]) + last
    with staged(tmp_path, TABLE, {"a.csv": text}) as (records, report):
        assert sorted(records["record_id"].to_pylist()) == ["x1", "x2", "x3"]
        assert set(records["tin"].to_pylist()) == {None}
        assert set(report.files[0].causes) <= {"blank rows"}


def test_a_column_whose_name_occurs_twice_is_named_with_its_position(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.csv": HEAD.replace("SSN", "LAST") + "\n" + row_of(1, SSN="Roe")}
    table = TABLE.replace('tin = "SSN"\n', "")
    assert "NAME (2)" in str(refusal(tmp_path, table, files))
    (tmp_path / "named").mkdir()
    with staged(tmp_path / "named", table.replace('"LAST"', '"LAST (9)"'), files) as (records, report):
        assert records["last_name"].to_pylist() == ["Roe"]
        assert report.files[0].unread_columns == ("LAST (3)",)


def test_a_nul_or_a_lone_surrogate_in_a_value_stops_nothing(tmp_path: Path) -> None:
    data = f"{HEAD}\n{row_of(1, LAST='L' + chr(0) + 'ee')}\n{row_of(2)}".encode()
    with staged(tmp_path, TABLE, {"a.csv": data}) as (records, _):
        assert len(records) == 2
    (tmp_path / "utf16").mkdir()
    data = f"{HEAD}\n{row_of(1)}\n{row_of(2, LAST='Lee')}".encode("utf-16-le").replace(
        b"L\0e\0e\0", b"L\0\x00\xd8e\0", 1
    )
    table = TABLE.replace("[tables.columns]", 'encoding = "utf-16-le"\n[tables.columns]')
    assert "not in the encoding" in str(refusal(tmp_path / "utf16", table, {"a.csv": data}))


def test_a_slip_in_a_name_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(TABLE, encoding="utf-8")
    with pytest.raises(ComityError) as error:
        assign_tables([tmp_path / "gone.csv"], read_export_map(tmp_path / "map.toml"))
    assert error.value.hint == "Look for a slip in the names that were given."


def test_a_file_that_is_named_and_in_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(TABLE, encoding="utf-8")
    (tmp_path / "other.txt").write_text(HEAD)
    files = [tmp_path / "other.txt", tmp_path / "gone.csv"]
    with (
        pytest.raises(ComityError, match=r"no table of the map has the file other\.txt; gone\.csv is not there"),
        stage_records(files, read_export_map(tmp_path / "map.toml"), tmp_path / ".staged"),
    ):
        pass


LINKED = """
version = 1
[[tables]]
name = "returns"
files = ["returns.csv"]
[tables.columns]
return_id = "RET"
tax_year = "YR"
street = "ADDR"
city = {constant = "Boston"}
state = {constant = "MA"}
zip = {constant = "02108"}
[[tables]]
name = "persons"
files = ["persons.csv"]
[tables.columns]
first_name = "FIRST"
last_name = "LAST"
tin = "SSN"
[[links]]
from = "returns.P1"
to = "persons.PID"
role = "primary"
[[links]]
from = "returns.P2"
to = "persons.PID"
role = "spouse"
"""
PERSONS = "PID,FIRST,LAST,SSN\np1,Ann,Lee,\np2,Bob,Lee,000-12-3456\np3,Cy,Roe,\n"


def test_a_table_of_persons_and_one_of_returns_give_a_record_for_each_person_of_a_return(tmp_path: Path) -> None:
    returns = "RET,YR,P1,P2,ADDR\nr1,2023,p1,p2,1 Elm St\nr2,2022,p1,,2 Elm St\n"
    with staged(tmp_path, LINKED, {"persons.csv": PERSONS, "returns.csv": returns}) as (records, report):
        rows = sorted(records.select(["record_id", "role", "tax_year", "first_name", "tin"]).to_pylist(), key=str)
        assert [tuple(row.values()) for row in rows] == [
            ("r1-primary", "primary", "2023", "Ann", None),
            ("r1-spouse", "spouse", "2023", "Bob", "000123456"),
            ("r2-primary", "primary", "2022", "Ann", None),
        ]
        assert report.notes == {"rows of persons that no other row names": 1}


def test_a_return_of_an_unknown_person_and_a_person_twice_are_named(tmp_path: Path) -> None:
    returns = "RET,YR,P1,P2,ADDR\nr1,2023,p9,,1 Elm St\nr2,2022,p1,,2 Elm St\n"
    persons = PERSONS + "p1,Annie,Lee,\n"
    error = refusal(tmp_path, LINKED, {"persons.csv": persons, "returns.csv": returns})
    assert "the person is in no row of persons in 1 row (row 1)" in str(error)
    assert "the person is in several rows of persons in 1 row (row 2)" in str(error)


@pytest.mark.parametrize(
    ("form", "written", "names"),
    [
        ("LAST, FIRST MIDDLE", "DE LA CRUZ, MARY ANN", ("MARY", "ANN", "DE LA CRUZ", None)),
        ("LAST, FIRST MIDDLE", "DOE, JOHN A, JR.", ("JOHN", "A", "DOE", "JR.")),
        ("LAST, FIRST MIDDLE", "DOE, JR, JOHN", ("JOHN", None, "DOE", "JR")),
        ("LAST, FIRST MIDDLE", "Doe,John", ("John", None, "Doe", None)),
        ("LAST, FIRST MIDDLE", "CHER", (None, None, "CHER", None)),
        ("LAST, FIRST", "DOE, MARY ANN", ("MARY ANN", None, "DOE", None)),
        ("LAST/FIRST MIDDLE", "DOE/JOHN A", ("JOHN", "A", "DOE", None)),
        ("LAST*FIRST*MIDDLE", "DOE*JOHN*A", ("JOHN", "A", "DOE", None)),
        ("LAST FIRST MIDDLE", "DOE JOHN A", ("JOHN", "A", "DOE", None)),
        ("LAST FIRST MIDDLE", "VAN DER BERG JR JAN", ("JAN", None, "VAN DER BERG", "JR")),
        ("FIRST MIDDLE LAST", "JOHN A DE LA CRUZ III", ("JOHN", "A", "DE LA CRUZ", "III")),
        ("FIRST MIDDLE LAST", "JOHN  DOE", ("JOHN", None, "DOE", None)),
        ("FIRST LAST", "MARY ANN DOE, SR", ("MARY ANN", None, "DOE", "SR")),
    ],
)
def test_whole_names_are_split_as_their_form_says(
    tmp_path: Path, form: str, written: str, names: tuple[str | None, ...]
) -> None:
    table = TABLE.replace('first_name = "FIRST"\n', "").replace(
        'last_name = "LAST"', f'name = {{column = "LAST", form = "{form}"}}'
    )
    with staged(tmp_path, table, {"a.csv": f"{HEAD}\n" + row_of(1, LAST=f'"{written}"')}) as (records, _):
        row = records.to_pylist()[0]
        assert tuple(row[name] for name in ("first_name", "middle_name", "last_name", "suffix")) == names


def test_a_name_in_another_form_is_a_fault(tmp_path: Path) -> None:
    table = TABLE.replace('first_name = "FIRST"\n', "").replace(
        'last_name = "LAST"', 'name = {column = "LAST", form = "LAST, FIRST MIDDLE"}'
    )
    rows = [row_of(1, LAST="ACME LLC"), row_of(2, LAST='"A, B, C"')]
    error = refusal(tmp_path, table, {"a.csv": "\n".join([HEAD, *rows])})
    assert "the name is not in the form LAST, FIRST MIDDLE in 2 rows (rows 1, 2)" in str(error)
    assert "ACME" not in str(error)


def test_columns_that_differ_by_case_or_are_named_like_a_row_s_number_are_read_as_themselves(tmp_path: Path) -> None:
    text = TABLE.replace('"ID"', '"ROW"').replace('"FIRST"', '"first"').replace('"SSN"', '"c0"')
    head = "First,ROW,first,LAST,YR,ADDR,CITY,ST,ZIP,c0,runs_on"
    row = "Wrong,K7,Ada,Alder,2023,1 Main St,Boston,MA,02108,000112222,x"
    with staged(tmp_path, text, {"a.csv": f"{head}\n{row}\n"}) as (table, _):
        (record,) = table.to_pylist()
    assert (record["record_id"], record["first_name"], record["tin"]) == ("K7", "Ada", "000112222")


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u202f", "\u3000", "\ufeff", " \u00a0 "])
def test_every_kind_of_blank_is_taken_from_both_ends_and_from_nowhere_else(tmp_path: Path, blank: str) -> None:
    row = row_of(1, FIRST=f"{blank}Ada{blank}Ma{blank}", LAST=f"Alder{blank}")
    with staged(tmp_path, TABLE, {"a.csv": f"{HEAD}\n{row}\n"}) as (table, _):
        (record,) = table.to_pylist()
    assert (record["first_name"], record["last_name"]) == (f"Ada{blank}Ma", "Alder")
