"""The quality of records: each figure counts what was put there, and nothing else."""

import json
import re
from pathlib import Path

import pytest

from comity.app.cli import main
from comity.app.use_cases import record_index
from comity.match import measure_quality
from tests.support.match_records import make_record, write_records
from tests.support.mixed_export import make_rows, write_mixed, write_plain

SOUND = {
    "first_name": "Ada",
    "last_name": "Lee",
    "street": "1 Elm St",
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
}


def make_sound(count: int) -> list[dict[str, str | None]]:
    """Make records that nothing is wrong with."""
    return [make_record(f"s{i}", **(SOUND | {"street": f"{i + 1} Elm St"})) for i in range(count)]


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"last_name": ""}, "no surname"),
        ({"first_name": "FNU", "last_name": "LNU"}, "no surname"),
        ({"first_name": "NONE"}, "no given name"),
        ({"street": " "}, "no street"),
        ({"street": "UNKNOWN"}, "the street says that the address is unknown"),
        ({"street": "not provided"}, "the street says that no address was given"),
        ({"street": "xxxx"}, "the street is a placeholder"),
        ({"street": "Elm St"}, "a street without a house number"),
        ({"zip": "", "city": "", "state": ""}, "neither ZIP code nor city"),
    ],
)
def test_a_record_about_which_no_request_can_be_confirmed_is_counted_by_its_cause(
    tmp_path: Path, fields: dict[str, str], cause: str
) -> None:
    file = write_records(tmp_path / "r.parquet", [*make_sound(20), make_record("x", **(SOUND | fields))])
    report = measure_quality([file], 2026)
    assert report.unanswerable == {cause: 1}
    assert report.unanswerable_records == 1


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"zip": "62701", "state": "TX"}, "a ZIP code of another state"),
        ({"city": "Chicago"}, "a ZIP code whose city has another name"),
        ({"zip": "00000"}, "a ZIP code that is none"),
        ({"zip": ""}, "no ZIP code"),
    ],
)
def test_zip_codes_are_held_against_states_and_cities(tmp_path: Path, fields: dict[str, str], cause: str) -> None:
    file = write_records(tmp_path / "r.parquet", [*make_sound(20), make_record("x", **(SOUND | fields))])
    assert measure_quality([file], 2026).places == {cause: 1}


def test_duplicates_years_crowds_and_faults_are_counted(tmp_path: Path) -> None:
    rows = make_sound(20)
    rows += [
        make_record("d1", **(SOUND | {"street": "1 ELM ST."})),
        make_record("s3", **(SOUND | {"street": "9 Oak Ave"})),
    ]
    rows += [make_record("y1", **(SOUND | {"tax_year": "1850"})), make_record("y2", **(SOUND | {"tax_year": "2099"}))]
    rows += [make_record("y3", **(SOUND | {"tax_year": "x"})), make_record("", **SOUND | {"first_name": "Bo"})]
    rows += [make_record(f"t{i}", **(SOUND | {"tin": "000123456", "first_name": name, "street": f"{i + 50} Oak Ave"}))
             for i, name in enumerate(("Al", "Bo", "Cy", "Di"))]  # fmt: skip
    rows += [make_record(f"h{i}", **(SOUND | {"street": "7 Tower Rd", "first_name": f"A{i}"})) for i in range(301)]
    report = measure_quality([write_records(tmp_path / "r.parquet", rows)], 2026)
    assert report.records == len(rows)
    assert report.faults == {
        "record_id is missing, longer than 200 bytes, or holds a NUL": 1,
        "tax_year is not a year": 1,
        "record_id is repeated": 1,
    }
    assert report.impossible_years == 2
    assert report.duplicates == {
        "one person, address and year under several record_ids": 2,
        "a taxpayer number that more than three persons have": 4,
    }
    assert report.hot_addresses == {"addresses": 1, "records": 301, "most records at one": 301}
    assert report.filled["tin"] == 4


def test_files_are_compared_with_earlier_ones(tmp_path: Path) -> None:
    earlier = write_records(tmp_path / "a.parquet", make_sound(10))
    rows = [*make_sound(9)[1:], make_record("new", **SOUND), make_record("s0", **(SOUND | {"last_name": "Roe"}))]
    compared = measure_quality([write_records(tmp_path / "b.parquet", rows)], 2026, [earlier]).compared
    assert [compared[name] for name in ("earlier records", "added", "removed", "changed")] == [10, 1, 1, 1]


def test_a_suffix_counts_wherever_it_stands(tmp_path: Path) -> None:
    names = [
        {"suffix": "Jr"},
        {"last_name": "Lee Jr."},
        {"first_name": "Ada Sr"},
        {"last_name": "Lee V"},
        {"first_name": "Ada V"},  # an initial
        {"last_name": "Jr"},
    ]
    rows = [make_record(f"x{i}", **(SOUND | name)) for i, name in enumerate(names)]
    file = write_records(tmp_path / "r.parquet", rows)
    report = measure_quality([file], 2026, [file])
    assert (report.filled["suffix"], report.compared["earlier records with suffix"]) == (4, 4)


def test_the_comparison_with_earlier_files_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier = write_records(tmp_path / "a.parquet", make_sound(10))
    later = write_records(tmp_path / "b.parquet", make_sound(12))
    with pytest.raises(SystemExit) as ended:
        main(["index", "check", str(later), "--previous", str(earlier), "--out", str(tmp_path / "quality")])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert "beside the earlier files: 10 earlier records" in printed
    assert "beside the earlier files: 2 added" in printed


def test_the_page_and_the_json_hold_figures_and_no_values(tmp_path: Path) -> None:
    rows = make_rows(1_000)
    export_map = write_mixed(tmp_path / "mixed", rows)
    (tmp_path / "mixed" / "notes.md").write_text("x")
    quality, _ = record_index.check_records([tmp_path / "mixed"], tmp_path / "q", export_map=export_map)
    plain, _ = record_index.check_records([write_plain(tmp_path / "p.parquet", rows)], tmp_path / "q2")
    others = {"return_id", "role"}  # the mixed exports lack some
    assert {c: n for c, n in quality.filled.items() if c not in others} == {
        c: n for c, n in plain.filled.items() if c not in others
    }
    assert quality.unanswerable == plain.unanswerable
    written = json.loads((tmp_path / "q" / "quality.json").read_text())
    assert written["records"] == 1_000
    assert written["read"]["not_read"] == {"notes.md": "no table of the map has a file of this name"}
    page = (tmp_path / "q" / "index.html").read_text()
    assert "1,000 records" in page
    for value in ("Alder", "Prairie", "E0000001", "00907", "Boston"):
        assert value not in page + json.dumps(written)
    assert sorted(file.name for file in (tmp_path / "q").iterdir()) == ["index.html", "quality.json"]


def test_second_given_names_are_counted_and_what_the_map_empties_is_a_share_of_its_file(tmp_path: Path) -> None:
    head = "ID|NAME|YR|ADDR|CITY|ST|ZIP|SSN"
    names = ("LEE, MARY ANN", "LEE, ANN M.", "LEE, ANN", "LEE, JO BETH K")
    lines = [f"x{i}|{name}|2023|{i + 1} Elm St|Boston|MA|02108|N/A" for i, name in enumerate(names)]
    (tmp_path / "a.txt").write_text("\n".join([head, *lines]))
    (tmp_path / "b.txt").write_text(
        "\n".join([head, *(line.replace("x", "y", 1).replace("N/A", "") for line in lines)])
    )
    (tmp_path / "map.toml").write_text(
        'version = 1\n[[tables]]\nname = "t"\ndelimiter = "|"\n[tables.columns]\nrecord_id = "ID"\ntax_year = "YR"\n'
        'name = {column = "NAME", form = "LAST, FIRST MIDDLE"}\nstreet = "ADDR"\ncity = "CITY"\nstate = "ST"\n'
        'zip = "ZIP"\ntin = "SSN"\n'
    )
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    _, report = record_index.check_records(files, tmp_path / "q", export_map=tmp_path / "map.toml")
    note = "names of t of which the words after the first given name were taken as the middle name"
    assert report.notes == {note: 4}
    page = (tmp_path / "q" / "index.html").read_text()
    assert f"4 {note}" in page
    assert re.search(r"a\.txt: tin</td><td>4</td>\s*<td>100\.00 %", page)
