"""Indexes built, appended to and thinned out by use cases: nothing is left out in silence."""

from pathlib import Path

import pytest

from comity.app.cli import main
from comity.app.use_cases import record_index
from comity.errors import ComityError
from tests.support.match_records import make_neighbors, write_records
from tests.support.mixed_export import make_rows, write_mixed


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Build an index of five records, n00000 to n00004."""
    write_records(tmp_path / "records.parquet", make_neighbors(5))
    record_index.build_index([tmp_path / "records.parquet"], tmp_path / "index")
    return tmp_path / "index"


def test_ids_of_no_record_refuse_the_list_by_line_unless_they_are_allowed(tmp_path: Path, index: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("n00001\n\nHunter2\nn00002\nHunter3\n")
    with pytest.raises(ComityError, match=r"2 of 4 record_ids.*lines 3, 5 of the file") as error:
        record_index.withdraw_records(index, ids)
    assert "Hunter" not in f"{error.value} {error.value.hint}"
    assert record_index.describe_index(index).rows == 5
    commit, lines = record_index.withdraw_records(index, ids, allow_unknown=True)
    assert (commit.rows, lines) == (3, [3, 5])
    with pytest.raises(ComityError, match="4 of 4 record_ids"):  # withdrawn ones are in the index no longer
        record_index.withdraw_records(index, ids, allow_unknown=True)


def test_commands_say_first_what_changed_and_list_no_keys(
    tmp_path: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> list[str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["index", *arguments])
        assert not ended.value.code
        return capsys.readouterr().out.splitlines()

    rows = make_neighbors(7)[3:]
    write_records(tmp_path / "later.parquet", [row | {"street": "77 Elm St"} for row in rows])
    (tmp_path / "ids.txt").write_text("n00001\n")
    appended = run("append", str(index), str(tmp_path / "later.parquet"))
    assert appended[0] == "added 2 records, replaced 2"
    assert run("withdraw", str(index), "--record-ids", str(tmp_path / "ids.txt"))[0] == "withdrew 1 records"
    returned = run("rollback", str(index), "--state", "1", "--bring-back")
    assert returned[0] == "returned to state 1: 5 records, where there were 6"
    assert not [line for line in (*appended, *returned) if line.startswith("  keys ")]
    assert [line for line in run("info", str(index)) if line.startswith("  keys ")]


def test_files_of_a_folder_that_are_not_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_records(folder / "a.parquet", make_neighbors(5))
    for name in ("b.parquet.part", "c.xlsx", "notes.txt"):
        (folder / name).write_text("x")
    commit, report = record_index.build_index([folder], tmp_path / "index")
    assert commit.rows == 5
    assert set(report.not_read) == {"b.parquet.part", "c.xlsx", "notes.txt"}


def test_an_export_is_built_and_appended_through_a_map_and_nothing_stays_beside_the_index(tmp_path: Path) -> None:
    rows = make_rows(500)
    export_map = write_mixed(tmp_path / "mixed", rows)
    first, second = tmp_path / "mixed" / "persons.parquet", tmp_path / "mixed" / "persons[1].TXT.gz"
    commit, report = record_index.build_index([first], tmp_path / "index", export_map=export_map)
    assert (commit.rows, report.records) == (100, 100)
    commit, report = record_index.append_records(tmp_path / "index", [second], export_map=export_map)
    assert (commit.rows, commit.number, report.files[0].emptied) == (200, 2, {"street2": 100, "tin": 25})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "mixed", "mixed.toml"]


def test_a_map_is_not_written_over(tmp_path: Path) -> None:
    write_mixed(tmp_path / "mixed", make_rows(50))
    record_index.propose_map([tmp_path / "mixed"], tmp_path / "map.toml")
    with pytest.raises(ComityError, match="already something"):
        record_index.propose_map([tmp_path / "mixed"], tmp_path / "map.toml")


def test_what_cannot_be_read_as_a_list_of_record_ids_is_named(tmp_path: Path, index: Path) -> None:
    with pytest.raises(ComityError, match=f"{tmp_path.name}, could not be read") as error:
        record_index.withdraw_records(index, tmp_path)
    assert "--records" not in error.value.hint


def test_an_append_with_what_was_withdrawn_is_refused_by_command_and_taken_when_that_is_said(
    tmp_path: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ids.txt").write_text("n00001\n")
    record_index.withdraw_records(index, tmp_path / "ids.txt")
    write_records(tmp_path / "one.parquet", make_neighbors(3)[1:])
    append = ["index", "append", str(index), str(tmp_path / "one.parquet")]
    for arguments, code in ((append, 3), ([*append, "--bring-back"], 0)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == code
    assert "1 records that were withdrawn are in the index again" in capsys.readouterr().err


def test_a_place_where_a_map_cannot_be_written_is_usage_and_inputs_come_first(tmp_path: Path, index: Path) -> None:
    records, missing = tmp_path / "records.parquet", tmp_path / "nowhere.csv"
    (tmp_path / "map.toml").write_text("mine")
    with pytest.raises(ComityError, match=r"There is no folder .*none, in which the map should go") as error:
        record_index.propose_map([records], tmp_path / "none" / "map.toml")
    assert error.value.exit_code == 2
    (tmp_path / "file").write_text("")
    with pytest.raises(ComityError, match=r"No folder can be made in .*file") as error:
        record_index.build_index([records], tmp_path / "file" / "index")
    assert error.value.exit_code == 2
    for refused in (
        lambda: record_index.propose_map([missing], tmp_path / "map.toml"),
        lambda: record_index.build_index([missing], index),
        lambda: record_index.build_index([records, missing], tmp_path / "other"),
        lambda: record_index.append_records(index, [missing]),
        lambda: record_index.check_records([missing], index),
    ):
        with pytest.raises(ComityError, match=r"nowhere\.csv"):
            refused()


def test_the_form_of_record_ids_is_said_where_a_list_has_others(tmp_path: Path) -> None:
    rows = [
        row | {"record_id": f"r{i // 2}-{('primary', 'spouse')[i % 2]}"} for i, row in enumerate(make_neighbors(20))
    ]
    write_records(tmp_path / "records.parquet", rows)
    record_index.build_index([tmp_path / "records.parquet"], tmp_path / "index")
    (tmp_path / "ids.txt").write_text("p17\n")
    with pytest.raises(ComityError) as error:
        record_index.withdraw_records(tmp_path / "index", tmp_path / "ids.txt")
    assert "the form RETURN_ID-primary, RETURN_ID-spouse" in error.value.hint
    (tmp_path / "ids.txt").write_text("r3-spouse\n")
    assert record_index.withdraw_records(tmp_path / "index", tmp_path / "ids.txt")[0].rows == 19


def test_a_map_may_state_that_an_export_is_synthetic_and_numbers_of_people_refuse_it(tmp_path: Path) -> None:
    export_map = write_mixed(tmp_path / "mixed", make_rows(50))
    export_map.write_text("synthetic = true\n" + export_map.read_text())
    files = [tmp_path / "mixed"]
    commit, _ = record_index.build_index(files, tmp_path / "index", export_map=export_map)
    assert commit.is_synthetic
    write_records(tmp_path / "real.parquet", make_neighbors(3))
    commit, _ = record_index.append_records(tmp_path / "index", [tmp_path / "real.parquet"])
    assert not commit.is_synthetic
    text = export_map.read_text()
    export_map.write_text(text.replace("synthetic = true\n", ""))
    assert not record_index.build_index(files, tmp_path / "plain", export_map=export_map)[0].is_synthetic
    other_map = write_mixed(tmp_path / "other", [row | {"tin": "123456789"} for row in make_rows(50)])
    other_map.write_text(text)
    with pytest.raises(
        ComityError, match=r"says that all data are synthetic, and [0-9]+ records have a taxpayer number"
    ):
        record_index.build_index([tmp_path / "other"], tmp_path / "refused", export_map=other_map)
    export_map.write_text(text.replace("synthetic = true", 'synthetic = "yes"'))
    with pytest.raises(ComityError, match="synthetic must be true or false"):
        record_index.build_index(files, tmp_path / "refused", export_map=export_map)
