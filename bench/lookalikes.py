"""Generate look-alikes of names and addresses, and count what is confirmed; writes docs/results/lookalikes.md.

Usage: python bench/lookalikes.py [PEOPLE] [PAGE]. A population is simulated. Records drawn from it get a name of a
tradition, or a street, and a request about each gives a name or an address that looks like it and is another (ADR 0027,
0030), or the same written otherwise. What the shipped agreement's policy makes of each is counted, with exact
intervals. Ends with 1, after writing the page, if more than 1 in 1,000 look-alikes were confirmed or more than 1 in 100
of the others were lost.
Start at `main`.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity.figures.exact_intervals import clopper_pearson  # noqa: E402
from comity.match import Index, build_index  # noqa: E402
from comity.match.same_names import Sameness, relate_words  # noqa: E402
from comity.model.request_fields import REQUESTS_SCHEMA  # noqa: E402
from comity.normalize.name_classes import record_classes, request_classes  # noqa: E402
from comity.reference.census_names import load_first_name_counts, load_last_name_counts  # noqa: E402
from comity.reference.street_names import load_street_names  # noqa: E402
from comity.reference.zip_codes import load_zip_table  # noqa: E402
from comity.simulate import run_simulation  # noqa: E402
from tests.support.look_alikes import (  # noqa: E402
    TRADITIONS,
    Name,
    make_look_alikes,
    make_variants,
    names_of,
    near_pairs,
)
from tests.support.measured_pairs import AGREEMENT, determine_pairs  # noqa: E402

OUT = ROOT / "docs/results/lookalikes.md"
PEOPLE, SEED = 60_000, 11
NAME_LOOK_ALIKES, NAME_VARIANTS, ADDRESSES = 15, 8, 150
"""Pairs of each kind: of names for each tradition, and of addresses."""
MOST_CONFIRMED, MOST_LOST = 0.001, 0.01
MATCH, REVIEW, NON_MATCH = "match", "review", "non_match"
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MeasuredPair:
    """A record's changed fields, the request's, what kind of pair they are, and of which tradition if of names."""

    kind: str
    record: Fields
    request: Fields
    tradition: str = ""


def name_pairs(random: Random, *, look_alikes: bool) -> list[MeasuredPair]:
    """Return pairs of names of every tradition."""
    make, count = (make_look_alikes, NAME_LOOK_ALIKES) if look_alikes else (make_variants, NAME_VARIANTS)
    return [
        MeasuredPair(pair.kind, _name_fields(pair.record), _name_fields(pair.request), tradition)
        for tradition in TRADITIONS
        for pair in make(tradition, count, random)
    ]


def _name_fields(name: Name) -> Fields:
    return {"first_name": name.first, "middle_name": name.middle, "last_name": name.last, "suffix": name.suffix}


Lines = Callable[[int, str, str, Random], tuple[str, str]]
"""Returns the line on record and in the request, given a house number and two street names a letter apart."""
ADDRESS_LOOK_ALIKES: Mapping[str, Lines] = {
    "another street in use, a letter apart": lambda n, a, b, _: (f"{n} {a} St", f"{n} {b} St"),
    "another suffix": lambda n, a, _b, _: (f"{n} {a} St", f"{n} {a} Ct"),
    "another direction": lambda n, a, _b, _: (f"{n} N {a} St", f"{n} S {a} St"),
    "the house next door": lambda n, a, _b, _: (f"{n} {a} St", f"{n + 2} {a} St"),
    "a letter for a digit": lambda n, a, _b, _: (f"{n}1 {a} St", f"{n}L {a} St"),
    "another house letter": lambda n, a, _b, _: (f"{n}A {a} St", f"{n}B {a} St"),
    "another unit": lambda n, a, _b, r: (f"{n} {a} St Apt 12", f"{n} {a} St Apt {r.choice(('21', '11', '12A', '2'))}"),
    "another building": lambda n, a, _b, _: (f"{n} {a} St Bldg A Apt 3", f"{n} {a} St Bldg B Apt 3"),
    "another side": lambda n, a, _b, _: (f"{n} {a} St Rear", f"{n} {a} St Front"),
    "a unit's part elsewhere": lambda n, a, _b, _: (f"{n} {a} St Unit 204-1", f"{n} {a} St Unit 20-41"),
    "a branch of a road": lambda n, _a, _b, r: (f"{n} State Route 9", f"{n} State Route 9{r.choice('WEKAB')}"),
    "another road": lambda n, _a, _b, _: (f"{n} County Road 12", f"{n} County Road 21"),
    "another box": lambda n, _a, _b, _: (f"PO Box {n}", f"PO Box {n}1"),
}
ADDRESS_VARIANTS: Mapping[str, Lines] = {
    "the same": lambda n, a, _b, _: (f"{n} {a} St", f"{n} {a} St"),
    "spelled out": lambda n, a, _b, _: (f"{n} {a} St", f"{n} {a} Street"),
    "small letters": lambda n, a, _b, _: (f"{n} {a} Ave", f"{n} {a} avenue".lower()),
    "a direction spelled out": lambda n, a, _b, _: (f"{n} N {a} St", f"{n} North {a} Street"),
    "another designator": lambda n, a, _b, _: (f"{n} {a} St Apt 12", f"{n} {a} St #12"),
    "the unit left out": lambda n, a, _b, _: (f"{n} {a} St Apt 12", f"{n} {a} St"),
    "the unit first": lambda n, a, _b, _: (f"{n} {a} St Apt 12", f"Apt 12, {n} {a} St"),
    "the parts of a unit in another order": lambda n, a, _b, _: (
        f"{n} {a} St Bldg A Apt 3",
        f"{n} {a} St Apt 3 Building A",
    ),
    "a letter as a unit": lambda n, a, _b, _: (f"{n}A {a} St", f"{n} {a} St Apt A"),
    "a road abbreviated": lambda n, _a, _b, _: (f"{n} State Route 9", f"{n} SR 9"),
    "a number in letters": lambda n, _a, _b, _: (f"{n} 5th Ave", f"{n} Fifth Avenue"),
    "another form of a box": lambda n, _a, _b, _: (f"PO Box {n}", f"P.O. Box {n}"),
}


def address_pairs(random: Random, kinds: Mapping[str, Lines]) -> list[MeasuredPair]:
    """Return pairs of addresses of every kind; `place` is filled in from the record."""
    in_use = frozenset(load_street_names()[0].to_pylist())
    streets = [pair for pair in near_pairs("American", "surname") if in_use.issuperset(pair) and len(pair[0]) > 3]
    pairs = []
    for kind, lines in kinds.items():
        for _ in range(ADDRESSES):
            left, right = random.choice(streets)
            record, request = lines(random.randrange(20, 990), left.title(), right.title(), random)
            pairs.append(MeasuredPair(kind, {"street": record, "street2": ""}, {"street": request, "street2": ""}))
    return pairs


def town_pairs(random: Random) -> list[MeasuredPair]:
    """Return pairs of one line in two towns of a state."""
    towns: dict[str, list[dict[str, Any]]] = {}
    for row in load_zip_table().to_pylist():
        if row["kind"] == "STANDARD":
            towns.setdefault(row["state"], []).append(row)
    pairs = []
    while len(pairs) < ADDRESSES:
        left, right = random.sample(random.choice([rows for rows in towns.values() if len(rows) > 50]), 2)
        if left["city"] != right["city"] and right["city"] not in left["city_aliases"]:
            record, request = ({part: town[part] for part in ("city", "state", "zip")} for town in (left, right))
            line = {"street": f"{random.randrange(20, 990)} Main St", "street2": ""}
            pairs.append(MeasuredPair("another town", record | line, request | line))
    return pairs


def measure(pairs: Sequence[MeasuredPair], people: int, folder: Path, random: Random) -> list[str]:
    """Give each pair a record of the simulated population, match all requests with all records; return the outcomes."""
    simulation = run_simulation(
        people=people, requests=10, seed=SEED, out=folder / "simulated", created_at=datetime(2025, 7, 1, tzinfo=UTC)
    )
    table = pa.concat_tables(pq.read_table(file) for file in simulation.record_files)
    records = table.to_pylist()
    chosen = random.sample(_first_in_each_building(records), len(pairs))
    requests = []
    for number, (at, pair) in enumerate(zip(chosen, pairs, strict=True)):
        records[at] |= {"street2": "", **pair.record}
        taken = {name: records[at][name] for name in REQUESTS_SCHEMA.names if name in records[at] and name != "tin"}
        numbers = {"row": number, "request_id": f"q{number}", "tax_year": str(records[at]["tax_year"])}
        requests.append(taken | numbers | dict(pair.request))
    changed = folder / "changed.parquet"
    pq.write_table(pa.Table.from_pylist(records, schema=table.schema), changed)
    build_index([changed], folder / "index")
    with Index.open(folder / "index") as index:
        return determine_pairs(index, pa.Table.from_pylist(requests, schema=REQUESTS_SCHEMA))


def _first_in_each_building(records: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the positions of complete records, one for each beginning of a line in a ZIP code."""
    first: dict[tuple[str, str], int] = {}
    for at, record in enumerate(records):
        if all(record[name] for name in ("first_name", "last_name", "street", "city", "state", "zip")):
            first.setdefault((" ".join(record["street"].split()[:2]), record["zip"][:5]), at)
    return list(first.values())


def count_rows(labels: Iterable[str], outcomes: Iterable[str]) -> dict[str, Counter[str]]:
    """Return how often each outcome is, by label."""
    counts: dict[str, Counter[str]] = {}
    for label, outcome in zip(labels, outcomes, strict=True):
        counts.setdefault(label, Counter())[outcome] += 1
    return counts


def to_table(head: str, counts: Mapping[str, Counter[str]], outcome: str) -> list[str]:
    """Return the lines of a table with the share of one outcome and its exact 95 % interval."""
    word = {MATCH: "confirmed", NON_MATCH: "lost"}[outcome]
    lines = [
        f"| {head} | pairs | confirmed | to review | neither | {word}, 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for label, count in counts.items():
        low, high = clopper_pearson(count[outcome], count.total())
        cells = (count.total(), count[MATCH], count[REVIEW], count[NON_MATCH], f"{low:.2%} to {high:.2%}")
        lines.append(f"| {label} | {' | '.join(f'{cell:,}' if isinstance(cell, int) else cell for cell in cells)} |")
    return [*lines, ""]


def unlisted_rates() -> list[str]:
    """Return a table: of each tradition's pairs a letter apart, those that could be confirmed if no list had them.

    Known are the Census and the lists of the other traditions alone.
    """
    census = {
        name for table in (load_first_name_counts(), load_last_name_counts()) for name in table["name"].to_pylist()
    }
    lines = ["| tradition | part | pairs | could be confirmed | 95 % interval |", "|---|---|---|---|---|"]
    for tradition in TRADITIONS:
        known = census.union(
            *(names_of(other, part) for other in TRADITIONS if other != tradition for part in ("given", "surname"))
        )
        for part in ("given", "surname"):
            pairs = [pair for a, b in near_pairs(tradition, part) for pair in ((a, b), (b, a))]
            hits = sum(
                bool(request_classes(part, asked) & record_classes(part, on_record))
                and relate_words(part, asked, on_record, lambda *_: False, known.__contains__) is Sameness.ONE_NAME
                for asked, on_record in pairs
            )
            low, high = clopper_pearson(hits, len(pairs))
            lines.append(f"| {tradition} | {part} | {len(pairs):,} | {hits:,} | {low:.2%} to {high:.2%} |")
    return [*lines, ""]


def main(people: int = PEOPLE, page: Path = OUT) -> int:
    """Measure all, write the page, and return 1 if a limit was passed."""
    started, random = time.monotonic(), Random(SEED)
    look_alikes = [
        *name_pairs(random, look_alikes=True),
        *address_pairs(random, ADDRESS_LOOK_ALIKES),
        *town_pairs(random),
    ]
    variants = [*name_pairs(random, look_alikes=False), *address_pairs(random, ADDRESS_VARIANTS)]
    with tempfile.TemporaryDirectory(prefix="comity-lookalikes-") as folder:
        outcomes = measure([*look_alikes, *variants], people, Path(folder), random)
    taken, kept = outcomes[: len(look_alikes)], outcomes[len(look_alikes) :]
    confirmed, lost = taken.count(MATCH), kept.count(NON_MATCH)
    lines = [
        "# Look-alikes",
        "",
        f"Written by `make bench-lookalikes` (bench/lookalikes.py) in {time.monotonic() - started:,.0f} s;",
        f"nothing here is typed. {len(look_alikes):,} requests about somebody else whose name or address looks like",
        f"one on record, and {len(variants):,} about the person on record in another form, at addresses of a simulated",
        f"population of {people:,} people, decided by the policy of `{AGREEMENT}`. Names are of many lists, which",
        "the product knows too; Korean and Chinese given names are put together from syllables.",
        "",
        f"Of the look-alikes {confirmed:,} were confirmed. Of the others {lost:,} were lost: not even to review.",
        "",
    ]
    for title, pairs, results, outcome in (
        ("Somebody else", look_alikes, taken, MATCH),
        ("The same", variants, kept, NON_MATCH),
    ):
        of_names = [(pair, result) for pair, result in zip(pairs, results, strict=True) if pair.tradition]
        by_tradition = count_rows((pair.tradition for pair, _ in of_names), (result for _, result in of_names))
        lines += [f"## {title}", "", *to_table("kind", count_rows((pair.kind for pair in pairs), results), outcome)]
        lines += to_table("tradition", by_tradition, outcome)
    lines += [
        "## If no list had the tradition",
        "",
        "The rule for what is on no list, alone: all pairs of a tradition's names that are a letter apart, in both",
        "orders, of which one could be confirmed for the other if the Census and the other traditions' lists were all",
        "that is known.",
        "",
        *unlisted_rates(),
    ]
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    is_within = confirmed <= MOST_CONFIRMED * len(look_alikes) and lost <= MOST_LOST * len(variants)
    return 0 if is_within else 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(int(arguments[0]) if arguments else PEOPLE, Path(arguments[1]) if arguments[1:] else OUT))
