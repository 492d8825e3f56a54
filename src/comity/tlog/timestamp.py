"""Request and open RFC 3161 timestamps over a checkpoint: an authority's word that the log was no shorter at that time.

Guarantees: a timestamp is returned only when it verifies against the caller's root certificates, over the exact bytes
of the checkpoint as published, and (for a new request) against our own nonce.
Does not: replace a witness, because an authority stamps both sides of a fork. Optional: `comity[timestamp]`.
Basis: RFC 3161, through `rfc3161-client`.
Start at `request_timestamp`, then `open_timestamp`.
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
    """Load the root certificates that a person trusts, from PEM. Raises LedgerError `proof_invalid`."""
    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise LedgerError("proof_invalid", "The root certificates cannot be read.", "Give them in PEM form.") from None


def request_timestamp(
    checkpoint: bytes, url: str, roots: Sequence[Certificate], post: HttpPost = send_request
) -> bytes:
    """Request a timestamp over a checkpoint and return the authority's response (DER), verified.

    Raises LedgerError `proof_invalid` when the authority cannot be reached or its stamp does not verify.
    """
    client = _import_rfc3161_client()
    request = client.TimestampRequestBuilder().data(checkpoint).hash_algorithm(client.HashAlgorithm.SHA256).build()
    try:
        status, response = post(url, request.as_bytes(), QUERY_CONTENT_TYPE)
    except OSError:
        status, response = 0, b""
    if status != 200:
        message = "The time-stamping authority could not be reached, or did not stamp."
        raise LedgerError("proof_invalid", message, "Nothing is lost: the checkpoint is valid without it. Try again.")
    _open_response(checkpoint, response, roots, nonce=request.nonce)
    return response


def open_timestamp(checkpoint: bytes, response: bytes, roots: Sequence[Certificate]) -> datetime:
    """Verify a stored response over a checkpoint and return its time. Raises LedgerError `proof_invalid`."""
    return _open_response(checkpoint, response, roots, nonce=None)


def _open_response(checkpoint: bytes, response: bytes, roots: Sequence[Certificate], *, nonce: int | None) -> datetime:
    client = _import_rfc3161_client()
    builder = client.VerifierBuilder(roots=list(roots), nonce=nonce)
    try:
        decoded = client.decode_timestamp_response(response)
        builder.build().verify_message(decoded, checkpoint)
        time: datetime = decoded.tst_info.gen_time
    except (client.VerificationError, ValueError) as error:
        message = "The timestamp does not verify over this checkpoint under these roots."
        raise LedgerError(
            "proof_invalid", message, "Request a new one, and compare the checkpoint with another copy."
        ) from error
    return time


def _import_rfc3161_client() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415  an optional dependency
    except ImportError:
        raise LedgerError(
            "proof_invalid", "Timestamps need one more library.", "pip install comity[timestamp]"
        ) from None
    return rfc3161_client
