"""Signed notes and keys: what opens, and the many ways not to."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import LedgerError
from comity.tlog.note import Ed25519Signer, VerifierKey, open_note, sign_note
from tests.support.sample_ledger import ORIGIN, SIGNER, VKEY

C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


C2SP_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""


OTHER = Ed25519Signer("other.example/key", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_open_note__opens_the_example_of_the_specification() -> None:
    key = VerifierKey.from_text(C2SP_KEY)
    assert open_note(C2SP_NOTE, [key]).text == "This is an example message.\n"
    assert key.to_text() == C2SP_KEY


def test_open_note__ignores_unknown_keys_and_needs_one_known() -> None:
    note = sign_note("text\n\nmore\n", [OTHER, SIGNER])
    assert open_note(note, [SIGNER.verifier]).signer_names == (ORIGIN,)
    assert open_note(note, [SIGNER.verifier, OTHER.verifier]).text == "text\n\nmore\n"


def test_open_note__refuses_a_bad_signature_of_a_known_key() -> None:
    good = sign_note("text\n", [SIGNER])
    lie = sign_note("other\n", [OTHER]).split("\n\n")[1]
    assert open_note(good + lie, [SIGNER.verifier]).text == "text\n"
    with pytest.raises(LedgerError, match="wrong"):
        open_note(good + lie, [SIGNER.verifier, OTHER.verifier])


def test_open_note__accepts_sixteen_signatures() -> None:
    signers = [Ed25519Signer(f"witness.example/{n}", Ed25519PrivateKey.generate()) for n in range(16)]
    assert len(open_note(sign_note("text\n", signers), [s.verifier for s in signers]).signer_names) == 16


GOOD = sign_note("text\n", [SIGNER])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        GOOD.replace("text", "texT"),
        GOOD.removesuffix("\n"),
        GOOD + "\n",
        GOOD.replace("\n\n", "\n"),
        GOOD.replace("—", "-"),
        GOOD.replace("— ", "—"),
        GOOD.replace("=\n", "\n"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("text", "te\x00xt"),
        GOOD.replace("text", "te\txt"),
        GOOD.replace(ORIGIN, ORIGIN + "+"),
        GOOD.replace(ORIGIN, ""),
        GOOD + "— a b\n",
        GOOD + "— a AAAA\n",
        GOOD + GOOD.split("\n\n")[1] * 100,
        GOOD.encode().replace(b"text", b"te\xffxt"),
        GOOD.replace("text", "\ud800"),
        "a" * 1_000_000 + GOOD,
    ],
)
def test_open_note__refuses_malformed_notes(note: str | bytes) -> None:
    with pytest.raises(LedgerError) as caught:
        open_note(note, [SIGNER.verifier])
    assert caught.value.code == "proof_invalid"


@pytest.mark.parametrize("text", ["no newline", "", "tab\t\n"])
def test_sign_note__refuses_a_text_that_cannot_be_a_note(text: str) -> None:
    with pytest.raises(RuntimeError):
        sign_note(text, [SIGNER])


@pytest.mark.parametrize(
    "vkey", ["", "a+b", VKEY[:-2], VKEY.replace("+", "+0", 1), VKEY.replace(ORIGIN, "x"), VKEY.replace("+A", "+B")]
)
def test_verifier_key__refuses_a_malformed_vkey(vkey: str) -> None:
    with pytest.raises(LedgerError):
        VerifierKey.from_text(vkey)
