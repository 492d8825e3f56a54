"""Attack the gates as a registered requester who makes them search; writes docs/results/attacks.md.

Usage: python bench/attacks.py [ROWS] [PAGE]. ROWS is what the requester sends in each strategy (2,000,000: what an
agreement allows in 30 days). Ends with 1, after writing the page, if a limit was passed or a lawful row was refused.
Start at `main`.
"""

import hashlib
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from attack_strategies import (  # noqa: E402
    COMMON,
    HOUSE,
    RARE,
    Rows,
    addresses,
    house_strategies,
    make_rows,
    name_strategies,
    number_strategies,
    people,
    split_name,
)

from comity.columns.buffers import Digests  # noqa: E402
from comity.gates import clear_numbers, evaluate_gates, history_digests, rows_with_number  # noqa: E402
from comity.law import Law, load_law  # noqa: E402
from comity.match.counted_as_one import record_people, request_people  # noqa: E402
from comity.model.batch import Batch, Manifest  # noqa: E402
from comity.model.history import Counts, History  # noqa: E402
from comity.model.prior_batches import PriorBatch, PriorBatches  # noqa: E402
from comity.model.request_fields import REQUESTS_SCHEMA  # noqa: E402
from comity.normalize.encode import EncodedTable, encode_table  # noqa: E402
from comity.normalize.name_classes import GIVEN, SURNAME, class_share  # noqa: E402
from comity.normalize.normalized_row import normalize_row  # noqa: E402
from comity.normalize.numbers import parse_tins  # noqa: E402
from comity.normalize.place_classes import is_box, towns_of  # noqa: E402
from comity.normalize.schema import LEXICONS  # noqa: E402
from comity.simulate import SHAPES, run_simulation  # noqa: E402
from tests.support.gate_batches import VALID_MANIFEST  # noqa: E402
from tests.support.sample_simulation import read_requests  # noqa: E402

OUT = ROOT / "docs/results/attacks.md"
START = datetime(2025, 8, 7, tzinfo=UTC)
AGREEMENT, SECOND_AGREEMENT = "irs-ice-2025", "irs-ice-2025-again"
FIRST_BATCHES = (*(1,) * 8, *(4,) * 8)
"""Rows of the first batches: small ones, so that nothing is refused before an allowance is used up."""
LARGE_BATCHES = 4
PROCESSES = 2
PROBING_RULES = ("a12", "p11", "p12", "p13", "p14", "p15", "p16", "p17")


@dataclass
class SortedHistory:
    """What was asked, as the control database keeps it: by batch and kind, sorted digests and their counts."""

    key: bytes = bytes(range(16))
    kept: dict[tuple[str, str], tuple[Digests, Counts]] = field(default_factory=dict)

    def count_digests(self, wanted: Mapping[str, Digests], batches: Iterable[str]) -> dict[str, Counts]:
        """Return, by kind, how often each digest (sorted, unique) was asked about in these batches."""
        batch_ids = list(batches)
        return {kind: self._count_kind(kind, digests, batch_ids) for kind, digests in wanted.items()}

    def _count_kind(self, kind: str, digests: Digests, batch_ids: list[str]) -> Counts:
        totals = np.zeros(len(digests), dtype=np.int64)
        for batch_id in batch_ids:
            stored, counts = self.kept.get((batch_id, kind), (digests[:0], totals[:0]))
            if len(stored):
                positions = np.minimum(np.searchsorted(stored, digests), len(stored) - 1)
                hits = stored[positions] == digests
                totals[hits] += counts[positions[hits]]
        return totals

    def count_freed(self, written: Digests, _batches: Iterable[str]) -> Counts:
        """Return zeros: nothing is recalled here."""
        return np.zeros(len(written), dtype=np.int64)


@dataclass
class Requester:
    """A requester who sends batch after batch, and what was looked up of them."""

    law: Law
    requests: SortedHistory = field(default_factory=SortedHistory)
    priors: list[PriorBatch] = field(default_factory=list)
    looked_up: list[pa.Table] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    flagged: int = 0

    def send(self, rows: pa.Table, *, at: datetime, now: datetime | None = None, agreement: str = AGREEMENT) -> None:
        """Have one batch judged, looked up where no rule refuses it, and remembered, as the pipeline does."""
        name, now = f"b-{len(self.priors)}", now or at
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        changes = {"batch_id": name, "agreement": agreement, "officers": _officers(rows), "sha256": sha256}
        manifest = VALID_MANIFEST | changes
        batch = Batch(
            manifest=Manifest.model_validate(manifest), manifest_sha256="0" * 64, requests_sha256=sha256,
            signer_key_id="key-1", requests=rows, faults=(),
        )  # fmt: skip
        history = History(PriorBatches(self.priors), self.requests, now=now)
        findings = evaluate_gates(batch, law=self.law, at=at, history=history)
        for mask, count in zip(*np.unique(findings.row_findings.not_met, return_counts=True), strict=True):
            self.refused.update({rule: int(count) for rule in findings.row_findings.rules_in_mask(int(mask))})
        self.refused.update(finding.rule for finding in findings.refusals)
        self.flagged += int(np.count_nonzero(findings.row_findings.undetermined))
        if findings.refusals or findings.request_digests is None:
            return
        passes = findings.row_findings.not_met == 0
        has_number = rows_with_number(findings)
        for kind, kept in history_digests(findings.request_digests, passes, has_number).items():
            self.requests.kept[name, kind] = kept
        self.looked_up.append(clear_numbers(rows, ~has_number).filter(pa.array(passes)))
        self.priors.append(
            PriorBatch(name, "ICE", agreement, sha256, len(rows), now, looked_up_rows=int(np.count_nonzero(passes)))
        )

    def addresses_of(self, name: tuple[str, str]) -> int:
        """Return at how many residences a request that may be confirmed as this person's was looked up."""
        record = _values(normalize_row(first_name=name[0], last_name=name[1])._asdict())
        residences = set()
        for normalized, row in self._iter_normalized():
            if request_people(row) & record_people(record):
                towns = towns_of(*row["place"], of_box=is_box(row["street"][0]))
                residences |= {(row["number"], row["street"], town) for town in towns if town}
            del normalized
        return len(residences)

    def names_at_house(self) -> tuple[int, int]:
        """Return how many names were looked up at the house without a unit (or one unit of it), and at it in all."""
        by_unit: dict[object, set[object]] = defaultdict(set)
        for _, row in self._iter_normalized():
            street, prefix = row["street"][0] or "", (row["place"][0] or "")[:3]
            if row["number"][0] == "12" and street[:1] == "J" and prefix == "627":
                name, first, last = row["surname"]
                by_unit[row["unit"]] |= {(row["given"], tried) for tried in {first or name, last or name}}
        return max(map(len, by_unit.values()), default=0), len(set().union(*by_unit.values()))

    def numbers_at_house(self) -> int:
        """Return with how many taxpayer numbers a request that may be confirmed as the rare person's was looked up."""
        record, numbers = _values(normalize_row(first_name=RARE[0], last_name=RARE[1])._asdict()), set()
        for table in self.looked_up:
            names = zip(table["first_name"].to_pylist(), table["last_name"].to_pylist(), strict=True)
            for (first, last), number in zip(names, parse_tins(table["tin"].combine_chunks()).tolist(), strict=True):
                asked = _values(normalize_row(first_name=first, last_name=last)._asdict())
                if request_people(asked) & record_people(record):
                    numbers.add(number)
        return len(numbers - {0})

    def _iter_normalized(self) -> Iterator[tuple[EncodedTable, dict[str, tuple[str | None, ...]]]]:
        for table in self.looked_up:
            normalized = encode_table(table)
            columns = [normalized.codes[lexicon.name].tolist() for lexicon in LEXICONS]
            for codes in set(zip(*columns, strict=True)):
                yield (
                    normalized,
                    {
                        lexicon.name: normalized.values[lexicon.name][code]
                        for lexicon, code in zip(LEXICONS, codes, strict=True)
                    },
                )


def _values(row: Mapping[str, str | None]) -> dict[str, tuple[str | None, ...]]:
    return {lexicon.name: tuple(row[column] for column in lexicon.columns) for lexicon in LEXICONS}


def _officers(rows: pa.Table) -> list[dict[str, str]]:
    ids = rows["officer_id"].unique().to_pylist()
    return [{"id": name, "name": f"Agent {name}", "office": "Special Agent"} for name in ids]


def _law() -> Law:
    law = load_law()
    again = law.get_agreement(AGREEMENT).model_copy(update={"id": SECOND_AGREEMENT})
    return replace(law, agreements={**law.agreements, SECOND_AGREEMENT: again})


def run_strategy(make_columns: Callable[[int, int], Rows], manner: str, rows: int) -> Requester:
    """Send the batches of one strategy in one manner: day by day, held, rehearsed, or by two agreements in turn.

    `make_columns` makes the columns of a batch from the number of its rows and of those before it.
    """
    requester = Requester(_law())
    for number, (count, start) in enumerate(batch_parts(rows)):
        day = START + timedelta(days=3 * number)
        at = {"held": START + timedelta(days=95, seconds=-number), "rehearsed": START + timedelta(days=99)}.get(
            manner, day
        )
        agreement = SECOND_AGREEMENT if manner == "two agreements" and number % 2 else AGREEMENT
        now = {"held": START + timedelta(days=95, seconds=number), "rehearsed": day}.get(manner, day)
        requester.send(
            make_rows(count, start, make_columns(count, start)),
            at=at if manner != "held" else now,
            now=now,
            agreement=agreement,
        )
    return requester


def allowed_addresses(name: tuple[str, str], rows: int) -> int:
    """Return the most addresses that the agreement allows for a person of a name with one class."""
    limits = load_law().get_agreement(AGREEMENT).probing
    share = class_share(GIVEN, name[0].upper()) * class_share(SURNAME, name[1].upper())
    room = limits.common_name_percent.value / 100 * share * max(rows, limits.common_name_rows.value)
    classes = len(record_people(_values(normalize_row(first_name=name[0], last_name=name[1])._asdict())))
    return classes * int(min(limits.addresses_per_name.value + room, limits.addresses_per_person.value))


@dataclass(frozen=True)
class Result:
    """One line of the page: what a strategy got, against the limit."""

    strategy: str
    sent: int
    looked_up: int
    got: int
    limit: int
    what: str

    @property
    def is_within(self) -> bool:
        """Return whether the limit held."""
        return self.got <= self.limit

    def to_line(self) -> str:
        """Return the line of the table."""
        return f"| {self.strategy} | {self.sent:,} | {self.looked_up:,} | {self.what} | {self.got:,} | {self.limit:,} |"


def batch_parts(rows: int) -> list[tuple[int, int]]:
    """Return the number of rows of each batch, and how many come before it."""
    sizes = [*FIRST_BATCHES, *[(rows - sum(FIRST_BATCHES)) // LARGE_BATCHES] * LARGE_BATCHES]
    return [(size, sum(sizes[:number])) for number, size in enumerate(sizes)]


def attack(rows: int) -> list[Result]:
    """Run every strategy with `rows` rows, two at a time."""
    tasks = [
        partial(ask_for_addresses, strategy, manner, name, whose, rows)
        for name, whose in ((RARE, "rare"), (COMMON, "common"))
        for strategy, manner in (
            *((strategy, "daily") for strategy in name_strategies(name, 1, 0)),
            *(("spellings of the surname", manner) for manner in ("held", "rehearsed", "two agreements")),
        )
    ]
    tasks += [partial(ask_for_names, strategy, rows) for strategy in house_strategies(1, 0)]
    tasks += [partial(ask_for_numbers, strategy, rows) for strategy in number_strategies(1, 0)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        results = [result for task in [pool.submit(task) for task in tasks] for result in task.result()]
    return results + disguise(min(rows, 1_000))


def ask_for_addresses(strategy: str, manner: str, name: tuple[str, str], whose: str, rows: int) -> list[Result]:
    """Look for one person's address, and count at how many it was looked up."""
    requester = run_strategy(lambda count, start: name_strategies(name, count, start)[strategy](), manner, rows)
    asked = strategy if manner == "daily" else f"spellings, {manner}"
    got, limit = requester.addresses_of(name), allowed_addresses(name, rows)
    return [Result(f"{asked}, {whose} name", rows, _looked_up(requester), got, limit, "addresses of a person")]


def ask_for_names(strategy: str, rows: int) -> list[Result]:
    """Ask who lives at one house, and count how many names were looked up there."""
    requester = run_strategy(lambda count, start: house_strategies(count, start)[strategy](), "daily", rows)
    caps = load_law().get_agreement(AGREEMENT).caps
    limits = ("address", caps.subjects_per_address.value), ("building", caps.subjects_per_building.value)
    return [
        Result(strategy, rows, _looked_up(requester), got, limit, f"names at {'an' if of == 'address' else 'a'} {of}")
        for got, (of, limit) in zip(requester.names_at_house(), limits, strict=True)
    ]


def ask_for_numbers(strategy: str, rows: int) -> list[Result]:
    """Ask about one person with number after number, and count the numbers that were compared."""
    requester = run_strategy(lambda count, start: number_strategies(count, start)[strategy](), "daily", rows)
    return [Result(strategy, rows, _looked_up(requester), requester.numbers_at_house(), 1, "numbers of a person")]


def _looked_up(requester: Requester) -> int:
    return sum(table.num_rows for table in requester.looked_up)


def lawful(rows: int) -> list[Result]:
    """Send lawful files, and count the rows that a rule about probing refuses."""
    results = []
    for shape in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            simulation = run_simulation(
                people=50 * rows, requests=rows, seed=5, out=Path(folder) / shape, shape=shape, created_at=START
            )
            table = read_requests(simulation.requests_file)
        numbers = pa.array(range(1, len(table) + 1), pa.int32())
        sent = table.add_column(0, "row", numbers).select(REQUESTS_SCHEMA.names).cast(REQUESTS_SCHEMA).combine_chunks()
        results += _lawful_results(f"simulate --shape {shape}", [sent])
    forty = [make_rows(40, 40 * n, people(40, n) | addresses(40, 40 * n)) for n in range(40)]
    results += _lawful_results("forty lawful batches of 40", forty)
    seven = addresses(7) | split_name(("José", "Hernández"), 7) | {"tin": [f"90011000{n}" for n in range(7)]}
    results += _lawful_results("seven of one common name, each with a number and a case", [make_rows(7, 0, seven)])
    family = {
        "first_name": ["Maria", "Mario", "Marta", "Martin", "Mariana", "Manuel"],
        "tin": [f"90011001{n}" for n in range(6)],
    }
    family |= {column: [value] * 6 for column, value in HOUSE.items()} | {"last_name": ["Garcia"] * 6}
    results += _lawful_results("a family of six", [make_rows(6, 0, family)])
    generations = split_name(("Robert", "Smith"), 2) | {column: [value] * 2 for column, value in HOUSE.items()}
    generations |= {"suffix": ["Sr", "Jr"], "tin": ["900110021", "900110022"]}
    results += _lawful_results("a father and a son of one name", [make_rows(2, 0, generations)])
    words = {"reason": [f"{text} (case 24-{n})" for n, text in enumerate(lawful_reasons())]}
    count = len(words["reason"])
    results += _lawful_results("reasons of the cases", [make_rows(count, 0, people(count) | addresses(count) | words)])
    return results


def lawful_reasons() -> list[str]:
    """Return the reasons of the cases of R17 that no word of flags."""
    cases = yaml.safe_load((ROOT / "tests/cases/r17_flagged_words.yaml").read_text(encoding="utf-8"))["cases"]
    rows = [case["row"] for case in cases if case["finding"] == "MET" and set(case) == {"name", "row", "finding"}]
    return [row["reason"] for row in rows if "reason" in row]


DISGUISES: Mapping[str, Callable[[str], str]] = {
    "letters apart by hyphens": "-".join,
    "letters apart by blanks": " ".join,
    "letters apart by invisible ones": "\u200b".join,
    "a word in two parts": lambda word: f"{word[: len(word) // 2]} {word[len(word) // 2 :]}",
    "digits for letters": lambda word: word.translate(str.maketrans("oieast", "013457")),
    "letters of another alphabet": lambda word: word.translate(
        str.maketrans("aeopc", "\u0430\u0435\u043e\u0440\u0441")
    ),
    "a letter left out": lambda word: word[:2] + word[3:],
    "a letter twice": lambda word: word[:2] + word[1:],
    "two letters exchanged": lambda word: word[:2] + word[3] + word[2] + word[4:],
}
"""Ways of writing a word so that it is read and not found."""


def disguise(count: int) -> list[Result]:
    """Send reasons with the words of R17 in disguise, and count those that nobody has to read."""
    results = []
    for name, change in DISGUISES.items():
        words = ("locate", "deport", "whereabouts", "removal", "apprehend")
        texts = ("to {} him", "ready to {} the alien", "{} of the subject", "needed for {}", "to {} the subject")
        reasons = [texts[n % 5].format(change(words[n % 5])) + f", count {n}" for n in range(count)]
        requester = Requester(_law())
        requester.send(make_rows(count, 0, people(count) | addresses(count) | {"reason": reasons}), at=START)
        results.append(
            Result(
                f"words with {name}",
                count,
                _looked_up(requester),
                count - requester.flagged,
                0,
                "rows that nobody reads",
            )
        )
    return results


def _lawful_results(name: str, batches: Sequence[pa.Table]) -> list[Result]:
    requester = Requester(_law())
    for number, table in enumerate(batches):
        requester.send(table, at=START + timedelta(days=number))
    sent, lost = (
        sum(map(len, batches)),
        sum(n for rule, n in requester.refused.items() if rule[:3] in PROBING_RULES[1:]),
    )
    looked_up = _looked_up(requester)
    return [
        Result(name, sent, looked_up, lost, 0, "rows refused for probing"),
        Result(name, sent, looked_up, requester.flagged, 0, "rows flagged for their words"),
    ]


def write_page(page: Path, results: Sequence[Result], fair: Sequence[Result], seconds: float) -> None:
    """Write the tables."""
    head = "| strategy | rows sent | rows looked up | the most | got | limit |\n|---|---|---|---|---|---|"
    lines = [
        "# Attacks on the gates",
        "",
        f"Written by `make bench-attacks` (bench/attacks.py) in {seconds:,.0f} s; nothing here is typed.",
        f"A registered requester sends {results[0].sent:,} rows by each strategy, in batches that begin small. Every",
        "batch is judged against the history of those before it. Counted is what was looked up: at how many addresses",
        "a request that may be confirmed as the person's, how many names at one house, and how many taxpayer numbers",
        "of one person there. The limit is what the agreement allows for that.",
        "",
        head,
        *(result.to_line() for result in results),
        "",
        "## Lawful files",
        "",
        head,
        *(result.to_line() for result in fair),
    ]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(rows: int = 2_000_000, page: Path = OUT, lawful_rows: int = 10_000) -> int:
    """Run all, write the page, and return 1 if a limit was passed or a lawful row was refused."""
    started = time.monotonic()
    results, fair = attack(rows), lawful(lawful_rows)
    write_page(page, results, fair, time.monotonic() - started)
    for result in (*results, *fair):
        if not result.is_within:
            print(f"NOT WITHIN: {result}")
    return 0 if all(result.is_within for result in (*results, *fair)) else 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(int(arguments[0]) if arguments else 2_000_000, Path(arguments[1]) if arguments[1:] else OUT))
