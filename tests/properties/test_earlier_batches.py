"""What is kept of earlier batches says what walking all of them says, whatever happened in between."""

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rules.r11_size_and_repetition import r11_size_and_repetition
from comity.law import load_law
from comity.model.finding import Outcome
from comity.model.history import History
from comity.model.prior_batches import BatchIndex, Lookups, PriorBatch, PriorBatches, Totals
from comity.model.release import Release
from comity.store import batches, purges, request_history
from comity.store.batches import PriorBatchReader, StoredBatch
from comity.store.database import Snapshot, Store, Transaction
from tests.support.gate_batches import JUDGED_AT, make_batch
from tests.support.sample_ledger import (
    RECORDED_AT,
    insert_batch,
    ledger_name,
    make_release_record,
    open_store,
    release_answers,
)

REQUESTERS = ("ICE", "U.S. Immigration and Customs Enforcement", "us-other", "nobody")
IDS = ("b-1", "B-l", "b-2", "x")
LAW = load_law()
AGREEMENT = LAW.get_agreement("irs-ice-2025")
KINDS = ("question", "case")

prior_batches = st.lists(
    st.builds(
        PriorBatch,
        batch_id=st.just(""),
        requester=st.sampled_from(REQUESTERS),
        agreement=st.just("irs-ice-2025"),
        requests_sha256=st.sampled_from(("a" * 64, "b" * 64, "c" * 64)),
        rows=st.sampled_from((1, 7, AGREEMENT.caps.rows_per_30_days.value - 9)),
        answered_at=st.integers(-100, 0).map(lambda days: JUDGED_AT + timedelta(days=days)),
        was_looked_up=st.booleans(),
        looked_up_rows=st.integers(0, 1),
        given_id=st.sampled_from(IDS),
    ),
    max_size=12,
).map(lambda found: [replace(batch, batch_id=f"n-{number}") for number, batch in enumerate(found)])


def walk_r11(facts: Facts, priors: Iterable[PriorBatch]) -> Outcome:
    """Apply R11 by walking every earlier batch."""
    assert facts.agreement is not None
    agency_id = facts.find_agency_id(facts.manifest.requester)

    def has_this_id(prior: PriorBatch) -> bool:
        return (prior.display_id, facts.find_agency_id(prior.requester)) == (facts.manifest.batch_id, agency_id)

    content = facts.batch.requests_sha256
    others = [p for p in priors if p.was_looked_up and not (has_this_id(p) and p.requests_sha256 == content)]
    since = facts.counted_at - timedelta(days=30)
    of_agency = [p for p in others if facts.find_agency_id(p.requester) == agency_id]
    recent = sum(p.rows for p in of_agency if p.answered_at > since)
    is_refused = (
        any(p.requests_sha256 == content and not p.is_freed for p in others)
        or any(has_this_id(p) for p in others)
        or recent + facts.batch.row_count > facts.agreement.caps.rows_per_30_days.value
    )
    return Outcome.NOT_MET if is_refused else Outcome.MET


@settings(max_examples=100)
@given(prior_batches, st.integers(0, 12), st.sets(st.integers(0, 11).map("n-{}".format)), st.sampled_from("abcd"))
def test_the_rules_find_what_walking_every_batch_finds(
    priors: list[PriorBatch], kept: int, freed: set[str], content: str
) -> None:
    marked = [replace(prior, is_freed=prior.batch_id in freed) for prior in priors]
    history = PriorBatches(priors[kept:], index=BatchIndex(priors[:kept])).mark_freed(freed)
    batch = make_batch(requests_sha256=content * 64)
    facts = Facts(batch, LAW, JUDGED_AT, History(history), AGREEMENT)
    assert list(history) == marked
    assert r11_size_and_repetition(facts, RequestColumns(batch.requests)).outcome is walk_r11(facts, marked)

    since, agency_id = JUDGED_AT - timedelta(days=AGREEMENT.probing.days.value), facts.find_agency_id("ICE")
    walked = [
        prior
        for prior in priors
        if prior.was_looked_up and prior.answered_at > since and facts.find_agency_id(prior.requester) == agency_id
    ]
    assert list(facts.prior_lookups) == [prior.batch_id for prior in walked]
    assert bool(facts.prior_lookups) == bool(walked)
    assert facts.rows_looked_up_before == sum(prior.looked_up_rows for prior in walked)
    assert {p.batch_id for p in priors if p.batch_id in facts.prior_lookups} == {p.batch_id for p in walked}


@given(prior_batches, st.integers(-100, 0))
def test_totals_are_sums_whatever_the_order_of_times(priors: list[PriorBatch], days: int) -> None:
    since = JUDGED_AT + timedelta(days=days)
    walked = [p for p in priors if p.was_looked_up and p.requester == "ICE" and p.answered_at > since]
    expected = Totals(len(walked), sum(p.rows for p in walked), sum(p.looked_up_rows for p in walked))
    assert Lookups(PriorBatches(priors), frozenset({"ICE"}), since).totals == expected


class UndoneError(Exception):
    """Ends a transaction that is to be undone."""


class GrowingHistory:
    """A control database with a history that goes on, and a reader that keeps what it read."""

    def __init__(self, store: Store) -> None:
        self.store, self.reader, self.count, self.entry = store, PriorBatchReader(), 0, 10**6

    def answer(self, tx: Transaction, name: str, *, digests: tuple[int, ...], days: int) -> None:
        """Receive a batch and answer it in the caller's transaction, as a release does."""
        self.count += 1
        self.entry += 2
        given_id, at = f"{name}{self.count % 3}", RECORDED_AT + timedelta(days=days, seconds=self.count)
        batch_id = self.receive(tx, given_id, at)
        release = Release(
            batch_id=batch_id,
            agreement="irs-ice-2025",
            row_count=1,
            first_entry=self.entry,
            counts={"REFUSED": self.count % 2, "CONFIRMED": 1 - self.count % 2},
            answers_sha256="a" * 64,
            salt=bytes(32),
            order_ids=(),
            law_fingerprint="5" * 64,
            index_fingerprint="c" * 64 if self.count % 4 else None,
            model_fingerprint=None,
            as_of=at,
            is_rehearsal=False,
        )
        batches.record_release(tx, release, replace(make_release_record(release, given_id), answered_at=at))
        kept = np.unique(np.array(digests, np.uint64))
        request_history.insert(tx, batch_id, dict.fromkeys(KINDS, (kept, np.ones(len(kept), np.int64))))

    def receive(self, tx: Transaction, given_id: str, at: datetime) -> str:
        """Store a batch that is not answered, under an id of its own in the ledger's sense."""
        self.count += 1
        batch_id, given_id = f"{self.count:064}", f"{given_id}#{self.count}"
        batches.insert(
            tx,
            StoredBatch(
                batch_id=batch_id,
                given_id=given_id,
                name_salt=bytes(32),
                requester="Agency" if self.count % 5 else "Other",
                agreement="irs-ice-2025",
                manifest_sha256="0" * 64,
                requests_sha256=str(self.count % 10) * 64,
                rows=1,
                received_at=at,
                as_of=at,
            ),
        )
        return batch_id

    def purge(self, tx: Transaction) -> None:
        """Answer a batch and erase what it says: what was read of it must be forgotten."""
        self.count += 1
        name = f"purged-{self.count}"
        insert_batch(tx, name, 3)
        first = release_answers(tx, name, 3).first_entry
        purge = purges.Purge(
            entry=first, batch_id=ledger_name(name), row_numbers=(1,), order="O1", salt=bytes(32), purged_at=RECORDED_AT
        )
        purges.insert(tx, purge)
        purges.erase_answers(tx, ledger_name(name), [1])

    def compare(self, tx: Snapshot) -> None:
        """Compare what the reader says with what the database says when all of it is read."""
        slow, quick = batches.list_prior_batches(tx, None), self.reader.list_prior_batches(tx, None)
        assert list(quick) == list(slow)
        for prior in slow:
            stored = batches.get(tx, prior.batch_id)
            assert list(self.reader.list_prior_batches(tx, stored)) == list(batches.list_prior_batches(tx, stored))
            assert batches.find(tx, prior.requester, prior.display_id) == stored
        on_file = batches.list_batches(tx)
        for requester in ("Agency", "Other", "Nobody"):
            for given_id in ("q0#1", "Q0#l", *(batch.display_id.upper() for batch in on_file), "zz"):
                found = self.reader.find_look_alike_id(tx, requester, given_id)
                assert (found is None) == (batches.find_look_alike_id(tx, requester, given_id) is None), given_id
        assert list(self.reader.list_prior_batches(tx, None)) == list(slow)


steps = st.lists(
    st.tuples(
        st.sampled_from(("answer", "group", "undo", "hold", "elsewhere", "purge", "elsewhere")),
        st.sampled_from("qr"),
        st.integers(-120, 0),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=8, deadline=None)
@given(steps)
def test_what_is_kept_between_questions_is_what_is_on_file(taken: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name))
        try:
            history = GrowingHistory(store)
            for step, prefix, days in taken:
                take_step(history, step, prefix, days)
                if step != "elsewhere":  # of what another process wrote, the reader learns when it looks next
                    with store.read() as tx:
                        history.compare(tx)
        finally:
            store.close()


def take_step(history: GrowingHistory, step: str, prefix: str, days: int) -> None:
    """Let one thing happen to the history; in a group's own transaction the reader is asked before and after it."""
    if step == "undo":
        with suppress(UndoneError), history.store.begin() as tx:
            history.answer(tx, prefix, digests=(1, 2), days=days)
            history.compare(tx)
            raise UndoneError
        return
    with history.store.begin() as tx:
        if step == "purge":
            history.purge(tx)
        elif step == "hold":
            history.receive(tx, prefix, RECORDED_AT)
            history.compare(tx)
        else:
            for number in range(2 if step == "group" else 1):
                history.answer(tx, prefix, digests=(1, 2 + number), days=days)
                if step == "group":
                    history.compare(tx)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from((1, 3, 70, 20_000)), st.integers(-120, 0)), max_size=5),
    st.integers(0, 2**32),
)
def test_counts_are_those_of_every_digest_on_file(kept: list[tuple[int, int, int]], seed: int) -> None:
    """Batches of one digest, of few, of some and of many, near each other and far; some are pruned."""
    random = np.random.default_rng(seed)
    pool = np.unique(
        np.concatenate([np.arange(1, 40, dtype=np.uint64), random.integers(1, 2**64 - 1, 20_000, dtype=np.uint64)])
    )
    asked, cutoff = dict[str, dict[int, int]](), RECORDED_AT - timedelta(days=60)
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name))
        try:
            with store.begin() as tx:
                history = GrowingHistory(store)
                for number, size, days in kept:
                    batch_id = history.receive(tx, "q", RECORDED_AT + timedelta(days=days))
                    digests = np.sort(random.choice(pool, min(size, len(pool)), replace=False))
                    counts = random.integers(1, number + 1, len(digests))
                    request_history.insert(tx, batch_id, dict.fromkeys(KINDS, (digests, counts)))
                    if RECORDED_AT + timedelta(days=days) >= cutoff:
                        asked[batch_id] = dict(zip(digests.tolist(), counts.tolist(), strict=True))
                request_history.prune(tx, answered_before=cutoff)
            included = {batch_id for batch_id in asked if random.random() < 0.8}
            few, many = pool[:50], np.sort(random.choice(pool, 3000, replace=False))
            with store.read() as tx:
                for wanted in ({"question": few, "case": few[:7]}, {"question": many, "case": few}, {"other": few}):
                    found = request_history.count_digests(tx, wanted, included)
                    for kind, digests in wanted.items():
                        of_kind = [asked[one] for one in included] if kind in KINDS else []
                        expected = [sum(counts.get(digest, 0) for counts in of_kind) for digest in digests.tolist()]
                        assert found[kind].tolist() == expected
        finally:
            store.close()
