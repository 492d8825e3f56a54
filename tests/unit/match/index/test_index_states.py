"""An index month after month: appended to, compacted, compared with what it was, and returned to an earlier state."""

from pathlib import Path

import numpy as np
import pytest

from comity.errors import ComityError
from comity.match import (
    Index,
    build_index,
    compact_index,
    compare_states,
    count_brought_back,
    list_states,
    match_requests,
    roll_back,
    update_index,
)
from comity.match.index.index_states import YearChanges
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records


def make_people(month: int) -> list[dict[str, str | None]]:
    """Make the ten people of a month, of another year each month."""
    return [
        make_record(
            f"m{month}-{i}",
            first_name="Ada",
            last_name=f"Roe{letter}",
            street=f"{i + 1} Elm St",
            tax_year=str(2020 + month),
        )
        for i, letter in enumerate("abcdefghij")
    ]


def make_correction(month: int) -> dict[str, str | None]:
    """Make a month's correction of the first record."""
    return make_record("n00000", first_name="Ada", last_name="Changed", street=f"{month} Oak Ave")


def write_month(folder: Path, month: int) -> Path:
    """Write the people and the correction of a month."""
    return write_records(folder / f"month-{month}.parquet", [*make_people(month), make_correction(month)])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Build an index of 40 records, append two months, and withdraw two records: states 1 to 4."""
    build_index([write_records(tmp_path / "first.parquet", make_neighbors(40))], tmp_path / "index")
    update_index(tmp_path / "index", append=[write_month(tmp_path, 1)])
    update_index(tmp_path / "index", append=[write_month(tmp_path, 2)])
    update_index(tmp_path / "index", withdraw=["n00005", "m1-3"])
    return tmp_path / "index"


def test_the_same_records_are_not_appended_twice(tmp_path: Path, index: Path) -> None:
    for file in ("first.parquet", "month-1.parquet", "month-2.parquet"):
        with pytest.raises(ComityError, match="Exactly these records") as error:
            update_index(index, append=[tmp_path / file])
        assert error.value.code == "already_appended"
    compact_index(index)
    for file in ("month-1.parquet", "month-2.parquet"):
        with pytest.raises(ComityError, match="Exactly these records"):
            update_index(index, append=[tmp_path / file])
    assert Index.find_commit(index).number == 5
    assert not list(index.glob(".change-*"))


def test_a_compacted_index_has_the_columns_of_one_built_from_its_records(tmp_path: Path, index: Path) -> None:
    compact_index(index)
    rows = [row for row in make_neighbors(40) if row["record_id"] not in {"n00000", "n00005"}]
    rows += [row for month in (1, 2) for row in make_people(month) if row["record_id"] != "m1-3"]
    rows.append(make_correction(2))
    build_index([write_records(tmp_path / "fresh.parquet", rows)], tmp_path / "fresh")
    compacted, fresh = (Index.find_commit(path) for path in (index, tmp_path / "fresh"))
    assert (compacted.rows, len(compacted.segments)) == (58, 1)
    assert compacted.rows == fresh.rows
    left, right = index / compacted.segments[0].folder, tmp_path / "fresh" / fresh.segments[0].folder
    same = {
        "tin.bin",
        "given.arrow",
        "middle.arrow",
        "surname.arrow",
        "first_names.arrow",
        "surnames.arrow",
        "initials.arrow",
    }
    for file in sorted(right.iterdir()):
        if file.name not in same:  # taxpayer numbers have another key, names the frequencies of the first segment
            assert (left / file.name).read_bytes() == file.read_bytes(), file.name
    with pytest.raises(ComityError, match="nothing to compact"):
        compact_index(index)


def test_what_is_found_is_found_after_compaction_and_in_the_old_state(index: Path) -> None:
    requests = make_requests(
        {"first_name": "Ada", "last_name": "Changed", "street": "2 Oak Ave"},
        {"first_name": "Ada", "last_name": "Roec", "street": "3 Elm St", "tax_year": "2021"},
    )
    fingerprint = Index.find_commit(index).fingerprint
    probabilities = []
    for _ in range(2):
        with Index.open(index) as opened:
            probabilities.append(match_requests(opened, requests)["match_probability"].to_numpy())
        if len(Index.find_commit(index).segments) > 1:
            compact_index(index)
    assert np.allclose(probabilities[0], probabilities[1], atol=0.05)
    assert (probabilities[1] > 0.5).all()
    with Index.open(index, fingerprint=fingerprint) as opened:
        assert len(opened.segments) == 3


def test_changes_between_states_are_counted_by_year(index: Path) -> None:
    assert compare_states(index, 1, 2) == [YearChanges(2021, 10, 0, 0), YearChanges(2023, 0, 0, 1)]
    assert compare_states(index, 3, 4) == [YearChanges(2021, 0, 1, 0), YearChanges(2023, 0, 1, 0)]
    assert compare_states(index, 4, 3) == [YearChanges(2021, 1, 0, 0), YearChanges(2023, 1, 0, 0)]
    compact_index(index)
    assert compare_states(index, 4, 5) == []
    assert [state.commit.number for state in list_states(index)] == [1, 2, 3, 4, 5]


def test_an_earlier_state_comes_back_as_a_new_one_and_withdrawn_records_only_if_allowed(index: Path) -> None:
    with pytest.raises(ComityError, match="2 records that are not in the index now") as error:
        roll_back(index, 3)
    assert error.value.code == "withdrawn_come_back"
    commit, returned = roll_back(index, 3, bring_back=True)
    assert (commit.number, commit.rows, returned) == (5, 60, 2)
    assert compare_states(index, 3, 5) == []
    with pytest.raises(ComityError, match="as it was in state 3"):
        roll_back(index, 3)
    with pytest.raises(ComityError, match="no state 9"):
        roll_back(index, 9)
    commit, returned = roll_back(index, 4)
    assert (commit.rows, returned) == (58, 0)


def test_what_was_withdrawn_comes_back_by_no_file_unless_that_is_said(tmp_path: Path, index: Path) -> None:
    later = write_records(tmp_path / "part.parquet", make_neighbors(10)[4:])  # n00005 was withdrawn, the rest is there
    for _ in range(2):
        with pytest.raises(ComityError, match="1 of the records were withdrawn") as error:
            update_index(index, append=[later])
        assert error.value.code == "withdrawn_come_back"
        assert not list(index.glob(".change-*"))
        if Index.find_commit(index).number == 4:
            compact_index(index)  # what was withdrawn is in no segment of the index now
    commit = update_index(index, append=[later], bring_back=True)
    assert (commit.rows, count_brought_back(index, commit)) == (59, 1)
    again = write_records(tmp_path / "again.parquet", [make_neighbors(10)[5] | {"street": "9 Oak Ave"}])
    amended = update_index(index, append=[again])
    assert (amended.rows, count_brought_back(index, amended)) == (59, 0)


def test_what_was_undone_or_replaced_was_not_withdrawn(tmp_path: Path, index: Path) -> None:
    roll_back(index, 1, bring_back=True)  # both months were wrong
    corrected = [row | {"zip": "02110"} for row in (*make_people(1), make_correction(1)) if row["record_id"] != "m1-3"]
    assert update_index(index, append=[write_records(tmp_path / "mended.parquet", corrected)]).rows == 49
    with pytest.raises(ComityError, match="1 of the records were withdrawn"):
        update_index(index, append=[write_records(tmp_path / "one.parquet", [make_people(1)[3]])])


def test_a_part_of_what_is_in_the_index_as_it_is_is_not_appended(tmp_path: Path, index: Path) -> None:
    rows = [make_neighbors(40)[9], make_people(1)[1], make_people(2)[2], make_correction(2)]
    with pytest.raises(ComityError, match="Exactly these records") as error:
        update_index(index, append=[write_records(tmp_path / "part.parquet", rows)])
    assert error.value.code == "already_appended"
    rows[1] = rows[1] | {"last_name": "Other"}
    assert update_index(index, append=[write_records(tmp_path / "other.parquet", rows)]).rows == 58


def test_an_index_that_is_replaced_does_not_bring_back_what_was_withdrawn(tmp_path: Path, index: Path) -> None:
    files = [tmp_path / "first.parquet"]
    with pytest.raises(ComityError, match="1 of the records were withdrawn"):
        build_index(files, index, replace=True)
    assert Index.find_commit(index).number == 4
    assert not (tmp_path / ".index.building").exists()
    rest = [row for row in make_neighbors(40) if row["record_id"] != "n00005"]
    assert build_index([write_records(tmp_path / "rest.parquet", rest)], index, replace=True).rows == 39
    update_index(index, withdraw=["n00000"])
    assert build_index(files, index, replace=True, bring_back=True).rows == 40
