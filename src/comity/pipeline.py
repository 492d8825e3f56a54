"""The main path: a batch goes in, lawful, signed answers come out. One call per stage, in order.

    receive   intake      read the folder, check form and signature
    judge     gates       every legal rule, before any record is read; a hold or a whole refusal ends here
    look up   match       candidate pairs through the address given, compared and scored
    decide    decide      evidence and the agreement's policy -> determinations
    release   ledger      under the lock: everything judged again; then answers, ledger entries and head, one transaction
    deliver   release     the signed folder, from what is stored

Guarantees: the index is opened only when a row is left that no rule refuses; a batch is answered once: killed at any
point and run again, it ends with the same answers, each entry once, because the release is one transaction and
delivery only reads. Inside that transaction, which waits for every other, the law on file is read anew and every rule
judges again, by the clock and the batches of that moment; where that comes out otherwise, nothing is released and the
batch starts over. Delivery looks at the orders a last time, under the same lock. So orders and dates bind at receipt, before look-up, at release and at delivery, and of two workers
with one batch, or one file under two names, one answers. A clock that was set back stops everything.
Does not: read the clock (`Gateway.clock` is passed in), or choose adapters (`comity.app.bootstrap` does).
Basis: ADR 0004, ADR 0005; product.md promises 3, 5, 9, 11.
Start at `verify_batch`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from comity import decide, gates, intake, match, release
from comity.columns.gc_pause import pause_gc
from comity.errors import LedgerError, PolicyError, RequestError
from comity.intake.batch_reader import RegisteredKeyLookup
from comity.law import Law
from comity.law.agreement import Agreement
from comity.law.court_filings import apply_filings
from comity.ledger import events, leaf, log, witness_client
from comity.ledger.witness_client import WitnessClient
from comity.model.answer import AnswerCode
from comity.model.batch import Batch
from comity.model.finding import Finding, Findings, Outcome
from comity.model.history import History
from comity.model.progress import ProgressCallback
from comity.signing import Ed25519Key
from comity.store import answers, batches, entries, filings, recalls, request_history, request_reasons
from comity.store.batches import ANSWERED, Release, StoredBatch
from comity.store.database import Snapshot, Store, Transaction
from comity.store.request_history import StoredRequestHistory
from comity.tlog.note import LogSigner

HELD = "held"
_ROWS_PER_MATCH = 1_500_000
"""Rows that are looked up at a time; reading the index's keys costs the same for few as for many."""
_MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What the custodian's side brings to every batch. `as_of` makes the run a rehearsal (ADR 0005).

    `history_key` (16 bytes) is the key of the digests by which it is known what was asked before (ADR 0013).
    A rehearsal judges as known now, or by what was on file at `known_as_of` (ADR 0012). `law_on_file` is the law as
    shipped; orders entered at run time are in the store. With `witnesses`, answers are delivered under a checkpoint
    that they cosigned, or not yet. Without a `model` of the custodian's own, the shipped one weighs the evidence.
    """

    store: Store
    load_base_law: Callable[[], Law]
    registered_keys: RegisteredKeyLookup
    ledger_signer: LogSigner
    answers_key: Ed25519Key
    clock: Callable[[], datetime]
    history_key: bytes
    canary_record_ids: frozenset[str] = frozenset()
    withheld_record_ids: frozenset[str] = frozenset()
    as_of: datetime | None = None
    known_as_of: datetime | None = None
    witnesses: WitnessClient | None = None
    model: match.Model | None = None

    def read_law(self, tx: Snapshot) -> Law:
        """The law on file, with the orders entered at run time that the transaction sees."""
        return apply_filings(self.load_base_law(), filings.list_filings(tx), known_as_of=self.known_as_of)

    @property
    def current_law(self) -> Law:
        """The law as it is on file now."""
        with self.store.read() as tx:
            return self.read_law(tx)

    @property
    def known_as_of_time(self) -> datetime | None:
        """For a rehearsal, up to when what is on file was taken into account; None otherwise."""
        return None if self.as_of is None else self.known_as_of or self.clock()

    @property
    def judged_at(self) -> datetime:
        """The time whose law applies: the clock's, or a rehearsal's."""
        return self.as_of or self.clock()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch ended. `status` is `answered` or `held`; everything else is for the custodian: counts, no values."""

    batch_id: str
    status: str
    row_count: int
    findings: tuple[Finding, ...]
    counts_by_code: Mapping[str, int]
    review_count: int
    was_answered_before: bool

    @property
    def is_batch_refused(self) -> bool:
        """Whether every row was refused for a fault of the request as a whole."""
        return any(f.outcome is Outcome.NOT_MET and not f.order_ids for f in self.findings)

    @property
    def blocking_order_ids(self) -> tuple[str, ...]:
        """The court orders that hold the batch."""
        return tuple(order for finding in self.findings for order in finding.order_ids)


def verify_batch(folder: Path, gateway: Gateway, *, index: Path, out: Path, report: ProgressCallback) -> BatchResult:
    """Take one batch the whole way; see the module for the stages and what they guarantee.

    Args:
        folder: the batch as the requester sent it.
        gateway: the custodian's side.
        index: an index built by `match.build_index`; not opened unless a row may be looked up.
        out: where the answers go; untouched when the batch is held.
        report: called with a stage's name and its progress.

    Raises:
        RequestError: `batch_unreadable`; the refusal is in the ledger.
        PolicyError: `batch_conflict`; likewise.
        IndexUnavailable, LedgerError, ComityError: nothing was released.
    """
    with pause_gc():
        report("receive", 0.0)
        batch = _receive_batch(folder, gateway)
        judging = gates.GateEvaluator(batch)
        for _ in range(_MAX_ATTEMPTS):
            verified = _run_once(batch, judging, gateway, index, out, report)
            if verified is not None:
                return verified
    message = "The law, the orders or the batches on file changed each time this batch was about to be released."
    raise PolicyError("law_unsettled", message, "Nothing was released. Run the same command again.")


def _run_once(  # noqa: PLR0913, PLR0917  the batch, who judges it, and what verify_batch was given
    batch: Batch, judging: gates.GateEvaluator, gateway: Gateway, index: Path, out: Path, report: ProgressCallback
) -> BatchResult | None:
    """All the way once; None when what the batch was judged by is no longer so, and it must be judged anew."""
    stored, history = _load_state(batch, gateway)
    release.verify_output_folder(out, batch.manifest.batch_id)
    report("receive", 1.0)

    findings = judging.evaluate(law=gateway.current_law, at=gateway.judged_at, history=history)
    report("judge", 1.0)
    if _requires_hold(findings):
        return _hold_batch(batch, findings, gateway)
    was_before = stored is not None and stored.status == ANSWERED
    if stored is not None and was_before:
        with gateway.store.read() as tx:
            recalled = recalls.find_recall(tx, batch.manifest.batch_id)
        _verify_deliverable(stored, findings, recalled)
        answered: StoredBatch | None = stored
    else:
        found = _match_requests(batch, findings, gateway, index, report)
        answered = None if found is None else _release_answers(batch, judging, findings, found, gateway, report)
    if answered is None:
        return None
    return _deliver_answers(batch, answered, gateway, out, report, was_answered_before=was_before)


def _is_blocked_by_order(batch: Batch, gateway: Gateway, law: Law) -> bool:
    """Whether an order in force now stops the batch."""
    return bool(gates.blocking_orders(batch, law=law, at=gateway.judged_at))


def _receive_batch(folder: Path, gateway: Gateway) -> Batch:
    """Read the batch; a batch that cannot be read is a ledger entry too (26 USC 6103(p)(3)(A): all requests)."""
    try:
        return intake.read_batch(folder, gateway.registered_keys)
    except RequestError as error:
        manifest = folder / "batch.json"
        name = "unreadable:" + (
            hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else "no-manifest"
        )
        _log_refusal(name, (error.code,), gateway)
        raise


def _load_state(batch: Batch, gateway: Gateway) -> tuple[StoredBatch | None, History]:
    """The batch as stored, if it was here before, and every batch that came before it.

    Raises:
        PolicyError: `batch_conflict` when a batch of that name was answered with other content (law.md R11).
    """
    name = batch.manifest.batch_id
    with gateway.store.read() as tx:
        entries.verify_clock(tx, gateway.clock())  # by a clock that was set back, an order in force may seem to be none
        stored = batches.get(tx, name)
        history = _load_history(tx, name, stored, StoredRequestHistory(gateway.history_key, gateway.store.read))
    if stored is not None and not _has_same_content(batch, stored):
        _log_refusal(name, ("r11_size_and_repetition",), gateway)
        message = "A batch of this name is on file with other content. One name stands for one batch, for good."
        raise PolicyError("batch_conflict", message, "Give the new batch a batch_id of its own.")
    return stored, history


def _load_history(tx: Snapshot, name: str, stored: StoredBatch | None, asked_before: StoredRequestHistory) -> History:
    """Every batch that came before this one; what came after it says nothing about it."""
    earlier = batches.list_prior_batches(tx, name)
    if stored is not None:
        earlier = tuple(prior for prior in earlier if prior.received_at < stored.received_at)
    return History(earlier, asked_before)


def _has_same_content(batch: Batch, stored: StoredBatch) -> bool:
    """Whether the batch on file has the content of the one sent."""
    return (stored.manifest_sha256, stored.requests_sha256) == (batch.manifest_sha256, batch.requests_sha256)


def _verify_deliverable(stored: StoredBatch, findings: Findings, recalled: str | None) -> None:
    """Delivering again is disclosing again: what the law now refuses whole stays in, unless it was refused all along.

    Raises:
        PolicyError: `delivery_refused`.
    """
    if recalled is not None:
        message = f"Answers of the batch are recalled ({recalled}), so that it is not delivered again."
        raise PolicyError("delivery_refused", message, "Follow the recall: comity recall list")
    if stored.summary is None:
        message = "Answers of the batch were erased on an order, so that it is not delivered again."
        raise PolicyError("delivery_refused", message, "The ledger still proves that the batch was answered.")
    counts = json.loads(stored.summary)["document"]["counts"]
    if findings.refusals and set(counts) != {AnswerCode.REFUSED}:
        rules = ", ".join(f.rule for f in findings.refusals)
        message = f"The batch was answered before, but the law no longer allows delivery ({rules})."
        raise PolicyError(
            "delivery_refused", message, "Nothing was written. The earlier delivery stands in the ledger."
        )


def _requires_hold(findings: Findings) -> bool:
    """An order in force, or a question that only a person can settle, holds the batch (ADR 0004)."""
    rows = findings.row_findings
    open_rows = bool(((rows.undetermined != 0) & (rows.not_met == 0)).any())
    return bool(findings.blocking_order_ids) or (
        not findings.refusals and (bool(findings.undetermined_findings) or open_rows)
    )


def _hold_batch(batch: Batch, findings: Findings, gateway: Gateway) -> BatchResult:
    open_rules = [f.rule for f in findings.undetermined_findings]
    open_rows = np.bitwise_or.reduce(findings.row_findings.undetermined, initial=0)
    open_rules += findings.row_findings.rules_in_mask(int(open_rows))
    name = batch.manifest.batch_id
    with gateway.store.begin() as tx:
        _store_batch(tx, batch, gateway)
        stored = batches.get(tx, name)
        entry = leaf.encode_hold_leaf(
            batch_id=name,
            agreement=batch.manifest.agreement,
            orders=findings.blocking_order_ids,
            rules=open_rules,
            law=findings.law_fingerprint,
            as_of=gateway.judged_at,
            rehearsal=gateway.as_of is not None,
            known_as_of=gateway.known_as_of_time,
        )
        log.append_entries(tx, [entry], at=gateway.clock())
        if stored is None or stored.status != ANSWERED:
            batches.record_hold(tx, name, as_of=gateway.judged_at)
    log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())
    return BatchResult(name, HELD, batch.row_count, findings.batch_findings, {}, 0, was_answered_before=False)


@dataclass(frozen=True, slots=True)
class _MatchResult:
    """What look-up gave, and by which index and model; nothing when no row was looked up."""

    determinations: pa.Table | None = None
    index_fingerprint: str | None = None
    model_fingerprint: str | None = None


def derive_match_policy(agreement: Agreement, model: match.Model | None = None) -> decide.MatchPolicy:
    """What the agreement asks of the evidence, its tolerated error turned into a probability by the model (the shipped one).

    Raises PolicyError `tolerance_unproven`.
    """
    asked = agreement.match_policy
    return decide.MatchPolicy(
        confirm_probability=max(asked.confirm_probability, match.min_confirm_probability(asked.tolerated_error, model)),
        review_probability=asked.review_probability,
        is_number_exact=asked.is_number_exact,
        is_surname_required=asked.is_surname_required,
    )


def _match_requests(
    batch: Batch, findings: Findings, gateway: Gateway, index: Path, report: ProgressCallback
) -> _MatchResult | None:
    """Compare and decide the rows that no rule refuses, a slice at a time; None, and no look, when an order is in force."""
    requests = batch.requests.filter(release.eligible_rows(findings))
    if requests.num_rows == 0:
        return _MatchResult()
    if _is_blocked_by_order(batch, gateway, gateway.current_law):
        return None
    model = gateway.model or match.load_default_model()
    policy = derive_match_policy(gateway.current_law.get_agreement(batch.manifest.agreement), model)
    parts = []
    with match.Index.open(index) as opened:
        for start in range(0, requests.num_rows, _ROWS_PER_MATCH):
            if start and _is_blocked_by_order(
                batch, gateway, gateway.current_law
            ):  # an order that comes in on the way stops the rest
                return None
            evidence = match.match_requests(
                opened, requests.slice(start, _ROWS_PER_MATCH), model=model, progress=report
            )
            parts.append(decide.determine_outcomes(evidence, policy))
        return _MatchResult(pa.concat_tables(parts), opened.fingerprint, model.fingerprint)


def _release_answers(  # noqa: PLR0913, PLR0917  one of each stage
    batch: Batch,
    judging: gates.GateEvaluator,
    findings: Findings,
    found: _MatchResult,
    gateway: Gateway,
    report: ProgressCallback,
) -> StoredBatch | None:
    """Make the answers exist, with their ledger entries, in one transaction; None when the batch must be judged anew."""
    name = batch.manifest.batch_id
    with gateway.store.begin() as tx:  # from here on, nobody else writes
        stored = batches.get(tx, name)
        if stored is not None and not _has_same_content(batch, stored):
            return None
        if stored is not None and stored.status == ANSWERED:
            return stored  # another run of the same command came first: its answers stand
        law, at = gateway.read_law(tx), gateway.judged_at
        history = _load_history(tx, name, stored, StoredRequestHistory(gateway.history_key, lambda: nullcontext(tx)))
        if not judging.evaluate(law=law, at=at, history=history).is_same_as(findings):
            return None
        answerable, alarms = release.suppress_matches(found.determinations, gateway.canary_record_ids)
        answerable, withheld = release.suppress_matches(answerable, gateway.withheld_record_ids)  # 26 USC 6103(i)(6)
        table = release.compose_answers(batch, findings, answerable)
        said = release.build_answer_columns(table, found.determinations, salts=leaf.generate_salts(batch.row_count))
        report("release", 0.2)
        _store_batch(tx, batch, gateway)
        first = log.append_entries(tx, leaf.encode_answer_leaves(name, said), at=gateway.clock())
        report("release", 0.6)
        answers.insert(tx, name, said, first_entry=first)
        if found.determinations is not None and findings.request_digests is not None:
            request_history.insert(
                tx, name, gates.history_digests(findings.request_digests, np.asarray(release.eligible_rows(findings)))
            )
            _prune_request_history(tx, law, gateway)
        answered = Release(
            batch_id=name,
            agreement=batch.manifest.agreement,
            row_count=batch.row_count,
            first_entry=first,
            counts=release.count_by_code(table),
            answers_sha256=hashlib.sha256(release.encode_answers_csv(table)).hexdigest(),
            salt=leaf.generate_salts(1)[0],
            order_ids=tuple(sorted(law.orders)),
            law_fingerprint=findings.law_fingerprint,
            index_fingerprint=found.index_fingerprint,
            model_fingerprint=found.model_fingerprint,
            as_of=at,
            is_rehearsal=gateway.as_of is not None,
            known_as_of=gateway.known_as_of_time,
        )
        log.append_entries(tx, [leaf.encode_release_leaf(answered)], at=gateway.clock())
        if (gateway.canary_record_ids or gateway.withheld_record_ids) and found.determinations is not None:
            watched = {"batch": name, "rehearsal": answered.is_rehearsal}
            content = {"rows": alarms, "withheld": withheld}  # or none: nobody can tell from outside
            events.record_committed_entry(tx, "watch", about=name, said=watched, content=content, at=gateway.clock())
        answered_at = gateway.clock()
        summary = {
            "document": release.build_answers_manifest(batch, findings, answered, answered_at=answered_at),
            "uncertain": release.count_for_review(answerable),
        }
        batches.record_release(tx, answered, answered_at=answered_at, summary=json.dumps(summary))
        released = batches.get(tx, name)
    report("release", 1.0)
    return released


def _prune_request_history(tx: Transaction, law: Law, gateway: Gateway) -> None:
    """Forget what was asked longer ago than any agreement counts (ADR 0013); a rehearsal forgets nothing."""
    if gateway.as_of is None:
        days = max(agreement.probing.days.value for agreement in law.agreements.values())
        request_history.prune(tx, received_before=gateway.clock() - timedelta(days=days))


def _deliver_answers(  # noqa: PLR0913  the last stage needs what every other left
    batch: Batch,
    stored: StoredBatch,
    gateway: Gateway,
    out: Path,
    report: ProgressCallback,
    *,
    was_answered_before: bool,
) -> BatchResult | None:
    """Write the answers folder from what is stored: the same bytes however often it is called.

    None, and no folder, when an order came in while the batch was on its way. The last look at the orders and the
    writing are under the lock, so that an order entered meanwhile is entered after the folder was there.
    """
    report("deliver", 0.0)
    with gateway.store.read() as tx:
        table = release.build_answers_table(answers.stream_public_columns(tx, stored.batch_id))
    csv = release.encode_answers_csv(table)
    if stored.release_entry is None or hashlib.sha256(csv).hexdigest() != stored.answers_sha256:
        message = "The stored answers are not the ones that were released, so they are not delivered again."
        raise LedgerError("ledger_damaged", message, "Stop and run: comity ledger fsck")
    checkpoint = _checkpoint_covering(stored.release_entry, gateway)
    receipt = log.make_receipt(gateway.store, stored.release_entry, checkpoint, *gateway.ledger_signer.verifiers)
    summary = json.loads(stored.summary or "")
    document = summary["document"] | {"checkpoint": checkpoint, "release_entry": stored.release_entry}
    with gateway.store.begin() as tx:
        if _is_blocked_by_order(batch, gateway, gateway.read_law(tx)):
            return None
        release.write_answers_folder(out, answers=csv, manifest=document, receipt=receipt, key=gateway.answers_key)
    report("deliver", 1.0)
    findings = tuple(
        Finding(f["rule"], Outcome[f["outcome"]], f["citation"], f["message"]) for f in document["findings"]
    )
    return BatchResult(
        stored.batch_id, ANSWERED, stored.rows, findings, document["counts"], summary["uncertain"],
        was_answered_before=was_answered_before,
    )  # fmt: skip


def _checkpoint_covering(entry: int, gateway: Gateway) -> str:
    """The first checkpoint over the entry, cosigned as asked, so that every delivery of a batch carries the same one."""
    if gateway.witnesses is not None:
        signer, witnesses = gateway.ledger_signer, gateway.witnesses
        return witness_client.obtain_cosigned_checkpoint(gateway.store, entry, signer, witnesses, at=gateway.clock())
    log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())
    with gateway.store.read() as tx:
        return next(row.note for row in entries.list_checkpoints(tx) if row.size > entry)


def _log_refusal(name: str, rules: tuple[str, ...], gateway: Gateway) -> None:
    entry = leaf.encode_refusal_leaf(
        batch_id=name,
        rules=rules,
        as_of=gateway.judged_at,
        rehearsal=gateway.as_of is not None,
        known_as_of=gateway.known_as_of_time,
    )
    with gateway.store.begin() as tx:
        log.append_entries(tx, [entry], at=gateway.clock())
    log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())


def _store_batch(tx: Transaction, batch: Batch, gateway: Gateway) -> None:
    """Put the batch on file, unless it is."""
    manifest = batch.manifest
    if batches.get(tx, manifest.batch_id) is None:
        row = StoredBatch(
            batch_id=manifest.batch_id,
            requester=manifest.requester,
            agreement=manifest.agreement,
            manifest_sha256=batch.manifest_sha256,
            requests_sha256=batch.requests_sha256,
            rows=batch.row_count,
            received_at=gateway.clock(),
            as_of=gateway.judged_at,
        )
        batches.insert(tx, row)
        request_reasons.insert(tx, manifest.batch_id, manifest.model_dump_json(), batch.requests)
