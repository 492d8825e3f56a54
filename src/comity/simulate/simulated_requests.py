"""Simulate the requests file and its truth: the plan, written as a requester writes, with the request's own columns.

The cured file asks about the same people at the same addresses with the same numbers as the file as sent; only what
the requester itself states differs: officers, case numbers and reasons.

`confirmed` in the truth: the person, noise aside, is on a record of that year (as filer, spouse or payee: a person
"with respect to whom a return is filed", 26 USC 6103(b)(6); that this includes payees is an inference [INF]) at the
address asked about, and the address is set forth.

Guarantees: requests and truth have one row for each request, in the same order.
Start at `request_stages`.
"""

from datetime import datetime

from comity.columns.duck import DuckDBConnection
from comity.model.request_fields import REQUEST_FIELDS
from comity.simulate.address_faults import address_fault_stage
from comity.simulate.address_variants import variant_stages
from comity.simulate.dwelling_addresses import address_stages
from comity.simulate.look_alikes import LookAlikeRates, add_look_alikes
from comity.simulate.name_noise import name_noise_stages
from comity.simulate.names_and_tins import name_stages, random_tin_sql, tin_sql
from comity.simulate.population import Population
from comity.simulate.random_sql import cte_chain, sql_list
from comity.simulate.request_plan import plan_stages
from comity.simulate.scenarios import NAMESAKE_AIM, Scenario
from comity.simulate.simulated_records import record_id_sql

SUBJECTS_PER_OFFICER = 200
CHANGED_DIGITS = (2, 3, 5, 6, 7, 8, 9)
"""Digits of a number of which a wrong one is another: with the first and fourth as they are, it was never issued."""
STATUTE = "8 USC 1253(a)(1)"
ELEMENTS = ("willful", "failure-to-depart", "failure-to-present", "failure-to-apply", "identity", "venue")
PROCEEDINGS = ("criminal-investigation", "criminal-proceeding", "grand-jury")
"""Codes of the law on file: elements of the offense, and kinds of proceedings."""

CONDUCT_PHRASES = (
    "did not depart",
    "did not report for removal as directed",
    "gave no travel document",
    "left the last known place",
    "returned a notice unclaimed",
    "missed two appointments with the field office",
    "declined to apply for documents",
    "gave the field office an outdated residence",
)
SOURCE_PHRASES = (
    "a supervision file",
    "a notice to appear",
    "a bond record",
    "a field interview",
    "a county booking record",
    "a returned letter",
    "an employer's statement",
    "a relative's statement",
    "a licence file",
    "a court transcript",
)
NEED_PHRASES = (
    "to serve the charging document",
    "to establish venue",
    "to prove that the notice was received",
    "to test whether the failure was willful",
    "to identify witnesses to the conduct",
    "to rule out a mistaken identity",
)
"""Parts of a specific reason."""

TRUTH_COLUMNS = (
    "request_id",
    "confirmed",
    "complete",
    "address_kind",
    "variant",
    "person_kind",
    "record_id",
    "name_tin_agrees",
    "five_digits",
    "aim",
    "name_noise",
    "address_noise",
)


def create_requests_table(  # noqa: PLR0913  what a file is made of, all by name
    connection: DuckDBConnection,
    population: Population,
    scenario: Scenario,
    *,
    shape: str,
    requests: int,
    created_at: datetime,
    look_alikes: LookAlikeRates,
) -> None:
    """Create table `simulated_requests`, with the columns of a requests file and of the truth. Needs `plan`."""
    stages = request_stages(population, scenario, shape=shape, requests=requests, created_at=created_at)
    stages = add_look_alikes(stages, look_alikes)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE simulated_requests AS {cte_chain(stages)}")


def request_stages(
    population: Population, scenario: Scenario, *, shape: str, requests: int, created_at: datetime
) -> list[tuple[str, str]]:
    """Return every stage from the plan to the finished row, in order."""
    return [
        *plan_stages("plan", population, scenario, requests),
        *name_stages("planned"),
        *name_noise_stages("named_people", scenario.name_noise_shares, middle_names=scenario.has_middle_names),
        *address_stages("sent_names", population.zip_ranges),
        *variant_stages("addressed", scenario.variant_shares, scenario.address_noise_shares),
        ("sent_fields", _sent_fields_stage("written")),
        ("faulted", address_fault_stage("sent_fields")),
        ("numbered", _sent_tin_stage("faulted", population)),
        ("labelled", _truth_stage("numbered")),
        ("simulated_requests", _request_columns_stage("labelled", shape=shape, created_at=created_at)),
    ]


def _sent_fields_stage(source: str) -> str:
    """Name the written fields as sent, for the faults to replace."""
    return f"""
        SELECT * EXCLUDE (variant_kind), written_street AS sent_street, written_street2 AS sent_street2,
            written_city AS sent_city, written_state AS sent_state, written_zip AS sent_zip
        FROM {source}"""


def _sent_tin_stage(source: str, population: Population) -> str:
    """Write the number as sent: one's own, another's, with a slip, any, or none; some with dashes.

    A namesake's own number is not the one on record, which is that of another member of the household. Who lives alone
    gives the number of somebody else instead.
    """
    own = f"CASE WHEN aim = '{NAMESAKE_AIM}' THEN {random_tin_sql('namesake tin', 'row_no')} ELSE tin END"
    mate = f"CASE WHEN aim = '{NAMESAKE_AIM}' THEN tin ELSE coalesce({tin_sql('mate')}, lent_tin) END"
    return f"""
        SELECT *, CASE WHEN u('dashes', row_no) < 0.4
                THEN sent_number[:3] || '-' || sent_number[4:5] || '-' || sent_number[6:]
                ELSE sent_number END AS sent_tin
        FROM (
            SELECT *, CASE tin_way WHEN 'own' THEN own_tin WHEN 'none' THEN NULL WHEN 'lender' THEN lender_tin
                WHEN 'household' THEN {mate} WHEN 'lent' THEN lent_tin
                WHEN 'digit' THEN own_tin[:digit_at - 1]
                    || ((own_tin[digit_at])::INTEGER + 1 + below('other digit', row_no, 9)) % 10
                    || own_tin[digit_at + 1:]
                WHEN 'swapped' THEN CASE WHEN own_tin[swap_at] <> own_tin[swap_at + 1]
                    THEN own_tin[:swap_at - 1] || own_tin[swap_at + 1] || own_tin[swap_at] || own_tin[swap_at + 2:]
                    ELSE own_tin[:8] || (own_tin[9]::INTEGER + 1) % 10 END
                ELSE {random_tin_sql("any tin", "row_no")} END AS sent_number
            FROM (
                SELECT *, {own} AS own_tin, 2 + below('swap', row_no, 7) AS swap_at,
                    choose('digit', row_no, {list(CHANGED_DIGITS)}) AS digit_at,
                    {tin_sql(f"below('lent', row_no, {population.person_count})")} AS lent_tin,
                    {tin_sql("pool_person")} AS lender_tin
                FROM {source}
            )
        )"""


def _truth_stage(source: str) -> str:
    """Label each row as a perfect reader of the noise-free data would."""
    whole_address = "concat_ws(' ', final_street, final_street2, final_city, final_state, final_zip)"
    return f"""
        SELECT *, address_set_forth AND len(trim(sent_first)) > 0 AND len(trim(sent_last)) > 0 AS complete,
            at_record AND address_set_forth AS confirmed,
            CASE WHEN on_record THEN {record_id_sql("person_id", "requested_year")} END AS truth_record_id,
            ever_on_record AND name_agrees AND sent_number IS NOT DISTINCT FROM tin AS name_tin_agrees,
            regexp_matches({whole_address}, '(^|[^0-9])([0-9]{{5}}|[0-9]{{9}})([^0-9]|$)') AS five_digits
        FROM (SELECT *, address_fault = '' AS address_set_forth FROM {source})"""


def _request_columns_stage(source: str, *, shape: str, created_at: datetime) -> str:
    """Select the columns; codes, case and reason are blank in the file as sent, and there is one officer."""
    as_sent = shape == "august-2025"
    day = f"DATE '{created_at.date().isoformat()}'"
    case_number = "'SYN-' || strftime(ordered_on, '%Y') || '-' || lpad((row_no + 1)::VARCHAR, 8, '0')"
    reason = f"""'Investigation ' || {case_number}
        || ': after the final order of ' || strftime(ordered_on, '%d %B %Y')
        || ' the subject ' || choose('conduct', row_no, {sql_list(CONDUCT_PHRASES)})
        || '; the address, taken from ' || choose('source', row_no, {sql_list(SOURCE_PHRASES)})
        || ' of ' || strftime(ordered_on + (30 + below('source day', row_no, 60))::INTEGER, '%B %Y') || ', is needed '
        || choose('need', row_no, {sql_list(NEED_PHRASES)})"""
    officer = "1" if as_sent else f"1 + row_no // {SUBJECTS_PER_OFFICER}"
    return f"""
        SELECT row_no, 'Q' || lpad((row_no + 1)::VARCHAR, 9, '0') AS request_id, sent_first AS first_name,
            sent_middle AS middle_name, sent_last AS last_name, sent_suffix AS suffix, sent_tin AS tin,
            final_street AS street, final_street2 AS street2, final_city AS city, final_state AS state,
            final_zip AS zip,
            requested_year::VARCHAR AS tax_year, '{STATUTE}' AS statute,
            {"NULL::VARCHAR" if as_sent else f"choose('element', row_no, {sql_list(ELEMENTS)})"} AS element,
            {"NULL::VARCHAR" if as_sent else f"choose('proceeding', row_no, {sql_list(PROCEEDINGS)})"} AS proceeding,
            {"NULL::VARCHAR" if as_sent else reason} AS reason,
            {"NULL::VARCHAR" if as_sent else case_number} AS case_number,
            strftime(ordered_on, '%Y-%m-%d') AS final_order_date,
            'officer-' || lpad(({officer})::VARCHAR, 4, '0') AS officer_id,
            confirmed, complete, address_kind, variant, requested_kind AS person_kind, truth_record_id AS record_id,
            name_tin_agrees, five_digits, aim, name_noise, address_noise
        FROM (SELECT *, {day} - (150 + below('ordered', row_no, 3500))::INTEGER AS ordered_on FROM {source})"""


REQUESTS_QUERY = f"""
    SELECT {", ".join(REQUEST_FIELDS)} FROM (
        (SELECT {", ".join(f"NULL::VARCHAR AS {name}" for name in REQUEST_FIELDS)} LIMIT 0)
        UNION ALL BY NAME SELECT * FROM simulated_requests
    ) ORDER BY row_no"""
"""The requests; a column that the simulation does not fill is blank."""
TRUTH_QUERY = f"SELECT {', '.join(TRUTH_COLUMNS)} FROM simulated_requests ORDER BY row_no"
