"""An explanation's terms are the weight, and its replay is the determination, float for float."""

from pathlib import Path
from typing import Any

import pytest

from comity.match import Index, explain_request, match_requests
from tests.support.match_records import build_index_with, make_record, make_requests

ADA: dict[str, Any] = {
    "first_name": "Adalbert",
    "middle_name": "Q",
    "last_name": "Vinterberg",
    "street": "77 Oak Ave",
}
SAME_HOUSE: dict[str, Any] = {
    "first_name": "Signe",
    "middle_name": "L",
    "last_name": "Vinterberg",
    "street": "77 Oak Ave",
}


@pytest.fixture
def town(tmp_path: Path) -> Index:
    return build_index_with(tmp_path, make_record("a", **ADA), make_record("b", **SAME_HOUSE))


def test_the_terms_add_up_and_the_shares_are_all_belief(town: Index) -> None:
    with town:
        why = explain_request(town, make_requests(dict(ADA)))
    assert why is not None
    assert sum(term.bits for term in why.terms) == pytest.approx(why.hypotheses[0].weight, abs=1e-5)  # FLOAT rarities
    assert sum(h.share for h in why.hypotheses) == pytest.approx(1.0, abs=1e-9)


def test_a_determination_replays_bit_for_bit_alone_in_any_batch_and_with_any_threads(town: Index) -> None:
    requests = make_requests(
        dict(ADA), dict(SAME_HOUSE), ADA | {"first_name": "Adalbrt"}, ADA | {"street": "78 Oak Ave"}
    )
    with town:
        forward = match_requests(town, requests, threads=1)["match_weight"].to_pylist()
        backward = match_requests(town, requests.take([3, 2, 1, 0]), threads=2)["match_weight"].to_pylist()
        alone = [explain_request(town, requests.slice(i, 1)) for i in range(4)]
    by_row = dict(zip([1, 2, 3, 4], forward, strict=True))
    assert sorted(backward) == sorted(forward)
    assert [why.evidence["match_weight"][0].as_py() for why in alone if why] == list(by_row.values())


def test_another_first_name_in_the_house_speaks_for_the_family(town: Index) -> None:
    with town:
        why = explain_request(town, make_requests(ADA | {"first_name": "Gudrun", "middle_name": "P"}))
    assert why is not None
    assert max(why.hypotheses, key=lambda h: h.share).name == "family"


def test_nobody_at_the_address_is_nothing_to_explain(town: Index) -> None:
    with town:
        assert explain_request(town, make_requests(ADA | {"street": "9999 Nowhere Blvd", "last_name": "Zzyzx"})) is None
