"""Small counts are left out of the public form, and cannot be worked out from what is left in."""

from hypothesis import given
from hypothesis import strategies as st

from comity.accounting.cell_suppression import MIN_DISPLAYED_COUNT, TOTAL_LABEL, suppress_small_counts

COUNT = st.integers(0, 30) | st.integers(0, 100_000)


@given(st.dictionaries(st.text("ABCDEF", min_size=1, max_size=3), COUNT, min_size=0, max_size=8))
def test_no_small_count_is_shown_and_no_difference_gives_one_away(values: dict[str, int]) -> None:
    shown = suppress_small_counts({agency: {"requests": value} for agency, value in values.items()})
    left_out = [agency for agency in values if shown[agency]["requests"] is None]
    assert all(agency in left_out for agency, value in values.items() if 0 < value < MIN_DISPLAYED_COUNT)
    assert all(shown[agency]["requests"] in {None, value} for agency, value in values.items())
    total = shown[TOTAL_LABEL].get("requests") if values else None
    if total is not None:
        assert total == sum(values.values())
        assert not 0 < total < MIN_DISPLAYED_COUNT
        difference = total - sum(value for agency, value in values.items() if agency not in left_out)
        assert not left_out or (len(left_out) >= 2 and difference >= MIN_DISPLAYED_COUNT)


@given(
    st.dictionaries(
        st.text("ABC", min_size=1, max_size=2), st.integers(MIN_DISPLAYED_COUNT, 100) | st.just(0), min_size=1
    )
)
def test_what_tells_nothing_of_anybody_is_all_shown(values: dict[str, int]) -> None:
    shown = suppress_small_counts({agency: {"requests": value} for agency, value in values.items()})
    assert {agency: shown[agency]["requests"] for agency in values} == values
    assert shown[TOTAL_LABEL]["requests"] == sum(values.values())
