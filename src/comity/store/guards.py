"""Triggers that let nobody change what is on file, not even the owner of the tables.

    entries, nodes, checkpoints,
    cosignatures, purges, filings,
    openings, accounted, reasons    rows are added, and never changed or deleted
    answers                         never deleted; changed only by erasing a row that a purge names
    batches                         never deleted; once answered, changed only by erasing the salt of its name, once
                                    no answer is left
    releases                        never deleted; changed only by erasing what a purge must
    head                            grows only

Guarantees: on SQLite they hold for every connection that uses this database, on PostgreSQL for its owner too (ENABLE
ALWAYS, TRUNCATE included); `check_guards` says which are missing, switched off, or not as written here.
Does not: stop an owner who drops them first. Then `ledger.fsck` finds what was changed, and `check_guards` what is
missing.
Basis: ADR 0009; https://www.postgresql.org/docs/current/sql-createtrigger.html;
https://sqlite.org/lang_createtrigger.html
Start at `iter_guards`; the SQL of each database is in `sqlite` and `postgresql`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

ERASED_ANSWER_COLUMNS = ("request_id", "code", "reasons", "outcome", "match_probability", "record_id", "salt")
"""What a purge makes null in an answer."""

ERASED_RELEASE_COLUMNS = ("answers_sha256", "release_salt", "summary")
"""What a purge makes null in a release: with the other answers of a batch, each of these could tell the erased one."""

GUARDED_TABLES = (
    "entries",
    "nodes",
    "checkpoints",
    "cosignatures",
    "purges",
    "filings",
    "answers",
    "batches",
    "releases",
    "head",
    "openings",
    "accounted",
    "reasons",
)

_FIXED_ANSWER_COLUMNS = ("batch_id", "row", "entry")
_FIXED_BATCH_COLUMNS = (
    "batch_id",
    "requester",
    "agreement",
    "manifest_sha256",
    "requests_sha256",
    "rows",
    "received_at",
    "as_of",
    "status",
    "law_fingerprint",
    "index_fingerprint",
    "model_fingerprint",
    "orders",
    "first_entry",
    "release_entry",
    "rehearsal",
    "answered_at",
    "known_as_of",
    "given_id",
)


@dataclass(frozen=True, slots=True)
class Guard:
    """One operation on a table that is refused when `condition` (over OLD and NEW) holds; always, when it is empty."""

    table: str
    operation: str
    condition: str = ""

    @property
    def name(self) -> str:
        """Return the trigger's name."""
        return f"guard_{self.table}_{self.operation.lower()}"

    @property
    def refusal(self) -> str:
        """Return the error text of a refused operation."""
        return f"{self.table}: what is on file is not changed ({self.operation.lower()} refused)"


class GuardDialect(Protocol):
    """How one kind of database writes and reads guards."""

    def list_guards(self) -> tuple[Guard, ...]:
        """Return every guard, with conditions in this database's SQL."""

    def install_guard(self, connection: sa.Connection, guard: Guard) -> None:
        """Create a guard's trigger, replacing one of that name."""

    def render_guard(self, guard: Guard) -> str:
        """Return the text by which `read_guards` shows a guard that is in place and unchanged."""

    def read_guards(self, connection: sa.Connection) -> Mapping[str, str | None]:
        """Return the text of every trigger in the database by name; None for one that is switched off."""


def iter_guards(*, null_safe_equal: str, operations: Sequence[str]) -> Iterator[Guard]:
    """Yield every guard for a database whose null-safe equality and guarded operations are these."""

    def unchanged(columns: Sequence[str]) -> str:
        return " AND ".join(f'OLD."{name}" {null_safe_equal} NEW."{name}"' for name in columns)

    def erased(columns: Sequence[str]) -> str:
        return " AND ".join(f'NEW."{name}" IS NULL' for name in columns)

    all_erased = "NOT EXISTS (SELECT 1 FROM answers WHERE batch_id = OLD.batch_id AND salt IS NOT NULL)"
    purged = "EXISTS (SELECT 1 FROM purges WHERE batch_id = OLD.batch_id"
    erases_answer = (
        f'{unchanged(_FIXED_ANSWER_COLUMNS)} AND {erased(ERASED_ANSWER_COLUMNS)} AND {purged} AND "row" = OLD."row")'
    )
    erases_release = f"{unchanged(('batch_id',))} AND {erased(ERASED_RELEASE_COLUMNS)} AND {purged})"
    erases_name = f"{unchanged(_FIXED_BATCH_COLUMNS)} AND {erased(('name_salt',))} AND {all_erased}"
    update_conditions = {
        "answers": f"NOT ({erases_answer})",
        "batches": f"OLD.status = 'answered' AND NOT ({erases_name})",
        "releases": f"NOT ({erases_release})",
        "head": "NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at",
    }
    for table in GUARDED_TABLES:
        for operation in operations:
            yield Guard(table, operation, update_conditions.get(table, "") if operation == "UPDATE" else "")


def install_guards(connection: sa.Connection, dialect: GuardDialect) -> None:
    """Put every guard in place, replacing those that are there."""
    for guard in dialect.list_guards():
        dialect.install_guard(connection, guard)


def check_guards(connection: sa.Connection, dialect: GuardDialect) -> Iterator[str]:
    """Yield a finding for each guard that is not in place; nothing when all are."""
    triggers = dialect.read_guards(connection)
    for guard in dialect.list_guards():
        if triggers.get(guard.name) != dialect.render_guard(guard):
            yield f"{guard.name} is missing, switched off or altered: somebody could have changed what is on file"
