"""Measure claims on files of many mixes: what is confirmed wrongly, and what was claimed.

    .venv/bin/python bench/claims.py --data FOLDER [--peers .venv-bench/bin/python [--splink MIX ...]] [--mix MIX ...]
        [--population MIX:ID ...]

Writes docs/results/claims.md. FOLDER has a folder for each mix of `MIXES`, and in each the runs: folders of the
evaluation protocol (records, requests and truth as Parquet), or of `comity simulate`. Runs of mixes that `comity
simulate` makes are made if they are missing. The runs of a mix are pooled; each request is decided under the policy of
the shipped agreement, and with `--population` also as if the agreement named another population profile. Of the
protocol only the test split is measured, and of simulated files the requests that set forth a name and an address: the
gates refuse the others. Splink (bench/splink_peer.py) runs beside on the protocol's runs, once with the prior that its
user can estimate, and once with the true number of valid requests as its prior, which no user knows.

Guarantees: figures are counted, none is typed; intervals are exact (Clopper-Pearson, 95 %).
Does not: show a request or a record; make the runs of the protocol.
Start at `MIXES`.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from accuracy import markdown_table
from accuracy_runs import AGREEMENT, run_splink

from comity.decide import determine_outcomes, evaluate_conditions
from comity.evaluate.evidence_metrics import HIGH_CONFIDENCE, measure_evidence
from comity.evaluate.labelled_data import BoolArray, FloatArray, align_truth, boolean_column, read_requests
from comity.figures.exact_intervals import clopper_pearson
from comity.figures.svg import (
    AXIS_COLOR,
    PlotArea,
    axes_elements,
    circle_element,
    legend_elements,
    line_element,
    series_color,
    svg_document,
)
from comity.law import Agreement, find_population, load_law
from comity.match import Index, build_index, load_default_model, match_requests
from comity.pipeline import derive_match_policy
from comity.simulate import RequestMix, run_simulation

OUT = Path(__file__).parents[1] / "docs/results/claims.md"
CREATED_AT = datetime(2025, 8, 7, 12, 0, tzinfo=UTC)
COMITY, SPLINK, SPLINK_TRUE_PRIOR = "Comity", "careful", "careful, true prior"
MAX_CALIBRATION_GAP, MAX_ECE = 0.002, 0.005
AUGUST_SEEDS, PLAIN_SEEDS, OTHER_SEEDS = (541, 542, 543), (551, 552, 553), tuple(range(91, 101))
"""Of files on which neither a weight was fitted nor a threshold shown."""


@dataclass(frozen=True, slots=True)
class SimulatedRuns:
    """How `comity simulate` makes the runs of a mix: one for each seed."""

    people: int
    requests: int
    seeds: Sequence[int]
    shape: str = "plain"
    mix: RequestMix = field(default_factory=RequestMix)


@dataclass(frozen=True, slots=True)
class Mix:
    """A mix of requests: its folder, what it is, and what must hold there.

    `min_recall` is that of the complete valid requests, or of all valid ones (`is_recall_of_all`); None for no goal.
    """

    name: str
    max_wrong: float
    min_recall: float | None
    simulated: SimulatedRuns | None = None
    is_recall_of_all: bool = False


RELATIVES = RequestMix(
    valid=0.05,
    relatives=0.5,
    relative_kinds={"child": 100, "junior": 3, "sibling": 10, "namesake": 1},
    with_number=0.6,
    wrong_numbers=0.1,
)
MIXES = (
    Mix("default", 0.001, 0.92),
    Mix("tin-0.6", 0.001, 0.93),
    Mix("unrecorded-0.5", 0.001, 0.90),
    Mix("unrecorded-0.5-valid-0.05-tin-0.95", 0.001, 0.90),
    Mix("unrecorded-0.5-valid-0.05", 0.002, 0.75),
    Mix(
        "august-2025-cured",
        0.001,
        0.70,
        SimulatedRuns(1_000_000, 400_000, AUGUST_SEEDS, "august-2025-cured"),
        is_recall_of_all=True,
    ),
    Mix("simulated-valid-0.6", 0.001, None, SimulatedRuns(300_000, 40_000, PLAIN_SEEDS, mix=RequestMix(valid=0.6))),
    Mix("relatives-half-numbers-0.6", 0.001, None, SimulatedRuns(300_000, 40_000, OTHER_SEEDS, mix=RELATIVES)),
)
"""Mixes of the protocol are named after its options. The last has relatives and wrong numbers at other shares than any
shape of `comity simulate`, so a model fitted on those is measured on what it has not seen."""


@dataclass(frozen=True, slots=True)
class MeasuredMix:
    """The requests of all runs of a mix: truth, each tool's probabilities, and Comity's outcomes.

    `population` is the id of the profile that the agreement names, or is taken to name. `failed` has, by condition of
    the policy, which requests fail it.
    """

    mix: Mix
    population: str
    runs: tuple[str, ...]
    confirmed: BoolArray
    complete: BoolArray
    outcome: Any
    failed: dict[str, BoolArray]
    probabilities: dict[str, FloatArray]

    @property
    def title(self) -> str:
        """Return the mix and the profile, which name a row."""
        return f"{self.mix.name}, {self.population}"

    @property
    def wrong(self) -> int:
        """Count matches that the truth does not confirm."""
        return int((self.is_match & ~self.confirmed).sum())

    @property
    def is_match(self) -> BoolArray:
        """Return which requests are matches."""
        matches: BoolArray = self.outcome == "match"
        return matches

    @property
    def recalled(self) -> tuple[int, int]:
        """Return how many valid requests are matches, and how many there are: complete ones, or all."""
        valid = self.confirmed & (self.complete | self.mix.is_recall_of_all)
        return int((valid & self.is_match).sum()), int(valid.sum())


def list_runs(mix: Mix, data: Path) -> list[Path]:
    """Return the folders of a mix's runs; those that `comity simulate` makes are made first, if missing."""
    folder = data / mix.name
    if plan := mix.simulated:
        for seed in plan.seeds:
            run = folder / f"seed-{seed}"
            if not (run / "truth.parquet").exists():
                partial = folder / f".seed-{seed}.part"
                run_simulation(
                    people=plan.people,
                    requests=plan.requests,
                    seed=seed,
                    out=partial,
                    shape=plan.shape,
                    mix=plan.mix,
                    created_at=CREATED_AT,
                )
                partial.rename(run)
    return sorted(path for path in folder.glob("[!.]*") if (path / "truth.parquet").exists())


def list_files(run: Path) -> tuple[Path, Path]:
    """Return the records and the requests of a run, in either layout."""
    if (run / "records.parquet").exists():
        return run / "records.parquet", run / "requests.parquet"
    return run / "records", next((run / "batch").glob("requests.*"))


def measure_run(mix: Mix, run: Path, agreements: Sequence[Agreement], peers: Path | None) -> list[MeasuredMix]:
    """Match and decide the requests of one run's test split, or its complete ones, under each agreement.

    Splink runs beside under the first.
    """
    records, requests_file = list_files(run)
    requests = read_requests(requests_file)
    truth = align_truth(pq.read_table(run / "truth.parquet"), requests)
    confirmed, complete = boolean_column(truth, "confirmed"), boolean_column(truth, "complete")
    is_split = "split" in truth.column_names
    # of simulated files only complete requests: the gates refuse the others, so nothing is matched for them
    chosen = pc.equal(truth["split"], "test").to_numpy(zero_copy_only=False) if is_split else complete
    of_peers = {}
    if peers and records.suffix == ".parquet":
        answers = run_splink(peers, run, requests["request_id"], "--valid", str(int(confirmed.sum())))
        for name in (SPLINK, SPLINK_TRUE_PRIOR):
            weight = np.clip(answers[name][0], -1000, 1000)
            of_peers[name] = np.where(np.isfinite(answers[name][0]), 1 / (1 + np.exp2(-weight)), 0.0)[chosen]
    asked = requests.filter(pa.array(chosen))
    measured: list[MeasuredMix] = []
    with tempfile.TemporaryDirectory() as folder:
        build_index([records], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            for agreement in agreements:
                population, policy = find_population(agreement), derive_match_policy(agreement)
                evidence = match_requests(index, asked, shares=population.least_favorable)
                conditions = evaluate_conditions(evidence, policy)
                probabilities = {COMITY: evidence["match_probability"].to_numpy()}
                measured.append(
                    MeasuredMix(
                        mix,
                        population.id,
                        (run.name,),
                        confirmed[chosen],
                        complete[chosen],
                        np.array(determine_outcomes(evidence, policy)["outcome"].to_pylist(), dtype=str),
                        {name: ~is_met.to_numpy(zero_copy_only=False) for name, is_met in conditions.items()},
                        probabilities if measured else probabilities | of_peers,
                    )
                )
    return measured


def pool_runs(runs: Sequence[MeasuredMix]) -> MeasuredMix:
    """Concatenate the requests of the runs of one mix."""
    return MeasuredMix(
        runs[0].mix,
        runs[0].population,
        tuple(name for run in runs for name in run.runs),
        np.concatenate([run.confirmed for run in runs]),
        np.concatenate([run.complete for run in runs]),
        np.concatenate([run.outcome for run in runs]),
        {name: np.concatenate([run.failed[name] for run in runs]) for name in runs[0].failed},
        {name: np.concatenate([run.probabilities[name] for run in runs]) for name in runs[0].probabilities},
    )


def share_text(hits: int, total: int, digits: int = 3) -> str:
    """Return a share with its exact interval."""
    low, high = clopper_pearson(hits, total)
    return f"{hits / max(total, 1):.{digits}%} ({low:.{digits}%} to {high:.{digits}%})"


def outcome_rows(measured: Sequence[MeasuredMix]) -> Iterator[list[object]]:
    """Yield one row for each mix: what was confirmed, wrongly and rightly, against the goals."""
    for m in measured:
        matches = int(m.is_match.sum())
        hits, valid = m.recalled
        goal = "" if m.mix.min_recall is None else f", {m.mix.min_recall:.2f}"
        is_met = m.wrong <= m.mix.max_wrong * matches and hits >= (m.mix.min_recall or 0) * valid
        yield [
            m.mix.name,
            m.population,
            len(m.runs),
            f"{len(m.confirmed):,}",
            f"{m.confirmed.mean():.1%}",
            f"{matches:,}",
            f"{m.wrong} of {matches:,}: {share_text(m.wrong, matches)}",
            share_text(hits, valid, 1),
            f"{m.mix.max_wrong:.1%}{goal}",
            "yes" if is_met else "**no**",
        ]


def claim_rows(measured: Sequence[MeasuredMix]) -> Iterator[list[object]]:
    """Yield one row for each mix and tool: claimed minus true from 0.99 up, ECE, and ranking."""
    for m in measured:
        for name, probability in m.probabilities.items():
            evidence = measure_evidence(probability, m.confirmed)
            high, recall = evidence.high_confidence, evidence.recall_at_error_rate
            true = round(high.observed_share * high.requests)
            gap = f"{100 * high.calibration_gap:+.2f}" if high.requests else ""
            is_met = abs(high.calibration_gap) <= MAX_CALIBRATION_GAP and evidence.ece <= MAX_ECE
            yield [
                m.mix.name,
                m.population if name == COMITY else "",
                name if name == COMITY else f"Splink, {name}",
                f"{high.requests - true} of {high.requests:,}",
                f"{true / max(int(m.confirmed.sum()), 1):.3f}",
                gap,
                f"{evidence.ece:.4f}",
                f"{recall[0.002]:.3f}",
                f"{recall[0.001]:.3f}",
                ("yes" if is_met else "**no**") if name == COMITY else "",
            ]


def condition_rows(measured: Sequence[MeasuredMix]) -> Iterator[list[object]]:
    """Yield one row for each condition: by mix, the complete valid requests that fail it, and that fail it alone."""
    for name in measured[0].failed:
        cells = []
        for m in measured:
            valid = m.confirmed & m.complete
            failures = np.sum([fails[valid] for fails in m.failed.values()], axis=0)
            of_this = m.failed[name][valid]
            cells.append(f"{of_this.mean():.1%} ({(of_this & (failures == 1)).mean():.1%})")
        yield [name, *cells]


LOWEST_SHARE, HIGHEST_SHARE = 1e-5, 0.3
SHARE_TICKS = (0.00001, 0.0001, 0.001, 0.01, 0.1)


def _axis_share(share: float) -> float:
    """Return where a wrong share lies on a logarithmic axis; the bottom is `LOWEST_SHARE` and less."""
    span = math.log(HIGHEST_SHARE / LOWEST_SHARE)
    return min(1.0, math.log(max(share, LOWEST_SHARE) / LOWEST_SHARE) / span)


def draw_wrong_shares(measured: Sequence[MeasuredMix]) -> str:
    """Draw by mix the wrong share of confirmations, and of what each tool gives 0.99 and more, with exact intervals."""
    area = PlotArea(width=720.0, height=400.0, left=78.0, right=28.0, top=14.0, bottom=50.0)
    places = [(number + 0.5) / len(measured) for number in range(len(measured))]
    ticks = [(_axis_share(share), f"{100 * share:g} %") for share in SHARE_TICKS]
    names = [(place, str(number)) for number, place in enumerate(places, 1)]
    elements = axes_elements(area, "mix, by its row in the table", "wrong (log scale)", names, ticks)
    tolerated = _axis_share(0.001)
    elements.append(line_element(area.point(0, tolerated), area.point(1, tolerated), AXIS_COLOR, ' stroke-width="2"'))
    titles = ["Comity, confirmed", f"Comity from {HIGH_CONFIDENCE}", "Splink careful", "Splink with the true prior"]
    for place, m in zip(places, measured, strict=True):
        counts = [(m.wrong, int(m.is_match.sum()))]
        for name in (COMITY, SPLINK, SPLINK_TRUE_PRIOR):
            is_high = m.probabilities.get(name, np.zeros(len(m.confirmed))) >= HIGH_CONFIDENCE
            counts.append((int((is_high & ~m.confirmed).sum()), int(is_high.sum())))
        for series, (wrong, total) in enumerate(counts):
            if not total:
                continue
            x, color = area.x(place) + 9.0 * (series - 1.5), series_color(series)
            low, high = (area.y(_axis_share(end)) for end in clopper_pearson(wrong, total))
            elements += [
                line_element((x, low), (x, high), color, ' stroke-width="1.6"'),
                circle_element(
                    (x, area.y(_axis_share(wrong / total))),
                    4,
                    f'fill="{color}"',
                    f"{m.title}, {titles[series]}: {wrong} of {total:,}",
                ),
            ]
    elements += legend_elements(area, titles, top=1.0)
    return svg_document(area, "Wrong share by mix of requests", elements, is_file=True)


OUTCOME_HEADER = (
    "mix | profile | runs | requests | valid | confirmed | of them wrong | recall | goal: wrong, recall | met"
)
CLAIM_HEADER = (
    "mix | profile | tool | wrong of its 0.99 and more | recall there | claimed minus true, points | ECE "
    "| recall at 0.2 % wrong | at 0.1 % | within 0.2 points and 0.005"
)


def list_agreements(mix: Mix, populations: Sequence[str]) -> list[Agreement]:
    """Return the shipped agreement, and the same as if it named each other profile that `populations` has for the mix.

    `populations` are mixes and ids of profiles, as MIX:ID.
    """
    shipped = load_law().get_agreement(AGREEMENT)
    named = [name for of_mix, _, name in (each.partition(":") for each in populations) if of_mix == mix.name]
    return [shipped, *(shipped.model_copy(update={"population": name}) for name in named)]


def render_page(measured: Sequence[MeasuredMix], chart: str) -> str:
    """Render the page as Markdown."""
    shipped = load_law().get_agreement(AGREEMENT)
    agreements = [shipped.model_copy(update={"population": name}) for name in sorted({m.population for m in measured})]
    return "\n".join(
        [
            "# Claims in files of many mixes",
            "",
            "Written by `make bench-claims` (bench/claims.py); nothing here is typed. Simulated people only: runs of",
            "the evaluation protocol (pseudopeople; named after its options, test split) and of `comity simulate`. The",
            "runs of a mix are pooled. Intervals are exact, 95 %, as if requests were independent. Recall is that of",
            "complete valid requests, and of all valid ones in the shape of August 2025. Of simulated files only",
            "requests that set forth a name and an address are measured: the gates refuse the others. Splink runs",
            "without labels on runs of the protocol, where it is listed; its true prior is the number of valid",
            "requests, which no user knows.",
            "",
            f"Model {load_default_model().fingerprint}. {AGREEMENT} names the population profile",
            f"{find_population(shipped).id}; rows with another one say what would be if it named that. Policies:",
            "",
            *(f"- {find_population(each).id}: {derive_match_policy(each)}" for each in agreements),
            "",
            "## What is confirmed",
            "",
            *markdown_table(OUTCOME_HEADER, outcome_rows(measured)),
            f"![Wrong share by mix]({chart})",
            "",
            "## What complete valid requests fail",
            "",
            "The share that fails each condition of the policy, and in brackets the share that fails it alone.",
            "",
            *markdown_table(" | ".join(["condition", *(m.title for m in measured)]), condition_rows(measured)),
            "## What is claimed",
            "",
            *markdown_table(CLAIM_HEADER, claim_rows(measured)),
            "## Runs",
            "",
            *(f"- {m.title}: {', '.join(m.runs)}" for m in measured),
            "",
        ]
    )


def main() -> None:
    """Measure and write the page and its picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", type=Path, help="the Python of the peers' environment; without it, Comity alone")
    parser.add_argument("--splink", action="append", help="run Splink on these mixes alone: a minute or more a run")
    parser.add_argument("--mix", action="append", choices=[mix.name for mix in MIXES], help="measure these mixes alone")
    parser.add_argument("--population", action="append", default=[], help="MIX:ID, measure a mix with this profile too")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    began, measured = time.perf_counter(), []
    for mix in MIXES:
        if args.mix and mix.name not in args.mix:
            continue
        runs = []
        for run in list_runs(mix, args.data):
            has_peers = args.splink is None or mix.name in args.splink
            agreements = list_agreements(mix, args.population)
            runs.append(measure_run(mix, run, agreements, args.peers if has_peers else None))
            print(f"{mix.name}/{run.name}: {time.perf_counter() - began:.0f} s", flush=True)
        if runs:
            measured += [pool_runs(of_profile) for of_profile in zip(*runs, strict=True)]
        else:
            print(f"{mix.name}: no run in {args.data}, not measured", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    chart = args.out.with_name("claims-wrong-shares.svg")
    chart.write_text(draw_wrong_shares(measured), encoding="utf-8")
    text = render_page(measured, chart.name)
    args.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
