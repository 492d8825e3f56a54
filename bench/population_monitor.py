"""Draw batches of a population and of others, and count which are held; writes docs/results/population-monitor.md.

    .venv/bin/python bench/population_monitor.py [--data FOLDER] [--out PAGE]

Files of `comity simulate` are matched once, and batches of 2,000 to 20,000 requests are drawn from them with
replacement: of the population that an agreement names, of one with a third of the share of valid requests that its
range has at least, of one with twice the relatives that it has at most, and of one with more valid requests. FOLDER
keeps the files for another run. Ends with 1, after writing the page, if more than 5 % of the first are held, fewer than
90 % of the second and third, or more than 5 % of the last.

Guarantees: figures are counted, none is typed; intervals are exact (Clopper-Pearson, 95 %).
Does not: show a request or a record.
Start at `main`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from accuracy import markdown_table

from comity.decide import MixtureRange, find_departure
from comity.decide.mixture import estimate_mixture
from comity.evaluate.labelled_data import align_truth, boolean_column, read_requests
from comity.figures.exact_intervals import clopper_pearson
from comity.law import PopulationProfile, load_law, load_populations
from comity.match import Index, build_index, load_default_model, match_requests, matcher
from comity.match.mixture_scales import SCALES_FILE
from comity.match.scoring import RequestScores
from comity.model.likelihoods import Codes, encode_likelihoods
from comity.pipeline import derive_mixture_range
from comity.simulate import RequestMix, run_simulation
from comity.simulate.scenarios import AUGUST_ROW_KINDS, RELATIVES_KIND

OUT = Path(__file__).parents[1] / "docs/results/population-monitor.md"
POPULATION, AGREEMENT, SHAPE = "few-valid", "irs-ice-2025", "august-2025-cured"
CREATED_AT = datetime(2025, 6, 25, 12, tzinfo=UTC)
PEOPLE, REQUESTS, BATCHES = 200_000, 30_000, 200
SMALLEST, LARGEST, FULL_SIZE = 2_000, 20_000, 1_280_000
SIZE_BANDS = ((2_000, 4_000), (4_000, 9_000), (9_000, 20_001))
MOST_HELD, LEAST_HELD = 0.05, 0.90


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one mix, by seed, and whether batches of it must be held."""

    title: str
    seeds: Sequence[int]
    must_be_held: bool
    mix: RequestMix = field(default_factory=RequestMix)


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """The complete requests of a file: the code of each, how many are about whom in truth, and seconds of matching."""

    group: Group
    seed: int
    codes: Codes
    valid: int
    relatives: int
    match_seconds: float
    code_seconds: float


@dataclass(frozen=True, slots=True)
class DrawnBatches:
    """The sizes of the batches of a group, and which were held."""

    group: Group
    sizes: Any
    is_held: Any
    seconds: float

    @property
    def meets_goal(self) -> bool:
        """Return whether as many are held as must be, or as few as may be."""
        share = float(self.is_held.mean())
        return share >= LEAST_HELD if self.group.must_be_held else share <= MOST_HELD


def list_groups(profile: PopulationProfile, allowed: MixtureRange) -> tuple[Group, ...]:
    """Return the groups: shares of valid requests and of relatives follow from the profile's range."""
    measured = json.loads((files("comity.match") / SCALES_FILE).read_text(encoding="utf-8"))
    fitted = measured[load_default_model().weights_fingerprint]["fitted"]["family"]
    relatives = AUGUST_ROW_KINDS[RELATIVES_KIND] * 2 * profile.odds.family.most / fitted
    return (
        Group("as agreed", (601, 602, 603), must_be_held=False),
        Group(
            f"{allowed.least_valid / 3:.2%} valid: a third of the range's least",
            (611, 612),
            must_be_held=True,
            mix=RequestMix(valid=allowed.least_valid / 3),
        ),
        Group(
            f"{relatives:.1%} relatives on no record: twice the range's most",
            (621, 622),
            must_be_held=True,
            mix=RequestMix(relatives=relatives),
        ),
        Group("30% valid: the safe side", (631,), must_be_held=False, mix=RequestMix(valid=0.3)),
    )


def measure_file(group: Group, seed: int, data: Path) -> MeasuredFile:
    """Simulate a file unless it is there, match its complete requests on one thread, and return their codes."""
    run = data / f"seed-{seed}"
    if not (run / "index").exists():
        run_simulation(
            people=PEOPLE, requests=REQUESTS, seed=seed, out=run, shape=SHAPE, created_at=CREATED_AT, mix=group.mix
        )
        build_index([run / "records"], run / "index")
    requests = read_requests(next((run / "batch").glob("requests.*")))
    truth = align_truth(pq.read_table(run / "truth.parquet"), requests)
    is_complete = boolean_column(truth, "complete")
    seconds = [0.0]

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def run_timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                seconds[0] += time.perf_counter() - start

        return run_timed

    with Index.open(run / "index") as index:
        complete = requests.filter(pa.array(is_complete))
        match_requests(index, complete.slice(0, 100), threads=1)
        with (
            patch.object(matcher, "encode_likelihoods", timed(encode_likelihoods)),
            patch.object(RequestScores, "weigh_without_priors", timed(RequestScores.weigh_without_priors)),
        ):
            start = time.perf_counter()
            evidence = match_requests(index, complete, threads=1)
            match_seconds = time.perf_counter() - start
    is_valid = boolean_column(truth, "confirmed")[is_complete]
    is_relative = np.array(truth["aim"].to_pylist())[is_complete] == RELATIVES_KIND
    counts = int(is_valid.sum()), int((is_relative & ~is_valid).sum())
    return MeasuredFile(group, seed, evidence["likelihoods"].to_numpy(), *counts, match_seconds, seconds[0])


def draw_batches(group: Group, measured: Sequence[MeasuredFile], allowed: MixtureRange) -> DrawnBatches:
    """Draw the batches of a group from its files in turn, and check each."""
    rng = np.random.default_rng(measured[0].seed)
    sizes = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), BATCHES)).astype(int)
    start = time.perf_counter()
    is_held = np.array(
        [
            find_departure(rng.choice(measured[number % len(measured)].codes, size), allowed) is not None
            for number, size in enumerate(sizes)
        ]
    )
    return DrawnBatches(group, sizes, is_held, time.perf_counter() - start)


def time_full_size(codes: Codes, allowed: MixtureRange) -> float:
    """Return how many seconds a batch as large as that of August 2025 takes."""
    batch = np.random.default_rng(1).choice(codes, FULL_SIZE)
    start = time.perf_counter()
    find_departure(batch, allowed)
    return time.perf_counter() - start


def held_rows(drawn: Sequence[DrawnBatches]) -> list[list[object]]:
    """Return one row for each group and band of sizes, and one for all sizes."""
    rows: list[list[object]] = []
    for one in drawn:
        for low, high in (*SIZE_BANDS, (SMALLEST, LARGEST + 1)):
            chosen = one.is_held[(one.sizes >= low) & (one.sizes < high)]
            ends = clopper_pearson(int(chosen.sum()), len(chosen))
            is_all = (low, high) == (SMALLEST, LARGEST + 1)
            goal = f"at least {LEAST_HELD:.0%}" if one.group.must_be_held else f"at most {MOST_HELD:.0%}"
            rows.append(
                [
                    one.group.title,
                    "**all**" if is_all else f"{low:,} to {high - 1:,}",
                    len(chosen),
                    int(chosen.sum()),
                    f"{chosen.mean():.1%} ({ends[0]:.1%} to {ends[1]:.1%})",
                    goal if is_all else "",
                    ("yes" if one.meets_goal else "**no**") if is_all else "",
                ]
            )
    return rows


def estimate_rows(measured: Sequence[MeasuredFile]) -> list[list[object]]:
    """Return one row for each file: what is estimated, beside what is so."""
    rows: list[list[object]] = []
    for one in measured:
        mixture = estimate_mixture(one.codes)
        valid, family, others = map(float, mixture.shares)
        low, high = mixture.limits_of_valid(1.96)
        rows.append(
            [
                one.group.title,
                one.seed,
                f"{len(one.codes):,}",
                f"{one.valid / len(one.codes):.2%}",
                f"{valid:.2%} ({low:.2%} to {high:.2%})",
                f"{one.relatives / one.valid:.1f}",
                f"{family / valid:.1f}",
                f"{len(one.codes) / one.valid - 1 - one.relatives / one.valid:.1f}",
                f"{others / valid:.1f}",
            ]
        )
    return rows


def format_table(header: str, rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    return "\n".join(markdown_table(header, rows)).rstrip()


def render_page(
    drawn: Sequence[DrawnBatches], measured: Sequence[MeasuredFile], allowed: MixtureRange, full_seconds: float
) -> str:
    """Render the page as Markdown."""
    share = sum(one.code_seconds for one in measured) / sum(one.match_seconds for one in measured)
    each = sum(one.seconds for one in drawn) / sum(len(one.sizes) for one in drawn)
    held_header = "batches | requests in each | batches | held | share, 95 % interval | goal | met"
    estimate_header = (
        "file | seed | requests | valid, in truth | estimated (95 %) | relatives for each valid one, in truth "
        "| estimated | others for each valid one, in truth | estimated"
    )
    return f"""# Batches that are not of their population

Written by `make bench-monitor` (bench/population_monitor.py); nothing here is typed. The population is `{POPULATION}`,
as an agreement may name it. Its range, as the estimate sees it with the shipped weights: at most
{allowed.most_family:.2f} requests about relatives on no record and {allowed.most_others:.1f} about others for each one
about a person on record, so that at least {allowed.least_valid:.2%} are. What is outside on that side is held
(ADR 0053).

## Which batches are held

{BATCHES} batches of each kind, of {SMALLEST:,} to {LARGEST:,} requests, drawn with replacement from files of
`comity simulate --shape {SHAPE}` ({PEOPLE:,} people, {REQUESTS:,} requests each, of which the complete ones count). No
weight, profile or scale was measured on files of these seeds.

{format_table(held_header, held_rows(drawn))}

Batches of one file share its requests, so the intervals are about batches drawn from these files.

## What is estimated

No label is used. In truth, a valid request is about a person on record at that address.

{format_table(estimate_header, estimate_rows(measured))}

## What it costs

The codes took {share:.2%} of the time of matching, and 4 bytes for each request. Estimating and checking took
{each * 1000:.0f} ms for a batch of those above, and {full_seconds:.2f} s for one of {FULL_SIZE:,} requests.
"""


def main() -> int:
    """Measure, write the page, and return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    profile = load_populations()[POPULATION]
    agreement = load_law().get_agreement(AGREEMENT).model_copy(update={"population": POPULATION})
    allowed = derive_mixture_range(agreement)
    if allowed is None:
        sys.exit("no scale was measured for the shipped weights: tools/measure_mixture_scale.py")
    groups = list_groups(profile, allowed)
    with tempfile.TemporaryDirectory() as folder:
        data = args.data or Path(folder)
        measured = []
        for group in groups:
            for seed in group.seeds:
                measured.append(measure_file(group, seed, data))
                print(f"seed {seed}: {len(measured[-1].codes):,} requests", flush=True)
    drawn = [draw_batches(group, [one for one in measured if one.group is group], allowed) for group in groups]
    page = render_page(drawn, measured, allowed, time_full_size(measured[0].codes, allowed))
    args.out.write_text(page, encoding="utf-8")
    print(page)
    return 0 if all(one.meets_goal for one in drawn) else 1


if __name__ == "__main__":
    sys.exit(main())
