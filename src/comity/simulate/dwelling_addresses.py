"""Give synthetic dwellings addresses: real states, cities and ZIP codes; invented streets, boxes and units.

A dwelling's address follows from the dwelling's number alone, so an address beyond the last dwelling is one that
no person on record has. Forms: street (named, ordinal, highway, Utah grid, Spanish; hyphenated, lettered and fractional
numbers), post office box, rural route, highway contract, military, apartment.

Guarantees: the ZIP code is in the state and serves the city; two dwellings of one block never share an address.
Does not: name a real house, except by chance.
Basis: USPS Publication 28 for the forms; `comity.reference.zip_codes` for the places.
Start at `address_stages`.
"""

from collections.abc import Mapping

from comity.columns.duck import DuckDBConnection
from comity.reference.states import STATES_AND_DC
from comity.reference.zip_codes import load_zip_table
from comity.simulate.households import BLOCK_CYCLE, BLOCK_SIZE
from comity.simulate.random_sql import case_by_share, case_map, sql_list, sql_literal

STREET_NAMES = (
    "Main", "Oak", "Maple", "Cedar", "Pine", "Elm", "Walnut", "Washington", "Lake", "Hill", "Park", "Spring", "Church",
    "River", "Sunset", "Jackson", "Lincoln", "Franklin", "Chestnut", "Highland", "Mill", "Willow", "Meadow", "Forest",
    "Jefferson", "Madison", "Cherry", "Dogwood", "Ridge", "Center", "College", "Prospect", "Adams", "Railroad",
    "Valley View", "Oak Hill", "Cedar Creek", "Martin Luther King Jr", "Old Mill", "Saint Charles", "Fort Hill",
)  # fmt: skip
SPANISH_STREET_NAMES = (
    "Calle Sol",
    "Calle Luna",
    "Calle Colón",
    "Avenida Ponce de León",
    "Camino Real",
    "Paseo del Río",
    "Via Verde",
    "Calle José Martí",
    "Avenida Fernández Juncos",
    "Camino del Peñón",
    "Calle 8",
    "Paseo de los Niños",
)
STREET_SUFFIXES = {
    "St": "Street",
    "Ave": "Avenue",
    "Dr": "Drive",
    "Rd": "Road",
    "Ln": "Lane",
    "Ct": "Court",
    "Blvd": "Boulevard",
    "Way": "Way",
    "Pl": "Place",
    "Cir": "Circle",
    "Ter": "Terrace",
    "Trl": "Trail",
    "Pkwy": "Parkway",
    "Loop": "Loop",
}
DIRECTIONALS = {
    "N": "North",
    "S": "South",
    "E": "East",
    "W": "West",
    "NE": "Northeast",
    "NW": "Northwest",
    "SE": "Southeast",
    "SW": "Southwest",
}
UNIT_DESIGNATORS = {"Apt": "Apartment", "Unit": "Unit", "#": "Number", "Ste": "Suite"}
HIGHWAY_NAMES = {
    "County Road": "Co Rd",
    "State Highway": "State Hwy",
    "US Highway": "US Hwy",
    "FM": "Farm to Market Road",
}

RURAL_FORM_SHARES = {"po_box": 0.22, "rural_route": 0.25, "highway_contract": 0.13, "highway": 0.25}
"""Shares of the forms of address on a rural block; the rest have a street."""
MILITARY_BOX_SHARE = 0.15
STREET_STYLE_SHARES = {"grid": 0.01, "spanish": 0.02, "highway": 0.04, "ordinal": 0.13, "letter": 0.01, "surname": 0.22}
"""Shares of the styles of street; the rest have a common name. Utah has more grids, Puerto Rico more Spanish names."""


def create_zip_pool(connection: DuckDBConnection, state: str | None) -> dict[str, tuple[int, int]]:
    """Create table `zip_pool`; return for each kind of ZIP code its first number in it and how many there are.

    Military ZIP codes are included whatever the state, since soldiers are stationed away from it.
    """
    is_in_state = f"state = {sql_literal(state)}" if state else f"state IN ({sql_list([*STATES_AND_DC, 'PR'])[1:-1]})"
    connection.register("zips_source", load_zip_table())
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE zip_pool AS
        SELECT (row_number() OVER (ORDER BY kind, zip) - 1)::INTEGER AS zip_number, kind, zip,
            CASE WHEN kind = 'MILITARY' THEN upper(city) ELSE city END AS city, state,
            list_filter(city_aliases, lambda name: len(name) > 3) AS city_aliases
        FROM zips_source WHERE kind = 'MILITARY' OR (kind IN ('STANDARD', 'PO BOX') AND {is_in_state})""")
    connection.unregister("zips_source")
    rows = connection.execute("SELECT kind, min(zip_number), count(*) FROM zip_pool GROUP BY kind").fetchall()
    pools = {str(zip_kind): (int(first), int(count)) for zip_kind, first, count in rows}
    if "STANDARD" in pools:
        pools.setdefault("PO BOX", pools["STANDARD"])
    return pools


def address_stages(source: str, pools: Mapping[str, tuple[int, int]]) -> list[tuple[str, str]]:
    """Return the stages that give each row's `dwelling` an address in parts; the last is `addressed`.

    Adds form (street | po_box | rural_route | highway_contract | military), line_short and line_long (the delivery
    line without the unit, abbreviated and spelled out), unit_type and unit (null if there is none),
    unit_apart (the record has the unit in street2), city, state, zip, plus4, city_alias (null if there is none),
    and the parts number, street_short, street_long. A null dwelling gives nulls.
    """
    return [
        ("address_blocks", _block_stage(source)),
        ("address_places", _zip_code_stage("address_blocks", pools)),
        ("address_styles", _street_style_stage("address_places")),
        ("address_parts", _street_parts_stage("address_styles")),
        ("address_lines", _delivery_line_stage("address_parts")),
        ("addressed", _unit_stage("address_lines")),
    ]


def _block_stage(source: str) -> str:
    """Find the kind of block a dwelling is on, and the building it belongs to (the block itself on a street)."""
    return f"""
        SELECT s.*, c.block_kind AS place_kind, (dwelling % {BLOCK_SIZE})::INTEGER AS door,
            dwelling // {BLOCK_SIZE} - c.building_blocks_back AS building, c.building_blocks_back AS wing
        FROM {source} s
        LEFT JOIN block_cycle c ON c.place = ((dwelling // {BLOCK_SIZE}) % {len(BLOCK_CYCLE)})::INTEGER"""


def _zip_code_stage(source: str, pools: Mapping[str, tuple[int, int]]) -> str:
    """Choose the form of the address and its ZIP code: one for a block, but one for each dwelling in military mail."""

    def pick(pool: str, key: str) -> str:
        first, count = pools[pool]
        return f"{first} + below('zip', {key}, {count})"

    rural_form = case_by_share("u('rural form', dwelling)", RURAL_FORM_SHARES, "street")

    return f"""
        SELECT p.*, z.city, z.state, z.zip,
            CASE WHEN len(z.city_aliases) > 0 THEN choose('city alias', dwelling, z.city_aliases) END AS city_alias,
            lpad((1000 + below('plus4', building * 64 + door // 4, 8999))::VARCHAR, 4, '0') AS plus4
        FROM (
            SELECT *, CASE WHEN form = 'military' THEN {pick("MILITARY", "dwelling")}
                WHEN place_kind = 'boxes' THEN {pick("PO BOX", "building")}
                ELSE {pick("STANDARD", "building")} END::INTEGER AS zip_number
            FROM (
                SELECT *, CASE
                    WHEN place_kind = 'boxes' AND u('military', dwelling) < {MILITARY_BOX_SHARE} THEN 'military'
                    WHEN place_kind = 'boxes' THEN 'po_box'
                    WHEN place_kind = 'rural' THEN {rural_form}
                    ELSE 'street' END AS form
                FROM {source}
            )
        ) p LEFT JOIN zip_pool z ON z.zip_number = p.zip_number"""


def _street_style_stage(source: str) -> str:
    """Choose one of six streets to a block (one to a building), each with a style that its houses share."""
    return f"""
        SELECT *, CASE WHEN form = 'highway' THEN 'highway'
                WHEN state = 'UT' AND style_draw < 0.5 THEN 'grid' WHEN state = 'PR' AND style_draw < 0.8 THEN 'spanish'
                WHEN state IN ('CA', 'TX', 'NM', 'AZ', 'FL') AND style_draw > 0.92 THEN 'spanish'
                ELSE {case_by_share("style_draw", STREET_STYLE_SHARES, "named")} END AS style,
            below('number', building, 90) * 100 + 2 * door + below('side', building, 2)
                + CASE place_kind WHEN 'apartments' THEN 10 ELSE 100 END AS house
        FROM (
            SELECT *, u('street style', road) AS style_draw
            FROM (
                SELECT * REPLACE (CASE place_kind WHEN 'apartments' THEN 0 ELSE door END AS door), door AS true_door,
                    building * 8
                        + CASE place_kind WHEN 'apartments' THEN 7 ELSE below('street', dwelling, 6) END AS road
                FROM {source}
            )
        )"""


def _street_parts_stage(source: str) -> str:
    """Write house number, direction, street name and type, in the street's style."""
    common_name = f"choose('name', road, {sql_list(STREET_NAMES)})"
    grid_side = "choose('grid side', road, ['N', 'S', 'E', 'W'])"
    suffix = f"choose('type', road, {sql_list([*STREET_SUFFIXES])})"
    highway = f"choose('highway', road, {sql_list([*HIGHWAY_NAMES])})"
    return f"""
        SELECT *, CASE
                WHEN state = 'WI' AND u('grid number', road) < 0.1
                    THEN 'N' || (50 + house // 100) || 'W' || (10000 + house)
                WHEN house_draw < CASE WHEN state IN ('NY', 'HI') THEN 0.1 ELSE 0.006 END AND house > 1000
                    THEN (house // 100) || '-' || lpad((house % 100)::VARCHAR, 2, '0')
                WHEN house_draw > 0.985 THEN house || choose('house letter', dwelling, ['A', 'B', 'C'])
                WHEN house_draw > 0.978 THEN house || ' 1/2'
                ELSE house::VARCHAR END AS number,
            CASE WHEN style = 'grid' THEN {grid_side}
                WHEN style IN ('named', 'surname', 'ordinal') AND direction_draw < 0.22
                    THEN choose('before', road, ['N', 'S', 'E', 'W', 'NE', 'SW']) END AS before,
            CASE WHEN style = 'grid'
                    THEN choose('grid end', road,
                        CASE WHEN {grid_side} IN ('N', 'S') THEN ['E', 'W'] ELSE ['N', 'S'] END)
                WHEN style IN ('named', 'surname', 'ordinal') AND direction_draw > 0.93
                    THEN choose('after', road, ['NW', 'SE', 'S', 'E']) END AS after,
            CASE WHEN style IN ('named', 'surname', 'ordinal') THEN {suffix} END AS type,
            CASE style
                WHEN 'grid' THEN ((1 + below('grid line', road, 40)) * 100)::VARCHAR
                WHEN 'spanish' THEN choose('spanish', road, {sql_list(SPANISH_STREET_NAMES)})
                WHEN 'highway' THEN {highway} || ' ' || (1 + below('highway number', road, 980))
                WHEN 'ordinal' THEN ordinal || CASE WHEN ordinal % 100 IN (11, 12, 13) THEN 'th'
                    WHEN ordinal % 10 = 1 THEN 'st' WHEN ordinal % 10 = 2 THEN 'nd'
                    WHEN ordinal % 10 = 3 THEN 'rd' ELSE 'th' END
                WHEN 'letter' THEN 'Avenue ' || choose('letter', road, ['A', 'B', 'C', 'D', 'J', 'K', 'M', 'U'])
                WHEN 'surname' THEN l.display
                ELSE {common_name} END AS street_name
        FROM (SELECT *, u('number', dwelling) AS house_draw, u('side', road) AS direction_draw,
                1 + below('ordinal', road, 120) AS ordinal,
                CASE WHEN style = 'surname' THEN below('street surname', road, 100000)::INTEGER END AS surname_slot
            FROM {source}) p
        LEFT JOIN last_slots l ON l.slot = p.surname_slot"""


def _delivery_line_stage(source: str) -> str:
    """Write the delivery line without a unit: as the postal service abbreviates it, and spelled out."""
    long_name = f"regexp_replace(street_name, '^FM ', '{HIGHWAY_NAMES['FM']} ')"
    before, after = case_map("before", DIRECTIONALS), case_map("after", DIRECTIONALS)
    street_long = f"concat_ws(' ', {before}, {long_name}, {case_map('type', STREET_SUFFIXES)}, {after})"
    return f"""
        SELECT *, CASE form
                WHEN 'po_box' THEN 'PO Box ' || box WHEN 'rural_route' THEN 'RR ' || route || ' Box ' || box
                WHEN 'highway_contract' THEN 'HC ' || (route + 50) || ' Box ' || box
                WHEN 'military' THEN military || ' Box ' || box
                ELSE number || ' ' || street_short END AS line_short,
            CASE form
                WHEN 'po_box' THEN 'Post Office Box ' || box
                WHEN 'rural_route' THEN 'Rural Route ' || route || ' Box ' || box
                WHEN 'highway_contract' THEN 'Highway Contract Route ' || (route + 50) || ' Box ' || box
                WHEN 'military' THEN military || ' Box ' || box
                ELSE number || ' ' || street_long END AS line_long
        FROM (
            SELECT *, concat_ws(' ', before, street_name, type, after) AS street_short,
                {street_long} AS street_long,
                1 + true_door + {BLOCK_SIZE} * below('boxes', building, 30) AS box,
                1 + below('route', building * 4 + true_door % 3, 9) AS route,
                choose('military unit', building, ['PSC', 'CMR', 'Unit']) || ' '
                    || (400 + below('military number', building, 9000)) AS military
            FROM {source}
        )"""


def _unit_stage(source: str) -> str:
    """Number apartment units by floor and door, by floor and letter, or consecutively, one way to a building."""
    return f"""
        SELECT *, CASE WHEN unit IS NULL THEN NULL WHEN place_kind = 'apartments'
                THEN choose('unit word', building, ['Apt', 'Apt', 'Apt', 'Unit', '#']) ELSE 'Unit' END AS unit_type,
            u('unit apart', dwelling) < 0.3 AND unit IS NOT NULL AS unit_apart
        FROM (
            SELECT *, CASE WHEN place_kind = 'apartments' THEN CASE below('unit way', building, 3)
                    WHEN 0 THEN ((1 + flat // 20) * 100 + flat % 20 + 1)::VARCHAR
                    WHEN 1 THEN (1 + flat // 20) || chr((65 + flat % 20)::INTEGER)
                    ELSE (flat + 1)::VARCHAR END
                WHEN place_kind = 'street' AND u('half house', dwelling) < 0.03
                    THEN choose('half', dwelling, ['A', 'B', '2']) END AS unit
            FROM (SELECT *, true_door + {BLOCK_SIZE} * wing AS flat FROM {source})
        )"""


RECORD_STREET_SQL = (
    "CASE WHEN unit IS NULL OR unit_apart THEN line_short ELSE line_short || ' ' || unit_type || ' ' || unit END"
)
RECORD_STREET2_SQL = "CASE WHEN unit_apart THEN unit_type || ' ' || unit END"
"""SQL of street and street2 as the custodian's record has them."""
