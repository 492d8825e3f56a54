"""Read the header fields and parameters that several routes take, and say strictly what is wrong with one.

Basis: RFC 9110 section 13 (If-Match, If-None-Match), RFC 9530 (Content-Digest), RFC 7240 (Prefer), the IETF's draft on
the Idempotency-Key.
Start at `read_version`.
"""

import base64
import binascii
import re

from fastapi import Request

from comity.app.api.problems import ProblemError

MAX_PAGE = 200
_ETAG = re.compile(r'"([0-9a-f]{32})"')
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{8,128})"?')
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")
_MAX_WAIT_SECONDS = 25


def read_version(request: Request) -> str | None:
    """Return the one version that If-Match names; None without the field.

    Raises ProblemError `request_invalid` for a list, a weak one or a star.
    """
    text = request.headers.get("if-match")
    if text is None:
        return None
    match = _ETAG.fullmatch(text.strip())
    if match is None:
        raise ProblemError("request_invalid", "If-Match names one ETag, as a GET returned it.")
    return match[1]


def format_etag(version: str) -> str:
    """Return a version as the ETag field has it."""
    return f'"{version}"'


def read_sha256(request: Request) -> str:
    """Return the SHA-256 that Content-Digest says the body has, in hex. Raises ProblemError `digest_missing`."""
    members = [member.strip() for member in request.headers.get("content-digest", "").split(",")]
    found = [match[1] for member in members if (match := _DIGEST.fullmatch(member))]
    if len(found) != 1:
        message = "Content-Digest says what the body hashes to, as sha-256=:base64:."
        raise ProblemError("digest_missing", message, "Send it with every part (RFC 9530).")
    return base64.b64decode(found[0]).hex()


def format_sha256(sha256: str) -> str:
    """Return a SHA-256 in hex as Content-Digest has it."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def read_idempotency_key(request: Request) -> str:
    """Return the Idempotency-Key of a request. Raises ProblemError `key_missing`."""
    match = _KEY.fullmatch(request.headers.get("idempotency-key", "").strip())
    if match is None:
        message = "A POST carries an Idempotency-Key of 8 to 128 printable characters of its own."
        raise ProblemError("key_missing", message, "Make a new one for each thing to do, and keep it for tries again.")
    return match[1]


def read_wait(request: Request) -> int:
    """Return how many seconds the caller would wait for a result (Prefer: wait), at most 25."""
    match = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(match[1]), _MAX_WAIT_SECONDS) if match else 0


def read_cursor(cursor: str | None) -> int | None:
    """Return where a page begins; None for the first. Raises ProblemError `request_invalid`."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text) or make_cursor(int(text)) != cursor:
        raise ProblemError("request_invalid", "The cursor is none that this API gave.", "Begin without one.")
    return int(text)


def make_cursor(position: int) -> str:
    """Return a position as an opaque cursor."""
    return base64.urlsafe_b64encode(str(position).encode()).decode()
