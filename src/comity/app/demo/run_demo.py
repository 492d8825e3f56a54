"""Run the demonstration's steps and gather what the page shows. Every figure comes from a run, none is typed."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from comity import match, simulate
from comity.app import bootstrap, clock
from comity.app.cli.simulate import sign_simulated_batch
from comity.app.demo.process_comparison import ProcessComparison, compare_processes
from comity.app.home import Home
from comity.evaluate.process_2025 import replay_process_2025
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.model.progress import ProgressCallback
from comity.pipeline import BatchResult, verify_batch
from comity.store.answers import stream_by_batch as stored_answers
from comity_ledger_verify import TrustPolicy, Vkey, check_log

AUGUST_2025 = datetime(2025, 8, 7, 12, tzinfo=UTC)
AFTER_DENIAL = datetime(2026, 2, 25, 12, tzinfo=UTC)
CREATED_AT = datetime(2025, 6, 25, 12, tzinfo=UTC)


@dataclass
class DemoResult:
    """What happened, for the page."""

    people: int
    records: int = 0
    requests: int = 0
    as_sent: BatchResult | None = None
    cured: BatchResult | None = None
    held: BatchResult | None = None
    comparison: ProcessComparison | None = None
    ledger_entries: int = 0
    ledger_root_hash: str = ""
    flipped_byte: str = ""
    checker_finding: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def run_demo(out: Path, *, people: int, requests: int, seed: int, report: ProgressCallback) -> DemoResult:
    """Run everything in `out`, which is emptied of an earlier demo first; the page is for `page.write_page`."""
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)
    demo = DemoResult(people)
    with _record_seconds(demo, "simulate"):
        for shape in ("august-2025", "august-2025-cured"):
            made = simulate.run_simulation(
                people=people, requests=requests, seed=seed, out=work / shape, shape=shape, created_at=CREATED_AT,
                progress=report,
            )  # fmt: skip
            sign_simulated_batch(work / shape)
    demo.records, demo.requests = made.record_count, made.request_count
    with _record_seconds(demo, "index"):
        match.build_index([work / "august-2025" / "records"], work / "index", progress=report)
    home = Home.open(work / "home")
    with _record_seconds(demo, "verify as sent"):
        demo.as_sent = _verify_shape(work, "august-2025", home, AUGUST_2025, report)
    with _record_seconds(demo, "verify cured"):
        demo.cured = _verify_shape(work, "august-2025-cured", home, AUGUST_2025, report)
    with _record_seconds(demo, "compare with 2025"):
        demo.comparison = _compare_cured(work, home, demo.cured)
    with _record_seconds(demo, "verify on 25 Feb 2026"):
        demo.held = _verify_shape(work, "august-2025-cured", Home.open(work / "home-2026"), AFTER_DENIAL, report)
    with _record_seconds(demo, "ledger"):
        _check_ledger(demo, work, home)
    return demo


def _verify_shape(work: Path, shape: str, home: Home, as_of: datetime, report: ProgressCallback) -> BatchResult:
    batch, index = work / shape / "batch", work / "index"
    bootstrap.register_synthetic_signer(home, batch, index)
    with bootstrap.open_gateway(home, as_of=as_of) as gateway:
        return verify_batch(
            batch, gateway, index=index, out=work / "answers" / f"{shape}-{as_of:%Y-%m-%d}", progress=report
        )


def _compare_cured(work: Path, home: Home, verified: BatchResult) -> ProcessComparison:
    cured = work / "august-2025-cured"
    requests = next((cured / "batch").glob("requests.*"))
    disclosed = replay_process_2025(work / "august-2025" / "records", requests)
    answers = work / "answers" / f"august-2025-cured-{AUGUST_2025:%Y-%m-%d}" / "answers.csv"
    with bootstrap.open_store(home) as store, store.read() as tx:
        stored = stored_answers(tx, verified.batch_id)
        uncertain = pa.array([answer.request_id for answer in stored if answer.outcome == "review"], pa.string())
    return compare_processes(answers, cured / "truth.parquet", disclosed, uncertain)


def _check_ledger(demo: DemoResult, work: Path, home: Home) -> None:
    """Publish, verify as a stranger would, then flip one byte of an entry and verify again."""
    signer = bootstrap.load_key_ring(home)
    public = work / "public"
    with bootstrap.open_store(home) as store:
        note = log.sign_current_checkpoint(store, signer, at=clock.now())
        publish_log(store, public, note, *signer.verifiers)
        with store.read() as tx:
            demo.ledger_entries = log.tree_size(tx)
    demo.ledger_root_hash = note.splitlines()[2]
    trust = TrustPolicy([Vkey.parse(signer.verifier.to_text())])
    if check_log(public, trust).findings:
        raise RuntimeError("The ledger does not verify.")
    forged = work / "public-forged"
    shutil.copytree(public, forged)
    bundle = min(path for path in (forged / "tile" / "entries").rglob("*") if path.is_file())
    content = bytearray(bundle.read_bytes())
    place = len(content) // 2
    content[place] ^= 1
    bundle.write_bytes(content)
    demo.flipped_byte = f"byte {place} of {bundle.relative_to(forged)}"
    if not (findings := check_log(forged, trust).findings):
        raise RuntimeError("A forged ledger verified.")
    demo.checker_finding = findings[0]


@contextmanager
def _record_seconds(demo: DemoResult, step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    demo.seconds[step] = time.perf_counter() - start
