"""Maps of exports: what cannot be used is refused whole, with everything that is wrong."""

from pathlib import Path

import pytest

from comity.errors import ComityError
from comity.match.exports.export_map import DEFAULT_EMPTY, Slice, read_export_map

COLUMNS = """
record_id = "ID"
first_name = "FIRST"
last_name = "LAST"
tax_year = {column = "YEAR END", form = "%m/%d/%Y"}
street = {join = ["NO", "STREET"]}
place = {column = "CSZ", form = "CITY, STATE ZIP"}
"""


def test_a_map_says_what_gives_each_field(tmp_path: Path) -> None:
    text = f'\ufeffversion = 1\n[[tables]]\nfiles = ["a[1].csv", "b*.csv"]\n[tables.columns]{COLUMNS}'
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    export_map = read_export_map(tmp_path / "map.toml")
    (table,) = export_map.tables
    assert table.fields["street"].columns == ("NO", "STREET")
    assert table.fields["tax_year"].form == "%m/%d/%Y"
    assert table.empty == DEFAULT_EMPTY
    assert (table.encoding, table.delimiter, table.quote, table.has_header) == ("utf-8", ",", '"', True)
    found = {name: export_map.find_table(name) for name in ("a[1].csv", "a1.csv", "b2.csv", "c.csv")}
    assert {name for name, table in found.items() if table} == {"a[1].csv", "a1.csv", "b2.csv"}
    fixed = 'version = 1\n[[tables]]\nlayout = "fixed"\n[tables.columns]\n' + "\n".join(
        f"{name} = {{start = {number}, width = 1}}"
        for number, name in enumerate(
            ("record_id", "tax_year", "first_name", "last_name", "street", "city", "state", "zip"), 1
        )
    )
    (tmp_path / "map.toml").write_text(fixed, encoding="utf-8")
    (table,) = read_export_map(tmp_path / "map.toml").tables
    assert table.fields["zip"].slice == Slice(8, 1)
    assert not table.has_header


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("version = 1\n[tables\n", ["not TOML in UTF-8 (line 2"]),
        ("", ["version must be 1", "no [[tables]]"]),
        (f"version = 1\nsecret = 1\n[[tables]]\n[tables.columns]{COLUMNS}", ["the map: unknown settings secret"]),
        (
            'version = 1\n[[tables]]\ndelimiter = "||"\nencoding = "ebdic"\nlayout = "xml"\n[tables.columns]\n',
            ["delimiter must be one", "no encoding has that name", "layout must be one", "no column gives record_id"],
        ),
        (
            f'version = 1\n[[tables]]\n[tables.columns]{COLUMNS}\nname = "N"\nage = "A"\nzip = "Z"',
            ["name: form must be one of", "name gives first_name, last_name, too", "no fields age", "place gives zip"],
        ),
        (
            """version = 1
            [[tables]]
            [tables.columns]
            record_id = {column = "A", join = ["B"]}
            city = 5
            street = {start = 1, width = 0}
            state = {column = "S", form = "x"}""",
            ["record_id: give one of", "city: name a column", "start and width are for", "state: form is for"],
        ),
        (
            f'version = 1\n[[tables]]\nname = "a"\n[tables.columns]{COLUMNS}\n[[links]]\nfrom = "a.X"\nto = "b.Y"',
            ["of tables of this map"],
        ),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_with_everything_that_is_wrong(
    tmp_path: Path, text: str, faults: list[str]
) -> None:
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ComityError) as error:
        read_export_map(tmp_path / "map.toml")
    assert error.value.code == "map_invalid"
    assert [fault for fault in faults if fault not in str(error.value)] == []


def test_a_map_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ComityError, match="not TOML in UTF-8"):
        read_export_map(tmp_path / "map.toml")
    with pytest.raises(ComityError, match="cannot be read"):
        read_export_map(tmp_path / "gone.toml")
