"""The control database's history, as Alembic revisions; `schema` runs them.

Guarantees: a revision that was ever released is never changed; each runs in one transaction, on SQLite too.
"""
