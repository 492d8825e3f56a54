"""Run the whole job on synthetic data, and write one page that shows it.

As of 7 August 2025, the requester's file as it was sent is refused whole; with the request's own defects cured and its
addresses left as they were, it is answered, beside what the process of 2025 would have disclosed. As of 25 February
2026 the same batch is held. The ledger verifies offline; with one byte flipped it does not, and the place is named.
A short second part inspects three papers and assesses two candidate rules. Every answer is a rehearsal's (ADR 0005).

Guarantees: every figure on the page comes from this run; none is typed.
Start at `run_demo`.
"""

import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from comity import match
from comity.app import bootstrap, clock
from comity.app.gateway import open_rehearsal, register_synthetic_signer
from comity.app.home import Home
from comity.app.pages.demo_page import (
    AFTER_DENIAL,
    AUGUST_2025,
    ClaimedErrors,
    DemoResult,
    LedgerDemo,
    render_demo_page,
)
from comity.app.use_cases.ledger_operations import write_vkeys
from comity.app.use_cases.paper_demonstration import demonstrate_papers
from comity.app.use_cases.synthetic_nation import SimulationPlan, simulate_nation
from comity.evaluate.process_2025 import replay_process_2025
from comity.evaluate.process_comparison import ProcessComparison, compare_processes
from comity.law import find_population, load_law
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.model.progress import ProgressCallback
from comity.pipeline import BatchResult, verify_batch
from comity.simulate import Simulation
from comity.store import batches
from comity.store.answers import stream_by_batch
from comity_ledger_verify import TrustPolicy, Vkey, check_log

_CREATED_AT = datetime(2025, 6, 25, 12, tzinfo=UTC)
_AS_SENT, _CURED = "august-2025", "august-2025-cured"


def run_demo(  # noqa: PLR0913  each is an option of the command
    out: Path, *, people: int, requests: int, customers: int, seed: int, progress: ProgressCallback
) -> DemoResult:
    """Run every step in `out`, from which an earlier demo is removed, and write `out`/index.html."""
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)
    seconds: dict[str, float] = {}
    steps = _DemoSteps(work, progress)
    with _record_seconds(seconds, "simulate"):
        for shape in (_AS_SENT, _CURED):
            plan = SimulationPlan(people=people, requests=requests, seed=seed, shape=shape, created_at=_CREATED_AT)
            simulation = steps.simulate(plan)
    with _record_seconds(seconds, "index"):
        match.build_index([work / _AS_SENT / "records"], steps.index, progress=progress)
    home = Home.open_or_create(work / "home")
    with _record_seconds(seconds, "verify as sent"):
        as_sent = steps.verify(_AS_SENT, home, AUGUST_2025)
    with _record_seconds(seconds, "verify cured"):
        cured = steps.verify(_CURED, home, AUGUST_2025)
    with _record_seconds(seconds, "compare with 2025"):
        comparison = steps.compare(home.open_rehearsal(), cured)
        claims = steps.measure_claims(home.open_rehearsal(), cured, wrong=comparison.confirmed_wrong)
    with _record_seconds(seconds, "verify on 25 Feb 2026"):
        held_in_2026 = steps.verify(_CURED, Home.open_or_create(work / "home-2026"), AFTER_DENIAL)
    with _record_seconds(seconds, "ledger"):
        ledger = steps.check_ledger(home.open_rehearsal())
    with _record_seconds(seconds, "papers and rules"):
        papers = demonstrate_papers(work, customers=customers, seed=seed, progress=progress)
    demo = DemoResult(
        people=people,
        records=simulation.record_count,
        requests=simulation.request_count,
        as_sent=as_sent,
        cured=cured,
        held=held_in_2026,
        comparison=comparison,
        claims=claims,
        ledger=ledger,
        papers=papers,
        seconds=seconds,
    )
    (out / "index.html").write_text(render_demo_page(demo, created_at=clock.now()), encoding="utf-8")
    return demo


@dataclass(frozen=True, slots=True)
class _DemoSteps:
    """The demo's steps, in one working folder."""

    work: Path
    progress: ProgressCallback

    @property
    def index(self) -> Path:
        return self.work / "index"

    def simulate(self, plan: SimulationPlan) -> Simulation:
        return simulate_nation(plan, self.work / plan.shape, progress=self.progress)

    def verify(self, shape: str, home: Home, as_of: datetime) -> BatchResult:
        batch = self.work / shape / "batch"
        register_synthetic_signer(home, batch, self.index)
        with open_rehearsal(home, as_of) as gateway:
            return verify_batch(
                batch, gateway, index=self.index, out=self._answers_folder(shape, as_of), progress=self.progress
            )

    def compare(self, home: Home, cured: BatchResult) -> ProcessComparison:
        """Compare the answers to the cured file with what the process of 2025 would have disclosed of it."""
        requests = next((self.work / _CURED / "batch").glob("requests.*"))
        disclosed = replay_process_2025(self.work / _AS_SENT / "records", requests)
        with bootstrap.open_store(home) as store, store.read() as tx:
            batch = batches.resolve(tx, cured.batch_id)
            assert batch is not None
            stored = stream_by_batch(tx, batch.batch_id)
            uncertain = pa.array([answer.request_id for answer in stored if answer.outcome == "review"], pa.string())
        answers = self._answers_folder(_CURED, AUGUST_2025) / "answers.csv"
        return compare_processes(answers, self.work / _CURED / "truth.parquet", disclosed, uncertain)

    def measure_claims(self, home: Home, cured: BatchResult, *, wrong: int) -> ClaimedErrors:
        """Return what the agreement tolerates, and what was claimed of confirmations, of which `wrong` are wrong."""
        with bootstrap.open_store(home) as store, store.read() as tx:
            batch = batches.resolve(tx, cured.batch_id)
            assert batch is not None
            agreement = load_law().get_agreement(batch.agreement)
            claimed = [a.match_probability for a in stream_by_batch(tx, batch.batch_id) if a.code == "CONFIRMED"]
        errors = math.fsum(1 - probability for probability in claimed if probability is not None)
        tolerated = agreement.match_policy.tolerated_error
        return ClaimedErrors(tolerated, find_population(agreement), len(claimed), errors, wrong)

    def check_ledger(self, home: Home) -> LedgerDemo:
        """Publish the ledger, verify it as a stranger would, then flip one byte of an entry and verify again."""
        signer = bootstrap.load_key_ring(home)
        published = self.work / "public"
        with bootstrap.open_store(home) as store:
            note = log.sign_current_checkpoint(store, signer, at=clock.now())
            publish_log(store, published, note, *signer.verifiers)
            write_vkeys(published, [signer.verifier.to_text()])
            with store.read() as tx:
                entry_count = log.tree_size(tx)
        trust = TrustPolicy([Vkey.parse(signer.verifier.to_text())])
        if check_log(published, trust).findings:
            raise RuntimeError("The ledger does not verify.")
        forged = self.work / "public-forged"
        shutil.copytree(published, forged)
        flipped_byte = _flip_one_byte(forged)
        findings = check_log(forged, trust).findings
        if not findings:
            raise RuntimeError("A forged ledger verified.")
        return LedgerDemo(entry_count, note.splitlines()[2], flipped_byte, findings[0])

    def _answers_folder(self, shape: str, as_of: datetime) -> Path:
        return self.work / "answers" / f"{shape}-{as_of:%Y-%m-%d}"


def _flip_one_byte(published: Path) -> str:
    """Flip a bit in the middle of the first bundle of entries, and return where it is."""
    bundle = min(path for path in (published / "tile" / "entries").rglob("*") if path.is_file())
    content = bytearray(bundle.read_bytes())
    offset = len(content) // 2
    content[offset] ^= 1
    bundle.write_bytes(content)
    return f"byte {offset} of {bundle.relative_to(published)}"


@contextmanager
def _record_seconds(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start
