"""Time the main job and count its answers against the truth; writes docs/results/main-job.md.

    make bench-job

Part one: a million people, their index, and 20,000 plain requests verified end to end. Part two: a file of the shape of
August 2025, its defects cured, verified as of 7 Aug 2025; every row is then compared with the simulator's truth.
Times are wall time of the commands, as a person would run them, on whatever machine this is.
Start at `main`.
"""

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

OUT = Path(__file__).parents[1] / "docs" / "results" / "main-job.md"
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]
SEED = 7


def time_command(*arguments: str, cwd: Path) -> float:
    """Run one command and return its wall time in seconds."""
    start = time.perf_counter()
    completed = subprocess.run([*COMITY, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise RuntimeError(f"{arguments[0]} ended with {completed.returncode}: {completed.stderr}")
    return time.perf_counter() - start


def join_answers_to_truth(folder: Path) -> pa.Table:
    """Join answers, truth and the numbers sent, by request_id."""
    text_columns = pa_csv.ConvertOptions(column_types=dict.fromkeys(("request_id", "code", "reasons"), pa.string()))
    answers = pa_csv.read_csv(folder / "answers" / "answers.csv", convert_options=text_columns)
    requests = next((folder / "batch").glob("requests.*"))
    tin_column = pa_csv.ConvertOptions(include_columns=["request_id", "tin"], column_types={"tin": pa.string()})
    sent = (
        pq.read_table(requests, columns=["request_id", "tin"])
        if requests.suffix == ".parquet"
        else pa_csv.read_csv(requests, convert_options=tin_column)
    )
    sent = sent.rename_columns(["request_id", "tin_sent"]).set_column(1, "tin_sent", pc.fill_null(sent["tin"], ""))
    return answers.join(pq.read_table(folder / "truth.parquet"), "request_id").join(sent, "request_id")


def run_job(folder: Path, shape: str, people: int, requests: int) -> tuple[dict[str, float], pa.Table]:
    """Simulate, index and verify; return the seconds of each command, and the answers with the truth."""
    sizes = ("--people", str(people), "--requests", str(requests), "--seed", str(SEED), "--shape", shape)
    seconds = {"simulate": time_command("simulate", *sizes, "--out", ".", cwd=folder)}
    seconds["index build"] = time_command("index", "build", "records", "--out", "idx", cwd=folder)
    verify = ("verify", "batch", "--index", "idx", "--home", "home", "--as-of", "2025-08-07", "--out", "answers")
    seconds["verify"] = time_command(*verify, cwd=folder)
    return seconds, join_answers_to_truth(folder)


def outcome_table(table: pa.Table) -> list[str]:
    """Tabulate the answers for each kind of address in the file."""
    lines = ["| kind of address | rows | CONFIRMED | NOT_CONFIRMED | REFUSED |", "|---|---|---|---|---|"]
    kinds = table.column("address_kind").to_pylist()
    counts = Counter(zip(kinds, table.column("code").to_pylist(), strict=True))
    for kind in sorted(set(kinds)):
        row = [counts[kind, code] for code in ("CONFIRMED", "NOT_CONFIRMED", "REFUSED")]
        lines.append(f"| {kind} | {sum(row):,} | {row[0]:,} | {row[1]:,} | {row[2]:,} |")
    return lines


def render_figures(table: pa.Table) -> list[str]:
    """List the counts that the file of 2025 is judged by."""
    confirmed = pc.equal(table["code"], "CONFIRMED")
    valid = pc.and_(table["confirmed"], table["complete"])
    is_wrong = pc.and_(confirmed, pc.invert(table["confirmed"]))
    elsewhere = pc.and_(is_wrong, pc.not_equal(table["aim"], HOUSEHOLD_ROW_KIND))
    wrong = table.filter(is_wrong)
    people = Counter(wrong["person_kind"].to_pylist())
    variants = table.filter(pc.and_(valid, pc.and_(pc.not_equal(table["variant"], ""), is_without_noise(table))))
    variants = variants.filter(pc.or_(variants["name_tin_agrees"], pc.equal(variants["tin_sent"], "")))
    answered = variants.filter(pc.equal(variants["code"], "CONFIRMED")).num_rows
    insufficient = pc.invert(
        pc.or_(pc.equal(table["address_kind"], "good"), pc.starts_with(table["address_kind"], "a13"))
    )
    not_refused = pc.and_(insufficient, pc.not_equal(table["code"], "REFUSED"))
    return [
        (
            f"- Rows with an insufficient address (A01 to A12) {count_true(insufficient):,}; "
            f"not refused: {count_true(not_refused):,}."
        ),
        f"- CONFIRMED {count_true(confirmed):,}; of these wrong {wrong.num_rows:,}"
        + (f" ({dict(people)})" if people else "")
        + ".",
        f"- CONFIRMED although the address asked about is not the person's on record: {count_true(elsewhere):,}.",
        f"- Valid requests {count_true(valid):,}, confirmed {count_true(pc.and_(valid, confirmed)):,}.",
        (
            "- Rows with an address that is only written in another way (A15), without typing errors in name, "
            f"address or number: {variants.num_rows:,}, confirmed {answered:,}."
        ),
    ]


HOUSEHOLD_ROW_KIND = "absent"
"""Rows about a person who lives at a recorded address but is on no record: there the address does match."""


def is_without_noise(table: pa.Table) -> pa.ChunkedArray:
    """Return a mask of the rows without a typing error in name or address."""
    return pc.and_(pc.equal(table["name_noise"], ""), pc.equal(table["address_noise"], ""))


def count_true(mask: pa.ChunkedArray) -> int:
    """Count the true values of a mask."""
    return int(pc.sum(mask).as_py() or 0)


def main() -> None:
    """Run both parts and write the page."""
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="comity-bench-")
    lines = [
        "# The main job",
        "",
        f"Written by `make bench-job`, seed {SEED}; {os.cpu_count()} processors, Python {platform.python_version()}.",
        "",
    ]
    for title, shape, people, requests in (
        ("A million people, 20,000 requests", "plain", 1_000_000, 20_000),
        ("The file of August 2025, cured", "august-2025-cured", 1_000_000, 100_000),
    ):
        with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
            seconds, table = run_job(Path(folder), shape, people, requests)
        index_and_verify = seconds["index build"] + seconds["verify"]
        lines += [f"## {title}", "", "| command | seconds |", "|---|---|"]
        lines += [f"| {name} | {spent:.1f} |" for name, spent in seconds.items()]
        lines += [
            f"| index build and verify | {index_and_verify:.1f} |",
            "",
            *render_figures(table),
            "",
            *outcome_table(table),
            "",
        ]
        print("\n".join(lines))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    lines += [f"Peak memory of any command: {peak:.1f} GiB.", ""]
    OUT.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
