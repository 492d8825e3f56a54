"""A table for what each release commits to, so that it is added whole and no statement's parameters say it."""

import sqlalchemy as sa
from alembic import op

from comity.store.migrations.versions.r0001_first import STRICT, TEXT, blob, text

revision = "0007"
down_revision = "0006"

MOVED = ("answers_sha256", "release_salt", "summary")


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "releases",
        sa.Column("batch_id", TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
        text("answers_sha256", nullable=True),
        blob("release_salt", nullable=True),
        text("summary", nullable=True),
        **STRICT,
    )
    columns = ", ".join(("batch_id", *MOVED))
    op.execute(f"INSERT INTO releases ({columns}) SELECT {columns} FROM batches WHERE status = 'answered'")
    on_table = "" if op.get_context().dialect.name == "sqlite" else " ON batches"
    op.execute(f"DROP TRIGGER IF EXISTS guard_batches_update{on_table}")  # it names the columns; guards come back
    for name in MOVED:
        op.drop_column("batches", name)
