"""Give routes the service that a request is for, and who sent it.

Start at `get_service`.
"""

from typing import Annotated

from fastapi import Depends, Request

from comity.app.access import Caller, PersonCaller
from comity.app.api.token_claims import ProofVerifier
from comity.app.use_cases.service_readiness import Service


def get_service(request: Request) -> Service:
    """Return the service that a request is for."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def get_proofs(request: Request) -> ProofVerifier:
    """Return what verifies the proofs of this process."""
    proofs = request.app.state.proofs
    assert isinstance(proofs, ProofVerifier)
    return proofs


def get_caller(request: Request) -> Caller:
    """Return who sent a request, as the gatekeeper found. AssertionError on a route that anybody may use."""
    caller = request.scope["comity.caller"]
    assert isinstance(caller, Caller)
    return caller


def get_person(request: Request) -> PersonCaller:
    """Return which person sent a request, as the gatekeeper found. AssertionError on a route of other callers."""
    caller = request.scope["comity.caller"]
    assert isinstance(caller, PersonCaller)
    return caller


def get_form(request: Request) -> dict[str, str]:
    """Return the fields of a person's form, as the gatekeeper has read and compared it."""
    form = request.scope["comity.form"]
    assert isinstance(form, dict)
    return form


FormDependency = Annotated[dict[str, str], Depends(get_form)]
PersonDependency = Annotated[PersonCaller, Depends(get_person)]
ServiceDependency = Annotated[Service, Depends(get_service)]
CallerDependency = Annotated[Caller, Depends(get_caller)]
