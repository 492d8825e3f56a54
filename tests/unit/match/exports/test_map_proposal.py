"""Proposed maps: by names and content, without a value, and good enough that the index is the right one."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.errors import ComityError
from comity.match import build_index
from comity.match.exports.charset import detect_encoding
from comity.match.exports.column_names import find_field
from comity.match.exports.export_map import read_export_map
from comity.match.exports.map_proposal import propose_map
from comity.match.exports.staged_records import stage_records
from tests.support.mixed_export import make_rows, write_mixed, write_plain


def propose(folder: Path, *files: Path) -> str:
    """Write a proposed map for files and return its text."""
    text = propose_map(files).text
    (folder / "map.toml").write_text(text, encoding="utf-8")
    return text


@pytest.mark.parametrize("name", ["persons[1].TXT.gz", "persons.tsv"])
def test_an_export_with_names_is_indexed_right_by_the_map_that_is_proposed(tmp_path: Path, name: str) -> None:
    rows = make_rows(2_000)
    write_mixed(tmp_path / "mixed", rows)
    number = 0 if "TXT" in name else 1
    plain = build_index(
        [write_plain(tmp_path / "plain.parquet", rows[400 * number : 400 * (number + 1)])], tmp_path / "p"
    )
    text = propose(tmp_path, tmp_path / "mixed" / name)
    assert "Alder" not in text
    assert "E0000" not in text
    with stage_records([tmp_path / "mixed" / name], read_export_map(tmp_path / "map.toml"), tmp_path / "s") as records:
        assert build_index([records.file], tmp_path / "i").segments[0].fingerprint == plain.segments[0].fingerprint


def test_columns_without_names_are_found_by_what_is_in_them(tmp_path: Path) -> None:
    write_mixed(tmp_path / "mixed", make_rows(2_000))
    text = propose(tmp_path, tmp_path / "mixed" / "persons.csv")
    for line in (
        'delimiter = ";"', "header = false", 'thousands = ","', 'record_id = "column_1"', 'tax_year = "column_2"',
        'first_name = "column_3"', 'street = "column_8"', 'city = "column_9"', 'state = "column_10"',
        'zip = "column_11"',
    ):  # fmt: skip
        assert line in text
    text = propose(tmp_path, tmp_path / "mixed" / "persons.dat.zst")
    for line in (
        'layout = "fixed"',
        "record_id = {start = 1, width = 10}",
        "tax_year = {start = 11, width = 4}",
        "state = {start = 102, width = 2}",
        "zip = {start = 104, width = 5}",
    ):
        assert line in text


def test_the_columns_of_parquet_files_are_mapped_without_the_index_of_pandas(tmp_path: Path) -> None:
    write_mixed(tmp_path / "mixed", make_rows(50))
    text = propose(tmp_path, tmp_path / "mixed" / "persons.parquet")
    assert 'tax_year = "YEAR"' in text
    assert "__index_level_0__" not in text


def test_a_table_of_persons_and_one_of_returns_are_linked(tmp_path: Path) -> None:
    persons = ["PERSON_ID,FIRST_NAME,LAST_NAME,SSN"] + [f"p{i},Ann,Lee,000-12-{i:04d}" for i in range(50)]
    returns = ["RETURN_NO,TAX_YEAR,PRIMARY_ID,SPOUSE_ID,ADDRESS,CITY,STATE,ZIP"]
    returns += [f"r{i},2023,p{i},{f'p{i + 20}' if i % 2 else ''},{i} Elm St,Boston,MA,02108" for i in range(20)]
    for name, lines in (("persons.csv", persons), ("returns.csv", returns)):
        (tmp_path / name).write_text("\n".join(lines))
    propose(tmp_path, tmp_path / "persons.csv", tmp_path / "returns.csv")
    files = [tmp_path / "persons.csv", tmp_path / "returns.csv"]
    with stage_records(files, read_export_map(tmp_path / "map.toml"), tmp_path / "s") as records:
        rows = pq.read_table(records.file).to_pylist()
    assert len(rows) == 30
    assert {row["role"] for row in rows} == {"primary", "spouse"}
    assert {row["record_id"] for row in rows} >= {"r1-primary", "r1-spouse"}


def test_files_of_one_layout_are_one_table_and_what_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "in" / name).write_text("id,last,yr\n1,Lee,2023\n")
    (tmp_path / "in" / "c.xlsx").write_bytes(b"PK\x03\x04")
    (tmp_path / "in" / "d.bin").write_bytes(b"abc\0defghi\0jk")
    (tmp_path / "in" / "e.bin").write_bytes(b"\0\1\2\3" * 50)
    proposal = propose_map([tmp_path / "in"])
    assert proposal.text.count("[[tables]]") == 1
    assert 'files = ["a.csv", "b.csv"]' in proposal.text
    assert proposal.missing == {"table_1": ["first_name", "street", "city", "state", "zip"]}
    assert set(proposal.not_read) == {"c.xlsx", "d.bin", "e.bin"}
    with pytest.raises(ComityError, match="workbook"):
        propose_map([tmp_path / "in" / "c.xlsx"])


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "windows-1252"),
        ("latin-1", "windows-1252"),
        ("cp437", "cp437"),
        ("mac_roman", "mac_roman"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found_though_its_first_letter_beyond_ascii_comes_late(encoding: str, name: str) -> None:
    text = "id,name\n" + "1,Ann\n" * 200_000 + "2,José Núñez\n3,Zoë Müller\n"
    data = text.encode(encoding)
    blocks = iter([data[i : i + (1 << 20)] for i in range(0, len(data), 1 << 20)])
    assert detect_encoding(blocks) == name


def test_a_compressed_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(gzip.compress(b"id|last|yr\n1|Lee|2023\n2|Roe|2022\n"))
    assert 'delimiter = "|"' in propose(tmp_path, tmp_path / "x.txt")
    table = pa.table({"id": ["1"], "last": ["Lee"]})
    pq.write_table(table, tmp_path / "odd.name")
    assert 'layout = "parquet"' in propose(tmp_path, tmp_path / "odd.name")


def test_a_spreadsheet_and_a_report_of_a_database_are_laid_out_as_they_are(tmp_path: Path) -> None:
    rows = ["sep=;", "Taxpayer ID;Full Name;SSN;Period Ending;Address;City;State;ZIP Code"]
    rows += [
        f'T{i};Lee, Ann M.;123-45-{6000 + i};31.12.2023;"{i + 1} Elm St; Apt {i}";Boston;Massachusetts;2108'
        for i in range(40)
    ]
    (tmp_path / "excel.csv").write_text("\r\n".join(rows))
    text = propose(tmp_path, tmp_path / "excel.csv")
    for line in (
        "skip_lines = 1",
        'delimiter = ";"',
        'quote = "\\""',
        'tax_year = {column = "Period Ending", form = "%d.%m.%Y"}',
        'name = {column = "Full Name", form = "LAST, FIRST MIDDLE"}',
        'zip = "ZIP Code"',
    ):
        assert line in text
    widths = {"ID": 9, "LNAME": 12, "FNAME": 8, "TAXYR": 5, "STREET": 16, "CITY": 12, "ST": 2, "ZIP": 5}
    values = ("1000001", "DE LA CRUZ", "JOHN", "2023", "12 MAIN ST", "SPRINGFIELD", "IL", "62701")
    lines = [" ".join(part.ljust(width) for part, width in zip(row, widths.values(), strict=True))
             for row in (widths, ["-" * width for width in widths.values()], *[values] * 30)]  # fmt: skip
    (tmp_path / "report.txt").write_text("\n".join([*lines, "", "(30 rows affected)"]))
    text = propose(tmp_path, tmp_path / "report.txt")
    for line in ("skip_lines = 2", "record_id = {start = 1, width = 9}", "last_name = {start = 11, width = 12}",
                 "tax_year = {start = 33, width = 5}", "zip = {start = 72, width = 5}"):  # fmt: skip
        assert line in text


def test_returns_are_linked_with_persons_whose_ids_are_in_another_order(tmp_path: Path) -> None:
    persons = ["PERSON_ID,FIRST_NAME,LAST_NAME,BORN"]
    persons += [f"{7919 * i % 20_000 + 100_000},Ann,Lee,{1950 + i % 50}" for i in range(20_000)]
    returns = ["RETURN_ID,PRIMARY_ID,SPOUSE_ID,TAX_YEAR,ADDRESS,CITY,STATE,ZIP"]
    returns += [
        f"{100_000 + i},{101_000 + 3 * i},{101_001 + 3 * i if i % 9 else ''},2023,{i} Elm St,Boston,MA,02108"
        for i in range(4_000)
    ]
    for name, lines in (("a-persons.csv", persons), ("b-returns.csv", returns)):
        (tmp_path / name).write_text("\n".join(lines))
    files = [tmp_path / "a-persons.csv", tmp_path / "b-returns.csv"]
    text = propose(tmp_path, *files)
    assert "constant" not in text
    assert 'return_id = "RETURN_ID"' in text
    assert 'to = "table_1.PERSON_ID"' in text
    with stage_records(files, read_export_map(tmp_path / "map.toml"), tmp_path / "s") as records:
        rows = pq.read_table(records.file, columns=["record_id", "role"]).to_pylist()
    assert len(rows) == 4_000 + 3_555
    assert {"record_id": "100001-spouse", "role": "spouse"} in rows


def test_tables_that_nothing_links_are_shown_how_and_no_year_is_made_up(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("PERSON_ID,FIRST_NAME,LAST_NAME\n" + "".join(f"p{i},Ann,Lee\n" for i in range(9)))
    (tmp_path / "r.csv").write_text(
        "RETURN_ID,WHO,TAX_YEAR,CITY\n" + "".join(f"r{i},x,2023,Boston\n" for i in range(9))
    )
    text = propose_map([tmp_path / "p.csv", tmp_path / "r.csv"]).text
    assert '# from = "table_2.COLUMN"' in text
    assert "constant" not in text


def test_texts_about_an_export_and_empty_files_of_its_folder_are_left_out_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "README.txt").write_text("This is the export of 2023.\nIt has the persons.\n\nAsk Pat in room 12.\n" * 3)
    (folder / "empty.TXT").write_text("")
    with pytest.raises(ComityError, match=r"empty.TXT: it is empty"):
        propose_map([folder])
    (folder / "a.csv").write_text("id,last,yr\n1,Lee,2023\n")
    proposal = propose_map([folder])
    assert set(proposal.not_read) == {"README.txt", "empty.TXT"}
    assert "README" not in proposal.text
    (tmp_path / "none").mkdir()
    with pytest.raises(ComityError, match=r"none: it is not there, or is an empty folder"):
        propose_map([tmp_path / "none"])


@pytest.mark.parametrize(
    ("column", "field"),
    [("MID_NM", "middle_name"), ("Filing Role", "role"), ("FIRST_NM", "first_name"), ("TP NM", "name")],
)
def test_columns_are_told_by_what_systems_call_them(column: str, field: str) -> None:
    assert find_field(column) == field


def test_columns_of_fixed_width_that_few_rows_fill_are_cut_where_they_begin(tmp_path: Path) -> None:
    names = ("LEE", "ALDER", "DE LA CRUZ", "BIRCH", "VAN DYKE", "OBRIEN", "NGUYEN", "GINKGOHAZEL")
    lines = []
    for i in range(600):
        suffix = ("JR", "SR", "III")[i % 3] if i % 17 == 0 else ""
        plus = f"-{1000 + i}" if i % 5 == 0 else ""
        street = f"{10 + i} {('ELM ST', 'OAK AVE', 'N PRAIRIE ROAD')[i % 3]}"
        lines.append(
            f"{i + 1_000_000:<10}{('ANN', 'BORIS', 'CLARA')[i % 3]:<12}{names[i % 8]:<20}{suffix:<4}{street:<30}"
            f"{('BOSTON', 'SPRINGFIELD')[i % 2]:<20}{('MA', 'IL')[i % 2]:<2}{'02108' + plus:<10}{2019 + i % 5}"
        )
    (tmp_path / "fixed.txt").write_text("\n".join(lines))
    text = propose(tmp_path, tmp_path / "fixed.txt")
    for line in (
        "record_id = {start = 1, width = 10}",
        "last_name = {start = 23, width = 20}",
        "suffix = {start = 43, width = 4}",
        "street = {start = 47, width = 30}",
        "zip = {start = 99, width = 10}",
        "tax_year = {start = 109, width = 4}",
    ):
        assert line in text
    assert "may be one column" not in text


def test_neighbors_of_fixed_width_that_touch_are_named_as_perhaps_one(tmp_path: Path) -> None:
    lines = [f"{i % 90 + 10}{'ABCDEFG'[i % 7]}{i:04d}   {('LEE', 'ALDER')[i % 2]:<10}2023" for i in range(300)]
    (tmp_path / "fixed.txt").write_text("\n".join(lines))
    assert "may be one column that was cut" in propose(tmp_path, tmp_path / "fixed.txt")
