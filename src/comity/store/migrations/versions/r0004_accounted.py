"""Openings of further entries, manifests and reasons for the accounting, and the digests of what was asked."""

import sqlalchemy as sa
from alembic import op

from comity.store.migrations.versions.r0001_first import BIG, STRICT, TEXT, blob, text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "openings",
        sa.Column("entry", BIG, primary_key=True, autoincrement=False),
        text("kind"),
        text("about"),
        text("content"),
        blob("salt"),
        text("recorded_at"),
        **STRICT,
    )
    op.create_index("openings_about", "openings", ["kind", "about"])
    op.create_table("accounted", _batch(), text("manifest"), **STRICT)
    op.create_table(
        "reasons",
        _batch(),
        sa.Column("first_row", BIG, primary_key=True, autoincrement=False),
        blob("content"),
        **STRICT,
    )
    op.create_table(
        "asked",
        _batch(),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("bucket", BIG, primary_key=True, autoincrement=False),
        blob("digests"),
        blob("counts"),
        sqlite_strict=True,
    )
    op.create_index("asked_kind", "asked", ["kind", "bucket"])


def _batch() -> sa.Column[str]:
    return sa.Column("batch_id", TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True)
