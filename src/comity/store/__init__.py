"""The control database: what was received, what was answered, and the ledger's rows.

Functions are grouped by table (`batches`, `answers`, `entries`, `filings`, ...) and take a `Snapshot` (to read) or a
`Transaction` (to write). Everything that must happen together happens in one `Transaction`.

Guarantees: a transaction is durable when `Store.begin` ends, or did not happen; a SQLite file is unreadable without its
key.
Does not: hold the custodian's records, or decide anything.
Basis: ADR 0003 (SQLCipher, PostgreSQL), ADR 0009 (nothing on file changes).
Start at `database.Store`, then `tables`; `backend` for what differs between databases.
"""
