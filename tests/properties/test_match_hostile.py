"""Whatever is written in a request, matching answers one row for it and finds nobody by name."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.match import Index, match_requests
from tests.support.match_records import build_index_with, make_record, make_requests

HOSTILE = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.sampled_from([
        "'; DROP TABLE records; --", "$inner", "%", "_", "\\", "\\1", "(((", "[A-Z", "\u202eevil", "a\u200bb", "\x00",
        "Ⅷ", "ﷺ",
        "\U0001f600", "ß", "١٢٣ Main St", "9" * 5000, "A" * 5000, " ".join(["St"] * 50), "1 " * 30, "#",
        "-", "PO BOX", "BOX 1 BOX 2",
    ]),
)  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with build_index_with(
        tmp_path_factory.mktemp("town"), make_record("r", first_name="Ada", last_name="Elm", street="77 Quiet Ct")
    ) as opened:
        yield opened


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from(
    ["first_name", "middle_name", "last_name", "suffix", "tin", "street", "street2", "city", "state", "zip",
     "tax_year"]), HOSTILE,
), min_size=1, max_size=8))  # fmt: skip
def test_any_text_gets_one_row_of_evidence(index: Index, rows: list[dict[str, str | None]]) -> None:
    good: dict[str, str | None] = {"first_name": "Ada", "last_name": "Elm", "street": "77 Quiet Ct"}
    found = match_requests(index, make_requests(*rows, good))
    assert found["row"].to_pylist() == list(range(1, len(rows) + 2))
    assert found["record_id"].to_pylist()[-1] == "r"
    assert all(0 <= p <= 1 for p in found["match_probability"].to_pylist())
    assert found.slice(len(rows)).drop_columns(["row", "request_id"]) == match_requests(
        index, make_requests(good)
    ).drop_columns(["row", "request_id"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE)
def test_a_name_alone_meets_no_record(index: Index, middle: str | None) -> None:
    found = match_requests(
        index, make_requests({"first_name": "Ada", "last_name": "Elm", "middle_name": middle, "tin": "900123456"})
    )
    assert found["candidate_pairs"].to_pylist() == [0]
