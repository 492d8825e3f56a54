"""Replay HTTP transcripts of another witness (FiloSottile/torchwood) against ours, over HTTP."""

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
STATUS_CHANGES = {("unknown log", 403): 404}
"""Statuses that tlog-witness v1.0.0 changed since the draft that the transcripts follow."""


class Exchange(NamedTuple):
    """One request of a transcript, and what must come back."""

    request: str
    status: int
    operator: str
    text: str


def parse_exchanges(transcript: str) -> list[Exchange]:
    script = transcript.split("-- add-checkpoint.hurl --\n")[1]
    matches = re.findall(
        r'POST [^\n]*/add-checkpoint\n```\n(.*?)```\nHTTP (\d+)\n\[Asserts\]\nbody (contains|==) "(.*?)"\n',
        script,
        re.DOTALL,
    )
    assert len(matches) == script.count("POST ")
    return [Exchange(body, int(code), operator, text.replace("\\n", "\n")) for body, code, operator, text in matches]


def parse_logs(transcript: str) -> dict[str, list[Verifier]]:
    """Return the logs that the transcript sets up: origin -> keys."""
    logs: dict[str, list[Verifier]] = {}
    for raw in re.findall(r"add-sigsum-log -key=([0-9a-f]{64})", transcript):
        public_key = bytes.fromhex(raw)
        origin = "sigsum.org/v1/tree/" + hashlib.sha256(public_key).hexdigest()
        logs[origin] = [VerifierKey(origin, public_key)]
    for origin, vkey in re.findall(r"add-key -origin '(.*?)' -key (\S+)", transcript):
        logs[origin] = [VerifierKey.from_text(vkey)]
    return logs


def post_checkpoint(connection: http.client.HTTPConnection, body: str) -> tuple[int, str, str]:
    connection.request("POST", "/add-checkpoint", body.encode())
    response = connection.getresponse()
    return response.status, response.read().decode(), response.headers["Content-Type"]


@pytest.mark.parametrize("name", ["litewitness", "sumdb", "bastion"])
def test_witness__answers_as_in_the_transcript(name: str, tmp_path: Path) -> None:
    transcript = (find_vectors("torchwood") / f"{name}.txt").read_text()
    logs = parse_logs(transcript)
    witness = Witness([WITNESS], logs, tmp_path, lambda: datetime.now(UTC))
    results: list[VectorResult] = []
    changed_count = 0
    with serve_witness(witness) as connection:
        for number, (request, status, operator, text) in enumerate(parse_exchanges(transcript), 1):
            actual_status, body, content_type = post_checkpoint(connection, request)
            expected_status = STATUS_CHANGES.get((text, status), status)
            changed_count += expected_status != status
            is_right = actual_status == expected_status and (body == text if operator == "==" else text in body)
            if actual_status == 200:
                note = request.partition("\n\n")[2]
                origin = note.partition("\n")[0]
                keys = open_note(note + body, [*logs[origin], WITNESS.verifier]).verified_keys
                is_right = is_right and keys == (*logs[origin], WITNESS.verifier)
            if actual_status == 409:
                is_right = is_right and content_type == "text/x.tlog.size"
            results.append((f"{name} {number}", status == 200, is_right == (status == 200)))
        for origin in logs:
            connection.request("GET", f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint")
            response = connection.getresponse()
            assert response.status == 200
            open_note(response.read(), [WITNESS.verifier])
    report_counts(
        f"torchwood {name}", results, f"{changed_count} by the newer rule (404, not 403)" if changed_count else ""
    )
