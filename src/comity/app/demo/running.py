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
from comity.app.cli.simulate import sign_simulated
from comity.app.demo.figures import Comparison, compare_with_2025
from comity.app.home import Home
from comity.evaluate.process_2025 import would_disclose
from comity.ledger import log
from comity.ledger.publish import publish
from comity.model.progress import Progress
from comity.pipeline import Verified, verify_batch
from comity.store.answers import of_batch as stored_answers
from comity_ledger_verify import Key, Trust, check_log

AUGUST_2025 = datetime(2025, 8, 7, 12, tzinfo=UTC)
AFTER_DENIAL = datetime(2026, 2, 25, 12, tzinfo=UTC)
CREATED = datetime(2025, 6, 25, 12, tzinfo=UTC)


@dataclass
class Demo:
    """What happened, for the page."""

    people: int
    records: int = 0
    requests: int = 0
    as_sent: Verified | None = None
    cured: Verified | None = None
    held: Verified | None = None
    comparison: Comparison | None = None
    ledger_entries: int = 0
    ledger_root: str = ""
    flipped: str = ""
    caught: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def run_demo(out: Path, *, people: int, requests: int, seed: int, report: Progress) -> Demo:
    """Run everything in `out`, which is emptied of an earlier demo first; the page is for `page.write_page`."""
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)
    demo = Demo(people)
    with _timed(demo, "simulate"):
        for shape in ("august-2025", "august-2025-cured"):
            made = simulate.simulate(
                people=people, requests=requests, seed=seed, out=work / shape, shape=shape, created_at=CREATED,
                progress=report,
            )  # fmt: skip
            sign_simulated(work / shape)
    demo.records, demo.requests = made.records, made.requests
    with _timed(demo, "index"):
        match.build_index([work / "august-2025" / "records"], work / "index", progress=report)
    home = Home.open(work / "home")
    with _timed(demo, "verify as sent"):
        demo.as_sent = _verify(work, "august-2025", home, AUGUST_2025, report)
    with _timed(demo, "verify cured"):
        demo.cured = _verify(work, "august-2025-cured", home, AUGUST_2025, report)
    with _timed(demo, "compare with 2025"):
        demo.comparison = _compare(work, home, demo.cured)
    with _timed(demo, "verify on 25 Feb 2026"):
        demo.held = _verify(work, "august-2025-cured", Home.open(work / "home-2026"), AFTER_DENIAL, report)
    with _timed(demo, "ledger"):
        _check_ledger(demo, work, home)
    return demo


def _verify(work: Path, shape: str, home: Home, as_of: datetime, report: Progress) -> Verified:
    batch, index = work / shape / "batch", work / "index"
    bootstrap.register_synthetic_signer(home, batch, index)
    with bootstrap.open_gateway(home, as_of=as_of) as gateway:
        return verify_batch(
            batch, gateway, index=index, out=work / "answers" / f"{shape}-{as_of:%Y-%m-%d}", report=report
        )


def _compare(work: Path, home: Home, verified: Verified) -> Comparison:
    cured = work / "august-2025-cured"
    requests = next((cured / "batch").glob("requests.*"))
    disclosed = would_disclose(work / "august-2025" / "records", requests)
    answers = work / "answers" / f"august-2025-cured-{AUGUST_2025:%Y-%m-%d}" / "answers.csv"
    with bootstrap.open_store(home) as store, store.read() as tx:
        stored = stored_answers(tx, verified.batch_id)
        uncertain = pa.array([answer.request_id for answer in stored if answer.outcome == "review"], pa.string())
    return compare_with_2025(answers, cured / "truth.parquet", disclosed, uncertain)


def _check_ledger(demo: Demo, work: Path, home: Home) -> None:
    """Publish, verify as a stranger would, then flip one byte of an entry and verify again."""
    signer = bootstrap.ledger_signer(home)
    public = work / "public"
    with bootstrap.open_store(home) as store:
        note = log.sign_checkpoint(store, signer, at=clock.now())
        publish(store, public, note, *signer.verifiers)
        with store.read() as tx:
            demo.ledger_entries = log.size(tx)
    demo.ledger_root = note.splitlines()[2]
    trust = Trust([Key.parse(signer.verifier.to_text())])
    if check_log(public, trust).findings:
        raise RuntimeError("The ledger does not verify.")
    forged = work / "public-forged"
    shutil.copytree(public, forged)
    bundle = min(path for path in (forged / "tile" / "entries").rglob("*") if path.is_file())
    content = bytearray(bundle.read_bytes())
    place = len(content) // 2
    content[place] ^= 1
    bundle.write_bytes(content)
    demo.flipped = f"byte {place} of {bundle.relative_to(forged)}"
    if not (findings := check_log(forged, trust).findings):
        raise RuntimeError("A forged ledger verified.")
    demo.caught = findings[0]


@contextmanager
def _timed(demo: Demo, step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    demo.seconds[step] = time.perf_counter() - start
