"""Delimited text is read as spreadsheet programs save it, in any of their encodings, or refused with its row."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity.errors import RequestError
from comity.spreadsheets.sheet import Sheet
from comity.spreadsheets.text_table import read_text_table

TEXT = 'Last Name;First Name;Zip\r\nGarcía;"Zoë; Ann";02134\r\n'
SECRET = "Zyxwvutson"


def read(folder: Path, data: bytes) -> Sheet:
    """Write a file, and read it."""
    (folder / "table.csv").write_bytes(data)
    return read_text_table(folder / "table.csv")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_every_way_of_saving_gives_the_same_rows(tmp_path: Path, codec: str, delimiter: str, line_end: str) -> None:
    text = TEXT.replace("; ", "~").replace(";", delimiter).replace("~", "; ").replace("\r\n", line_end)
    sheet = read(tmp_path, text.encode(codec))
    assert sheet.header == ["Last Name", "First Name", "Zip"]
    assert [[cell.text for cell in row.cells] for row in sheet.rows] == [["García", "Zoë; Ann", "02134"]]
    assert [row.number for row in sheet.rows] == [2]


def test_the_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"sep=;\r\na;b,c,d\r\n1;2\r\n")
    assert (sheet.header, sheet.rows[0].number) == (["a", "b,c,d"], 2)


def test_blank_rows_are_counted_and_are_no_rows(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"\r\n;;\r\na;b;\r\n\r\n1;2;\r\n;;;;\r\n \r\n3;4\r\n\r\n")
    assert [row.number for row in sheet.rows] == [5, 8]
    assert sheet.blank_rows == 6


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no row with anything"),
        (b"\r\n;;;\r\n", "no row with anything"),
        (b'a,b\n"Zyxwvutson,1\n', "Row 2"),
        (b'a,b\n1,2\nx"Zyxwvutson"y,"a"b\n', "Row 3"),
        (b"a,b\n1,Zyxwvutson\0\n", "Line 2"),
        (b"a,b\nZyxwvutson,\x81\xff\n", "Line 2"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "Row 2"),
        (b"PK\x03\x04" + b"\0" * 100, "workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "workbook"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        (b"\xff\xfea\0,\0b\0\n\0\x00\xd8", "UTF-16"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_row(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(RequestError, match=said) as refused:
        read(tmp_path, data)
    assert refused.value.code == "sheet_unreadable"
    assert SECRET not in refused.value.message + refused.value.hint


def test_a_link_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "table.csv")
    for name in ("link.csv", "table.csv"):
        with pytest.raises(RequestError, match="no plain file"):
            read_text_table(tmp_path / name)


@given(data=st.binary(max_size=300))
@example(data=b"\xef\xbb\xbf")
@example(data=b"sep=\n")
@example(data=b'"\n"')
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    with suppress(RequestError):
        assert any(name.strip() for name in read(tmp_path, data).header)
