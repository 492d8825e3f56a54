"""Time the separate checker on 1.28 million entries and try it on 10,000 changed bytes; writes docs/results/checker.md.

    make bench-checker          bench/checker.py --quick [--page PAGE] ends in a minute

Start at `main`.
"""

import argparse
import ast
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity.store.database import Store  # noqa: E402
from tests.support.ledger_damage import (  # noqa: E402
    FILE_KINDS,
    check_with_change,
    publish_sample_log,
    random_changes,
    read_receipts,
)

OUT = ROOT / "docs" / "results" / "checker.md"
CHECKER = ROOT / "src" / "comity_ledger_verify.py"
LARGE_LOG_SIZE, SMALL_LOG_SIZE = 1_280_000, 2_000
CHANGE_COUNT = 10_000
QUICK_LARGE_LOG_SIZE, QUICK_CHANGE_COUNT = 20_000, 200
RUNS = 5


def time_checker(folder: Path) -> tuple[list[float], float, str]:
    """Run the checker as a stranger would, from its one file.

    Returns the seconds of each run, the mean CPU seconds, and what the checker printed.
    """
    receipts = [f"--receipt={path}" for path in sorted(folder.glob("*.tlog-proof"))]
    command = [sys.executable, "-I", str(CHECKER), str(folder / "public"), "--key", str(folder / "public.vkey")]
    seconds = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(RUNS):
        start = time.perf_counter()
        completed = subprocess.run([*command, *receipts], capture_output=True, text=True, check=False)
        seconds.append(time.perf_counter() - start)
        if completed.returncode:
            raise RuntimeError(f"the log does not verify: {completed.stdout}{completed.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu_seconds / RUNS, completed.stdout.strip()


def count_detected_changes(folder: Path, change_count: int) -> dict[str, Counter[str]]:
    """Change one byte, check and restore it, again and again; count what was detected, by kind of file."""
    receipts = read_receipts(folder)
    counts: dict[str, Counter[str]] = {file_kind: Counter() for file_kind in FILE_KINDS}
    for change in random_changes(folder, change_count, seed=7):
        findings = check_with_change(folder, change, receipts).findings
        count = counts[change.file_kind]
        count["changes"] += 1
        count["detected"] += bool(findings)
        count["nameable"] += change.expected_finding is not None
        count["named"] += change.expected_finding is not None and any(map(change.expected_finding.search, findings))
    return counts


def list_checker_imports() -> tuple[list[str], list[str]]:
    """List what the checker imports: of the standard library, and other modules."""
    modules = set()
    for node in ast.walk(ast.parse(CHECKER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    standard = sorted(m for m in modules if m.split(".")[0] in sys.stdlib_module_names)
    return standard, sorted(modules.difference(standard))


def count_code_lines() -> tuple[int, int]:
    """Count the lines of the file, and those with code: neither blank, nor comment, nor docstring."""
    text = CHECKER.read_text(encoding="utf-8")
    docstring_lines: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            docstring_lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = text.splitlines()
    code = [
        line
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.strip().startswith("#") and number not in docstring_lines
    ]
    return len(lines), len(code)


def render_page(
    timing: tuple[list[float], float, str], load: float, log_size: int, counts: dict[str, Counter[str]]
) -> str:
    """Render the page; `timing` is from `time_checker`."""
    seconds, cpu_seconds, output = timing
    total = Counter[str]()
    for count in counts.values():
        total += count
    rows = [
        f"| {name} | {c['changes']:,} | {c['detected']:,} | {c['nameable']:,} | {c['named']:,} |"
        for name, c in [*counts.items(), ("**all**", total)]
    ]
    table = "\n".join(rows)
    standard, foreign = (", ".join(f"`{name}`" for name in names) for names in list_checker_imports())
    lines, code = count_code_lines()
    return f"""# The separate checker

Written by `make bench-checker` (Python {platform.python_version()}, {os.cpu_count()} CPUs). Synthetic entries.

## Speed

A log of {log_size:,} entries in one folder of tiles, with receipts: median of {RUNS} runs
**{statistics.median(seconds):.1f} s** (from {min(seconds):.1f} to {max(seconds):.1f}), {cpu_seconds:.1f} s of CPU.
The machine had other work too: its load average was {load:.1f} on {os.cpu_count()} CPUs.

    {output}

## One byte changed

A log of {SMALL_LOG_SIZE:,} entries published in two steps, with receipts under both checkpoints. One random byte of
the stored files is replaced by another value and the whole log checked. *Nameable*: the position of the byte gives the
entry (or, above level 0, the range of entries); in a checkpoint, or where a receipt names its entry, it does not.
*Named*: a finding names exactly that entry or range.

| where | changes | detected | nameable | named |
|---|---:|---:|---:|---:|
{table}

## Size

`comity_ledger_verify.py`: {lines} lines, {code} of them code. Imports beside the standard library: {foreign}. Of the
standard library: {standard}.
"""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small log and few changes, to see that it runs")
    parser.add_argument("--page", type=Path, default=OUT)
    arguments = parser.parse_args()
    log_size = QUICK_LARGE_LOG_SIZE if arguments.quick else LARGE_LOG_SIZE
    change_count = QUICK_CHANGE_COUNT if arguments.quick else CHANGE_COUNT
    with tempfile.TemporaryDirectory() as temporary:
        for name, entries, receipts in (("large", log_size, 20), ("small", SMALL_LOG_SIZE, 12)):
            folder = Path(temporary) / name
            folder.mkdir()
            store = Store.open(folder / "control.db", bytes(32))
            publish_sample_log(store, folder, entries, receipts)
            store.close()
        timing = time_checker(Path(temporary) / "large")
        load = os.getloadavg()[0]
        counts = count_detected_changes(Path(temporary) / "small", change_count)
    page = render_page(timing, load, log_size, counts)
    arguments.page.write_text(page, encoding="utf-8")
    print(page)
    missed = sum(count["changes"] - count["detected"] for count in counts.values())
    if missed:
        raise RuntimeError(f"{missed} changes were not detected")


if __name__ == "__main__":
    main()
