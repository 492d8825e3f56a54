"""The separate checker, timed on 1.28 million entries and tried on 10,000 changed bytes: writes docs/results/checker.md.

make bench-checker
"""

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
from tests.support.ledger_damage import FILE_KINDS, check_with_change, publish_sample_log, random_changes, read_receipts  # noqa: E402

OUT = ROOT / "docs" / "results" / "checker.md"
CHECKER = ROOT / "src" / "comity_ledger_verify.py"
LARGE_LOG_SIZE, SMALL_LOG_SIZE = 1_280_000, 2_000
CHANGE_COUNT = 10_000
RUNS = 5


def time_checker(folder: Path) -> tuple[list[float], float, str]:
    """Run the checker as a stranger would, from its one file; seconds of each run, of one on a processor, what it said."""
    receipts = [f"--receipt={path}" for path in sorted(folder.glob("*.tlog-proof"))]
    command = [sys.executable, "-I", str(CHECKER), str(folder / "public"), "--key", str(folder / "public.vkey")]
    seconds = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(RUNS):
        start = time.perf_counter()
        ended = subprocess.run([*command, *receipts], capture_output=True, text=True, check=False)
        seconds.append(time.perf_counter() - start)
        if ended.returncode:
            raise RuntimeError(f"the log does not verify: {ended.stdout}{ended.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, busy / RUNS, ended.stdout.strip()


def count_detected_changes(folder: Path) -> dict[str, Counter[str]]:
    """Change one byte, check, put it back, 10,000 times; counts by kind of file."""
    receipts = read_receipts(folder)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in FILE_KINDS}
    for change in random_changes(folder, CHANGE_COUNT, seed=7):
        found = check_with_change(folder, change, receipts).findings
        count = counts[change.file_kind]
        count["changes"] += 1
        count["detected"] += bool(found)
        count["nameable"] += change.expected_finding is not None
        count["named"] += change.expected_finding is not None and any(
            change.expected_finding.search(finding) for finding in found
        )
    return counts


def list_checker_imports() -> tuple[list[str], list[str]]:
    """What the checker imports: of the standard library, and else."""
    modules = set()
    for node in ast.walk(ast.parse(CHECKER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    own = sorted(m for m in modules if m.split(".")[0] in sys.stdlib_module_names)
    return own, sorted(modules.difference(own))


def count_code_lines() -> tuple[int, int]:
    """Lines of the file, and those that hold code: neither blank, nor comment, nor docstring."""
    text = CHECKER.read_text(encoding="utf-8")
    spoken = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            spoken |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = text.splitlines()
    code = [
        n for n, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#") and n not in spoken
    ]
    return len(lines), len(code)


def render_page(seconds: list[float], busy: float, load: float, said: str, counts: dict[str, Counter[str]]) -> str:
    """The page."""
    total = Counter[str]()
    for count in counts.values():
        total += count
    rows = [
        f"| {kind} | {c['changes']:,} | {c['detected']:,} | {c['nameable']:,} | {c['named']:,} |"
        for kind, c in [*counts.items(), ("**all**", total)]
    ]
    table = "\n".join(rows)
    of_library, foreign = (", ".join(f"`{name}`" for name in names) for names in list_checker_imports())
    lines, code = count_code_lines()
    return f"""# The separate checker

Written by `make bench-checker` (Python {platform.python_version()}, {os.cpu_count()} CPUs). Synthetic entries.

## Speed

A log of {LARGE_LOG_SIZE:,} entries in one folder of tiles, with receipts: median of {RUNS} runs
**{statistics.median(seconds):.1f} s** (from {min(seconds):.1f} to {max(seconds):.1f}), {busy:.1f} s of one processor's time.
The machine had other work too: its load average was {load:.1f} on {os.cpu_count()} CPUs.

    {said}

## One byte changed

A log of {SMALL_LOG_SIZE:,} entries published in two steps, with receipts under both checkpoints. One random byte of the stored
files is replaced by another value and the whole log checked. *Nameable*: the place of the byte tells the entry (or,
above level 0, the range of entries); in a checkpoint, or where a receipt says which entry it is of, it does not.
*Named*: a finding names exactly that entry or range.

| where | changes | detected | nameable | named |
|---|---:|---:|---:|---:|
{table}

## Size

`comity_ledger_verify.py`: {lines} lines, {code} of them code. Imports beside the standard library: {foreign}. Of the
standard library: {of_library}.
"""


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as place:
        for name, entries, receipts in (("large", LARGE_LOG_SIZE, 20), ("small", SMALL_LOG_SIZE, 12)):
            folder = Path(place) / name
            folder.mkdir()
            store = Store.open(folder / "control.db", bytes(32))
            publish_sample_log(store, folder, entries, receipts)
            store.close()
        seconds, busy, said = time_checker(Path(place) / "large")
        load = os.getloadavg()[0]
        counts = count_detected_changes(Path(place) / "small")
    OUT.write_text(render_page(seconds, busy, load, said, counts), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))
    missed = sum(count["changes"] - count["detected"] for count in counts.values())
    if missed:
        raise RuntimeError(f"{missed} changes were not detected")


if __name__ == "__main__":
    main()
