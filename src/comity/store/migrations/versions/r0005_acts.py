"""Filings about every act that takes two persons, not only about court orders."""

import sqlalchemy as sa
from alembic import op

from comity.store.migrations.versions.r0001_first import TEXT

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Change the table."""
    op.execute('ALTER TABLE filings RENAME COLUMN "order" TO subject')
    for name, default in (("act", "order"), ("device", "")):
        op.add_column("filings", sa.Column(name, TEXT, nullable=False, server_default=default))
