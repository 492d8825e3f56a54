import re
from collections.abc import Iterator

import pytest

from comity.match.duckdb.connection import DuckDB, connect
from comity.simulate import simulation
from comity.simulate.asking import make_plan, make_pool
from comity.simulate.draws import chain
from comity.simulate.mixes import MIXES
from comity.simulate.nation import Nation
from comity.simulate.records import record_stages
from comity.simulate.requests import request_stages
from tests.unit.simulate.nations import CREATED_AT


@pytest.fixture(scope="module")
def prepared() -> Iterator[tuple[DuckDB, Nation]]:
    connection = connect()
    nation = Nation(1_000, 2023, simulation._prepare(connection, seed=1, state=None))
    connection.execute("CREATE TEMP TABLE chunk AS SELECT range AS person_id FROM range(1000)")
    make_pool(connection, nation, 100)
    make_plan(connection, nation, MIXES["plain"], 100)
    yield connection, nation
    connection.close()


@pytest.mark.parametrize("which", ["records", "requests"])
def test_no_stage_hides_a_column_of_an_earlier_one(prepared: tuple[DuckDB, Nation], which: str) -> None:
    """DuckDB keeps both columns of one name and reads the first, so a clash changes draws without an error."""
    connection, nation = prepared
    stages = record_stages("chunk", nation)
    if which == "requests":
        stages = request_stages(nation, shape="plain", requests=100, created_at=CREATED_AT)
    for number in range(1, len(stages) + 1):
        described = connection.execute(f"DESCRIBE {chain(stages[:number])}").fetchall()
        clashes = [name for name, *_ in described if re.search(r"_\d+$", name)]
        assert not clashes, stages[number - 1][0]


def test_the_pool_asks_about_everybody_once(prepared: tuple[DuckDB, Nation]) -> None:
    connection, _ = prepared
    row = connection.execute(
        "SELECT count(*), count(DISTINCT pool_person), min(pool_person), max(pool_person) FROM pool"
    ).fetchone()
    assert row == (1_000, 1_000, 0, 999)
