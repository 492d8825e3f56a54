"""Arrow's dictionary encoding against a compiled hash table of our own; writes docs/results/interning.md.

    make bench-interning

`comity.columns.intern` gives each distinct text of a column a code. It used to do so with the hash table below: texts
were hashed and compared eight bytes at a time, and slots were prefetched in blocks of rows. This program simulates
1.28 million requests and a million records, and normalizes both tables with the one and the other by turns, in one run.
It checks that both give the same codes. On a machine that others use, compare the ratios of CPU seconds.
"""

import argparse
import gc
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from comity.columns.intern import Codes, intern
from comity.columns.intrinsics import prefetch
from comity.columns.kernel import GOLDEN_RATIO_64, kernel
from comity.columns.strings import FNV_OFFSET_BASIS
from comity.normalize import encode, plain_lines
from comity.normalize.encode import EncodedTable, encode_table
from comity.normalize.normalized_row import TEXT_COLUMNS

RESULTS_PAGE = Path(__file__).parents[1] / "docs" / "results" / "interning.md"
COMITY = [sys.executable, "-c", "from comity.app.cli import main; main()"]
Intern = Callable[[pa.Array], tuple[Codes, list[str]]]

_InternTable = namedtuple("_InternTable", "slots starts arena used")  # noqa: PYI024  numba knows no other
_HASH, _ARENA_START, _META = range(3)
_SLOT_BYTES = 24
"""A slot is three numbers: a text's hash, its start in the arena, and its code above its size; 0 if it is free."""
_SIZE_MASK = np.uint64(0xFFFFFFFF)
_BLOCK_ROWS = 64
_SWAR_FROM_A, _SWAR_BEYOND_Z, _SWAR_HIGH_BITS = (
    np.uint64(byte * 0x0101010101010101) for byte in (0x80 - 97, 0x7F - 122, 0x80)
)


@kernel
def _new_table() -> Any:
    """Return a table that holds the empty text."""
    slots, starts = np.zeros((1 << 12, 3), np.uint64), np.zeros((1 << 11) + 1, np.int64)
    return _InternTable(slots, starts, np.zeros(1 << 16, np.uint8), np.array([1, 0]))


@kernel
def _reserve(table: Any, texts: int, size: int) -> Any:
    """Return the table, or a larger one, with room for `texts` more texts of `size` bytes in all."""
    count, used = table.used
    slots, starts, arena = table.slots, table.starts, table.arena
    if used + size > len(arena):
        arena = np.empty(2 * len(arena) + size, np.uint8)
        arena[:used] = table.arena[:used]
    if 2 * (count + texts) >= len(slots):
        starts = np.zeros(2 * len(starts), np.int64)
        starts[: count + 1] = table.starts[: count + 1]
        slots = np.zeros((2 * len(slots), 3), np.uint64)
        mask, one = np.uint64(len(slots) - 1), np.uint64(1)
        for i in range(len(table.slots)):
            if table.slots[i, _META]:
                at = table.slots[i, _HASH] & mask
                while slots[at, _META]:
                    at = (at + one) & mask
                slots[at] = table.slots[i]
    return _InternTable(slots, starts, arena, table.used)


@kernel
def _upper_byte(byte: int, is_ascii: bool) -> int:
    """Return the byte, in upper case if the text is all ASCII."""
    return byte - 32 if is_ascii and 97 <= byte <= 122 else byte


@intrinsic
def _load_uint64(_: Any, address: Any) -> Any:
    """Load eight bytes at an address as a number."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()), align=1)

    return types.uint64(address), generate


@kernel
def _load_word(data: Any, at: int, end: int) -> np.uint64:
    """Return up to eight bytes from `at` on, the first one lowest, with zeros after the end of the text."""
    left = min(end - at, 8)
    if at + 8 > len(data):
        word = np.uint64(0)
        for i in range(left):
            word |= np.uint64(data[at + i]) << np.uint64(8 * i)
        return word
    word = np.uint64(_load_uint64(data.ctypes.data + at))
    return word if left == 8 else word & ((np.uint64(1) << np.uint64(8 * left)) - np.uint64(1))


@kernel
def _upper_word(word: np.uint64, is_ascii: bool) -> np.uint64:
    """Do as `_upper_byte` does for eight bytes at once; the highest bit of each marks a lower case letter."""
    if not is_ascii:
        return word
    is_small = (word + _SWAR_FROM_A) & ~(word + _SWAR_BEYOND_Z) & _SWAR_HIGH_BITS
    return word - (is_small >> np.uint64(2))


@kernel
def _is_ascii(data: Any, start: int, end: int) -> bool:
    for at in range(start, end, 8):
        if _load_word(data, at, end) & _SWAR_HIGH_BITS:
            return False
    return True


@kernel
def _hash_bytes(data: Any, start: int, end: int, is_ascii: bool) -> np.uint64:
    key = FNV_OFFSET_BASIS
    for at in range(start, end, 8):
        key = (key ^ _upper_word(_load_word(data, at, end), is_ascii)) * GOLDEN_RATIO_64
        key ^= key >> np.uint64(29)
    return key ^ key >> np.uint64(32)


@kernel
def _equals_interned(arena: Any, first: int, data: Any, start: int, end: int, is_ascii: bool) -> bool:
    """Return whether a text equals the one of the same length at `first` in the arena."""
    for i in range(0, end - start, 8):
        if _load_word(arena, first + i, first + end - start) != _upper_word(_load_word(data, start + i, end), is_ascii):
            return False
    return True


@kernel
def _append_text(starts: Any, arena: Any, used: Any, data: Any, start: int, end: int, is_ascii: bool) -> None:
    """Append a new text to the arena."""
    for i in range(end - start):
        arena[used[1] + i] = _upper_byte(data[start + i], is_ascii)
    used[0] += 1
    used[1] += end - start
    starts[used[0]] = used[1]


@kernel
def _intern_block(
    slots: Any, starts: Any, arena: Any, used: Any, data: Any, starts_at: Any, ends_at: Any, codes: Any
) -> None:
    """Write the codes of at most `_BLOCK_ROWS` texts and add new ones, for which there must be room.

    Slots and texts are prefetched for the whole block before they are read.
    """
    keys, is_ascii = np.empty(_BLOCK_ROWS, np.uint64), np.empty(_BLOCK_ROWS, np.bool_)
    mask, one, half = np.uint64(len(slots) - 1), np.uint64(1), np.uint64(32)
    for row in range(len(codes)):
        is_ascii[row] = _is_ascii(data, starts_at[row], ends_at[row])
        keys[row] = _hash_bytes(data, starts_at[row], ends_at[row], is_ascii[row])
        prefetch(slots.ctypes.data + _SLOT_BYTES * np.int64(keys[row] & mask))
    for row in range(len(codes)):
        prefetch(arena.ctypes.data + np.int64(slots[keys[row] & mask, _ARENA_START]))
    for row in range(len(codes)):
        start, end, key = starts_at[row], ends_at[row], keys[row]
        size = np.uint64(end - start)
        if size == 0:
            continue
        at = key & mask
        while slots[at, _META] and not (
            slots[at, _HASH] == key
            and slots[at, _META] & _SIZE_MASK == size
            and _equals_interned(arena, int(slots[at, _ARENA_START]), data, start, end, is_ascii[row])
        ):
            at = (at + one) & mask
        if not slots[at, _META]:
            slots[at, _HASH], slots[at, _ARENA_START], slots[at, _META] = (
                key,
                used[1],
                np.uint64(used[0]) << half | size,
            )
            _append_text(starts, arena, used, data, start, end, is_ascii[row])
        codes[row] = slots[at, _META] >> half


@kernel
def _intern_all(data: Any, starts_at: Any, ends_at: Any, codes: Any) -> Any:
    """Intern all rows block by block; write their codes and return the table."""
    table = _new_table()
    ends = np.empty(_BLOCK_ROWS, np.int64)
    for since in range(0, len(codes), _BLOCK_ROWS):
        until = min(since + _BLOCK_ROWS, len(codes))
        size = 0
        for row in range(since, until):
            ends[row - since] = ends_at[row]
            size += ends[row - since] - starts_at[row]
        if 2 * (table.used[0] + _BLOCK_ROWS) >= len(table.slots) or table.used[1] + size > len(table.arena):
            table = _reserve(table, _BLOCK_ROWS, size)
        slots, starts, arena, used = table
        _intern_block(
            slots, starts, arena, used, data, starts_at[since:until], ends[: until - since], codes[since:until]
        )
    return table


def intern_with_table(column: pa.Array) -> tuple[Codes, list[str]]:
    """Do as `comity.columns.intern.intern` does, with the hash table."""
    data, offsets = plain_lines._byte_buffers(column)  # noqa: SLF001
    codes = np.zeros(len(column), np.uint32)
    table = _intern_all(data, offsets[:-1], offsets[1:], codes)
    count, size = int(table.used[0]), int(table.used[1])
    texts = pa.LargeStringArray.from_buffers(
        count, pa.py_buffer(table.starts[: count + 1]), pa.py_buffer(table.arena[:size])
    )
    return codes, texts.to_pylist()


CANDIDATES: dict[str, Intern] = {"Arrow": intern, "hash table": intern_with_table}


def time_call(function: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, CPU seconds and the result of a call."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = function()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def is_same(left: EncodedTable, right: EncodedTable) -> bool:
    """Return whether two encoded tables are equal."""
    return (
        left.values == right.values
        and all(np.array_equal(left.codes[name], right.codes[name]) for name in left.codes)
        and np.array_equal(left.suffix, right.suffix)
    )


def measure_table(
    table: pa.Table, runs: int
) -> tuple[list[tuple[str, float, float]], list[tuple[str, int, float, float]]]:
    """Time the whole encode step and each column's interning, by turns.

    Returns:
        For each candidate the medians of wall and CPU seconds of `encode_table`; for each column the number of distinct
        texts and the median CPU seconds of each candidate.
    """
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in CANDIDATES}
    results = {}
    for run in range(runs + 1):
        rows = table if run else table.slice(0, 1_000)  # the first turn compiles and imports
        for name, function in CANDIDATES.items():
            encode.intern = plain_lines.intern = function
            wall, cpu, results[name] = time_call(partial(encode_table, rows))
            times[name] += [(wall, cpu)] if run else []
    encode.intern = plain_lines.intern = intern
    if not is_same(*results.values()):
        raise RuntimeError("the two candidates do not agree")
    whole = [(name, median(w for w, _ in t), median(c for _, c in t)) for name, t in times.items()]
    columns = []
    for name in TEXT_COLUMNS:
        column = table.column(name).cast(pa.large_string()).combine_chunks()
        cpu: dict[str, list[float]] = {candidate: [] for candidate in CANDIDATES}
        for _ in range(runs):
            for candidate, function in CANDIDATES.items():
                _, seconds, (_, texts) = time_call(partial(function, column))
                cpu[candidate].append(seconds)
        columns.append((name, len(texts) - 1, *(median(values) for values in cpu.values())))
    return whole, columns


def render_page(tables: dict[str, tuple[int, Any]], runs: int) -> str:
    """Return the page."""
    preamble = (
        f"Written by `make bench-interning`; {os.cpu_count()} processors, Python {platform.python_version()}, pyarrow "
        f"{pa.__version__}. Medians of {runs} runs by turns. Both candidates give the same values and codes "
        "(checked in the run). All data are synthetic. Other work on the machine lengthens both; read the ratios."
    )
    lines = [
        "# Interning: Arrow's dictionary encoding or a hash table of our own",
        "",
        preamble,
        "",
        "## The whole encode step",
        "",
        "| table | rows | candidate | seconds | CPU seconds | CPU ratio to Arrow |",
        "|---|---|---|---|---|---|",
    ]
    for table, (rows, (whole, _)) in tables.items():
        arrow = whole[0][2]
        lines += [
            f"| {table} | {rows:,} | {name} | {wall:.2f} | {cpu:.2f} | {cpu / arrow:.2f} |" for name, wall, cpu in whole
        ]
    lines += [
        "",
        "## Columns alone",
        "",
        "| table | column | distinct texts | Arrow, CPU seconds | hash table, CPU seconds | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for table, (_, (_, columns)) in tables.items():
        lines += [
            f"| {table} | `{name}` | {count:,} | {arrow:.3f} | {own:.3f} | {own / max(arrow, 1e-9):.2f} |"
            for name, count, arrow, own in columns
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_210_000)
    parser.add_argument("--requests", type=int, default=1_280_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--page", type=Path, default=RESULTS_PAGE)
    parser.add_argument("--data", type=Path, help="a folder that comity simulate wrote, instead of a new one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = arguments.data or Path(folder)
        if arguments.data is None:
            sizes = ("--people", str(arguments.people), "--requests", str(arguments.requests), "--seed", "7")
            subprocess.run([*COMITY, "simulate", *sizes, "--shape", "plain", "--out", "."], cwd=folder, check=True)
        sources = {"requests": [data / "batch" / "requests.parquet"], "records": sorted((data / "records").iterdir())}
        tables = {}
        for name, files in sources.items():
            table = pa.concat_tables(pq.read_table(file, columns=list(TEXT_COLUMNS)) for file in files)
            tables[name] = (len(table), measure_table(table, arguments.runs))
    arguments.page.write_text(render_page(tables, arguments.runs), encoding="utf-8")
    print(arguments.page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
