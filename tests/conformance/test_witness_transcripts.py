"""FiloSottile/torchwood: HTTP transcripts of another witness, replayed against ours over HTTP."""

import hashlib
import http.client
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.tlog.cosignature import Cosigner
from comity.tlog.note import Verifier, VerifierKey, open_note
from comity.tlog.witness.witness import Witness
from tests.conformance.vectors import VectorResult, find_vectors, report_counts
from tests.support.witness_server import serve_witness

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

WITNESS = Cosigner("example.com/witness", Ed25519PrivateKey.generate())
NEWER = {("unknown log", 403): 404}
"""tlog-witness v1.0.0 asks for another status than the draft of which the transcripts are."""


class Exchange(NamedTuple):
    """One request of a transcript, and what must come back."""

    request: str
    status: int
    operator: str
    text: str


def exchanges(transcript: str) -> list[Exchange]:
    script = transcript.split("-- add-checkpoint.hurl --\n")[1]
    found = re.findall(
        r'POST [^\n]*/add-checkpoint\n```\n(.*?)```\nHTTP (\d+)\n\[Asserts\]\nbody (contains|==) "(.*?)"\n',
        script,
        re.DOTALL,
    )
    assert len(found) == script.count("POST ")
    return [Exchange(body, int(code), how, text.replace("\\n", "\n")) for body, code, how, text in found]


def logs(transcript: str) -> dict[str, list[Verifier]]:
    """The logs that the transcript sets up."""
    known: dict[str, list[Verifier]] = {}
    for raw in re.findall(r"add-sigsum-log -key=([0-9a-f]{64})", transcript):
        public = bytes.fromhex(raw)
        origin = "sigsum.org/v1/tree/" + hashlib.sha256(public).hexdigest()
        known[origin] = [VerifierKey(origin, public)]
    for origin, vkey in re.findall(r"add-key -origin '(.*?)' -key (\S+)", transcript):
        known[origin] = [VerifierKey.from_text(vkey)]
    return known


def ask(connection: http.client.HTTPConnection, body: str) -> tuple[int, str, str]:
    connection.request("POST", "/add-checkpoint", body.encode())
    reply = connection.getresponse()
    return reply.status, reply.read().decode(), reply.headers["Content-Type"]


@pytest.mark.parametrize("name", ["litewitness", "sumdb", "bastion"])
def test_a_transcript_is_answered_as_it_was(name: str, tmp_path: Path) -> None:
    transcript = (find_vectors("torchwood") / f"{name}.txt").read_text()
    known = logs(transcript)
    witness = Witness([WITNESS], known, tmp_path, lambda: datetime.now(UTC))
    judged: list[VectorResult] = []
    newer = 0
    with serve_witness(witness) as connection:
        for n, (request, status, operator, text) in enumerate(exchanges(transcript), 1):
            got, body, content_type = ask(connection, request)
            wanted = NEWER.get((text, status), status)
            newer += wanted != status
            is_right = got == wanted and (body == text if operator == "==" else text in body)
            if got == 200:
                note = request.partition("\n\n")[2]
                origin = note.partition("\n")[0]
                keys = open_note(note + body, [*known[origin], WITNESS.verifier]).verified_keys
                is_right = is_right and keys == (*known[origin], WITNESS.verifier)
            if got == 409:
                is_right = is_right and content_type == "text/x.tlog.size"
            judged.append((f"{name} {n}", status == 200, is_right == (status == 200)))
        for origin in known:
            connection.request("GET", f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint")
            reply = connection.getresponse()
            assert reply.status == 200
            open_note(reply.read(), [WITNESS.verifier])
    report_counts(f"torchwood {name}", judged, f"{newer} by the newer rule (404, not 403)" if newer else "")
