import re
import unicodedata
from collections import defaultdict

import pytest

from comity.reference.zip_codes import find_zip_states
from tests.support.sample_simulation import SimulatedTables

INSUFFICIENT = re.compile(r"a(0\d|1[0-2])_")


def bare(text: str | None) -> str:
    """Letters and digits only, without marks or case."""
    decomposed = unicodedata.normalize("NFKD", text or "").upper()
    return re.sub(r"[^A-Z0-9]", "", decomposed)


def digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")


@pytest.fixture(params=["plain", "as_sent"])
def made(request: pytest.FixtureRequest) -> SimulatedTables:
    value = request.getfixturevalue(request.param)
    assert isinstance(value, SimulatedTables)
    return value


def test_confirmed_means_a_return_of_that_year_at_the_address_asked_about(made: SimulatedTables) -> None:
    records = {row["record_id"]: row for row in made.records}
    checked = 0
    for sent, truth in zip(made.requests, made.truth, strict=True):
        if not truth["confirmed"]:
            continue
        record = records[str(truth["record_id"])]
        assert record["role"] in {"primary", "spouse", "payee"}
        assert str(record["tax_year"]) == sent["tax_year"]
        assert truth["complete"]
        if truth["variant"] == "" and truth["address_noise"] == "":
            checked += 1
            for field in ("street", "street2", "city", "state"):
                assert sent[field] == record[field]
            assert digits(sent["zip"])[:5] == digits(record["zip"])[:5]
    assert checked > 0


def test_a_variant_keeps_every_digit_of_number_and_unit(made: SimulatedTables) -> None:
    records = {row["record_id"]: row for row in made.records}
    seen = set()
    for sent, truth in zip(made.requests, made.truth, strict=True):
        if truth["confirmed"] and truth["variant"]:
            record = records[str(truth["record_id"])]
            seen.add(truth["variant"])
            mine, theirs = (f"{row['street']} {row['street2'] or ''}" for row in (sent, record))
            assert sorted(digits(mine)) == sorted(digits(theirs))
            assert sent != record
    if made.simulation.shape == "plain":
        assert seen >= {
            "long_words", "punctuation", "unit_hash", "unit_first", "unit_moved", "zip_plus_4", "upper", "lower",
            "accents", "spaces", "city_alias",
        }  # fmt: skip


def test_an_exact_name_at_an_exact_address_of_record_is_confirmed(made: SimulatedTables) -> None:
    """The converse: truth denies nobody whom a reader of the records would find without doubt."""
    by_place = defaultdict(list)
    for record in made.records:
        place = tuple(bare(record[field]) for field in ("first_name", "last_name", "street", "street2", "city"))
        by_place[(*place, str(record["tax_year"]))].append(record["tin"])
    for sent, truth in zip(made.requests, made.truth, strict=True):
        place = tuple(bare(sent[field]) for field in ("first_name", "last_name", "street", "street2", "city"))
        found = by_place.get((*place, str(sent["tax_year"])), [])
        if (
            len(found) == 1
            and digits(sent["tin"]) == found[0]
            and INSUFFICIENT.match(str(truth["address_kind"])) is None
        ):
            assert truth["confirmed"]


def test_insufficient_addresses_are_neither_complete_nor_confirmed(made: SimulatedTables) -> None:
    for truth in made.truth:
        if INSUFFICIENT.match(str(truth["address_kind"])):
            assert not truth["complete"]
            assert not truth["confirmed"]


def test_name_and_number_agree_exactly_where_a_record_has_both(made: SimulatedTables) -> None:
    def letters(text: str | None) -> str:
        kept = "".join(c for c in unicodedata.normalize("NFKD", text or "") if not unicodedata.combining(c))
        return re.sub(r"[\W\d_]", "", kept).upper()

    known = {(row["tin"], letters(row["first_name"]), letters(row["last_name"])) for row in made.records}
    for sent, truth in zip(made.requests, made.truth, strict=True):
        found = (digits(sent["tin"]), letters(sent["first_name"]), letters(sent["last_name"])) in known
        assert truth["name_tin_agrees"] == found


def test_five_digits_are_a_run_of_five_or_nine(made: SimulatedTables) -> None:
    for sent, truth in zip(made.requests, made.truth, strict=True):
        text = " ".join(sent[field] or "" for field in ("street", "street2", "city", "state", "zip"))
        runs = {len(run) for run in re.findall(r"\d+", text)}
        assert truth["five_digits"] == bool(runs & {5, 9})


def test_every_address_on_record_and_every_complete_one_asked_has_a_zip_of_its_state(made: SimulatedTables) -> None:
    for record in made.records:
        assert record["state"] in find_zip_states(str(record["zip"]))
    for sent, truth in zip(made.requests, made.truth, strict=True):
        if truth["complete"]:
            assert str(sent["state"]).strip().upper() in find_zip_states(str(sent["zip"]))


def test_no_taxpayer_number_could_have_been_issued(made: SimulatedTables) -> None:
    for row in made.records:
        assert re.fullmatch(r"9\d\d[0-4]\d\d{4}", str(row["tin"]))
    for row in made.requests:
        assert row["tin"] is None or re.fullmatch(r"9\d{8}|9\d\d-\d\d-\d{4}", row["tin"])


def test_nobody_is_asked_about_twice(made: SimulatedTables) -> None:
    asked = [truth["record_id"] for truth in made.truth if truth["record_id"]]
    assert len(asked) == len(set(asked))
