"""The desk's tables of people: sessions in a browser, and log-ins that are under way.

Guarantees: as `desk_tables`: STRICT, UTC text, and a secret is stored as its SHA-256 only. No name of a person is in
them; whose an account is, is on file.
Start at `sessions`.
"""

import sqlalchemy as sa

from comity.store.desk import desk_tables

metadata = desk_tables.metadata
"""Of every table of the desk, once this module is imported."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_sha256", sa.Text, primary_key=True),
    sa.Column("handle", sa.Text, nullable=False, unique=True),  # names it to whoever may end it
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("seen_at", sa.Text, nullable=False),  # of its last request
    sqlite_strict=True,
)

logins = sa.Table(  # from the way to the provider until the way back
    "logins",
    metadata,
    sa.Column("state_sha256", sa.Text, primary_key=True),
    sa.Column("browser_sha256", sa.Text, nullable=False),  # of a cookie: whose browser began it
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),  # of PKCE (RFC 7636)
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
