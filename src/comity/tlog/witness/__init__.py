"""Witness a log: detect a split view, a fork, or a database restored from an older copy.

A witness (the requester's, an inspector's) stores the last checkpoint that it saw of each log and cosigns the next one
only if the log has only grown. The custodian obtains cosignatures before it delivers, if its policy says so.

    witness side      `witness` decides, `state` stores (one table), `http_server` serves HTTP
    custodian side    `witness_policy` says who must cosign; `comity.ledger.witness_client` obtains the cosignatures

Basis: C2SP tlog-witness v1.0.0, tlog-cosignature, tlog-policy. ADR 0022 names the witnesses to run in production.
Start at `witness.Witness`.
"""
