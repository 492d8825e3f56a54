import doctest
from collections.abc import Iterator

import pytest

from comity.columns.duck import DuckDBConnection, connect
from comity.simulate import random_sql
from comity.simulate.name_noise import define_noise_macros


@pytest.fixture
def connection() -> Iterator[DuckDBConnection]:
    value = connect()
    random_sql.define_draw_macros(value, 3)
    define_noise_macros(value)
    yield value
    value.close()


def value_of(connection: DuckDBConnection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def test_examples_in_the_docstrings_run() -> None:
    assert doctest.testmod(random_sql).failed == 0


def test_draws_are_even(connection: DuckDBConnection) -> None:
    rows = connection.execute("SELECT count(*) FROM range(100000) t(k) GROUP BY below('x', k, 10)").fetchall()
    assert len(rows) == 10
    assert all(9_500 < count < 10_500 for (count,) in rows)


@pytest.mark.parametrize(("one", "two"), [("'a', k", "'b', k"), ("'a', k", "'a', k + 1"), ("'a', k", "'a', k // 2")])
def test_two_draws_know_nothing_of_each_other(connection: DuckDBConnection, one: str, two: str) -> None:
    # One in a hundred of both at once: a linear correlation alone would miss draws tied by a constant.
    both = value_of(
        connection,
        f"SELECT max(c) FROM (SELECT count(*) AS c FROM range(100000) t(k) GROUP BY (u({one}) * 10)::INT, (u({two}) * 10)::INT)",
    )
    assert isinstance(both, int)
    assert both < 1_150


def test_a_null_key_draws_nothing(connection: DuckDBConnection) -> None:
    assert value_of(connection, "SELECT below('x', NULL, 5)") is None
    assert value_of(connection, "SELECT choose('x', 1, []::VARCHAR[])") is None


def test_shares_above_one_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="more than one"):
        random_sql.case_by_share("d", {"a": 0.7, "b": 0.4})


def test_a_typing_error_is_one_key_away(connection: DuckDBConnection) -> None:
    rows = connection.execute("SELECT typed('Fernandez', k) FROM range(500) t(k)").fetchall()
    names = {name for (name,) in rows}
    assert len(names) > 20
    assert {len(name) for name in names} == {8, 9, 10}
    distances = connection.execute(
        "SELECT DISTINCT damerau_levenshtein('Fernandez', typed('Fernandez', k)) FROM range(500) t(k) ORDER BY 1"
    ).fetchall()
    assert (1,) in distances
    assert set(distances) <= {(0,), (1,)}


def test_noise_leaves_alone_what_it_cannot_change(connection: DuckDBConnection) -> None:
    assert value_of(connection, "SELECT typed('Li', 1)") == "Li"
    assert value_of(connection, "SELECT scanned('Aat', 1)") == "Aat"
    assert value_of(connection, "SELECT heard('Aag', 1)") == "Aag"
