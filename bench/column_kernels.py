"""Measure two column kernels against what a library offers instead; write docs/results/column-kernels.md.

The reasons of a batch of 1.28 million rows are screened for the keywords of R04 and D02: with the project's automaton
(comity.columns.aho_corasick) and with RE2, through Arrow. The street lines of the batch are digested under a key: with
the vectorized CMAC (comity.columns.cmac), with the library's CMAC row by row, and with keyed hashes of the standard
library row by row. Both screenings must find the same rows, and both CMACs must be equal. Times are processor seconds
of all threads, so that other work on the machine does not count.

Start at `main`: `python bench/column_kernels.py`; `--batch FOLDER` measures a batch that is already there.
"""

import argparse
import hashlib
import hmac
import platform
import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from comity import simulate
from comity.columns.aho_corasick import build_automaton, contains_any
from comity.columns.buffers import Bools, Digests
from comity.columns.cmac import CmacDigester
from comity.columns.fold import fold, to_string_array
from comity.columns.patterns import matches_pattern
from comity.gates.text.reason_words import list_screening_words
from comity.law import load_law
from comity.model.progress import no_progress

RESULTS = Path(__file__).parents[1] / "docs" / "results" / "column-kernels.md"
PEOPLE, REQUESTS, SEED = 200_000, 1_280_000, 7
CREATED_AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
REPEATS = 3
KEY = bytes(range(16))
KEYWORDS = list_screening_words(load_law().list_flagged_words(CREATED_AT.date())).keywords
AUTOMATON = build_automaton(KEYWORDS)
RE2_PATTERN = f"(?i){'|'.join(re.escape(keyword) for keyword in KEYWORDS)}|[^\\x00-\\x7F]"


def main() -> None:
    """Measure both kernels and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=Path)
    folder: Path | None = parser.parse_args().batch
    if folder:
        table = _read_columns(folder)
    else:
        with tempfile.TemporaryDirectory() as out:
            table = _read_columns(_simulate_batch(Path(out)))
    reasons, lines = to_string_array(table["reason"]), fold(table["street"])
    screening = _measure_screening(reasons)
    digests = _measure_digests(lines)
    RESULTS.write_text("\n".join(_page(table.num_rows, reasons, screening, digests)) + "\n", encoding="utf-8")


def _simulate_batch(out: Path) -> Path:
    simulation = simulate.run_simulation(
        people=PEOPLE, requests=REQUESTS, seed=SEED, out=out, shape="plain", created_at=CREATED_AT, progress=no_progress
    )
    return simulation.batch_folder


def _read_columns(batch_folder: Path) -> pa.Table:
    return pq.read_table(next(batch_folder.glob("requests.parquet")), columns=["reason", "street"])


def _measure_screening(reasons: pa.Array) -> list[tuple[str, float, int]]:
    """Return name, seconds and hits of each way to screen; raise if they differ."""
    ways: tuple[tuple[str, Callable[[], Bools]], ...] = (
        ("automaton (`contains_any`)", lambda: contains_any(reasons, AUTOMATON)),
        (
            "RE2, one alternation (`pyarrow.compute.match_substring_regex`)",
            lambda: matches_pattern(reasons, RE2_PATTERN),
        ),
    )
    measured = [(name, *_best_time(way)) for name, way in ways]
    if any(not np.array_equal(result, measured[0][2]) for _, _, result in measured):
        raise RuntimeError("the automaton and RE2 do not find the same reasons")
    return [(name, seconds, int(result.sum())) for name, seconds, result in measured]


def _measure_digests(lines: pa.Array) -> list[tuple[str, float]]:
    """Return name and seconds of each way to digest; raise if the two CMACs differ."""
    subkey = _library_cmac(KEY, b"street")
    texts = [str(line).encode() for line in lines.to_pylist()]

    def by_row(digest: Callable[[bytes], bytes]) -> Callable[[], Digests]:
        return lambda: np.frombuffer(b"".join([digest(text)[:8] for text in texts]), dtype=np.uint64)

    ways: tuple[tuple[str, Callable[[], Digests]], ...] = (
        ("AES-CMAC, vectorized (`CmacDigester`)", lambda: CmacDigester(KEY).digest_texts("street", lines)),
        ("AES-CMAC of `cryptography`, row by row", by_row(lambda text: _library_cmac(subkey, text))),
        (
            "keyed BLAKE2b of `hashlib`, row by row",
            by_row(lambda t: hashlib.blake2b(t, key=KEY, digest_size=8).digest()),
        ),
        ("HMAC-SHA-256 of `hmac`, row by row", by_row(lambda text: hmac.digest(KEY, text, "sha256"))),
    )
    measured = [(name, *_best_time(way)) for name, way in ways]
    if not np.array_equal(measured[0][2], measured[1][2]):
        raise RuntimeError("the vectorized CMAC is not the library's")
    return [(name, seconds) for name, seconds, _ in measured]


def _library_cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


def _best_time(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least processor time of several runs after one that compiles, and the result."""
    result, times = function(), []
    for _ in range(REPEATS):
        start = time.process_time()
        result = function()
        times.append(time.process_time() - start)
    return min(times), result


def _page(
    rows: int, reasons: pa.Array, screening: list[tuple[str, float, int]], digests: list[tuple[str, float]]
) -> list[str]:
    megabytes, keywords = reasons.nbytes / 1e6, len(KEYWORDS)
    machine = f"{platform.machine()}, pyarrow {pa.__version__}, numpy {np.__version__}"
    return [
        "# Column kernels beside what libraries offer",
        "",
        f"Written by `python bench/column_kernels.py` on {rows:,} rows: processor seconds of all threads,",
        f"best of {REPEATS} runs ({machine}).",
        "",
        f"## Screening {megabytes:,.0f} MB of reasons for {keywords} keywords",
        "",
        "Both find the same rows.",
        "",
        "| way | processor seconds | MB a second | rows found |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {seconds:.2f} | {megabytes / seconds:,.0f} | {hits:,} |" for name, seconds, hits in screening),
        "",
        "## One keyed digest for each street line",
        "",
        "The two CMACs are equal, row by row.",
        "",
        "| way | processor seconds | nanoseconds a row |",
        "| --- | --- | --- |",
        *(f"| {name} | {seconds:.2f} | {seconds / rows * 1e9:,.0f} |" for name, seconds in digests),
    ]


if __name__ == "__main__":
    main()
