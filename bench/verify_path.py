"""Measure where the time of a whole `verify` goes on 1.28 million rows; writes docs/results/path.md.

    make bench-path [NATION=folder]       python bench/verify_path.py --requests 20000 --people 5000 --page PAGE

A batch of plain shape is simulated, an index of its records built, and the batch verified in this process, each stage
timed by the functions that the pipeline itself calls. With NATION, the batch and index are those that
`make bench-scale` left (WORK/160m). A few rows are verified before, so that nothing is compiled while it is timed. The
yardstick is SHA-256 of one entry for each row in a bare loop.
Start at `main`.
"""

import argparse
import functools
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comity import gates, intake, pipeline
from comity.app import clock
from comity.app.gateway import open_rehearsal, register_synthetic_signer
from comity.app.home import Home
from comity.ledger import log
from comity.model.progress import no_progress
from comity.store import answers

RESULTS_PAGE = Path(__file__).parents[1] / "docs" / "results" / "path.md"
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]
WARM_UP_ROWS = 1_000
GATE_STAGES = ("gates, at receipt", "gates, again under the lock")
MATCHING_STAGE = "match"
STAGING_STAGE = "before the lock: answers, salts, entries and their hashes, reasons"
RELEASE = "release, whole"
TIMED_FUNCTIONS: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (intake, "read_batch", ("read the batch: form, hash, signature",)),
    (gates.GateEvaluator, "evaluate", GATE_STAGES),
    (pipeline.Verification, "match", (MATCHING_STAGE,)),
    (pipeline.Verification, "decide", ("decide",)),
    (pipeline.Verification, "stage_release", (STAGING_STAGE,)),
    (pipeline.Verification, "release", (RELEASE,)),
    (log, "append_entries", ("append the entries", "append the release's entry")),
    (answers, "insert", ("insert the answers",)),
    (pipeline.Verification, "deliver", ("deliver: read back, checkpoint, receipt, sign, write",)),
)

StageTimes = dict[str, tuple[float, float]]
"""Wall and CPU seconds of each stage."""


@contextmanager
def time_stages(spent: StageTimes) -> Any:
    """Time the pipeline's stages while the block runs."""
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in TIMED_FUNCTIONS]
    for (owner, name, stages), (_, _, original) in zip(TIMED_FUNCTIONS, originals, strict=True):
        setattr(owner, name, _time_function(original, list(stages), spent))
    try:
        yield
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def _time_function(original: Callable[..., Any], stages: list[str], spent: StageTimes) -> Callable[..., Any]:
    """Wrap a function so that it adds its time to the first stage at its first call, and so on; the last repeats."""

    @functools.wraps(original)
    def timed(*arguments: Any, **keywords: Any) -> Any:
        stage = stages.pop(0) if len(stages) > 1 else stages[0]
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return original(*arguments, **keywords)
        finally:
            before = spent.get(stage, (0.0, 0.0))
            spent[stage] = (before[0] + time.perf_counter() - wall, before[1] + time.process_time() - cpu)

    return timed


def time_bare_hashing(rows: int) -> float:
    """Return the CPU seconds for SHA-256 of an entry for each row."""
    started_at = time.process_time()
    for row in range(rows):
        hashlib.sha256(
            b'{"batch":"%064d","commitment":"%064d","kind":"answer","row":%d,"v":2}' % (0, row, row)
        ).digest()
    return time.process_time() - started_at


def prepare_data(folder: Path, requests: int, people: int) -> None:
    """Simulate the batch and build the index."""
    sizes = ("--people", str(people), "--requests", str(requests), "--seed", "7", "--shape", "plain")
    for command in (("simulate", *sizes, "--out", "."), ("index", "build", "records", "--out", "index")):
        subprocess.run([*COMITY, *command], cwd=folder, check=True, capture_output=True)


def measure_verify(folder: Path, out: Path) -> tuple[StageTimes, tuple[float, float], pipeline.BatchResult]:
    """Verify a folder's batch once, with home and answers in `out`; return stage times, total time and result."""
    spent: StageTimes = {}
    home, batch, index = Home.open_or_create(out / "home"), folder / "batch", folder / "index"
    register_synthetic_signer(home, batch, index)
    with open_rehearsal(home, clock.parse_time("2025-08-07")) as gateway, time_stages(spent):
        wall, cpu = time.perf_counter(), time.process_time()
        verified = pipeline.verify_batch(batch, gateway, index=index, out=out / "answers", progress=no_progress)
        whole = time.perf_counter() - wall, time.process_time() - cpu
    return spent, whole, verified


def compile_kernels() -> None:
    """Verify a few rows in another process, so that what an installation compiles once is compiled."""
    with tempfile.NamedTemporaryFile() as page:
        few = ("--requests", str(WARM_UP_ROWS), "--people", str(WARM_UP_ROWS), "--page", page.name)
        subprocess.run([sys.executable, __file__, *few], check=True, capture_output=True)


def render_page(
    spent: StageTimes, whole: tuple[float, float], verified: pipeline.BatchResult, yardstick: float, records: int
) -> str:
    """Render the page."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    release, staging = spent.pop(RELEASE), spent[STAGING_STAGE]
    timed = [sum(times) for times in zip(*spent.values(), strict=True)]
    spent = spent | {"all else: transactions' ends, batch rows": (whole[0] - timed[0], whole[1] - timed[1])}
    without_matching = whole[0] - spent[MATCHING_STAGE][0], whole[1] - spent[MATCHING_STAGE][1]
    gates_seconds = sum(spent[stage][0] for stage in GATE_STAGES if stage in spent)
    lines = [
        f"# The whole path: {verified.row_count:,} rows",
        "",
        f"Written by `make bench-path`; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end, Python "
        f"{platform.python_version()}. Against {records:,} records; all data are synthetic. Answers: "
        + ", ".join(f"{code} {count:,}" for code, count in verified.counts_by_code.items())
        + ". On a machine that others use, compare CPU seconds.",
        "",
        "| stage | seconds | CPU seconds | CPU times the yardstick |",
        "|---|---|---|---|",
        f"| yardstick: SHA-256 of one entry a row | | {yardstick:.2f} | 1.0 |",
    ]
    for stage, (wall, cpu) in [*spent.items(), ("**whole**", whole), ("**whole, without matching**", without_matching)]:
        lines.append(f"| {stage} | {wall:.2f} | {cpu:.2f} | {cpu / yardstick:.1f} |")
    lines += [
        "",
        (
            f"Gates, both evaluations: {gates_seconds:.2f} s, {100 * gates_seconds / whole[0]:.1f} % of the whole. "
            f"The write lock was held for {release[0] - staging[0]:.1f} s. "
            f"Peak memory of the process, matching included: {peak:.1f} GiB."
        ),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_280_000)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--nation", type=Path, help="a folder with batch/ and index/, instead of simulated ones")
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    arguments = parser.parse_args()
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="comity-bench-")
    if arguments.nation or arguments.requests > WARM_UP_ROWS:
        compile_kernels()
    with tempfile.TemporaryDirectory(prefix="path", dir=os.environ.get("COMITY_BENCH_DIR")) as temporary:
        out = Path(temporary)
        folder = arguments.nation or out
        if arguments.nation is None:
            prepare_data(out, arguments.requests, arguments.people)
        spent, whole, verified = measure_verify(folder, out)
        records = json.loads((folder / "index" / "index.json").read_text(encoding="utf-8"))["rows"]
    text = render_page(spent, whole, verified, time_bare_hashing(verified.row_count), records)
    arguments.page.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
