"""Measure Splink at size, for comparison with Comity in bench/scale.py. Prints one line of JSON.

    .venv-bench/bin/python bench/splink_scale.py RECORDS REQUESTS

RECORDS is a folder of Parquet files, REQUESTS one Parquet file. Timed is `predict` alone, blocking and scoring, as a
user of Splink would run it for a batch of requests against records: four blocking rules with a part of the address
each, Splink's own comparisons (Jaro-Winkler levels on names and street, exact or one edit on the number, exact unit and
middle initial), given m and u, threshold 0.5. Reading and cleaning the records is not counted, which is generous to the
peer: it has no index, so that every batch pays for it again.
Start at `main`.
"""

import json
import logging
import resource
import sys
import time
import warnings
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

BLOCKING_RULES = (
    ("number", "sname", "zip"),
    ("number", "last", "zip"),
    ("sname", "last", "zip"),
    ("first", "last", "zip"),
)


def load_table(db: duckdb.DuckDBPyConnection, name: str, source: str, key: str) -> int:
    """Load and clean one side and return its row count; not timed, and the same work for both sides."""
    db.execute(f"""
        CREATE TABLE {name} AS
        SELECT {key} AS unique_id, left(zip, 5) AS zip, lower(first_name) AS first,
            left(lower(middle_name), 1) AS middle,
            lower(last_name) AS last, split_part(street, ' ', 1) AS number,
            lower(regexp_extract(street, '^[^ ]+ (.*?)(?: (?:apt|unit|ste|#).*)?$', 1, 'i')) AS sname
        FROM read_parquet('{source}') WHERE tax_year::INTEGER = 2023""")
    return int(db.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])


def main() -> None:
    """Load both sides, predict, and print how long it took."""
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    records, requests = Path(sys.argv[1]), Path(sys.argv[2])
    db = duckdb.connect(
        config={
            "memory_limit": "14GB",
            "max_temp_directory_size": "40GB",
            "temp_directory": str(requests.parent / "splink-spill"),
        }
    )
    started = time.perf_counter()
    sizes = {
        "records": load_table(db, "records", f"{records}/*.parquet", "record_id"),
        "requests": load_table(db, "requests", str(requests), "request_id"),
    }
    loaded = time.perf_counter() - started
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("first", [0.92, 0.8]),
            cl.JaroWinklerAtThresholds("last", [0.92, 0.8]),
            cl.JaroWinklerAtThresholds("sname", [0.9]),
            cl.LevenshteinAtThresholds("number", [1]),
            cl.ExactMatch("middle"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in BLOCKING_RULES],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    api = DuckDBAPI(db)
    sides = [
        api.register("requests", dataset_display_name="a_requests"),
        api.register("records", dataset_display_name="b_records"),
    ]
    linker = Linker(sides, settings)
    started = time.perf_counter()
    predictions = linker.inference.predict(threshold_match_probability=0.5)
    pairs = db.execute(f"SELECT count(*) FROM {predictions.physical_name}").fetchall()[0][0]
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({**sizes, "load": loaded, "predict": seconds, "pairs": int(pairs), "peak_gib": peak}))


if __name__ == "__main__":
    main()
