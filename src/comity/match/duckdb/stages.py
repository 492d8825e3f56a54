"""Named stages: small functions that each return one SELECT, run in the order of a plain list.

Guarantees: a stage reads only the tables named in its arguments, so it can be run alone on a five-row table; `run`
makes one temporary table per stage, named after it.
Start at `run`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.match.duckdb.connection import DuckDB


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: `select(*inputs)` is the SQL, `inputs` are the tables it reads, the result is the table `name`.

    `binds` names the values that the SQL takes as `$name`.
    """

    name: str
    select: Callable[..., str]
    inputs: tuple[str, ...]
    binds: tuple[str, ...] = ()


def run(db: DuckDB, stages: Sequence[Stage], values: Mapping[str, Any] | None = None) -> None:
    """Run the stages in order, each into a temporary table of its name."""
    for stage in stages:
        bound = {name: (values or {})[name] for name in stage.binds}
        db.execute(f"CREATE OR REPLACE TEMP TABLE {stage.name} AS {stage.select(*stage.inputs)}", bound or None)


def drop(db: DuckDB, stages: Sequence[Stage]) -> None:
    """Drop the temporary tables of the stages, to give their memory back."""
    for stage in stages:
        db.execute(f"DROP TABLE IF EXISTS temp.{stage.name}")
