"""Accuracy on the evaluation protocol, Splink beside it: writes docs/results/accuracy.md and its pictures.

    .venv/bin/python bench/accuracy.py --peers .venv-bench/bin/python RUN...

RUN is a folder made by ../shared/eval/pseudopeople_protocol.py (records.parquet, requests.parquet, truth.parquet); folders whose
name ends in -n3 (noise 3) are measured apart. Each run is matched once and decided as `comity.evaluate.evaluate` does, under its own policy and
under that of the shipped agreement, and through bench/splink_peer.py in the peers' environment; febrl4 goes through both likewise. The
test split of all runs is then measured together.

Guarantees: figures are counted, none is typed; a threshold never splits a tie; peers see neither truth nor split.
Does not: show a request or a record.
Start at `main`.
"""

import argparse
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.decide import MatchPolicy, determine_outcomes
from comity.evaluate.error_analysis import ErrorKind, classify_errors, count_by_kind
from comity.evaluate.evaluation import default_policy, read_requests
from comity.evaluate.groups import GAP_GROUP_COUNT, NO_LABEL, RecallGap, break_down_by_label
from comity.evaluate.measures import (
    ERROR_RATES,
    BoolArray,
    EvidenceMetrics,
    FloatArray,
    boolean_column,
    match_probabilities,
    measure_evidence,
    measure_outcomes,
    rank_by_score,
    recall_at_error_rate,
)  # fmt: skip
from comity.figures.charts import (
    OperatingPoint,
    PrecisionRecallCurve,
    ReliabilitySeries,
    draw_precision_recall,
    draw_reliability_diagram,
)
from comity.figures.exact_intervals import clopper_pearson, fisher_exact_p, holm_adjust
from comity.law.loader import load_law
from comity.match import Index, Model, build_index, load_default_model, match_requests, read_model
from comity.pipeline import derive_match_policy

HERE = Path(__file__).parent
OUT = HERE.parent / "docs/results/accuracy.md"
SPLINK_CACHE = HERE.parent / "out/peers"
"""Splink's answers, named after the hash of its program, its versions and the files it read: measured once for each."""
AGREEMENT = "irs-ice-2025"
COMITY, CAREFUL_SPLINK, CAREFUL_SPLINK_TF = "Comity", "careful", "careful, address frequency"
BOOTSTRAP_DRAWS = 400


@dataclass(frozen=True, slots=True)
class ToolScores:
    """What a tool says of the test split of some runs: a score to rank by and a probability for each request."""

    score: FloatArray
    probability: FloatArray


@dataclass(frozen=True, slots=True)
class MeasuredSplit:
    """The test split of one run or of several: the truth, every tool's answers, and Comity's determinations by policy."""

    truth: pa.Table
    answers: dict[str, ToolScores]
    determinations: dict[str, pa.Table]
    errors: pa.Table

    @property
    def confirmed(self) -> BoolArray:
        """Which requests are truly to be confirmed."""
        return boolean_column(self.truth, "confirmed")


def agreement_policy() -> MatchPolicy:
    """The policy of the shipped agreement."""
    return derive_match_policy(load_law().get_agreement(AGREEMENT))


def run_splink(
    peers: Path, run: Path, request_ids: pa.ChunkedArray, *extra: str
) -> dict[str, tuple[FloatArray, pa.Array]]:
    """Every Splink model's match weight for each request (minus infinity without a candidate), and its record.

    Its answers are kept in `KEPT`, so that another model of Comity is measured beside the very same ones.
    """
    sources = [
        HERE / "splink_peer.py",
        HERE.parent / "requirements/bench.txt",
        run / "records.parquet",
        run / "requests.parquet",
    ]
    of_these = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)).hexdigest()
    out = SPLINK_CACHE / f"{of_these}.parquet"
    if not out.exists():
        SPLINK_CACHE.mkdir(parents=True, exist_ok=True)
        part = out.with_suffix(f".{os.getpid()}.part")
        command = [peers, HERE / "splink_peer.py", run, part, *extra]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        part.rename(out)
    table = pq.read_table(out)
    found = {}
    for model in pc.unique(table["model"]).to_pylist():
        rows = table.filter(pc.equal(table["model"], model))
        at = pc.index_in(request_ids, rows["request_id"].combine_chunks())
        weight = rows["match_weight"].cast(pa.float64()).take(at).fill_null(-np.inf)
        found[str(model)] = (weight.to_numpy(), rows["record_id"].take(at))
    return found


def measure_run(run: Path, peers: Path | None, models: dict[str, Model]) -> MeasuredSplit:
    """One run through everything, compared once for each model; its test split is kept."""
    requests = read_requests(run / "requests.parquet")
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, requests)
            others = {name: match_requests(index, requests, model=model) for name, model in models.items()}
    truth = pq.read_table(run / "truth.parquet")
    truth = truth.take(pc.index_in(requests["request_id"], truth["request_id"].combine_chunks()))
    policies = {"default": default_policy(load_default_model()), AGREEMENT: agreement_policy()}
    determinations = {name: determine_outcomes(evidence, policy) for name, policy in policies.items()}
    errors = classify_errors(
        run / "records.parquet", requests, evidence, determinations["default"],
        confirmed=pa.array(boolean_column(truth, "confirmed")), policy=policies["default"],
    )  # fmt: skip
    chosen = pc.equal(truth["split"], "test")
    keep = chosen.to_numpy(zero_copy_only=False)
    answers = {}
    for name, said in {COMITY: evidence, **others}.items():
        probability = match_probabilities(said)[keep]
        answers[name] = ToolScores(probability, probability)
    if peers:
        for name, (weight, _) in run_splink(peers, run, requests["request_id"]).items():
            rank = np.where(np.isfinite(weight), weight + 2000, 0.0)  # above 0: there is a candidate
            answers[name] = ToolScores(rank[keep], (1 / (1 + np.exp2(-np.maximum(weight, -1000.0))))[keep])
    asked = pc.is_in(errors["request_id"], truth["request_id"].filter(chosen).combine_chunks())
    return MeasuredSplit(
        truth.filter(chosen).select(["request_id", "confirmed", "complete", "group", "household"]), answers,
        {name: table.filter(chosen) for name, table in determinations.items()}, errors.filter(asked),
    )  # fmt: skip


def pool_runs(parts: Sequence[MeasuredSplit]) -> MeasuredSplit:
    """Several runs as one."""
    joined = {
        name: ToolScores(
            *(np.concatenate([getattr(p.answers[name], f.name) for p in parts]) for f in fields(ToolScores))
        )
        for name in parts[0].answers
    }
    policies = {name: pa.concat_tables([p.determinations[name] for p in parts]) for name in parts[0].determinations}
    return MeasuredSplit(
        pa.concat_tables([p.truth for p in parts]), joined, policies, pa.concat_tables([p.errors for p in parts])
    )


# ------------------------------------------------------------------------------------------------- intervals by household


def bootstrap_recall(answers: ToolScores, confirmed: BoolArray, weights: npt.NDArray[np.int64], share: float) -> float:
    """Recall at a wrong share when each request counts as often as its household was drawn."""
    order = np.argsort(-answers.score, kind="stable")
    score, hits, times = answers.score[order], confirmed[order], weights[order]
    last = np.r_[score[1:] != score[:-1], True] & (score > 0)
    right, all_ = np.cumsum(times * hits)[last], np.cumsum(times)[last]
    fine = all_ - right <= share * all_
    return float(right[fine].max() / max((weights * confirmed).sum(), 1)) if fine.any() else 0.0


def bootstrap_by_household(found: MeasuredSplit, names: Sequence[str], share: float) -> dict[str, FloatArray]:
    """Recall at a wrong share for each tool over redrawn households, the same draws for all (people recur: one town)."""
    _, household = np.unique(np.array([str(v) for v in found.truth["household"].to_pylist()]), return_inverse=True)
    draw, count = np.random.default_rng(1), int(household.max()) + 1
    times = [np.bincount(draw.integers(0, count, count), minlength=count)[household] for _ in range(BOOTSTRAP_DRAWS)]
    confirmed = found.confirmed
    return {n: np.array([bootstrap_recall(found.answers[n], confirmed, t, share) for t in times]) for n in names}


def format_middle_90(values: FloatArray) -> str:
    """The middle 90 % of some draws."""
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{low:.3f} to {high:.3f}"


# -------------------------------------------------------------------------------------------------------------- the tables


def markdown_table(head: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """A markdown table and an empty line; the head is written with bars."""
    columns = head.count("|") + 1
    return [f"| {head} |", "|" + "---|" * columns, *("| " + " | ".join(str(v) for v in row) + " |" for row in rows), ""]


def tool_title(name: str) -> str:
    """A tool's name in full."""
    return name if name.startswith(COMITY) else f"Splink 5, {name}"


def measure_tool(found: MeasuredSplit, name: str) -> EvidenceMetrics:
    """A tool's evidence over all requests."""
    return measure_evidence(found.answers[name].probability, found.confirmed)


def evidence_rows(found: MeasuredSplit, draws: dict[str, FloatArray]) -> list[list[str]]:
    """One row per tool: recall at each wrong share, its own 0.99, calibration."""
    rows = []
    for name, answers in found.answers.items():
        evidence = measure_tool(found, name)
        shares = [f"{recall_at_error_rate(answers.score, found.confirmed, share):.4f}" for share in ERROR_RATES]
        sure = evidence.high_confidence
        own = (
            f"{sure.requests * sure.observed_share / max(int(found.confirmed.sum()), 1):.4f} | {1 - sure.observed_share:.3%}"
            if sure.requests
            else " | "
        )
        spread = format_middle_90(draws[name]) if name in draws else ""
        rows.append(
            [tool_title(name), *shares, spread, own, f"{100 * sure.calibration_gap:+.2f}", f"{evidence.ece:.4f}"]
        )
    return rows


def outcome_rows(found: MeasuredSplit) -> list[list[str]]:
    """One row per policy and kind of requests."""
    return [
        [
            policy, o.name, f"{o.requests:,}", f"{o.matches:,}", o.wrong,
            f"{o.error_rate:.3%} ({o.error_rate_interval[0]:.3%} to {o.error_rate_interval[1]:.3%})", f"{o.recall:.4f}", f"{o.recall_incl_review:.4f}",
            f"{o.review_rate:.2%}",
        ]
        for policy, determinations in found.determinations.items()
        for o in measure_outcomes(determinations, found.truth)
    ]  # fmt: skip


def group_section(title: str, determinations: pa.Table, truth: pa.Table) -> tuple[list[str], RecallGap | None]:
    """Wrong confirmations and missed valid ones by group, and the widest gap of recall among the largest."""
    (label,) = break_down_by_label(determinations, truth.select(["confirmed", "group"]))

    def told(p: float, *, is_told: bool) -> str:
        return f"{'**differs**' if is_told else 'too small to tell'} (p = {p:.2g})"

    def share(hits: int, total: int) -> str:
        low, high = clopper_pearson(hits, total)
        return f"{hits / max(total, 1):.2%} ({low:.2%} to {high:.2%})"

    rows = [
        [
            o.name, f"{o.requests:,}", f"{o.matches:,}", o.wrong, share(o.wrong, o.matches),
            told(g.wrong_p_value, is_told=g.is_error_rate_different), share(o.missed, o.confirmed), told(g.missed_p_value, is_told=g.is_miss_rate_different),
        ]
        for g in label.groups for o in [g.outcomes]
    ]  # fmt: skip
    lines = [f"### Groups: {title}", "", *markdown_table(GROUP_HEADER, rows)]
    if label.widest_gap:
        gap, said = label.widest_gap, "more than chance" if label.widest_gap.is_significant else "too small to tell"
        pair = f"{gap.highest_group} {gap.percentage_points:.2f} points above {gap.lowest_group}"
        lines += [
            f"Widest gap of recall among the {GAP_GROUP_COUNT} largest groups: {pair}, {said} (p = {gap.p_value:.2g}, raised for all pairs).",
            "",
        ]
    return lines, label.widest_gap


def household_section(determinations: pa.Table, truth: pa.Table) -> list[str]:
    """Wrong confirmations by group with every household counted once: people, and so their confusions, recur over the runs."""
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
    return ["The same, every household counted once, whatever the number of runs it recurs in:", "", *markdown_table("group | households with a match | with a wrong one | against the others", lines)]  # fmt: skip


def accept_at_error_rate(answers: ToolScores, confirmed: BoolArray, share: float) -> pa.Table:
    """What the best threshold within a wrong share would accept, as outcomes."""
    right, wrong = rank_by_score(answers.score[answers.score > 0], confirmed[answers.score > 0])
    levels = np.unique(answers.score[answers.score > 0])[::-1]
    fine = np.flatnonzero(wrong <= share * (right + wrong))
    least = levels[fine[np.argmax(right[fine])]] if len(fine) else np.inf
    return pa.table({"outcome": np.where(answers.score >= least, "match", "non_match")})


def error_kind_rows(kinds: Sequence[ErrorKind]) -> list[list[object]]:
    """Errors by kind."""
    return [[k.name, k.match, k.review, k.non_match, f"{k.worst_probability:.4f}"] for k in kinds]


# -------------------------------------------------------------------------------------------------------------- febrl4


@dataclass(frozen=True, slots=True)
class LinkageResult:
    """One tool on febrl4: precision, recall and F1 at a threshold."""

    name: str
    threshold: str
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def score_linkage(name: str, said: str, accepted: BoolArray, right: BoolArray) -> LinkageResult:
    """Precision and recall of the accepted answers."""
    hits = int((accepted & right).sum())
    return LinkageResult(name, said, hits / max(int(accepted.sum()), 1), hits / len(right))


def score_at_best_f1(name: str, weight: FloatArray, right: BoolArray) -> LinkageResult:
    """The threshold, among the scores seen, that gives the best F1: chosen with the truth, for every tool alike."""
    hits, wrong = rank_by_score(
        np.where(np.isfinite(weight), weight, -np.inf)[np.isfinite(weight)], right[np.isfinite(weight)]
    )
    levels = np.unique(weight[np.isfinite(weight)])[::-1]
    at = int(np.argmax(2 * hits / (hits + wrong + len(right))))
    return score_linkage(name, f"best of all (weight {levels[at]:.1f})", weight >= levels[at], right)


def measure_febrl4(peers: Path) -> tuple[list[LinkageResult], int]:
    """Comity and Splink on febrl4, name and address only, and how many requests Comity finds no candidate for."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "febrl4"
        subprocess.run([peers, HERE / "febrl4.py", run], check=True)
        truth = pq.read_table(run / "truth.parquet")
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = match_requests(index, read_requests(run / "requests.parquet"))
        true_record = truth["record_id"].take(pc.index_in(evidence["request_id"], truth["request_id"].combine_chunks()))
        peer, peer_record = run_splink(peers, run, evidence["request_id"], "--febrl4")["Splink"]
    right = pc.equal(evidence["record_id"], true_record).fill_null(False).to_numpy(zero_copy_only=False)
    probability = match_probabilities(evidence)
    weight = np.where(probability > 0, evidence["match_weight"].to_numpy(), -np.inf)
    outcome = np.array(determine_outcomes(evidence, default_policy(load_default_model()))["outcome"].to_pylist())
    peer_right = pc.equal(peer_record, true_record).fill_null(False).to_numpy(zero_copy_only=False)
    rows = [
        score_at_best_f1(COMITY, weight, right),
        score_linkage(COMITY, "0.5", probability >= 0.5, right),
        score_linkage(COMITY, "match under the default policy", outcome == "match", right),
        score_linkage(COMITY, "match or review under the default policy", outcome != "non_match", right),
        score_at_best_f1("Splink 5", peer, peer_right),
        score_linkage("Splink 5", "0.5", peer >= 0, peer_right),
    ]
    return rows, int((probability == 0).sum())


# -------------------------------------------------------------------------------------------------------------- the page


def target_rows(
    found: MeasuredSplit, noisy: MeasuredSplit | None, gaps: dict[str, RecallGap | None], links: Sequence[LinkageResult]
) -> list[list[object]]:
    """What issue and product ask, what was measured, and whether it is met."""
    confirmed, answers = found.confirmed, found.answers
    evidence = measure_tool(found, COMITY)
    at_2, at_1 = (recall_at_error_rate(answers[COMITY].score, confirmed, share) for share in (0.002, 0.001))
    complete = measure_outcomes(found.determinations["default"], found.truth)[1]
    rows: list[tuple[str, str, str, bool]] = [
        ("recall at 0.2 % wrong, all requests", "at least 0.955", f"{at_2:.4f}", at_2 >= 0.955),
        ("recall at 0.1 % wrong, all requests", "at least 0.94", f"{at_1:.4f}", at_1 >= 0.94),
    ]
    for peer in (CAREFUL_SPLINK, CAREFUL_SPLINK_TF):
        if peer in answers:
            rows += [
                (f"recall at {share:.1%} wrong, {tool_title(peer)}", "below Comity's", f"{theirs:.4f}", theirs < ours)
                for share, ours in ((0.002, at_2), (0.001, at_1))
                for theirs in [recall_at_error_rate(answers[peer].score, confirmed, share)]
            ]
    for name in answers:
        if name.startswith(f"{COMITY},"):
            recall = recall_at_error_rate(answers[name].score, confirmed, 0.002)
            rows.append((f"recall at 0.2 % wrong, {name}", "at least 0.945", f"{recall:.4f}", recall >= 0.945))
    rows += [
        ("wrong among matches, complete requests", "at most 0.1 %", f"{complete.error_rate:.3%}", complete.error_rate <= 0.001),
        ("recall of matches, complete requests", "at least 0.92", f"{complete.recall:.4f}", complete.recall >= 0.92),
        ("match or review, complete requests", "at least 0.98", f"{complete.recall_incl_review:.4f}", complete.recall_incl_review >= 0.98),
        ("put to review, complete requests", "at most 8 %", f"{complete.review_rate:.2%}", complete.review_rate <= 0.08),
        ("claimed minus true from 0.99 up, points", "within 0.2", f"{100 * evidence.high_confidence.calibration_gap:+.3f}", abs(evidence.high_confidence.calibration_gap) <= 0.002),
        ("calibration error (ECE)", "at most 0.005", f"{evidence.ece:.4f}", evidence.ece <= 0.005),
    ]  # fmt: skip
    for what, gap in gaps.items():
        if gap:
            said = f"{gap.percentage_points:.2f} ({'more than chance' if gap.is_significant else 'too small to tell'}, p = {gap.p_value:.2g})"
            rows.append((f"recall gap among the four largest groups, points: {what}", "at most 1, or noise", said, gap.percentage_points <= 1 or not gap.is_significant))  # fmt: skip
    if noisy:
        share = measure_outcomes(noisy.determinations["default"], noisy.truth)[1].error_rate
        rows.append(
            ("noise 3: wrong among matches, complete requests", "at most 0.3 %", f"{share:.3%}", share <= 0.003)
        )
    if links:
        rows.append(("febrl4: F1 at the best threshold", "at least 0.990", f"{links[0].f1:.4f}", links[0].f1 >= 0.99))
    return [[what, asked, said, "yes" if is_met else "**no**"] for what, asked, said, is_met in rows]


GROUP_HEADER = (
    "group | requests | accepted | wrong | wrong share | against the others | missed share | against the others"
)
EVIDENCE_HEADER = "tool | 1 % | 0.5 % | 0.2 % | 0.1 % | 0.2 %: middle 90 % of redrawn households | recall at its 0.99 | wrong at its 0.99 | claimed minus true, points | ECE"
OUTCOME_HEADER = "policy | requests | number | matched | wrong | wrong share | recall | match or review | reviewed"


def noise_section(title: str, found: MeasuredSplit, runs: Sequence[Path], folder: Path) -> list[str]:
    """Evidence, outcomes and calibration of some runs; pictures only for the first part."""
    names = [n for n in (COMITY, CAREFUL_SPLINK_TF, CAREFUL_SPLINK) if n in found.answers]
    draws = bootstrap_by_household(found, list(found.answers), 0.002)
    lines = [f"## {title}", "", f"Runs: {', '.join(r.name for r in runs)}. {len(found.confirmed):,} requests, {int(found.confirmed.sum()):,} truly confirmed.", ""]  # fmt: skip
    lines += [
        "### Evidence: recall where at most so many of the accepted are wrong",
        "",
        *markdown_table(EVIDENCE_HEADER, evidence_rows(found, draws)),
    ]
    if CAREFUL_SPLINK_TF in draws:
        ahead = draws[COMITY] - draws[CAREFUL_SPLINK_TF]
        lines += [f"Comity less the careful user with address frequency, at 0.2 %, same redrawn households: {format_middle_90(ahead)}; above in {(ahead > 0).mean():.0%} of {BOOTSTRAP_DRAWS} draws.", ""]  # fmt: skip
    if folder != Path():
        everyone = measure_outcomes(found.determinations["default"], found.truth)[0]
        curves = [
            PrecisionRecallCurve(tool_title(n), precision_recall_points(found, n))
            for n in [*names, *(["untuned"] if "untuned" in found.answers else [])]
        ]
        dot = OperatingPoint("Comity under policy", everyone.recall, 1 - everyone.error_rate)
        (folder / "accuracy-precision-recall.svg").write_text(
            draw_precision_recall(curves, [dot], is_file=True), encoding="utf-8"
        )
        series = [ReliabilitySeries(tool_title(n), measure_tool(found, n).bins) for n in names[:2]]
        (folder / "accuracy-reliability.svg").write_text(
            draw_reliability_diagram(series, is_file=True), encoding="utf-8"
        )
        lines += ["![Precision against recall](accuracy-precision-recall.svg)", "", "![Claimed against observed](accuracy-reliability.svg)", ""]  # fmt: skip
    lines += ["### Outcomes under policy", "", *markdown_table(OUTCOME_HEADER, outcome_rows(found))]
    evidence = measure_tool(found, COMITY)
    bins = [[b.low, b.high, f"{b.requests:,}", f"{b.mean_probability:.4f}", f"{b.observed_share:.4f}", f"{b.observed_interval[0]:.4f} to {b.observed_interval[1]:.4f}"] for b in (*evidence.bins, evidence.high_confidence)]  # fmt: skip
    lines += [
        "### Calibration of Comity, all requests",
        "",
        *markdown_table("claimed from | to | requests | mean claim | observed | exact 95 %", bins),
    ]
    return lines


def precision_recall_points(found: MeasuredSplit, name: str) -> list[tuple[float, float]]:
    """(recall, precision) as the threshold falls, by the score the tool ranks by."""
    answers = found.answers[name]
    right, wrong = rank_by_score(answers.score[answers.score > 0], found.confirmed[answers.score > 0])
    return [(float(r / found.confirmed.sum()), float(r / (r + w))) for r, w in zip(right, wrong, strict=True)]


def run_section(plain: dict[Path, MeasuredSplit]) -> list[str]:
    """Recall at 0.2 % wrong of each tool, run by run: how steady the figures are."""
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
    """What both tools make of febrl4."""
    rows = [[x.name, x.threshold, f"{x.precision:.4f}", f"{x.recall:.4f}", f"{x.f1:.4f}"] for x in links]
    return [
        "## febrl4, name and address only", "",
        "5,000 requests, 5,000 records, each request about one record; birth date and social security number left out. The best",
        "threshold is chosen with the truth, for both tools; 0.5 is not. Splink may look people up by name alone; Comity may not",
        "(promise 1).", "",
        *markdown_table("tool | accepted from | precision | recall | F1", rows),
        f"Comity has no candidate for {without:,} of the 5,000.", "",
    ]  # fmt: skip


def render_page(
    plain: dict[Path, MeasuredSplit],
    noisy: dict[Path, MeasuredSplit],
    links: tuple[list[LinkageResult], int] | None,
    folder: Path,
) -> str:
    """The whole page as markdown; pictures are written in `folder`."""
    found, noise = pool_runs(list(plain.values())), pool_runs(list(noisy.values())) if noisy else None
    chosen = pa.array(boolean_column(found.truth, "complete"))
    default, evidence = (
        found.determinations["default"],
        accept_at_error_rate(found.answers[COMITY], found.confirmed, 0.002),
    )
    group_lines, gaps = [], {}
    for title, determinations, truth in (
        ("outcomes, complete requests", default.filter(chosen), found.truth.filter(chosen)),
        ("outcomes, all requests", default, found.truth),
        ("evidence, all requests, accepted where 0.2 % are wrong", evidence, found.truth),
    ):
        lines, gaps[title] = group_section(title, determinations, truth)
        group_lines += lines + household_section(determinations, truth)
    lines = [
        "# Accuracy of matching", "",
        'Written by `make bench-accuracy RUNS="..."` (bench/accuracy.py); nothing here is typed. Simulated people (pseudopeople),',
        "the evaluation protocol's test split only. All tools see the same files in the same run; Splink runs from",
        "bench/splink_peer.py, without labels. Recall at a wrong share: requests are ranked by the tool's own score over all",
        "requests, one answer each, and the best recall is taken among the thresholds that keep within the share, chosen with the",
        "truth, for every tool alike. Requests of one score are accepted together or not at all. Intervals of shares are exact",
        "(Clopper-Pearson), as if labels were independent; those by redrawn households allow for people of one household, and for",
        "one person in several runs.", "",
        f"Model {load_default_model().fingerprint}.", "",
        *(f"Policy {name}: {policy}." for name, policy in (("default", default_policy(load_default_model())), (AGREEMENT, agreement_policy()))), "",
        "## What was asked", "",
        *markdown_table("what | asked | measured | met", target_rows(found, noise, gaps, links[0] if links else [])),
        *noise_section("Default noise", found, list(plain), folder), *run_section(plain), *group_lines,
        "### Errors by kind, default policy", "",
        "Told from the likeliest record. Wrong ones: confirmed, or 0.99 and more but held back by policy. Missed ones: to be",
        "confirmed and not matched.", "",
        *markdown_table("wrong: confused with | matched | review | non_match | highest probability", error_kind_rows(count_by_kind(found.errors, "wrong"))),
        *markdown_table("missed because | matched | review | non_match | lowest probability", error_kind_rows(count_by_kind(found.errors, "missed"))),
    ]  # fmt: skip
    if noise:
        lines += noise_section("Noise 3", noise, list(noisy), Path())
    return "\n".join([*lines, *(febrl4_section(*links) if links else [])])


def main() -> None:
    """Measure and write."""
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
