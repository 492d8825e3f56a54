"""Batches that the ledger names by a salted hash; each keeps the id that its requester gave it."""

import sqlalchemy as sa
from alembic import op

from comity.store.migrations.versions.r0001_first import TEXT, blob

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Change the table."""
    op.add_column("batches", sa.Column("given_id", TEXT, nullable=True))
    op.add_column("batches", blob("name_salt", nullable=True))
    op.create_index("batches_given", "batches", ["requester", "given_id"], unique=True)
