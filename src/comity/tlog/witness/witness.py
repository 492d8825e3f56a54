"""Cosign a checkpoint if the log's key signed it and the log has only grown.

Guarantees: a checkpoint is on disk before its cosignature exists; of two requests that race, one gets status 409;
a checkpoint that is well signed but contradicts the last one is stored as evidence and never cosigned.
Basis: C2SP tlog-witness v1.0.0; each status code in `Witness.add_checkpoint` is the one its rules give.
Start at `Witness.add_checkpoint`.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from comity.errors import LedgerError
from comity.tlog.checkpoint import Checkpoint, parse_checkpoint
from comity.tlog.cosignature import Cosigner
from comity.tlog.merkle import HASH_SIZE, verify_append_only
from comity.tlog.note import MAX_NOTE_BYTES, Note, Verifier, decode_base64, open_note
from comity.tlog.witness.state import LastCheckpoint, WitnessState

MAX_PROOF_HASHES = 63
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 4096
MAX_EVIDENCE_FILES = 1000
_OLD_SIZE_PATTERN = re.compile(r"old (0|[1-9][0-9]{0,18})")
_TEXT_CONTENT_TYPE, _SIZE_CONTENT_TYPE = "text/plain; charset=utf-8", "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response to an HTTP request: status, body and content type."""

    status: int
    body: str
    content_type: str = _TEXT_CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class _AddCheckpointRequest:
    old_size: int
    proof: Sequence[bytes]
    note: str


class Witness:
    """One witness: its keys, the logs it witnesses (origin -> keys), and its state."""

    def __init__(
        self,
        cosigners: Sequence[Cosigner],
        logs: Mapping[str, Sequence[Verifier]],
        folder: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._cosigners, self._logs, self._clock = cosigners, logs, clock
        self._evidence = folder / "evidence"
        self._state = WitnessState(folder / "seen.db")

    def add_checkpoint(self, body: bytes) -> HttpResponse:
        """Decide on a request to cosign a checkpoint; if the log has only grown, store the checkpoint and cosign it."""
        try:
            request = _parse_request(body)
        except ValueError:
            return HttpResponse(400, "malformed request\n")
        origin = request.note.partition("\n")[0]
        if origin not in self._logs:
            return HttpResponse(404, "unknown log\n")
        try:
            note = open_note(request.note, self._logs[origin])
        except LedgerError:  # it has no readable signature of a trusted key, or a wrong one
            return HttpResponse(403, "invalid signature, or none by a known key\n")
        try:
            head = parse_checkpoint(note.text)
        except LedgerError:  # an empty log has one root hash only: 422; any other form is malformed
            return HttpResponse(422 if note.text.split("\n")[1] == "0" else 400, "malformed checkpoint\n")
        if request.old_size > head.size:
            return HttpResponse(400, "the old size is larger than the checkpoint's\n")
        return self._verify_and_cosign(request, note, head)

    def _verify_and_cosign(self, request: _AddCheckpointRequest, note: Note, head: Checkpoint) -> HttpResponse:
        last = self._state.get(head.origin)
        if last.size != request.old_size:
            return HttpResponse(409, f"{last.size}\n", _SIZE_CONTENT_TYPE)
        try:
            verify_append_only(last.size, head.size, request.proof, last.root, head.root)
        except LedgerError:
            self._store_evidence(note)
            return HttpResponse(422, "the consistency proof does not verify\n")
        time = self._clock()
        lines = "".join(cosigner.signer_at(time).make_signature_line(note.text) for cosigner in self._cosigners)
        cosigned_note = "".join([note.text, "\n", *note.signature_lines, lines])
        size = self._state.advance(head.origin, last.size, LastCheckpoint(head.size, head.root, cosigned_note))
        return HttpResponse(200, lines) if size == last.size else HttpResponse(409, f"{size}\n", _SIZE_CONTENT_TYPE)

    def get_checkpoint(self, origin_hash: str) -> HttpResponse:
        """Return the last cosigned checkpoint of the log whose origin has this SHA-256 (hex), for monitors."""
        for origin in self._logs:
            if hashlib.sha256(origin.encode()).hexdigest() == origin_hash:
                last = self._state.get(origin)
                return HttpResponse(200, last.note) if last.note else HttpResponse(404, "never cosigned\n")
        return HttpResponse(404, "unknown log\n")

    def _store_evidence(self, note: Note) -> None:
        """Store a signed contradiction: with the checkpoint that was cosigned it may prove what the log did.

        Only signatures that verified are stored, so that nobody but the log can add to the evidence.
        """
        self._evidence.mkdir(exist_ok=True)
        if sum(1 for _ in self._evidence.iterdir()) < MAX_EVIDENCE_FILES:
            content = "".join([note.text, "\n", *sorted(set(note.signature_lines))]).encode()
            (self._evidence / f"{hashlib.sha256(note.text.encode()).hexdigest()}.note").write_bytes(content)


def _parse_request(body: bytes) -> _AddCheckpointRequest:
    """Parse the body of an add-checkpoint request. Raises ValueError."""
    head, separator, note = body.decode("utf-8").partition("\n\n")
    first, *lines = head.split("\n")
    old_size = _OLD_SIZE_PATTERN.fullmatch(first)
    proof = [decode_base64(line) for line in lines]
    is_proof_well_formed = len(proof) <= MAX_PROOF_HASHES and all(len(node) == HASH_SIZE for node in proof)
    if old_size is None or not separator or not is_proof_well_formed:
        raise ValueError("malformed request")
    return _AddCheckpointRequest(int(old_size[1]), proof, note)
