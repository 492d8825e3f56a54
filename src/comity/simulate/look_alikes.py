"""Turn requests about a record into requests about somebody else, or another address, that looks like it.

Without them no simulated file has a sibling a letter apart, the next town's Main Street or apartment 21 for 12, and no
figure shows what is made of such requests. Their rates are options, 0 unless given.

Guarantees: what is asked about is not on that record, and the truth says so; names and streets are ones that exist,
from lists of the whole world (no group, promise 14); at rates of 0 nothing is changed.
Does not: make people who live there and file: such a request must not be confirmed for anybody.
Basis: ADR 0027 and 0030.
Start at `add_look_alikes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from comity.columns.duck import DuckDBConnection
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.known_names import load_known_names
from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs
from comity.reference.street_names import load_street_names
from comity.simulate.dwelling_addresses import STREET_SUFFIXES
from comity.simulate.random_sql import sql_list

SHORTEST_NAME, MOST_OTHERS = 3, 24
"""Letters of a name that has look-alikes; and how many of them are drawn from."""
LOOK_ALIKE_AIM = "look_alike_"
"""How the aims of such rows begin in the truth; the kind follows."""
NOISELESS_AIM = "named_look_alike"
"""Their aim until the truth is written: a typing error could make the record's own street of another."""
NAME_KINDS = ("sibling", "neighbor", "exchanged", "initial")
ADDRESS_KINDS = ("street", "direction", "suffix", "unit", "town")
Stages = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LookAlikeRates:
    """Shares of the requests at an address on record that give a look-alike's name, or an address like it."""

    names: float = 0.0
    addresses: float = 0.0

    @property
    def is_zero(self) -> bool:
        """Return whether there are no look-alikes."""
        return self.names + self.addresses == 0


def create_look_alike_tables(connection: DuckDBConnection) -> None:
    """Create tables of names and streets that exist a letter apart, of names that are both, and of next towns.

    Needs `zip_pool`. Two spellings of one name, as listed, are none of them.
    """
    known = pa.table({"name": sorted(load_known_names())})
    streets = pa.table({"name": load_street_names()[0]})
    for table, names, others, pairs in (
        ("near_first", load_first_name_counts(), known, load_nickname_pairs()),
        ("near_last", load_last_name_counts(), known, load_surname_pairs()),
        ("near_street", streets, streets, ()),
    ):
        listed = pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}, schema=_PAIR_SCHEMA)
        sources = {"look_alike_names": names, "look_alike_others": others, "look_alike_listed": listed}
        for name, source in sources.items():
            connection.register(name, source)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_NEAR_NAMES_QUERY}")
        for name in sources:
            connection.unregister(name)
    for name, source in (("look_alike_first", load_first_name_counts()), ("look_alike_last", load_last_name_counts())):
        connection.register(name, source)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE given_and_surname AS
        SELECT f.name FROM look_alike_first f JOIN look_alike_last l ON l.name = f.name""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE next_towns AS
        SELECT z.zip AS from_zip, list({'city': o.city, 'zip': o.zip} ORDER BY o.zip) AS towns
        FROM zip_pool z JOIN zip_pool o ON o.zip[:3] = z.zip[:3] AND o.state = z.state AND o.kind = 'STANDARD'
            AND o.city <> z.city AND NOT list_contains(z.city_aliases, o.city)
        WHERE z.kind = 'STANDARD' GROUP BY z.zip""")


_PAIR_SCHEMA = pa.schema([("a", pa.string()), ("b", pa.string())])
_REMAINDERS = "unnest(list_append(list_transform(range(len(name)), lambda i: name[:i] || name[i + 2:]), name))"
_NEAR_NAMES_QUERY = f"""
    WITH meant AS (SELECT name, {_REMAINDERS} AS remainder FROM look_alike_names WHERE len(name) >= {SHORTEST_NAME}),
    others AS (SELECT name AS other, {_REMAINDERS} AS remainder FROM look_alike_others
        WHERE len(name) >= {SHORTEST_NAME}),
    pairs AS (SELECT DISTINCT name, other FROM meant JOIN others USING (remainder)
        WHERE levenshtein(name, other) = 1)
    SELECT name, list(other ORDER BY other)[:{MOST_OTHERS}] AS others
    FROM pairs ANTI JOIN look_alike_listed ON a = name AND b = other GROUP BY name"""


def add_look_alikes(stages: Stages, rates: LookAlikeRates) -> Stages:
    """Return the stages of `request_stages` with those that make look-alikes after the ones that they change."""
    if rates.is_zero:
        return stages
    added = {
        "planned": lambda source: _choice_stage(source, rates),
        "sent_names": _name_stage,
        "address_parts": _address_stage,
        "addressed": _unit_stage,
        "labelled": _truth_stage,
    }
    result: Stages = []
    for name, sql in stages:
        if name in added:
            result += [(f"{name}_as_meant", sql), (name, added[name](f"{name}_as_meant"))]
        else:
            result.append((name, sql))
    return result


def _choice_stage(source: str, rates: LookAlikeRates) -> str:
    """Choose the rows, of those that ask at an address of a record."""
    return f"""
        SELECT *, CASE WHEN NOT at_record OR address_fault <> '' THEN ''
            WHEN look_alike_draw < {rates.names} THEN 'name'
            WHEN look_alike_draw < {rates.names + rates.addresses} THEN 'address' ELSE '' END AS look_alike
        FROM (SELECT *, u('look-alike', row_no) AS look_alike_draw FROM {source})"""


def _kind_sql(salt: str, conditions: Sequence[tuple[str, str]]) -> str:
    """Return SQL that draws one of the kinds whose conditions hold; null if none does."""
    cases = ", ".join(f"CASE WHEN {condition} THEN '{kind}' END" for kind, condition in conditions)
    return f"choose('{salt}', row_no, list_filter([{cases}], lambda kind: kind IS NOT NULL))"


def _name_stage(source: str) -> str:
    """Write the name of a sibling, of a neighbor, of a father with the names exchanged, or with another middle initial.

    Their numbers are their own.
    """
    kind = _kind_sql(
        "look-alike name",
        (
            ("sibling", "f.others IS NOT NULL"),
            ("neighbor", "l.others IS NOT NULL AND surname_form = 'plain'"),
            ("exchanged", "g.name IS NOT NULL AND s.name IS NOT NULL AND surname_form = 'plain' AND g.name <> s.name"),
            ("initial", "middle_name IS NOT NULL AND sent_middle IS NOT NULL"),
        ),
    )
    return f"""
        SELECT * EXCLUDE (other_first, other_last) REPLACE (
            CASE name_look_alike WHEN 'sibling' THEN other_first WHEN 'exchanged' THEN last_name
                WHEN '' THEN sent_first ELSE first_name END AS sent_first,
            CASE name_look_alike WHEN 'neighbor' THEN other_last WHEN 'exchanged' THEN first_name
                WHEN '' THEN sent_last ELSE last_name END AS sent_last,
            CASE WHEN name_look_alike = 'initial'
                THEN chr((65 + (ascii(middle_name[1]) - 64 + below('other initial', row_no, 25)) % 26)::INTEGER)
                WHEN name_look_alike = '' THEN sent_middle END AS sent_middle,
            CASE WHEN name_look_alike = '' THEN sent_suffix END AS sent_suffix,
            CASE WHEN name_look_alike = '' THEN name_noise ELSE '' END AS name_noise,
            CASE WHEN name_look_alike = '' OR tin_way = 'none' THEN tin_way ELSE 'any' END AS tin_way)
        FROM (
            SELECT p.*, coalesce(CASE WHEN look_alike = 'name' THEN {kind} END, '') AS name_look_alike,
                {_title_case("choose('other first', row_no, f.others)")} AS other_first,
                {_title_case("choose('other last', row_no, l.others)")} AS other_last
            FROM {source} p
            LEFT JOIN near_first f ON f.name = {_letters("first_name")} AND look_alike = 'name'
            LEFT JOIN near_last l ON l.name = {_letters("last_name")} AND look_alike = 'name'
            LEFT JOIN given_and_surname g ON g.name = {_letters("first_name")} AND look_alike = 'name'
            LEFT JOIN given_and_surname s ON s.name = {_letters("last_name")} AND look_alike = 'name'
        )"""


def _letters(column: str) -> str:
    return f"upper(strip_accents({column}))"


def _title_case(text: str) -> str:
    return f"upper({text}[1]) || lower({text}[2:])"


def _address_stage(source: str) -> str:
    """Write another street, another half of it, another suffix or the next town; or leave it to the unit."""
    has_style = "form = 'street' AND style IN ('named', 'surname', 'spanish')"
    kind = _kind_sql(
        "look-alike address",
        (
            ("street", f"{has_style} AND n.others IS NOT NULL"),
            ("direction", "form = 'street' AND before IN ('N', 'S', 'E', 'W')"),
            ("suffix", "form = 'street' AND type IS NOT NULL"),
            ("unit", "place_kind = 'apartments'"),
            ("town", "form = 'street' AND t.towns IS NOT NULL"),
        ),
    )
    return f"""
        SELECT * EXCLUDE (other_street, other_town) REPLACE (
            CASE WHEN address_look_alike = 'street' THEN other_street ELSE street_name END AS street_name,
            CASE WHEN address_look_alike = 'direction' THEN translate(before, 'NSEW', 'SNWE') ELSE before END AS before,
            CASE WHEN address_look_alike = 'suffix'
                THEN choose('other type', row_no, list_filter({sql_list([*STREET_SUFFIXES])}, lambda s: s <> type))
                ELSE type END AS type,
            CASE WHEN address_look_alike = 'town' THEN other_town.city ELSE city END AS city,
            CASE WHEN address_look_alike = 'town' THEN other_town.zip ELSE zip END AS zip,
            CASE WHEN address_look_alike <> 'town' THEN city_alias END AS city_alias,
            CASE WHEN address_look_alike <> '' THEN '{NOISELESS_AIM}' ELSE aim END AS aim)
        FROM (
            SELECT p.*, coalesce(CASE WHEN look_alike = 'address' THEN {kind} END, '') AS address_look_alike,
                {_title_case("choose('other street', row_no, n.others)")} AS other_street,
                choose('other town', row_no, t.towns) AS other_town
            FROM {source} p
            LEFT JOIN near_street n ON n.name = {_letters("street_name")} AND look_alike = 'address'
            LEFT JOIN next_towns t ON t.from_zip = p.zip AND look_alike = 'address'
        )"""


def _unit_stage(source: str) -> str:
    """Write another unit: the digits in the other order, or else the next letter or number."""
    return f"""
        SELECT * REPLACE (CASE WHEN address_look_alike <> 'unit' OR unit IS NULL THEN unit
            WHEN regexp_matches(unit, '^[0-9]+$') AND unit <> reverse(unit) AND unit[-1] <> '0' THEN reverse(unit)
            WHEN regexp_matches(unit, '[A-Z]$') THEN unit[:-2] || chr((65 + (ascii(unit[-1]) - 64) % 26)::INTEGER)
            ELSE unit || '1' END AS unit)
        FROM {source}"""


def _truth_stage(source: str) -> str:
    """Say that nothing is to be confirmed: another person is on no record, and another address is not the record's."""
    is_look_alike, is_other_person = "name_look_alike || address_look_alike <> ''", "name_look_alike <> ''"
    return f"""
        SELECT * REPLACE (
            CASE WHEN {is_look_alike} THEN '{LOOK_ALIKE_AIM}' || name_look_alike || address_look_alike
                ELSE aim END AS aim,
            confirmed AND NOT ({is_look_alike}) AS confirmed,
            CASE WHEN {is_other_person} THEN 'look_alike' ELSE requested_kind END AS requested_kind,
            CASE WHEN NOT ({is_other_person}) THEN truth_record_id END AS truth_record_id,
            name_tin_agrees AND NOT ({is_other_person}) AS name_tin_agrees)
        FROM {source}"""
