"""Measure how careless reviewers are found by known pairs, and write docs/results/reviewers.md.

Usage: python bench/reviewers.py [RUNS] [PAGE]. RUNS simulated reviewers of each kind judge known pairs in the turns
that the real draw gives them: as beginners, who must qualify, and after careful people have qualified. Ends with 1,
after writing the page, if the goal is missed for beginners.
Start at `main`.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity.figures.exact_intervals import clopper_pearson  # noqa: E402
from comity.review import KnownPair, find_suspension, is_qualified  # noqa: E402
from comity.review.suspension import MAX_FALSE_SAME, QUALIFYING_PAIRS, WINDOW  # noqa: E402
from tests.support.simulated_office import ReviewerDesk, judge_until, make_pool  # noqa: E402
from tests.support.simulated_reviewers import REVIEWERS, SimulatedReviewer  # noqa: E402

OUT = ROOT / "docs/results/reviewers.md"
RUNS, POOL, LATER_PAIRS = 400, 400, (60, 90, 120)
LEAST_SUSPENDED = 0.95


def stop_beginners(reviewer: SimulatedReviewer, pool: Sequence[KnownPair], runs: int) -> tuple[int, int]:
    """Return how many beginners are suspended by the last qualifying pair: by the window alone, and by both rules."""
    by_window = by_both = 0
    for run in range(runs):
        desk = ReviewerDesk(reviewer)
        judge_until(desk, "r", pool, run.to_bytes(32, "big"), Random(run), QUALIFYING_PAIRS)
        is_found = find_suspension(desk.results) is not None
        by_window += is_found
        by_both += is_found or not is_qualified(desk.results)
    return by_window, by_both


def stop_later(reviewer: SimulatedReviewer, pool: Sequence[KnownPair], runs: int) -> list[int]:
    """Return how many of those who qualified as careful, and judge like this from then on, are suspended in time."""
    suspended, run, qualified = [0] * len(LATER_PAIRS), 0, 0
    while qualified < runs:
        run += 1
        key, random, desk = run.to_bytes(32, "big"), Random(run), ReviewerDesk(REVIEWERS["careful"])
        judge_until(desk, "r", pool, key, random, QUALIFYING_PAIRS)
        if not is_qualified(desk.results):
            continue
        qualified += 1
        desk.reviewer = reviewer
        judge_until(desk, "r", pool, key, random, QUALIFYING_PAIRS + max(LATER_PAIRS))
        for position, pairs in enumerate(LATER_PAIRS):
            suspended[position] += find_suspension(desk.results[: QUALIFYING_PAIRS + pairs]) is not None
    return suspended


def suspend_at_rate(rate: float, known: int, runs: int) -> int:
    """Return in how many runs a reviewer who errs at one rate everywhere is suspended within so many known pairs."""
    random, suspended = np.random.default_rng(5), 0
    for _ in range(runs):
        errors = np.cumsum(random.random(int(random.binomial(known, 0.75))) < rate)
        before = np.concatenate([np.zeros(min(WINDOW, len(errors)), int), errors[:-WINDOW]])
        suspended += bool((errors - before > MAX_FALSE_SAME).any())
    return suspended


def to_share(hits: int, total: int) -> str:
    """Return a share with its exact 95 % interval."""
    low, high = clopper_pearson(hits, total)
    return f"{hits:,} of {total:,}: {hits / max(total, 1):.1%} ({low:.1%} to {high:.1%})"


def main(runs: int = RUNS, page: Path = OUT) -> int:
    """Measure all, write the page, and return 1 if the goal is missed."""
    started, pool = time.monotonic(), make_pool(POOL)
    beginners = {name: stop_beginners(reviewer, pool, runs) for name, reviewer in REVIEWERS.items()}
    later = {name: stop_later(reviewer, pool, runs) for name, reviewer in REVIEWERS.items()}
    found = beginners["careless"][1]
    rates = (0.01, 0.03, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
    lines = [
        "# Reviewers",
        "",
        f"Written by `make bench-review` (bench/reviewers.py) in {time.monotonic() - started:,.0f} s; nothing is",
        f"typed. {runs:,} simulated reviewers of each kind judge known pairs in the turns that the draw gives them;",
        "the rates of each kind are in the page of review. The goal: careless reviewers are suspended within",
        f"{QUALIFYING_PAIRS} known pairs in {LEAST_SUSPENDED:.0%} of runs.",
        "",
        "## Who begins",
        "",
        f"Of {QUALIFYING_PAIRS} known pairs, 57 must be right, with at most one false same.",
        "",
        "| reviewer | stopped by the window alone | by both rules |",
        "|---|---|---|",
        *(
            f"| {name} | {to_share(window, runs)} | {to_share(both, runs)} |"
            for name, (window, both) in beginners.items()
        ),
        "",
        f"The goal is {'reached' if found >= LEAST_SUSPENDED * runs else 'missed'} for who begins.",
        "",
        "## Who has qualified",
        "",
        "A careful reviewer who qualified, and judges like this from then on; known pairs after that.",
        "",
        "| reviewer | " + " | ".join(f"within {pairs}" for pairs in LATER_PAIRS) + " |",
        "|---|" + "---|" * len(LATER_PAIRS),
        *(f"| {name} | " + " | ".join(to_share(hits, runs) for hits in some) + " |" for name, some in later.items()),
        "",
        f"The goal is {'reached' if later['careless'][0] >= LEAST_SUSPENDED * runs else 'missed'} for who becomes",
        "careless later. All that was judged in the window is void then, and judged again.",
        "",
        "## By the rate of false same alone",
        "",
        "The same rate on every pair, by the window alone:",
        "",
        f"| false same | within {QUALIFYING_PAIRS} known pairs | within {POOL} |",
        "|---|---|---|",
        *(
            f"| {rate:.0%} | {suspend_at_rate(rate, QUALIFYING_PAIRS, 4_000) / 4_000:.1%} | "
            f"{suspend_at_rate(rate, POOL, 4_000) / 4_000:.1%} |"
            for rate in rates
        ),
    ]
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return 0 if found >= LEAST_SUSPENDED * runs else 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(int(arguments[0]) if arguments else RUNS, Path(arguments[1]) if arguments[1:] else OUT))
