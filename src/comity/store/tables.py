"""The tables of the control database, as SQLAlchemy Core metadata that SQLite and PostgreSQL both take.

Guarantees: one answer for each row of a batch, and one that is not a refusal for each request_id, by
constraint; on SQLite the tables are STRICT. Times are UTC text (see `times`), hashes of the tree are bytes, others hex.
Does not: create anything; `migrations` does, and a test holds the two together. What may be changed: `guards`.
Start at `batches`.
"""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite's own INTEGER has 64 bits
_REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # compared byte by byte, as SQLite does
_STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


batches = sa.Table(
    "batches",
    metadata,
    sa.Column("batch_id", _TEXT, primary_key=True),
    _text("requester"),
    _text("agreement"),
    _text("manifest_sha256"),
    _text("requests_sha256"),
    sa.Column("rows", _BIG, nullable=False),
    _text("received_at"),
    _text("as_of"),
    _text("status"),
    _text("law_fingerprint", nullable=True),
    _text("index_fingerprint", nullable=True),
    _text("model_fingerprint", nullable=True),
    _text("answers_sha256", nullable=True),
    _text("orders", nullable=True),
    sa.Column("first_entry", _BIG, unique=True),
    sa.Column("release_entry", _BIG, unique=True),
    sa.Column("release_salt", sa.LargeBinary),
    sa.Column("rehearsal", sa.Boolean().with_variant(sa.Integer(), "sqlite")),
    _text("answered_at", nullable=True),
    _text("summary", nullable=True),
    _text("known_as_of", nullable=True),  # of a rehearsal: what was on file then, or (known now) when it was run
    sa.CheckConstraint("status IN ('received', 'held', 'answered')", name="batches_status"),
    sa.CheckConstraint("(status = 'answered') = (release_entry IS NOT NULL)", name="batches_released"),
    **_STRICT,
)

entries = sa.Table(  # up to 256 entries a row: those that one append put into one tile. Never updated
    "entries",
    metadata,
    sa.Column("first_index", _BIG, primary_key=True, autoincrement=False),
    sa.Column("width", _BIG, nullable=False),
    sa.Column("bundle", sa.LargeBinary, nullable=False),  # each entry after its length in two bytes (C2SP tlog-tiles)
    sa.Column("hashes", sa.LargeBinary, nullable=False),  # 32 bytes for each entry
    _text("recorded_at"),
    sqlite_strict=True,
)

answers = sa.Table(  # what a purge makes null, and nothing else ever changes: request_id to salt
    "answers",
    metadata,
    sa.Column("batch_id", _TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("row", _BIG, primary_key=True, autoincrement=False),
    _text("request_id", nullable=True),
    _text("code", nullable=True),
    _text("reasons", nullable=True),
    _text("outcome", nullable=True),
    sa.Column("match_probability", _REAL),
    _text("record_id", nullable=True),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("entry", _BIG, nullable=False),
    **_STRICT,
)

_not_refused = sa.text("code <> 'REFUSED'")  # of several rows under one request_id each is refused, each is on file
sa.Index(
    "answers_once",
    answers.c.batch_id,
    answers.c.request_id,
    unique=True,
    sqlite_where=_not_refused,
    postgresql_where=_not_refused,
)

purges = sa.Table(  # which answers were erased, by which ledger entry; a row must be here before its answer is erased
    "purges",
    metadata,
    sa.Column("batch_id", _TEXT, primary_key=True),
    sa.Column("row", _BIG, primary_key=True, autoincrement=False),
    sa.Column("entry", _BIG, nullable=False),
    _text("order"),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    _text("purged_at"),
    sa.ForeignKeyConstraint(["batch_id", "row"], ["answers.batch_id", "answers.row"], name="purges_answer"),
    **_STRICT,
)

filings = sa.Table(  # what counsel did about a court order, by which ledger entry. Never updated
    "filings",
    metadata,
    sa.Column("entry", _BIG, primary_key=True, autoincrement=False),
    _text("order"),
    _text("step"),
    _text("by"),
    _text("name"),
    _text("at"),
    _text("content"),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    _text("signature"),
    **_STRICT,
)

nodes = sa.Table(  # roots of complete subtrees of 256**level leaves: proofs and tiles without reading every entry
    "nodes",
    metadata,
    sa.Column("level", _BIG, primary_key=True, autoincrement=False),
    sa.Column("node_index", _BIG, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    **_STRICT,
)

head = sa.Table(  # one row, locked by whoever appends
    "head",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=False),
    sa.Column("size", _BIG, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    _text("recorded_at"),  # when the last entry was appended: the clock may not be before it
    sa.CheckConstraint("id = 1", name="head_single"),
    **_STRICT,
)

cosignatures = sa.Table(  # witnesses' signature lines under a checkpoint. Never updated
    "cosignatures",
    metadata,
    sa.Column("size", _BIG, sa.ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False),
    sa.Column("line", _TEXT, primary_key=True),
    _text("obtained_at"),
    **_STRICT,
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", _BIG, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    _text("note"),
    _text("signed_at"),
    **_STRICT,
)
