"""The evidence: an RFC 9162 Merkle log of what was answered, that anybody can check (docs/spec/ledger.md).

For strangers there is a checker that shares no code with this package: `comity_ledger_verify`, one file.
Here: the formats (`merkle`, `note`, `checkpoint`, `tiles`, `proof`, `cosignature`) on the standard library and
`cryptography`; over the control database `leaf`, `log`, `publish` and `fsck`; and `witness`, somebody else's memory.

Start at `log`, then `merkle`.
"""
