"""Measure review on simulated truth with simulated reviewers, and write docs/results/review.md.

Usage: python bench/review.py [SEEDS] [RUNS] [PAGE]. SEEDS populations are simulated, matched and decided by the shipped
agreement; the rows that people may settle become cases; reviewers of known error rates judge them. Then RUNS offices
meet two who collude. Ends with 1, after writing the page, if a goal is missed that people can reach.
Does not: measure how careless reviewers are found (bench/reviewers.py does).
Start at `main`.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity.decide import determine_outcomes, evaluate_conditions  # noqa: E402
from comity.figures.exact_intervals import clopper_pearson  # noqa: E402
from comity.law.loader import load_law  # noqa: E402
from comity.match import Index, build_index, list_recorded_places, match_requests  # noqa: E402
from comity.model.request_fields import REQUESTS_SCHEMA  # noqa: E402
from comity.model.review_case import NumberRelation  # noqa: E402
from comity.pipeline import derive_match_policy  # noqa: E402
from comity.review import (  # noqa: E402
    SETTLED_BY_PEOPLE,
    KnownPair,
    KnownResult,
    assemble_case,
    find_colluding_pairs,
    select_cases,
)
from comity.review.case_outcome import ConclusionKind  # noqa: E402
from comity.simulate import run_simulation  # noqa: E402
from comity.simulate.look_alikes import LookAlikeRates  # noqa: E402
from tests.support.sample_simulation import read_requests  # noqa: E402
from tests.support.simulated_office import (  # noqa: E402
    CANDIDATES,
    ReviewerDesk,
    SimulatedCase,
    judge_until,
    make_pool,
    run_office,
)
from tests.support.simulated_reviewers import (  # noqa: E402
    REVIEWERS,
    find_displayed_truth,
    looks_like_one_place,
)

OUT = ROOT / "docs/results/review.md"
AGREEMENT = "irs-ice-2025"
SEEDS, RUNS, PEOPLE, REQUESTS = 3, 60, 60_000, 20_000
KEY = b"k" * 32
LEAST_WON, MOST_WRONG, LEAST_FOUND = 0.5, 0.01, 0.95
POOL = 400
MEASURED_OFFICE = "two careful, two tired"
OFFICES: Mapping[str, tuple[str, ...]] = {
    "four careful": ("careful",) * 4,
    MEASURED_OFFICE: ("careful", "careful", "tired", "tired"),
    "three careful, one careless": ("careful", "careful", "careful", "careless"),
}
LOOK_ALIKES = LookAlikeRates(names=0.05, addresses=0.05)


@dataclass(frozen=True, slots=True)
class UncertainRow:
    """An uncertain row: whether it is valid, what it falls short of, and its case, if it becomes one.

    `trusted` is whom an office chooses that takes every name for a slip; `with_number` are the candidates whose
    taxpayer number is the same.
    """

    is_valid: bool
    unmet: frozenset[str]
    case: SimulatedCase | None
    trusted: int | None
    with_number: frozenset[int]


def simulate_rows(seed: int, folder: Path, look_alikes: LookAlikeRates) -> list[UncertainRow]:
    """Return the uncertain rows of a simulated population; rows that set forth no address are left out."""
    simulation = run_simulation(
        people=PEOPLE,
        requests=REQUESTS,
        seed=seed,
        out=folder / "simulated",
        look_alikes=look_alikes,
        created_at=datetime(2025, 7, 1, tzinfo=UTC),
    )
    build_index(list(simulation.record_files), folder / "index")
    requests = read_requests(simulation.requests_file)
    requests = requests.append_column("row", pa.array(range(requests.num_rows), pa.int32()))
    requests = requests.select(REQUESTS_SCHEMA.names).cast(REQUESTS_SCHEMA)
    truth = pq.read_table(simulation.truth_file).to_pylist()
    records = [pq.read_table(file, columns=["record_id", "tin"]) for file in simulation.record_files]
    tin_of = {row["record_id"]: row["tin"] for row in pa.concat_tables(records).to_pylist()}
    policy = derive_match_policy(load_law().get_agreement(AGREEMENT))
    with Index.open(folder / "index") as index:
        evidence = match_requests(index, requests)
        outcomes = np.array(determine_outcomes(evidence, policy)["outcome"].to_pylist())
        conditions = {
            name: column.combine_chunks().to_numpy(zero_copy_only=False)
            for name, column in evaluate_conditions(evidence, policy).items()
        }
        is_complete = np.array([row["complete"] for row in truth])
        is_uncertain = (outcomes == "review") & is_complete
        selected = select_cases(is_uncertain, conditions, np.ones(len(truth), np.bool_))
        places = list_recorded_places(index, requests.take(pa.array(np.flatnonzero(selected))))
    cases: dict[int, tuple[SimulatedCase, int | None, frozenset[int]]] = {}
    for place in places:
        case = f"{seed}-{place.row}"
        assembled = assemble_case(place, list(conditions), case=case, key=KEY)
        if assembled is None:
            continue
        content, terms = assembled
        labels = truth[place.row]
        wanted = labels["record_id"] if labels["confirmed"] else None
        right = next(
            (n for n, r in enumerate(terms.record_ids) if wanted and (r == wanted or tin_of[r] == tin_of[wanted])), None
        )
        displayed = find_displayed_truth(content, right)
        trusted = right if right is not None else min(terms.confirmable) if looks_like_one_place(content) else None
        simulated = SimulatedCase(case, displayed, right, len(terms.record_ids), terms.confirmable)
        same = frozenset(n for n, c in enumerate(content.candidates) if c.number is NumberRelation.SAME)
        cases[place.row] = simulated, trusted, same
    return [
        UncertainRow(
            is_valid=bool(truth[row]["confirmed"]),
            unmet=frozenset(name for name, meets in conditions.items() if not meets[row]),
            case=case,
            trusted=trusted,
            with_number=with_number,
        )
        for row in np.flatnonzero(is_uncertain).tolist()
        for case, trusted, with_number in [cases.get(row, (None, None, frozenset()))]
    ]


Confirmed = list[tuple[UncertainRow, bool]]
"""Rows that an office confirmed, each with whether that is wrong."""


def review_rows(rows: Sequence[UncertainRow], kinds: Sequence[str], random: Random) -> tuple[Confirmed, int]:
    """Return the rows that an office confirms, and how many judgments were voided."""
    cases = [row.case for row in rows if row.case is not None]
    office = {f"r{number}": REVIEWERS[kind] for number, kind in enumerate(kinds)}
    run = run_office(office, cases, make_pool(POOL), KEY, random)
    confirmed = []
    for row in rows:
        end = None if row.case is None else run.conclusions[row.case.case]
        if row.case is not None and end is not None and end.kind is ConclusionKind.CONFIRMED:
            confirmed.append((row, end.candidate != row.case.truth))
    return confirmed, run.voided


def tabulate_kinds(title: str, confirmed: Confirmed) -> list[str]:
    """Return the lines of a table: what was confirmed, by whether the names are one and the number is the same."""
    lines = []
    for names, is_other in (("two names that exist, or on no list", True), ("one name", False)):
        for number, is_same in (("the same", True), ("not given", False)):
            wrong = [
                is_wrong
                for row, is_wrong in confirmed
                if ("same_name" in row.unmet) == is_other and bool(row.with_number) == is_same
            ]
            lines.append(f"| {title} | {names} | {number} | {len(wrong):,} | {to_share(sum(wrong), len(wrong))} |")
    return lines


COPYING = "one judges, the other copies nine in ten"
DECEIVING = {"both choose somebody wrong in 8 %": 0.08, "both choose somebody wrong in 4 %": 0.04}
"""How two may collude; 8 % is what does not suspend yet."""


def meet_colluders(kind: str, runs: int, checkpoints: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return, for each number of known pairs, in how many offices the two are found, and somebody honest is."""
    found, accused = [0] * len(checkpoints), [0] * len(checkpoints)
    pool = make_pool(POOL)
    honest = {"a": "careful", "b": "careful", "c": "tired", "d": "tired"}
    for run in range(runs):
        random, key = Random(run), run.to_bytes(32, "big")
        desks = {name: ReviewerDesk(REVIEWERS[reviewer]) for name, reviewer in honest.items()}
        desks["y"] = ReviewerDesk(REVIEWERS["tired" if kind == COPYING else "careful"])
        desks["z"] = ReviewerDesk(desks["y"].reviewer)
        for name, desk in desks.items():
            judge_until(desk, name, pool, key, random, max(checkpoints))
        results = {name: desk.results for name, desk in desks.items()}
        collude(results, kind, pool, random)
        for position, known in enumerate(checkpoints):
            pairs = {f.reviewers for f in find_colluding_pairs({name: r[:known] for name, r in results.items()})}
            found[position] += ("y", "z") in pairs
            accused[position] += bool(pairs - {("y", "z")})
    return found, accused


def collude(results: dict[str, list[KnownResult]], kind: str, pool: Sequence[KnownPair], random: Random) -> None:
    """Change what the two said: one copies the other, or both choose the same wrong person where they agreed to."""
    first = {result.case: result for result in results["y"]}
    agreed = {pair.case for pair in pool if random.random() < DECEIVING.get(kind, 0.0)}
    for name in "yz":
        changed = []
        for result in results[name]:
            candidate = result.candidate
            if kind == COPYING and name == "z" and result.case in first and random.random() < 0.9:
                candidate = first[result.case].candidate
            if result.case in agreed:
                candidate = (0 if result.truth is None else result.truth + 1) % CANDIDATES
            changed.append(replace(result, candidate=candidate))
        results[name] = changed


def to_share(hits: int, total: int) -> str:
    """Return a share with its exact 95 % interval."""
    low, high = clopper_pearson(hits, total)
    return f"{hits:,} of {total:,}: {hits / max(total, 1):.1%} ({low:.1%} to {high:.1%})"


def tabulate_conditions(rows: Sequence[UncertainRow]) -> list[str]:
    """Return the lines of a table: uncertain rows by what they fall short of, the most frequent first."""
    lines = ["| falls short of | valid | not valid | a person may settle it |", "|---|---|---|---|"]
    valid = Counter(row.unmet for row in rows if row.is_valid)
    other = Counter(row.unmet for row in rows if not row.is_valid)
    for unmet, _ in (valid + other).most_common(14):
        names = ", ".join(f"`{name}`" for name in sorted(unmet)) or "nothing"
        is_open = "yes" if unmet and unmet <= SETTLED_BY_PEOPLE else "no"
        lines.append(f"| {names} | {valid[unmet]:,} | {other[unmet]:,} | {is_open} |")
    return [*lines, ""]


def main(seeds: int = SEEDS, runs: int = RUNS, page: Path = OUT) -> int:
    """Measure all, write the page, and return 1 if a goal is missed."""
    started = time.monotonic()
    populations = {}
    for title, rates in (("plain", LookAlikeRates()), ("with look-alikes", LOOK_ALIKES)):
        rows = []
        for seed in range(101, 101 + seeds):
            with tempfile.TemporaryDirectory(prefix="comity-review-") as folder:
                rows += simulate_rows(seed, Path(folder), rates)
        populations[title] = rows
    won_lines = [
        "| population | office | confirmed by review | right | wrong | voided judgments |",
        "|---|---|---|---|---|---|",
    ]
    kind_lines = ["| population | names | number | confirmed | wrong |", "|---|---|---|---|---|"]
    facts: dict[tuple[str, str], tuple[int, int]] = {}
    for title, rows in populations.items():
        for office, kinds in OFFICES.items():
            reviewed, voided = review_rows(rows, kinds, Random(7))
            confirmed, wrong = len(reviewed), sum(is_wrong for _, is_wrong in reviewed)
            if office == MEASURED_OFFICE:
                kind_lines += tabulate_kinds(title, reviewed)
            facts[title, office] = confirmed, wrong
            cells = f"{confirmed:,} | {confirmed - wrong:,} | {to_share(wrong, confirmed)} | {voided:,}"
            won_lines.append(f"| {title} | {office} | {cells} |")
        trusted = [row for row in rows if row.case is not None and row.trusted is not None]
        trusted = [row for row in trusted if row.case is not None and row.trusted in row.case.confirmable]
        wrong = sum(row.case is not None and row.trusted != row.case.truth for row in trusted)
        cells = f"{len(trusted):,} | {len(trusted) - wrong:,} | {to_share(wrong, len(trusted))}"
        won_lines.append(f"| {title} | takes every name for a slip | {cells} | |")
    plain = populations["plain"]
    valid = [row for row in plain if row.is_valid]
    open_rows = [row for row in valid if row.unmet and row.unmet <= SETTLED_BY_PEOPLE]
    case_rows = [row for row in valid if row.case is not None]
    confirmed, wrong = facts["plain", MEASURED_OFFICE]
    right = confirmed - wrong
    checkpoints = (100, 200, 300, 390)
    collusions = {kind: meet_colluders(kind, runs, checkpoints) for kind in (COPYING, *DECEIVING)}
    goals = [
        (
            f"Review wins back at least {LEAST_WON:.0%} of the valid requests that it may settle",
            right / len(open_rows),
            right >= LEAST_WON * len(open_rows),
        ),
        ("… of all valid requests that uncertainty costs", right / len(valid), right >= LEAST_WON * len(valid)),
        (f"At most {MOST_WRONG:.0%} of what it adds is wrong", wrong / confirmed, wrong <= MOST_WRONG * confirmed),
        *(
            (
                f"Two who collude are found by {checkpoints[-1]} known pairs in {LEAST_FOUND:.0%}: {kind}",
                found[-1] / runs,
                found[-1] >= LEAST_FOUND * runs,
            )
            for kind, (found, _) in list(collusions.items())[:2]
        ),
    ]
    lines = [
        "# Review",
        "",
        f"Written by `make bench-review` (bench/review.py) in {time.monotonic() - started:,.0f} s; nothing is typed.",
        (
            f"{seeds} simulated populations of {PEOPLE:,} people with {REQUESTS:,} requests each,"
            " matched and decided by the"
        ),
        f"policy of `{AGREEMENT}`, once plain and once with {LOOK_ALIKES.names:.0%} of the requests under a look-alike",
        f"of a name on record and {LOOK_ALIKES.addresses:.0%} at one of an address. Rows that set forth no address are",
        "left out. The reviewers are simulated: real people may do better or worse, and nothing here measures one.",
        "",
        "## Goals",
        "",
        "| goal | measured | reached |",
        "|---|---|---|",
        *(f"| {goal} | {value:.1%} | {'yes' if is_reached else '**no**'} |" for goal, value, is_reached in goals),
        "",
        "The office of the first three is that of two careful and two tired reviewers, in the plain population. The",
        "second goal cannot be reached by any reviewer: it counts rows that people may not settle (ADR 0055).",
        "",
        "## What uncertainty costs, and what people may settle",
        "",
        f"Of {len(plain):,} uncertain rows {len(valid):,} are valid. Of these",
        f"{to_share(len(open_rows), len(valid))} fall short of nothing but what a person can judge, and",
        f"{to_share(len(case_rows), len(valid))} become a case: the others' taxpayer number differs, or more",
        "people are there than a case lists.",
        "",
        *tabulate_conditions(plain),
        "## What review adds",
        "",
        *won_lines,
        "",
        "An office that takes every other name at the address for a slip, unless the number differs, is the worst that",
        (
            "can come of names that no reader can tell from a slip."
            " What the measured office confirms, by what was displayed:"
        ),
        "",
        *kind_lines,
        "",
        "| reviewer | false same | false different | cannot tell |",
        "|---|---|---|---|",
        *(
            f"| {name} | {r.false_same:.0%} | {r.false_different:.0%} | {r.unsure:.0%} |"
            for name, r in REVIEWERS.items()
        ),
        "",
        "These are averages: a tenth of the cases is hard, and there everybody errs five times as often as on average.",
        "Where all that is displayed is equal, everybody says same, whoever it is.",
        "",
        "## Two who collude",
        "",
        f"Two among six, of whom four judge alone, two careful and two tired; {runs} offices of each kind. Somebody",
        "honest is accused where any other two are found.",
        "",
        "| how they collude | known pairs of each | found | somebody honest accused |",
        "|---|---|---|---|",
        *(
            f"| {kind} | {known} | {to_share(found[n], runs)} | {to_share(accused[n], runs)} |"
            for kind, (found, accused) in collusions.items()
            for n, known in enumerate(checkpoints)
        ),
    ]
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return 0 if all(is_reached for goal, _, is_reached in goals if not goal.startswith("…")) else 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(
        main(
            int(arguments[0]) if arguments else SEEDS,
            int(arguments[1]) if arguments[1:] else RUNS,
            Path(arguments[2]) if arguments[2:] else OUT,
        )
    )
