"""The control database in one encrypted file: SQLite through SQLCipher.

Guarantees: a raw 256-bit key, mode 0600, journal WAL, synchronous FULL; a library with the WAL-reset bug, or without
encryption, is refused; what is erased is overwritten (secure_delete).
Basis: stack.md 4.1; sqlite.org on the WAL-reset bug, mended in 3.51.3.
Start at `create_engine`.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlcipher3 import dbapi2

from comity.store.driver_errors import unavailable_error

MIN_SQLITE_VERSION = (3, 51, 3)
_BUSY_TIMEOUT_SECONDS = 60
_ROWS_PER_STATEMENT = 200

# Without these the driver looks in vain for an adapter at every bytes and None it binds: half of an insert's time.
dbapi2.register_adapter(bytes, bytes)
dbapi2.register_adapter(type(None), {}.get)


def create_engine(path: Path, key: bytes) -> sa.Engine:
    """An engine over the file in `path`, made when it is missing. Raises ComityError `store_unavailable`."""
    if len(key) != 32:
        raise RuntimeError("the store's key is 32 bytes")
    _verify_library()
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as fault:
        raise unavailable_error(fault.strerror or "it cannot be opened") from None
    engine = sa.create_engine(
        "sqlite://",
        module=dbapi2,
        creator=lambda: _connect(path, key),
        poolclass=sa.pool.QueuePool,
        hide_parameters=True,  # no value from a row in any error text
    )
    sa.event.listen(engine, "begin", _begin_transaction)
    return engine


def insert_rows(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of plain values as they come, `_TOGETHER` by one statement: less than half the time of one by one."""
    statement = str(sa.insert(table).compile(dialect=connection.dialect, column_keys=list(names)))
    one = f"({', '.join('?' * len(names))})"
    driver: Any = connection.connection.driver_connection
    remaining = iter(rows)
    try:
        while some := list(islice(remaining, _ROWS_PER_STATEMENT)):
            driver.execute(f"{statement}{f', {one}' * (len(some) - 1)}", list(chain.from_iterable(some)))
    except dbapi2.Error as fault:  # SQLAlchemy did not see it, so it is dressed as SQLAlchemy's own
        raise sa.exc.DBAPIError.instance(
            statement, None, fault, dbapi2.Error, hide_parameters=True, dialect=connection.dialect
        ) from None


def check_pages(connection: sa.Connection) -> tuple[str, ...]:
    """Check every page's own seal (SQLCipher's HMAC): what is wrong, in words."""
    return tuple(str(row[0]) for row in connection.exec_driver_sql("PRAGMA cipher_integrity_check"))


def truncate_journal(connection: sa.Connection) -> None:
    """Move the journal into the file and cut it off, so that nothing of what was erased stays in it."""
    if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
        raise unavailable_error("what was erased is still in its journal, because another process is reading")


def _verify_library() -> None:
    """Refuse a SQLite with the WAL-reset bug, or without encryption."""
    if dbapi2.sqlite_version_info < MIN_SQLITE_VERSION:
        raise unavailable_error(f"its library is SQLite {dbapi2.sqlite_version}, which can lose committed data")
    connection = dbapi2.connect(":memory:")
    try:
        if connection.execute("PRAGMA cipher_version").fetchone() is None:
            raise unavailable_error("its library cannot encrypt")
    finally:
        connection.close()


def _connect(path: Path, key: bytes) -> Any:
    connection = dbapi2.connect(str(path), timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # the library's own words on stderr help nobody
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")  # a raw key: no derivation, 0.3 ms
        connection.execute("PRAGMA temp_store = MEMORY")  # nothing in clear in temporary files
        connection.execute("PRAGMA cache_size = -524288")  # 512 MiB at most: every page that leaves it is sealed anew
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # INSERT OR REPLACE deletes too, and meets the guards
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")  # the WAL of a large batch is cut back
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_transaction(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("comity_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
