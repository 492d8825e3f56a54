"""Measure how fast the ledger grows, is published and proves; writes docs/results/ledger.md.

Usage: python bench/ledger.py [ENTRIES] [LARGE] [PAGE]. Each figure is also given as a multiple of a yardstick from the
same run: SHA-256 of the same entries in a bare loop, one core, nothing stored. Compare this ratio between machines.
Start at `main`.
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
NAME_SALT = bytes(32)
BATCH = leaf.name_batch(NAME_SALT, "r", "B")
PROOF_COUNT = 2_000
REPEATED_PROOF_ROW = "an inclusion proof, one after another from one snapshot"
MIN_ENTRIES_PER_SECOND, MAX_PROOF_MS = 100_000, 1.0


@contextmanager
def add_seconds(times: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds of a block to `times`."""
    started_at = time.perf_counter()
    yield
    times[name] = times.get(name, 0.0) + time.perf_counter() - started_at


def make_answer_columns(rows: int) -> AnswerColumns:
    """Make answers like those of the pipeline."""
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
    """Return the seconds for SHA-256 of every entry, and nothing else."""
    entries_in_memory = list(leaves)
    started_at = time.perf_counter()
    for entry in entries_in_memory:
        hashlib.sha256(entry).digest()
    return time.perf_counter() - started_at


def insert_batch(store: Store, rows: int) -> None:
    """Insert a batch for its answers to refer to."""
    with store.begin() as tx:
        batches.insert(
            tx,
            batches.StoredBatch(
                batch_id=BATCH,
                given_id="B",
                name_salt=NAME_SALT,
                requester="r",
                agreement="a",
                manifest_sha256="0" * 64,
                requests_sha256="0" * 64,
                rows=rows,
                received_at=RECORDED_AT,
                as_of=RECORDED_AT,
            ),
        )


def measure_release(store: Store, folder: Path, rows: int) -> tuple[dict[str, float], float]:
    """Measure the seconds of each stage for one batch of so many rows, and of the yardstick."""
    columns, times = make_answer_columns(rows), dict[str, float]()
    yardstick = time_bare_hashing(leaf.encode_answer_leaves(BATCH, columns))
    insert_batch(store, rows)
    started_at = time.perf_counter()
    with store.begin() as tx:
        log.append_entries(tx, leaf.encode_answer_leaves(BATCH, columns), at=RECORDED_AT)
    times["make, hash and append the entries; commit"] = time.perf_counter() - started_at
    with add_seconds(times, "sign a checkpoint"):
        note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with add_seconds(times, "publish: tiles and entry bundles, on disk"):
        publish_log(store, folder / "public", note, SIGNER.verifier)
    times["appended and published"] = sum(times.values())
    with add_seconds(times, "insert the answers themselves; commit"), store.begin() as tx:
        answers.insert(tx, BATCH, columns, first_entry=0)
    times["all of it"] = times["appended and published"] + times["insert the answers themselves; commit"]
    return times, yardstick


def grow_log(store: Store, size: int) -> float:
    """Append so many entries, a million at a time; return the entries appended each second."""
    started_at = time.perf_counter()
    appended, step = 0, 1_000_000
    while appended < size:
        rows = min(step, size - appended)
        columns = AnswerColumns(
            row=range(appended + 1, appended + rows + 1),
            request_id=[f"REQ-{n}" for n in range(rows)],
            code=["REFUSED"] * rows,
            reasons=[""] * rows,
            salt=leaf.generate_salts(rows),
        )
        with store.begin() as tx:
            log.append_entries(tx, leaf.encode_answer_leaves(BATCH, columns), at=RECORDED_AT)
        appended += rows
    return size / (time.perf_counter() - started_at)


def time_each(action: Callable[[int], object], indices: Iterable[int]) -> list[float]:
    """Return the milliseconds of an action for each index."""
    times = []
    for index in indices:
        started_at = time.perf_counter()
        action(index)
        times.append(1000 * (time.perf_counter() - started_at))
    return times


def measure_proofs(store: Store, size: int) -> dict[str, list[float]]:
    """Measure the milliseconds for single proofs out of a large log, alone and one after another."""
    rng = random.Random(9)
    indices = [rng.randrange(size) for _ in range(PROOF_COUNT)]
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with store.read() as tx:
        head = entries.get_head(tx)
        assert head is not None
        root = head.root
        prove = log.inclusion_prover(tx)
        times = {
            REPEATED_PROOF_ROW: time_each(lambda index: prove(index, size), indices),
            "an inclusion proof alone: nothing cached": time_each(
                lambda index: log.inclusion_prover(tx)(index, size), indices
            ),
        }
        proofs = [(i, prove(i, size), log.read_entries(tx, i, i + 1)[0]) for i in indices[:200]]
    times["its verification"] = time_each(
        lambda n: verify_inclusion(hash_leaf(proofs[n][2]), proofs[n][0], size, proofs[n][1], root), range(len(proofs))
    )
    times["a receipt (checkpoint checked, proof, entry)"] = time_each(
        lambda index: log.make_receipt(store, index, note, SIGNER.verifier), indices
    )
    return times


def render_release_table(name: str, rows: int, times: dict[str, float], yardstick: float) -> list[str]:
    """Render one database's table."""
    lines = [f"## {name}: a batch of {rows:,} rows", "", "| stage | seconds | entries a second | times the yardstick |"]
    lines += [
        "|---|---|---|---|",
        f"| yardstick: SHA-256 of each entry, nothing else | {yardstick:.2f} | {rows / yardstick:,.0f} | 1.0 |",
    ]
    for stage, seconds in times.items():
        lines.append(f"| {stage} | {seconds:.2f} | {rows / seconds:,.0f} | {seconds / yardstick:.1f} |")
    return [*lines, ""]


def main(rows: int = 1_280_000, large: int = 10_000_000, page: Path = OUT) -> int:
    """Measure all and write the page; return 1 if a target is missed on SQLite."""
    machine = f"{os.cpu_count()} processors (load {os.getloadavg()[0]:.1f} at the start)"
    lines = ["# The ledger's speed", ""]
    lines += [f"Written by `make bench-ledger`; {machine}, Python {platform.python_version()}.", ""]
    with tempfile.TemporaryDirectory(prefix="ledger", dir=os.environ.get("COMITY_BENCH_DIR")) as temporary:
        folder = Path(temporary)
        store = Store.open(folder / "control.db", os.urandom(32))
        times, yardstick = measure_release(store, folder, rows)
        store.close()
        lines += render_release_table("SQLite (SQLCipher)", rows, times, yardstick)
        speed = rows / times["appended and published"]
        print("\n".join(lines), flush=True)
        (folder / "server").mkdir()
        with postgres_server.run_server() as server:
            server_store = postgres_server.open_postgresql_store(server)
            server_times, server_yardstick = measure_release(server_store, folder / "server", rows)
            server_store.close()
        lines += render_release_table("PostgreSQL", rows, server_times, server_yardstick)
        store = Store.open(folder / "large.db", os.urandom(32))
        growth = grow_log(store, large)
        proof_times = measure_proofs(store, large)
        store.close()
    lines += [
        f"## A log of {large:,} entries",
        "",
        f"Grown at {growth:,.0f} entries a second. {PROOF_COUNT:,} entries at random:",
        "",
    ]
    lines += ["| what | median ms | 99 in 100 within ms |", "|---|---|---|"]
    for title, milliseconds in proof_times.items():
        p99 = statistics.quantiles(milliseconds, n=100)[98]
        lines.append(f"| {title} | {statistics.median(milliseconds):.3f} | {p99:.3f} |")
    median_proof = statistics.median(proof_times[REPEATED_PROOF_ROW])
    verdicts = {
        f"at least {MIN_ENTRIES_PER_SECOND:,} entries a second appended and published": (
            f"{speed:,.0f}",
            speed >= MIN_ENTRIES_PER_SECOND,
        ),
        f"a proof in at most {MAX_PROOF_MS} ms at {large:,} entries": (
            f"{median_proof:.3f} ms",
            median_proof <= MAX_PROOF_MS,
        ),
    }
    lines += ["", "## Targets", "", "| target | measured | |", "|---|---|---|"]
    lines += [
        f"| {target} | {measured} | {'met' if is_met else 'MISSED'} |"
        for target, (measured, is_met) in verdicts.items()
    ]
    page.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0 if all(is_met for _, is_met in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3]), *map(Path, sys.argv[3:])))
