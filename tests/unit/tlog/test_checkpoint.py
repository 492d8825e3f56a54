"""A checkpoint opens only under its own origin and in the form of the specification."""

import pytest

from comity.errors import LedgerError
from comity.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from comity.tlog.merkle import EMPTY_ROOT
from comity.tlog.note import sign_note
from tests.support.sample_ledger import ORIGIN, SIGNER


def test_open_checkpoint__opens_under_its_own_origin_only() -> None:
    checkpoint = Checkpoint(ORIGIN, 3, bytes(32))
    note = sign_checkpoint(checkpoint, [SIGNER])
    assert open_checkpoint(note, ORIGIN, [SIGNER.verifier]) == checkpoint
    with pytest.raises(LedgerError, match="origin"):
        open_checkpoint(note, "comity.example/other", [SIGNER.verifier])


ROOT = "A" * 43 + "="


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n3\n",
        f"3\n{ROOT}\n",
        f"{ORIGIN}\n{ROOT}\n",
        f"{ORIGIN}\n03\n{ROOT}\n",
        f"{ORIGIN}\n-3\n{ROOT}\n",
        f"{ORIGIN}\n+3\n{ROOT}\n",
        f"{ORIGIN}\n٣\n{ROOT}\n",
        f"{ORIGIN}\n3 \n{ROOT}\n",
        f"{ORIGIN}\n3\n{ROOT[:-4]}\n",
        f"{ORIGIN}\n3\n{ROOT[:-2]}B=\n",
        f"{ORIGIN}\n3\n{ROOT}\n\nextension\n",
        f"{ORIGIN}\n0\n{ROOT}\n",
        f"\n3\n{ROOT}\n",
    ],
)
def test_open_checkpoint__refuses_a_malformed_text_that_is_signed(text: str) -> None:
    with pytest.raises(LedgerError):
        open_checkpoint(sign_note(text, [SIGNER]), ORIGIN, [SIGNER.verifier])


def test_open_checkpoint__accepts_an_empty_log_and_extension_lines() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT, ("one", "two"))
    assert open_checkpoint(sign_checkpoint(empty, [SIGNER]), ORIGIN, [SIGNER.verifier]) == empty
