"""Somebody else's memory of the log: what a split view, a fork, or a database restored from yesterday runs into.

A witness (the requester's, an inspector's) keeps the last checkpoint that it saw of each log and cosigns the next one
only if the log has merely grown. The custodian asks for cosignatures before it delivers, if its policy says so.

    witness side      `judging` decides, `state` remembers (one table), `serving` speaks HTTP
    custodian side    `policy` says who must cosign, `asking` gets it done

Basis: C2SP tlog-witness v1.0.0, tlog-cosignature, tlog-policy. The witness side needs none of Comity's stores.
Start at `judging.Witness`.
"""
