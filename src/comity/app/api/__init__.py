"""The service's API over HTTP: routes, and what decides about a request before its body is read.

    gatekeeper      ASGI: request id, access, rate and size, in that order; every error becomes a problem
    token_claims    verify a client's assertion (RFC 7523) and the proof of its key (RFC 9449)
    problems        RFC 9457 problem documents, from the table of `comity.errors`
    application     the FastAPI application, whose routes are those of `comity.app.access`
    web_server      uvicorn on the address of the settings

Guarantees: nothing of a body is parsed, and none of it stored, before it is known who sent it and that they may; no
response carries a value of a record, and no error one of a request.
Does not: decide what the law allows, or open the index. A worker calls the same use case as `comity verify`.
Basis: docs/guides/service.md; RFC 9110, RFC 9457.
Start at `application.build_application`.
"""
