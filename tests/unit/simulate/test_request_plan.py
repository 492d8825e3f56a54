"""Stages of the simulation, run one by one on a small population."""

import re
from collections.abc import Iterator

import pytest

from comity.columns.duck import DuckDBConnection, connect
from comity.simulate import simulation
from comity.simulate.population import Population
from comity.simulate.random_sql import cte_chain
from comity.simulate.request_plan import create_person_pool, create_plan_table
from comity.simulate.scenarios import SCENARIOS
from comity.simulate.simulated_records import record_stages
from comity.simulate.simulated_requests import request_stages
from tests.support.sample_simulation import CREATED_AT


@pytest.fixture(scope="module")
def prepared_connection() -> Iterator[tuple[DuckDBConnection, Population]]:
    connection = connect()
    population = Population(1_000, 2023, simulation._prepare_connection(connection, seed=1, state=None))
    connection.execute("CREATE TEMP TABLE chunk AS SELECT range AS person_id FROM range(1000)")
    create_person_pool(connection, population, SCENARIOS["plain"], 100)
    create_plan_table(connection, population, SCENARIOS["plain"], 100)
    yield connection, population
    connection.close()


@pytest.mark.parametrize("table", ["records", "requests"])
def test_no_stage_hides_a_column_of_an_earlier_one(
    prepared_connection: tuple[DuckDBConnection, Population], table: str
) -> None:
    """DuckDB keeps both columns with the same name and reads the first, so a clash changes draws without an error."""
    connection, population = prepared_connection
    stages = record_stages("chunk", population)
    if table == "requests":
        stages = request_stages(population, SCENARIOS["plain"], shape="plain", requests=100, created_at=CREATED_AT)
    for number in range(1, len(stages) + 1):
        columns = connection.execute(f"DESCRIBE {cte_chain(stages[:number])}").fetchall()
        clashes = [name for name, *_ in columns if re.search(r"_\d+$", name)]
        assert not clashes, stages[number - 1][0]


def test_the_person_pool_has_every_person_once(prepared_connection: tuple[DuckDBConnection, Population]) -> None:
    connection, _ = prepared_connection
    row = connection.execute(
        "SELECT count(*), count(DISTINCT pool_person), min(pool_person), max(pool_person) FROM pool"
    ).fetchone()
    assert row == (1_000, 1_000, 0, 999)
