"""Taxpayer numbers in an index: keyed hashes and nothing else."""

import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from comity.match import build_index
from comity.match.index.tins import hash_tins
from comity.normalize.numbers import parse_tins
from tests.support.match_records import make_record, write_records


def test_taxpayer_numbers_are_aes_under_the_index_key_and_nothing_else(tmp_path: Path) -> None:
    record = make_record("a", first_name="Ada", last_name="Elm", street="1 Oak St", tin="900-12-3456")
    index = tmp_path / "index"
    build_index([write_records(tmp_path / "records.parquet", [record])], index)
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
    under_another_key = hash_tins(bytes(32), np.array([900123456, 0], np.uint32))
    assert under_another_key[0] != stored[0]
    assert under_another_key[1] == 0


@pytest.mark.parametrize(
    "text",
    ["12345", "000000000", "111-11-1111", "1234567890", "", None, "abcdefghi", "90012345\0", "９" * 9],
)
def test_parse_tins_returns_0_for_anything_but_nine_digits(text: str | None) -> None:
    assert parse_tins(pa.array([text, "900-12 3456"], pa.string())).tolist() == [0, 900123456]
