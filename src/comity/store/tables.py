"""The tables of the control database, as SQLAlchemy Core metadata that every backend takes.

Guarantees: by constraint, one answer for each row of a batch, and one that is not a refusal for each request_id; on
SQLite the tables are STRICT. Times are UTC text (see `timestamps`), hashes of the tree are bytes, others hex.
Does not: create anything; `migrations` does, and a test compares the two. `guards` says what may be changed.
Start at `batches`.
"""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

_BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite's own INTEGER has 64 bits
_DOUBLE: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # compared byte by byte, as SQLite does
_STRICT_OPTIONS: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _text_column(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


batches = sa.Table(
    "batches",
    metadata,
    sa.Column("batch_id", _TEXT, primary_key=True),
    _text_column("requester"),
    _text_column("agreement"),
    _text_column("manifest_sha256"),
    _text_column("requests_sha256"),
    sa.Column("rows", _BIGINT, nullable=False),
    _text_column("received_at"),
    _text_column("as_of"),
    _text_column("status"),
    _text_column("law_fingerprint", nullable=True),
    _text_column("index_fingerprint", nullable=True),
    _text_column("model_fingerprint", nullable=True),
    _text_column("orders", nullable=True),
    sa.Column("first_entry", _BIGINT, unique=True),
    sa.Column("release_entry", _BIGINT, unique=True),
    sa.Column("rehearsal", sa.Boolean().with_variant(sa.Integer(), "sqlite")),
    _text_column("answered_at", nullable=True),
    _text_column("known_as_of", nullable=True),  # of a rehearsal: until when it used what was on file
    _text_column("given_id", nullable=True),  # the requester's batch_id; null where that is the batch_id here too
    sa.Column("name_salt", sa.LargeBinary),  # opens the batch_id, by which the ledger names the batch
    sa.CheckConstraint("status IN ('received', 'held', 'answered')", name="batches_status"),
    sa.CheckConstraint("(status = 'answered') = (release_entry IS NOT NULL)", name="batches_released"),
    sa.Index("batches_given", "requester", "given_id", unique=True),
    **_STRICT_OPTIONS,
)

releases = sa.Table(  # what each release's entry commits to, and its record. A purge makes all but batch_id null
    "releases",
    metadata,
    sa.Column("batch_id", _TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
    _text_column("answers_sha256", nullable=True),
    sa.Column("release_salt", sa.LargeBinary),
    _text_column("summary", nullable=True),
    **_STRICT_OPTIONS,
)

entries = sa.Table(  # up to 256 entries a row: those that one append put into one tile. Never updated
    "entries",
    metadata,
    sa.Column("first_index", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("width", _BIGINT, nullable=False),
    sa.Column("bundle", sa.LargeBinary, nullable=False),  # as `EntryBlock` has it: compressed
    sa.Column("hashes", sa.LargeBinary, nullable=False),  # 32 bytes for each entry
    _text_column("recorded_at"),
    sqlite_strict=True,
)

answers = sa.Table(  # a purge makes request_id to salt null; nothing else ever changes
    "answers",
    metadata,
    sa.Column("batch_id", _TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("row", _BIGINT, primary_key=True, autoincrement=False),
    _text_column("request_id", nullable=True),
    _text_column("code", nullable=True),
    _text_column("reasons", nullable=True),
    _text_column("outcome", nullable=True),
    sa.Column("match_probability", _DOUBLE),
    _text_column("record_id", nullable=True),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("entry", _BIGINT, nullable=False),
    **_STRICT_OPTIONS,
)

_not_refused = sa.text("code <> 'REFUSED'")  # several rows under one request_id are each refused and each on file
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
    sa.Column("row", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("entry", _BIGINT, nullable=False),
    _text_column("order"),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    _text_column("purged_at"),
    sa.ForeignKeyConstraint(["batch_id", "row"], ["answers.batch_id", "answers.row"], name="purges_answer"),
    **_STRICT_OPTIONS,
)

filings = (
    sa.Table(  # what a person did about an order or another act that takes two, by which ledger entry. Never updated
        "filings",
        metadata,
        sa.Column("entry", _BIGINT, primary_key=True, autoincrement=False),
        _text_column("subject"),  # an order's id, or the number of a filing
        _text_column("step"),
        _text_column("by"),
        _text_column("name"),
        _text_column("at"),
        _text_column("content"),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        _text_column("signature"),
        sa.Column("act", _TEXT, nullable=False, server_default="order"),
        sa.Column("device", _TEXT, nullable=False, server_default=""),
        **_STRICT_OPTIONS,
    )
)

nodes = sa.Table(  # roots of complete subtrees of 256**level leaves: proofs and tiles without reading every entry
    "nodes",
    metadata,
    sa.Column("level", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("node_index", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    **_STRICT_OPTIONS,
)

head = sa.Table(  # one row, locked by the transaction that appends
    "head",
    metadata,
    sa.Column("id", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("size", _BIGINT, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    _text_column("recorded_at"),  # when the last entry was appended: the clock may not be before it
    sa.CheckConstraint("id = 1", name="head_single"),
    **_STRICT_OPTIONS,
)

cosignatures = sa.Table(  # witnesses' signature lines under a checkpoint. Never updated
    "cosignatures",
    metadata,
    sa.Column("size", _BIGINT, sa.ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False),
    sa.Column("line", _TEXT, primary_key=True),
    _text_column("obtained_at"),
    **_STRICT_OPTIONS,
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    _text_column("note"),
    _text_column("signed_at"),
    **_STRICT_OPTIONS,
)

openings = sa.Table(  # what opens the commitment of an entry that is neither answer, release nor purge. Never updated
    "openings",
    metadata,
    sa.Column("entry", _BIGINT, primary_key=True, autoincrement=False),
    _text_column("kind"),
    _text_column("about"),  # the batch or recall that the entry is about
    _text_column("content"),  # canonical JSON
    sa.Column("salt", sa.LargeBinary, nullable=False),
    _text_column("recorded_at"),
    sa.Index("openings_about", "kind", "about"),
    **_STRICT_OPTIONS,
)

accounted = sa.Table(  # the manifest of each batch, for the accounting. Never updated
    "accounted",
    metadata,
    sa.Column("batch_id", _TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
    _text_column("manifest"),
    **_STRICT_OPTIONS,
)

reasons = sa.Table(  # each row's reason, statute and case, up to 65,536 rows at a time. Never updated
    "reasons",
    metadata,
    sa.Column("batch_id", _TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("first_row", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # an Arrow IPC stream, compressed
    **_STRICT_OPTIONS,
)

asked = sa.Table(  # keyed digests of what was looked up; a working table, pruned
    "asked",
    metadata,
    sa.Column("batch_id", _TEXT, sa.ForeignKey("batches.batch_id"), primary_key=True),
    sa.Column("kind", _TEXT, primary_key=True),
    sa.Column("bucket", _BIGINT, primary_key=True, autoincrement=False),
    sa.Column("digests", sa.LargeBinary, nullable=False),
    sa.Column("counts", sa.LargeBinary, nullable=False),  # empty: each once
    sa.Index("asked_kind", "kind", "bucket"),
    sqlite_strict=True,
)
