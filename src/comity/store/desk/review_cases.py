"""Cases of review, their judgments, and the reviewers.

Guarantees: `find_content` reads one column of one row, so that what a reviewer sees cannot depend on anything else; a
reviewer judges a case once, also after the judgment was voided; what is erased is overwritten in the file. A batch that
is closed does not change.
Does not: decide who judges what, or what judgments come to (`comity.review` does).
Basis: ADR 0055.
Start at `open_batch`, then `insert_case`.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from comity.model.review_case import AddressJudgment, CaseContent, CaseJudgment, CaseTerms
from comity.store.desk.review_tables import (
    case_judgments,
    case_terms,
    review_batches,
    review_cases,
    review_turns,
    reviewers,
)
from comity.store.timestamps import format_timestamp, parse_timestamp

OPEN, CONFIRMED, NOT_CONFIRMED, KNOWN = "open", "confirmed", "not_confirmed", "known"
CARELESS, COLLUSION = "careless", "collusion"


@dataclass(frozen=True, slots=True)
class StoredBatchReview:
    """A batch under review: until when, and whether its answers were taken."""

    id: int
    deadline: datetime
    is_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case of a row: what reviewers see, and what they do not."""

    case: str
    row: int
    content: CaseContent
    terms: CaseTerms
    probability: float
    weight: float


@dataclass(frozen=True, slots=True)
class StoredCase:
    """What is kept of a case apart from its content."""

    case: str
    batch: int | None
    row: int | None
    confirmable: frozenset[int]
    known_kind: str | None
    truth: int | None
    state: str
    candidate: int | None


@dataclass(frozen=True, slots=True)
class StoredJudgment:
    """A judgment on file, with whose it is and at which of their turns; None for who withdrew from the case."""

    case: str
    reviewer: str
    turn: int
    judgment: CaseJudgment | None
    is_void: bool


@dataclass(frozen=True, slots=True)
class StoredReviewer:
    """A reviewer: how many cases they judged, whether they may judge others than known pairs, or are suspended."""

    id: str
    turn: int
    is_qualified: bool
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """The case that a reviewer has before them, and whether they judged its address to be the same."""

    case: str
    is_same_address: bool


def open_batch(connection: sa.Connection, ledger_batch: str, *, deadline: datetime) -> StoredBatchReview:
    """Store that a batch is under review until a deadline, and return it."""
    values = {"ledger_batch": ledger_batch, "deadline": format_timestamp(deadline)}
    connection.execute(sa.insert(review_batches).values(values))
    stored = find_batch(connection, ledger_batch)
    assert stored is not None  # stored by the line above
    return stored


def find_batch(connection: sa.Connection, ledger_batch: str) -> StoredBatchReview | None:
    """Return a batch under review; None when it is not."""
    query = sa.select(review_batches).where(review_batches.c.ledger_batch == ledger_batch)
    row = connection.execute(query).one_or_none()
    return None if row is None else StoredBatchReview(row.id, parse_timestamp(row.deadline), row.closed_at is not None)


def list_closed_batches(connection: sa.Connection) -> dict[int, str]:
    """Return the names in the ledger of the batches whose answers were taken."""
    query = sa.select(review_batches.c.id, review_batches.c.ledger_batch).where(review_batches.c.closed_at.is_not(None))
    return {row.id: row.ledger_batch for row in connection.execute(query)}


def list_open_batches(connection: sa.Connection) -> frozenset[int]:
    """Return the batches whose answers were not taken."""
    return frozenset(
        connection.execute(sa.select(review_batches.c.id).where(review_batches.c.closed_at.is_(None))).scalars()
    )


def close_batch(connection: sa.Connection, batch: int, *, at: datetime) -> None:
    """Record that the answers of a batch were taken."""
    change = sa.update(review_batches).where(review_batches.c.id == batch, review_batches.c.closed_at.is_(None))
    connection.execute(change.values(closed_at=format_timestamp(at)))


def insert_case(connection: sa.Connection, batch: int, new: NewCase) -> None:
    """Store a case of a batch."""
    terms = {
        "batch": batch,
        "row": new.row,
        "probability": new.probability,
        "weight": new.weight,
        "record_ids": json.dumps(new.terms.record_ids),
        "confirmable": json.dumps(sorted(new.terms.confirmable)),
        "state": OPEN,
    }
    _insert(connection, new.case, new.content, terms)


def insert_known_pair(connection: sa.Connection, case: str, content: CaseContent, kind: str, truth: int | None) -> None:
    """Store a case whose truth is known."""
    terms = {"confirmable": "[]", "known_kind": kind, "truth": truth, "state": KNOWN}
    _insert(connection, case, content, terms)


def _insert(connection: sa.Connection, case: str, content: CaseContent, terms: Mapping[str, object]) -> None:
    connection.execute(sa.insert(review_cases).values(id=case, content=content.encode()))
    connection.execute(sa.insert(case_terms).values(case_id=case, **terms))


def find_content(connection: sa.Connection, case: str) -> CaseContent | None:
    """Return what reviewers see of a case; None once it was erased."""
    query = sa.select(review_cases.c.content).where(review_cases.c.id == case)
    data = connection.execute(query).scalar_one()
    return None if data is None else CaseContent.decode(data)


def get_case(connection: sa.Connection, case: str) -> StoredCase:
    """Return what is kept of a case apart from its content."""
    return _to_case(connection.execute(sa.select(case_terms).where(case_terms.c.case_id == case)).one())


def list_cases(connection: sa.Connection, *states: str, batch: int | None = None) -> list[StoredCase]:
    """Return the cases in some states, of one batch or of all, by their ids."""
    query = sa.select(case_terms).where(case_terms.c.state.in_(states)).order_by(case_terms.c.case_id)
    if batch is not None:
        query = query.where(case_terms.c.batch == batch)
    return [_to_case(row) for row in connection.execute(query)]


def list_record_ids(connection: sa.Connection, batch: int) -> dict[int, tuple[str, ...]]:
    """Return the candidates' records of each case of a batch that was not erased, by row."""
    query = sa.select(case_terms.c.row, case_terms.c.record_ids).where(
        case_terms.c.batch == batch, case_terms.c.record_ids.is_not(None)
    )
    return {row.row: tuple(json.loads(row.record_ids)) for row in connection.execute(query)}


def settle_case(connection: sa.Connection, case: str, state: str, candidate: int | None, *, at: datetime) -> None:
    """Record how a case ended, or, with the state `open`, that it has not any more."""
    settled_at = None if state == OPEN else format_timestamp(at)
    values = {"state": state, "candidate": candidate, "settled_at": settled_at}
    connection.execute(sa.update(case_terms).where(case_terms.c.case_id == case).values(values))


def settle_overdue_cases(connection: sa.Connection, *, at: datetime) -> int:
    """Record of every open case whose deadline is over that it is not confirmed; return how many."""
    overdue = sa.select(review_batches.c.id).where(review_batches.c.deadline <= format_timestamp(at))
    is_overdue = (case_terms.c.state == OPEN) & case_terms.c.batch.in_(overdue)
    ids = sa.select(case_terms.c.case_id).where(is_overdue)
    connection.execute(sa.delete(review_turns).where(review_turns.c.case_id.in_(ids)))
    values = {"state": NOT_CONFIRMED, "settled_at": format_timestamp(at)}
    return connection.execute(sa.update(case_terms).where(is_overdue).values(values)).rowcount


def erase_settled_cases(connection: sa.Connection, *, settled_before: datetime) -> int:
    """Erase content and records of the cases that were settled, and due, before a time; return how many.

    Known pairs stay: they are made, not received.
    """
    limit = format_timestamp(settled_before)
    due = sa.select(review_batches.c.id).where(review_batches.c.deadline < limit)
    query = sa.select(case_terms.c.case_id).where(
        case_terms.c.settled_at < limit, case_terms.c.batch.in_(due), case_terms.c.record_ids.is_not(None)
    )
    ids = list(connection.execute(query).scalars())
    for case in ids:
        connection.execute(sa.update(review_cases).where(review_cases.c.id == case).values(content=None))
        connection.execute(sa.update(case_terms).where(case_terms.c.case_id == case).values(record_ids=None))
    return len(ids)


def insert_reviewer(connection: sa.Connection, reviewer: str) -> None:
    """Store a reviewer who has judged nothing yet."""
    connection.execute(sa.insert(reviewers).values(id=reviewer, turn=0))


def list_reviewers(connection: sa.Connection) -> list[StoredReviewer]:
    """Return every reviewer, by id."""
    rows = connection.execute(sa.select(reviewers).order_by(reviewers.c.id))
    return [
        StoredReviewer(row.id, row.turn, row.qualified_at is not None, row.suspended_at is not None) for row in rows
    ]


def set_qualified(connection: sa.Connection, reviewer: str, *, at: datetime) -> None:
    """Record that a reviewer may judge others than known pairs."""
    values = {"qualified_at": format_timestamp(at)}
    connection.execute(sa.update(reviewers).where(reviewers.c.id == reviewer).values(values))


def suspend_reviewer(connection: sa.Connection, reviewer: str, reason: str, *, at: datetime) -> None:
    """Record that a reviewer judges no more, and take the case before them away."""
    connection.execute(sa.delete(review_turns).where(review_turns.c.reviewer == reviewer))
    change = sa.update(reviewers).where(reviewers.c.id == reviewer, reviewers.c.suspended_at.is_(None))
    connection.execute(change.values(suspended_at=format_timestamp(at), reason=reason))


def find_turn(connection: sa.Connection, reviewer: str) -> OpenTurn | None:
    """Return the case that a reviewer has before them; None when they have none."""
    row = connection.execute(sa.select(review_turns).where(review_turns.c.reviewer == reviewer)).one_or_none()
    return None if row is None else OpenTurn(row.case_id, bool(row.is_same_address))


def list_turns(connection: sa.Connection) -> dict[str, list[str]]:
    """Return, by case, who has it before them."""
    by_case: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(review_turns).order_by(review_turns.c.reviewer)):
        by_case.setdefault(row.case_id, []).append(row.reviewer)
    return by_case


def begin_turn(connection: sa.Connection, reviewer: str, case: str) -> None:
    """Put a case before a reviewer."""
    connection.execute(sa.insert(review_turns).values(reviewer=reviewer, case_id=case, is_same_address=0))


def set_same_address(connection: sa.Connection, reviewer: str) -> None:
    """Record that a reviewer judged the address of the case before them to be the same."""
    connection.execute(sa.update(review_turns).where(review_turns.c.reviewer == reviewer).values(is_same_address=1))


def end_turn(
    connection: sa.Connection, reviewer: str, judgment: CaseJudgment | None, *, at: datetime
) -> StoredJudgment:
    """Store what a reviewer judged of the case before them, or that they withdrew from it (None), and return it."""
    case = connection.execute(sa.select(review_turns.c.case_id).where(review_turns.c.reviewer == reviewer)).scalar_one()
    turn = connection.execute(sa.select(reviewers.c.turn).where(reviewers.c.id == reviewer)).scalar_one()
    values = {
        "case_id": case,
        "reviewer": reviewer,
        "turn": turn,
        "address": None if judgment is None else str(judgment.address),
        "candidate": None if judgment is None else judgment.candidate,
        "is_unsure": int(judgment is not None and judgment.is_unsure),
        "is_void": int(judgment is None),
        "judged_at": format_timestamp(at),
    }
    connection.execute(sa.insert(case_judgments).values(values))
    connection.execute(sa.delete(review_turns).where(review_turns.c.reviewer == reviewer))
    connection.execute(sa.update(reviewers).where(reviewers.c.id == reviewer).values(turn=turn + 1))
    return StoredJudgment(case, reviewer, turn, judgment, judgment is None)


def list_judgments(
    connection: sa.Connection, *, cases: Collection[str] | None = None, reviewer: str | None = None
) -> list[StoredJudgment]:
    """Return judgments in the order of their reviewers' turns: of some cases, of one reviewer, or all."""
    query = sa.select(case_judgments).order_by(case_judgments.c.reviewer, case_judgments.c.turn)
    if cases is not None:
        query = query.where(case_judgments.c.case_id.in_(cases))
    if reviewer is not None:
        query = query.where(case_judgments.c.reviewer == reviewer)
    return [_to_judgment(row) for row in connection.execute(query)]


def list_open_judgments(connection: sa.Connection) -> list[StoredJudgment]:
    """Return the judgments of the cases that are open."""
    query = (
        sa.select(case_judgments)
        .join(case_terms, case_terms.c.case_id == case_judgments.c.case_id)
        .where(case_terms.c.state == OPEN)
    )
    return [_to_judgment(row) for row in connection.execute(query)]


def list_known_judgments(
    connection: sa.Connection, *, reviewer: str | None = None
) -> Iterable[tuple[StoredJudgment, str, int | None]]:
    """Return judgments of known pairs, of one reviewer or of all, in the order of their turns.

    Each comes with the pair's kind and truth.
    """
    query = (
        sa.select(case_judgments, case_terms.c.known_kind, case_terms.c.truth)
        .join(case_terms, case_terms.c.case_id == case_judgments.c.case_id)
        .where(case_terms.c.state == KNOWN, case_judgments.c.address.is_not(None))
        .order_by(case_judgments.c.reviewer, case_judgments.c.turn)
    )
    if reviewer is not None:
        query = query.where(case_judgments.c.reviewer == reviewer)
    return [(_to_judgment(row), row.known_kind, row.truth) for row in connection.execute(query)]


def void_judgments(connection: sa.Connection, reviewer: str, *, from_turn: int) -> list[str]:
    """Mark as void what a reviewer judged from a turn on, known pairs left out; return the cases."""
    is_known = sa.select(case_terms.c.case_id).where(case_terms.c.state == KNOWN)
    is_affected = (
        (case_judgments.c.reviewer == reviewer)
        & (case_judgments.c.turn >= from_turn)
        & (case_judgments.c.is_void == 0)
        & case_judgments.c.case_id.not_in(is_known)
    )
    ids = list(connection.execute(sa.select(case_judgments.c.case_id).where(is_affected)).scalars())
    connection.execute(sa.update(case_judgments).where(is_affected).values(is_void=1))
    return ids


def _to_case(row: sa.Row[tuple[object, ...]]) -> StoredCase:
    return StoredCase(
        case=row.case_id,
        batch=row.batch,
        row=row.row,
        confirmable=frozenset(json.loads(row.confirmable)),
        known_kind=row.known_kind,
        truth=row.truth,
        state=row.state,
        candidate=row.candidate,
    )


def _to_judgment(row: sa.Row[tuple[object, ...]]) -> StoredJudgment:
    judgment = None
    if row.address is not None:
        judgment = CaseJudgment(AddressJudgment(row.address), row.candidate, bool(row.is_unsure))
    return StoredJudgment(row.case_id, row.reviewer, row.turn, judgment, bool(row.is_void))
