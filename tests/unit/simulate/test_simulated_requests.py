"""The truth of a simulated file against its own records and requests."""

import re
import unicodedata
from collections import defaultdict

import pytest

from comity.reference.zip_codes import find_zip_states
from comity.simulate.scenarios import VARIANT_SHARES
from tests.support.sample_simulation import SimulatedTables

INSUFFICIENT = re.compile(r"a(0\d|1[0-2])_")


def letters_and_digits(text: str | None) -> str:
    """Return letters and digits alone, without accents or case."""
    decomposed = unicodedata.normalize("NFKD", text or "").upper()
    return re.sub(r"[^A-Z0-9]", "", decomposed)


def digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")


@pytest.fixture(params=["plain", "as_sent"])
def simulated(request: pytest.FixtureRequest) -> SimulatedTables:
    value = request.getfixturevalue(request.param)
    assert isinstance(value, SimulatedTables)
    return value


def test_confirmed_means_a_return_of_that_year_at_the_address_asked_about(simulated: SimulatedTables) -> None:
    records = {row["record_id"]: row for row in simulated.records}
    exact_count = 0
    for sent, truth in zip(simulated.requests, simulated.truth, strict=True):
        if not truth["confirmed"]:
            continue
        record = records[str(truth["record_id"])]
        assert record["role"] in {"primary", "spouse", "payee"}
        assert str(record["tax_year"]) == sent["tax_year"]
        assert truth["complete"]
        if truth["variant"] == "" and truth["address_noise"] == "":
            exact_count += 1
            for field in ("street", "street2", "city", "state"):
                assert sent[field] == record[field]
            assert digits(sent["zip"])[:5] == digits(record["zip"])[:5]
    assert exact_count > 0


def test_a_variant_keeps_every_digit_of_number_and_unit(simulated: SimulatedTables) -> None:
    records = {row["record_id"]: row for row in simulated.records}
    variants = set()
    for sent, truth in zip(simulated.requests, simulated.truth, strict=True):
        if truth["confirmed"] and truth["variant"]:
            record = records[str(truth["record_id"])]
            variants.add(truth["variant"])
            in_request, on_record = (f"{row['street']} {row['street2'] or ''}" for row in (sent, record))
            assert sorted(digits(in_request)) == sorted(digits(on_record))
            assert sent != record
    if simulated.simulation.shape == "plain":
        assert variants == VARIANT_SHARES.keys()


def test_an_exact_name_at_an_exact_address_of_record_is_confirmed(simulated: SimulatedTables) -> None:
    """The converse: the truth confirms every person whom a reader of the records would find without doubt."""
    tins_by_person = defaultdict(list)
    for record in simulated.records:
        person = tuple(
            letters_and_digits(record[field]) for field in ("first_name", "last_name", "street", "street2", "city")
        )
        tins_by_person[(*person, str(record["tax_year"]))].append(record["tin"])
    for sent, truth in zip(simulated.requests, simulated.truth, strict=True):
        person = tuple(
            letters_and_digits(sent[field]) for field in ("first_name", "last_name", "street", "street2", "city")
        )
        tins = tins_by_person.get((*person, str(sent["tax_year"])), [])
        if len(tins) == 1 and digits(sent["tin"]) == tins[0] and INSUFFICIENT.match(str(truth["address_kind"])) is None:
            assert truth["confirmed"]


def test_insufficient_addresses_are_neither_complete_nor_confirmed(simulated: SimulatedTables) -> None:
    for truth in simulated.truth:
        if INSUFFICIENT.match(str(truth["address_kind"])):
            assert not truth["complete"]
            assert not truth["confirmed"]


def test_name_and_number_agree_exactly_where_a_record_has_both(simulated: SimulatedTables) -> None:
    def letters(text: str | None) -> str:
        unaccented = "".join(c for c in unicodedata.normalize("NFKD", text or "") if not unicodedata.combining(c))
        return re.sub(r"[\W\d_]", "", unaccented).upper()

    on_record = {(row["tin"], letters(row["first_name"]), letters(row["last_name"])) for row in simulated.records}
    for sent, truth in zip(simulated.requests, simulated.truth, strict=True):
        is_on_record = (digits(sent["tin"]), letters(sent["first_name"]), letters(sent["last_name"])) in on_record
        assert truth["name_tin_agrees"] == is_on_record


def test_five_digits_are_a_run_of_five_or_nine(simulated: SimulatedTables) -> None:
    for sent, truth in zip(simulated.requests, simulated.truth, strict=True):
        text = " ".join(sent[field] or "" for field in ("street", "street2", "city", "state", "zip"))
        runs = {len(run) for run in re.findall(r"\d+", text)}
        assert truth["five_digits"] == bool(runs & {5, 9})


def test_every_record_and_every_complete_request_has_a_zip_code_of_its_state(simulated: SimulatedTables) -> None:
    for record in simulated.records:
        assert record["state"] in find_zip_states(str(record["zip"]))
    for sent, truth in zip(simulated.requests, simulated.truth, strict=True):
        if truth["complete"]:
            assert str(sent["state"]).strip().upper() in find_zip_states(str(sent["zip"]))


def test_no_taxpayer_number_was_ever_issued(simulated: SimulatedTables) -> None:
    for row in simulated.records:
        assert re.fullmatch(r"9\d\d[0-4]\d\d{4}", str(row["tin"]))
    for row in simulated.requests:
        assert row["tin"] is None or re.fullmatch(r"9\d{8}|9\d\d-\d\d-\d{4}", row["tin"])


def test_no_person_is_asked_about_twice(simulated: SimulatedTables) -> None:
    record_ids = [truth["record_id"] for truth in simulated.truth if truth["record_id"]]
    assert len(record_ids) == len(set(record_ids))
