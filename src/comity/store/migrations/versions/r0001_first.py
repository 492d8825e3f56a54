"""The first tables: batches, answers, and the ledger in entries, nodes, head and checkpoints."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
NOT_REFUSED = sa.text("code <> 'REFUSED'")


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """Return a text column."""
    return sa.Column(name, TEXT, nullable=nullable)


def blob(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    """Return a column of bytes."""
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "batches",
        sa.Column("batch_id", TEXT, primary_key=True),
        text("requester"),
        text("agreement"),
        text("manifest_sha256"),
        text("requests_sha256"),
        sa.Column("rows", BIG, nullable=False),
        text("received_at"),
        text("as_of"),
        text("status"),
        text("law_fingerprint", nullable=True),
        text("index_fingerprint", nullable=True),
        text("model_fingerprint", nullable=True),
        text("answers_sha256", nullable=True),
        text("orders", nullable=True),
        sa.Column("first_entry", BIG, unique=True),
        sa.Column("release_entry", BIG, unique=True),
        blob("release_salt", nullable=True),
        sa.Column("rehearsal", sa.Boolean().with_variant(sa.Integer(), "sqlite")),
        text("answered_at", nullable=True),
        text("summary", nullable=True),
        sa.CheckConstraint("status IN ('received', 'held', 'answered')", name="batches_status"),
        sa.CheckConstraint("(status = 'answered') = (release_entry IS NOT NULL)", name="batches_released"),
        **STRICT,
    )
    op.create_table(
        "entries",
        sa.Column("first_index", BIG, primary_key=True, autoincrement=False),
        sa.Column("width", BIG, nullable=False),
        blob("bundle"),
        blob("hashes"),
        text("recorded_at"),
        sqlite_strict=True,
    )
    op.create_table(
        "answers",
        sa.Column("batch_id", TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
        sa.Column("row", BIG, primary_key=True, autoincrement=False),
        text("request_id"),
        text("code"),
        text("reasons"),
        text("outcome", nullable=True),
        sa.Column("match_probability", REAL),
        text("record_id", nullable=True),
        blob("salt"),
        sa.Column("entry", BIG, nullable=False),
        **STRICT,
    )
    op.create_index(
        "answers_once",
        "answers",
        ["batch_id", "request_id"],
        unique=True,
        sqlite_where=NOT_REFUSED,
        postgresql_where=NOT_REFUSED,
    )
    op.create_table(
        "nodes",
        sa.Column("level", BIG, primary_key=True, autoincrement=False),
        sa.Column("node_index", BIG, primary_key=True, autoincrement=False),
        blob("hash"),
        **STRICT,
    )
    op.create_table(
        "head",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("size", BIG, nullable=False),
        blob("root"),
        blob("frontier"),
        sa.CheckConstraint("id = 1", name="head_single"),
        **STRICT,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", BIG, primary_key=True, autoincrement=False),
        blob("root"),
        text("note"),
        text("signed_at"),
        **STRICT,
    )
