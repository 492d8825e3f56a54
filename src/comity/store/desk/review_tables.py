"""The desk's tables of review: cases as people see them, what is kept apart from them, and what was judged.

Guarantees: as `desk_tables`. What a reviewer sees is in `review_cases.content` alone; scores, batches and records are
in `case_terms`, which no function reads that displays a case. A case whose content is null was erased.
Start at `review_cases`.
"""

import sqlalchemy as sa

from comity.store.desk import people_tables

metadata = people_tables.metadata
"""Of every table of the desk, once this module is imported."""

review_batches = sa.Table(  # a batch whose uncertain rows are reviewed, as two persons planned it
    "review_batches",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ledger_batch", sa.Text, nullable=False, unique=True),
    sa.Column("deadline", sa.Text, nullable=False),
    sa.Column("closed_at", sa.Text),  # when its answers were taken: nothing changes it any more
    sqlite_strict=True,
)

review_cases = sa.Table(
    "review_cases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # 128 random bits: it says nothing of batch or order
    sa.Column("content", sa.LargeBinary),
    sqlite_strict=True,
)

case_terms = sa.Table(  # displayed to no reviewer
    "case_terms",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("review_cases.id"), primary_key=True),
    sa.Column("batch", sa.Integer, sa.ForeignKey("review_batches.id")),  # null for a known pair
    sa.Column("row", sa.Integer),
    sa.Column("probability", sa.REAL),
    sa.Column("weight", sa.REAL),  # one over the probability of being reviewed
    sa.Column("record_ids", sa.Text),  # of the candidates, a JSON array; null when erased
    sa.Column("confirmable", sa.Text, nullable=False),  # positions, a JSON array
    sa.Column("known_kind", sa.Text),  # of a known pair
    sa.Column("truth", sa.Integer),  # of a known pair: the right candidate, null for none
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("candidate", sa.Integer),  # the confirmed one
    sa.Column("settled_at", sa.Text),
    sa.UniqueConstraint("batch", "row"),
    sa.CheckConstraint("state IN ('open', 'confirmed', 'not_confirmed', 'known')"),
    sa.CheckConstraint("(state = 'known') = (known_kind IS NOT NULL) AND (state = 'known') = (batch IS NULL)"),
    sa.CheckConstraint("(state = 'confirmed') = (candidate IS NOT NULL)"),
    sqlite_strict=True,
)

reviewers = sa.Table(
    "reviewers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False),  # how many cases they judged
    sa.Column("qualified_at", sa.Text),
    sa.Column("suspended_at", sa.Text),
    sa.Column("reason", sa.Text),
    sa.CheckConstraint("(suspended_at IS NULL) = (reason IS NULL)"),
    sa.CheckConstraint("reason IN ('careless', 'collusion')"),
    sqlite_strict=True,
)

review_turns = sa.Table(  # the one case that a reviewer has before them
    "review_turns",
    metadata,
    sa.Column("reviewer", sa.Text, sa.ForeignKey("reviewers.id"), primary_key=True),
    sa.Column("case_id", sa.Text, sa.ForeignKey("review_cases.id"), nullable=False),
    sa.Column("is_same_address", sa.Integer, nullable=False),  # 1 once the address was judged to be the same
    sa.CheckConstraint("is_same_address IN (0, 1)"),
    sqlite_strict=True,
)

case_judgments = sa.Table(
    "case_judgments",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("review_cases.id"), primary_key=True),
    sa.Column("reviewer", sa.Text, sa.ForeignKey("reviewers.id"), primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("address", sa.Text),  # null for a reviewer who withdrew from the case
    sa.Column("candidate", sa.Integer),
    sa.Column("is_unsure", sa.Integer, nullable=False),
    sa.Column("is_void", sa.Integer, nullable=False),
    sa.Column("judged_at", sa.Text, nullable=False),
    sa.CheckConstraint("address IN ('same', 'different', 'unsure')"),
    sa.CheckConstraint("address IS NOT NULL OR is_void = 1"),
    sa.CheckConstraint("is_void IN (0, 1) AND is_unsure IN (0, 1)"),
    sqlite_strict=True,
)
