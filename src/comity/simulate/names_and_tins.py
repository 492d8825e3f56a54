"""Give synthetic people names and taxpayer numbers, derived from the person's number.

Names are drawn by Census counts and by nothing else: first names, surnames, particles and accents are independent of
each other, so the population carries no group and none can be inferred (promise 14). Taxpayer numbers begin with 9 and
have a middle group 00 to 49: the Social Security Administration never issues an area 9xx, and the individual and
adoption numbers that do begin with 9 have groups 50 and above, so no number here was ever issued.

Guarantees: one name and number per person, the same in every year; numbers are unique for the first 49,995,000 people
and repeat beyond that.
Does not: model sex or age.
Basis: SSA number policy (areas 000, 666 and 900 to 999 unassigned); IRS ITIN and ATIN groups.
Start at `name_stages`.
"""

from functools import cache

import pyarrow as pa

from comity.columns.duck import DuckDBConnection, connect
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.simulate.random_sql import case_by_share, case_map, sql_list

FIRST_NAME_SLOTS, LAST_NAME_SLOTS = 2**18, 2**19
"""Slots that names are drawn from; a slot represents about 1,150 and 500 bearers."""

TIN_COUNT = 100 * 50 * 9_999
_TIN_STRIDE = 32_452_867  # a prime that does not divide TIN_COUNT, so that neighbors' numbers are far apart

ACCENTED_FIRST_NAMES = {
    "JOSE": "José", "MARIA": "María", "JESUS": "Jesús", "ANGEL": "Ángel", "ADRIAN": "Adrián", "RAUL": "Raúl",
    "SOFIA": "Sofía", "RENE": "René", "ANDRE": "André", "ZOE": "Zoë", "CHLOE": "Chloé", "NICOLAS": "Nicolás",
    "OSCAR": "Óscar", "HECTOR": "Héctor", "RUBEN": "Rubén", "MONICA": "Mónica", "LUCIA": "Lucía", "ANDRES": "Andrés",
    "SEBASTIAN": "Sebastián", "VICTOR": "Víctor", "MARTIN": "Martín", "BJORN": "Björn", "SOREN": "Søren",
    "RAMON": "Ramón", "FRANCOIS": "François", "IVAN": "Iván", "JULIAN": "Julián", "DARIO": "Darío",
}  # fmt: skip
ACCENTED_LAST_NAMES = {
    "GARCIA": "García", "MARTINEZ": "Martínez", "RODRIGUEZ": "Rodríguez", "HERNANDEZ": "Hernández", "LOPEZ": "López",
    "GONZALEZ": "González", "PEREZ": "Pérez", "SANCHEZ": "Sánchez", "RAMIREZ": "Ramírez", "GOMEZ": "Gómez",
    "DIAZ": "Díaz", "MUNOZ": "Muñoz", "PENA": "Peña", "NUNEZ": "Núñez", "MULLER": "Müller", "JORGENSEN": "Jørgensen",
    "NGUYEN": "Nguyễn", "TRAN": "Trần", "IBANEZ": "Ibáñez", "BEZIER": "Bézier", "LEVESQUE": "Lévesque",
    "SCHRODER": "Schröder", "CASTANEDA": "Castañeda", "ORDONEZ": "Ordóñez", "GUZMAN": "Guzmán", "LEON": "León",
}  # fmt: skip
"""Names that some of their bearers write with accents."""

SURNAME_PARTICLES = ("de la ", "del ", "de ", "van ", "van der ", "von ", "al-", "el-", "da ", "D'", "St. ", "bin ")
O_PREFIX_SURNAMES = (
    *("OBRIEN", "OCONNOR", "ONEILL", "ONEAL", "OCONNELL", "ODONNELL", "OLEARY", "OKEEFE", "OHARA", "OREILLY"),
    *("OMALLEY", "OSULLIVAN", "OROURKE", "OTOOLE", "ODELL", "ODAY"),
)
"""Surnames that are written with an apostrophe after the O."""

SURNAME_FORM_SHARES = {"plain": 0.865, "double": 0.06, "hyphen": 0.035, "particle": 0.03}
MARRIED_SURNAME_SHARES = {"family": 0.72, "own": 0.12, "hyphen_married": 0.09, "double_married": 0.04}
MIDDLE_NAME_SHARES = {"none": 0.22, "initial": 0.58, "full": 0.18}


def create_name_tables(connection: DuckDBConnection) -> None:
    """Create tables `first_slots` and `last_slots`: a name for each equal share of bearers, first names by initial."""
    for table in ("first_slots", "last_slots"):
        connection.register("name_slots", build_name_slots(table))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM name_slots")
        connection.unregister("name_slots")


@cache
def build_name_slots(table: str) -> pa.Table:
    """Return the rows of `first_slots` or `last_slots`, which depend on no seed, so that a process builds them once."""
    names, slots, order, accents = {
        "first_slots": (load_first_name_counts(), FIRST_NAME_SLOTS, "name[1], count DESC, name", ACCENTED_FIRST_NAMES),
        "last_slots": (load_last_name_counts(), LAST_NAME_SLOTS, "count DESC, name", ACCENTED_LAST_NAMES),
    }[table]
    with connect() as connection:
        connection.register("names_source", names)
        return connection.sql(f"""
            WITH shares AS (
                SELECT name, sum(count) OVER (ORDER BY {order}) AS until, until - count AS since,
                    sum(count) OVER () AS total
                FROM names_source
            ), ranges AS (
                SELECT name, since::BIGINT * {slots} // total::BIGINT AS since_slot,
                    until::BIGINT * {slots} // total::BIGINT AS until_slot
                FROM shares
            ), display_names AS (
                SELECT *, CASE
                    WHEN name LIKE 'MC%' AND len(name) > 4 THEN 'Mc' || name[3] || lower(name[4:])
                    WHEN name IN ({sql_list(O_PREFIX_SURNAMES)[1:-1]}) THEN 'O''' || name[2] || lower(name[3:])
                    ELSE name[1] || lower(name[2:]) END AS display,
                    {case_map("name", accents)} AS accented,
                    min(since_slot) OVER initials AS initial_since,
                    sum(until_slot - since_slot) OVER initials AS initial_slots
                FROM ranges WHERE until_slot > since_slot WINDOW initials AS (PARTITION BY name[1])
            )
            SELECT unnest(range(since_slot, until_slot))::INTEGER AS slot, display,
                CASE WHEN accented = name THEN display ELSE accented END AS marked,
                initial_since::INTEGER AS initial_since, initial_slots::INTEGER AS initial_slots
            FROM display_names ORDER BY slot""").to_arrow_table()


def name_stages(source: str) -> list[tuple[str, str]]:
    """Return the stages that give each seated person a name and a number; the last is `named_people`.

    Adds first_name, middle_full, middle_name (as on record), last_name, last_first, last_second (null unless the
    surname is double), suffix and tin.
    """
    return [
        ("surname_forms", _surname_form_stage(source)),
        ("name_draws", _name_slot_stage("surname_forms")),
        ("name_parts", _name_part_stage("name_draws")),
        ("named_people", _full_name_stage("name_parts")),
    ]


def _surname_form_stage(source: str) -> str:
    """Decide from whom the surname comes and in which form: for the family, or for a spouse alone."""
    married_form = case_by_share("married_draw", MARRIED_SURNAME_SHARES, "family")
    return f"""
        SELECT *, CASE WHEN married_form = 'own' OR surname_rule = 'own' THEN person_id ELSE family END AS surname_key,
            CASE married_form WHEN 'own' THEN 'plain' WHEN 'hyphen_married' THEN 'hyphen'
                WHEN 'double_married' THEN 'double' ELSE family_form END AS surname_form,
            married_form IN ('hyphen_married', 'double_married') AS adds_own
        FROM (
            SELECT *, CASE WHEN surname_rule = 'married' THEN {married_form} ELSE 'family' END AS married_form,
                {case_by_share("form_draw", SURNAME_FORM_SHARES, "plain")} AS family_form
            FROM (
                SELECT *, u('married', person_id) AS married_draw,
                    u('surname form', CASE surname_rule WHEN 'own' THEN person_id ELSE family END) AS form_draw
                FROM {source}
            )
        )"""


def _name_slot_stage(source: str) -> str:
    """Draw a slot for each part of the name, within the shared initial where there is one."""
    return f"""
        SELECT p.* EXCLUDE (initial_slot),
            CASE WHEN p.initial_of IS NULL THEN below('first', first_of, {FIRST_NAME_SLOTS})::INTEGER
                ELSE (i.initial_since + below('first', person_id, i.initial_slots))::INTEGER END AS first_slot
        FROM (
            SELECT *, below('surname', surname_key, {LAST_NAME_SLOTS})::INTEGER AS last_slot,
                CASE WHEN surname_form IN ('double', 'hyphen')
                    THEN below('second surname', CASE WHEN adds_own THEN person_id ELSE surname_key END,
                        {LAST_NAME_SLOTS})::INTEGER END AS second_slot,
                below('middle', person_id, {FIRST_NAME_SLOTS})::INTEGER AS middle_slot,
                below('first', initial_of, {FIRST_NAME_SLOTS})::INTEGER AS initial_slot
            FROM {source}
        ) p LEFT JOIN first_slots i ON i.slot = p.initial_slot"""


def _name_part_stage(source: str) -> str:
    """Look up the parts of the name, with accents if this person writes them."""
    return f"""
        SELECT p.*, CASE WHEN marks THEN f.marked ELSE f.display END AS given, m.display AS middle_part,
            CASE WHEN marks THEN l.marked ELSE l.display END AS last_first,
            CASE WHEN marks THEN s.marked ELSE s.display END AS last_second
        FROM (SELECT *, u('marks', person_id) < 0.4 AS marks FROM {source}) p
        LEFT JOIN first_slots f ON f.slot = p.first_slot
        LEFT JOIN first_slots m ON m.slot = p.middle_slot
        LEFT JOIN last_slots l ON l.slot = p.last_slot
        LEFT JOIN last_slots s ON s.slot = p.second_slot"""


def _full_name_stage(source: str) -> str:
    """Write the name as the person's record has it, and the taxpayer number."""
    return f"""
        SELECT * EXCLUDE (given, middle_part, tin_number),
            CASE WHEN two_givens THEN given || ' ' || middle_part ELSE given END AS first_name,
            CASE WHEN NOT two_givens THEN middle_part END AS middle_full,
            CASE WHEN two_givens OR middle_form = 'none' THEN NULL WHEN middle_form = 'initial' THEN middle_part[1]
                ELSE middle_part END AS middle_name,
            CASE surname_form
                WHEN 'double' THEN CASE WHEN u('surname order', person_id) < 0.1 THEN last_second || ' ' || last_first
                    ELSE last_first || ' ' || last_second END
                WHEN 'hyphen' THEN last_first || '-' || last_second
                WHEN 'particle' THEN choose('particle', surname_key, {sql_list(SURNAME_PARTICLES)}) || last_first
                ELSE last_first END AS last_name,
            coalesce(seat_suffix, CASE WHEN role IS NULL THEN NULL WHEN suffix_draw < 0.012 THEN 'Jr'
                WHEN suffix_draw < 0.016 THEN 'III' END) AS suffix,
            {_tin_digits_sql("tin_number")} AS tin
        FROM (
            SELECT *, u('two givens', person_id) < 0.03 AS two_givens, u('suffix', person_id) AS suffix_draw,
                {case_by_share("u('middle form', person_id)", MIDDLE_NAME_SHARES, "none")} AS middle_form,
                {tin_number_sql("person_id")} AS tin_number
            FROM {source}
        )"""


def tin_number_sql(person: str) -> str:
    """Return SQL for a person's position among the unissued numbers: a permutation, shifted by the seed."""
    return f"({person} * {_TIN_STRIDE} + below('tin', 0, {TIN_COUNT})) % {TIN_COUNT}"


def _tin_digits_sql(number: str) -> str:
    """Return SQL for nine digits: area 900 to 999, group 00 to 49, serial 0001 to 9999."""
    return (
        f"(900 + {number} // {50 * 9_999})::VARCHAR || lpad(({number} // 9999 % 50)::VARCHAR, 2, '0')"
        f" || lpad((1 + {number} % 9999)::VARCHAR, 4, '0')"
    )


def tin_sql(person: str) -> str:
    """Return SQL for the taxpayer number of the person whose person number is in a column."""
    return _tin_digits_sql(f"({tin_number_sql(person)})")


def random_tin_sql(salt: str, key: str) -> str:
    """Return SQL for a taxpayer number drawn at random from the same unissued range."""
    return _tin_digits_sql(f"below('{salt}', {key}, {TIN_COUNT})")
