"""Filings (court orders entered at run time), and until when a rehearsal took into account what was on file."""

import sqlalchemy as sa
from alembic import op

from comity.store.migrations.versions.r0001_first import BIG, STRICT, TEXT, blob, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "filings",
        sa.Column("entry", BIG, primary_key=True, autoincrement=False),
        *(text(name) for name in ("order", "step", "by", "name", "at", "content")),
        blob("salt"),
        text("signature"),
        **STRICT,
    )
    op.add_column("batches", sa.Column("known_as_of", TEXT, nullable=True))
