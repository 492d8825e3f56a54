"""How fast the ledger grows, is published and proves; writes docs/results/ledger.md.

Usage: python bench/ledger.py [ENTRIES] [LARGE]. Each figure stands beside a yardstick from the same run: SHA-256 of the
same entries in a bare loop, one core, nothing stored. The ratio is what to compare from one machine to the next.
"""

import hashlib
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from comity.ledger import leaf, log  # noqa: E402  after the path
from comity.ledger.publish import publish_log  # noqa: E402
from comity.store import answers, batches, entries  # noqa: E402
from comity.store.answers import AnswerColumns  # noqa: E402
from comity.store.database import Store  # noqa: E402
from comity.tlog.merkle import hash_leaf, verify_inclusion  # noqa: E402
from comity.tlog.note import Ed25519Signer  # noqa: E402
from tests.support import postgres_server  # noqa: E402

OUT = ROOT / "docs" / "results" / "ledger.md"
SIGNER = Ed25519Signer("comity.example/ledger", Ed25519PrivateKey.generate())
RECORDED_AT = datetime(2026, 2, 25, 12, tzinfo=UTC)
ANSWER_CODES = ("CONFIRMED", "NOT_CONFIRMED", "REFUSED")
PROOF_COUNT = 2_000
REPEATED_PROOF_ROW = "an inclusion proof, one after another from one snapshot"
MIN_ENTRIES_PER_SECOND, MAX_PROOF_MS = 100_000, 1.0


@contextmanager
def add_seconds(times: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds of a block to `times`."""
    began = time.perf_counter()
    yield
    times[name] = times.get(name, 0.0) + time.perf_counter() - began


def make_answer_columns(rows: int) -> AnswerColumns:
    """Answers as the pipeline has them."""
    codes = [ANSWER_CODES[row % 3] for row in range(rows)]
    return AnswerColumns(
        row=list(range(1, rows + 1)),
        request_id=[f"REQ-2026-{row:08}" for row in range(rows)],
        code=codes,
        reasons=["a07_number_and_street" if code == "REFUSED" else "" for code in codes],
        salt=leaf.generate_salts(rows),
        outcome=["match" if code == "CONFIRMED" else None for code in codes],
        match_probability=[0.999 if code == "CONFIRMED" else None for code in codes],
        record_id=[f"r{row}" if code == "CONFIRMED" else None for row, code in enumerate(codes)],
    )


def time_bare_hashing(leaves: Iterable[bytes]) -> float:
    """Seconds for SHA-256 of every entry, and nothing else."""
    held = list(leaves)
    began = time.perf_counter()
    for entry in held:
        hashlib.sha256(entry).digest()
    return time.perf_counter() - began


def insert_batch(store: Store, name: str, rows: int) -> None:
    """Put a batch on file, for its answers to refer to."""
    with store.begin() as tx:
        batches.insert(
            tx,
            batches.StoredBatch(
                batch_id=name, requester="r", agreement="a", manifest_sha256="0" * 64, requests_sha256="0" * 64,
                rows=rows, received_at=RECORDED_AT, as_of=RECORDED_AT,
            ),
        )  # fmt: skip


def measure_release(store: Store, folder: Path, rows: int) -> tuple[dict[str, float], float]:
    """Seconds of each stage for one batch of so many rows, and of the yardstick."""
    columns, times = make_answer_columns(rows), dict[str, float]()
    base = time_bare_hashing(leaf.encode_answer_leaves("B", columns))
    insert_batch(store, "B", rows)
    began = time.perf_counter()
    with store.begin() as tx:
        log.append_entries(tx, leaf.encode_answer_leaves("B", columns), at=RECORDED_AT)
    times["make, hash and append the entries; commit"] = time.perf_counter() - began
    with add_seconds(times, "sign a checkpoint"):
        note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with add_seconds(times, "publish: tiles and entry bundles, on disk"):
        publish_log(store, folder / "public", note, SIGNER.verifier)
    times["appended and published"] = sum(times.values())
    with add_seconds(times, "insert the answers themselves; commit"), store.begin() as tx:
        answers.insert(tx, "B", columns, first_entry=0)
    times["all of it"] = times["appended and published"] + times["insert the answers themselves; commit"]
    return times, base


def grow_log(store: Store, size: int) -> float:
    """Bring a log to so many entries, a million at a time; entries a second."""
    began = time.perf_counter()
    at, step = 0, 1_000_000
    while at < size:
        rows = min(step, size - at)
        columns = AnswerColumns(
            row=range(at + 1, at + rows + 1), request_id=[f"REQ-{n}" for n in range(rows)], code=["REFUSED"] * rows,
            reasons=[""] * rows, salt=leaf.generate_salts(rows),
        )  # fmt: skip
        with store.begin() as tx:
            log.append_entries(tx, leaf.encode_answer_leaves("B", columns), at=RECORDED_AT)
        at += rows
    return size / (time.perf_counter() - began)


def time_each(action: Callable[[int], object], indices: Iterable[int]) -> list[float]:
    """Milliseconds of an action for each index."""
    times = []
    for index in indices:
        began = time.perf_counter()
        action(index)
        times.append(1000 * (time.perf_counter() - began))
    return times


def measure_proofs(store: Store, size: int) -> dict[str, list[float]]:
    """Milliseconds for single proofs out of a large log, alone and one after another."""
    chance = random.Random(9)
    indices = [chance.randrange(size) for _ in range(PROOF_COUNT)]
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with store.read() as tx:
        head = entries.get_head(tx)
        assert head is not None
        root = head.root
        prove = log.inclusion_prover(tx)
        times = {
            REPEATED_PROOF_ROW: time_each(lambda index: prove(index, size), indices),
            "an inclusion proof alone: nothing kept": time_each(
                lambda index: log.inclusion_prover(tx)(index, size), indices
            ),
        }
        proved = [(i, prove(i, size), log.read_entries(tx, i, i + 1)[0]) for i in indices[:200]]
    times["its verification"] = time_each(
        lambda n: verify_inclusion(hash_leaf(proved[n][2]), proved[n][0], size, proved[n][1], root), range(len(proved))
    )
    times["a whole receipt (checkpoint checked, proof, entry)"] = time_each(
        lambda index: log.make_receipt(store, index, note, SIGNER.verifier), indices
    )
    return times


def render_release_table(name: str, rows: int, times: dict[str, float], base: float) -> list[str]:
    """One database's table."""
    lines = [f"## {name}: a batch of {rows:,} rows", "", "| stage | seconds | entries a second | times the yardstick |"]
    lines += [
        "|---|---|---|---|",
        f"| yardstick: SHA-256 of each entry, nothing else | {base:.2f} | {rows / base:,.0f} | 1.0 |",
    ]
    for stage, spent in times.items():
        lines.append(f"| {stage} | {spent:.2f} | {rows / spent:,.0f} | {spent / base:.1f} |")
    return [*lines, ""]


def main(rows: int = 1_280_000, large: int = 10_000_000) -> int:
    """Measure all, write the page; 1 when a wanted figure is missed on SQLite."""
    when = (
        f"{os.cpu_count()} processors (load {os.getloadavg()[0]:.1f} when it began), Python {platform.python_version()}"
    )
    lines = ["# The ledger's speed", "", f"Written by `make bench-ledger`; {when}.", ""]
    with tempfile.TemporaryDirectory(prefix="ledger", dir=os.environ.get("COMITY_BENCH_DIR")) as place:
        folder = Path(place)
        store = Store.open(folder / "control.db", os.urandom(32))
        times, base = measure_release(store, folder, rows)
        store.close()
        lines += render_release_table("SQLite (SQLCipher)", rows, times, base)
        speed = rows / times["appended and published"]
        print("\n".join(lines), flush=True)
        (folder / "server").mkdir()
        with postgres_server.run_server() as server:
            on_server = postgres_server.open_postgresql_store(server)
            other, other_base = measure_release(on_server, folder / "server", rows)
            on_server.close()
        lines += render_release_table("PostgreSQL", rows, other, other_base)
        store = Store.open(folder / "large.db", os.urandom(32))
        growth = grow_log(store, large)
        measured = measure_proofs(store, large)
        store.close()
    lines += [
        f"## A log of {large:,} entries",
        "",
        f"Grown at {growth:,.0f} entries a second. {PROOF_COUNT:,} entries at random:",
        "",
    ]
    lines += ["| what | median ms | 99 in 100 within ms |", "|---|---|---|"]
    for what, found in measured.items():
        lines.append(f"| {what} | {statistics.median(found):.3f} | {statistics.quantiles(found, n=100)[98]:.3f} |")
    middle = statistics.median(measured[REPEATED_PROOF_ROW])
    verdicts = {
        f"at least {MIN_ENTRIES_PER_SECOND:,} entries a second appended and published": (
            f"{speed:,.0f}",
            speed >= MIN_ENTRIES_PER_SECOND,
        ),
        f"a proof in at most {MAX_PROOF_MS} ms at {large:,} entries": (f"{middle:.3f} ms", middle <= MAX_PROOF_MS),
    }
    lines += ["", "## Wanted", "", "| wanted | measured | |", "|---|---|---|"]
    lines += [f"| {what} | {found} | {'met' if good else 'MISSED'} |" for what, (found, good) in verdicts.items()]
    OUT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0 if all(good for _, good in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
