"""Random draws in SQL: uniform, independent, and null for null."""

import doctest
from collections.abc import Iterator

import pytest

from comity.columns.duck import DuckDBConnection, connect
from comity.simulate import random_sql


@pytest.fixture
def connection() -> Iterator[DuckDBConnection]:
    value = connect()
    random_sql.define_draw_macros(value, 3)
    yield value
    value.close()


def value_of(connection: DuckDBConnection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def test_docstring_examples_run() -> None:
    assert doctest.testmod(random_sql).failed == 0


def test_draws_are_uniform(connection: DuckDBConnection) -> None:
    rows = connection.execute("SELECT count(*) FROM range(100000) t(k) GROUP BY below('x', k, 10)").fetchall()
    assert len(rows) == 10
    assert all(9_500 < count < 10_500 for (count,) in rows)


@pytest.mark.parametrize(("left", "right"), [("'a', k", "'b', k"), ("'a', k", "'a', k + 1"), ("'a', k", "'a', k // 2")])
def test_two_draws_are_independent(connection: DuckDBConnection, left: str, right: str) -> None:
    # A tenth of a tenth in each cell: a linear correlation alone would miss draws tied by a constant.
    cells = f"SELECT count(*) AS c FROM range(100000) t(k) GROUP BY (u({left}) * 10)::INT, (u({right}) * 10)::INT"
    largest = value_of(connection, f"SELECT max(c) FROM ({cells})")
    assert isinstance(largest, int)
    assert largest < 1_150


def test_a_null_key_or_an_empty_list_gives_null(connection: DuckDBConnection) -> None:
    assert value_of(connection, "SELECT below('x', NULL, 5)") is None
    assert value_of(connection, "SELECT choose('x', 1, []::VARCHAR[])") is None


def test_case_by_share_refuses_shares_above_one() -> None:
    with pytest.raises(ValueError, match="more than one"):
        random_sql.case_by_share("d", {"a": 0.7, "b": 0.4})
