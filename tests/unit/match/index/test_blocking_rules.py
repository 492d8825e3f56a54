"""Blocking rules: every candidate pair comes through an address, and a crowded address is bounded."""

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import comity.match
from comity.match import Index, build_index, match_requests
from comity.match.index import blocking_rules
from comity.match.index.blocking_rules import (
    ADDRESS_KEY_PARTS,
    BLOCKING_RULES,
    MAX_BLOCK_SIZE,
    NAME_KEY_PARTS,
    SMALL_INDEX_RECORDS,
    BlockingRule,
    select_rules,
)
from comity.normalize.schema import LEXICONS
from tests.support.match_records import build_index_with, make_neighbors, make_record, make_requests, write_records


def build(folder: Path, *rows: dict[str, str | None], name: str = "index") -> Path:
    build_index([write_records(folder / f"{name}.parquet", rows)], folder / name)
    return folder / name


def count_entries(index: Path) -> int:
    with Index.open(index) as opened:
        return sum(len(file.entries) for file in opened.segments[0].postings.values())


def limit_blocks(monkeypatch: pytest.MonkeyPatch, max_block_size: int) -> None:
    """Let no key of the rules with the usual limit lead to more records than this."""
    rules = tuple(
        replace(rule, max_block_size=max_block_size) if rule.max_block_size == MAX_BLOCK_SIZE else rule
        for rule in blocking_rules.BLOCKING_RULES
    )
    monkeypatch.setattr(blocking_rules, "BLOCKING_RULES", rules)


def test_every_blocking_rule_contains_an_address() -> None:
    for rule in BLOCKING_RULES:
        assert {"number", "street", "street_named", "street4", "street6", "building"} & set(rule.address_parts)
        assert len(rule.address_parts) >= 2
        assert not set(rule.address_parts) & set(NAME_KEY_PARTS)
    for address in ((), ("zip",), ("zip", "city"), ("number",)):
        with pytest.raises(RuntimeError, match="by name"):
            BlockingRule("bad", address, ("surname", "first"))


def test_every_key_part_of_a_lexicon_is_a_key_part() -> None:
    parts = {part for lexicon in LEXICONS for part in lexicon.key_parts}
    assert parts == set(ADDRESS_KEY_PARTS | NAME_KEY_PARTS)


def test_select_rules_keeps_rules_for_small_indexes_out_of_larger_ones() -> None:
    assert select_rules(SMALL_INDEX_RECORDS) == BLOCKING_RULES
    assert select_rules(SMALL_INDEX_RECORDS + 1) == tuple(r for r in BLOCKING_RULES if r.max_records is None)
    assert {r.name for r in BLOCKING_RULES if r.max_records} >= {r.name for r in BLOCKING_RULES if "broad" in r.name}


def test_a_name_without_an_address_makes_no_key_and_no_pair(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = {"street": None}
    alone = build(tmp_path, make_record("x", first_name="Zed", last_name="Zorn", **nowhere), name="alone")
    assert count_entries(alone) == 0
    index = build(tmp_path, *make_neighbors(30), make_record("x", first_name="Zed", last_name="Zorn", **nowhere))
    with Index.open(index) as opened:
        evidence = match_requests(
            opened,
            make_requests({"first_name": "Zed", "last_name": "Zorn"}, {"first_name": "Ada", "last_name": "Alder"}),
        )
    assert evidence["candidate_pairs"].to_pylist() == [0, 0]


def test_a_box_is_not_found_by_name_without_its_number(tmp_path: Path) -> None:
    """Half a town has a box, so `PO Box` with a name would be a search by name."""
    with build_index_with(
        tmp_path, make_record("b1", first_name="Ines", last_name="Marchetti", street="PO Box 77")
    ) as index:
        name: dict[str, str | None] = {"first_name": "Ines", "last_name": "Marchetti"}
        evidence = match_requests(
            index, make_requests(name | {"street": "PO Box 9120"}, name | {"street": "PO Box 77"})
        )
        assert evidence["candidate_pairs"].to_pylist() == [0, 1]


def test_no_public_function_takes_a_name() -> None:
    for name in comity.match.__all__:
        exported = getattr(comity.match, name)
        if inspect.isfunction(exported):
            assert not {"first_name", "last_name", "name", "tin"} & set(inspect.signature(exported).parameters)


def test_a_hot_address_is_bounded_and_its_people_are_still_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_blocks(monkeypatch, 20)
    shelter = [
        make_record(f"s{i:03d}", first_name=f"{a}{b}", last_name=f"{b}{a}son", street="500 Hope St")
        for i, (a, b) in enumerate(
            (a, b) for a in ("Kof", "Lin", "Mar", "Nab", "Osc", "Pet") for b in ("al", "em", "is", "od", "un")
        )
    ]
    index = build(tmp_path, *shelter, *make_neighbors(50))
    with Index.open(index) as opened:
        assert opened.index_commit.segments[0].hot["address"] > 0
        assert opened.index_commit.segments[0].hottest == 30
        evidence = match_requests(
            opened,
            make_requests(
                {"first_name": "Osced", "last_name": "Emoscson", "street": "500 Hope St"},
                {"first_name": "Oscem", "last_name": "emOscson", "street": "500 Hope St"},
            ),
        )
    assert evidence["record_id"].to_pylist()[1] == shelter[21]["record_id"]
    assert evidence["is_crowded"].to_pylist() == [False, False]
    assert all(n <= 20 * len(BLOCKING_RULES) for n in evidence["candidate_pairs"].to_pylist())


def test_a_block_too_large_even_with_a_name_is_reported_and_confirms_no_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More people of one surname at one address than are compared: a mail drop of a family name."""
    limit_blocks(monkeypatch, 20)
    crowd = [
        make_record(
            f"c{i:03d}", first_name=f"{chr(65 + i % 26)}{chr(65 + i // 26)}x", last_name="Lodger", street="1 Drop Rd"
        )
        for i in range(60)
    ]
    build_index([write_records(tmp_path / "r.parquet", [*crowd, *make_neighbors(30)])], tmp_path / "index")
    with Index.open(tmp_path / "index") as opened:
        evidence = match_requests(
            opened,
            make_requests(
                {"first_name": "Zoe", "last_name": "Lodger", "street": "1 Drop Rd"},
                {"first_name": "Ada", "last_name": "Alder", "street": "100 Main St"},
            ),
        )
    assert evidence["is_crowded"].to_pylist() == [True, False]
