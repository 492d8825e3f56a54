"""Which keys authenticate a client of the service, and the tokens they are given.

A client is a key of a requester's office that two persons filed (`comity signers add`). A key for systems is best
registered for an office of its own, which no agreement accepts as a batch's signer: then it asks for tokens and signs
nothing.

Guarantees: a key counts while it is on file; one person revokes it (`comity signers revoke`), and its tokens are
refused from the next request on. A key registered at first use, of a synthetic requester, is no client.
Basis: ADR 0025, ADR 0045.
Start at `list_client_keys`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from comity.app.access import Caller
from comity.app.use_cases.service_readiness import Service
from comity.law.signers import list_signers
from comity.ledger.filed import read_register
from comity.signing import Ed25519Key
from comity.store.desk import access_tokens
from comity.store.desk.access_tokens import StoredToken

TOKEN_SECONDS = 300


def list_client_keys(service: Service) -> dict[str, Ed25519Key]:
    """Return the key of every client by its thumbprint."""
    return {thumbprint: key for thumbprint, (key, _) in _read_clients(service).items()}


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """What a verified assertion says: the client's key by thumbprint, its id, and when it expires."""

    client: str
    jti: str
    expires_at: datetime


def issue_token(service: Service, assertion: ClientAssertion, *, proof_key: str, at: datetime) -> str | None:
    """Return a new token for a client, bound to the key of its proofs; None when the assertion was used before."""
    client = assertion.client
    _, caller = _read_clients(service)[client]
    token = secrets.token_urlsafe(32)
    with service.desk.begin() as connection:
        if not access_tokens.use_assertion(connection, client, assertion.jti, expires_at=assertion.expires_at, at=at):
            return None
        stored = StoredToken(client, caller.requester, caller.office, proof_key)
        expires_at = at + timedelta(seconds=TOKEN_SECONDS)
        access_tokens.insert_token(connection, token, stored, expires_at=expires_at)
    return token


def find_caller(service: Service, token: str, *, at: datetime) -> tuple[Caller, str] | None:
    """Return whose a token is and the thumbprint of its proofs' key; None unless its client's key is still on file."""
    with service.desk.read() as connection:
        stored = access_tokens.find_token(connection, token, at=at)
    if stored is None:
        return None
    caller = Caller(stored.requester, stored.office, stored.client)
    _, on_file = _read_clients(service).get(stored.client, (None, None))
    return (caller, stored.proof_key) if caller == on_file else None


def _read_clients(service: Service) -> Mapping[str, tuple[Ed25519Key, Caller]]:
    with service.store.read() as tx:
        signers = list_signers(read_register(tx))
    return {s.thumbprint: (s.key, Caller(s.requester, s.office, s.thumbprint)) for s in signers}
