"""The nation on one machine, measured: writes docs/results/scale.md and its growth plot.

    make bench-scale [WORK=folder] [SIZES=1,10,100,160] [SPLINK=1,10,100]     bench/scale.py --quick ends in two minutes

For each size (millions of records) a nation is simulated and indexed, unless WORK holds it from an earlier run; then, each
in a process of its own: 1.28 million requests blocked, compared and scored; 10,000 of them; 60 one at a time, after 300
others, as in a process that goes on; how many of the truly recorded persons blocking finds; the whole `comity verify`; and
Splink on the same files, where asked. Times are wall time, and beside each the processor's; a ratio is of two times of one
run. What a size's last run measured is kept in WORK, and the page shows it beside the sizes that are run now.
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
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]
PEOPLE_PER_RECORD = 1.2085
SEED = 7
FULL_REQUESTS, SMALL_REQUESTS, SINGLE_REQUESTS, WARM_UP_REQUESTS = 1_280_000, 10_000, 60, 300
AS_OF_DAY = "2025-08-07"
RUN_FILE = "run.json"


def time_call(work: Callable[[], Any]) -> dict[str, float]:
    """Wall and processor seconds of some work in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def run_command(*arguments: str, cwd: Path) -> dict[str, float]:
    """Run one command of Comity; its wall and processor seconds and its peak memory in GiB."""
    code = (
        "import json, resource, subprocess, sys, time; t = time.perf_counter(); "
        "p = subprocess.run(sys.argv[1:], capture_output=True, text=True); u = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "sys.stderr.write(p.stderr if p.returncode else ''); "
        "print(json.dumps({'wall': time.perf_counter() - t, 'cpu': u.ru_utime + u.ru_stime, 'peak': u.ru_maxrss / 2**20, 'code': p.returncode}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *COMITY, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    told: dict[str, float] = json.loads(ended.stdout)
    if told["code"]:
        raise RuntimeError(f"{' '.join(arguments[:2])} ended with {told['code']}: {ended.stderr}")
    return told


def prepare_data(folder: Path, millions: float, requests: int) -> None:
    """Simulate and index, unless both are there; `build.json` keeps what the build took."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "records").is_dir():
        people = str(round(millions * 1_000_000 * PEOPLE_PER_RECORD))
        run_command(
            "simulate", "--people", people, "--requests", str(requests), "--seed", str(SEED), "--out", ".", cwd=folder
        )
    if not (folder / "index").is_dir():
        took = run_command("index", "build", "records", "--out", "index", cwd=folder)
        (folder / "build.json").write_text(json.dumps(took), encoding="utf-8")


def read_requests(folder: Path) -> pa.Table:
    """The batch's requests, as intake reads them."""
    from comity.intake.requests_file import read_requests_table

    found = next(p for p in (folder / "batch").iterdir() if p.name.startswith("requests."))
    return read_requests_table(found)[0]


def measure_in_process(folder: Path) -> dict[str, Any]:
    """Everything that is measured inside one process, with the index open."""
    from comity.match import Index, match_requests
    from comity.match.candidate_pairs import find_candidate_pairs
    from comity.match.encode_requests import encode_requests
    from comity.match.match_model import load_default_model
    from comity.match.matcher import score_candidate_pairs

    table = read_requests(folder)
    made: dict[str, Any] = {"requests": table.num_rows}
    held: dict[str, Any] = {}
    with Index.open(folder / "index") as index:
        made["open and warm"] = time_call(lambda: match_requests(index, table.slice(0, 5000)))
        made["normalize"] = time_call(lambda: held.update(asked=encode_requests(index, table)))
        made["block"] = time_call(lambda: held.update(met=find_candidate_pairs(index, held["asked"])))
        met = held["met"]
        made["pairs"] = len(met.request_index)
        made["crowded"] = int(met.is_block_truncated.sum())
        model = load_default_model()

        made["compare and score"] = time_call(lambda: held.update(found=score_candidate_pairs(index, met, model)))
        made["own memory"] = read_anonymous_memory()
        index.release_pages()  # as `compare` does
        made["recall"] = measure_blocking_recall(folder, index, table, met)
        index.release_pages()
        met = None
        held.clear()
        made["whole"] = time_call(lambda: match_requests(index, table))
        small = table.slice(0, SMALL_REQUESTS)
        made["small"] = min(
            (time_call(lambda: match_requests(index, small)) for _ in range(3)), key=lambda t: t["wall"]
        )
        some = WARM_UP_REQUESTS + SINGLE_REQUESTS  # the pages at which every search begins are mapped by the first few
        singles = [table.slice(i * (table.num_rows // some), 1) for i in np.random.default_rng(SEED).permutation(some)]
        times = [time_call(partial(match_requests, index, one))["wall"] * 1000 for one in singles][WARM_UP_REQUESTS:]
        made["single"] = {"p50": float(np.percentile(times, 50)), "p99": float(np.percentile(times, 99))}
    made["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return made


def read_anonymous_memory() -> float:
    """GiB of this process that are not pages of the index, which the system takes back when it needs them."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 2**20


def measure_blocking_recall(folder: Path, index: Any, table: pa.Table, met: Any) -> dict[str, int]:
    """Of the requests whose person is on record at the address asked about, how many meet that record."""
    truth = pq.read_table(folder / "truth.parquet", columns=["request_id", "confirmed", "record_id"])
    place = dict(zip(table.column("request_id").to_pylist(), range(table.num_rows), strict=True))
    wanted = {
        place[r]: w for r, c, w in zip(*(truth.column(n).to_pylist() for n in truth.column_names), strict=True) if c
    }
    some = set(list(wanted)[:50_000])
    places = met.encoded_requests.row_numbers[met.request_index] - 1
    chosen = np.isin(places, np.fromiter(some, np.int64))
    ids = index.record_ids(met.records[chosen]).tolist()
    hits = {p for p, r in zip(places[chosen].tolist(), ids, strict=True) if wanted[p] == r}
    return {"asked": len(some), "met": len(hits)}


def measure_verify(folder: Path) -> dict[str, float]:
    """The whole command, as a rehearsal of a day on which no order was in force, into a new home."""
    with tempfile.TemporaryDirectory(prefix="comity-bench-", dir=folder) as home:
        return run_command(
            "verify",
            "batch",
            "--index",
            "index",
            "--home",
            f"{home}/home",
            "--as-of",
            AS_OF_DAY,
            "--out",
            f"{home}/answers",
            cwd=folder,
        )


def measure_splink(folder: Path) -> dict[str, Any]:
    """The peer on the same files."""
    source = folder / "batch" / "requests.parquet"
    if not source.exists():
        source = folder / "requests.parquet"
        pq.write_table(read_requests(folder), source)
    ended = subprocess.run(
        [PEER_PYTHON, ROOT / "bench" / "splink_scale.py", folder / "records", source],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        return {
            "failed": ended.stderr.strip().splitlines()[-1][:200]
            if ended.stderr.strip()
            else f"signal {-ended.returncode}"
        }
    told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told


def render_report(runs: list[dict[str, Any]], *, quick: bool) -> list[str]:
    """The page."""
    lines = [
        "# The nation on one machine",
        "",
        (
            f"Written by `make bench-scale` (bench/scale.py){', quick form' if quick else ''}: {os.cpu_count()} processors, "
            f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB, Python {platform.python_version()}. Simulated people, seed {SEED}. "
            "Seconds of wall time; in brackets the processors' seconds, which other work on the machine does not lengthen as much."
        ),
        "",
        "## A file of requests against so many records",
        "",
        "Splink is given both sides cleaned, and neither cleaning is counted; its predict is blocking, comparing and scoring.",
        "",
        "| records | requests | normalize the requests | block | compare and score | all of `compare` | pairs a request | Splink's predict | Splink / block, compare and score | Splink / all of `compare` | 10,000 requests | one request p50, p99 ms | own memory, GiB | with mapped pages |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        m, peer = run["measured"], run.get("splink")
        ours = m["block"]["wall"] + m["compare and score"]["wall"], m["whole"]["wall"]
        theirs = "not run" if peer is None else peer.get("failed") or f"{peer['predict']:.1f}"
        ratios = [f"{peer['predict'] / own:.1f}" if peer and "predict" in peer else "" for own in ours]
        lines.append(
            f"| {run['rows']:,} | {m['requests']:,} | {format_seconds(m['normalize'])} | {format_seconds(m['block'])} | {format_seconds(m['compare and score'])} | {format_seconds(m['whole'])} "
            f"| {m['pairs'] / m['requests']:.2f} | {theirs} | {' | '.join(ratios)} | {format_seconds(m['small'])} | {m['single']['p50']:.0f}, {m['single']['p99']:.0f} | {m['own memory']:.1f} | {m['peak']:.1f} |"
        )
    lines += [
        "",
        "## Index, blocking and the whole command",
        "",
        "| records | built in | peak GiB | bytes a record | recorded persons met | crowded addresses | `comity verify` | peak GiB | run ended |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        m, built, whole = run["measured"], run.get("build"), run["verify"]
        lines.append(
            f"| {run['rows']:,} | {format_seconds(built) if built else 'in an earlier run'} | {built['peak'] if built else float('nan'):.1f} | {run['bytes'] / run['rows']:.0f} "
            f"| {m['recall']['met']:,} of {m['recall']['asked']:,} ({m['recall']['met'] / m['recall']['asked']:.4f}) | {m['crowded']:,} | {format_seconds(whole)} | {whole['peak']:.1f} | {run['at']} |"
        )
    lines += ["", "![Time against records](scale-growth.svg)", ""]
    return lines


def format_seconds(seconds: dict[str, float]) -> str:
    """Wall seconds, and the processors' in brackets."""
    return f"{seconds['wall']:.1f} ({seconds['cpu']:.1f})"


def render_plot(runs: list[dict[str, Any]]) -> str:
    """Seconds against records, both on logarithmic axes, as SVG."""
    series = {
        "compare, all requests": [r["measured"]["whole"]["wall"] for r in runs],
        "compare, 10,000 requests": [r["measured"]["small"]["wall"] for r in runs],
        "one request (p50)": [r["measured"]["single"]["p50"] / 1000 for r in runs],
        "comity verify": [r["verify"]["wall"] for r in runs],
        "Splink's predict": [r.get("splink", {}).get("predict", float("nan")) for r in runs],
    }
    x = np.log10([r["rows"] for r in runs])
    lows, highs = min(x) - 0.1, max(x) + 0.1
    every = np.log10([v for values in series.values() for v in values if np.isfinite(v)])
    bottom, top = np.floor(every.min()), np.ceil(every.max())

    def at(px: float, py: float) -> tuple[float, float]:
        return 70 + 470 * (px - lows) / (highs - lows), 330 - 290 * (py - bottom) / (top - bottom)

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 380" font-family="sans-serif" font-size="13">',
        '<rect width="800" height="380" fill="white"/>',
    ]
    for power in range(int(bottom), int(top) + 1):
        _, py = at(lows, power)
        parts.append(
            f'<line x1="70" y1="{py:.1f}" x2="540" y2="{py:.1f}" stroke="#ddd"/><text x="62" y="{py + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>'
        )
    for rows in x:
        px, _ = at(rows, bottom)
        parts.append(f'<text x="{px:.1f}" y="350" text-anchor="middle">{10**rows / 1e6:,.0f} M</text>')
    for (name, values), color in zip(
        series.items(), ("#005ea2", "#00a91c", "#8168b3", "#b50909", "#71767a"), strict=True
    ):
        points = [at(px, np.log10(v)) for px, v in zip(x, values, strict=True) if np.isfinite(v)]
        if not points:
            continue
        parts.append(
            f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>'
        )
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{color}"/>' for a, b in points]
        parts.append(f'<text x="{points[-1][0] + 10:.1f}" y="{points[-1][1] + 4:.1f}" fill="{color}">{name}</text>')
    parts.append('<text x="305" y="372" text-anchor="middle">records (synthetic people)</text></svg>')
    return "\n".join(parts) + "\n"


def measure_size(work: Path, millions: float, requests: int, *, with_splink: bool) -> dict[str, Any]:
    """One step of the ladder; what is measured in process runs in a child, so that memory is its own."""
    folder = work / f"{millions:g}m"
    prepare_data(folder, millions, requests)
    about = json.loads((folder / "index" / "index.json").read_text(encoding="utf-8"))
    run: dict[str, Any] = {
        "rows": about["rows"],
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
    """Run the ladder and write the page."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--quick", action="store_true")
    ask.add_argument("--work", type=Path)
    ask.add_argument("--sizes", default="1,10,100,160")
    ask.add_argument("--splink", default="1,10,100")
    ask.add_argument("--measure", type=Path)
    told = ask.parse_args()
    if told.measure:
        print(json.dumps(measure_in_process(told.measure)))
        return
    os.environ.setdefault("XDG_STATE_HOME", tempfile.mkdtemp(prefix="comity-bench-"))
    sizes = [0.2] if told.quick else [float(s) for s in told.sizes.split(",")]
    peers = {0.2} if told.quick else {float(s) for s in told.splink.split(",") if s}
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as temporary:
        work = told.work or Path(temporary)
        for size in sizes:
            measure_size(work, size, 20_000 if told.quick else FULL_REQUESTS, with_splink=size in peers)
            runs = [json.loads(kept.read_text(encoding="utf-8")) for kept in work.glob(f"*/{RUN_FILE}")]
            write_report(sorted(runs, key=lambda run: run["rows"]), quick=told.quick)


def write_report(runs: list[dict[str, Any]], *, quick: bool) -> None:
    """Print the page; write it, and the plot, unless it is the quick form's."""
    lines = render_report(runs, quick=quick)
    print("\n".join(lines), flush=True)
    if not quick:
        (RESULTS / "scale.md").write_text("\n".join(lines), encoding="utf-8")
        (RESULTS / "scale-growth.svg").write_text(render_plot(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
