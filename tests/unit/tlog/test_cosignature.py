"""Cosignatures bind text, time and key."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from comity.errors import LedgerError
from comity.tlog.checkpoint import Checkpoint, sign_checkpoint
from comity.tlog.cosignature import Cosigner, parse_vkey
from comity.tlog.note import encode_base64, open_note
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, VKEY
from tests.support.witness_network import ROOT


@pytest.mark.parametrize("make", [Ed25519PrivateKey.generate, MLDSA44PrivateKey.generate])
def test_cosigner__binds_text_time_and_key(make: Callable[[], Ed25519PrivateKey | MLDSA44PrivateKey]) -> None:
    cosigner = Cosigner("witness.example/w", make())
    key = parse_vkey(cosigner.verifier.to_text())
    assert key == cosigner.verifier
    note = sign_checkpoint(Checkpoint(ORIGIN, 3, ROOT), [SIGNER, cosigner.signer_at(RECORDED_AT)])
    assert open_note(note, [SIGNER.verifier, key]).verified_keys == (SIGNER.verifier, key)
    text, _, lines = note.partition("\n\n")
    raw = open_note(note, [key]).signature_lines[0]
    for changed in (note.replace("ledger\n3", "ledger\n4"), note.replace(ORIGIN + "\n", ORIGIN + "x\n")):
        with pytest.raises(LedgerError):
            open_note(changed, [key])
    later = cosigner.signer_at(RECORDED_AT + timedelta(seconds=1)).make_signature_line(text + "\n")
    assert later != raw
    bare = parse_vkey(VKEY)
    assert not key.is_valid_signature(text.encode() + b"\n", SIGNER._key.sign(text.encode() + b"\n"))
    assert not bare.is_valid_signature(text.encode() + b"\n", bytes(72))
    assert "witness.example/w" in lines


def test_cosigner__writes_lines_like_the_example_of_the_specification() -> None:
    """C2SP tlog-cosignature prints a cosignature line; its time is the one that its text names."""
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/"
        "zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
        "mbIUBkBIfZ+qnA==\n"
    )
    cosigner = Cosigner("witness.example.com/w1", Ed25519PrivateKey.generate())
    ours = cosigner.signer_at(RECORDED_AT.fromtimestamp(1679315147, tz=RECORDED_AT.tzinfo)).make_signature_line(
        f"{ORIGIN}\n3\n{encode_base64(ROOT)}\n"
    )
    assert len(ours) == len(line)
    assert encode_base64((1679315147).to_bytes(8))[:8] == "AAAAAGQY"
    assert ours.split()[2][8:16] == line.split()[2][8:16]  # the time, after a dash, the name and four bytes of key id


@pytest.mark.parametrize("vkey", ["", "a+b+c", VKEY.replace("+A", "+B"), "x+00000000+BA=="])
def test_parse_vkey__refuses_what_is_malformed(vkey: str) -> None:
    with pytest.raises(LedgerError):
        parse_vkey(vkey)
