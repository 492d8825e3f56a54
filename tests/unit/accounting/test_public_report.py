"""The public form shows every count, unless it was decided otherwise; then small ones cannot be worked out from it."""

from hypothesis import given
from hypothesis import strategies as st

from comity.accounting import AnnualReport, ReportLine
from comity.accounting.public_report import TOTAL_LABEL, make_public_report, suppress_small_counts

LEAST = 10
COUNT = st.integers(0, 30) | st.integers(0, 100_000)


def _report(taxpayers_by_agency: dict[str, int], taxpayers: int) -> AnnualReport:
    lines = tuple(
        ReportLine(agency, f"agreement-{number}", requests=9, confirmed=count, taxpayers=count)
        for agency, count in taxpayers_by_agency.items()
        for number in (1, 2)
    )
    return AnnualReport(2025, lines, taxpayers_by_agency, taxpayers, (), 0, {}, "", 0, synthetic=True)


@given(st.dictionaries(st.text("ABCDEF", min_size=1, max_size=3), COUNT, min_size=0, max_size=8))
def test_no_small_count_is_shown_and_no_difference_gives_one_away(values: dict[str, int]) -> None:
    shown = suppress_small_counts({agency: {"requests": value} for agency, value in values.items()}, LEAST)
    left_out = [agency for agency in values if shown[agency]["requests"] is None]
    assert all(agency in left_out for agency, value in values.items() if 0 < value < LEAST)
    assert all(shown[agency]["requests"] in {None, value} for agency, value in values.items())
    total = shown[TOTAL_LABEL].get("requests") if values else None
    if total is not None:
        assert total == sum(values.values())
        assert not 0 < total < LEAST
        difference = total - sum(value for agency, value in values.items() if agency not in left_out)
        assert not left_out or (len(left_out) >= 2 and difference >= LEAST)


@given(st.dictionaries(st.text("ABC", min_size=1, max_size=2), st.integers(LEAST, 100) | st.just(0), min_size=1))
def test_what_tells_nothing_of_anybody_is_all_shown(values: dict[str, int]) -> None:
    shown = suppress_small_counts({agency: {"requests": value} for agency, value in values.items()}, LEAST)
    assert {agency: shown[agency]["requests"] for agency in values} == values
    assert shown[TOTAL_LABEL]["requests"] == sum(values.values())


@given(st.dictionaries(st.text("ABC", min_size=1, max_size=2), COUNT, min_size=1))
def test_every_count_is_shown_unless_it_was_decided_otherwise(values: dict[str, int]) -> None:
    public = make_public_report(_report(values, max(values.values())))
    assert {line["agency"]: line["taxpayers"] for line in public["agencies"]} == values | {
        TOTAL_LABEL: max(values.values())
    }
    assert {line["agency"]: line["disclosures"] for line in public["agencies"][:-1]} == {
        agency: 2 * count for agency, count in values.items()
    }
    assert "Joint Committee" in public["suppression"]


@given(st.dictionaries(st.text("ABC", min_size=1, max_size=2), COUNT, min_size=1), st.data())
def test_persons_of_several_agencies_give_no_small_count_away(values: dict[str, int], data: st.DataObject) -> None:
    persons = data.draw(st.integers(max(values.values()), sum(values.values())))
    public = make_public_report(_report(values, persons), suppress_below=LEAST)
    shown = {line["agency"]: line["taxpayers"] for line in public["agencies"]}
    total = shown.pop(TOTAL_LABEL)
    assert total in {None, persons}
    assert not any(0 < (count or 0) < LEAST for count in (*shown.values(), total))
    if total is not None and None in shown.values():
        assert total - sum(count or 0 for count in shown.values()) >= LEAST


def test_a_person_whom_two_agencies_ask_about_is_one_of_all() -> None:
    public = make_public_report(_report({"A": 12, "B": 12}, 12))
    assert [line["taxpayers"] for line in public["agencies"]] == [12, 12, 12]
