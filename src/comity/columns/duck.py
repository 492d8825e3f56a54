"""One way to open DuckDB: bounded memory, no downloads, a spill folder where the caller says.

Guarantees: no extension is ever installed or loaded from outside the wheel.
Basis: stack.md 4.3.
"""

from pathlib import Path

import duckdb

DuckDBConnection = duckdb.DuckDBPyConnection


def connect(
    database: Path | None = None,
    *,
    read_only: bool = False,
    threads: int | None = None,
    memory_limit: str = "4GB",
    spill: Path | None = None,
) -> DuckDBConnection:
    """Open `database` (in memory when None); `memory_limit` is DuckDB's own notation, `spill` a folder for overflow.

    Raises:
        duckdb.Error: the file is missing (read_only), locked by another process, or not a DuckDB database.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": memory_limit,
        "preserve_insertion_order": False,
    }
    if threads is not None:
        config["threads"] = threads
    if spill is not None:
        config["temp_directory"] = str(spill)
    db = duckdb.connect(str(database) if database else ":memory:", read_only=read_only, config=config)
    db.execute("SET enable_progress_bar = false")  # ours is the one that people see
    return db
