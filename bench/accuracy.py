"""Measure accuracy on the evaluation protocol, with Splink for comparison; writes docs/results/accuracy.md and charts.

    .venv/bin/python bench/accuracy.py --peers .venv-bench/bin/python RUN...

RUN is a folder of the evaluation protocol: records, requests and truth, as Parquet. Folders with a name ending in -n3
(noise 3) are measured apart. Each run is matched once and decided as `comity.evaluate.evaluation` does, under its
default policy and under that of the shipped agreement, and through bench/splink_peer.py in the peers' environment;
febrl4 goes through both too. The test split of all runs is then measured together.

Guarantees: figures are counted, none is typed; a threshold never splits a tie; peers see neither truth nor split.
Does not: show a request or a record.
Start at `main`.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from accuracy_runs import (
    AGREEMENT,
    COMITY,
    LinkageResult,
    MeasuredSplit,
    ToolScores,
    agreement_policy,
    measure_febrl4,
    measure_run,
    pool_runs,
)

from comity.evaluate.error_analysis import ErrorKind, count_by_kind
from comity.evaluate.evaluation import default_policy
from comity.evaluate.evidence_metrics import (
    ERROR_RATES,
    EvidenceMetrics,
    measure_evidence,
    rank_by_score,
    recall_at_error_rate,
)
from comity.evaluate.groups import COMPARED_GROUPS, NO_LABEL, RecallGap, break_down_by_label
from comity.evaluate.labelled_data import BoolArray, FloatArray, boolean_column
from comity.evaluate.outcome_counts import measure_outcomes
from comity.figures.charts import (
    OperatingPoint,
    PrecisionRecallCurve,
    ReliabilitySeries,
    draw_precision_recall,
    draw_reliability_diagram,
)
from comity.figures.exact_intervals import clopper_pearson, fisher_exact_p, holm_adjust
from comity.match import load_default_model, read_model

OUT = Path(__file__).parents[1] / "docs/results/accuracy.md"
CAREFUL_SPLINK, CAREFUL_SPLINK_TF = "careful", "careful, address frequency"
BOOTSTRAP_DRAWS = 400


def bootstrap_recall(answers: ToolScores, confirmed: BoolArray, weights: npt.NDArray[np.int64], share: float) -> float:
    """Return recall at an error rate when each request counts as often as its household was drawn."""
    order = np.argsort(-answers.score, kind="stable")
    score, hits, repeats = answers.score[order], confirmed[order], weights[order]
    is_last_of_tie = np.r_[score[1:] != score[:-1], True] & (score > 0)
    right, accepted = np.cumsum(repeats * hits)[is_last_of_tie], np.cumsum(repeats)[is_last_of_tie]
    is_within = accepted - right <= share * accepted
    return float(right[is_within].max() / max((weights * confirmed).sum(), 1)) if is_within.any() else 0.0


def bootstrap_by_household(split: MeasuredSplit, names: Sequence[str], share: float) -> dict[str, FloatArray]:
    """Return each tool's recall at an error rate over redrawn households, with the same draws for every tool."""
    _, household = np.unique(np.array([str(v) for v in split.truth["household"].to_pylist()]), return_inverse=True)
    draw, count = np.random.default_rng(1), int(household.max()) + 1
    repeats = [np.bincount(draw.integers(0, count, count), minlength=count)[household] for _ in range(BOOTSTRAP_DRAWS)]
    confirmed = split.confirmed
    return {
        n: np.array([bootstrap_recall(split.answers[n], confirmed, draws, share) for draws in repeats]) for n in names
    }


def format_middle_90(values: FloatArray) -> str:
    """Format the middle 90 % of the draws."""
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{low:.3f} to {high:.3f}"


def markdown_table(header: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a Markdown table and an empty line; the columns of the header are separated by bars."""
    columns = header.count("|") + 1
    return [
        f"| {header} |",
        "|" + "---|" * columns,
        *("| " + " | ".join(str(v) for v in row) + " |" for row in rows),
        "",
    ]


def tool_title(name: str) -> str:
    """Return a tool's name in full."""
    return name if name.startswith(COMITY) else f"Splink 5, {name}"


def measure_tool(split: MeasuredSplit, name: str) -> EvidenceMetrics:
    """Measure a tool's probabilities over all requests."""
    return measure_evidence(split.answers[name].probability, split.confirmed)


def evidence_rows(split: MeasuredSplit, draws: dict[str, FloatArray]) -> list[list[str]]:
    """Return one row for each tool: recall at each error rate, at its own 0.99, calibration."""
    rows = []
    for name, answers in split.answers.items():
        evidence = measure_tool(split, name)
        shares = [f"{recall_at_error_rate(answers.score, split.confirmed, share):.4f}" for share in ERROR_RATES]
        high, confirmed = evidence.high_confidence, max(int(split.confirmed.sum()), 1)
        at_high = " | "
        if high.requests:
            at_high = f"{high.requests * high.observed_share / confirmed:.4f} | {1 - high.observed_share:.3%}"
        spread = format_middle_90(draws[name]) if name in draws else ""
        gap = f"{100 * high.calibration_gap:+.2f}"
        rows.append([tool_title(name), *shares, spread, at_high, gap, f"{evidence.ece:.4f}"])
    return rows


def outcome_rows(split: MeasuredSplit) -> list[list[object]]:
    """Return one row for each policy and kind of request."""
    return [
        [
            policy,
            o.name,
            f"{o.requests:,}",
            f"{o.matches:,}",
            o.wrong,
            f"{o.error_rate:.3%} ({o.error_rate_interval[0]:.3%} to {o.error_rate_interval[1]:.3%})",
            f"{o.recall:.4f}",
            f"{o.recall_incl_review:.4f}",
            f"{o.review_rate:.2%}",
        ]
        for policy, determinations in split.determinations.items()
        for o in measure_outcomes(determinations, split.truth)
    ]


def group_section(title: str, determinations: pa.Table, truth: pa.Table) -> tuple[list[str], RecallGap | None]:
    """Tabulate wrong confirmations and missed valid ones by group; return also the widest gap of recall."""
    (label,) = break_down_by_label(determinations, truth.select(["confirmed", "group"]))

    def verdict(p: float, *, is_different: bool) -> str:
        return f"{'**differs**' if is_different else 'too small to tell'} (p = {p:.2g})"

    def share(hits: int, total: int) -> str:
        low, high = clopper_pearson(hits, total)
        return f"{hits / max(total, 1):.2%} ({low:.2%} to {high:.2%})"

    rows = [
        [
            o.name,
            f"{o.requests:,}",
            f"{o.matches:,}",
            o.wrong,
            share(o.wrong, o.matches),
            verdict(group.wrong_p_value, is_different=group.is_error_rate_different),
            share(o.missed, o.confirmed),
            verdict(group.missed_p_value, is_different=group.is_miss_rate_different),
        ]
        for group in label.groups
        for o in [group.outcomes]
    ]
    lines = [f"### Groups: {title}", "", *markdown_table(GROUP_HEADER, rows)]
    if label.widest_gap:
        gap = label.widest_gap
        pair = f"{gap.highest_group} {gap.percentage_points:.2f} points above {gap.lowest_group}"
        chance = "more than chance" if gap.is_significant else "too small to tell"
        lines += [
            (
                f"Widest gap of recall among the {COMPARED_GROUPS} largest groups: {pair}, {chance} "
                f"(p = {gap.p_value:.2g}, adjusted for all pairs)."
            ),
            "",
        ]
    return lines, label.widest_gap


def household_section(determinations: pa.Table, truth: pa.Table) -> list[str]:
    """Tabulate wrong confirmations by group with every household counted once, because people recur over the runs."""
    matched: dict[str, dict[str, bool]] = {}
    rows = zip(
        *(truth[c].to_pylist() for c in ("group", "household", "confirmed")),
        determinations["outcome"].to_pylist(),
        strict=True,
    )
    for group, household, confirmed, outcome in rows:
        if outcome == "match":
            homes = matched.setdefault(str(group or NO_LABEL), {})
            homes[household] = homes.get(household, False) or not confirmed
    counts = {
        group: (sum(homes.values()), len(homes)) for group, homes in sorted(matched.items(), key=lambda e: -len(e[1]))
    }
    hits, total = (sum(c[i] for c in counts.values()) for i in (0, 1))
    tests = holm_adjust([fisher_exact_p(h, n, hits - h, total - n) for h, n in counts.values()])
    lines = [
        [group, f"{n:,}", h, f"{'**differs**' if p < 0.05 else 'too small to tell'} (p = {p:.2g})"]
        for (group, (h, n)), p in zip(counts.items(), tests, strict=True)
    ]
    header = "group | households with a match | with a wrong one | against the others"
    title = "The same, every household counted once, whatever the number of runs it recurs in:"
    return [title, "", *markdown_table(header, lines)]


def accept_at_error_rate(answers: ToolScores, confirmed: BoolArray, share: float) -> pa.Table:
    """Return, as outcomes, what the best threshold within an error rate would accept."""
    right, wrong = rank_by_score(answers.score[answers.score > 0], confirmed[answers.score > 0])
    levels = np.unique(answers.score[answers.score > 0])[::-1]
    within = np.flatnonzero(wrong <= share * (right + wrong))
    threshold = levels[within[np.argmax(right[within])]] if len(within) else np.inf
    return pa.table({"outcome": np.where(answers.score >= threshold, "match", "non_match")})


def error_kind_rows(kinds: Sequence[ErrorKind]) -> list[list[object]]:
    """Return one row for each kind of error."""
    return [[k.name, k.match, k.review, k.non_match, f"{k.worst_probability:.4f}"] for k in kinds]


def target_rows(
    split: MeasuredSplit, noisy: MeasuredSplit | None, gaps: dict[str, RecallGap | None], links: Sequence[LinkageResult]
) -> list[list[object]]:
    """Return one row for each target: what is required, what was measured, and whether it is met."""
    confirmed, answers = split.confirmed, split.answers
    evidence = measure_tool(split, COMITY)
    at_2, at_1 = (recall_at_error_rate(answers[COMITY].score, confirmed, share) for share in (0.002, 0.001))
    complete = measure_outcomes(split.determinations["default"], split.truth)[1]
    rows: list[tuple[str, str, str, bool]] = [
        ("recall at 0.2 % wrong, all requests", "at least 0.955", f"{at_2:.4f}", at_2 >= 0.955),
        ("recall at 0.1 % wrong, all requests", "at least 0.94", f"{at_1:.4f}", at_1 >= 0.94),
    ]
    for peer in (CAREFUL_SPLINK, CAREFUL_SPLINK_TF):
        if peer in answers:
            rows += [
                (f"recall at {share:.1%} wrong, {tool_title(peer)}", "below Comity's", f"{recall:.4f}", recall < comity)
                for share, comity in ((0.002, at_2), (0.001, at_1))
                for recall in [recall_at_error_rate(answers[peer].score, confirmed, share)]
            ]
    for name in answers:
        if name.startswith(f"{COMITY},"):
            recall = recall_at_error_rate(answers[name].score, confirmed, 0.002)
            rows.append((f"recall at 0.2 % wrong, {name}", "at least 0.945", f"{recall:.4f}", recall >= 0.945))
    error_rate, recall_incl_review = complete.error_rate, complete.recall_incl_review
    calibration_gap = evidence.high_confidence.calibration_gap
    rows += [
        ("wrong among matches, complete requests", "at most 0.1 %", f"{error_rate:.3%}", error_rate <= 0.001),
        ("recall of matches, complete requests", "at least 0.92", f"{complete.recall:.4f}", complete.recall >= 0.92),
        (
            "match or review, complete requests",
            "at least 0.98",
            f"{recall_incl_review:.4f}",
            recall_incl_review >= 0.98,
        ),
        (
            "put to review, complete requests",
            "at most 8 %",
            f"{complete.review_rate:.2%}",
            complete.review_rate <= 0.08,
        ),
        (
            "claimed minus true from 0.99 up, points",
            "within 0.2",
            f"{100 * calibration_gap:+.3f}",
            abs(calibration_gap) <= 0.002,
        ),
        ("calibration error (ECE)", "at most 0.005", f"{evidence.ece:.4f}", evidence.ece <= 0.005),
    ]
    for title, gap in gaps.items():
        if gap:
            chance = "more than chance" if gap.is_significant else "too small to tell"
            rows.append(
                (
                    f"recall gap among the four largest groups, points: {title}",
                    "at most 1, or noise",
                    f"{gap.percentage_points:.2f} ({chance}, p = {gap.p_value:.2g})",
                    gap.percentage_points <= 1 or not gap.is_significant,
                )
            )
    if noisy:
        share = measure_outcomes(noisy.determinations["default"], noisy.truth)[1].error_rate
        rows.append(
            ("noise 3: wrong among matches, complete requests", "at most 0.3 %", f"{share:.3%}", share <= 0.003)
        )
    if links:
        rows.append(("febrl4: F1 at the best threshold", "at least 0.990", f"{links[0].f1:.4f}", links[0].f1 >= 0.99))
    return [[target, required, measured, "yes" if is_met else "**no**"] for target, required, measured, is_met in rows]


GROUP_HEADER = (
    "group | requests | accepted | wrong | wrong share | against the others | missed share | against the others"
)
EVIDENCE_HEADER = (
    "tool | 1 % | 0.5 % | 0.2 % | 0.1 % | 0.2 %: middle 90 % of redrawn households | recall at its 0.99 "
    "| wrong at its 0.99 | claimed minus true, points | ECE"
)
OUTCOME_HEADER = "policy | requests | number | matched | wrong | wrong share | recall | match or review | reviewed"


def noise_section(title: str, split: MeasuredSplit, runs: Sequence[Path], folder: Path) -> list[str]:
    """Render evidence, outcomes and calibration of some runs; charts are written in `folder`, unless it is empty."""
    names = [n for n in (COMITY, CAREFUL_SPLINK_TF, CAREFUL_SPLINK) if n in split.answers]
    draws = bootstrap_by_household(split, list(split.answers), 0.002)
    counts = f"{len(split.confirmed):,} requests, {int(split.confirmed.sum()):,} truly confirmed"
    lines = [f"## {title}", "", f"Runs: {', '.join(run.name for run in runs)}. {counts}.", ""]
    lines += [
        "### Evidence: recall where at most so many of the accepted are wrong",
        "",
        *markdown_table(EVIDENCE_HEADER, evidence_rows(split, draws)),
    ]
    if CAREFUL_SPLINK_TF in draws:
        ahead = draws[COMITY] - draws[CAREFUL_SPLINK_TF]
        lines += [
            (
                "Comity less the careful user with address frequency, at 0.2 %, same redrawn households: "
                f"{format_middle_90(ahead)}; above in {(ahead > 0).mean():.0%} of {BOOTSTRAP_DRAWS} draws."
            ),
            "",
        ]
    if folder != Path():
        outcomes = measure_outcomes(split.determinations["default"], split.truth)[0]
        curves = [
            PrecisionRecallCurve(tool_title(n), precision_recall_points(split, n))
            for n in [*names, *(["untuned"] if "untuned" in split.answers else [])]
        ]
        dot = OperatingPoint("Comity under policy", outcomes.recall, 1 - outcomes.error_rate)
        (folder / "accuracy-precision-recall.svg").write_text(
            draw_precision_recall(curves, [dot], is_file=True), encoding="utf-8"
        )
        series = [ReliabilitySeries(tool_title(n), measure_tool(split, n).bins) for n in names[:2]]
        (folder / "accuracy-reliability.svg").write_text(
            draw_reliability_diagram(series, is_file=True), encoding="utf-8"
        )
        lines += ["![Precision against recall](accuracy-precision-recall.svg)", ""]
        lines += ["![Claimed against observed](accuracy-reliability.svg)", ""]
    lines += ["### Outcomes under policy", "", *markdown_table(OUTCOME_HEADER, outcome_rows(split))]
    evidence = measure_tool(split, COMITY)
    bins = [
        [
            b.low,
            b.high,
            f"{b.requests:,}",
            f"{b.mean_probability:.4f}",
            f"{b.observed_share:.4f}",
            f"{b.observed_interval[0]:.4f} to {b.observed_interval[1]:.4f}",
        ]
        for b in (*evidence.bins, evidence.high_confidence)
    ]
    lines += [
        "### Calibration of Comity, all requests",
        "",
        *markdown_table("claimed from | to | requests | mean claim | observed | exact 95 %", bins),
    ]
    return lines


def precision_recall_points(split: MeasuredSplit, name: str) -> list[tuple[float, float]]:
    """Return (recall, precision) as the threshold falls, by the score that the tool ranks by."""
    answers = split.answers[name]
    right, wrong = rank_by_score(answers.score[answers.score > 0], split.confirmed[answers.score > 0])
    return [(float(r / split.confirmed.sum()), float(r / (r + w))) for r, w in zip(right, wrong, strict=True)]


def run_section(plain: dict[Path, MeasuredSplit]) -> list[str]:
    """Tabulate recall at 0.2 % wrong of each tool, run by run, to show how steady the figures are."""
    names = list(next(iter(plain.values())).answers)
    rows = [
        [run.name, *(f"{recall_at_error_rate(p.answers[n].score, p.confirmed, 0.002):.4f}" for n in names)]
        for run, p in plain.items()
    ]
    return [
        "### Recall at 0.2 % wrong, run by run",
        "",
        *markdown_table(" | ".join(["run", *map(tool_title, names)]), rows),
    ]


def febrl4_section(links: Sequence[LinkageResult], without: int) -> list[str]:
    """Render the results of both tools on febrl4."""
    rows = [[x.name, x.threshold, f"{x.precision:.4f}", f"{x.recall:.4f}", f"{x.f1:.4f}"] for x in links]
    return [
        "## febrl4, name and address only",
        "",
        "5,000 requests, 5,000 records, each request about one record; birth date and social security number left out.",
        "The best threshold is chosen with the truth, for both tools; 0.5 is not. Splink may look people up by name",
        "alone; Comity may not (promise 1).",
        "",
        *markdown_table("tool | accepted from | precision | recall | F1", rows),
        f"Comity has no candidate for {without:,} of the 5,000.",
        "",
    ]


def render_page(
    plain: dict[Path, MeasuredSplit],
    noisy: dict[Path, MeasuredSplit],
    links: tuple[list[LinkageResult], int] | None,
    folder: Path,
) -> str:
    """Render the page as Markdown, and write its charts in `folder`."""
    split, noise = pool_runs(list(plain.values())), pool_runs(list(noisy.values())) if noisy else None
    chosen = pa.array(boolean_column(split.truth, "complete"))
    default, evidence = (
        split.determinations["default"],
        accept_at_error_rate(split.answers[COMITY], split.confirmed, 0.002),
    )
    group_lines, gaps = [], {}
    for title, determinations, truth in (
        ("outcomes, complete requests", default.filter(chosen), split.truth.filter(chosen)),
        ("outcomes, all requests", default, split.truth),
        ("evidence, all requests, accepted where 0.2 % are wrong", evidence, split.truth),
    ):
        lines, gaps[title] = group_section(title, determinations, truth)
        group_lines += lines + household_section(determinations, truth)
    lines = [
        "# Accuracy of matching",
        "",
        'Written by `make bench-accuracy RUNS="..."` (bench/accuracy.py); nothing here is typed. Simulated people',
        "(pseudopeople), the evaluation protocol's test split only. All tools see the same files in the same run;",
        "Splink runs from bench/splink_peer.py, without labels. Recall at a wrong share: requests are ranked by the",
        "tool's own score over all requests, one answer each, and the best recall is taken among the thresholds within",
        "the share, chosen with the truth, for every tool alike. Requests with the same score are accepted together or",
        "not at all. Intervals of shares are exact (Clopper-Pearson), as if labels were independent; those by redrawn",
        "households allow for people of one household, and for one person in several runs.",
        "",
        f"Model {load_default_model().fingerprint}.",
        "",
        f"Policy default: {default_policy(load_default_model())}.",
        f"Policy {AGREEMENT}: {agreement_policy()}.",
        "",
        "## Targets",
        "",
        *markdown_table(
            "measure | target | measured | met", target_rows(split, noise, gaps, links[0] if links else [])
        ),
        *noise_section("Default noise", split, list(plain), folder),
        *run_section(plain),
        *group_lines,
        "### Errors by kind, default policy",
        "",
        "Classified by the likeliest record. Wrong: confirmed, or at 0.99 and more but held back by policy. Missed: to",
        "be confirmed and not matched.",
        "",
        *markdown_table(
            "wrong: confused with | matched | review | non_match | highest probability",
            error_kind_rows(count_by_kind(split.errors, "wrong")),
        ),
        *markdown_table(
            "missed because | matched | review | non_match | lowest probability",
            error_kind_rows(count_by_kind(split.errors, "missed")),
        ),
    ]
    if noise:
        lines += noise_section("Noise 3", noise, list(noisy), Path())
    return "\n".join([*lines, *(febrl4_section(*links) if links else [])])


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--peers", type=Path, help="the Python of the peers' environment; without it, Comity alone")
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME=FILE", help="measure another model file too"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    began = time.perf_counter()
    models = {f"{COMITY}, {n}": read_model(Path(f)) for n, f in (m.split("=", 1) for m in args.model)}
    measured: dict[Path, MeasuredSplit] = {}
    for run in args.runs:
        measured[run] = measure_run(run, args.peers, models)
        print(f"{run.name}: {time.perf_counter() - began:.0f} s", flush=True)
    plain, noisy = (
        {r: m for r, m in measured.items() if r.name.endswith("-n3") is is_noisy} for is_noisy in (False, True)
    )
    links = measure_febrl4(args.peers) if args.peers else None
    args.out.parent.mkdir(parents=True, exist_ok=True)
    text = render_page(plain, noisy, links, args.out.parent)
    args.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
