"""Draw random values in SQL: every choice in a synthetic population is a hash of the seed, a salt and a key.

A draw depends on nothing else, so a person's name can be derived from the person's number alone, in any order, on any
number of threads, in chunks of any size. The outer hash matters: after one round of DuckDB's hash, two salts of one key
differ by a constant.

Guarantees: the same seed and DuckDB version give the same draws.
Does not: stay the same across DuckDB versions, which may change `hash`.
Start at `define_draw_macros`.
"""

import math
from collections.abc import Mapping, Sequence

from comity.columns.duck import DuckDBConnection


def define_draw_macros(connection: DuckDBConnection, seed: int) -> None:
    """Define the macros that draw, on a connection.

    `bits(salt, key)` is a 64-bit draw, `u(salt, key)` is in [0, 1), `below(salt, key, n)` in 0..n-1, and
    `choose(salt, key, list)` is an element of a list (null if it is empty); a null key gives null.
    """
    macros = (
        f"bits(salt, k) AS CASE WHEN k IS NOT NULL THEN hash(hash(k::BIGINT, salt, {int(seed)}::BIGINT)) END",
        "u(salt, k) AS (bits(salt, k) >> 11)::DOUBLE / 9007199254740992",
        "below(salt, k, n) AS (bits(salt, k) % greatest(n, 1)::UBIGINT)::BIGINT",
        "choose(salt, k, options) AS options[1 + below(salt, k, len(options))]",
    )
    for macro in macros:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")


def sql_literal(value: str) -> str:
    """Return a SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def sql_list(values: Sequence[str]) -> str:
    """Return a SQL list of strings."""
    return "[" + ", ".join(sql_literal(value) for value in values) + "]"


def case_map(column: str, values: Mapping[str, str]) -> str:
    """Return a CASE that translates a column's values; values outside the mapping stay."""
    cases = " ".join(f"WHEN {sql_literal(old)} THEN {sql_literal(new)}" for old, new in values.items())
    return f"CASE {column} {cases} ELSE {column} END"


def case_by_share(draw: str, shares: Mapping[str, float], otherwise: str = "") -> str:
    """Return a CASE that names the share of [0, 1) in which the column `draw` is; beyond the shares, `otherwise`.

    Raises:
        ValueError: the shares add up to more than one.

    >>> case_by_share("d", {"a": 0.25, "b": 0.5})
    "CASE WHEN d < 0.25 THEN 'a' WHEN d < 0.75 THEN 'b' ELSE '' END"
    """
    total, cases = 0.0, []
    for name, share in shares.items():
        total = round(total + share, 9)
        cases.append(f"WHEN {draw} < {total:.9g} THEN {sql_literal(name)}")
    if math.fsum(shares.values()) > 1 + 1e-6:  # sums rounded at every step may pass 1 by a few units of the last digit
        raise ValueError("the shares add up to more than one")
    return f"CASE {' '.join(cases)} ELSE {sql_literal(otherwise)} END"


def cte_chain(stages: Sequence[tuple[str, str]]) -> str:
    """Return one query from named stages, each of which reads the one before it; none is materialized."""
    ctes = ",\n".join(f"{name} AS NOT MATERIALIZED (\n{sql}\n)" for name, sql in stages)
    return f"WITH {ctes}\nSELECT * FROM {stages[-1][0]}"
