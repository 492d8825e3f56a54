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
def prepared() -> Iterator[tuple[DuckDBConnection, Population]]:
    connection = connect()
    nation = Population(1_000, 2023, simulation._prepare_connection(connection, seed=1, state=None))
    connection.execute("CREATE TEMP TABLE chunk AS SELECT range AS person_id FROM range(1000)")
    create_person_pool(connection, nation, 100)
    create_plan_table(connection, nation, SCENARIOS["plain"], 100)
    yield connection, nation
    connection.close()


@pytest.mark.parametrize("which", ["records", "requests"])
def test_no_stage_hides_a_column_of_an_earlier_one(prepared: tuple[DuckDBConnection, Population], which: str) -> None:
    """DuckDB keeps both columns of one name and reads the first, so a clash changes draws without an error."""
    connection, nation = prepared
    stages = record_stages("chunk", nation)
    if which == "requests":
        stages = request_stages(nation, shape="plain", requests=100, created_at=CREATED_AT)
    for number in range(1, len(stages) + 1):
        described = connection.execute(f"DESCRIBE {cte_chain(stages[:number])}").fetchall()
        clashes = [name for name, *_ in described if re.search(r"_\d+$", name)]
        assert not clashes, stages[number - 1][0]


def test_the_pool_asks_about_everybody_once(prepared: tuple[DuckDBConnection, Population]) -> None:
    connection, _ = prepared
    row = connection.execute(
        "SELECT count(*), count(DISTINCT pool_person), min(pool_person), max(pool_person) FROM pool"
    ).fetchone()
    assert row == (1_000, 1_000, 0, 999)
