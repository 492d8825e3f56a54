"""Measure Comity at the size of a nation on one machine; writes docs/results/scale.md and its growth plot.

    make bench-scale [WORK=folder] [SIZES=1,10,100,160] [SPLINK=1,10,100]     bench/scale.py --quick ends in two minutes

For each size (millions of records) a population is simulated and indexed, unless WORK has it from an earlier run.
Then, each in a process of its own: 1.28 million requests blocked, compared and scored; 10,000 of them; 60 one at a
time, after 300 others, as in a long-running process; how many of the truly recorded persons blocking finds; the whole
`comity verify`; and Splink on the same files, if asked for. Times are wall time, with CPU time beside each; a ratio is
of two times of one run. The last run of each size is stored in WORK, and the page shows it with the sizes that are run
now.
Start at `main`.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.figures.svg import (
    PlotArea,
    Point,
    axes_elements,
    circle_element,
    polyline_element,
    series_color,
    svg_document,
    text_element,
)

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]
PEOPLE_PER_RECORD = 1.2085
SEED = 7
FULL_REQUESTS, SMALL_REQUESTS, SINGLE_REQUESTS, WARM_UP_REQUESTS = 1_280_000, 10_000, 60, 300
AS_OF_DAY = "2025-08-07"
PLOT_AREA = PlotArea(width=800, height=380, left=78, right=250, top=14, bottom=50)
RUN_FILE = "run.json"
"""Results of a size; its keys stay as they are, because files of earlier runs are read again."""
MEASURING_PROGRAM = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
completed = subprocess.run(sys.argv[1:], capture_output=True, text=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stderr.write(completed.stderr if completed.returncode else "")
print(json.dumps({
    "wall": time.perf_counter() - start, "cpu": usage.ru_utime + usage.ru_stime,
    "peak": usage.ru_maxrss / 2**20, "code": completed.returncode,
}))
"""


def time_call(action: Callable[[], Any]) -> dict[str, float]:
    """Return the wall and CPU seconds of a call in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def run_command(*arguments: str, cwd: Path) -> dict[str, float]:
    """Run one command of Comity; return its wall and CPU seconds and its peak memory in GiB."""
    completed = subprocess.run(
        [sys.executable, "-c", MEASURING_PROGRAM, *COMITY, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    usage: dict[str, float] = json.loads(completed.stdout)
    if usage["code"]:
        raise RuntimeError(f"{' '.join(arguments[:2])} ended with {usage['code']}: {completed.stderr}")
    return usage


def prepare_data(folder: Path, millions: float, requests: int) -> None:
    """Simulate and index, unless both are there; the time of the build is stored beside the index."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "records").is_dir():
        people = str(round(millions * 1_000_000 * PEOPLE_PER_RECORD))
        run_command(
            "simulate", "--people", people, "--requests", str(requests), "--seed", str(SEED), "--out", ".", cwd=folder
        )
    if not (folder / "index").is_dir():
        usage = run_command("index", "build", "records", "--out", "index", cwd=folder)
        (folder / "build.json").write_text(json.dumps(usage), encoding="utf-8")


def read_requests(folder: Path) -> pa.Table:
    """Read the batch's requests as intake does."""
    from comity.requests_file import parse_requests

    path = next((folder / "batch").glob("requests.*"))
    with path.open("rb") as file:
        return parse_requests(file.fileno(), path.suffix[1:])[0]


def measure_in_process(folder: Path) -> dict[str, Any]:
    """Measure everything that runs inside one process, with the index open."""
    from comity.match import Index, match_requests
    from comity.match.candidate_pairs import find_candidate_pairs
    from comity.match.encode_requests import encode_requests
    from comity.match.match_model import load_default_model
    from comity.match.matcher import score_candidate_pairs

    table = read_requests(folder)
    measured: dict[str, Any] = {"requests": table.num_rows}
    stage_results: dict[str, Any] = {}
    with Index.open(folder / "index") as index:
        measured["open and warm"] = time_call(lambda: match_requests(index, table.slice(0, 5000)))
        measured["normalize"] = time_call(lambda: stage_results.update(encoded=encode_requests(index, table)))
        measured["block"] = time_call(
            lambda: stage_results.update(pairs=find_candidate_pairs(index, stage_results["encoded"]))
        )
        pairs = stage_results["pairs"]
        measured["pairs"] = len(pairs.request_index)
        measured["crowded"] = int(pairs.is_block_truncated.sum())
        model = load_default_model()
        measured["compare and score"] = time_call(
            lambda: stage_results.update(scores=score_candidate_pairs(index, pairs, model))
        )
        measured["own memory"] = read_anonymous_memory()
        index.release_pages()  # as `match_requests` does
        measured["recall"] = measure_blocking_recall(folder, index, table, pairs)
        index.release_pages()
        pairs = None
        stage_results.clear()
        measured["whole"] = time_call(lambda: match_requests(index, table))
        small = table.slice(0, SMALL_REQUESTS)
        measured["small"] = min(
            (time_call(lambda: match_requests(index, small)) for _ in range(3)), key=lambda times: times["wall"]
        )
        # the first few requests map the pages at which every search begins
        count = WARM_UP_REQUESTS + SINGLE_REQUESTS
        order = np.random.default_rng(SEED).permutation(count)
        singles = [table.slice(position * (table.num_rows // count), 1) for position in order]
        milliseconds = [1000 * time_call(partial(match_requests, index, single))["wall"] for single in singles]
        p50, p99 = np.percentile(milliseconds[WARM_UP_REQUESTS:], [50, 99])
        measured["single"] = {"p50": float(p50), "p99": float(p99)}
    measured["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return measured


def read_anonymous_memory() -> float:
    """Return the GiB of this process without the mapped pages of the index, which the system reclaims when it must."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 2**20


def measure_blocking_recall(folder: Path, index: Any, table: pa.Table, pairs: Any) -> dict[str, int]:
    """Count the requests about a person on record at that address, and how many of them are paired with that record."""
    truth = pq.read_table(folder / "truth.parquet", columns=["request_id", "confirmed", "record_id"])
    row_by_id = dict(zip(table.column("request_id").to_pylist(), range(table.num_rows), strict=True))
    columns = zip(*(truth.column(name).to_pylist() for name in truth.column_names), strict=True)
    true_records = {row_by_id[request]: record for request, is_confirmed, record in columns if is_confirmed}
    sample = set(list(true_records)[:50_000])
    rows = pairs.encoded_requests.row_numbers[pairs.request_index] - 1
    chosen = np.isin(rows, np.fromiter(sample, np.int64))
    record_ids = index.record_ids(pairs.record_ids64[chosen]).tolist()
    hits = {row for row, record in zip(rows[chosen].tolist(), record_ids, strict=True) if true_records[row] == record}
    return {"asked": len(sample), "met": len(hits)}


def measure_verify(folder: Path) -> dict[str, float]:
    """Measure the whole command, as a rehearsal of a day on which no order was in force, with a new home."""
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=folder) as home:
        options = ("--index", "index", "--home", f"{home}/home", "--as-of", AS_OF_DAY, "--out", f"{home}/answers")
        return run_command("verify", "batch", *options, cwd=folder)


def measure_splink(folder: Path) -> dict[str, Any]:
    """Measure the peer on the same files."""
    source = folder / "batch" / "requests.parquet"
    if not source.exists():
        source = folder / "requests.parquet"
        pq.write_table(read_requests(folder), source)
    completed = subprocess.run(
        [PEER_PYTHON, ROOT / "bench" / "splink_scale.py", folder / "records", source],
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        message = completed.stderr.strip()
        return {"failed": message.splitlines()[-1][:200] if message else f"signal {-completed.returncode}"}
    measured: dict[str, Any] = json.loads(completed.stdout.strip().splitlines()[-1])
    return measured


def render_report(runs: list[dict[str, Any]], *, quick: bool) -> list[str]:
    """Render the page."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} processors, {memory:.0f} GiB, Python {platform.python_version()}"
    lines = [
        "# The nation on one machine",
        "",
        f"Written by `make bench-scale` (bench/scale.py){', quick form' if quick else ''}: {machine}. Simulated",
        f"people, seed {SEED}. Seconds of wall time; in parentheses CPU seconds, which other work on the machine",
        "lengthens less.",
        "",
        "## A file of requests against so many records",
        "",
        "Splink is given both sides cleaned, and neither cleaning is counted; its predict is blocking, comparing and",
        "scoring.",
        "",
        *markdown_table(MATCHING_HEADER, [matching_cells(run) for run in runs]),
        "",
        "## Index, blocking and the whole command",
        "",
        *markdown_table(COMMAND_HEADER, [command_cells(run) for run in runs]),
    ]
    lines += ["", "![Time against records](scale-growth.svg)", ""]
    return lines


MATCHING_HEADER = (
    "records",
    "requests",
    "normalize the requests",
    "block",
    "compare and score",
    "all of matching",
    "pairs a request",
    "Splink's predict",
    "Splink / block, compare and score",
    "Splink / all of matching",
    "10,000 requests",
    "one request p50, p99 ms",
    "own memory, GiB",
    "with mapped pages",
)
COMMAND_HEADER = (
    "records",
    "built in",
    "peak GiB",
    "bytes a record",
    "recorded persons paired",
    "crowded addresses",
    "`comity verify`",
    "peak GiB",
    "run ended",
)


def markdown_table(header: Sequence[str], rows: list[list[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [f"| {' | '.join(header)} |", "|" + "---|" * len(header), *(f"| {' | '.join(row)} |" for row in rows)]


def matching_cells(run: dict[str, Any]) -> list[str]:
    """Return one row of the first table."""
    measured, peer = run["measured"], run.get("splink")
    scoring, matching = measured["block"]["wall"] + measured["compare and score"]["wall"], measured["whole"]["wall"]
    predict = "not run" if peer is None else peer.get("failed") or f"{peer['predict']:.1f}"
    ratios = [f"{peer['predict'] / own:.1f}" if peer and "predict" in peer else "" for own in (scoring, matching)]
    return [
        f"{run['rows']:,}",
        f"{measured['requests']:,}",
        *(format_seconds(measured[stage]) for stage in ("normalize", "block", "compare and score", "whole")),
        f"{measured['pairs'] / measured['requests']:.2f}",
        predict,
        *ratios,
        format_seconds(measured["small"]),
        f"{measured['single']['p50']:.0f}, {measured['single']['p99']:.0f}",
        f"{measured['own memory']:.1f}",
        f"{measured['peak']:.1f}",
    ]


def command_cells(run: dict[str, Any]) -> list[str]:
    """Return one row of the second table."""
    measured, build, verify = run["measured"], run.get("build"), run["verify"]
    paired, confirmed = measured["recall"]["met"], measured["recall"]["asked"]
    return [
        f"{run['rows']:,}",
        format_seconds(build) if build else "in an earlier run",
        f"{build['peak'] if build else float('nan'):.1f}",
        f"{run['bytes'] / run['rows']:.0f}",
        f"{paired:,} of {confirmed:,} ({paired / confirmed:.4f})",
        f"{measured['crowded']:,}",
        format_seconds(verify),
        f"{verify['peak']:.1f}",
        run["at"],
    ]


def format_seconds(seconds: dict[str, float]) -> str:
    """Format wall seconds, with CPU seconds in parentheses."""
    return f"{seconds['wall']:.1f} ({seconds['cpu']:.1f})"


def render_plot(runs: list[dict[str, Any]]) -> str:
    """Draw seconds against records, both on logarithmic axes, as SVG."""
    series = {
        "matching, all requests": [r["measured"]["whole"]["wall"] for r in runs],
        "matching, 10,000 requests": [r["measured"]["small"]["wall"] for r in runs],
        "one request (p50)": [r["measured"]["single"]["p50"] / 1000 for r in runs],
        "comity verify": [r["verify"]["wall"] for r in runs],
        "Splink's predict": [r.get("splink", {}).get("predict", float("nan")) for r in runs],
    }
    x = np.log10([r["rows"] for r in runs])
    left, right = min(x) - 0.1, max(x) + 0.1
    logs = np.log10([v for values in series.values() for v in values if np.isfinite(v)])
    bottom, top = np.floor(logs.min()), np.ceil(logs.max())

    def pixels(log_records: float, log_seconds: float) -> Point:
        return PLOT_AREA.point((log_records - left) / (right - left), (log_seconds - bottom) / (top - bottom))

    elements = axes_elements(
        PLOT_AREA,
        "records (synthetic people)",
        "seconds",
        [((log - left) / (right - left), f"{10**log / 1e6:,.0f} M") for log in x],
        [((p - bottom) / (top - bottom), f"{10.0**p:g} s") for p in range(int(bottom), int(top) + 1)],
    )
    for number, (name, values) in enumerate(series.items()):
        points = [pixels(log, np.log10(v)) for log, v in zip(x, values, strict=True) if np.isfinite(v)]
        if not points:
            continue
        color = series_color(number)
        elements.append(polyline_element(points, color))
        elements += [circle_element(point, 3, f'fill="{color}"') for point in points]
        elements.append(text_element(points[-1][0] + 10, points[-1][1] + 4, name, "start", f' fill="{color}"'))
    return svg_document(PLOT_AREA, "Seconds against records", elements, is_file=True)


def measure_size(work: Path, millions: float, requests: int, *, with_splink: bool) -> dict[str, Any]:
    """Measure one size; what is measured in one process runs in a child, so that its memory is its own."""
    folder = work / f"{millions:g}m"
    prepare_data(folder, millions, requests)
    index_facts = json.loads((folder / "index" / "index.json").read_text(encoding="utf-8"))
    run: dict[str, Any] = {
        "rows": index_facts["rows"],
        "bytes": sum(f.stat().st_size for f in (folder / "index").rglob("*") if f.is_file()),
    }
    if (folder / "build.json").exists():
        run["build"] = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    child = subprocess.run([sys.executable, __file__, "--measure", folder], capture_output=True, text=True, check=False)
    if child.returncode:
        raise RuntimeError(child.stderr)
    run["measured"] = json.loads(child.stdout.strip().splitlines()[-1])
    print(json.dumps(run), flush=True)
    run["verify"] = measure_verify(folder)
    print(json.dumps(run["verify"]), flush=True)
    if with_splink and PEER_PYTHON.exists():
        run["splink"] = measure_splink(folder)
        print(json.dumps(run["splink"]), flush=True)
    run["at"] = datetime.now(UTC).isoformat(timespec="minutes")
    (folder / RUN_FILE).write_text(json.dumps(run), encoding="utf-8")
    return run


def main() -> None:
    """Measure every size and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--sizes", default="1,10,100,160")
    parser.add_argument("--splink", default="1,10,100")
    parser.add_argument("--measure", type=Path)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure_in_process(arguments.measure)))
        return
    os.environ.setdefault("XDG_STATE_HOME", tempfile.mkdtemp(prefix="comity-bench-"))
    sizes = [0.2] if arguments.quick else [float(s) for s in arguments.sizes.split(",")]
    peers = {0.2} if arguments.quick else {float(s) for s in arguments.splink.split(",") if s}
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as temporary:
        work = arguments.work or Path(temporary)
        for size in sizes:
            measure_size(work, size, 20_000 if arguments.quick else FULL_REQUESTS, with_splink=size in peers)
            runs = [json.loads(path.read_text(encoding="utf-8")) for path in work.glob(f"*/{RUN_FILE}")]
            write_report(sorted(runs, key=lambda run: run["rows"]), quick=arguments.quick)


def write_report(runs: list[dict[str, Any]], *, quick: bool) -> None:
    """Print the page; write it, and the plot, unless it is the quick form's."""
    lines = render_report(runs, quick=quick)
    print("\n".join(lines), flush=True)
    if not quick:
        (RESULTS / "scale.md").write_text("\n".join(lines), encoding="utf-8")
        (RESULTS / "scale-growth.svg").write_text(render_plot(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
