"""The requester's officer, from a spreadsheet to a signed batch and its answers, by the guide's commands alone."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.batch_folders import VALID_ROW, make_manifest
from tests.support.guide_commands import read_commands, run_comity

SECRET = "Zyxwvutson"


def write_cases(path: Path, *, is_corrected: bool) -> None:
    """Write the officer's own table as a spreadsheet program saves it: semicolons, Windows-1252, blanks at the end."""
    header = ["First", "Surname", "SSN", "Address", "Apt", "City", "State", "Zip", "Year", "Statute", "Element"]
    header += ["Proceeding", "Reason", "Case No", "Final Order Date", "Handler", ""]
    row = VALID_ROW | {"first_name": "Zoë", "zip": "98501"}
    fields = ["first_name", "last_name", "tin", "street", "street2", "city", "state", "zip", "tax_year", "statute"]
    fields += ["element", "proceeding", "reason", "case_number"]
    rows = [[row[name] for name in fields] + ["01/05/2024", "o1", ""] for _ in range(3)]
    rows[0][3] = "12 Maple St"
    rows[1][1] = rows[2][1] = SECRET
    rows[1][3], rows[2][3] = "9 Elm St", "77 Oak Ave"
    rows[1][13], rows[2][13] = "C-2", "C-3"
    for number in (1, 2):
        rows[number][12] = f"Residence in 2023 bears on willful failure to depart in case C-{number + 1}."
        rows[number][0] = ("Ann", "Bea")[number - 1]
    rows[1][2] = "123-45-6789" if is_corrected else "1.23E+08"
    with path.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows([header, *rows, [""] * len(header)])


def fill_manifest(folder: Path) -> None:
    """Fill in batch.json, as the officer does with a text editor."""
    content = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
    names = ("batch_id", "signer", "statutory_authority", "officers", "attestations", "created_at", "synthetic")
    content |= {name: make_manifest()[name] for name in names}
    (folder / "batch.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.slow
def test_the_first_half_hour(tmp_path: Path) -> None:
    write_cases(tmp_path / "cases.csv", is_corrected=False)
    write_cases(tmp_path / "corrected.csv", is_corrected=True)
    commands = read_commands("officer.md")
    assert len(commands) == 9
    for command, exit_code in commands:
        assert command[0] == "comity"
        result = run_comity(*command[1:], folder=tmp_path)
        assert result.returncode == exit_code, f"{command}: {result.stdout} {result.stderr}"
        assert "unforeseen" not in result.stderr
        assert SECRET not in result.stdout + result.stderr
        if command[2:3] == ["init"]:
            fill_manifest(tmp_path / "batch")
        if command[:4] == ["comity", "request", "build", "cases.csv"]:
            corrections = (tmp_path / "batch" / "to-correct.csv").read_text(encoding="utf-8")
            assert "3,C,tin" in corrections
            assert ("final_order_date" in corrections) == ("--dates" not in command)
            assert (tmp_path / "batch" / "requests.csv").read_text().count("\n") == 1, "nothing was written"
    assert "Nothing would be refused" in result.stdout
    with (tmp_path / "batch" / "requests.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["request_id"] for row in rows] == ["row-2", "row-3", "row-4"]
    assert {row["final_order_date"] for row in rows} == {"2024-01-05"}
    assert rows[0]["first_name"] == "Zoë"


@pytest.mark.slow
def test_the_workbook_that_init_writes_is_one_that_build_reads(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    assert run_comity("request", "init", "irs-ice-2025", "--out", "batch", folder=tmp_path).returncode == 0
    path = tmp_path / "batch" / "requests.xlsx"
    empty = run_comity("request", "build", "batch/requests.xlsx", "--batch", "batch", folder=tmp_path)
    assert empty.returncode == 3
    assert "no row below its header" in empty.stdout
    book = load_workbook(path)
    sheet = book["requests"]
    for column, cell in enumerate(sheet[1], 1):
        assert cell.comment is not None
        sheet.cell(2, column, VALID_ROW[str(cell.value)] or None)
    assert sheet.column_dimensions["K"].number_format == "@", "ZIP codes are text"
    lists = {str(one.sqref)[0] for one in sheet.data_validations.dataValidation}
    assert lists == {"E", "J", "M", "N", "O"}
    book.save(path)
    built = run_comity("request", "build", "batch/requests.xlsx", "--batch", "batch", "--json", folder=tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    assert json.loads(built.stdout)["requests"] == 1
    with (tmp_path / "batch" / "requests.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [VALID_ROW]
