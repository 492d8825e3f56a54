"""Format and open receipts: text files that prove offline that an entry is in a log (C2SP tlog-proof).

Our receipts carry the entry itself as their `extra` line, so that whoever has the receipt and the log's vkey needs
nothing else. The extra line is not trusted: it is hashed and must lead to the signed root.

Guarantees: `open_receipt` accepts only a receipt whose entry, index, proof, checkpoint and signature all agree.
Basis: C2SP tlog-proof; RFC 9162 section 2.1.3.2.
Start at `open_receipt`; `comity.ledger.log.make_receipt` makes one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from comity.errors import LedgerError
from comity.tlog.checkpoint import Checkpoint, open_checkpoint
from comity.tlog.merkle import HASH_SIZE, hash_leaf, verify_inclusion
from comity.tlog.note import MAX_NOTE_BYTES, Verifier, decode_base64, encode_base64

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX_PATTERN = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that is proved to be in a log, with the checkpoint that proves it."""

    index: int
    leaf: bytes
    checkpoint: Checkpoint


def format_receipt(index: int, leaf: bytes, proof: Sequence[bytes], checkpoint: str) -> str:
    """Format a receipt from its parts; `checkpoint` is the signed note, verbatim."""
    lines = [HEADER, f"extra {encode_base64(leaf)}", f"index {index}", *map(encode_base64, proof)]
    return "\n".join(lines) + "\n\n" + checkpoint


def open_receipt(text: str, origin: str, verifiers: Sequence[Verifier], *, leaf: bytes | None = None) -> Receipt:
    """Verify a receipt and return the entry that it proves; pass `leaf` when the receipt does not carry the entry.

    Raises LedgerError `proof_invalid` when anything about it does not agree.
    """
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(text) > MAX_NOTE_BYTES or not separator or lines.pop(0) != HEADER:
        raise _receipt_error("it does not begin as a tlog-proof")
    try:
        extra = decode_base64(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else None
        index = _INDEX_PATTERN.fullmatch(lines.pop(0))
        proof = [decode_base64(line) for line in lines]
    except (ValueError, IndexError):
        raise _receipt_error("a line of it is malformed") from None
    if index is None or any(len(node) != HASH_SIZE for node in proof):
        raise _receipt_error("a line of it is malformed")
    entry = extra if leaf is None else leaf
    if entry is None or (extra is not None and extra != entry):
        raise _receipt_error("the entry it speaks of is missing or another one")
    checkpoint = open_checkpoint(note, origin, verifiers)
    verify_inclusion(hash_leaf(entry), int(index[1]), checkpoint.size, proof, checkpoint.root)
    return Receipt(int(index[1]), entry, checkpoint)


def _receipt_error(reason: str) -> LedgerError:
    return LedgerError("proof_invalid", f"A receipt is refused: {reason}.")
