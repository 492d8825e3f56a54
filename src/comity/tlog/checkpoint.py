"""Format, sign and open checkpoints: a log's signed statement of its size and root hash at one time.

    comity.example/ledger
    3
    base64 of the root hash

    (em dash) comity.example/ledger base64 of key id and signature

Guarantees: a checkpoint opens only under the expected origin and a given key.
Basis: C2SP tlog-checkpoint v1.0.0, over C2SP signed-note. Standard library and `note` only.
Start at `open_checkpoint`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from comity.errors import LedgerError
from comity.tlog.merkle import EMPTY_ROOT, HASH_SIZE
from comity.tlog.note import NoteSigner, Verifier, decode_base64, encode_base64, open_note, sign_note

_SIZE_PATTERN = re.compile(r"0|[1-9][0-9]{0,18}")
_SIZE_LIMIT = 1 << 63  # neither database could hold it


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its origin, how many entries it has, and the root hash over them.

    `extensions` are lines that some logs add. Nothing here writes any, and no decision may depend on one.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the text of the note, unsigned."""
        return "\n".join([self.origin, str(self.size), encode_base64(self.root), *self.extensions]) + "\n"


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[NoteSigner]) -> str:
    """Return the signed note. Whether this head may be signed is for the log to decide, not for this function."""
    return sign_note(checkpoint.to_text(), signers)


def open_checkpoint(note: str | bytes, origin: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """Verify a signed checkpoint and return it.

    Raises LedgerError `proof_invalid` when it is malformed, of another origin, or not signed by a key in `verifiers`.
    """
    checkpoint = parse_checkpoint(open_note(note, verifiers).text)
    if checkpoint.origin != origin:
        raise _checkpoint_error("its origin is not the log that was expected")
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """Parse the text of a checkpoint whose signature the caller verifies. Raises LedgerError `proof_invalid`."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise _checkpoint_error("it needs an origin, a size and a root hash, and has no empty line")
    origin, size, encoded, *extensions = lines
    try:
        root = decode_base64(encoded)
    except ValueError:
        root = b""
    if not _SIZE_PATTERN.fullmatch(size) or int(size) >= _SIZE_LIMIT or len(root) != HASH_SIZE:
        raise _checkpoint_error("its size or root hash is malformed")
    if size == "0" and root != EMPTY_ROOT:
        raise _checkpoint_error("an empty log has one root hash only")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def _checkpoint_error(reason: str) -> LedgerError:
    return LedgerError("proof_invalid", f"A checkpoint is refused: {reason}.")
