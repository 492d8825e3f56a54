"""An RFC 3161 timestamp over a checkpoint: an authority's word that the log was no shorter at that time.

Guarantees: what is returned verified against root certificates that the caller passed in, over the very bytes of the
checkpoint as published, and (when just asked for) against our own nonce.
Does not: replace a witness: an authority stamps both sides of a fork. It is an option: `pip install comity[timestamp]`.
Basis: RFC 3161, through `rfc3161-client`.
Start at `request_timestamp`, then `verify_timestamp`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate, load_pem_x509_certificates

from comity.errors import LedgerError
from comity.tlog.http_client import send_request

QUERY_CONTENT_TYPE = "application/timestamp-query"
HttpPost = Callable[[str, bytes, str], tuple[int, bytes]]


def load_root_certificates(pem: bytes) -> list[Certificate]:
    """The root certificates that a person trusts. Raises LedgerError `proof_invalid`."""
    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise LedgerError("proof_invalid", "The root certificates cannot be read.", "Give them in PEM form.") from None


def request_timestamp(
    checkpoint: bytes, url: str, roots: Sequence[Certificate], post: HttpPost = send_request
) -> bytes:
    """Have a checkpoint stamped; the response (DER), verified.

    Raises LedgerError `proof_invalid` when the authority cannot be had or its stamp does not verify.
    """
    client = _import_rfc3161_client()
    request = client.TimestampRequestBuilder().data(checkpoint).hash_algorithm(client.HashAlgorithm.SHA256).build()
    try:
        status, reply = post(url, request.as_bytes(), QUERY_CONTENT_TYPE)
    except OSError:
        status, reply = 0, b""
    if status != 200:
        message = "The time-stamping authority could not be reached, or did not stamp."
        raise LedgerError("proof_invalid", message, "Nothing is lost: the checkpoint stands without it. Try again.")
    _open_response(checkpoint, reply, roots, nonce=request.nonce)
    return reply


def open_timestamp(checkpoint: bytes, response: bytes, roots: Sequence[Certificate]) -> datetime:
    """Verify a stored response over a checkpoint; the time it vouches for. Raises LedgerError `proof_invalid`."""
    return _open_response(checkpoint, response, roots, nonce=None)


def _open_response(checkpoint: bytes, response: bytes, roots: Sequence[Certificate], *, nonce: int | None) -> datetime:
    client = _import_rfc3161_client()
    builder = client.VerifierBuilder(roots=list(roots), nonce=nonce)
    try:
        decoded = client.decode_timestamp_response(response)
        builder.build().verify_message(decoded, checkpoint)
        at: datetime = decoded.tst_info.gen_time
    except (client.VerificationError, ValueError) as fault:
        message = "The timestamp does not verify over this checkpoint under these roots."
        raise LedgerError(
            "proof_invalid", message, "Ask for it anew, and compare the checkpoint with another copy."
        ) from fault
    return at


def _import_rfc3161_client() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415  an option
    except ImportError:
        raise LedgerError(
            "proof_invalid", "Timestamps need one more library.", "pip install comity[timestamp]"
        ) from None
    return rfc3161_client
