"""Simulate the custodian's records: who filed for which year, and from where.

Every person with a role has a record for the tax year unless the return lapsed; a family that moved, and a few that did
not, have one for an earlier year too. A family moves to its current home from a dwelling where other people live now,
so the old address leads to strangers.

Guarantees: a person's name and number are the same on every record; spouses on a joint return share its return_id,
year and address.
Does not: add noise to records; the custodian's records are the truth.
Start at `record_stages`.
"""

from comity.simulate.dwelling_addresses import RECORD_STREET2_SQL, RECORD_STREET_SQL, address_stages
from comity.simulate.households import dwelling_stage, seat_stage
from comity.simulate.names_and_tins import name_stages
from comity.simulate.population import Population
from comity.simulate.random_sql import cte_chain

MOVED_SHARE, STAYED_SHARE, LAPSED_SHARE = 0.12, 0.08, 0.03
"""Families that moved since an earlier year on record; returns with an earlier year at the same address; returns that
have no record for the tax year although they have one for an earlier year."""


def residence_stages(source: str, population: Population) -> list[tuple[str, str]]:
    """Return the stages that decide where a seated person lived and filed; the last is `residences`.

    Adds moved, earlier_year and earlier_dwelling (for all persons, filers or not), and files_now / files_earlier (there
    is a record for the tax year / the earlier year, in any role).
    """
    return [
        ("moves", _move_stage(source, population)),
        ("old_homes", dwelling_stage("moves", "old_person", "old_dwelling")),
        ("residences", _earlier_dwelling_stage("old_homes")),
    ]


def _move_stage(source: str, population: Population) -> str:
    """Decide whether the family moved, from which dwelling, and for which years it filed."""
    return f"""
        SELECT *, CASE WHEN moved THEN below('old home', family, {population.person_count}) END AS old_person,
            {population.tax_year} - 1 - (u('gap', family) < 0.25)::INTEGER AS earlier_year,
            role IS NOT NULL AND NOT lapsed AS files_now,
            role IS NOT NULL AND (moved OR stayed OR lapsed) AS files_earlier
        FROM (
            SELECT *, u('moved', family) < {MOVED_SHARE} AS moved, u('stayed', filer) < {STAYED_SHARE} AS stayed,
                u('lapsed', filer) < {LAPSED_SHARE} AS lapsed
            FROM {source}
        )"""


def _earlier_dwelling_stage(source: str) -> str:
    """Set the dwelling of the earlier year: the old home, or the same one."""
    return f"SELECT *, coalesce(old_dwelling, dwelling) AS earlier_dwelling FROM {source}"


def filing_stage(source: str) -> str:
    """Return the stage with one row for each person and year on record; `dwelling` becomes the one of that year."""
    return f"""
        SELECT * REPLACE (CASE WHEN earlier THEN earlier_dwelling ELSE dwelling END AS dwelling),
            CASE WHEN earlier THEN earlier_year ELSE tax_year END AS filed_year
        FROM (
            SELECT *, unnest(CASE WHEN files_now AND files_earlier THEN [false, true] WHEN files_now THEN [false]
                WHEN files_earlier THEN [true] ELSE []::BOOLEAN[] END) AS earlier
            FROM {source}
        )"""


def record_id_sql(person: str, year: str) -> str:
    """Return SQL for the record_id of a person's record for a year."""
    return f"'R' || lpad({person}::VARCHAR, 10, '0') || '-' || {year}"


def _record_columns_stage(source: str) -> str:
    """Select the custodian's columns."""
    return_role = "CASE role WHEN 'payee' THEN 'P' ELSE 'T' END"
    return f"""
        SELECT {record_id_sql("person_id", "filed_year")} AS record_id,
            {return_role} || lpad(filer::VARCHAR, 10, '0') || '-' || filed_year AS return_id,
            role, filed_year::INTEGER AS tax_year, first_name, middle_name, last_name, suffix, tin,
            {RECORD_STREET_SQL} AS street, {RECORD_STREET2_SQL} AS street2, city, state,
            CASE WHEN u('zip4', dwelling) < 0.25 THEN zip || '-' || plus4 ELSE zip END AS zip
        FROM {source}"""


def record_stages(source: str, population: Population) -> list[tuple[str, str]]:
    """Return every stage from a relation with `person_id` alone to the custodian's columns."""
    return [
        ("seated", seat_stage(f"(SELECT *, {population.tax_year} AS tax_year FROM {source})")),
        *residence_stages("seated", population),
        ("filings", filing_stage("residences")),
        *name_stages("filings"),
        *address_stages("named_people", population.zip_ranges),
        ("records", _record_columns_stage("addressed")),
    ]


def records_query(source: str, population: Population) -> str:
    """Return the query for the records of the people in `source`, in the order of person and year."""
    return cte_chain(record_stages(source, population))
