"""Macros that misspell a text."""

from collections.abc import Iterator

import pytest

from comity.columns.duck import DuckDBConnection, connect
from comity.simulate.random_sql import define_draw_macros
from comity.simulate.text_noise import define_noise_macros


@pytest.fixture
def connection() -> Iterator[DuckDBConnection]:
    value = connect()
    define_draw_macros(value, 3)
    define_noise_macros(value)
    yield value
    value.close()


def test_typed_makes_at_most_one_edit(connection: DuckDBConnection) -> None:
    rows = connection.execute("SELECT typed('Fernandez', k) FROM range(500) t(k)").fetchall()
    names = {name for (name,) in rows}
    assert len(names) > 20
    assert {len(name) for name in names} == {8, 9, 10}
    distances = connection.execute(
        "SELECT DISTINCT damerau_levenshtein('Fernandez', typed('Fernandez', k)) FROM range(500) t(k) ORDER BY 1"
    ).fetchall()
    assert (1,) in distances
    assert set(distances) <= {(0,), (1,)}


@pytest.mark.parametrize(("macro", "text"), [("typed", "Li"), ("scanned", "Aat"), ("heard", "Aag")])
def test_a_text_that_a_macro_cannot_change_stays(connection: DuckDBConnection, macro: str, text: str) -> None:
    assert connection.execute(f"SELECT {macro}('{text}', 1)").fetchone() == (text,)
