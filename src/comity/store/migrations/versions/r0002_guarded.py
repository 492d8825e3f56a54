"""Answers that a purge can erase, the purges, cosignatures, and a head that always exists and has a time."""

import hashlib

import sqlalchemy as sa
from alembic import op

from comity.store.migrations.versions.r0001_first import BIG, STRICT, TEXT, blob, text

revision = "0002"
down_revision = "0001"

ERASABLE = ("request_id", "code", "reasons", "salt")
BEGINNING = "0001-01-01T00:00:00.000000Z"


def upgrade() -> None:
    """Change the tables."""
    if op.get_context().dialect.name == "sqlite":
        _rebuild_answers()
    else:
        for name in ERASABLE:
            op.alter_column("answers", name, nullable=True)
    op.create_table(
        "purges",
        sa.Column("batch_id", TEXT, primary_key=True),
        sa.Column("row", BIG, primary_key=True, autoincrement=False),
        sa.Column("entry", BIG, nullable=False),
        text("order"),
        blob("salt"),
        text("purged_at"),
        sa.ForeignKeyConstraint(["batch_id", "row"], ["answers.batch_id", "answers.row"], name="purges_answer"),
        **STRICT,
    )
    op.create_table(
        "cosignatures",
        sa.Column("size", BIG, sa.ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False),
        sa.Column("line", TEXT, primary_key=True),
        text("obtained_at"),
        **STRICT,
    )
    op.add_column("head", sa.Column("recorded_at", TEXT, nullable=False, server_default=BEGINNING))
    if op.get_context().dialect.name != "sqlite":
        op.alter_column("head", "recorded_at", server_default=None)
    op.execute("UPDATE head SET recorded_at = coalesce((SELECT max(recorded_at) FROM entries), recorded_at)")
    empty = sa.table(
        "head",
        sa.column("id", sa.BigInteger),
        sa.column("size", sa.BigInteger),
        sa.column("root", sa.LargeBinary),
        sa.column("frontier", sa.LargeBinary),
        sa.column("recorded_at", sa.Text),
    )
    if op.get_bind().execute(sa.select(sa.func.count()).select_from(empty)).scalar_one() == 0:
        values = {"id": 1, "size": 0, "root": hashlib.sha256(b"").digest(), "frontier": b"", "recorded_at": BEGINNING}
        op.get_bind().execute(sa.insert(empty).values(values))


def _rebuild_answers() -> None:
    """Rebuild the table, since SQLite cannot drop NOT NULL from a column."""
    op.drop_index("answers_once", "answers")
    op.rename_table("answers", "answers_before")
    op.create_table(
        "answers",
        sa.Column("batch_id", TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
        sa.Column("row", BIG, primary_key=True, autoincrement=False),
        *(text(name, nullable=True) for name in ("request_id", "code", "reasons", "outcome")),
        sa.Column("match_probability", sa.REAL),
        text("record_id", nullable=True),
        blob("salt", nullable=True),
        sa.Column("entry", BIG, nullable=False),
        **STRICT,
    )
    op.execute("INSERT INTO answers SELECT * FROM answers_before")
    op.drop_table("answers_before")
    not_refused = sa.text("code <> 'REFUSED'")
    op.create_index("answers_once", "answers", ["batch_id", "request_id"], unique=True, sqlite_where=not_refused)
