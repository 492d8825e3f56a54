"""A corrective action plan as two persons file it, for tests in which a batch is not synthetic."""

import base64
import hashlib
from typing import Any

PAPER = b"We will encrypt the computer on which the answers are kept.\n"


def make_plan(**changes: Any) -> dict[str, Any]:
    """Return the content of a filing that accepts a plan of ICE, with some fields changed."""
    return {
        "agency": "ice",
        "title": "Corrective action plan",
        "dated_on": "2025-05-01",
        "due_on": "2026-05-01",
        "document": base64.b64encode(PAPER).decode(),
        "document_sha256": hashlib.sha256(PAPER).hexdigest(),
        "reason": "Covers every open finding",
    } | changes
