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

from comity.decide import MatchPolicy, determine
from comity.evaluate.charts import Curve, Dot, Series, precision_recall, reliability_diagram
from comity.evaluate.confusions import Kind, counted, errors_by_kind
from comity.evaluate.groups import LARGEST, NO_LABEL, Gap, by_label
from comity.evaluate.intervals import adjusted, difference_p, share_interval
from comity.evaluate.measures import (
    WRONG_SHARES,
    Bools,
    Evidence,
    Floats,
    flags,
    measure_evidence,
    measure_outcomes,
    probabilities,
    ranking,
    recall_at,
)  # fmt: skip
from comity.evaluate.run import default_policy, read_requests
from comity.law.loader import load
from comity.match import Index, Model, build_index, compare, load_model, read_model
from comity.pipeline import match_policy

HERE = Path(__file__).parent
OUT = HERE.parent / "docs/results/accuracy.md"
KEPT = HERE.parent / "out/peers"
"""Splink's answers, named after the hash of its program, its versions and the files it read: measured once for each."""
AGREEMENT = "irs-ice-2025"
COMITY, CAREFUL, FREQUENCY = "Comity", "careful", "careful, address frequency"
DRAWS = 400


@dataclass(frozen=True, slots=True)
class Answers:
    """What a tool says of the test split of some runs: a score to rank by and a probability for each request."""

    score: Floats
    probability: Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """The test split of one run or of several: the truth, every tool's answers, and Comity's determinations by policy."""

    truth: pa.Table
    answers: dict[str, Answers]
    determinations: dict[str, pa.Table]
    errors: pa.Table

    @property
    def confirmed(self) -> Bools:
        """Which requests are truly to be confirmed."""
        return flags(self.truth, "confirmed")


def agreement_policy() -> MatchPolicy:
    """The policy of the shipped agreement."""
    return match_policy(load().agreement(AGREEMENT))


def by_splink(peers: Path, run: Path, request_ids: pa.ChunkedArray, *extra: str) -> dict[str, tuple[Floats, pa.Array]]:
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
    out = KEPT / f"{of_these}.parquet"
    if not out.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
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


def measured_run(run: Path, peers: Path | None, models: dict[str, Model]) -> Measured:
    """One run through everything, compared once for each model; its test split is kept."""
    requests = read_requests(run / "requests.parquet")
    with tempfile.TemporaryDirectory() as folder:
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = compare(index, requests)
            others = {name: compare(index, requests, model=model) for name, model in models.items()}
    truth = pq.read_table(run / "truth.parquet")
    truth = truth.take(pc.index_in(requests["request_id"], truth["request_id"].combine_chunks()))
    policies = {"default": default_policy(load_model()), AGREEMENT: agreement_policy()}
    determinations = {name: determine(evidence, policy) for name, policy in policies.items()}
    errors = errors_by_kind(
        run / "records.parquet", requests, evidence, determinations["default"],
        confirmed=pa.array(flags(truth, "confirmed")), policy=policies["default"],
    )  # fmt: skip
    chosen = pc.equal(truth["split"], "test")
    keep = chosen.to_numpy(zero_copy_only=False)
    answers = {}
    for name, said in {COMITY: evidence, **others}.items():
        probability = probabilities(said)[keep]
        answers[name] = Answers(probability, probability)
    if peers:
        for name, (weight, _) in by_splink(peers, run, requests["request_id"]).items():
            rank = np.where(np.isfinite(weight), weight + 2000, 0.0)  # above 0: there is a candidate
            answers[name] = Answers(rank[keep], (1 / (1 + np.exp2(-np.maximum(weight, -1000.0))))[keep])
    asked = pc.is_in(errors["request_id"], truth["request_id"].filter(chosen).combine_chunks())
    return Measured(
        truth.filter(chosen).select(["request_id", "confirmed", "complete", "group", "household"]), answers,
        {name: table.filter(chosen) for name, table in determinations.items()}, errors.filter(asked),
    )  # fmt: skip


def pooled(parts: Sequence[Measured]) -> Measured:
    """Several runs as one."""
    joined = {
        name: Answers(*(np.concatenate([getattr(p.answers[name], f.name) for p in parts]) for f in fields(Answers)))
        for name in parts[0].answers
    }
    policies = {name: pa.concat_tables([p.determinations[name] for p in parts]) for name in parts[0].determinations}
    return Measured(
        pa.concat_tables([p.truth for p in parts]), joined, policies, pa.concat_tables([p.errors for p in parts])
    )


# ------------------------------------------------------------------------------------------------- intervals by household


def redrawn_recall(answers: Answers, confirmed: Bools, weights: npt.NDArray[np.int64], share: float) -> float:
    """Recall at a wrong share when each request counts as often as its household was drawn."""
    order = np.argsort(-answers.score, kind="stable")
    score, hits, times = answers.score[order], confirmed[order], weights[order]
    last = np.r_[score[1:] != score[:-1], True] & (score > 0)
    right, all_ = np.cumsum(times * hits)[last], np.cumsum(times)[last]
    fine = all_ - right <= share * all_
    return float(right[fine].max() / max((weights * confirmed).sum(), 1)) if fine.any() else 0.0


def household_draws(found: Measured, names: Sequence[str], share: float) -> dict[str, Floats]:
    """Recall at a wrong share for each tool over redrawn households, the same draws for all (people recur: one town)."""
    _, household = np.unique(np.array([str(v) for v in found.truth["household"].to_pylist()]), return_inverse=True)
    draw, count = np.random.default_rng(1), int(household.max()) + 1
    times = [np.bincount(draw.integers(0, count, count), minlength=count)[household] for _ in range(DRAWS)]
    confirmed = found.confirmed
    return {n: np.array([redrawn_recall(found.answers[n], confirmed, t, share) for t in times]) for n in names}


def middle_90(values: Floats) -> str:
    """The middle 90 % of some draws."""
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{low:.3f} to {high:.3f}"


# -------------------------------------------------------------------------------------------------------------- the tables


def table(head: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """A markdown table and an empty line; the head is written with bars."""
    columns = head.count("|") + 1
    return [f"| {head} |", "|" + "---|" * columns, *("| " + " | ".join(str(v) for v in row) + " |" for row in rows), ""]


def named(name: str) -> str:
    """A tool's name in full."""
    return name if name.startswith(COMITY) else f"Splink 5, {name}"


def evidence_of(found: Measured, name: str) -> Evidence:
    """A tool's evidence over all requests."""
    return measure_evidence(found.answers[name].probability, found.confirmed)


def evidence_rows(found: Measured, draws: dict[str, Floats]) -> list[list[str]]:
    """One row per tool: recall at each wrong share, its own 0.99, calibration."""
    rows = []
    for name, answers in found.answers.items():
        evidence = evidence_of(found, name)
        shares = [f"{recall_at(answers.score, found.confirmed, share):.4f}" for share in WRONG_SHARES]
        sure = evidence.sure
        own = (
            f"{sure.requests * sure.observed / max(int(found.confirmed.sum()), 1):.4f} | {1 - sure.observed:.3%}"
            if sure.requests
            else " | "
        )
        spread = middle_90(draws[name]) if name in draws else ""
        rows.append([named(name), *shares, spread, own, f"{100 * sure.gap:+.2f}", f"{evidence.ece:.4f}"])
    return rows


def outcome_rows(found: Measured) -> list[list[str]]:
    """One row per policy and kind of requests."""
    return [
        [
            policy, o.name, f"{o.requests:,}", f"{o.match:,}", o.wrong,
            f"{o.wrong_share:.3%} ({o.wrong_interval[0]:.3%} to {o.wrong_interval[1]:.3%})", f"{o.recall:.4f}", f"{o.found:.4f}",
            f"{o.review_share:.2%}",
        ]
        for policy, determinations in found.determinations.items()
        for o in measure_outcomes(determinations, found.truth)
    ]  # fmt: skip


def group_part(title: str, determinations: pa.Table, truth: pa.Table) -> tuple[list[str], Gap | None]:
    """Wrong confirmations and missed valid ones by group, and the widest gap of recall among the largest."""
    (label,) = by_label(determinations, truth.select(["confirmed", "group"]))

    def told(p: float, *, is_told: bool) -> str:
        return f"{'**differs**' if is_told else 'too small to tell'} (p = {p:.2g})"

    def share(hits: int, total: int) -> str:
        low, high = share_interval(hits, total)
        return f"{hits / max(total, 1):.2%} ({low:.2%} to {high:.2%})"

    rows = [
        [
            o.name, f"{o.requests:,}", f"{o.match:,}", o.wrong, share(o.wrong, o.match),
            told(g.wrong_p, is_told=g.is_wrong_different), share(o.missed, o.confirmed), told(g.missed_p, is_told=g.is_missed_different),
        ]
        for g in label.groups for o in [g.outcomes]
    ]  # fmt: skip
    lines = [f"### Groups: {title}", "", *table(GROUPS, rows)]
    if label.gap:
        gap, said = label.gap, "more than chance" if label.gap.is_told else "too small to tell"
        pair = f"{gap.most} {gap.points:.2f} points above {gap.least}"
        lines += [
            f"Widest gap of recall among the {LARGEST} largest groups: {pair}, {said} (p = {gap.p:.2g}, raised for all pairs).",
            "",
        ]
    return lines, label.gap


def by_household(determinations: pa.Table, truth: pa.Table) -> list[str]:
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
    tests = adjusted([difference_p(h, n, hits - h, total - n) for h, n in counts.values()])
    lines = [
        [group, f"{n:,}", h, f"{'**differs**' if p < 0.05 else 'too small to tell'} (p = {p:.2g})"]
        for (group, (h, n)), p in zip(counts.items(), tests, strict=True)
    ]
    return ["The same, every household counted once, whatever the number of runs it recurs in:", "", *table("group | households with a match | with a wrong one | against the others", lines)]  # fmt: skip


def accepted_at(answers: Answers, confirmed: Bools, share: float) -> pa.Table:
    """What the best threshold within a wrong share would accept, as outcomes."""
    right, wrong = ranking(answers.score[answers.score > 0], confirmed[answers.score > 0])
    levels = np.unique(answers.score[answers.score > 0])[::-1]
    fine = np.flatnonzero(wrong <= share * (right + wrong))
    least = levels[fine[np.argmax(right[fine])]] if len(fine) else np.inf
    return pa.table({"outcome": np.where(answers.score >= least, "match", "non_match")})


def kind_rows(kinds: Sequence[Kind]) -> list[list[object]]:
    """Errors by kind."""
    return [[k.name, k.match, k.review, k.non_match, f"{k.worst:.4f}"] for k in kinds]


# -------------------------------------------------------------------------------------------------------------- febrl4


@dataclass(frozen=True, slots=True)
class Linked:
    """One tool on febrl4: precision, recall and F1 at a threshold."""

    name: str
    threshold: str
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def linked(name: str, said: str, accepted: Bools, right: Bools) -> Linked:
    """Precision and recall of the accepted answers."""
    hits = int((accepted & right).sum())
    return Linked(name, said, hits / max(int(accepted.sum()), 1), hits / len(right))


def at_best(name: str, weight: Floats, right: Bools) -> Linked:
    """The threshold, among the scores seen, that gives the best F1: chosen with the truth, for every tool alike."""
    hits, wrong = ranking(
        np.where(np.isfinite(weight), weight, -np.inf)[np.isfinite(weight)], right[np.isfinite(weight)]
    )
    levels = np.unique(weight[np.isfinite(weight)])[::-1]
    at = int(np.argmax(2 * hits / (hits + wrong + len(right))))
    return linked(name, f"best of all (weight {levels[at]:.1f})", weight >= levels[at], right)


def febrl4(peers: Path) -> tuple[list[Linked], int]:
    """Comity and Splink on febrl4, name and address only, and how many requests Comity finds no candidate for."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "febrl4"
        subprocess.run([peers, HERE / "febrl4.py", run], check=True)
        truth = pq.read_table(run / "truth.parquet")
        build_index([run / "records.parquet"], Path(folder) / "index")
        with Index.open(Path(folder) / "index") as index:
            evidence = compare(index, read_requests(run / "requests.parquet"))
        true_record = truth["record_id"].take(pc.index_in(evidence["request_id"], truth["request_id"].combine_chunks()))
        peer, peer_record = by_splink(peers, run, evidence["request_id"], "--febrl4")["Splink"]
    right = pc.equal(evidence["record_id"], true_record).fill_null(False).to_numpy(zero_copy_only=False)
    probability = probabilities(evidence)
    weight = np.where(probability > 0, evidence["match_weight"].to_numpy(), -np.inf)
    outcome = np.array(determine(evidence, default_policy(load_model()))["outcome"].to_pylist())
    peer_right = pc.equal(peer_record, true_record).fill_null(False).to_numpy(zero_copy_only=False)
    rows = [
        at_best(COMITY, weight, right),
        linked(COMITY, "0.5", probability >= 0.5, right),
        linked(COMITY, "match under the default policy", outcome == "match", right),
        linked(COMITY, "match or review under the default policy", outcome != "non_match", right),
        at_best("Splink 5", peer, peer_right),
        linked("Splink 5", "0.5", peer >= 0, peer_right),
    ]
    return rows, int((probability == 0).sum())


# -------------------------------------------------------------------------------------------------------------- the page


def targets(
    found: Measured, noisy: Measured | None, gaps: dict[str, Gap | None], links: Sequence[Linked]
) -> list[list[object]]:
    """What issue and product ask, what was measured, and whether it is met."""
    confirmed, answers = found.confirmed, found.answers
    evidence = evidence_of(found, COMITY)
    at_2, at_1 = (recall_at(answers[COMITY].score, confirmed, share) for share in (0.002, 0.001))
    complete = measure_outcomes(found.determinations["default"], found.truth)[1]
    rows: list[tuple[str, str, str, bool]] = [
        ("recall at 0.2 % wrong, all requests", "at least 0.955", f"{at_2:.4f}", at_2 >= 0.955),
        ("recall at 0.1 % wrong, all requests", "at least 0.94", f"{at_1:.4f}", at_1 >= 0.94),
    ]
    for peer in (CAREFUL, FREQUENCY):
        if peer in answers:
            rows += [
                (f"recall at {share:.1%} wrong, {named(peer)}", "below Comity's", f"{theirs:.4f}", theirs < ours)
                for share, ours in ((0.002, at_2), (0.001, at_1))
                for theirs in [recall_at(answers[peer].score, confirmed, share)]
            ]
    for name in answers:
        if name.startswith(f"{COMITY},"):
            recall = recall_at(answers[name].score, confirmed, 0.002)
            rows.append((f"recall at 0.2 % wrong, {name}", "at least 0.945", f"{recall:.4f}", recall >= 0.945))
    rows += [
        ("wrong among matches, complete requests", "at most 0.1 %", f"{complete.wrong_share:.3%}", complete.wrong_share <= 0.001),
        ("recall of matches, complete requests", "at least 0.92", f"{complete.recall:.4f}", complete.recall >= 0.92),
        ("match or review, complete requests", "at least 0.98", f"{complete.found:.4f}", complete.found >= 0.98),
        ("put to review, complete requests", "at most 8 %", f"{complete.review_share:.2%}", complete.review_share <= 0.08),
        ("claimed minus true from 0.99 up, points", "within 0.2", f"{100 * evidence.sure.gap:+.3f}", abs(evidence.sure.gap) <= 0.002),
        ("calibration error (ECE)", "at most 0.005", f"{evidence.ece:.4f}", evidence.ece <= 0.005),
    ]  # fmt: skip
    for what, gap in gaps.items():
        if gap:
            said = f"{gap.points:.2f} ({'more than chance' if gap.is_told else 'too small to tell'}, p = {gap.p:.2g})"
            rows.append((f"recall gap among the four largest groups, points: {what}", "at most 1, or noise", said, gap.points <= 1 or not gap.is_told))  # fmt: skip
    if noisy:
        share = measure_outcomes(noisy.determinations["default"], noisy.truth)[1].wrong_share
        rows.append(
            ("noise 3: wrong among matches, complete requests", "at most 0.3 %", f"{share:.3%}", share <= 0.003)
        )
    if links:
        rows.append(("febrl4: F1 at the best threshold", "at least 0.990", f"{links[0].f1:.4f}", links[0].f1 >= 0.99))
    return [[what, asked, said, "yes" if is_met else "**no**"] for what, asked, said, is_met in rows]


GROUPS = "group | requests | accepted | wrong | wrong share | against the others | missed share | against the others"
HEAD = "tool | 1 % | 0.5 % | 0.2 % | 0.1 % | 0.2 %: middle 90 % of redrawn households | recall at its 0.99 | wrong at its 0.99 | claimed minus true, points | ECE"
OUTCOMES = "policy | requests | number | matched | wrong | wrong share | recall | match or review | reviewed"


def noise_part(title: str, found: Measured, runs: Sequence[Path], folder: Path) -> list[str]:
    """Evidence, outcomes and calibration of some runs; pictures only for the first part."""
    names = [n for n in (COMITY, FREQUENCY, CAREFUL) if n in found.answers]
    draws = household_draws(found, list(found.answers), 0.002)
    lines = [f"## {title}", "", f"Runs: {', '.join(r.name for r in runs)}. {len(found.confirmed):,} requests, {int(found.confirmed.sum()):,} truly confirmed.", ""]  # fmt: skip
    lines += [
        "### Evidence: recall where at most so many of the accepted are wrong",
        "",
        *table(HEAD, evidence_rows(found, draws)),
    ]
    if FREQUENCY in draws:
        ahead = draws[COMITY] - draws[FREQUENCY]
        lines += [f"Comity less the careful user with address frequency, at 0.2 %, same redrawn households: {middle_90(ahead)}; above in {(ahead > 0).mean():.0%} of {DRAWS} draws.", ""]  # fmt: skip
    if folder != Path():
        everyone = measure_outcomes(found.determinations["default"], found.truth)[0]
        curves = [
            Curve(named(n), curve_of(found, n)) for n in [*names, *(["untuned"] if "untuned" in found.answers else [])]
        ]
        dot = Dot("Comity under policy", everyone.recall, 1 - everyone.wrong_share)
        (folder / "accuracy-precision-recall.svg").write_text(
            precision_recall(curves, [dot], is_file=True), encoding="utf-8"
        )
        series = [Series(named(n), evidence_of(found, n).bins) for n in names[:2]]
        (folder / "accuracy-reliability.svg").write_text(reliability_diagram(series, is_file=True), encoding="utf-8")
        lines += ["![Precision against recall](accuracy-precision-recall.svg)", "", "![Claimed against observed](accuracy-reliability.svg)", ""]  # fmt: skip
    lines += ["### Outcomes under policy", "", *table(OUTCOMES, outcome_rows(found))]
    evidence = evidence_of(found, COMITY)
    bins = [[b.low, b.high, f"{b.requests:,}", f"{b.claimed:.4f}", f"{b.observed:.4f}", f"{b.interval[0]:.4f} to {b.interval[1]:.4f}"] for b in (*evidence.bins, evidence.sure)]  # fmt: skip
    lines += [
        "### Calibration of Comity, all requests",
        "",
        *table("claimed from | to | requests | mean claim | observed | exact 95 %", bins),
    ]
    return lines


def curve_of(found: Measured, name: str) -> list[tuple[float, float]]:
    """(recall, precision) as the threshold falls, by the score the tool ranks by."""
    answers = found.answers[name]
    right, wrong = ranking(answers.score[answers.score > 0], found.confirmed[answers.score > 0])
    return [(float(r / found.confirmed.sum()), float(r / (r + w))) for r, w in zip(right, wrong, strict=True)]


def by_run(plain: dict[Path, Measured]) -> list[str]:
    """Recall at 0.2 % wrong of each tool, run by run: how steady the figures are."""
    names = list(next(iter(plain.values())).answers)
    rows = [
        [run.name, *(f"{recall_at(p.answers[n].score, p.confirmed, 0.002):.4f}" for n in names)]
        for run, p in plain.items()
    ]
    return ["### Recall at 0.2 % wrong, run by run", "", *table(" | ".join(["run", *map(named, names)]), rows)]


def febrl4_part(links: Sequence[Linked], without: int) -> list[str]:
    """What both tools make of febrl4."""
    rows = [[x.name, x.threshold, f"{x.precision:.4f}", f"{x.recall:.4f}", f"{x.f1:.4f}"] for x in links]
    return [
        "## febrl4, name and address only", "",
        "5,000 requests, 5,000 records, each request about one record; birth date and social security number left out. The best",
        "threshold is chosen with the truth, for both tools; 0.5 is not. Splink may look people up by name alone; Comity may not",
        "(promise 1).", "",
        *table("tool | accepted from | precision | recall | F1", rows),
        f"Comity has no candidate for {without:,} of the 5,000.", "",
    ]  # fmt: skip


def page(
    plain: dict[Path, Measured], noisy: dict[Path, Measured], links: tuple[list[Linked], int] | None, folder: Path
) -> str:
    """The whole page as markdown; pictures are written in `folder`."""
    found, noise = pooled(list(plain.values())), pooled(list(noisy.values())) if noisy else None
    chosen = pa.array(flags(found.truth, "complete"))
    default, evidence = found.determinations["default"], accepted_at(found.answers[COMITY], found.confirmed, 0.002)
    group_lines, gaps = [], {}
    for title, determinations, truth in (
        ("outcomes, complete requests", default.filter(chosen), found.truth.filter(chosen)),
        ("outcomes, all requests", default, found.truth),
        ("evidence, all requests, accepted where 0.2 % are wrong", evidence, found.truth),
    ):
        lines, gaps[title] = group_part(title, determinations, truth)
        group_lines += lines + by_household(determinations, truth)
    lines = [
        "# Accuracy of matching", "",
        'Written by `make bench-accuracy RUNS="..."` (bench/accuracy.py); nothing here is typed. Simulated people (pseudopeople),',
        "the evaluation protocol's test split only. All tools see the same files in the same run; Splink runs from",
        "bench/splink_peer.py, without labels. Recall at a wrong share: requests are ranked by the tool's own score over all",
        "requests, one answer each, and the best recall is taken among the thresholds that keep within the share, chosen with the",
        "truth, for every tool alike. Requests of one score are accepted together or not at all. Intervals of shares are exact",
        "(Clopper-Pearson), as if labels were independent; those by redrawn households allow for people of one household, and for",
        "one person in several runs.", "",
        f"Model {load_model().fingerprint}.", "",
        *(f"Policy {name}: {policy}." for name, policy in (("default", default_policy(load_model())), (AGREEMENT, agreement_policy()))), "",
        "## What was asked", "",
        *table("what | asked | measured | met", targets(found, noise, gaps, links[0] if links else [])),
        *noise_part("Default noise", found, list(plain), folder), *by_run(plain), *group_lines,
        "### Errors by kind, default policy", "",
        "Told from the likeliest record. Wrong ones: confirmed, or 0.99 and more but held back by policy. Missed ones: to be",
        "confirmed and not matched.", "",
        *table("wrong: confused with | matched | review | non_match | highest probability", kind_rows(counted(found.errors, "wrong"))),
        *table("missed because | matched | review | non_match | lowest probability", kind_rows(counted(found.errors, "missed"))),
    ]  # fmt: skip
    if noise:
        lines += noise_part("Noise 3", noise, list(noisy), Path())
    return "\n".join([*lines, *(febrl4_part(*links) if links else [])])


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
    measured: dict[Path, Measured] = {}
    for run in args.runs:
        measured[run] = measured_run(run, args.peers, models)
        print(f"{run.name}: {time.perf_counter() - began:.0f} s", flush=True)
    plain, noisy = (
        {r: m for r, m in measured.items() if r.name.endswith("-n3") is is_noisy} for is_noisy in (False, True)
    )
    links = febrl4(args.peers) if args.peers else None
    args.out.parent.mkdir(parents=True, exist_ok=True)
    text = page(plain, noisy, links, args.out.parent)
    args.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
