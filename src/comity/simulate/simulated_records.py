"""The custodian's records: who filed for which year, and from where.

Everybody with a role has a record for the tax year unless the return lapsed; a family that moved, and a few that did
not, have one for an earlier year too. A family moves to where it lives now from a dwelling where somebody else lives
now, so the old address leads to strangers.

Guarantees: a person's name and number are the same on every record; spouses on a joint return share its return_id,
year and address.
Does not: add noise to records; what the custodian holds is the truth.
Start at `filings`.
"""

from comity.simulate.dwelling_addresses import RECORD_STREET2_SQL, RECORD_STREET_SQL, address_stages
from comity.simulate.households import dwelling_stage, seat_stage
from comity.simulate.names_and_tins import name_stages
from comity.simulate.population import Population
from comity.simulate.random_sql import cte_chain

MOVED_SHARE, STAYED_SHARE, LAPSED_SHARE = 0.12, 0.08, 0.03
"""Families that moved since an earlier year on record; returns with an earlier year at the same address; returns that
have no record for the tax year although they have one for an earlier year."""

RECORD_COLUMNS = (
    "record_id", "return_id", "role", "tax_year", "first_name", "middle_name", "last_name", "suffix", "tin",
    "street", "street2", "city", "state", "zip",
)  # fmt: skip
"""The columns of the custodian's records, in order (product.md section 4)."""


def residence_stages(source: str, nation: Population) -> list[tuple[str, str]]:
    """The stages that say where a seated person lived and filed; the last is `residences`.

    Adds moved, earlier_year and earlier_dwelling (for everybody, filer or not), and files_now / files_earlier (a record
    exists for the tax year / the earlier year, in whatever role).
    """
    return [
        ("moves", _move_stage(source, nation)),
        ("old_homes", dwelling_stage("moves", "old_person", "old_dwelling")),
        ("residences", _earlier_dwelling_stage("old_homes")),
    ]


def _move_stage(source: str, nation: Population) -> str:
    """Whether the family moved, from whose dwelling, and what its return did."""
    return f"""
        SELECT *, CASE WHEN moved THEN below('old home', family, {nation.person_count}) END AS old_person,
            {nation.tax_year} - 1 - (u('gap', family) < 0.25)::INTEGER AS earlier_year,
            role IS NOT NULL AND NOT lapsed AS files_now, role IS NOT NULL AND (moved OR stayed OR lapsed) AS files_earlier
        FROM (
            SELECT *, u('moved', family) < {MOVED_SHARE} AS moved, u('stayed', filer) < {STAYED_SHARE} AS stayed,
                u('lapsed', filer) < {LAPSED_SHARE} AS lapsed
            FROM {source}
        )"""


def _earlier_dwelling_stage(source: str) -> str:
    """The dwelling of the earlier year: the old home, or the same one."""
    return f"SELECT *, coalesce(old_dwelling, dwelling) AS earlier_dwelling FROM {source}"


def filing_stage(source: str) -> str:
    """One row per person and year on record; `dwelling` becomes the one of that year."""
    return f"""
        SELECT * REPLACE (CASE WHEN earlier THEN earlier_dwelling ELSE dwelling END AS dwelling),
            CASE WHEN earlier THEN earlier_year ELSE tax_year END AS filed_year
        FROM (
            SELECT *, unnest(CASE WHEN files_now AND files_earlier THEN [false, true] WHEN files_now THEN [false]
                WHEN files_earlier THEN [true] ELSE []::BOOLEAN[] END) AS earlier
            FROM {source}
        )"""


def record_id_sql(person: str, year: str) -> str:
    """The name of a person's record for a year."""
    return f"'R' || lpad({person}::VARCHAR, 10, '0') || '-' || {year}"


def _record_columns_stage(source: str) -> str:
    """The custodian's columns."""
    return f"""
        SELECT {record_id_sql("person_id", "filed_year")} AS record_id,
            CASE role WHEN 'payee' THEN 'P' ELSE 'T' END || lpad(filer::VARCHAR, 10, '0') || '-' || filed_year AS return_id,
            role, filed_year::INTEGER AS tax_year, first_name, middle_name, last_name, suffix, tin,
            {RECORD_STREET_SQL} AS street, {RECORD_STREET2_SQL} AS street2, city, state,
            CASE WHEN u('zip4', dwelling) < 0.25 THEN zip || '-' || plus4 ELSE zip END AS zip
        FROM {source}"""


def record_stages(source: str, nation: Population) -> list[tuple[str, str]]:
    """Every stage from a relation with `person_id` alone to the custodian's columns."""
    return [
        ("seated", seat_stage(f"(SELECT *, {nation.tax_year} AS tax_year FROM {source})")),
        *residence_stages("seated", nation),
        ("filings", filing_stage("residences")),
        *name_stages("filings"),
        *address_stages("named_people", nation.zip_ranges),
        ("records", _record_columns_stage("addressed")),
    ]


def records_query(source: str, nation: Population) -> str:
    """The query that makes the records of the people in `source`, in order of person and year."""
    return cte_chain(record_stages(source, nation))
