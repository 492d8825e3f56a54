"""This product's log over the control database: an RFC 9162 Merkle log of what was answered (docs/spec/ledger.md).

`leaf` encodes entries, `log` appends and signs, `publish` writes the static files, `fsck` checks everything inside,
`purge` erases answers, `keys` rotates keys, `witness_client` obtains cosignatures. The formats are in `comity.tlog`.
Anyone else checks the published files with `comity_ledger_verify`, one file that shares no code with this package.
Start at `log`, then `leaf`.
"""
