"""The token endpoint, and who sent a request by its token and proof.

Guarantees: a token is opaque, good for five minutes, and only with a proof of the key that it is bound to; errors of
the token endpoint are those of RFC 6749 section 5.2 and name no reason that helps to guess.
Basis: RFC 6749 (client_credentials), RFC 7523 (private_key_jwt), RFC 9449 (DPoP).
Start at `TokenAuthenticator` and `issue_access_token`.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from comity.app import clock
from comity.app.access import Caller
from comity.app.api.gatekeeper import AsgiScope
from comity.app.api.problems import ProblemError
from comity.app.api.service_access import CallerDependency, get_proofs, get_service
from comity.app.api.token_claims import ClaimsError, ProofVerifier, StaleNonceError, verify_assertion
from comity.app.use_cases import client_tokens
from comity.app.use_cases.client_tokens import TOKEN_SECONDS
from comity.app.use_cases.service_readiness import Service

TOKEN_PATH = "/oauth/token"  # noqa: S105  a path
ASSERTION_FORM = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NONCE_HEADER = "dpop-nonce"

_CHALLENGE = 'DPoP algs="ES256 Ed25519 EdDSA"'
_TOKEN_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM_FIELDS = {"grant_type", "client_assertion_type", "client_assertion", "client_id", "scope"}

token_router = APIRouter()


class AccessToken(BaseModel):
    """A token, and for how many seconds it is good."""

    access_token: str
    token_type: str
    expires_in: int


class ClientDescription(BaseModel):
    """Whom a token is for."""

    requester: str
    office: str
    key: str


class TokenRefusal(BaseModel):
    """Why no token was given, by a code of RFC 6749 or RFC 9449."""

    error: str
    error_description: str


class TokenRefusedError(Exception):
    """Why no token is given: a code of RFC 6749 or RFC 9449, and a sentence of ours."""

    def __init__(self, *, error: str, description: str) -> None:
        """Raise with a code and a sentence."""
        super().__init__(description)
        self.error = error
        self.description = description


class TokenAuthenticator:
    """Tells who sent a request from its Authorization and DPoP fields."""

    def __init__(self, service: Service, proofs: ProofVerifier) -> None:
        """Use the tokens of a service and the proofs of this process."""
        self._service = service
        self._proofs = proofs

    async def authenticate(self, scope: AsgiScope) -> Caller:
        """Return who sent a request. Raises ProblemError `not_authenticated`, with the nonce to use."""
        return await run_in_threadpool(self._authenticate, scope)

    def list_headers(self) -> dict[str, str]:
        """Return the nonce that the next proof carries."""
        return {NONCE_HEADER: self._proofs.make_nonce(clock.now())}

    def _authenticate(self, scope: AsgiScope) -> Caller:
        at = clock.now()
        fields = [(name, value) for name, value in scope["headers"] if name in {b"authorization", b"dpop"}]
        given = {name: value.decode("latin-1") for name, value in fields}
        scheme, _, token = given.get(b"authorization", "").partition(" ")
        if len(fields) != len(given) or scheme.lower() != "dpop" or not _TOKEN_FORM.fullmatch(token):
            raise self._refuse("invalid_token")
        found = client_tokens.find_caller(self._service, token, at=at)
        if found is None:
            raise self._refuse("invalid_token")
        caller, proof_key = found
        url = f"{self._service.settings.issuer}{scope['raw_path'].decode('latin-1').partition('?')[0]}"
        try:
            proven = self._proofs.verify(
                given.get(b"dpop", ""), method=str(scope["method"]), url=url, at=at, token=token
            )
        except StaleNonceError:
            raise self._refuse("use_dpop_nonce") from None
        except ClaimsError:
            raise self._refuse("invalid_dpop_proof") from None
        if proven != proof_key:
            raise self._refuse("invalid_token")
        return caller

    def _refuse(self, error: str) -> ProblemError:
        headers = {"www-authenticate": f'{_CHALLENGE}, error="{error}"', **self.list_headers()}
        message = "The token, or the proof of the key that it is bound to, does not count."
        return ProblemError("not_authenticated", message, f"Ask for one at {TOKEN_PATH}.", headers=headers)


@token_router.post(TOKEN_PATH, responses={200: {"model": AccessToken}, 400: {"model": TokenRefusal}})
async def issue_access_token(request: Request) -> Response:
    """Give a client a token: grant_type client_credentials, a signed client_assertion, and a DPoP proof."""
    form = _parse_form(request.headers.get("content-type", ""), await request.body())
    return await run_in_threadpool(_issue_token, request, form)


@token_router.get("/v1/client")
async def show_client(caller: CallerDependency) -> ClientDescription:
    """Return whom the token is for: the agency, the office that the key is registered for, and the key."""
    return ClientDescription(requester=caller.requester, office=caller.office, key=caller.key)


def _parse_form(content_type: str, body: bytes) -> dict[str, str] | None:
    """Return the fields of a form; None when it is no form, or has a field twice or an unknown one."""
    if content_type.partition(";")[0].strip().lower() != _FORM_TYPE:
        return None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=10)
    except ValueError:
        return None
    form = dict(pairs)
    return form if len(form) == len(pairs) and form.keys() <= _FORM_FIELDS else None


def _issue_token(request: Request, form: dict[str, str] | None) -> Response:
    service, proofs, at = get_service(request), get_proofs(request), clock.now()
    headers = {NONCE_HEADER: proofs.make_nonce(at)}
    try:
        fields = _verify_form(form)
        proof_key = _verify_token_proof(proofs, request, service.settings.issuer)
        token = _redeem_assertion(service, fields, proof_key)
    except TokenRefusedError as refusal:
        content = {"error": refusal.error, "error_description": refusal.description}
        return JSONResponse(content, 401 if refusal.error == "invalid_client" else 400, headers)
    given: dict[str, Any] = {"access_token": token, "token_type": "DPoP", "expires_in": TOKEN_SECONDS}
    return JSONResponse(given, headers=headers)


def _verify_form(form: dict[str, str] | None) -> dict[str, str]:
    if form is None or form.get("client_assertion_type") != ASSERTION_FORM:
        raise TokenRefusedError(error="invalid_request", description="The form does not have its fields.")
    if form.get("grant_type") != "client_credentials":
        raise TokenRefusedError(error="unsupported_grant_type", description="Only client_credentials is given.")
    if form.get("scope"):
        raise TokenRefusedError(
            error="invalid_scope", description="There are no scopes: the access table says what a client may."
        )
    return form


def _verify_token_proof(proofs: ProofVerifier, request: Request, issuer: str) -> str:
    """Return the thumbprint of the key that the token is to be bound to."""
    given = request.headers.getlist("dpop")
    proof = given[0] if len(given) == 1 else ""
    try:
        return proofs.verify(proof, method="POST", url=f"{issuer}{TOKEN_PATH}", at=clock.now())
    except StaleNonceError:
        raise TokenRefusedError(
            error="use_dpop_nonce", description="The proof carries the nonce of this response's header."
        ) from None
    except ClaimsError:
        raise TokenRefusedError(error="invalid_dpop_proof", description="The proof does not count.") from None


def _redeem_assertion(service: Service, form: dict[str, str], proof_key: str) -> str:
    """Return a token for the client that signed the form's assertion."""
    at, refusal = clock.now(), TokenRefusedError(error="invalid_client", description="The assertion does not count.")
    keys = client_tokens.list_client_keys(service)
    try:
        assertion = verify_assertion(form.get("client_assertion", ""), keys, audience=service.settings.issuer, at=at)
    except ClaimsError:
        raise refusal from None
    if form.get("client_id", assertion.client) != assertion.client:
        raise refusal
    token = client_tokens.issue_token(service, assertion, proof_key=proof_key, at=at)
    if token is None:
        raise refusal
    return token
