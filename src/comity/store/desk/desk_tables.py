"""The tables of the desk, as SQLAlchemy Core metadata.

Guarantees: STRICT tables; times are UTC text, compared as text (see `timestamps`); a token or an id is stored as its
SHA-256 only.
Does not: migrate. A desk of another version is refused.
Start at `metadata`.
"""

import sqlalchemy as sa

DESK_VERSION = 1
"""Stored as the file's user_version; raise it with every change of a table."""

metadata = sa.MetaData()

access_tokens = sa.Table(  # of clients, five minutes each
    "access_tokens",
    metadata,
    sa.Column("token_sha256", sa.Text, primary_key=True),
    sa.Column("client", sa.Text, nullable=False),  # thumbprint of the client's key on file
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("office", sa.Text, nullable=False),
    sa.Column("proof_key", sa.Text, nullable=False),  # thumbprint of the DPoP key that it is bound to
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)

used_assertions = sa.Table(  # so that an assertion counts once
    "used_assertions",
    metadata,
    sa.Column("id_sha256", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
