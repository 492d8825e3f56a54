"""The desk: what the service needs while it works, in a database of its own beside the control database.

Nothing in it decides what was asked, answered or disclosed: the control database alone does. A desk that is lost costs
work that is under way, which is sent again; its tokens are no longer good, and no answer changes.

Guarantees: the file is unreadable without its key, which is derived from the control database's; a transaction is
durable when it ends, or did not happen. A writer here never waits for a release, which holds the control database's
lock for as long as a large batch takes.
Does not: hold a record, a request or an answer; those are files in the work folder.
Basis: ADR 0045.
Start at `desk_store.Desk`, then `desk_tables`.
"""
