"""The index: what it stores, how it is built and opened, and what it refuses."""

import inspect
import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import comity.match
from comity.columns.duck import connect
from comity.errors import ComityError, IndexUnavailableError
from comity.match import Index, build_index, match_requests
from comity.match.index import blocking_rules
from comity.match.index.blocking_rules import ADDRESS_KEY_PARTS, BLOCKING_RULES, NAME_KEY_PARTS, BlockingRule
from comity.match.index.format import COUNT_COLUMNS, DICTIONARY_COLUMNS, PRIMITIVE_COLUMNS
from comity.match.index.lexicons import (
    KEY_PARTS,
    LEXICONS,
    NULL_VALUES,
    hash_key_parts,
    lexicon_table,
    read_arrow,
    text_buffer,
)
from comity.match.index.tins import hash_tins, parse_tins
from tests.support.match_records import build_index_with, make_neighbors, make_record, make_requests, write_records


def build(folder: Path, *rows: dict[str, str | None], name: str = "index") -> Path:
    build_index([write_records(folder / f"{name}.parquet", rows)], folder / name)
    return folder / name


def entries_of(index: Path) -> int:
    with Index.open(index) as opened:
        return sum(len(file.entries) for file in opened.segments[0].postings.values())


def test_every_blocking_rule_contains_an_address() -> None:
    for rule in BLOCKING_RULES:
        assert {"number", "street", "street_named", "street4", "street6", "building"} & set(rule.address_parts)
        assert len(rule.address_parts) >= 2
        assert not set(rule.address_parts) & set(NAME_KEY_PARTS)
    for address in ((), ("zip",), ("zip", "city"), ("number",)):
        with pytest.raises(RuntimeError, match="by name"):
            BlockingRule("bad", address, ("surname", "first"))


def test_a_name_without_an_address_makes_no_key_and_no_pair(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = {"street": None}
    alone = build(tmp_path, make_record("x", first_name="Zed", last_name="Zorn", **nowhere), name="alone")
    assert entries_of(alone) == 0
    index = build(tmp_path, *make_neighbors(30), make_record("x", first_name="Zed", last_name="Zorn", **nowhere))
    with Index.open(index) as opened:
        found = match_requests(
            opened,
            make_requests({"first_name": "Zed", "last_name": "Zorn"}, {"first_name": "Ada", "last_name": "Alder"}),
        )
    assert found["candidate_pairs"].to_pylist() == [0, 0]


def test_a_box_is_not_found_by_name_without_its_number(tmp_path: Path) -> None:
    """Half a town has a box: `PO Box` and a name would be a search by name."""
    with build_index_with(
        tmp_path, make_record("b1", first_name="Ines", last_name="Marchetti", street="PO Box 77")
    ) as index:
        asked: dict[str, str | None] = {"first_name": "Ines", "last_name": "Marchetti"}
        evidence = match_requests(
            index, make_requests(asked | {"street": "PO Box 9120"}, asked | {"street": "PO Box 77"})
        )
        assert evidence["candidate_pairs"].to_pylist() == [0, 1]


def test_no_part_of_a_key_is_hashed_where_it_is_missing() -> None:
    """Else all who lack a street would share one."""
    for lexicon in LEXICONS:
        table = lexicon_table(lexicon, [NULL_VALUES[lexicon.name], tuple("" for _ in lexicon.columns)])
        assert all(
            hash_key_parts(text_buffer(table.column(KEY_PARTS[part].column).chunk(0)), part).tolist() == [0, 0]
            for part in lexicon.key_parts
        )
    assert {part for lexicon in LEXICONS for part in lexicon.key_parts} == set(ADDRESS_KEY_PARTS | NAME_KEY_PARTS)


def test_what_is_stored_leads_from_an_address_to_records_and_from_names_to_nobody(tmp_path: Path) -> None:
    index = build(tmp_path, *make_neighbors(5))
    segment = next(index.glob("segment-*"))
    stored = {p.name for p in segment.iterdir()}
    files = {rule.postings_name for rule in BLOCKING_RULES}
    lexicons = {f"{x.name}.arrow" for x in LEXICONS}
    columns = {
        f"{name}.bin" for name in (*DICTIONARY_COLUMNS, *COUNT_COLUMNS, *PRIMITIVE_COLUMNS, "record_id", "marks")
    }
    names = {"first_names.arrow", "surnames.arrow", "initials.arrow"}
    assert stored == {f"{f}.keys" for f in files} | {f"{f}.hot" for f in files} | lexicons | columns | names | {
        "neighbors.npy", "years.npy",
    }  # fmt: skip
    for name in names:
        assert read_arrow(segment / name).column_names == ["name", "frequency"]
    for lexicon in LEXICONS:
        extra = set(read_arrow(segment / f"{lexicon.name}.arrow").column_names) - set(lexicon.columns)
        assert extra <= {"rank", "frequency"} | {f"h_{part}" for part in lexicon.key_parts}


def test_no_public_function_takes_a_name() -> None:
    for name in comity.match.__all__:
        exported = getattr(comity.match, name)
        if inspect.isfunction(exported):
            assert not {"first_name", "last_name", "name", "tin"} & set(inspect.signature(exported).parameters)


def test_taxpayer_numbers_are_aes_under_the_index_key_and_nothing_else(tmp_path: Path) -> None:
    index = build(tmp_path, make_record("a", first_name="Ada", last_name="Elm", street="1 Oak St", tin="900-12-3456"))
    key = (index / "tin.key").read_bytes()
    block = (900123456).to_bytes(4, "little") + bytes(12)
    encrypted = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # FIPS 197, one block
    stored = np.fromfile(next(index.glob("segment-*")) / "tin.bin", np.uint32)
    assert stored.tolist() == [int.from_bytes(encrypted[:4], "little")]
    assert len(key) == 32
    assert stat.S_IMODE((index / "tin.key").stat().st_mode) == 0o600
    content = b"".join(p.read_bytes() for p in index.rglob("*") if p.is_file())
    assert b"900123456" not in content
    assert b"900-12-3456" not in content
    assert (900123456).to_bytes(4, "little") not in content
    other = hash_tins(bytes(32), np.array([900123456, 0], np.uint32))
    assert other[0] != stored[0]
    assert other[1] == 0


@pytest.mark.parametrize(
    "written",
    ["12345", "000000000", "111-11-1111", "1234567890", "", None, "abcdefghi", "90012345\0", "９００１２３４５６"],
)
def test_what_is_no_taxpayer_number_is_no_number(written: str | None) -> None:
    assert parse_tins(pa.array([written, "900-12 3456"], pa.string())).tolist() == [0, 900123456]


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    rows = make_neighbors(20)
    one, two = build(tmp_path, *rows, name="one"), build(tmp_path, *reversed(rows), name="two")
    other = build(
        tmp_path, *rows[:-1], make_record("n00019", first_name="Zoe", last_name="Elm", street="1 Oak St"), name="other"
    )
    prints = [json.loads((p / "index.json").read_text())["fingerprint"] for p in (one, two, other)]
    assert prints[0] == prints[1] != prints[2]


def test_an_index_knows_whether_its_records_are_synthetic(tmp_path: Path) -> None:
    real, made = (
        write_records(tmp_path / "a.parquet", make_neighbors(3)),
        write_records(tmp_path / "b.parquet", make_neighbors(3), synthetic=True),
    )
    assert build_index([made], tmp_path / "made").is_synthetic
    assert not build_index([real], tmp_path / "real").is_synthetic
    info = build_index([made], tmp_path / "made", replace=True)
    assert (info.rows, info.years) == (3, (2023,))
    with Index.open(tmp_path / "made") as index:
        assert index.index_commit == info
        assert index.fingerprint == info.fingerprint


def test_csv_and_folders_are_read(tmp_path: Path) -> None:
    table = pq.read_table(write_records(tmp_path / "x.parquet", make_neighbors(4)))
    (tmp_path / "in").mkdir()
    with connect() as db:
        db.register("t", table)
        db.execute(f"COPY t TO '{tmp_path / 'in' / 'a.csv'}' (HEADER)")
    assert build_index([tmp_path / "in"], tmp_path / "index").rows == 4


def test_what_is_at_the_place_is_not_overwritten(tmp_path: Path) -> None:
    index = build(tmp_path, *make_neighbors(3))
    with pytest.raises(ComityError) as e:
        build_index([tmp_path / "index.parquet"], index)
    assert e.value.code == "output_exists"
    (tmp_path / "mine").mkdir()
    with pytest.raises(ComityError):
        build_index([tmp_path / "index.parquet"], tmp_path / "mine", replace=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop_columns(["street"]), "missing: street"),
        (lambda t: t.append_column("secret", pa.array(["Hunter2"] * len(t))), "unknown: 1"),
        (lambda t: pa.concat_tables([t, t]), "repeated in 3 of 6"),
        (lambda t: t.set_column(3, "tax_year", pa.array(["Hunter2"] * len(t))), "not a year in 3"),
        (lambda t: t.slice(0, 0), "no rows"),
    ],
)
def test_records_that_cannot_be_indexed_are_refused_without_a_value(tmp_path: Path, change: object, said: str) -> None:
    path = write_records(tmp_path / "r.parquet", make_neighbors(3))
    pq.write_table(change(pq.read_table(path)), path)  # type: ignore[operator]
    with pytest.raises(ComityError, match=said) as e:
        build_index([path], tmp_path / "index")
    assert e.value.code == "records_invalid"
    assert "Hunter2" not in f"{e.value} {e.value.hint}"
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]


def test_a_broken_or_missing_index_is_said_so(tmp_path: Path) -> None:
    index = build(tmp_path, *make_neighbors(3))
    description = index / "index.json"
    whole = description.read_text()
    for text, code in [("{", "index_unavailable"), (json.dumps({**json.loads(whole), "format": 99}), "index_version")]:
        description.write_text(text)
        with pytest.raises(IndexUnavailableError) as e:
            Index.open(index)
        assert e.value.code == code
    description.write_text(whole)
    (index / "tin.key").unlink()
    with pytest.raises(IndexUnavailableError):
        Index.open(index)
    with pytest.raises(IndexUnavailableError):
        Index.open(tmp_path / "nowhere")


def test_a_hot_address_is_bounded_and_its_people_are_still_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking_rules, "MAX_BLOCK_SIZE", 20)
    shelter = [
        make_record(f"s{i:03d}", first_name=f"{a}{b}", last_name=f"{b}{a}son", street="500 Hope St")
        for i, (a, b) in enumerate((a, b) for a in ("Kof", "Lin", "Mar", "Nab", "Osc", "Pet") for b in ("al", "em", "is", "od", "un"))
    ]  # fmt: skip
    index = build(tmp_path, *shelter, *make_neighbors(50))
    with Index.open(index) as opened:
        assert opened.index_commit.segments[0].hot["address"] > 0
        assert opened.index_commit.segments[0].hottest == 30
        found = match_requests(opened, make_requests({"first_name": "Osced", "last_name": "Emoscson", "street": "500 Hope St"},
                                         {"first_name": "Oscem", "last_name": "emOscson", "street": "500 Hope St"}))  # fmt: skip
    assert found["record_id"].to_pylist()[1] == shelter[21]["record_id"]
    assert found["is_crowded"].to_pylist() == [False, False]
    assert all(n <= 20 * len(BLOCKING_RULES) for n in found["candidate_pairs"].to_pylist())
