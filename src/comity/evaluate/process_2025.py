"""Replay the process of August 2025 on synthetic data, for comparison. Nothing else may use it.

The court record describes two computerized paths (docs/law-notes.md 2.2): *TIN matching*, where name and number agree
with a record and the address in the request has five digits in a row somewhere; and, where no number was sent,
*address matching*, where name and address are equal as text. The first never compares the address.

Does not: reach any answer. It reads synthetic records and a requests file, and returns request_ids.
Start at `replay_process_2025`.
"""

from pathlib import Path

import pyarrow as pa

from comity.columns.duck import connect

_DISCLOSURES_SQL = """
    WITH record AS (
        SELECT upper(trim(first_name)) AS first_name, upper(trim(last_name)) AS last_name,
               regexp_replace(tin, '[^0-9]', '', 'g') AS tin,
               upper(trim(concat_ws(' ', street, street2))) AS street, left(zip, 5) AS zip
        FROM record_file
    ), request AS (
        SELECT request_id, upper(trim(first_name)) AS first_name, upper(trim(last_name)) AS last_name,
               nullif(regexp_replace(coalesce(tin, ''), '[^0-9]', '', 'g'), '') AS tin,
               upper(trim(concat_ws(' ', street, street2))) AS street, left(zip, 5) AS zip,
               concat_ws(' ', street, street2, city, state, zip) AS address
        FROM request_file
    )
    SELECT request_id, 'TIN matching' AS path
    FROM request SEMI JOIN record USING (tin, first_name, last_name)
    WHERE regexp_matches(address, '[0-9]{5}')
    UNION ALL
    SELECT request_id, 'address matching'
    FROM request SEMI JOIN record USING (first_name, last_name, street, zip)
    WHERE tin IS NULL
    ORDER BY request_id
"""


def replay_process_2025(records: Path, requests: Path) -> pa.Table:
    """Return the requests that the 2025 process would have answered with an address: request_id, path.

    Args:
        records: a folder of the custodian's Parquet files.
        requests: a requests file, CSV or Parquet.
    """
    connection = connect()
    try:
        connection.read_parquet(str(records / "*.parquet")).create_view("record_file")
        request_file = (
            connection.read_parquet(str(requests))
            if requests.suffix == ".parquet"
            else connection.read_csv(str(requests), all_varchar=True)
        )
        request_file.create_view("request_file")
        return connection.sql(_DISCLOSURES_SQL).to_arrow_table()
    finally:
        connection.close()
