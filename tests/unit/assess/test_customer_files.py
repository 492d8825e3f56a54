"""Files of customers as people export them, and files that say of themselves what is not so."""

import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.assess import assess_rules
from comity.assess.customers import COLUMNS, SYNTHETIC_ID
from comity.assess.page import render_assessment
from comity.assess.synthetic import write_synthetic_customers
from comity.errors import EXIT_USAGE, RequestError
from tests.unit.assess.bank import AS_OF, INPUTS, SETTLED, counts_of, customer, rule, write_csv, write_parquet

RULE = rule()
ROWS = [SETTLED, customer("Zebulon"), customer("c", verified="no")]


def _refused(path: Path) -> str:
    with pytest.raises(RequestError) as caught:
        counts_of(path, RULE)
    assert (caught.value.code, caught.value.exit_code) == ("customers_invalid", EXIT_USAGE)
    told = caught.value.message + caught.value.hint
    assert "Zebulon" not in told
    return told


def _text(tmp_path: Path, rows: list[dict[str, str]] = ROWS) -> str:
    return write_csv(tmp_path / "plain.csv", rows).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("what", "encoding", "start"),
    [
        (",", "utf-8", ""), (";", "utf-8", ""), ("\t", "utf-8", ""), ("|", "utf-8", ""), (";", "utf-8-sig", ""),
        (",", "utf-16", ""), ("\t", "utf-16", ""), (";", "utf-16-le", ""), (",", "utf-16-be", ""),
        (";", "utf-8", "sep=;\r\n"), (",", "utf-8-sig", "sep=,\n"), ("\t", "utf-16", "sep=\t\r\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_that_can_be_read_in_one_way_alone_is_read(
    tmp_path: Path, what: str, encoding: str, start: str, line_end: str
) -> None:
    text = _text(tmp_path)
    path = tmp_path / "exported.CSV"
    lines = start + text.replace(",", what).replace("\r\n", "\n").replace("\n", line_end)
    path.write_bytes(lines.encode(encoding))
    assert counts_of(path, RULE) == counts_of(tmp_path / "plain.csv", RULE)


def test_a_delimiter_inside_quotation_marks_is_none(tmp_path: Path) -> None:
    text = _text(tmp_path, [SETTLED, customer("a;b")]).replace(",", ";").replace("a;b", '"a;b"')
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert counts_of(tmp_path / "a.csv", RULE)["customers"] == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"PK\x03\x04" + bytes(50), "Excel workbook under another name"),
        ("a.csv", b"\xd0\xcf\x11\xe0" + bytes(50), "old Excel workbook"),
        ("a.csv", b"PAR1" + bytes(50), "rename it to .parquet"),
        ("a.csv", b"\x1f\x8b\x08" + bytes(50), "compressed"),
        ("a.csv", "customer_id".encode("utf-32"), "UTF-32"),
        ("a.csv", b"", "it is empty"),
        ("a.csv", b"\n\nx", "its first line is empty"),
        ("a.csv", b"x" * 200_000, "its first line has no end"),
        ("a.xlsx", b"PK\x03\x04", "it is a workbook; in a spreadsheet, save as CSV UTF-8"),
        ("a.parquet", ",".join(COLUMNS).encode(), "name a CSV file .csv"),
        ("a.parquet", b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1", "its footer is longer than any"),
        ("a.parquet", b"PAR1" + bytes(100) + b"\x20\x00\x00\x00PAR1", "damaged or cut off"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in _refused(tmp_path / name)


def test_a_file_that_is_not_there_a_folder_and_a_link_are_told_apart(tmp_path: Path) -> None:
    assert "there is no file of that name" in _refused(tmp_path / "absent.csv")
    (tmp_path / "a.csv").mkdir()
    assert "is a folder, a link" in _refused(tmp_path / "a.csv")
    (tmp_path / "b.csv").symlink_to(write_csv(tmp_path / "real.csv", ROWS))
    assert "is a folder, a link" in _refused(tmp_path / "b.csv")


def test_rows_of_another_number_of_fields_are_told_with_their_numbers(tmp_path: Path) -> None:
    lines = _text(tmp_path).splitlines()
    lines[2] += ",yes"
    lines[3] = lines[3].rsplit(",", 2)[0]
    (tmp_path / "a.csv").write_text("\n".join([lines[0], lines[1], "", *lines[2:]]) + "\n", encoding="utf-8")
    told = _refused(tmp_path / "a.csv")
    assert "1 row (2) of too many fields: the first line has 11, with commas between them" in told
    assert "1 row (3) of too few fields" in told


def test_a_quotation_mark_that_is_not_closed_is_told_with_its_row(tmp_path: Path) -> None:
    lines = _text(tmp_path).splitlines()
    lines[2] = '"' + lines[2]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "row 2 has a quotation mark that is not closed" in _refused(tmp_path / "a.csv")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman"])
def test_rows_that_are_not_unicode_are_told_with_their_numbers(tmp_path: Path, encoding: str) -> None:
    text = _text(tmp_path, [SETTLED, customer("a"), customer("Müller"), customer("b"), customer("Zoë")])
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    told = _refused(tmp_path / "a.csv")
    assert "2 rows (3, 5) that are not UTF-8 (perhaps Windows-1252, as Excel's plain CSV is)" in told
    assert "save as CSV UTF-8" in told


def test_utf_16_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(_text(tmp_path).encode("utf-16")[:-1])
    assert "UTF-16" in _refused(tmp_path / "a.csv")


def test_columns_of_a_spreadsheet_are_told_with_what_to_do(tmp_path: Path) -> None:
    lines = _text(tmp_path).splitlines()
    (tmp_path / "a.csv").write_text("\n".join(f"{line},," for line in lines) + "\n", encoding="utf-8")
    assert "2 of them have no name: delete the empty columns" in _refused(tmp_path / "a.csv")
    lines[0] = lines[0].replace("kind", "Kind", 1).replace("state", " state")
    (tmp_path / "b.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "2 of them differ from the list in blanks or capitals alone" in _refused(tmp_path / "b.csv")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("opened_on", "12/31/2019", "no date written YYYY-MM-DD"),
        ("document_expires_on", "31.12.2019", "no date written YYYY-MM-DD"),
        ("verified", "TRUE", "verified is not yes or no"),
        ("kind", "person", "kind is not one of individual, joint"),
        ("state", "Ohio", "state is not a state in two letters"),
        ("document_kind", "passport", "a kind of `comity documents table`, nor other"),
        ("birth_year", "80", "birth_year is no year"),
    ],
)
def test_a_value_as_a_spreadsheet_writes_it_is_told_with_the_form_that_is_wanted(
    tmp_path: Path, column: str, value: str, words: str
) -> None:
    told = _refused(write_csv(tmp_path / "a.csv", [SETTLED, customer("a", **{column: value})]))
    assert words in told
    assert "(1 row: 2)" in told


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_no_metadata_makes_real_customers_synthetic(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    write: Any = write_csv if form == "csv" else write_parquet
    write(path, [customer("Zebulon"), customer("b"), customer(f"{SYNTHETIC_ID}000000001")])
    if form == "parquet":
        for metadata in ({b"comity.synthetic": b"true"}, {b"synthetic": b"1"}):
            pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    assessment = assess_rules(path, [RULE], INPUTS)
    assert not assessment.is_synthetic
    assert "not marked synthetic: treat this page as confidential" in render_assessment(assessment)
    write_synthetic_customers(path, 50, 1, AS_OF)
    if form == "parquet":
        pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)
    assert assess_rules(path, [RULE], INPUTS).is_synthetic


def _varint(number: int) -> bytes:
    """A number as Thrift's compact protocol writes it (zigzag)."""
    number = (number << 1) ^ (number >> 63)
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _lie(path: Path, told: int, rows: int) -> None:
    """Write another number of rows of the whole file into its footer."""
    data = path.read_bytes()
    length = struct.unpack("<I", data[-8:-4])[0]
    body, footer = data[: -8 - length], data[-8 - length : -8]
    place = footer.index(b"\x16" + _varint(rows))  # the first 64-bit number of the footer is the number of rows
    end = place + 1 + len(_varint(rows))
    footer = footer[:place] + b"\x16" + _varint(told) + footer[end:]
    path.write_bytes(body + footer + struct.pack("<I", len(footer)) + b"PAR1")


@pytest.mark.parametrize("told", [0, 1, 99, 101, 1 << 20, 1 << 40, (1 << 62)])
def test_a_footer_that_lies_about_its_rows_is_refused(tmp_path: Path, told: int) -> None:
    path = write_parquet(tmp_path / "a.parquet", [customer(f"c{n}") for n in range(100)])
    assert counts_of(path, RULE)["customers"] == 100
    _lie(path, told, 100)
    assert pq.ParquetFile(path).metadata.num_rows == told
    words = _refused(path)
    assert "do not agree" in words or "more than 400,000,000 rows" in words


def test_every_byte_of_a_footer_may_be_wrong(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [customer(f"c{n}") for n in range(20)])
    data = path.read_bytes()
    length = struct.unpack("<I", data[-8:-4])[0]
    for place in range(len(data) - 8 - length, len(data), 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        with suppress(RequestError):
            assert counts_of(path, RULE)["customers"] == 20


READ = """
import sys
from datetime import date
from pathlib import Path
from comity.assess import customers
from comity.errors import RequestError
from comity.law.worth import load_evidence_table
customers.MAX_DATA_BYTES = 1 << 28
try:
    with customers.open_customers(Path(sys.argv[1]), load_evidence_table(), date(2026, 11, 28)) as source:
        print(sum(batch.rows for batch in source.batches()))
except RequestError as refusal:
    print(refusal.message)
print(len(bytearray(1 << 29)))  # the limit is gone
"""


def test_a_file_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    path, schema = tmp_path / "a.parquet", pa.schema([(name, pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as writer:
        for number in range(400):
            row = {**SETTLED, "customer_id": f"c{number}", "state": f"{number}" + "a" * (1 << 20)}
            writer.write_table(pa.table({name: [row[name]] for name in COLUMNS}, schema=schema))
    assert path.stat().st_size < 2_000_000
    ran = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    assert "reading it takes more than 256 MiB of memory" in ran.stdout
    assert ran.stdout.splitlines()[-1] == str(1 << 29)
