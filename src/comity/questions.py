"""Answer single questions: batches of one row, each along the whole main path, several in one transaction.

A question is judged, compared, released and delivered by the methods of `pipeline.Verification`, so that it gets what a
batch of one row gets. What differs is what is shared: the index stays open, and what a group of questions adds to the
ledger is one transaction under one checkpoint.

Guarantees: those of `comity.pipeline`. A question of a group that is released is history to those after it. What is
wrong with one question of a group harms no other. A question that is asked again is answered from what is stored, if it
may still be delivered; one that is held again for the same reasons is no new entry.
Does not: search. A question names a person and an address, and is answered yes, no or refused.
Basis: docs/guides/service.md; ADR 0049; promises 1, 9 and 11.
Start at `QuestionResponder.answer_group`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from comity import match, operator_log
from comity.errors import ComityError, ServiceError
from comity.intake import RefusedBatchError, SentQuestion, read_question
from comity.ledger import log
from comity.model.finding import Findings
from comity.model.progress import no_progress
from comity.pipeline import (
    BatchContext,
    BatchResult,
    Determinations,
    Gateway,
    UnsettledError,
    Verification,
    log_unread,
    requires_hold,
)
from comity.release.answers_folder import AnswersContent
from comity.store.batches import HELD, PriorBatchReader, StoredBatch
from comity.store.database import Transaction

_MAX_ATTEMPTS = 5
_MAX_HOLDS = 10_000
_NO_FOLDER = Path("/nonexistent/comity")
"""Where a question's answers would be written: nowhere, they are returned."""


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """What became of a question: a result, with files when it is answered, or the error that ended it."""

    result: BatchResult | None = None
    files: AnswersContent | None = None
    error: ComityError | None = None


class LastingIndex(match.Index):
    """An index that stays open. It remembers which records the persons of the suppressed ones have."""

    _persons: tuple[frozenset[str], frozenset[str]] | None = None

    def find_person_records(self, record_ids: Iterable[str]) -> frozenset[str]:
        """Return what `Index.find_person_records` does; it reads every record, so the last result is kept."""
        wanted = frozenset(record_ids)
        if self._persons is None or self._persons[0] != wanted:
            self._persons = wanted, super().find_person_records(wanted)
        return self._persons[1]


class QuestionMemory:
    """What is kept from one question to the next: the open index, and which batches were answered before."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._index: LastingIndex | None = None
        self._earlier = PriorBatchReader()

    def attach(self, gateway: Gateway) -> Gateway:
        """Return a gateway that reads the index and the earlier batches from what is kept."""
        return replace(
            gateway,
            open_index=self.open_index,
            list_prior_batches=self._earlier.list_prior_batches,
            find_look_alike_id=self._earlier.find_look_alike_id,
        )

    @contextmanager
    def open_index(self, path: Path) -> Iterator[match.Index]:
        """Give the index of a folder at its current commit. Raises IndexUnavailableError."""
        commit = match.Index.find_commit(path)
        if self._index is None or self._index.fingerprint != commit.fingerprint:
            self.close()
            self._index = cast("LastingIndex", LastingIndex.open(path))
        yield self._index

    def close(self) -> None:
        """Close the index, if one is open."""
        if self._index is not None:
            self._index.close()
            self._index = None


@dataclass(slots=True)
class _OpenQuestion:
    """A question on its way: what it is judged by so far, and what became of it."""

    number: int
    verification: Verification
    context: BatchContext | None = None
    findings: Findings | None = None
    determinations: Determinations | None = None
    stored: StoredBatch | None = None
    is_hold_recorded: bool = False

    @property
    def is_held(self) -> bool:
        return self.findings is not None and requires_hold(self.findings)


@dataclass(slots=True)
class QuestionResponder:
    """The custodian's side for questions; one group at a time."""

    gateway: Gateway
    index: Path
    _holds: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def answer_group(self, sent: Sequence[SentQuestion]) -> list[QuestionOutcome]:
        """Return what became of each question, in order. Raises nothing for one question's sake."""
        outcomes: dict[int, QuestionOutcome] = {}
        waiting = self._read(sent, outcomes)
        for _ in range(_MAX_ATTEMPTS):
            waiting = self._take_through(waiting, outcomes) if waiting else []
        for asked in waiting:
            outcomes[asked.number] = QuestionOutcome(error=UnsettledError())
        return [outcomes[number] for number in range(len(sent))]

    def _read(self, sent: Sequence[SentQuestion], outcomes: dict[int, QuestionOutcome]) -> list[_OpenQuestion]:
        """Return the questions that can be read; the others are accounted for, and end."""
        asked = []
        for number, one in enumerate(sent):
            with _ending(outcomes, number):
                try:
                    batch = read_question(one, self.gateway.registered_keys)
                except RefusedBatchError as error:
                    log_unread(self.gateway, error)
                    raise
                asked.append(
                    _OpenQuestion(number, Verification(batch, self.gateway, self.index, _NO_FOLDER, no_progress))
                )
        return asked

    def _take_through(self, waiting: list[_OpenQuestion], outcomes: dict[int, QuestionOutcome]) -> list[_OpenQuestion]:
        """Take questions through all stages once; return those that must be judged again."""
        judged = []
        for asked in waiting:
            with _ending(outcomes, asked.number):
                self._judge(asked)
                judged.append(asked)
        self._store(judged, outcomes)
        self._deliver([asked for asked in judged if asked.number not in outcomes], outcomes)
        return [asked for asked in waiting if asked.number not in outcomes]

    def _judge(self, asked: _OpenQuestion) -> None:
        """Judge a question and compare it, if it may be. Raises UnsettledError, ComityError."""
        one = asked.verification
        asked.determinations, asked.stored, asked.is_hold_recorded = None, None, False
        asked.context = one.receive()
        asked.findings = one.judge(asked.context)
        if asked.is_held:
            asked.is_hold_recorded = self._was_held(asked)
            return
        if asked.context.answered is not None:
            one.verify_deliverable(asked.context.answered, asked.findings)
            asked.stored = asked.context.answered
        else:
            asked.determinations = one.decide(one.match(asked.findings))

    def _store(self, judged: list[_OpenQuestion], outcomes: dict[int, QuestionOutcome]) -> None:
        """Store what a group releases and holds in one transaction; after a fault, each question in one of its own."""
        writing = [
            asked
            for asked in judged
            if asked.determinations is not None or (asked.is_held and not asked.is_hold_recorded)
        ]
        if not writing:
            return
        gateway = self.gateway
        try:
            with gateway.store.begin() as tx:
                for asked in writing:
                    with suppress(UnsettledError):
                        self._store_one(tx, asked)
        except Exception as fault:  # noqa: BLE001  the transaction is undone, whatever it was
            for asked in writing:
                asked.stored, asked.is_hold_recorded = None, False
            if len(writing) == 1:
                outcomes[writing[0].number] = QuestionOutcome(error=_to_error(fault))
                return
            for asked in writing:
                self._store([asked], outcomes)
            return
        for asked in writing:
            if asked.is_hold_recorded:
                self._remember_hold(asked)
        log.sign_current_checkpoint(gateway.store, gateway.ledger_signer, at=gateway.clock())

    def _store_one(self, tx: Transaction, asked: _OpenQuestion) -> None:
        assert asked.findings is not None
        if asked.determinations is None:
            asked.verification.hold_in(tx, asked.findings)
            asked.is_hold_recorded = True
        else:
            asked.stored = asked.verification.release_in(tx, asked.findings, asked.determinations)

    def _deliver(self, judged: list[_OpenQuestion], outcomes: dict[int, QuestionOutcome]) -> None:
        """Give each question that is held or answered its outcome; orders are checked once more under the lock."""
        contents: dict[int, AnswersContent] = {}
        for asked in judged:
            assert asked.findings is not None
            with _ending(outcomes, asked.number):
                if asked.is_hold_recorded:
                    outcomes[asked.number] = QuestionOutcome(asked.verification.report_hold(asked.findings))
                elif asked.stored is not None:
                    contents[asked.number] = asked.verification.encode_answers(asked.stored)
        if not contents:
            return
        with self.gateway.store.begin() as tx:
            for asked in judged:
                if asked.number in contents and asked.stored is not None and asked.context is not None:
                    with _ending(outcomes, asked.number):
                        asked.verification.verify_unblocked(tx, asked.stored)
                        was_before = asked.context.answered is not None
                        result = asked.verification.report_answers(asked.stored, was_answered_before=was_before)
                        outcomes[asked.number] = QuestionOutcome(result, contents[asked.number])

    def _was_held(self, asked: _OpenQuestion) -> bool:
        """Return whether a question is held already, for the same reasons."""
        stored = None if asked.context is None else asked.context.stored
        is_held_before = stored is not None and stored.status == HELD
        return is_held_before and self._holds.get(asked.verification.ledger_batch) == _list_reasons(asked)

    def _remember_hold(self, asked: _OpenQuestion) -> None:
        self._holds[asked.verification.ledger_batch] = _list_reasons(asked)
        while len(self._holds) > _MAX_HOLDS:
            del self._holds[next(iter(self._holds))]


def _list_reasons(asked: _OpenQuestion) -> tuple[str, ...]:
    """Return what holds a question: the law, the orders in force, and the open rules."""
    findings = asked.findings
    assert findings is not None
    rows = findings.row_findings
    open_rules = [finding.rule for finding in findings.undetermined_findings]
    for mask in rows.undetermined.tolist():
        open_rules += rows.rules_in_mask(int(mask))
    return (findings.law_fingerprint, *findings.blocking_order_ids, *open_rules)


@contextmanager
def _ending(outcomes: dict[int, QuestionOutcome], number: int) -> Iterator[None]:
    """Let an error end one question alone; UnsettledError leaves it open, to be judged again."""
    try:
        yield
    except UnsettledError:
        return
    except Exception as error:  # noqa: BLE001  whatever is wrong with one question, the others are answered
        outcomes[number] = QuestionOutcome(error=_to_error(error))


def _to_error(error: Exception) -> ComityError:
    if isinstance(error, ComityError):
        return error
    operator_log.log_event("request_failed", code="service_fault")
    return ServiceError("service_fault", "")
