"""The August files against published figures, and the shares of every shape."""

import math

import pytest

from comity.simulate.scenarios import AUGUST_ROW_KINDS, PLAIN_ROW_KINDS
from tests.support.sample_simulation import REQUEST_COUNT, SimulatedTables

SENT_COLUMNS = (
    *("request_id", "first_name", "middle_name", "last_name", "suffix", "tin", "street", "street2", "city", "state"),
    *("zip", "tax_year", "statute", "final_order_date"),
)


def is_near(count: int, share: float) -> bool:
    """Return whether a count is within four standard deviations of a published share of the rows."""
    return abs(count - share * REQUEST_COUNT) <= 4 * math.sqrt(REQUEST_COUNT * share * (1 - share))


def was_disclosed_in_2025(row: dict[str, str | bool | None]) -> bool:
    return bool(row["name_tin_agrees"]) and bool(row["five_digits"])


def test_name_and_number_agree_in_the_published_share_of_rows(as_sent: SimulatedTables) -> None:
    assert is_near(sum(was_disclosed_in_2025(row) for row in as_sent.truth), 42_695 / 1_280_000)


def test_the_published_share_of_those_has_the_address_on_record(as_sent: SimulatedTables) -> None:
    answered = [row for row in as_sent.truth if was_disclosed_in_2025(row)]
    confirmed = sum(bool(row["confirmed"]) for row in answered)
    share = 1 - 33_000 / 47_289
    assert abs(confirmed - share * len(answered)) <= 4 * math.sqrt(len(answered) * share * (1 - share))
    assert 0 < sum(not row["complete"] for row in answered) < 0.10 * len(answered)


def test_name_and_address_match_without_a_number_in_the_published_share(as_sent: SimulatedTables) -> None:
    rows = zip(as_sent.requests, as_sent.truth, strict=True)
    matched = [truth for sent, truth in rows if truth["aim"] == "address_only" and sent["tin"] is None]
    assert is_near(len(matched), 4_594 / 1_280_000)
    assert all(row["confirmed"] for row in matched)


def test_most_rows_have_a_number(as_sent: SimulatedTables) -> None:
    assert 0.85 < sum(row["tin"] is not None for row in as_sent.requests) / REQUEST_COUNT < 0.99


def test_the_file_as_sent_has_the_defects_of_2025(as_sent: SimulatedTables) -> None:
    assert {row["officer_id"] for row in as_sent.requests} == {as_sent.manifest.officers[0].id}
    assert len(as_sent.manifest.officers) == 1
    assert {row["case_number"] for row in as_sent.requests} == {row["reason"] for row in as_sent.requests} == {None}
    attestation_ids = {attestation.id for attestation in as_sent.manifest.attestations}
    assert not attestation_ids & {"open_criminal_investigation", "safeguards_corrective_action_plan"}
    assert {row["middle_name"] for row in as_sent.requests} == {None}


def test_the_cured_file_differs_only_in_what_the_requester_states(
    as_sent: SimulatedTables, cured: SimulatedTables
) -> None:
    assert cured.truth == as_sent.truth
    assert cured.records == as_sent.records
    for row, cured_row in zip(as_sent.requests, cured.requests, strict=True):
        assert {name: row[name] for name in SENT_COLUMNS} == {name: cured_row[name] for name in SENT_COLUMNS}
        assert cured_row["case_number"]
        assert cured_row["reason"]
    assert len(cured.manifest.officers) == REQUEST_COUNT // 200
    assert {attestation.id for attestation in cured.manifest.attestations} == {
        "open_criminal_investigation",
        "use_limited_to_proceeding",
        "no_protected_subject_8usc1367",
        "safeguards_corrective_action_plan",
    }


@pytest.mark.parametrize("row_kinds", [PLAIN_ROW_KINDS, AUGUST_ROW_KINDS])
def test_the_shares_of_a_shape_add_up_to_one(row_kinds: dict[str, float]) -> None:
    assert sum(row_kinds.values()) == pytest.approx(1)
    assert all(share > 0 for share in row_kinds.values())


def test_about_six_in_ten_plain_rows_can_be_confirmed(plain: SimulatedTables) -> None:
    assert 0.55 < sum(bool(row["confirmed"]) for row in plain.truth) / REQUEST_COUNT < 0.66
