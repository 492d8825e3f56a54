"""Verify a batch: the main path in six stages, one method of `Verification` each.

    receive   intake    read the folder, check form and signature, find what is on file about the batch
    judge     gates     apply every legal rule before any record is read; a hold ends here
    match     match     compare the rows that no rule refuses with the records that share their address
    decide    decide    turn evidence into determinations, by the agreement's policy; before that, a batch that is not
                        of the agreement's population is held
    release   ledger    under the write lock, judge again; then store answers, entries and head in one transaction
    deliver   release   write the signed folder from what is stored

Guarantees: the index is opened only when some row may be matched. A batch is answered once: if the process is killed
and the command run again, answers and entries are the same, because the release is one transaction and delivery only
reads. The release transaction waits for every other writer, reads the law again and judges again by the clock and the
batches on file at that moment; if any finding differs, nothing is released and the batch starts over. Delivery checks
the orders, and the records withheld, once more under the same lock. So orders and dates bind at receipt, before
matching, at release and at delivery, and of two workers with one batch, or one file under two names, one answers. A
clock that was set back stops everything.
Does not: read the clock (`Gateway.clock` is passed in), or choose adapters (`comity.app.bootstrap` does).
Basis: ADR 0004, ADR 0005, ADR 0053; promises 3, 5, 8, 9 and 11.
Start at `verify_batch`, then `Verification.run`.
"""

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity import __version__, decide, gates, intake, match, operator_log
from comity.columns.buffers import Bools, Digests, Int64s
from comity.columns.gc_pause import pause_gc
from comity.columns.parallel import run_parallel
from comity.errors import LedgerError, PolicyError
from comity.intake import RefusedBatchError, RegisteredKeyLookup
from comity.law import Law, PopulationProfile, find_population
from comity.law.agreement import Agreement
from comity.law.court_filings import apply_filings
from comity.ledger import events, leaf, log, witness_client
from comity.ledger.filed import find_witness_policy, read_filings, read_register
from comity.ledger.witness_client import WitnessClient
from comity.match import Index
from comity.model.answer import AnswerCode
from comity.model.batch import Batch
from comity.model.filing import Act
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from comity.model.prior_batches import PriorBatches
from comity.model.progress import ProgressCallback
from comity.model.release import FIRST_LEAF_VERSION, LEAF_VERSION, Release, ReleaseRecord
from comity.release import answer_codes, answer_columns, answers_folder, release_record
from comity.release.answers_folder import AnswersContent
from comity.release.record_suppression import SuppressedRows, Suppressions, find_suppressions
from comity.release.staged_release import StagedRelease
from comity.signing import Ed25519Key
from comity.store import answers, batches, entries, recalls, request_history, request_reasons
from comity.store.batches import ANSWERED, HELD, StoredBatch
from comity.store.database import Snapshot, Store, Transaction
from comity.store.entries import StagedEntries
from comity.store.request_history import StoredRequestHistory
from comity.tlog.note import LogSigner

STAGES: tuple[operator_log.Stage, ...] = ("receive", "judge", "match", "decide", "release", "deliver")
"""The methods of `Verification` that are stages, in order."""

GATES_ONLY, NOT_LOOKED_UP = "gates only", "NOT_LOOKED_UP"
"""The status of a rehearsal that looked nothing up, and what it counts instead of answers."""

RequestCounts = Mapping[str, tuple[Digests, Int64s]]
"""What was asked, by kind: sorted digests, and how often each occurs."""
POPULATION_RULE = "batch_population"
"""What the finding is called that holds a batch that is not of its agreement's population."""
_ROWS_PER_MATCH = 1_500_000
"""Rows matched at a time: reading the index's keys costs the same for a few rows as for many."""
_MAX_ATTEMPTS = 5


class UnsettledError(PolicyError):
    """The law, the orders or the batches on file changed since the batch was judged, so it must be judged again."""

    def __init__(self) -> None:
        """Raise with the code `law_unsettled`."""
        message = "The law, the orders or the batches on file changed each time this batch was about to be released."
        super().__init__("law_unsettled", message, "Nothing was released. Run the same command again.")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A run by the law as of another day, which leaves no trace in earnest (ADR 0005).

    It reads `on_file`, the custodian's control database, and writes to a control database of its own. It uses what was
    on file at `known_as_of` (ADR 0012), or, when that is None, what is on file now.
    """

    on_file: Store
    as_of: datetime
    known_as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The custodian's side: everything but the batch that a verification needs.

    `load_base_law` returns the law as shipped; what two persons filed at run time is in the store. `history_key` (16
    bytes) keys the digests of earlier requests (ADR 0013). With `witnesses`, whom `witness_policy` names, answers are
    delivered only under a checkpoint that they cosigned. Without `model`, the shipped model scores the evidence.
    `open_index` opens the index in a folder at its current commit, `list_prior_batches` lists what was answered before
    a batch, and `find_look_alike_id` finds an id that looks like a new one's; who answers one question after another
    keeps what they read. `is_withdrawn` says, under the lock of the release, whether the requester has withdrawn the
    batch since.
    """

    store: Store
    load_base_law: Callable[[], Law]
    registered_keys: RegisteredKeyLookup
    ledger_signer: LogSigner
    answers_key: Ed25519Key
    clock: Callable[[], datetime]
    history_key: bytes
    rehearsal: Rehearsal | None = None
    witness_policy: str | None = None
    witnesses: WitnessClient | None = None
    model: match.Model | None = None
    open_index: Callable[[Path], AbstractContextManager[Index]] = match.Index.open
    is_withdrawn: Callable[[], bool] = lambda: False
    list_prior_batches: Callable[[Snapshot, StoredBatch | None], PriorBatches] = batches.list_prior_batches
    find_look_alike_id: Callable[[Snapshot, str, str], str | None] = batches.find_look_alike_id

    @property
    def is_rehearsal(self) -> bool:
        """Return whether batches are judged by the law of another day than the clock's."""
        return self.rehearsal is not None

    def judged_at(self) -> datetime:
        """Return the time whose law applies: the clock's, or a rehearsal's."""
        return self.clock() if self.rehearsal is None else self.rehearsal.as_of

    def known_as_of(self) -> datetime | None:
        """Return until when a rehearsal takes into account what is on file; None when this is no rehearsal."""
        return None if self.rehearsal is None else self.rehearsal.known_as_of or self.clock()

    def snapshot_on_file(self, tx: Snapshot) -> AbstractContextManager[Snapshot]:
        """Return what is on file in earnest: the transaction's own view, or a rehearsal's view of `on_file`."""
        return nullcontext(tx) if self.rehearsal is None else self.rehearsal.on_file.read()

    def read_law(self, tx: Snapshot) -> Law:
        """Return the law on file, with the orders and the law filed at run time that the transaction sees."""
        known_as_of = None if self.rehearsal is None else self.rehearsal.known_as_of
        with self.snapshot_on_file(tx) as on_file:
            return apply_filings(self.load_base_law(), read_filings(on_file), known_as_of=known_as_of)

    def read_suppressions(self, tx: Snapshot) -> Suppressions:
        """Return the records that no answer may depend on, as far as the transaction sees; a rehearsal's too."""
        with self.snapshot_on_file(tx) as on_file:
            return find_suppressions(read_register(on_file))

    def read_current_law(self) -> Law:
        """Return the law as it is on file now, in a database read of its own."""
        with self.store.read() as tx:
            return self.read_law(tx)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a verification ended, for the custodian: counts, and no value of a request or record.

    `status` is `answered`, `held`, or `gates only`: a rehearsal over records that are not synthetic, which looked
    nothing up. `review_count` is how many requests were uncertain and so not confirmed.
    """

    batch_id: str
    status: str
    row_count: int
    findings: tuple[Finding, ...]
    counts_by_code: Mapping[str, int]
    review_count: int
    was_answered_before: bool
    is_rehearsal: bool = False

    @property
    def is_batch_refused(self) -> bool:
        """Return whether every row was refused for a fault of the request as a whole."""
        return any(f.outcome is Outcome.NOT_MET and not f.order_ids for f in self.findings)

    @property
    def blocking_order_ids(self) -> tuple[str, ...]:
        """Return the court orders that hold the batch."""
        return tuple(order_id for finding in self.findings for order_id in finding.order_ids)

    @property
    def was_compared(self) -> bool:
        """Return whether the batch is held although it was compared with records: it is not of its population."""
        return any(finding.rule == POPULATION_RULE for finding in self.findings)


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What is on file when a batch is judged: the batch itself, if it came before, earlier batches, and the law."""

    stored: StoredBatch | None
    history: History
    law: Law

    @property
    def answered(self) -> StoredBatch | None:
        """Return the stored batch if it was answered before."""
        return self.stored if self.stored is not None and self.stored.status == ANSWERED else None


@dataclass(frozen=True, slots=True)
class SuppressionSnapshot:
    """The suppressed records as filed when a batch was matched, and the same with all records of those persons."""

    filed: Suppressions = field(default_factory=Suppressions)
    by_person: Suppressions = field(default_factory=Suppressions)


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """Evidence about the compared rows (`EVIDENCE_SCHEMA`), the policy to decide it by, and what it was made with.

    `is_number_compared` are the rows whose taxpayer number, if any, was not set aside. `allowed` is what a batch may be
    mixed of under the agreement; None where nothing says so.
    """

    table: pa.Table
    policy: decide.MatchPolicy
    allowed: decide.MixtureRange | None
    suppressed: SuppressionSnapshot
    index_fingerprint: str
    model_fingerprint: str
    population: PopulationProfile
    is_number_compared: Bools
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class Determinations:
    """Determinations of the compared rows (`DETERMINATIONS_SCHEMA`), and what they rest on; all None without rows."""

    table: pa.Table | None = None
    suppressed: SuppressionSnapshot = field(default_factory=SuppressionSnapshot)
    index_fingerprint: str | None = None
    model_fingerprint: str | None = None
    population: PopulationProfile | None = None
    is_synthetic: bool = True


def verify_batch(folder: Path, gateway: Gateway, *, index: Path, out: Path, progress: ProgressCallback) -> BatchResult:
    """Take one batch through all six stages, and again from `receive` on while the law or the orders change.

    Args:
        folder: the batch as the requester sent it.
        gateway: the custodian's side.
        index: an index built by `match.build_index`; not opened unless some row may be matched.
        out: where the answers go; untouched when the batch is held.
        progress: called with a stage's name and the share of it that is done.

    Raises:
        RefusedBatchError: nothing of the batch was read; the refusal is in the ledger.
        PolicyError: `batch_conflict` (the refusal is in the ledger), `delivery_refused`, `law_unsettled`.
        IndexUnavailableError, LedgerError, ComityError: nothing was released.
    """
    with pause_gc():
        progress("receive", 0.0)
        verification = Verification(read_batch(folder, gateway), gateway, index, out, progress)
        for _ in range(_MAX_ATTEMPTS - 1):
            with suppress(UnsettledError):
                return verification.run()
        return verification.run()


def read_batch(folder: Path, gateway: Gateway) -> Batch:
    """Return the batch in a folder; one that cannot be read is a ledger entry too (26 USC 6103(p)(3)(A): all requests).

    Raises RefusedBatchError.
    """
    try:
        return intake.read_batch(folder, gateway.registered_keys)
    except RefusedBatchError as error:
        log_unread(gateway, error)
        raise


def log_unread(gateway: Gateway, error: RefusedBatchError) -> None:
    """Append the refusal of a batch that could not be read to the ledger."""
    _log_refusal(gateway, error.manifest_sha256, (error.code,))
    operator_log.log_event("batch_unreadable", code=error.code)


_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_StageMethod = Callable[Concatenate["Verification", _Arguments], _Result]


def _stage(
    name: operator_log.Stage,
) -> Callable[[_StageMethod[_Arguments, _Result]], _StageMethod[_Arguments, _Result]]:
    """Decorate a method of `Verification` as a stage: the operator's log says when it is done and how long it took."""

    def decorate(method: _StageMethod[_Arguments, _Result]) -> _StageMethod[_Arguments, _Result]:
        @functools.wraps(method)
        def run_stage(self: "Verification", /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
            with operator_log.log_stage(name, lambda: self.ledger_batch, rows=self.batch.row_count):
                return method(self, *args, **kwargs)

        return run_stage

    return decorate


@dataclass(slots=True)
class Verification:
    """One batch on the main path. Every stage takes what the stages before it returned; `run` says in which order.

    Each stage raises UnsettledError when it notices that what the batch was judged by has changed.
    """

    batch: Batch
    gateway: Gateway
    index: Path
    out: Path
    progress: ProgressCallback
    batch_id: str = field(init=False)
    ledger_batch: str = field(init=False)
    _name_salt: bytes = field(init=False)
    _evaluator: gates.GateEvaluator = field(init=False)

    def __post_init__(self) -> None:
        self.batch_id = self.batch.manifest.batch_id
        self._name_salt = leaf.generate_salts(1)[0]  # for a batch that is not on file yet
        self.ledger_batch = leaf.name_batch(self._name_salt, self.batch.manifest.requester, self.batch_id)
        self._evaluator = gates.GateEvaluator(self.batch)  # keeps what it may, so that judging again costs little

    def run(self) -> BatchResult:
        """Take the batch through the six stages once. Raises UnsettledError when it must be judged again."""
        context = self.receive()
        findings = self.judge(context)
        if requires_hold(findings):
            return self.hold(findings)
        if context.answered is not None:
            self.verify_deliverable(context.answered, findings)
            return self.deliver(context.answered, was_answered_before=True)
        if self.gateway.is_rehearsal and not self._may_rehearse_match(findings):
            return self.report_gates(findings)
        evidence = self.match(findings)
        if (departure := self.find_departure(evidence)) is not None:
            return self.hold(replace(findings, batch_findings=(*findings.batch_findings, departure)))
        determinations = self.decide(evidence)
        answered = self.release(findings, determinations)
        return self.deliver(answered, was_answered_before=False)

    @_stage("receive")
    def receive(self) -> BatchContext:
        """Return what is on file about the batch.

        Raises:
            PolicyError: `batch_conflict` when a batch of that name is on file with other content (rule R11), or one of
                a name that looks like it.
            ComityError: `output_exists` when the output folder holds something else; `clock_behind`.
        """
        gateway = self.gateway
        with gateway.store.read() as own, gateway.snapshot_on_file(own) as tx:
            entries.verify_clock(tx, gateway.clock())  # a clock that was set back could hide an order in force
            stored = self._find_stored(tx)
            if stored is None:
                self._verify_new_name(tx)
            history, law = self._read_history(tx, stored, self._open_history), gateway.read_law(own)
        if stored is not None and not self._has_same_content(stored):
            _log_refusal(gateway, self.batch.manifest_sha256, ("r11_size_and_repetition",))
            message = "A batch of this name is on file with other content. One name stands for one batch, for good."
            raise PolicyError("batch_conflict", message, "Give the new batch a batch_id of its own.")
        answers_folder.verify_output_folder(
            self.out, self.batch.manifest.requester, self.batch_id, is_rehearsal=gateway.is_rehearsal
        )
        self.progress("receive", 1.0)
        return BatchContext(None if gateway.is_rehearsal else stored, history, law)

    @_stage("judge")
    def judge(self, context: BatchContext) -> Findings:
        """Return every rule's finding about the batch and its rows; no record has been read."""
        findings = self._evaluator.evaluate(law=context.law, at=self.gateway.judged_at(), history=context.history)
        self.progress("judge", 1.0)
        return findings

    def hold(self, findings: Findings) -> BatchResult:
        """Store the batch as held, with a ledger entry that names the orders and open rules."""
        gateway = self.gateway
        with gateway.store.begin() as tx:
            self.hold_in(tx, findings)
        log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())
        return self.report_hold(findings)

    def hold_in(self, tx: Transaction, findings: Findings) -> None:
        """Store the batch as `hold` does, in the caller's transaction, which may hold other batches too."""
        self._verify_wanted()
        gateway, rows = self.gateway, findings.row_findings
        open_rules = [finding.rule for finding in findings.undetermined_findings]
        open_rules += rows.rules_in_mask(int(np.bitwise_or.reduce(rows.undetermined, initial=0)))
        stored = self._store_batch(tx, self._encode_reasons(findings))
        entry = leaf.encode_hold_leaf(
            batch_id=stored.batch_id,
            agreement=self._find_filed_agreement(gateway.read_law(tx), stored),
            orders=findings.blocking_order_ids,
            rules=open_rules,
            law=findings.law_fingerprint,
            as_of=gateway.judged_at(),
            rehearsal=gateway.is_rehearsal,
            known_as_of=gateway.known_as_of(),
            version=stored.leaf_version,
        )
        log.append_entries(tx, [entry], at=gateway.clock())
        if stored.status != ANSWERED:
            batches.record_hold(tx, stored.batch_id, as_of=gateway.judged_at())

    def report_hold(self, findings: Findings) -> BatchResult:
        """Return the result of a batch that is held, and log it."""
        operator_log.log_event("batch_held", ledger_batch=self.ledger_batch, rows=self.batch.row_count)
        return self._make_result(HELD, findings, {})

    def report_gates(self, findings: Findings) -> BatchResult:
        """Return what the gates say of a rehearsed batch; no record was read, and nothing is stored or written."""
        eligible = int(pc.sum(answer_codes.eligible_rows(findings)).as_py() or 0)
        counts = {str(AnswerCode.REFUSED): self.batch.row_count - eligible, NOT_LOOKED_UP: eligible}
        return self._make_result(GATES_ONLY, findings, counts)

    @_stage("match")
    def match(self, findings: Findings) -> MatchEvidence | None:
        """Return evidence about the rows that no rule refuses, compared a slice at a time; None when there are none.

        Raises:
            UnsettledError: an order in force now blocks the batch; slices that were not compared yet are not.
            PolicyError: `tolerance_unproven`; `rehearsal_refused` when the index is no longer synthetic.
        """
        eligible = np.flatnonzero(answer_codes.eligible_rows(findings))
        normalized = self._evaluator.release_normalized()
        if not len(eligible):
            return None
        is_number_compared = gates.rows_with_number(findings)[eligible]
        requests = gates.clear_numbers(self.batch.requests.take(pa.array(eligible)), ~is_number_compared)
        law = self.gateway.read_current_law()
        self._verify_not_blocked(law)
        model = self.gateway.model or match.load_default_model()
        agreement = law.get_agreement(self.batch.manifest.agreement)
        policy, population = derive_match_policy(agreement, model), find_population(agreement)
        allowed = derive_mixture_range(agreement, model)
        slices = []
        with self.gateway.open_index(self.index) as index:
            if self.gateway.is_rehearsal:
                verify_synthetic(index.index_commit)
            self._verify_index(index)
            suppressed = self._find_suppressed(index)
            match_rows = functools.partial(
                match.match_requests, index, model=model, shares=population.least_favorable, progress=self.progress
            )
            for start in range(0, requests.num_rows, _ROWS_PER_MATCH):
                if start:
                    self._verify_not_blocked(self.gateway.read_current_law())
                rows = requests.slice(start, _ROWS_PER_MATCH)
                known = None if normalized is None else normalized.take(eligible[start : start + _ROWS_PER_MATCH])
                slices.append(match_rows(rows, normalized=known))
            used = (index.fingerprint, model.fingerprint, population)
            is_synthetic = index.index_commit.is_synthetic
            return MatchEvidence(
                pa.concat_tables(slices),
                policy,
                allowed,
                suppressed,
                *used,
                is_number_compared,
                is_synthetic=is_synthetic,
            )

    def find_departure(self, evidence: MatchEvidence | None) -> Finding | None:
        """Return the finding that holds a batch that is not of its agreement's population; None if it may be answered.

        Rows that reach a suppressed record are left out, as nothing may depend on those (26 USC 6103(i)(6)).
        """
        if evidence is None or evidence.allowed is None:
            return None
        is_suppressed = evidence.suppressed.by_person.mark_rows(evidence.table)
        codes = evidence.table["likelihoods"].to_numpy()[~is_suppressed]
        departure = decide.find_departure(codes, evidence.allowed)
        if departure is None:
            return None
        agreement = self.gateway.read_current_law().get_agreement(self.batch.manifest.agreement)
        message = (
            f"{departure.to_text()} In a batch like this, more confirmations would be wrong than is claimed, so "
            "nothing is determined. Nobody can settle this under the agreement, whose population is "
            f"{evidence.population.id}: the requester sends a batch of that population, or the parties conclude an "
            "agreement that names a profile of requests like these."
        )
        return Finding(POPULATION_RULE, Outcome.UNDETERMINED, agreement.match_policy.citation, message)

    @_stage("decide")
    def decide(self, evidence: MatchEvidence | None) -> Determinations:
        """Return the determination of each compared row, by the agreement's policy."""
        if evidence is None:
            return Determinations()
        table = decide.determine_outcomes(evidence.table, evidence.policy, evidence.is_number_compared)
        used = (evidence.index_fingerprint, evidence.model_fingerprint, evidence.population)
        return Determinations(table, evidence.suppressed, *used, is_synthetic=evidence.is_synthetic)

    @_stage("release")
    def release(self, findings: Findings, determinations: Determinations) -> StoredBatch:
        """Judge the batch again under the write lock, and store answers, ledger entries and head in one transaction.

        Returns the batch as stored: by this release, or by another run of the same command that came first.

        Raises UnsettledError when any finding differs, or another batch of that name came first.
        """
        staged = self.stage_release(findings, determinations)
        self.progress("release", 0.4)
        with self.gateway.store.begin() as tx:  # from here on nothing else writes
            released = self.release_in(tx, findings, determinations, staged)
        self.progress("release", 1.0)
        return released

    def stage_release(
        self, findings: Findings, determinations: Determinations, tx: Transaction | None = None
    ) -> StagedRelease:
        """Return all that the release stores and that can be made before the write lock is taken.

        `tx` is the transaction that will store it, where that has begun.
        """
        answerable, suppressed_rows = determinations.suppressed.by_person.apply(determinations.table)
        table = answer_codes.compose_answers(self.batch, findings, answerable)
        salts = leaf.generate_salts(self.batch.row_count)
        columns = answer_columns.build_answer_columns(table, determinations.table, salts=salts)
        is_compared = determinations.table is not None
        tasks: tuple[Callable[[], Any], ...] = (
            lambda: log.stage_entries(
                self.gateway.store.read() if tx is None else nullcontext(tx),
                leaf.encode_answer_leaves(self.ledger_batch, columns),
            ),
            lambda: self._encode_reasons(findings),
            lambda: self._hash_answers_csv(table),
            lambda: self._count_request_digests(findings) if is_compared else None,
        )
        leaves, reasons, answers_sha256, digests = run_parallel(tasks, rows=self.batch.row_count)
        return StagedRelease(
            table=table,
            columns=columns,
            suppressed_rows=suppressed_rows,
            review_count=release_record.count_for_review(answerable),
            ledger_batch=self.ledger_batch,
            leaves=leaves,
            answers_sha256=answers_sha256,
            reasons=reasons,
            request_digests=digests,
        )

    def release_in(
        self, tx: Transaction, findings: Findings, determinations: Determinations, staged: StagedRelease | None = None
    ) -> StoredBatch:
        """Release the batch as `release` does, in the caller's transaction, which may release other batches too.

        `staged` is what `stage_release` made of the same findings and determinations; it is made here if it is None. A
        batch released before in the same transaction is history to this one. When this raises UnsettledError,
        nothing of the batch was written.
        """
        gateway = self.gateway
        stored = self._find_stored(tx)
        if stored is not None and not self._has_same_content(stored):
            raise UnsettledError
        if stored is not None and stored.status == ANSWERED:
            return stored
        self._verify_wanted()
        law, judged_at = gateway.read_law(tx), gateway.judged_at()
        with gateway.snapshot_on_file(tx) as on_file:
            on_file_stored = self._find_stored(on_file)
            history = self._read_history(on_file, on_file_stored, lambda: gateway.snapshot_on_file(tx))
        if not self._evaluator.evaluate(law=law, at=judged_at, history=history).is_same_as(findings):
            raise UnsettledError
        if determinations.table is not None and gateway.read_suppressions(tx) != determinations.suppressed.filed:
            raise UnsettledError  # matched again, with the records of the persons suppressed since
        self._verify_signer()
        self._verify_choice(tx, determinations)
        staged = staged or self.stage_release(findings, determinations, tx)
        return self._store_release(tx, (law, judged_at), findings, determinations, staged)

    def verify_deliverable(self, stored: StoredBatch, findings: Findings) -> None:
        """Refuse to deliver again what the law now refuses, unless every row was refused in the first place.

        Delivering again is disclosing again.

        Raises PolicyError `delivery_refused`.
        """
        if stored.rehearsal:
            message = (
                "An earlier version of Comity answered this batch as a rehearsal, and those answers are not for use."
            )
            raise PolicyError("delivery_refused", message, "Ask for the batch again under a batch_id of its own.")
        with self.gateway.store.read() as tx:
            recall_id = recalls.find_recall(tx, stored.batch_id)
        if recall_id is not None:
            message = f"Answers of the batch are recalled ({recall_id}), so that it is not delivered again."
            raise PolicyError("delivery_refused", message, "Follow the recall: comity recall list")
        record = stored.read_release_record()
        if record is None:
            message = "Answers of the batch were erased on an order, so that it is not delivered again."
            raise PolicyError("delivery_refused", message, "The ledger still proves that the batch was answered.")
        if findings.refusals and set(record.counts) != {AnswerCode.REFUSED}:
            rules = ", ".join(finding.rule for finding in findings.refusals)
            message = f"The batch was answered before, but the law no longer allows delivery ({rules})."
            hint = "Nothing was written. The earlier delivery stands in the ledger."
            raise PolicyError("delivery_refused", message, hint)

    @_stage("deliver")
    def deliver(self, stored: StoredBatch, *, was_answered_before: bool) -> BatchResult:
        """Write the answers folder from what is stored; it has the same bytes however often this runs.

        The last check of the orders and the writing happen under the write lock, so that an order entered in the
        meantime is entered after the folder is complete.

        Raises:
            UnsettledError: an order now blocks the batch; no folder was written.
            LedgerError: `ledger_damaged` when the stored answers are not the ones that were released.
        """
        self.progress("deliver", 0.0)
        contents = self.encode_answers(stored)
        with self.gateway.store.begin() as tx:
            self.verify_unblocked(tx, stored)
            answers_folder.write_answers_folder(self.out, contents)
        self.progress("deliver", 1.0)
        return self.report_answers(stored, was_answered_before=was_answered_before)

    def encode_answers(self, stored: StoredBatch) -> AnswersContent:
        """Return the files of an answered batch, the same bytes each time; `verify_unblocked` says if they may leave.

        Raises:
            LedgerError: `ledger_damaged` when the stored answers are not the ones that were released.
        """
        gateway, record = self.gateway, stored.read_release_record()
        with gateway.store.read() as tx:
            table = answer_columns.build_answers_table(answers.stream_public_columns(tx, stored.batch_id))
        csv = answers_folder.encode_answers_csv(table, rehearsed_as_of=self._rehearsed_as_of())
        is_intact = hashlib.sha256(csv).hexdigest() == stored.answers_sha256
        if record is None or stored.release_entry is None or not is_intact:
            message = "The stored answers are not the ones that were released, so they are not delivered again."
            raise LedgerError("ledger_damaged", message, "Stop and run: comity ledger fsck")
        checkpoint = self._obtain_checkpoint(stored.release_entry)
        receipt = log.make_receipt(gateway.store, stored.release_entry, checkpoint, *gateway.ledger_signer.verifiers)
        manifest = record.to_dict() | {"checkpoint": checkpoint, "release_entry": stored.release_entry}
        return answers_folder.encode_answers_files(
            answers=csv, manifest=manifest, receipt=receipt, letter=record.letter, key=gateway.answers_key
        )

    def verify_unblocked(self, tx: Transaction, stored: StoredBatch) -> None:
        """Verify, under the write lock, that nothing on file keeps the answers from leaving.

        Raises:
            UnsettledError: an order or a suspension blocks the batch, its signer's key is revoked, or others witness.
            PolicyError: `delivery_refused`.
        """
        self._verify_not_blocked(self.gateway.read_law(tx))
        self._verify_signer()
        self._verify_not_withheld(tx, stored)
        self._verify_witness_policy(tx)

    def report_answers(self, stored: StoredBatch, *, was_answered_before: bool) -> BatchResult:
        """Return the result of an answered batch, and log it."""
        record, entry = stored.read_release_record(), stored.release_entry
        assert record is not None  # `encode_answers` read it
        operator_log.log_event("batch_answered", ledger_batch=self.ledger_batch, rows=self.batch.row_count, entry=entry)
        return BatchResult(
            batch_id=self.batch_id,
            status=ANSWERED,
            row_count=stored.rows,
            findings=record.findings,
            counts_by_code=record.counts,
            review_count=record.review_count,
            was_answered_before=was_answered_before,
            is_rehearsal=self.gateway.is_rehearsal,
        )

    def _store_release(
        self,
        tx: Transaction,
        judged_by: tuple[Law, datetime],
        findings: Findings,
        determinations: Determinations,
        staged: StagedRelease,
    ) -> StoredBatch:
        gateway, (law, judged_at) = self.gateway, judged_by
        received = self._store_batch(tx, staged.reasons)
        batch_id, version = received.batch_id, received.leaf_version
        leaves: Iterable[bytes] | StagedEntries = staged.leaves
        if (batch_id, version) != (staged.ledger_batch, LEAF_VERSION):  # it was received before, by another version
            leaves = leaf.encode_answer_leaves(batch_id, staged.columns, version=version)
        first_entry = log.append_entries(tx, leaves, at=gateway.clock())
        self.progress("release", 0.6)
        answers.insert(tx, batch_id, staged.columns, first_entry=first_entry)
        if staged.request_digests is not None:
            self._store_request_digests(tx, batch_id, law, staged.request_digests)
        release = Release(
            batch_id=batch_id,
            agreement=self._find_filed_agreement(law, received),
            row_count=self.batch.row_count,
            first_entry=first_entry,
            counts=release_record.count_by_code(staged.table),
            answers_sha256=staged.answers_sha256,
            salt=leaf.generate_salts(1)[0],
            order_ids=tuple(sorted(law.orders)),
            law_fingerprint=findings.law_fingerprint,
            index_fingerprint=determinations.index_fingerprint,
            model_fingerprint=determinations.model_fingerprint,
            as_of=judged_at,
            is_rehearsal=gateway.is_rehearsal,
            known_as_of=gateway.known_as_of(),
            leaf_version=version,
        )
        log.append_entries(tx, [leaf.encode_release_leaf(release)], at=gateway.clock())
        if determinations.table is not None:
            self._store_suppressed_rows(tx, received, determinations.suppressed.filed, staged.suppressed_rows)
        record: ReleaseRecord = release_record.build_release_record(
            self.batch,
            findings,
            release,
            name_salt=received.name_salt,
            answered_at=gateway.clock(),
            review_count=staged.review_count,
            program_version=__version__,
            population=determinations.population.reference if determinations.population is not None else None,
            rule_digests=gates.rule_digests(),
            rows_not_judged=gates.find_applied_rules(findings),
            missing=gates.list_missing_elements(
                findings,
                staged.table.column("request_id").combine_chunks(),
                law=law,
                agreement=law.agreements.get(self.batch.manifest.agreement),
                day=judged_at.astimezone(UTC).date(),
            ),
        )
        batches.record_release(tx, release, record)
        stored = batches.get(tx, batch_id)
        assert stored is not None  # `_store_batch` put it on file in this transaction
        return stored

    def _count_request_digests(self, findings: Findings) -> RequestCounts | None:
        """Return what was asked, as digests with their counts; None if nothing of it is kept."""
        if findings.request_digests is None or self.gateway.is_rehearsal:
            return None
        eligible = np.asarray(answer_codes.eligible_rows(findings))
        return gates.history_digests(findings.request_digests, eligible, gates.rows_with_number(findings))

    def _store_request_digests(self, tx: Transaction, batch_id: str, law: Law, digests: RequestCounts) -> None:
        """Store what was asked, and forget what no agreement counts any more (ADR 0013)."""
        request_history.insert(tx, batch_id, digests)
        days = max(agreement.probing.days.value for agreement in law.agreements.values())
        request_history.prune(tx, answered_before=self.gateway.clock() - timedelta(days=days))

    def _store_suppressed_rows(
        self, tx: Transaction, batch: StoredBatch, suppressions: Suppressions, rows: SuppressedRows
    ) -> None:
        """Commit to the rows that matched a suppressed record, or to none: from outside nobody can tell which."""
        gateway = self.gateway
        if suppressions.is_empty:
            return
        public = batch.to_members() | {"rehearsal": gateway.is_rehearsal}
        content = {"rows": rows.canary_rows, "withheld": rows.withheld_rows}
        events.record_committed_entry(
            tx, "watch", about=batch.batch_id, public=public, content=content, at=gateway.clock()
        )

    def _find_stored(self, tx: Snapshot) -> StoredBatch | None:
        """Return the batch to which this requester gave this id before."""
        stored = batches.find(tx, self.batch.manifest.requester, self.batch_id)
        if stored is not None:
            self.ledger_batch = stored.batch_id
        return stored

    def _verify_new_name(self, tx: Snapshot) -> None:
        """Raise PolicyError `batch_conflict` when a batch of the requester has a name that looks like this one's."""
        alike = self._find_look_alike(tx)
        if alike is not None:
            _log_refusal(self.gateway, self.batch.manifest_sha256, ("r11_size_and_repetition",))
            message = (
                f"The batch_id looks like {alike}, which is another batch of this requester: they differ in case, "
                "marks or letters that look alike, so that one would be taken for the other."
            )
            raise PolicyError("batch_conflict", message, "Give the new batch a batch_id of its own.")

    def _find_look_alike(self, tx: Snapshot) -> str | None:
        return self.gateway.find_look_alike_id(tx, self.batch.manifest.requester, self.batch_id)

    def _encode_reasons(self, findings: Findings) -> list[tuple[int, bytes]]:
        """Return what the accounting keeps of each row."""
        digests = findings.request_digests
        return request_reasons.encode(self.batch.requests, None if digests is None else gates.subject_digests(digests))

    def _store_batch(self, tx: Transaction, reasons: Sequence[tuple[int, bytes]]) -> StoredBatch:
        """Store the batch as received, under a name of its own for the ledger, unless it is on file; return it.

        `reasons` is what `_encode_reasons` makes. Raises UnsettledError, before anything is written, when a batch came
        first whose name looks like this one's.
        """
        manifest = self.batch.manifest
        if (stored := self._find_stored(tx)) is not None:
            return stored
        if self._find_look_alike(tx) is not None:
            raise UnsettledError  # it came meanwhile: `receive` refuses this one, in a transaction of its own
        name = leaf.name_batch(self._name_salt, manifest.requester, manifest.batch_id)
        received = StoredBatch(
            batch_id=name,
            given_id=manifest.batch_id,
            name_salt=self._name_salt,
            requester=manifest.requester,
            agreement=manifest.agreement,
            manifest_sha256=self.batch.manifest_sha256,
            requests_sha256=self.batch.requests_sha256,
            rows=self.batch.row_count,
            received_at=self.gateway.clock(),
            as_of=self.gateway.judged_at(),
        )
        self.ledger_batch = name
        batches.insert(tx, received)
        request_reasons.insert(tx, received.batch_id, manifest.model_dump_json(), reasons)
        return received

    def _find_filed_agreement(self, law: Law, stored: StoredBatch) -> str | None:
        """Return what entries say of the agreement: its id, or None when none of that id is on file."""
        is_filed = self.batch.manifest.agreement in law.agreements
        return self.batch.manifest.agreement if is_filed or stored.leaf_version == FIRST_LEAF_VERSION else None

    def _read_history(
        self,
        on_file: Snapshot,
        stored: StoredBatch | None,
        open_snapshot: Callable[[], AbstractContextManager[Snapshot]],
    ) -> History:
        """Return the batches answered before this one, by the order of the ledger."""
        earlier = recalls.mark_freed(on_file, self.gateway.list_prior_batches(on_file, stored))
        requests = StoredRequestHistory(self.gateway.history_key, open_snapshot)
        return History(earlier, requests, now=self.gateway.clock())

    def _open_history(self) -> AbstractContextManager[Snapshot]:
        """Open a snapshot of the database that says what was asked before: a rehearsal's requests are in none."""
        rehearsal = self.gateway.rehearsal
        return self.gateway.store.read() if rehearsal is None else rehearsal.on_file.read()

    def _may_rehearse_match(self, findings: Findings) -> bool:
        """Return whether a rehearsal may compare the batch: it has no row to compare, or the records are synthetic."""
        if not pc.any(answer_codes.eligible_rows(findings)).as_py():
            return True
        return match.Index.find_commit(self.index).is_synthetic

    def _rehearsed_as_of(self) -> datetime | None:
        return self.gateway.judged_at() if self.gateway.is_rehearsal else None

    def _hash_answers_csv(self, table: pa.Table) -> str:
        csv = answers_folder.encode_answers_csv(table, rehearsed_as_of=self._rehearsed_as_of())
        return hashlib.sha256(csv).hexdigest()

    def _make_result(self, status: str, findings: Findings, counts: Mapping[str, int]) -> BatchResult:
        """Return the result of a run that released nothing."""
        return BatchResult(
            batch_id=self.batch_id,
            status=status,
            row_count=self.batch.row_count,
            findings=findings.batch_findings,
            counts_by_code=counts,
            review_count=0,
            was_answered_before=False,
            is_rehearsal=self.gateway.is_rehearsal,
        )

    def _has_same_content(self, stored: StoredBatch) -> bool:
        hashes = self.batch.manifest_sha256, self.batch.requests_sha256
        return hashes == (stored.manifest_sha256, stored.requests_sha256)

    def _verify_not_blocked(self, law: Law) -> None:
        """Raise UnsettledError when an order or a suspension now blocks the batch: judged again, it will be held."""
        if law.is_suspended(self.batch.manifest.agreement):
            raise UnsettledError
        if gates.blocking_orders(self.batch, law=law, at=self.gateway.judged_at()):
            raise UnsettledError

    def _verify_wanted(self) -> None:
        """Raise PolicyError `request_withdrawn` when the requester has withdrawn the batch."""
        if self.gateway.is_withdrawn():
            message = "The requester has withdrawn the batch, so that nothing of it is released."
            raise PolicyError("request_withdrawn", message, "Send it again, if it is wanted after all.")

    def _verify_index(self, index: Index) -> None:
        """Refuse to compare a batch that says it is synthetic with other records: its signer is filed by nobody."""
        if self.batch.manifest.synthetic and not index.index_commit.is_synthetic:
            message = "The batch says that it is synthetic, and these records are not."
            raise PolicyError("synthetic_batch", message, "Name an index of synthetic records with --index.")

    def _verify_signer(self) -> None:
        """Raise UnsettledError when the key that signed the batch counts no longer: judged again, it will be held."""
        key_id = self.batch.signer_key_id
        if key_id is not None and key_id not in self.gateway.registered_keys(self.batch.manifest):
            raise UnsettledError

    def _verify_choice(self, tx: Snapshot, determinations: Determinations) -> None:
        """Refuse answers from real records that rest on an index or a model that two persons did not choose.

        Raises PolicyError `choice_unfiled`.
        """
        if determinations.table is None or determinations.is_synthetic:
            return
        with self.gateway.snapshot_on_file(tx) as on_file:
            register = read_register(on_file)
        chosen = {act: [s.content.fingerprint for s in register.list_in_force(act)] for act in (Act.INDEX, Act.MODEL)}
        models = chosen[Act.MODEL][-1:] or [match.default_model_fingerprint()]
        if determinations.index_fingerprint not in chosen[Act.INDEX][-1:]:
            message = "Two persons have not chosen this state of the index, or have chosen another since."
            raise PolicyError("choice_unfiled", message, "File it: comity filings choose --index INDEX")
        if determinations.model_fingerprint not in models:
            message = "Two persons have not chosen this model, or have chosen another since."
            raise PolicyError("choice_unfiled", message, "File it: comity filings choose --model MODEL")

    def _verify_witness_policy(self, tx: Snapshot) -> None:
        """Raise UnsettledError when other witnesses are required now than when the gateway was opened."""
        gateway = self.gateway
        if gateway.rehearsal is None and find_witness_policy(read_register(tx)) != gateway.witness_policy:
            raise UnsettledError

    def _find_suppressed(self, index: Index) -> SuppressionSnapshot:
        """Return the suppressed records on file now, and all records of those persons in the index."""
        with self.gateway.store.read() as tx:
            filed = self.gateway.read_suppressions(tx)
        return SuppressionSnapshot(filed, filed if filed.is_empty else filed.extend(index.find_person_records))

    def _verify_not_withheld(self, tx: Snapshot, stored: StoredBatch) -> None:
        """Refuse to deliver a confirmation about a record that was suppressed since. Raises `delivery_refused`.

        What was filed names all records of a person that were in the index then, so it covers every earlier answer.
        """
        suppressed = self.gateway.read_suppressions(tx)
        record_ids = suppressed.canary_record_ids | suppressed.withheld_record_ids
        if answers.count_confirmed_about(tx, stored.batch_id, record_ids):
            message = "Since the batch was answered, something was filed that no answer may depend on."
            hint = "Nothing was written. Counsel decides what the requester is told: comity withhold list"
            raise PolicyError("delivery_refused", message, hint)

    def _obtain_checkpoint(self, entry: int) -> str:
        """Return the first checkpoint over an entry, cosigned as the policy asks: the same one at every delivery."""
        gateway = self.gateway
        if gateway.witnesses is not None:
            return witness_client.obtain_cosigned_checkpoint(
                gateway.store, entry, gateway.ledger_signer, gateway.witnesses, at=gateway.clock()
            )
        with gateway.store.read() as tx:
            first = entries.find_checkpoint_over(tx, entry)
        return first or log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())


def requires_hold(findings: Findings) -> bool:
    """Return whether an order in force, or a question that only a person can settle, holds the batch (ADR 0004)."""
    rows = findings.row_findings
    has_open_rows = bool(((rows.undetermined != 0) & (rows.not_met == 0)).any())
    return bool(findings.blocking_order_ids) or (
        not findings.refusals and (bool(findings.undetermined_findings) or has_open_rows)
    )


def verify_synthetic(commit: match.IndexCommit) -> None:
    """Refuse to look anything up in a rehearsal unless every record is synthetic (ADR 0005).

    Raises PolicyError `rehearsal_refused`.
    """
    if not commit.is_synthetic:
        message = "These records are not marked synthetic, and a rehearsal looks nothing up in any others."
        raise PolicyError(
            "rehearsal_refused", message, "Rehearse on records from comity simulate, or leave out --as-of."
        )


def read_match_policy(agreement: Agreement) -> decide.MatchPolicy:
    """Return the match policy that the agreement states, whatever probability its tolerated error comes to."""
    required = agreement.match_policy
    return decide.MatchPolicy(
        confirm_probability=required.confirm_probability,
        review_probability=required.review_probability,
        is_number_exact=required.is_number_exact,
        is_surname_required=required.is_surname_required,
        is_counted_as_one=True,
    )


def derive_match_policy(agreement: Agreement, model: match.Model | None = None) -> decide.MatchPolicy:
    """Return the agreement's match policy, its tolerated error turned into a probability by the model (None: shipped).

    The probability is the one shown for the population profile that the agreement names. It holds for evidence weighed
    with the shares of that profile alone.

    Raises PolicyError `tolerance_unproven`.
    """
    policy, tolerated = read_match_policy(agreement), agreement.match_policy.tolerated_error
    shares, conditions = find_population(agreement).least_favorable, policy.further_conditions
    proven = match.min_confirm_probability(tolerated, model, shares, conditions=conditions)
    return replace(policy, confirm_probability=max(policy.confirm_probability, proven))


def derive_mixture_range(agreement: Agreement, model: match.Model | None = None) -> decide.MixtureRange | None:
    """Return the most that a batch under an agreement may have of each kind of request, as it would be estimated.

    None where the agreement names no population, or where no scale was measured for the weights of the model (None: the
    shipped one).
    """
    scale = match.find_mixture_scale(model or match.load_default_model())
    if agreement.population is None or scale is None:
        return None
    odds = find_population(agreement).odds
    return decide.MixtureRange(odds.family.most * scale.family, odds.stranger.most * scale.others)


def _log_refusal(gateway: Gateway, manifest_sha256: str | None, rules: tuple[str, ...]) -> None:
    with gateway.store.begin() as tx:
        events.record_refusal(
            tx,
            manifest_sha256,
            rules,
            as_of=gateway.judged_at(),
            rehearsal=gateway.is_rehearsal,
            known_as_of=gateway.known_as_of(),
            at=gateway.clock(),
        )
    log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())
