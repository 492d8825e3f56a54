"""Open DuckDB with bounded memory, no downloads, and a spill folder that the caller chooses.

Guarantees: no extension is ever installed or loaded from outside the wheel.
Basis: ADR 0003.
Start at `connect`.
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
    """Open a DuckDB database.

    Args:
        database: the file; None for a database in memory.
        read_only: open an existing file without writing to it.
        threads: the number of threads; None for one per processor.
        memory_limit: in DuckDB's notation, such as "4GB".
        spill: the folder for data that does not fit in memory.

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
    db.execute("SET enable_progress_bar = false")  # the command line shows a progress bar of its own
    return db
