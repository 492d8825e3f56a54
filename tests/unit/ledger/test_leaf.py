"""Entries are canonical JSON, and show nothing about people or answers."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger import leaf
from comity.store.answers import AnswerColumns
from tests.support.sample_ledger import ANSWER_CODES, B1, RECORDED_AT, insert_released_batch, open_store

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(_text, st.sampled_from(ANSWER_CODES), _text), max_size=20), _text)
def test_encode_answer_leaves__writes_what_rfc_8785_would(rows: list[tuple[str, str, str]], batch_id: str) -> None:
    answers = AnswerColumns(
        row=range(1, len(rows) + 1),
        request_id=[row[0] for row in rows],
        code=[row[1] for row in rows],
        reasons=[row[2] for row in rows],
        salt=leaf.generate_salts(len(rows)),
    )
    expected = [
        leaf.encode_answer_leaf(
            answers.salt[n], {"batch": batch_id, "code": c, "reasons": r, "request_id": i, "row": n + 1}
        )
        for n, (i, c, r) in enumerate(rows)
    ]
    assert list(leaf.encode_answer_leaves(batch_id, answers)) == expected
    assert [rfc8785.dumps(json.loads(item)) for item in expected] == expected


def test_name_batch__is_a_commitment_to_requester_and_id() -> None:
    salt = bytes(32)
    expected = hashlib.sha256(salt + b'{"batch_id":"B-1","requester":"ICE"}').hexdigest()
    assert leaf.name_batch(salt, "ICE", "B-1") == expected
    assert len({leaf.name_batch(salt, *pair) for pair in (("ICE", "B-1"), ("ICEB", "-1"), ("DHS", "B-1"))}) == 3
    assert leaf.name_batch(bytes([1]) * 32, "ICE", "B-1") != expected


def test_encode_release_leaf__does_not_show_what_was_answered(tmp_path: Path) -> None:
    release = insert_released_batch(open_store(tmp_path), "B1", 3)
    encoded = leaf.encode_release_leaf(release)
    assert b"CONFIRMED" not in encoded
    assert b"counts" not in encoded
    assert release.answers_sha256.encode() not in encoded
    assert leaf.encode_release_leaf(replace(release, salt=bytes(32))) != encoded
    other = leaf.encode_release_leaf(replace(release, counts={"CONFIRMED": 3}))
    assert re.sub(rb"[0-9a-f]{64}", b"", other) == re.sub(rb"[0-9a-f]{64}", b"", encoded)  # only the commitment tells


def test_canonicalize_json__writes_large_integers_as_strings() -> None:
    assert leaf.canonicalize_json({"n": [2**53, 2**53 - 1, True, -(2**60)]}) == (
        b'{"n":["9007199254740992",9007199254740991,true,"-1152921504606846976"]}'
    )


def test_generate_salts__never_repeats_a_salt() -> None:
    assert len(set(leaf.generate_salts(1000))) == 1000
    assert {len(salt) for salt in leaf.generate_salts(10)} == {32}


def test_encode_hold_leaf__names_the_rules() -> None:
    hold = json.loads(
        leaf.encode_hold_leaf(
            batch_id=B1, agreement="A", orders=["O3"], rules=["r09_orders"], law="5" * 64, as_of=RECORDED_AT
        )
    )
    assert hold == {
        "v": 2,
        "kind": "hold",
        "rehearsal": False,
        "batch": B1,
        "agreement": "A",
        "as_of": "2026-02-25T12:00:00.000000Z",
        "orders": ["O3"],
        "rules": ["r09_orders"],
        "law": "5" * 64,
    }
    knew = json.loads(
        leaf.encode_hold_leaf(
            batch_id=B1,
            agreement="A",
            orders=[],
            rules=["r01"],
            law="5" * 64,
            as_of=RECORDED_AT,
            rehearsal=True,
            known_as_of=RECORDED_AT,
        )
    )
    assert knew["known_as_of"] == knew["as_of"]
    refusal = json.loads(leaf.encode_refusal_leaf(batch_id=B1, rules=["r13_file_form"], as_of=RECORDED_AT))
    assert refusal["kind"] == "refusal"


def test_encode_answer_leaves__refuses_columns_of_different_lengths() -> None:
    answers = AnswerColumns(row=[1, 2], request_id=["a"], code=["REFUSED"], reasons=[""], salt=[bytes(32)])
    with pytest.raises(ValueError, match="shorter"):
        list(leaf.encode_answer_leaves("B", answers))
