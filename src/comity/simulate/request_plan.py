"""Who is asked about, at which dwelling, for which year, with whose number: the plan of a requests file.

Rows draw their aims from the shape's mix; aims that need somebody on record (or in a household and not on record) take
the next such person of a pseudo-random order of the whole population, so nobody is asked about twice unless the file
asks about more people than there are.

Guarantees: the truth about a row is decided here, before any noise.
Does not: write anything as a requester would; that is `noise`, `variants` and `faults`.
Start at `planned`.
"""

import math

from comity.columns.duck import DuckDBConnection
from comity.simulate.households import BLOCK_SIZE, dwelling_stage, seat_stage
from comity.simulate.population import Population
from comity.simulate.random_sql import case_by_share, cte_chain, sql_list
from comity.simulate.scenarios import ADDRESS_FAULT_WEIGHTS, FIVE_DIGIT_FAULTS, POOL_BY_ROW_KIND, Scenario
from comity.simulate.simulated_records import residence_stages

STRANGER_STRIDE = 15_485_863
"""A prime, so that strangers of one household are asked about in rows far apart."""


def _stranger_id_span(requests: int) -> int:
    """How many stranger numbers a file of that size draws from, at least one for each row."""
    return requests if requests % STRANGER_STRIDE else requests + 1


def _stranger_id_sql(nation: Population, requests: int) -> str:
    """A stranger's number for each row, no two alike."""
    span = _stranger_id_span(requests)
    return f"{nation.first_stranger_id} + (row_no * {STRANGER_STRIDE}) % {span}"


def create_person_pool(connection: DuckDBConnection, nation: Population, requests: int) -> None:
    """Make `pool`: people in random order, numbered within filer | absent (on no record) | other."""
    people = nation.person_count
    bits = max(2, math.ceil(math.log2(people)))
    size = 2**bits
    drawn = min(size, math.ceil((3 * requests + 2_000) * size / people))
    mask, half = size - 1, (bits + 1) // 2
    # Multiplying by an odd number and folding the high half in are both one-to-one on `bits` bits.
    once = f"(n * {2_654_435_761 % size | 1} + below('pool', 0, {size})) & {mask}"
    twice = f"(xor(m, m >> {half}) * {2_246_822_519 % size | 1}) & {mask}"
    stages = [
        ("mixed", f"SELECT n, {once} AS m FROM (SELECT range AS n FROM range({drawn}))"),
        ("mixed_more", f"SELECT n, {twice} AS m FROM mixed"),
        ("drawn", f"SELECT n, xor(m, m >> {half}) AS person_id FROM mixed_more"),
        ("seated", seat_stage(f"(SELECT * FROM drawn WHERE person_id < {people})")),
        *residence_stages("seated", nation),
        (
            "classed",
            """SELECT n, person_id, CASE WHEN role IS NULL THEN 'absent'
                WHEN role IN ('primary', 'spouse') AND files_now THEN 'filer' ELSE 'other' END AS pool
            FROM residences""",
        ),
    ]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE pool AS
        SELECT pool, person_id AS pool_person, row_number() OVER (PARTITION BY pool ORDER BY n) - 1 AS pick,
            count(*) OVER (PARTITION BY pool) AS pool_size
        FROM ({cte_chain(stages)})""")


def create_plan_table(connection: DuckDBConnection, nation: Population, mix: Scenario, requests: int) -> None:
    """Make `plan`: one row per request, in order, with its aim and its person. Needs `pool`."""
    pool_of = " ".join(f"WHEN '{aim}' THEN '{pool}'" for aim, pool in POOL_BY_ROW_KIND.items())
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE plan AS
        WITH aimed AS (
            SELECT row_no, {case_by_share("u('aim', row_no)", mix.row_kinds, "stranger")} AS aim
            FROM (SELECT range AS row_no FROM range({requests}))
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY pool ORDER BY row_no) - 1 AS turn
            FROM (SELECT *, CASE aim {pool_of} END AS pool FROM aimed)
        ), sizes AS (SELECT pool, any_value(pool_size) AS pool_size FROM pool GROUP BY pool)
        SELECT row_no, aim, pool_person,
            CASE WHEN aim = 'borrowed' OR pool_person IS NULL THEN {_stranger_id_sql(nation, requests)} ELSE pool_person END AS person_id
        FROM numbered
        LEFT JOIN sizes USING (pool)
        LEFT JOIN pool ON pool.pool = numbered.pool AND pick = turn % sizes.pool_size
        ORDER BY row_no""")


def plan_stages(source: str, nation: Population, mix: Scenario, requests: int) -> list[tuple[str, str]]:
    """The stages that settle each row's question and its truth; the last is `planned`.

    Adds asked_year, dwelling (the one asked about), address_fault ('' when the address is set forth), tin_person
    (whose number is sent, null for none or an invented one), tin_way, at_record (asked about where the record is),
    and record_of (whether the person has a record for the year asked).
    """
    return [
        ("planned_seats", seat_stage(source)),
        *residence_stages("planned_seats", nation),
        ("places", _asked_place_stage("residences", nation, mix)),
        ("others", _other_person_stage("places", nation, requests)),
        ("other_homes", dwelling_stage("others", "other_person", "other_dwelling")),
        ("planned", _asked_dwelling_stage("other_homes", nation.tax_year)),
    ]


def _asked_place_stage(source: str, nation: Population, mix: Scenario) -> str:
    """Where the row asks: home now, the old home, a neighbor's, another's, or an address nobody has."""
    weights = sum(ADDRESS_FAULT_WEIGHTS.values())
    return f"""
        SELECT *, CASE
                WHEN aim IN ('faulty', 'faulty_stranger') THEN {case_by_share("fault_draw", {k: v / weights * 0.999999 for k, v in ADDRESS_FAULT_WEIGHTS.items()}, "a01_blank")}
                WHEN aim = 'named_faulty' THEN choose('digit fault', row_no, {sql_list(FIVE_DIGIT_FAULTS)}) ELSE '' END AS address_fault,
            CASE WHEN aim = 'resident' AND moved AND place_draw < 0.3 THEN 'then'
                WHEN aim = 'resident' AND moved AND place_draw < 0.5 THEN 'old'
                WHEN aim IN ('named_elsewhere', 'wrong_number') AND moved THEN 'old'
                WHEN aim = 'elsewhere' AND place_draw < 0.3 THEN 'neighbor'
                WHEN aim IN ('elsewhere', 'stranger', 'faulty_stranger') AND place_draw < 0.75 THEN 'another'
                WHEN aim IN ('named_elsewhere', 'wrong_number') AND place_draw < 0.5 THEN 'another'
                WHEN aim IN ('elsewhere', 'named_elsewhere', 'wrong_number') THEN 'nowhere'
                WHEN aim = 'borrowed' AND place_draw < 0.4 THEN 'lender' ELSE 'home' END AS place,
            CASE WHEN aim IN ('named_resident', 'named_faulty', 'named_elsewhere') THEN 'own'
                WHEN aim = 'address_only' THEN 'none'
                WHEN aim = 'lost_match' THEN CASE WHEN number_draw < 0.5 THEN 'none' ELSE 'swapped' END
                WHEN aim = 'wrong_number' THEN CASE WHEN number_draw < 0.4 THEN 'swapped' ELSE 'any' END
                WHEN aim = 'borrowed' THEN 'lender'
                ELSE {case_by_share("number_draw", mix.tin_sources, "own")} END AS tin_way,
            {nation.tax_year} AS tax_year, person_id < {nation.person_count} AS in_population
        FROM (SELECT *, u('place', row_no) AS place_draw, u('fault', row_no) AS fault_draw, u('number sent', row_no) AS number_draw
            FROM {source})"""


def _other_person_stage(source: str, nation: Population, requests: int) -> str:
    """The person whose dwelling is asked about instead of one's own."""
    return f"""
        SELECT *, CASE place WHEN 'neighbor' THEN least(block_start + below('neighbor', row_no, {BLOCK_SIZE}), {nation.person_count - 1})
            WHEN 'another' THEN below('another', row_no, {nation.person_count})
            WHEN 'nowhere' THEN {_stranger_id_sql(nation, requests)} + {_stranger_id_span(requests)}
            WHEN 'lender' THEN pool_person END AS other_person
        FROM {source}"""


def _asked_dwelling_stage(source: str, tax_year: int) -> str:
    """The dwelling and year asked about, and whether the person's own record says the same."""
    return f"""
        SELECT * REPLACE (asked_dwelling AS dwelling), in_population AND record_dwelling IS NOT NULL AS on_record,
            coalesce(in_population AND record_dwelling = asked_dwelling, false) AS at_record,
            in_population AND (files_now OR files_earlier) AS ever_on_record,
            CASE WHEN NOT in_population THEN 'stranger' WHEN moved AND person_kind IN ('taxpayer', 'spouse') THEN 'mover'
                ELSE person_kind END AS asked_kind
        FROM (
            SELECT *, CASE WHEN asked_year = {tax_year} AND files_now THEN home
                WHEN asked_year = earlier_year AND files_earlier THEN earlier_dwelling END AS record_dwelling
            FROM (
                SELECT *, dwelling AS home, CASE WHEN place = 'then' THEN earlier_year ELSE {tax_year} END AS asked_year,
                    CASE WHEN place IN ('then', 'old') THEN earlier_dwelling WHEN other_dwelling IS NOT NULL THEN other_dwelling
                        ELSE dwelling END AS asked_dwelling
                FROM {source}
            )
        )"""
