"""The evidence: an RFC 9162 Merkle log of what was answered, that anybody can check (docs/spec/ledger.md).

For strangers, on the standard library and one signature primitive: `verify`, over `merkle`, `note`, `checkpoint`,
`tiles` and `proof`. For the custodian, over the control database: `leaf`, `log`, `publish` and `fsck`.

Start at `verify`, then `log`.
"""
