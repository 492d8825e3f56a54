"""Ranking tests: which of two requests is better evidence, and which are a match under the default policy."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest

from comity.decide import MatchPolicy, determine_outcomes
from comity.match import Index, match_requests
from comity.model.evidence import EVIDENCE_SCHEMA
from tests.support.match_records import build_index_with, make_neighbors, make_record, make_requests

HOME = "4471 N Prairie Rd Apt 12"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    household = (
        make_record(
            "p1", first_name="Robert", middle_name="James", last_name="Okonkwo", street=HOME, tin="900-12-3456"
        ),
        make_record("p2", first_name="Adaeze", middle_name="N", last_name="Okonkwo", street=HOME, role="spouse"),
        make_record("p3", first_name="Miguel", last_name="Santos Rivera", suffix="Sr", street="88 Mill Ln"),
        make_record("p4", first_name="Thu", middle_name="T", last_name="Nguyen", street="PO Box 512"),
        make_record("p5", first_name="Walter", middle_name="Q", last_name="Zimmer", street="Lonely Rd"),
        make_record("p6", first_name="Iris", last_name="Vance", street="9 Twin Ct", tin="900-55-0001"),
        make_record("p7", first_name="Iris", last_name="Vance", street="9 Twin Ct", tin="900-55-0002"),
        make_record("p8", first_name="Noor", last_name="Haddad", street="31 Elm Ct", tin="900-55-0003"),
        make_record("p9", first_name="Noor", last_name="Haddad", street="31 Elm Ct", tin="900-55-0003", role="payee"),
    )
    with build_index_with(tmp_path_factory.mktemp("town"), *household) as opened:
        yield opened


def match_rows(index: Index, *rows: dict[str, str | None]) -> list[dict[str, object]]:
    evidence = match_requests(index, make_requests(*rows))
    assert evidence.schema == EVIDENCE_SCHEMA
    outcome = determine_outcomes(evidence, MatchPolicy())["outcome"]
    result: list[dict[str, object]] = evidence.append_column("outcome", outcome).to_pylist()
    return result


ROBERT: dict[str, str | None] = {"first_name": "Robert", "middle_name": "James", "last_name": "Okonkwo", "street": HOME}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"street": "4471 NORTH PRAIRIE ROAD APARTMENT 12"},
        {"street": "4471 n prairie rd #12"},
        {"street": "4471 Prairie Rd", "street2": "Apt. 12"},
        {"street": "4471 N Prairie Rd"},
        {"zip": "62701-1234"},
        {"zip": None},
        {"zip": "62704"},
        {"street": "Apt 12, 4471 N. Prairie Rd."},
        {"street": "4471 N Prairie Rd", "street2": "#12"},
        {"street": "  4471  N  PRAIRIE  RD   UNIT 12 "},
        {"street": "4471 N Prairíe Rd Apt 12", "city": "SPRÍNGFIELD "},
        {"street": "4471 N Prairie Rd Apt 12, Springfield, IL 62701", "city": None, "state": None, "zip": None},
        {"street": "4471 N Prarie Rd Apt 12"},
        {"street": "4471 N Prairie Rd apt number 12"},
        {"street": "4471 Nortg Prairie Rd Apt 12"},
        {"middle_name": "J"},
        {"middle_name": None},
        {"first_name": "Bob"},
        {"first_name": "ROBERT", "last_name": "OKONKWO"},
        {"last_name": "Okonkwo"[:6] + "w" + "o"},
    ],
)
def test_variants_of_one_lawful_request_are_confirmed(index: Index, change: dict[str, str | None]) -> None:
    (found,) = match_rows(index, ROBERT | change)
    assert (found["record_id"], found["outcome"]) == ("p1", "match"), found


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Chidi", "middle_name": "E"},
        {"first_name": "Rose", "middle_name": "J"},
        {"first_name": "Ngozi", "middle_name": None},
        {"first_name": None, "middle_name": None},
        {"street": "901 Harbor Blvd"},
        {"street": "4471 Harbor Blvd Apt 12"},
        {"street": "9120 N Prairie Rd"},
        {"street": "4471 N Prairie Ct Apt 12"},
        {"street": "4471 N 12th St"},
        {"street": "RR 2 Box 4471"},
        {"street": "4471 N Prairie Rd Apt 12", "city": "Naperville", "zip": "60540"},
        {"street": "4471 S Oak Ave Apt 12"},
        {"street": None},
        {"street": "PO Box 4471"},
        {"street": "12", "city": None},
        {"zip": "90210", "city": "Beverly Hills", "state": "CA"},
        {"tax_year": "2022"},
    ],
)
def test_others_in_the_household_and_elsewhere_are_not_confirmed(index: Index, other: dict[str, str | None]) -> None:
    (found,) = match_rows(index, ROBERT | other)
    assert found["outcome"] != "match", found


def test_the_right_member_of_a_household_is_found(index: Index) -> None:
    wife = match_rows(index, ROBERT | {"first_name": "Adaeze", "middle_name": "N"})[0]
    assert (wife["record_id"], wife["outcome"]) == ("p2", "match")


def test_senior_is_not_junior(index: Index) -> None:
    base: dict[str, str | None] = {"first_name": "Miguel", "last_name": "Santos Rivera", "street": "88 Mill Ln"}
    senior, junior, double = match_rows(
        index, base | {"suffix": "Sr."}, base | {"suffix": "Jr"}, base | {"last_name": "Santos", "suffix": "Sr"}
    )
    assert senior["outcome"] == "match"
    assert junior["outcome"] != "match"
    assert double["match_probability"] > junior["match_probability"]  # type: ignore[operator]


def test_a_box_is_an_address(index: Index) -> None:
    (found,) = match_rows(
        index, {"first_name": "Thu", "middle_name": "T", "last_name": "Nguyen", "street": "P.O. Box 512"}
    )
    assert found["outcome"] == "match"


def test_a_record_without_its_number_is_never_confirmed(index: Index) -> None:
    (found,) = match_rows(
        index, {"first_name": "Walter", "middle_name": "Q", "last_name": "Zimmer", "street": "12 Lonely Rd"}
    )
    assert not found["address_known"]
    assert found["outcome"] != "match"


def test_two_possible_persons_are_never_a_match_but_one_person_on_two_records_is(index: Index) -> None:
    twins, once = match_rows(
        index,
        {"first_name": "Iris", "last_name": "Vance", "street": "9 Twin Ct"},
        {"first_name": "Noor", "last_name": "Haddad", "street": "31 Elm Ct"},
    )
    assert twins["outcome"] == "review"
    assert twins["rival_probability"] == pytest.approx(twins["match_probability"], rel=0.2)
    assert (once["outcome"], once["rival_probability"]) == ("match", 0)


def test_a_taxpayer_number_helps_but_never_stands_in_for_the_address(index: Index) -> None:
    plain, numbered, wrong, elsewhere = match_rows(
        index,
        ROBERT,
        ROBERT | {"tin": "900123456"},
        ROBERT | {"tin": "900765432"},
        ROBERT | {"tin": "900123456", "street": "77 Nowhere Ave"},
    )
    assert numbered["match_weight"] > plain["match_weight"] > wrong["match_weight"]  # type: ignore[operator]
    assert elsewhere["outcome"] == "non_match"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({}, {"first_name": "Bob"}),
        ({"first_name": "Bob"}, {"first_name": "Ruth"}),
        ({"first_name": "R", "middle_name": None}, {"first_name": "T", "middle_name": None}),
        ({"middle_name": None}, {"middle_name": "K"}),
        ({"street": "4471 N Prairie Rd"}, {"street": "4471 N Prairie Rd Apt 13"}),
        ({"street": "4417 N Prairie Rd Apt 12"}, {"street": "9 N Prairie Rd Apt 12"}),
        ({"last_name": "Okonkow"}, {"last_name": "Petrov"}),
    ],
)
def test_this_is_better_evidence_than_that(
    index: Index, better: dict[str, str | None], worse: dict[str, str | None]
) -> None:
    one, other = match_rows(index, ROBERT | better, ROBERT | worse)
    assert one["match_weight"] > other["match_weight"]  # type: ignore[operator]


def test_a_determination_does_not_depend_on_the_batch(index: Index) -> None:
    rows = [
        {k: v for k, v in row.items() if k in {"first_name", "middle_name", "last_name", "street"}}
        for row in make_neighbors(120)
    ] + [ROBERT, ROBERT | {"first_name": None}, {"first_name": "Iris", "last_name": "Vance", "street": "9 Twin Ct"}]
    table = make_requests(*rows)
    whole = match_requests(index, table, threads=2)
    drop = ["row", "request_id"]
    alone = pa.concat_tables([match_requests(index, table.slice(i, 1)) for i in (0, 7, 119, 120, 122)])
    assert alone.drop_columns(drop) == whole.take([0, 7, 119, 120, 122]).drop_columns(drop).combine_chunks()
    order = list(reversed(range(len(table))))
    backwards = table.take(order).set_column(0, "row", table["row"])
    turned = match_requests(index, backwards, threads=1)
    assert turned.take(order).drop_columns(["row"]).to_pylist() == whole.drop_columns(["row"]).to_pylist()


def test_evidence_has_one_row_per_request_in_order(index: Index) -> None:
    table = make_requests(ROBERT, {"first_name": "Nobody"}, {}, ROBERT)
    found = match_requests(index, table.append_column("extra", pa.array([1, 2, 3, 4])))
    assert found["row"].to_pylist() == [1, 2, 3, 4]
    assert found["match_probability"].to_pylist()[1:3] == [0, 0]
    assert len(match_requests(index, table.slice(0, 0))) == 0


def test_a_large_batch_unmaps_the_index_and_returns_the_same_evidence(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = make_requests(ROBERT, {"first_name": "Iris", "last_name": "Vance", "street": "9 Twin Ct"})
    mapped = {"columns", "postings", "_record_ids"}
    at_once = match_requests(index, requests)
    assert mapped <= set(vars(index.segments[0]))
    for module in ("comity.match.matcher", "comity.match.index.segment"):
        monkeypatch.setattr(import_module(module), "SMALL_BATCH", 1)
    after_unmapping = match_requests(index, requests)
    assert not mapped & set(vars(index.segments[0]))
    assert after_unmapping == at_once == match_requests(index, requests)


def test_an_index_opens_for_reading_twice(index: Index, tmp_path: Path) -> None:
    assert match_requests(index, make_requests(ROBERT)) == match_requests(index, make_requests(ROBERT))


def test_a_name_without_a_suffix_is_not_the_record_with_one(index: Index) -> None:
    """Where a record says Sr, somebody at that address may be Jr: the bare name is a question for a person."""
    base: dict[str, str | None] = {"first_name": "Miguel", "last_name": "Santos Rivera", "street": "88 Mill Ln"}
    senior, bare = match_rows(index, base | {"suffix": "Sr"}, base)
    assert (senior["outcome"], bare["outcome"]) == ("match", "review")


def test_a_common_name_at_its_address_is_as_good_evidence_in_a_large_nation_as_in_one_town(tmp_path: Path) -> None:
    """A stranger is one of the people of a ZIP code; people elsewhere in the nation are no rivals."""
    smith = make_record("s1", first_name="Ada", last_name="Alder", street="9 Rare Ct")
    elsewhere = [
        make_record(
            f"e{i}",
            first_name=neighbor["first_name"] or "",
            last_name=neighbor["last_name"] or "",
            street=f"{i} Far St",
            city="Boise",
            state="ID",
            zip=f"837{i % 90:02d}",
        )
        for i, neighbor in enumerate(make_neighbors(4000))
    ]
    probabilities = []
    for name, records in (("town", [smith]), ("nation", [smith, *elsewhere])):
        (tmp_path / name).mkdir()
        with build_index_with(tmp_path / name, *records) as opened:
            (found,) = match_rows(opened, {"first_name": "Ada", "last_name": "Alder", "street": "9 Rare Ct"})
            probabilities.append(found["match_probability"])
    town, nation = probabilities
    assert nation > town - 0.005  # type: ignore[operator]
