"""The tables of the desk, as SQLAlchemy Core metadata.

Guarantees: STRICT tables; times are UTC text, compared as text (see `timestamps`); a token or an id is stored as its
SHA-256 only.
Does not: migrate. A desk of another version is refused.
Start at `metadata`.
"""

import sqlalchemy as sa

DESK_VERSION = 3
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

uploads = sa.Table(  # a batch of an agency, from its manifest on; the files are in the work folder
    "uploads",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.Column("agreement", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("manifest_sha256", sa.Text, nullable=False),
    sa.Column("requests_sha256", sa.Text, nullable=False),  # as the manifest says it
    sa.Column("requests_name", sa.Text, nullable=False),
    sa.Column("signed_by", sa.Text),  # thumbprint of the key on file that signed the manifest
    sa.Column("revision", sa.Integer, nullable=False),  # counts what the agency changed
    sa.Column("changed_at", sa.Text, nullable=False),
    sa.Column("visible_at", sa.Text),  # when the state below may be seen
    sa.Column("problem", sa.Text),  # an error's code, of a batch that was refused unread
    sa.Column("file_mark", sa.Text),  # of what was on file when the batch was last judged
    sa.UniqueConstraint("requester", "batch_id"),
    sa.CheckConstraint("state IN ('receiving', 'received', 'held', 'refused', 'answered', 'failed')"),
    sqlite_strict=True,
)

upload_parts = sa.Table(
    "upload_parts",
    metadata,
    sa.Column("upload", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sqlite_strict=True,
)

jobs = sa.Table(  # work that a submission leads to; done once for each version of its subject
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("upload", sa.Integer, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("run_after", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("fence", sa.Integer, nullable=False),  # who holds the lease: a claim raises it
    sa.Column("lease_until", sa.Text),
    sa.Column("visible_at", sa.Text),  # when the result may be seen
    sa.Column("result", sa.Text),
    sa.Column("problem", sa.Text),
    sa.UniqueConstraint("kind", "upload", "version"),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'stuck')"),
    sqlite_strict=True,
)

saved_replies = sa.Table(  # what was replied to a request with an Idempotency-Key
    "saved_replies",
    metadata,
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("key_sha256", sa.Text, primary_key=True),
    sa.Column("request_sha256", sa.Text, nullable=False),
    sa.Column("reply", sa.Text),  # null while the request is under way
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
