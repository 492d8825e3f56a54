"""Postings hold cut keys: a record that a request meets by chance only is no candidate, however few bits are left."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from comity.match import Index, build_index, match_requests
from comity.match.candidate_pairs import find_candidate_pairs
from comity.match.comparison_vectors import compute_comparison_vectors
from comity.match.encode_requests import encode_requests
from comity.match.index import blocking_rules, postings
from comity.match.index.blocking_rules import BLOCKING_RULES, BlockingRule, KeyPart
from comity.match.kernels.key_hashes import BUILDING_NAME, NAMED_STREET, SORTED_CHARS, WITHOUT_HYPHENS
from comity.normalize.normalized_row import TEXT_COLUMNS, normalize_row
from tests.support.match_records import make_neighbors, make_record, make_requests, write_records

FEW_BITS = 8
"""So few bits of a key among 430 records that a key of one address begins as one of another all the time."""
MAX_BLOCK_SIZE = 20
Row = Mapping[str, str | None]


def make_town() -> list[dict[str, str | None]]:
    """Return neighbors, a shelter whose address is hot, and people elsewhere."""
    shelter = [
        make_record(f"s{i:02d}", first_name=f"{'ABCDEF'[i % 6]}da{i}", last_name=f"Lodg{i % 3}er", street="500 Hope St")
        for i in range(MAX_BLOCK_SIZE + 4)
    ]
    elsewhere = [
        make_record(f"e{i}", first_name="Ada", last_name="Alder", street=street, city=city, zip=zip5, tax_year=year)
        for i, (street, city, zip5, year) in enumerate(
            [
                ("100 Main St", "Chicago", "60601", "2023"),
                ("100 Main St", "Springfield", "62701", "2022"),
                ("PO Box 100", "Springfield", "62701", "2023"),
                ("Pinecrest Tower, 9 Oak Ave", "Springfield", "62701", "2023"),
                ("9 Pinecrest Ave", "Springfield", "62701", "2023"),
            ]
        )
    ]
    return [*make_neighbors(400), *shelter, *elsewhere]


def make_questions() -> pa.Table:
    """Return a request about each record, and one that exchanges its names, ZIP digits or year."""
    rows = [
        {column: row[column] for column in (*TEXT_COLUMNS, "tax_year") if column != "suffix"} for row in make_town()
    ]
    changed = [
        row | {"first_name": row["last_name"], "last_name": row["first_name"]}
        if i % 3 == 0
        else row | {"zip": "62710"}
        if i % 3 == 1
        else row | {"tax_year": "2022"}
        for i, row in enumerate(rows)
    ]
    return make_requests(*rows, *changed)


@pytest.fixture(name="cut", params=[False, True], ids=["usual", "cut"])
def _cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Leave few bits of each key, or as many as there are."""
    if request.param:
        cut_keys(monkeypatch)
    return bool(request.param)


def cut_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "record_bits", lambda _: 64 - FEW_BITS)


def limit_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tuple(replace(rule, max_block_size=MAX_BLOCK_SIZE) for rule in BLOCKING_RULES)
    monkeypatch.setattr(blocking_rules, "BLOCKING_RULES", rules)


def build(folder: Path) -> Index:
    folder.mkdir(exist_ok=True)
    build_index([write_records(folder / "records.parquet", make_town())], folder / "index")
    return Index.open(folder / "index")


def test_cut_keys_change_no_evidence_and_no_hot_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hot keys are counted whole, too: a key is not hot because another one begins as it does."""
    limit_blocks(monkeypatch)
    requests = make_questions()
    with build(tmp_path / "usual") as index:
        evidence, segment = match_requests(index, requests), index.index_commit.segments[0]
        found = len(find_candidate_pairs(index, encode_requests(index, requests)).request_index)
    cut_keys(monkeypatch)
    with build(tmp_path / "cut") as index:
        assert match_requests(index, requests) == evidence
        cut_segment = index.index_commit.segments[0]
        assert (cut_segment.hot, cut_segment.keys, cut_segment.hottest) == (segment.hot, segment.keys, segment.hottest)
        met_by_chance = len(find_candidate_pairs(index, encode_requests(index, requests)).request_index) - found
    assert segment.hot["address"] == 1
    assert segment.hottest > MAX_BLOCK_SIZE
    assert found == sum(evidence["candidate_pairs"].to_pylist())
    assert met_by_chance > found


def test_a_request_that_meets_records_by_chance_only_has_no_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_keys(monkeypatch)
    stranger: dict[str, Any] = {"first_name": "Zed", "last_name": "Zorn", "street": "7 Nowhere Pl"}
    far = [stranger | {"street": f"{n} Nowhere Pl", "city": "Boise", "state": "ID", "zip": "83701"} for n in range(90)]
    with build(tmp_path / "cut") as index:
        for requests in (make_requests(*far), *(make_requests(row) for row in far[:9])):
            assert len(find_candidate_pairs(index, encode_requests(index, requests)).request_index) > 0
            evidence = match_requests(index, requests)
            assert set(evidence["candidate_pairs"].to_pylist()) == {0}
            assert set(evidence["record_id"].to_pylist()) == {None}


def test_every_pair_agrees_in_its_text_and_every_text_that_agrees_is_a_pair(tmp_path: Path, cut: bool) -> None:
    """Promise 1, held to the normalized text of both sides: no hash has a say."""
    requests = make_questions().take(list(range(0, 858, 9)))
    with build(tmp_path / "town") as index:
        vectors = compute_comparison_vectors(index, requests)
        met = set(zip(vectors["row"].tolist(), index.record_ids(vectors["record"]).tolist(), strict=True))
    asked = {row["row"]: read_parts(row) for row in requests.to_pylist()}
    stored = {str(row["record_id"]): read_parts(row) for row in make_town()}
    assert met == {
        (row, record_id)
        for row, request in asked.items()
        for record_id, record in stored.items()
        if any(key in record for key in request)
    }, cut


def read_parts(row: Row) -> set[tuple[Any, ...]]:
    """Return the blocking keys of a row as texts."""
    normal = normalize_row(**{column: row.get(column) for column in TEXT_COLUMNS})._asdict()
    return {
        (rule.postings_name, row["tax_year"], *texts)
        for rule in BLOCKING_RULES
        if rule.fallback_of is None
        for texts in [tuple(part_texts(rule, normal))]
        if None not in texts
    }


def part_texts(rule: BlockingRule, normal: Mapping[str, Any]) -> Iterator[str | None]:
    for name in rule.key_parts:
        part = blocking_rules.KEY_PARTS[name]
        yield part_text(part, normal[part.column])


def part_text(part: KeyPart, text: str | None) -> str | None:
    if not text:
        return None
    if part.kind == NAMED_STREET and text == "POBOX":
        return None
    if part.kind == BUILDING_NAME and not re.match("[A-Z]{5}", text):
        return None
    if part.kind == SORTED_CHARS:
        return "".join(sorted(text))
    return text.replace("-", "") if part.kind == WITHOUT_HYPHENS else text[: part.prefix_length]
