"""Single questions for tests: signed batches of one row, as their documents are sent."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from comity.app.home import Home
from comity.intake import SentQuestion
from comity.questions import QuestionMemory, QuestionOutcome, QuestionResponder
from comity.signing import Ed25519Key, sign_detached
from tests.support.batch_folders import make_manifest
from tests.support.workspace import AUGUST_2025, Workspace, open_gateway_at


def make_question(key: Ed25519Key, batch_id: str, row: Mapping[str, str] | bytes, **manifest: Any) -> SentQuestion:
    """Sign a question about one row, or about the exact bytes of a requests file."""
    request = row if isinstance(row, bytes) else (json.dumps(dict(row)) + "\n").encode()
    content = make_manifest(batch_id=batch_id, sha256=hashlib.sha256(request).hexdigest(), **manifest)
    signed = json.dumps(content).encode()
    return SentQuestion(signed, sign_detached(signed, key).encode(), request)


@contextmanager
def open_responder(world: Workspace, home: Home, at: datetime = AUGUST_2025) -> Iterator[QuestionResponder]:
    """Open the custodian's side for questions, on a machine whose clock shows `at`."""
    memory = QuestionMemory()
    try:
        with open_gateway_at(home, at) as gateway:
            yield QuestionResponder(memory.attach(gateway), world.index)
    finally:
        memory.close()


def read_answer(outcome: QuestionOutcome) -> tuple[str, str, str]:
    """Return the answer's request_id, code and reasons; the error's code, or `held`, when there is none."""
    if outcome.error is not None:
        return "", outcome.error.code, ""
    if outcome.files is None:
        return "", "held", ""
    header, line = outcome.files["answers.csv"].decode().splitlines()
    assert header == "request_id,code,reasons"
    request_id, code, reasons = line.split(",")
    return request_id, code, reasons
