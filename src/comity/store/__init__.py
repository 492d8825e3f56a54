"""The control database: what was received, what was answered, and the ledger's rows, in one encrypted file.

Functions are grouped by table and take a `Snapshot` (reading) or a `Transaction` (writing): `batches`, `answers`,
`entries`, `checkpoints`. All that must happen together happens in one `Transaction`.

Guarantees: nothing is readable without the key; a transaction is durable when `Store.begin` ends, or did not happen.
Does not: hold the custodian's records, or decide anything.
Basis: stack.md 4.1 (SQLCipher, WAL, synchronous FULL) and 5 (exactly once is one transaction).
Start at `connection.Store`, then `tables`.
"""
