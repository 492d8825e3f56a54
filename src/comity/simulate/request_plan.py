"""Plan a requests file: about whom each row asks, at which dwelling, for which year, and with which taxpayer number.

Rows draw their kind from the scenario's shares. Kinds that need a person on record (or one in a household and not on
record) take the next such person of a pseudo-random order of the whole population, so no person is asked about twice
unless the file asks about more people than there are.

Guarantees: the truth about a row is decided here, before any noise.
Does not: write anything as a requester would; that is for `name_noise`, `address_variants` and `address_faults`.
Start at `plan_stages`.
"""

import math

from comity.columns.duck import DuckDBConnection
from comity.simulate.households import BLOCK_SIZE, dwelling_stage, seat_stage
from comity.simulate.population import Population
from comity.simulate.random_sql import case_by_share, cte_chain, sql_list
from comity.simulate.scenarios import (
    ADDRESS_FAULT_WEIGHTS,
    FIVE_DIGIT_FAULTS,
    NAMESAKE_AIM,
    POOL_BY_ROW_KIND,
    RELATIVE_AIMS,
    Scenario,
)
from comity.simulate.simulated_records import residence_stages

STRANGER_STRIDE = 15_485_863
"""A prime, so that the rows about strangers of one household are far apart."""


def _stranger_id_span(requests: int) -> int:
    """Return how many stranger numbers a file of that size draws from: at least one for each row."""
    return requests if requests % STRANGER_STRIDE else requests + 1


def _stranger_id_sql(population: Population, requests: int) -> str:
    """Return SQL for the person number of a stranger, a different one for each row."""
    span = _stranger_id_span(requests)
    return f"{population.first_stranger_id} + (row_no * {STRANGER_STRIDE}) % {span}"


def create_person_pool(connection: DuckDBConnection, population: Population, scenario: Scenario, requests: int) -> None:
    """Create table `pool`: people in random order, numbered within filer | absent (on no record) | other.

    If rows ask about relatives of one kind, who are few, the whole population is drawn, and the absent are numbered
    within their kind too.
    """
    people = population.person_count
    bits = max(2, math.ceil(math.log2(people)))
    size = 2**bits
    has_relative_kinds = not scenario.row_kinds.keys().isdisjoint(RELATIVE_AIMS)
    draw_count = size if has_relative_kinds else min(size, math.ceil((3 * requests + 2_000) * size / people))
    absent_pools = "['absent', 'relative_' || person_kind]" if has_relative_kinds else "['absent']"
    mask, half = size - 1, (bits + 1) // 2
    # Multiplying by an odd number and folding the high half in are both one-to-one on `bits` bits.
    first_round = f"(n * {2_654_435_761 % size | 1} + below('pool', 0, {size})) & {mask}"
    second_round = f"(xor(m, m >> {half}) * {2_246_822_519 % size | 1}) & {mask}"
    stages = [
        ("first_round", f"SELECT n, {first_round} AS m FROM (SELECT range AS n FROM range({draw_count}))"),
        ("second_round", f"SELECT n, {second_round} AS m FROM first_round"),
        ("drawn", f"SELECT n, xor(m, m >> {half}) AS person_id FROM second_round"),
        ("seated", seat_stage(f"(SELECT * FROM drawn WHERE person_id < {people})")),
        *residence_stages("seated", population),
        (
            "classed",
            f"""SELECT n, person_id, unnest(CASE WHEN role IS NULL THEN {absent_pools}
                WHEN role IN ('primary', 'spouse') AND files_now THEN ['filer'] ELSE ['other'] END) AS pool
            FROM residences""",
        ),
    ]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE pool AS
        SELECT pool, person_id AS pool_person, row_number() OVER (PARTITION BY pool ORDER BY n) - 1 AS pick,
            count(*) OVER (PARTITION BY pool) AS pool_size
        FROM ({cte_chain(stages)})""")


def create_plan_table(connection: DuckDBConnection, population: Population, scenario: Scenario, requests: int) -> None:
    """Create table `plan`: one row for each request, in order, with its aim and its person. Needs `pool`."""
    pool_cases = " ".join(f"WHEN '{aim}' THEN '{pool}'" for aim, pool in POOL_BY_ROW_KIND.items())
    stranger_id = _stranger_id_sql(population, requests)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE plan AS
        WITH aimed AS (
            SELECT row_no, {case_by_share("u('aim', row_no)", scenario.row_kinds, "stranger")} AS aim
            FROM (SELECT range AS row_no FROM range({requests}))
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY pool ORDER BY row_no) - 1 AS turn
            FROM (SELECT *, CASE aim {pool_cases} END AS pool FROM aimed)
        ), sizes AS (SELECT pool, any_value(pool_size) AS pool_size FROM pool GROUP BY pool)
        SELECT row_no, aim, pool_person,
            CASE WHEN aim = 'borrowed' OR pool_person IS NULL THEN {stranger_id} ELSE pool_person END AS person_id
        FROM numbered
        LEFT JOIN sizes USING (pool)
        LEFT JOIN pool ON pool.pool = numbered.pool AND pick = turn % sizes.pool_size
        ORDER BY row_no""")


def plan_stages(source: str, population: Population, scenario: Scenario, requests: int) -> list[tuple[str, str]]:
    """Return the stages that decide each row's question and its truth; the last is `planned`.

    Adds requested_year, dwelling (the one asked about), address_fault ('' if the address is set forth), tin_way (one of
    `TIN_SOURCES`), on_record (the person has a record for that year), at_record (the dwelling is the record's),
    ever_on_record, and requested_kind (the kind of person). A namesake is planned as the person whose name it is, and
    is on no record.
    """
    return [
        ("planned_seats", seat_stage(source)),
        *residence_stages("planned_seats", population),
        ("places", _requested_place_stage("residences", population, scenario)),
        ("others", _other_person_stage("places", population, requests)),
        ("other_homes", dwelling_stage("others", "other_person", "other_dwelling")),
        ("planned", _requested_dwelling_stage("other_homes", population.tax_year)),
    ]


def _requested_place_stage(source: str, population: Population, scenario: Scenario) -> str:
    """Choose the address asked about: the current home, the old one, a neighbor's, another's, or no one's."""
    total_weight = sum(ADDRESS_FAULT_WEIGHTS.values())
    fault_shares = {fault: weight / total_weight * 0.999999 for fault, weight in ADDRESS_FAULT_WEIGHTS.items()}
    return f"""
        SELECT *, CASE
                WHEN aim IN ('faulty', 'faulty_stranger')
                    THEN {case_by_share("fault_draw", fault_shares, "a01_blank")}
                WHEN aim = 'named_faulty' THEN choose('digit fault', row_no, {sql_list(FIVE_DIGIT_FAULTS)})
                ELSE '' END AS address_fault,
            CASE WHEN aim = 'resident' AND moved AND place_draw < 0.3 THEN 'then'
                WHEN aim = 'resident' AND moved AND place_draw < 0.5 THEN 'old'
                WHEN aim IN ('named_elsewhere', 'wrong_number') AND moved THEN 'old'
                WHEN aim = 'elsewhere' AND place_draw < 0.3 THEN 'neighbor'
                WHEN aim IN ('elsewhere', 'stranger', 'faulty_stranger') AND place_draw < 0.75 THEN 'another'
                WHEN aim IN ('named_elsewhere', 'wrong_number') AND place_draw < 0.5 THEN 'another'
                WHEN aim IN ('elsewhere', 'named_elsewhere', 'wrong_number') THEN 'nowhere'
                WHEN aim = 'borrowed' AND place_draw < 0.4 THEN 'lender' ELSE 'home' END AS place,
            {_number_source_sql(scenario)} AS tin_way,
            {population.tax_year} AS tax_year, person_id < {population.person_count} AS in_population
        FROM (
            SELECT *, u('place', row_no) AS place_draw, u('fault', row_no) AS fault_draw,
                u('number sent', row_no) AS number_draw
            FROM {source}
        )"""


def _number_source_sql(scenario: Scenario) -> str:
    """Return SQL for the source of a row's number: by the row's kind, or for all alike where an option says so."""
    if scenario.number_sources is not None:
        drawn = case_by_share("number_draw", scenario.number_sources, "own")
        return f"CASE WHEN aim = 'borrowed' AND {drawn} <> 'none' THEN 'lender' ELSE {drawn} END"
    return f"""CASE WHEN aim IN ('named_resident', 'named_faulty', 'named_elsewhere') THEN 'own'
                WHEN aim = 'address_only' THEN 'none'
                WHEN aim = 'lost_match' THEN CASE WHEN number_draw < 0.5 THEN 'none' ELSE 'swapped' END
                WHEN aim = 'wrong_number' THEN CASE WHEN number_draw < 0.4 THEN 'swapped' ELSE 'any' END
                WHEN aim = 'borrowed' THEN 'lender'
                ELSE {case_by_share("number_draw", scenario.tin_sources, "own")} END"""


def _other_person_stage(source: str, population: Population, requests: int) -> str:
    """Choose the person in whose dwelling the row asks, if not at the subject's own."""
    return f"""
        SELECT *, CASE place
            WHEN 'neighbor'
                THEN least(block_start + below('neighbor', row_no, {BLOCK_SIZE}), {population.person_count - 1})
            WHEN 'another' THEN below('another', row_no, {population.person_count})
            WHEN 'nowhere' THEN {_stranger_id_sql(population, requests)} + {_stranger_id_span(requests)}
            WHEN 'lender' THEN pool_person END AS other_person
        FROM {source}"""


def _requested_dwelling_stage(source: str, tax_year: int) -> str:
    """Set the dwelling and year asked about, and compare them with the person's own record."""
    return f"""
        SELECT * EXCLUDE (can_be_on_record) REPLACE (requested_dwelling AS dwelling),
            can_be_on_record AND record_dwelling IS NOT NULL AS on_record,
            coalesce(can_be_on_record AND record_dwelling = requested_dwelling, false) AS at_record,
            can_be_on_record AND (files_now OR files_earlier) AS ever_on_record,
            CASE WHEN NOT in_population THEN 'stranger' WHEN aim = '{NAMESAKE_AIM}' THEN 'namesake'
                WHEN moved AND person_kind IN ('taxpayer', 'spouse') THEN 'mover'
                ELSE person_kind END AS requested_kind
        FROM (
            SELECT *, in_population AND aim <> '{NAMESAKE_AIM}' AS can_be_on_record,
                CASE WHEN requested_year = {tax_year} AND files_now THEN home
                WHEN requested_year = earlier_year AND files_earlier THEN earlier_dwelling END AS record_dwelling
            FROM (
                SELECT *, dwelling AS home,
                    CASE WHEN place = 'then' THEN earlier_year ELSE {tax_year} END AS requested_year,
                    CASE WHEN place IN ('then', 'old') THEN earlier_dwelling
                        WHEN other_dwelling IS NOT NULL THEN other_dwelling ELSE dwelling END AS requested_dwelling
                FROM {source}
            )
        )"""
