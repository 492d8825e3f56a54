"""ZIP codes."""

import pyarrow.compute as pc
import pytest

from comity.reference import states, zip_codes


def test_every_zip_is_five_digits_and_in_a_state_of_the_table() -> None:
    table = zip_codes.load_zip_table()
    assert table.num_rows == len(set(table["zip"].to_pylist())) > 40_000
    assert pc.all(pc.match_substring_regex(table["zip"], r"^\d{5}$")).as_py()
    assert set(table["state"].to_pylist()) <= set(states.STATE_NAMES)
    assert set(table["kind"].to_pylist()) == {"STANDARD", "PO BOX", "UNIQUE", "MILITARY"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("20001", {"DC"}),
        ("00901", {"PR"}),
        ("09012", {"AE"}),
        ("96201", {"AP"}),
        ("34002", {"AA"}),
        ("10001-0001", {"NY"}),
        ("99999", {"AK"}),  # not issued, but the prefix is Alaska's
        ("00000", set()),
        ("1234", set()),
        ("ABCDE", set()),
        ("١٢٣٤٥", set()),
        ("", set()),
    ],
)
def test_find_zip_states(code: str, expected: set[str]) -> None:
    assert zip_codes.find_zip_states(code) == expected


def test_a_prefix_that_serves_two_states_allows_both_for_an_unknown_zip_only() -> None:
    unknown = next(f"063{n:02d}" for n in range(100) if f"063{n:02d}" not in zip_codes.load_zip_states())
    assert zip_codes.find_zip_states(unknown) == {"CT", "NY"}
    assert zip_codes.find_zip_states("06320") == {"CT"}


def test_the_shared_tables_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(TypeError):
        zip_codes.load_zip_states()["00000"] = "TX"  # type: ignore[index]
