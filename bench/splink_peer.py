"""Run Splink on one folder of the evaluation protocol, or on febrl4, for comparison with Comity in bench/accuracy.py.

    .venv-bench/bin/python bench/splink_peer.py RUN OUT [--febrl4 | --valid COUNT]

OUT, a Parquet file, gets one row for each model and request that has a candidate: model, request_id, record_id,
match_weight (log2 odds). The models are:

untuned   Splink's own building blocks: Jaro-Winkler levels and exact matches, EM, six blocking rules.
careful   what a careful user reaches without labels: one joint household comparison (house number, street, surname,
          unit), so that a shared address is counted once; u from random pairs; its m from pairs that agree on given
          name and initial, less what chance gives; given name and middle initial with a level of their own for null,
          the given name trained by EM inside address-and-surname blocks, where nothing else is compared.
careful, address frequency   the same; an address says less the more records have it. The weight of that (0.5) was
          chosen on fit labels: generous to the peer.
careful, batch shared        the same; each record's odds divided among the requests that claim it. This is evidence
          from the other requests of the batch, which Comity refuses to use; it shows what that costs.
careful, true prior (--valid)   the careful user's, told how many requests are valid: the prior that no user knows.
Splink (--febrl4)            name and address of the Australian toy data.

Does not: read the truth, or anything of Comity.
Start at `main`.
"""

import argparse
import logging
import math
import time
import warnings
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_library as cl
from nicknames import NickNamer
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SUFFIXES = {
    "st": "street str stree",
    "ave": "avenue av avenu avnue",
    "rd": "road",
    "dr": "drive drv driv",
    "ln": "lane",
    "ct": "court crt",
    "cir": "circle circ",
    "blvd": "boulevard boul",
    "pl": "place",
    "ter": "terrace terr",
    "trl": "trail",
    "pkwy": "parkway",
    "hwy": "highway",
    "way": "wy",
    "sq": "square",
    "n": "north",
    "s": "south so",
    "e": "east",
    "w": "west",
    "ne": "northeast",
    "nw": "northwest",
    "se": "southeast",
    "sw": "southwest",
}
UNIT_PATTERN = r"(?:\b(?:apt|apartment|aptmnt|apmt|unit|unt|ste|suite|lot|fl|floor|rm|room|trlr|bldg|spc|space)\b|#).*$"
UNIT_WORDS_PATTERN = "[^0-9a-z]|apt|apartment|unit|ste|lot|number|no"
BLOCKING_RULES = (
    ("addr",),
    ("number", "last"),
    ("sname", "last"),
    ("first", "last"),
    ("first", "number"),
    ("first", "sname"),
)

FEBRL_BLOCKING_RULES = (
    ("first", "last"),
    ("zip",),
    ("sname",),
    ("city",),
    ("last",),
    ("number", "state"),
    ("place",),
)


def create_tables(db: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Create tables `requests` and `records`, cleaned as a user of Splink would clean them."""
    abbreviations = {variant: short for short, variants in SUFFIXES.items() for variant in variants.split()}
    db.execute("CREATE TABLE word (variant VARCHAR, short VARCHAR)")
    db.executemany("INSERT INTO word VALUES (?, ?)", list(abbreviations.items()))
    for name, key in (("requests", "request_id"), ("records", "record_id")):
        db.execute(f"""
            CREATE TABLE {name} AS
            WITH plain AS (
                SELECT {key} AS unique_id, zip, lower(city) AS city,
                    nullif(regexp_replace(lower(strip_accents(first_name)), '[^a-z]', '', 'g'), '') AS first,
                    nullif(left(regexp_replace(lower(strip_accents(middle_name)), '[^a-z]', '', 'g'), 1), '') AS middle,
                    nullif(regexp_replace(lower(strip_accents(last_name)), '[^a-z]', '', 'g'), '') AS last,
                    trim(regexp_replace(lower(strip_accents(coalesce(street, ''))), '[^a-z0-9#]+', ' ', 'g')) AS street
                FROM read_parquet('{run / name}.parquet')
            ), cut AS (
                SELECT *, nullif(regexp_extract(street, '^(?:po box )?(\\S*[0-9]\\S*)(?: |$)', 1), '') AS number,
                    nullif(regexp_replace(
                        regexp_extract(street, '{UNIT_PATTERN}'), '{UNIT_WORDS_PATTERN}', '', 'g'), '') AS unit,
                    CASE WHEN starts_with(street, 'po box') THEN 'pobox' ELSE trim(regexp_replace(
                        regexp_replace(street, '{UNIT_PATTERN}', ''), '^\\S*[0-9]\\S* ', '')) END AS rest
                FROM plain
            ), worded AS (
                SELECT unique_id, string_agg(coalesce(short, w), '' ORDER BY i) AS sname FROM (
                    SELECT unique_id, unnest(string_split(rest, ' ')) AS w,
                        generate_subscripts(string_split(rest, ' '), 1) AS i
                    FROM cut WHERE rest <> '')
                LEFT JOIN word ON variant = w GROUP BY unique_id
            )
            SELECT unique_id, zip, city, first, middle, last, number, unit, sname, number || ' ' || sname AS addr
            FROM cut LEFT JOIN worded USING (unique_id) ORDER BY unique_id""")
    db.execute("CREATE TABLE nick AS SELECT * FROM (VALUES ('', '')) t (one, other) WHERE false")
    namer = NickNamer()
    firsts = [f for (f,) in db.execute("SELECT first FROM requests UNION SELECT first FROM records").fetchall() if f]
    pairs = {(first, name) for first in firsts for name in namer.nicknames_of(first) | namer.canonicals_of(first)}
    db.executemany("INSERT INTO nick VALUES (?, ?)", sorted(pairs))
    for name in ("requests", "records"):  # nicknames as a list column: a level may then ask for membership
        db.execute(f"""
            CREATE OR REPLACE TABLE {name} AS SELECT t.*, coalesce(names, []) AS nicks FROM {name} t
            LEFT JOIN (SELECT one, list(other ORDER BY other) AS names FROM nick GROUP BY one) ON one = first""")


def make_level(label: str, condition: str, *, m: float | None = None) -> dict[str, Any]:
    """Return a comparison level as Splink takes it; a given `m` is not trained."""
    fixed_m = {"m_probability": m, "fix_m_probability": True} if m is not None else {}
    return {"sql_condition": condition, "label_for_charts": label, **fixed_m}


SAME_UNIT_SQL = "(unit_l IS NOT DISTINCT FROM unit_r)"
STREET_NEAR_SQL = "(jaro_winkler_similarity(sname_l, sname_r) >= 0.88 OR damerau_levenshtein(sname_l, sname_r) <= 2)"
LAST_NEAR_SQL = "(jaro_winkler_similarity(last_l, last_r) >= 0.88 OR damerau_levenshtein(last_l, last_r) <= 1)"
NUMBER_NEAR_SQL = "(damerau_levenshtein(number_l, number_r) = 1)"
NO_NUMBER_SQL, NO_LAST_SQL = "(number_l IS NULL OR number_r IS NULL)", "(last_l IS NULL OR last_r IS NULL)"
NO_STREET_SQL = "(sname_l IS NULL OR sname_r IS NULL)"
HOUSEHOLD_LEVELS = (
    ("all", f"addr_l = addr_r AND last_l = last_r AND {SAME_UNIT_SQL}"),
    ("all but unit", "addr_l = addr_r AND last_l = last_r"),
    ("surname near", f"addr_l = addr_r AND {LAST_NEAR_SQL}"),
    ("surname missing", f"addr_l = addr_r AND {NO_LAST_SQL}"),
    ("surname differs", f"addr_l = addr_r AND {SAME_UNIT_SQL}"),
    ("surname and unit differ", "addr_l = addr_r"),
    ("street near", f"number_l = number_r AND {STREET_NEAR_SQL} AND last_l = last_r"),
    ("number near", f"{NUMBER_NEAR_SQL} AND sname_l = sname_r AND last_l = last_r"),
    (
        "number or street missing",
        f"((({NO_NUMBER_SQL}) AND sname_l = sname_r) OR ({NO_STREET_SQL} AND number_l = number_r)) AND last_l = last_r",
    ),
    ("street and surname near", f"number_l = number_r AND {STREET_NEAR_SQL} AND ({LAST_NEAR_SQL} OR {NO_LAST_SQL})"),
    (
        "number near, surname near",
        f"({NUMBER_NEAR_SQL} OR {NO_NUMBER_SQL}) AND sname_l = sname_r AND ({LAST_NEAR_SQL} OR {NO_LAST_SQL})",
    ),
    ("number and surname", "number_l = number_r AND last_l = last_r"),
    ("street and surname", "sname_l = sname_r AND last_l = last_r"),
    ("else", "ELSE"),  # the same surname elsewhere is no agreement: the question is about an address
)
FIRST_NAME_LEVELS = (
    ("exact", "first_l = first_r"),
    ("missing", "first_l IS NULL OR first_r IS NULL"),
    ("near", "jaro_winkler_similarity(first_l, first_r) >= 0.92"),
    ("nickname", "list_contains(nicks_l, first_r)"),
    ("initial", "(length(first_l) = 1 OR length(first_r) = 1) AND left(first_l, 1) = left(first_r, 1)"),
    ("similar", "jaro_winkler_similarity(first_l, first_r) >= 0.8"),
    ("distant", "jaro_winkler_similarity(first_l, first_r) >= 0.65"),
    ("else", "ELSE"),
)
MIDDLE_NAME_LEVELS = (
    ("exact", "middle_l = middle_r", 0.975),
    ("missing", "middle_l IS NULL OR middle_r IS NULL", 0.02),
    ("else", "ELSE", 0.005),
)
"""m is given: EM takes a different initial at an address for another person, and gives `else` almost nothing."""


def estimate_household_m(db: duckdb.DuckDBPyConnection) -> list[float]:
    """Estimate m of each household level from pairs with one given name and initial, less what chance gives."""
    last = len(HOUSEHOLD_LEVELS) - 1
    cases = " ".join(f"WHEN {condition} THEN {i}" for i, (_, condition) in enumerate(HOUSEHOLD_LEVELS[:-1]))
    sides = ", ".join(f"l.{c} AS {c}_l, r.{c} AS {c}_r" for c in ("addr", "number", "sname", "last", "unit"))

    def count_levels(pairs: str) -> dict[int, int]:
        level = f"CASE {cases} ELSE {last} END"
        query = f"SELECT {level} AS level, count(*) FROM (SELECT {sides} FROM {pairs}) GROUP BY level"
        return dict(db.execute(query).fetchall())

    sample = "(SELECT * FROM {} ORDER BY hash(unique_id) LIMIT 3000)"
    same_name = count_levels("requests l JOIN records r ON l.first = r.first AND l.middle = r.middle")
    random_pairs = count_levels(f"{sample.format('requests')} l, {sample.format('records')} r")
    scale = sum(same_name.values()) / sum(random_pairs.values())
    excess = [max(same_name.get(level, 0) - scale * random_pairs.get(level, 0), 0.5) for level in range(last)]
    return [0.995 * count / sum(excess) for count in excess] + [0.005]


def register_tables(api: DuckDBAPI) -> list[Any]:
    """Register the two tables; requests come first by name, and so are the left side of every pair."""
    return [
        api.register("requests", dataset_display_name="a_requests"),
        api.register("records", dataset_display_name="b_records"),
    ]


def make_linker(db: duckdb.DuckDBPyConnection, comparisons: list[Any], predict: Any = BLOCKING_RULES) -> Linker:
    """Return a link-only linker of the two tables."""
    api = DuckDBAPI(db)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        retain_matching_columns=False,
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in predict],
    )
    return Linker(register_tables(api), settings)


def train_careful_model(db: duckdb.DuckDBPyConnection) -> Linker:
    """Train the careful user's model."""
    household_m = estimate_household_m(db)
    household = {
        "output_column_name": "household",
        "comparison_levels": [
            make_level(name, sql, m=m) for (name, sql), m in zip(HOUSEHOLD_LEVELS, household_m, strict=True)
        ],
    }
    first = {
        "output_column_name": "first",
        "comparison_levels": [make_level(name, sql) for name, sql in FIRST_NAME_LEVELS],
    }
    middle = {
        "output_column_name": "middle",
        "comparison_levels": [make_level(name, sql, m=m) for name, sql, m in MIDDLE_NAME_LEVELS],
    }
    linker = make_linker(db, [household, first, middle])
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first", "middle", "last", "addr")], recall=0.85
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e7, seed=1, min_count_per_level=None)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("addr", "last"))
    return linker


def add_address_frequency(db: duckdb.DuckDBPyConnection, trained: Linker) -> Linker:
    """Return the same model with an equal address worth less the more records have it (half of Splink's adjustment).

    Frequencies are those of the records alone, so that the answer to a request does not depend on the other requests.
    """
    settings = trained.misc.save_model_to_json()
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level["sql_condition"].startswith("addr_l = addr_r"):
                level["tf_adjustment_column"], level["tf_adjustment_weight"] = "addr", 0.5
                level["disable_tf_exact_match_detection"] = True
    api = DuckDBAPI(db)
    linker = Linker(register_tables(api), settings)
    db.execute(
        "CREATE TABLE at_address AS SELECT addr, count(*) / (SELECT count(*) FROM records) AS tf_addr "
        "FROM records WHERE addr IS NOT NULL GROUP BY addr"
    )
    linker.table_management.register_term_frequency_lookup(api.register("at_address"), "addr")
    return linker


def train_untuned_model(db: duckdb.DuckDBPyConnection) -> Linker:
    """Train a model of Splink's own building blocks: independent comparisons, EM in two sessions."""
    linker = make_linker(
        db,
        [
            cl.JaroWinklerAtThresholds("first", [0.92, 0.8]),
            cl.ExactMatch("middle"),
            cl.JaroWinklerAtThresholds("last", [0.92, 0.8]),
            cl.ExactMatch("number"),
            cl.JaroWinklerAtThresholds("sname", [0.92, 0.8]),
            cl.ExactMatch("unit"),
        ],
    )
    linker.training.estimate_probability_two_random_records_match([block_on("first", "last", "addr")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first", "last"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("addr"))
    return linker


def create_febrl_tables(db: duckdb.DuckDBPyConnection, run: Path) -> None:
    """Create tables `requests` and `records` of febrl4: cells as they are, the house number split from the street."""
    for name, key in (("requests", "request_id"), ("records", "record_id")):
        db.execute(f"""
            CREATE TABLE {name} AS SELECT {key} AS unique_id, first_name AS first, last_name AS last,
                street2 AS place, city, state, zip, nullif(regexp_extract(street, '^([0-9]+)(?: |$)', 1), '') AS number,
                nullif(regexp_replace(street, '^[0-9]+(?: |$)', ''), '') AS sname
            FROM read_parquet('{run / name}.parquet') ORDER BY unique_id""")


def train_febrl_model(db: duckdb.DuckDBPyConnection) -> Linker:
    """Train a model for febrl4 like the documentation's, without date of birth and social security number."""
    linker = make_linker(
        db,
        [
            cl.NameComparison("first").configure(term_frequency_adjustments=True),
            cl.NameComparison("last").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("number", 1),
            cl.JaroWinklerAtThresholds("sname", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("place", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("city", [0.9, 0.7]),
            cl.DamerauLevenshteinAtThresholds("zip", [1, 2]),
            cl.ExactMatch("state"),
        ],
        FEBRL_BLOCKING_RULES,
    )
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first", "last", "zip"), block_on("number", "sname", "city")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1, min_count_per_level=None)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("zip"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first", "last"))
    return linker


def create_best_answers(db: duckdb.DuckDBPyConnection, linker: Linker) -> str:
    """Create a table with each request's best record and its weight, alone and with the odds divided by claimants."""
    pairs = linker.inference.predict(warning_mode="never").physical_name
    db.execute(f"""
        CREATE OR REPLACE TABLE best_{pairs} AS
        SELECT request_id, arg_max(record_id, match_weight) AS record_id, max(match_weight) AS match_weight,
            max(shared_weight) AS shared_weight
        FROM (
            SELECT *, log2(odds) - log2(1 + sum(odds) OVER (PARTITION BY record_id) - odds) AS shared_weight
            FROM (
                SELECT unique_id_l AS request_id, unique_id_r AS record_id, match_weight,
                    pow(2, least(match_weight, 500)) AS odds FROM {pairs}
            )
        ) GROUP BY request_id""")
    return f"best_{pairs}"


def set_true_prior(db: duckdb.DuckDBPyConnection, linker: Linker, valid: int, table: str) -> str:
    """Return SQL for the answers of a model whose prior is the true share of matching pairs.

    The prior is a term of every match weight, so the weights are shifted by the difference.
    """
    (requests,), (records,) = (
        db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("requests", "records")
    )
    prior = linker.misc.save_model_to_json()["probability_two_random_records_match"]
    true = max(valid, 0.5) / (requests * records)
    shift = math.log2(true / (1 - true)) - math.log2(prior / (1 - prior))
    return f"SELECT 'careful, true prior', request_id, record_id, match_weight + {shift:.9g} FROM {table}"


def build_answers_query(db: duckdb.DuckDBPyConnection, run: Path, *, is_febrl: bool, valid: int | None = None) -> str:
    """Return SQL for every answer of every model: model, request_id, record_id, match_weight."""
    if is_febrl:
        create_febrl_tables(db, run)
        return (
            f"SELECT 'Splink' AS model, * EXCLUDE (shared_weight) FROM {create_best_answers(db, train_febrl_model(db))}"
        )
    create_tables(db, run)
    trained = train_careful_model(db)
    models = {
        "untuned": train_untuned_model(db),
        "careful": trained,
        "careful, address frequency": add_address_frequency(db, trained),
    }
    tables = {name: create_best_answers(db, linker) for name, linker in models.items()}
    queries = [f"SELECT '{name}' AS model, * EXCLUDE (shared_weight) FROM {table}" for name, table in tables.items()]
    if valid is not None:
        queries.append(set_true_prior(db, trained, valid, tables["careful"]))
    best = tables["careful, address frequency"]
    queries.append(f"SELECT 'careful, batch shared', request_id, record_id, shared_weight FROM {best}")
    return " UNION ALL ".join(queries)


def main() -> None:
    """Clean, train, predict and write the answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--febrl4", action="store_true", help="RUN holds febrl4, made by bench/febrl4.py")
    parser.add_argument("--valid", type=int, help="how many requests are valid, for the model with the true prior")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    began = time.perf_counter()
    db = duckdb.connect()
    db.execute("SET threads = 2")
    query = build_answers_query(db, args.run, is_febrl=args.febrl4, valid=args.valid)
    db.execute(f"COPY ({query}) TO '{args.out}' (FORMAT parquet)")
    print(f"Splink on {args.run.name}: {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
