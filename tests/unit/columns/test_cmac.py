"""Digests are the library's own CMAC, row by row."""

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns.cmac import CmacDigester
from comity.columns.dictionary_column import DictionaryColumn

KEY = bytes(range(16))


def library_cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=70), max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_digest_is_the_librarys_cmac_cut_to_64_bits(texts: list[str]) -> None:
    subkey = library_cmac(KEY, b"name")
    expected = [int.from_bytes(library_cmac(subkey, text.encode())[:8], "little") for text in texts]
    column = pa.array(["before", *texts], pa.string()).slice(1)  # a slice, as batches are cut
    assert CmacDigester(KEY).digest_texts("name", column).tolist() == expected
    assert CmacDigester(KEY).digest_column("name", DictionaryColumn.encode(column)).tolist() == expected


def test_digest_pairs_are_the_cmac_of_sixteen_bytes() -> None:
    left, right = np.array([1, 2], np.uint64), np.array([3, 2**63], np.uint64)
    subkey = library_cmac(KEY, b"pair")
    messages = [a.tobytes() + b.tobytes() for a, b in zip(left, right, strict=True)]
    expected = [int.from_bytes(library_cmac(subkey, message)[:8], "little") for message in messages]
    assert CmacDigester(KEY).digest_pairs("pair", left, right).tolist() == expected


def test_another_key_or_purpose_gives_another_digest() -> None:
    text = pa.array(["ANA"])
    digests = {
        int(CmacDigester(key).digest_texts(purpose, text)[0])
        for key in (KEY, bytes(16))
        for purpose in ("name", "street")
    }
    assert len(digests) == 4


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(RuntimeError, match="16 bytes, not 15"):
        CmacDigester(KEY[1:])
