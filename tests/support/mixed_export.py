"""Write one set of invented records twice: in the format of records, and as five exports that systems really write.

Whoever reads the exports right builds an index of the same fingerprint as from the format of records.
"""

import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.match.records_source import RECORD_COLUMNS

Row = dict[str, str | None]
_GIVEN = ("Ada", "Boris", "Clara", "José", "Elena", "Farid", "Grace", "Hugo", "Ingrid", "Zoë", "Keiko", "Luis")
_SURNAMES = ("Alder", "Birch", "De la Cruz", "Dogwood", "O'Brien", "Núñez", "Ginkgo-Hazel", "Null", "Juniper", "Nguyen")
_STREETS = ("Main St", "Oak Ave", "N Prairie Rd", "5th St", "Lake View Dr Apt 4", "Mill Ln # 2", "Harbor Blvd")
_PLACES = (
    ("Boston", "MA", "02108"),
    ("Newark", "NJ", "07102"),
    ("San Juan", "PR", "00907"),
    ("Springfield", "IL", "62701"),
)
_SUFFIXES = (None, None, None, "JR", None, "III")
_NOTHING = ("N/A", "NULL", "#N/A", "-", "UNKNOWN")


def make_rows(count: int) -> list[Row]:
    """Make records of invented people; every fourth has no taxpayer number, every third no middle name."""
    return [
        {
            "record_id": f"E{i:07d}",
            "return_id": f"R{i:07d}",
            "role": "primary",
            "tax_year": str(2019 + i % 5),
            "first_name": _GIVEN[i % 12],
            "middle_name": None if i % 3 == 0 else "ABCDEFG"[i % 7],
            "last_name": _SURNAMES[i // 12 % 10],
            "suffix": _SUFFIXES[i % 6] if i % 3 else None,
            "tin": None if i % 4 == 0 else f"000{i % 1_000_000:06d}",
            "street": f"{100 + i // 7} {_STREETS[i % 7]}",
            "street2": None,
            "city": _PLACES[i % 4][0],
            "state": _PLACES[i % 4][1],
            "zip": _PLACES[i % 4][2],
        }
        for i in range(count)
    ]


def write_plain(path: Path, rows: Sequence[Row]) -> Path:
    """Write the rows in the format of records."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=pa.schema([(c, pa.string()) for c in RECORD_COLUMNS])), path)
    return path


def write_mixed(folder: Path, rows: Sequence[Row]) -> Path:
    """Write a fifth of the rows in each of five layouts, and the map that reads them; return the map's path."""
    folder.mkdir()
    writers: tuple[Callable[[Path, Sequence[Row]], str], ...] = (
        _write_bars, _write_tabs, _write_fixed, _write_parquet, _write_semicolons
    )  # fmt: skip
    size = -(-len(rows) // len(writers))
    tables = [write(folder, rows[n * size : (n + 1) * size]) for n, write in enumerate(writers)]
    export_map = folder.with_suffix(".toml")
    export_map.write_text("version = 1\n" + "\n".join(tables), encoding="utf-8")
    return export_map


def _nothing() -> Iterator[str]:
    """Yield texts that mean no value, one after the other."""
    while True:
        yield from _NOTHING


def _whole_name(row: Row) -> str:
    given = " ".join(filter(None, (row["first_name"], row["middle_name"], row["suffix"])))
    return f"{row['last_name']}, {given}"


def _dashed(tin: str | None, empty: Iterator[str]) -> str:
    return f"{tin[:3]}-{tin[3:5]}-{tin[5:]}" if tin else next(empty)


def _write_bars(folder: Path, rows: Sequence[Row]) -> str:
    write_bars(folder / "persons[1].TXT.gz", rows)
    return _BARS


def write_bars(file: Path, rows: Sequence[Row]) -> None:
    """Write bars in Windows-1252, gzip; whole names; ZIP codes of nine digits without their zeros."""
    empty, lines = _nothing(), ["KEY|RET|TP NAME|SSN|TAX YR|ADDR 1|ADDR 2|CITY|ST|ZIP"]
    for row in rows:
        zip_code = f"{row['zip']}0001".lstrip("0")
        lines.append(
            f"{row['record_id']}|{row['return_id']}|{_whole_name(row)}|{_dashed(row['tin'], empty)}|{row['tax_year']}"
            f"|{row['street']}|{next(empty)}|{row['city']}|{row['state']}|{zip_code}"
        )
    file.write_bytes(gzip.compress("\r\n".join(lines).encode("cp1252"), 1))


_BARS = """
[[tables]]
name = "bars"
files = ["persons[1].TXT.gz"]
encoding = "windows-1252"
delimiter = "|"
quote = ""
[tables.columns]
record_id = "KEY"
return_id = "RET"
name = {column = "TP NAME", form = "LAST, FIRST MIDDLE"}
tin = "SSN"
tax_year = "TAX YR"
street = "ADDR 1"
street2 = "ADDR 2"
city = "CITY"
state = "ST"
zip = "ZIP"
"""


def _write_tabs(folder: Path, rows: Sequence[Row]) -> str:
    """Tabs, UTF-16 with a mark, lines before the header, city with state and ZIP code, house numbers apart."""
    lines = ["Extract of persons", "id\tyear end\tfirst\tmi\tlast\tsfx\tssn\tno\tstreet\tcity, state zip"]
    empty = _nothing()
    for row in rows:
        number, _, street = str(row["street"]).partition(" ")
        place = f"{row['city']}, {row['state']} {row['zip']}"
        middle = row["middle_name"] or next(empty)
        values = [row["record_id"], f"12/31/{row['tax_year']}", row["first_name"], middle, row["last_name"]]
        values += [row["suffix"], row["tin"], number, street, place]
        lines.append("\t".join(value or "" for value in values))
    (folder / "persons.tsv").write_bytes("\n".join(lines).encode("utf-16"))
    return """
[[tables]]
name = "tabs"
files = ["persons.ts?"]
encoding = "utf-16"
delimiter = "\\t"
skip_lines = 1
[tables.columns]
record_id = "id"
tax_year = {column = "year end", form = "%m/%d/%Y"}
first_name = "first"
middle_name = "mi"
last_name = "last"
suffix = "sfx"
tin = "ssn"
street = {join = ["no", "street"]}
place = {column = "city, state zip", form = "CITY, STATE ZIP"}
"""


def _write_fixed(folder: Path, rows: Sequence[Row]) -> str:
    """Fixed width in UTF-8 with a mark, compressed with zstd."""
    lines = [
        f"{row['record_id']:<10}{row['tax_year']}{row['first_name']:<12}{row['middle_name'] or '':<2}"
        f"{row['last_name']:<16}{row['suffix'] or '':<4}{row['tin'] or '':<9}{row['street']:<30}{row['city']:<14}"
        f"{row['state']}{row['zip']}"
        for row in rows
    ]
    with pa.CompressedOutputStream(str(folder / "persons.dat.zst"), "zstd") as file:
        file.write(("\ufeff" + "\n".join(lines) + "\n").encode())
    starts = {
        "record_id": (1, 10), "tax_year": (11, 4), "first_name": (15, 12), "middle_name": (27, 2),
        "last_name": (29, 16), "suffix": (45, 4), "tin": (49, 9), "street": (58, 30), "city": (88, 14),
        "state": (102, 2), "zip": (104, 5),
    }  # fmt: skip
    columns = "\n".join(f"{name} = {{start = {start}, width = {width}}}" for name, (start, width) in starts.items())
    return f'\n[[tables]]\nname = "fixed"\nfiles = ["persons.dat.zst"]\nlayout = "fixed"\n[tables.columns]\n{columns}\n'


def _write_parquet(folder: Path, rows: Sequence[Row]) -> str:
    """Parquet as pandas writes it: an index, doubles for years, ZIP codes and numbers, dictionaries."""
    columns = {name: [row[name] for row in rows] for name in RECORD_COLUMNS}
    table = pa.table(
        {
            "Key": columns["record_id"],
            "YEAR": pa.array([float(str(year)) for year in columns["tax_year"]]),
            "FIRST": columns["first_name"],
            "MID": pa.array(columns["middle_name"], pa.string()).dictionary_encode(),
            "LAST": columns["last_name"],
            "GEN": pa.array(columns["suffix"], pa.string()),
            "TIN": pa.array([float(tin) if tin else None for tin in columns["tin"]], pa.float64()),
            "ADDRESS": columns["street"],
            "CITY": pa.array(columns["city"]).dictionary_encode(),
            "STATE": columns["state"],
            "ZIP": pa.array([float(str(code)) for code in columns["zip"]]),
            "__index_level_0__": list(range(len(rows))),
        }
    )
    pq.write_table(table, folder / "persons.parquet")
    return """
[[tables]]
name = "parquet"
files = ["persons.parquet"]
layout = "parquet"
[tables.columns]
record_id = "Key"
tax_year = "YEAR"
first_name = "FIRST"
middle_name = "MID"
last_name = "LAST"
suffix = "GEN"
tin = "TIN"
street = "ADDRESS"
city = "CITY"
state = "STATE"
zip = "ZIP"
"""


def _write_semicolons(folder: Path, rows: Sequence[Row]) -> str:
    """Semicolons without a header; every value quoted; numbers as a spreadsheet shows them; blank lines between."""
    lines = []
    for i, row in enumerate(rows):
        year, zip_code = str(row["tax_year"]), str(row["zip"])
        values = (
            row["record_id"], f"{year[0]},{year[1:]}" if i % 2 else f"{year}.0", row["first_name"], row["middle_name"],
            row["last_name"], row["suffix"], row["tin"], row["street"], row["city"], row["state"], f'=""{zip_code}""',
        )  # fmt: skip
        lines += [";".join(f'"{value or ""}"' for value in values), *([""] if i % 100 == 0 else [])]
    (folder / "persons.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    columns = (
        "record_id",
        "tax_year",
        "first_name",
        "middle_name",
        "last_name",
        "suffix",
        "tin",
        "street",
        "city",
        "state",
    )
    named = "\n".join(f'{name} = "column_{n}"' for n, name in enumerate((*columns, "zip"), 1))
    return f"""
[[tables]]
name = "semicolons"
files = ["persons.csv"]
delimiter = ";"
header = false
thousands = ","
[tables.columns]
{named}
"""
