"""The witness's judgment: a checkpoint is cosigned if the log's key signed it and the log has merely grown.

Guarantees: a checkpoint is on disk before its cosignature exists; of two requests that race, one is told to come again;
a checkpoint that is well signed but contradicts the last one is kept as evidence and never cosigned.
Basis: C2SP tlog-witness v1.0.0, whose rule each line of `Witness.add_checkpoint` names by its status code.
Start at `Witness.add_checkpoint`.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from comity.errors import LedgerError
from comity.ledger.checkpoint import Checkpoint, parse_checkpoint
from comity.ledger.cosignature import Cosigner
from comity.ledger.merkle import HASH_SIZE, verify_growth
from comity.ledger.note import MAX_BYTES, Note, Verifier, decode_base64, open_note
from comity.ledger.witness.state import Seen, State

MAX_PROOF = 63
MAX_REQUEST = MAX_BYTES + 4096
MOST_EVIDENCE = 1000
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_TEXT, _SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: str
    content_type: str = _TEXT


@dataclass(frozen=True, slots=True)
class _Request:
    old_size: int
    proof: Sequence[bytes]
    note: str


class Witness:
    """One witness: its keys, the logs it knows (origin -> keys), and its state."""

    def __init__(
        self,
        cosigners: Sequence[Cosigner],
        logs: Mapping[str, Sequence[Verifier]],
        folder: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._cosigners, self._logs, self._clock = cosigners, logs, clock
        self._evidence = folder / "evidence"
        self._state = State(folder / "seen.db")

    def add_checkpoint(self, body: bytes) -> Reply:
        """Judge a request and, if all is well, remember the checkpoint and cosign it."""
        try:
            request = _read(body)
        except ValueError:
            return Reply(400, "malformed request\n")
        origin = request.note.partition("\n")[0]
        if origin not in self._logs:
            return Reply(404, "unknown log\n")
        try:
            note = open_note(request.note, self._logs[origin])
        except LedgerError:  # no trusted key's signature can be read from it, or one is wrong
            return Reply(403, "invalid signature, or none by a known key\n")
        try:
            head = parse_checkpoint(note.text)
        except LedgerError:  # an empty log has one root hash only: 422; any other form is malformed
            return Reply(422 if note.text.split("\n")[1] == "0" else 400, "malformed checkpoint\n")
        if request.old_size > head.size:
            return Reply(400, "the old size is larger than the checkpoint's\n")
        return self._judge(request, note, head)

    def _judge(self, request: _Request, note: Note, head: Checkpoint) -> Reply:
        seen = self._state.get(head.origin)
        if seen.size != request.old_size:
            return Reply(409, f"{seen.size}\n", _SIZE)
        try:
            verify_growth(seen.size, head.size, request.proof, seen.root, head.root)
        except LedgerError:
            self._keep(note)
            return Reply(422, "the consistency proof does not verify\n")
        at = self._clock()
        lines = "".join(cosigner.at(at).signature_line(note.text) for cosigner in self._cosigners)
        kept = Seen(head.size, head.root, "".join([note.text, "\n", *note.lines, lines]))
        found = self._state.advance(head.origin, seen.size, kept)
        return Reply(200, lines) if found == seen.size else Reply(409, f"{found}\n", _SIZE)

    def checkpoint(self, origin_hash: str) -> Reply:
        """The last checkpoint cosigned of the log whose origin has this SHA-256 (hex), for monitors."""
        for origin in self._logs:
            if hashlib.sha256(origin.encode()).hexdigest() == origin_hash:
                seen = self._state.get(origin)
                return Reply(200, seen.note) if seen.note else Reply(404, "never cosigned\n")
        return Reply(404, "unknown log\n")

    def _keep(self, note: Note) -> None:
        """Keep a signed contradiction: with the checkpoint that was cosigned it may prove what the log did.

        Only what the log's key vouches for is kept, so that nobody else can make more of it than the log signed.
        """
        self._evidence.mkdir(exist_ok=True)
        if sum(1 for _ in self._evidence.iterdir()) < MOST_EVIDENCE:
            kept = "".join([note.text, "\n", *sorted(set(note.lines))]).encode()
            (self._evidence / f"{hashlib.sha256(note.text.encode()).hexdigest()}.note").write_bytes(kept)


def _read(body: bytes) -> _Request:
    """Take a request apart. Raises ValueError."""
    head, separator, note = body.decode("utf-8").partition("\n\n")
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    proof = [decode_base64(line) for line in lines]
    if old is None or not separator or len(proof) > MAX_PROOF or any(len(node) != HASH_SIZE for node in proof):
        raise ValueError("malformed request")
    return _Request(int(old[1]), proof, note)
