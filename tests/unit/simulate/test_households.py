"""Households: seats, dwellings, and the records of people who share an address."""

import re
from collections import Counter, defaultdict

import pytest

from comity.simulate.households import BLOCK_KINDS, BLOCK_SIZE, LAYOUTS_PER_KIND, build_seat_table, choose_dwellings
from tests.support.sample_simulation import SimulatedTables

AddressKey = tuple[str | None, ...]


@pytest.fixture(scope="module")
def homes(plain: SimulatedTables) -> dict[AddressKey, list[dict[str, str | None]]]:
    """Return the records of the tax year by address."""
    records_by_address: defaultdict[AddressKey, list[dict[str, str | None]]] = defaultdict(list)
    for row in plain.records:
        if row["tax_year"] == 2023:  # type: ignore[comparison-overlap]
            records_by_address[(row["street"], row["street2"], str(row["zip"])[:5])].append(row)
    return dict(records_by_address)


@pytest.mark.parametrize("block_kind", BLOCK_KINDS)
def test_a_layout_fills_its_block(block_kind: str) -> None:
    for layout in range(LAYOUTS_PER_KIND):
        assert sum(map(len, choose_dwellings(block_kind, layout))) == BLOCK_SIZE


def test_every_seat_exists_once_and_points_into_its_own_block() -> None:
    table = build_seat_table().to_pylist()
    assert sorted(row["seat_key"] for row in table) == list(range(len(BLOCK_KINDS) * LAYOUTS_PER_KIND * BLOCK_SIZE))
    for row in table:
        seat = row["seat_key"] % BLOCK_SIZE
        for name in ("dwelling_seat", "family_seat", "return_seat", "first_seat"):
            assert 0 <= row[name] <= seat


def test_spouses_share_return_year_and_address(plain: SimulatedTables) -> None:
    primaries = {row["return_id"]: row for row in plain.records if row["role"] == "primary"}
    spouses = [row for row in plain.records if row["role"] == "spouse"]
    assert len(spouses) > 2_000
    for spouse in spouses:
        primary = primaries[spouse["return_id"]]
        for field in ("tax_year", "street", "street2", "city", "state", "zip"):
            assert spouse[field] == primary[field]
        assert spouse["tin"] != primary["tin"]


def test_senior_and_junior_with_one_name_live_at_one_address(
    homes: dict[AddressKey, list[dict[str, str | None]]],
) -> None:
    pairs = 0
    for people in homes.values():
        names = defaultdict(set)
        for row in people:
            names[(row["first_name"], row["last_name"])].add(row["suffix"])
        pairs += sum({"Sr", "Jr"} <= suffixes for suffixes in names.values())
    assert pairs > 50


def test_siblings_with_one_initial_live_at_one_address(homes: dict[AddressKey, list[dict[str, str | None]]]) -> None:
    household_count = 0
    for people in homes.values():
        initials = defaultdict(set)
        for row in people:
            initials[(str(row["first_name"])[0], row["last_name"])].add(row["first_name"])
        household_count += any(len(names) > 1 for names in initials.values())
    assert household_count > 50


def test_several_families_share_a_house_and_strangers_a_shelter(
    homes: dict[AddressKey, list[dict[str, str | None]]],
) -> None:
    surnames = {address: {row["last_name"] for row in people} for address, people in homes.items()}
    assert sum(2 <= len(names) <= 4 for names in surnames.values()) > 200
    assert max(map(len, surnames.values())) > 20


def test_an_apartment_building_has_hundreds_of_units(plain: SimulatedTables) -> None:
    buildings: Counter[AddressKey] = Counter()
    for row in plain.records:
        for designator in (" Apt ", " Unit ", " # "):
            street, separator, _unit = f"{row['street']} {row['street2'] or ''}".partition(designator)
            if separator:
                buildings[(street.strip(), row["zip"] and row["zip"][:5])] += 1
    assert buildings.most_common(1)[0][1] >= 200


def test_children_and_parents_who_did_not_file_are_asked_about(plain: SimulatedTables) -> None:
    kinds = Counter(truth["person_kind"] for truth in plain.truth)
    assert {"child", "parent", "nonfiler", "payee", "stranger", "mover", "junior", "sibling_same_initial"} <= set(kinds)
    for truth in plain.truth:
        if truth["person_kind"] in {"child", "parent", "nonfiler", "stranger"}:
            assert truth["record_id"] is None
            assert not truth["confirmed"]


def test_movers_have_an_earlier_record_elsewhere(plain: SimulatedTables) -> None:
    residences = defaultdict(set)
    for row in plain.records:
        residences[row["tin"]].add((row["tax_year"], row["street"], row["zip"]))
    moved = sum(len({(street, zip_code) for _, street, zip_code in years}) > 1 for years in residences.values())
    assert 0.05 < moved / len(residences) < 0.2


def test_names_have_every_difficult_form(plain: SimulatedTables) -> None:
    last = [str(row["last_name"]) for row in plain.records]
    first = [str(row["first_name"]) for row in plain.records]
    assert sum(" " in name for name in last) > 300
    assert sum("-" in name for name in last) > 200
    assert sum(name.startswith(("de la ", "van ", "al-", "D'")) for name in last) > 50
    assert any(name.startswith("O'") for name in last)
    assert any(not name.isascii() for name in first)
    assert any(not name.isascii() for name in last)
    assert {len(str(row["middle_name"])) > 1 for row in plain.records if row["middle_name"]} == {True, False}


def test_addresses_have_every_difficult_form(plain: SimulatedTables) -> None:
    streets = " | ".join(str(row["street"]) for row in plain.records)
    for text in ("PO Box ", "RR ", "HC ", "PSC ", " 1/2 ", "County Road ", "Calle ", "NE ", " Blvd"):
        assert text in streets
    assert re.search(r"\d(st|nd|rd|th) ", streets)
    assert {"AE", "AP"} & {row["state"] for row in plain.records}
