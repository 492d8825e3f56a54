"""Records in Parquet and CSV files as they are found, and records that cannot be indexed."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.columns.duck import connect
from comity.errors import ComityError
from comity.match import build_index
from comity.match.records_source import RECORD_COLUMNS, records_query
from tests.support.match_records import make_neighbors, write_records


def test_records_are_read_from_csv_files_in_a_folder(tmp_path: Path) -> None:
    table = pq.read_table(write_records(tmp_path / "x.parquet", make_neighbors(4)))
    (tmp_path / "in").mkdir()
    with connect() as db:
        db.register("t", table)
        db.execute(f"COPY t TO '{tmp_path / 'in' / 'a.csv'}' (HEADER)")
    assert build_index([tmp_path / "in"], tmp_path / "index").rows == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop_columns(["street"]), "missing: street"),
        (lambda t: t.append_column("secret", pa.array(["Hunter2"] * len(t))), "unknown: 1"),
        (lambda t: pa.concat_tables([t, t]), r"repeated in 3 of 6 rows \(r.parquet: rows 1, 2, 3, 4, 5, 6\)"),
        (lambda t: t.set_column(3, "tax_year", pa.array(["Hunter2"] * len(t))), "not a year in 3"),
        (lambda t: t.set_column(3, "tax_year", pa.array(["2023", "2023-1", "2023"])), r"r.parquet.*1 rows \(row 2\)"),
        (lambda t: t.set_column(3, "tax_year", pa.array([2023.0, 2023.5, 2023.0])), "tax_year is not an exact.*row 2"),
        (lambda t: t.set_column(3, "tax_year", pa.array([2023.0, 2023.0, None])), r"not a year in 1 rows \(row 3\)"),
        (lambda t: t.set_column(13, "zip", pa.array([Decimal("2108.5")] * len(t))), "zip is not an exact number in 3"),
        (lambda t: t.set_column(0, "record_id", pa.array([1.0, 2.0, 2.0**53])), "record_id is not an exact.*row 3"),
        (lambda t: t.set_column(9, "street", pa.array([b"1 Elm St"] * len(t))), "holds no text: street"),
        (lambda t: t.slice(0, 0), "no rows"),
    ],
)
def test_records_that_cannot_be_indexed_are_refused_without_a_value(
    tmp_path: Path, change: Callable[[pa.Table], pa.Table], message: str
) -> None:
    path = write_records(tmp_path / "r.parquet", make_neighbors(3))
    pq.write_table(change(pq.read_table(path)), path)
    with pytest.raises(ComityError, match=message) as e:
        build_index([path], tmp_path / "index")
    assert e.value.code == "records_invalid"
    assert "Hunter2" not in f"{e.value} {e.value.hint}"
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]


CSV_HEAD = f"{','.join(RECORD_COLUMNS)}\n"


def csv_row(record_id: str, street: str = "1 Elm St") -> str:
    """Return a row of a CSV file of records."""
    return f"{record_id},,,2023,A,,B,,,{street},,Boston,MA,02108\n"


def read_texts(path: Path) -> list[dict[str, str | None]]:
    """Return the rows of a file of records as the index reads them."""
    with connect() as db:
        return [dict(row) for row in db.sql(records_query(db, [path])).to_arrow_table().to_pylist()]


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_first_quote_may_stand_anywhere_and_fields_may_be_separated_in_any_usual_way(
    tmp_path: Path, mark: str, ending: str
) -> None:
    rows = "".join(csv_row(f"x{i}") for i in range(20_480))
    text = (CSV_HEAD + rows).replace(",", mark).replace("\n", ending)
    last = csv_row("z1", "@").replace(",", mark).replace("\n", ending).replace("@", f'"9 ""Oak"" St{mark} Apt 4"')
    (tmp_path / "late.csv").write_bytes(f"\ufeff{text}{last}".encode())
    rows_read = read_texts(tmp_path / "late.csv")
    assert len(rows_read) == 20_481
    assert {row["street"] for row in rows_read} == {"1 Elm St", f'9 "Oak" St{mark} Apt 4'}


@pytest.mark.parametrize("name", ["q[1].csv", "q*.csv", "q?.csv", "tax_year=1999/q.csv", "o'q.csv", "[q].CSV"])
def test_the_file_that_is_named_is_read_and_not_one_that_its_name_matches(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(CSV_HEAD + csv_row("named"))
    for other in ("q1.csv", "qq.csv"):
        (tmp_path / other).write_text(CSV_HEAD + csv_row("other"))
    assert [(row["record_id"], row["tax_year"]) for row in read_texts(tmp_path / name)] == [("named", "2023")]
    table = pq.read_table(write_records(tmp_path / "x.parquet", make_neighbors(2)))
    parquet = (tmp_path / name).with_suffix(".parquet")
    pq.write_table(table, parquet)
    assert len(read_texts(parquet)) == 2


def test_numbers_of_every_type_are_read_exactly_with_the_zeros_that_they_lost(tmp_path: Path) -> None:
    table = pq.read_table(write_records(tmp_path / "r.parquet", make_neighbors(2)))
    typed = {
        "record_id": pa.array([1.0, 2.0]),
        "tax_year": pa.array([Decimal("2023.00"), Decimal("2022.00")]),
        "tin": pa.array([1234567.0, None]),
        "state": pa.array(["MA", "MA"]).dictionary_encode(),
        "middle_name": pa.nulls(2),
        "zip": pa.array([2108.0, 21081234.0]),
    }
    for name, values in typed.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    table = table.append_column("__index_level_0__", pa.array([5, 7]))
    pq.write_table(table, tmp_path / "r.parquet")
    rows = read_texts(tmp_path / "r.parquet")
    assert [[row[name] for name in typed] for row in rows] == [
        ["1", "2023", "001234567", "MA", None, "02108"],
        ["2", "2022", None, "MA", None, "021081234"],
    ]


def test_a_line_that_cannot_be_read_is_named_by_file_and_line(tmp_path: Path) -> None:
    lines = [CSV_HEAD, *(csv_row(f"x{i}") for i in range(30_000)), "Hunter2\n"]
    (tmp_path / "short.csv").write_text("".join(lines))
    with pytest.raises(ComityError, match=r"short\.csv cannot be read beyond line 30001") as e:
        build_index([tmp_path], tmp_path / "index")
    assert e.value.code == "records_invalid"
    assert "Hunter2" not in str(e.value)
