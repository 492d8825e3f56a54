"""Run the review desk: open cases, hand them out, take judgments, suspend and redo, and say what was confirmed.

A reviewer has one case before them at a time and cannot choose it. Whatever a judgment leads to (a case is settled, a
reviewer is suspended, a case is open again) happens in the transaction that stores the judgment.

Guarantees: opened twice is opened once; a batch whose cases are neither settled nor overdue has no result; an office
that has not shown how rarely two of its reviewers err together confirms nothing; what a reviewer sees of a case depends
on its content alone.
Does not: answer a batch. No batch is sent here yet: what is uncertain is not confirmed (ADR 0004, ADR 0055).
Start at `open_review`, then `take_turn`.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from comity.errors import ServiceError
from comity.model.review_case import AddressJudgment, CaseContent, CaseJudgment
from comity.review import (
    CaseConclusion,
    CollusionFinding,
    ConclusionKind,
    KnownPair,
    KnownResult,
    ReviewPlan,
    assign_reviewers,
    conclude_case,
    find_colluding_pairs,
    find_suspension,
    has_office_opened,
    is_known_pair_due,
    is_qualified,
    order_by_key,
    order_known_pairs,
    plan_review,
    render_address_step,
    render_person_step,
    select_known_pair,
)
from comity.review.suspension import QUALIFYING_PAIRS
from comity.store.desk import review_cases
from comity.store.desk.desk_store import Desk, DeskConnection
from comity.store.desk.review_cases import NewCase, StoredCase, StoredJudgment

RETENTION = timedelta(days=30)
"""How long the text of a settled case is kept, so that a complaint about it can be looked into."""

_STATES = {
    ConclusionKind.OPEN: review_cases.OPEN,
    ConclusionKind.CONFIRMED: review_cases.CONFIRMED,
    ConclusionKind.NOT_CONFIRMED: review_cases.NOT_CONFIRMED,
}


@dataclass(frozen=True, slots=True)
class KnownPairContent:
    """A known pair to be put on file: its content, its kind, and the right candidate (None: none of them)."""

    content: CaseContent
    kind: str
    truth: int | None


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """A row that was confirmed by review and answered, and that too few judgments support since some were voided."""

    ledger_batch: str
    row: int


def make_case_id() -> str:
    """Return an id for a case: random, so that it says nothing."""
    return secrets.token_hex(16)


def open_review(  # noqa: PLR0913  each is a fact of the review
    desk: Desk, ledger_batch: str, rows: Sequence[NewCase], plan: ReviewPlan, *, key: bytes, at: datetime
) -> datetime:
    """Store the rows of a batch that the plan reviews as cases, once; return the deadline.

    Args:
        desk: the desk's database.
        ledger_batch: the batch's name in the ledger.
        rows: a case for each row that people may settle; `weight` is set by the plan.
        plan: how many are reviewed, and until when.
        key: of the draw of what is reviewed.
        at: now.
    """
    deadline = plan.find_deadline(at)
    probabilities = np.array([row.probability for row in rows], np.float64)
    planned = plan_review(plan, probabilities, [f"{ledger_batch} {row.row}" for row in rows], key=key)
    with desk.begin() as connection:
        stored = review_cases.find_batch(connection, ledger_batch)
        if stored is not None:
            return stored.deadline
        batch = review_cases.open_batch(connection, ledger_batch, deadline=deadline)
        for position, weight in zip(planned.positions.tolist(), planned.weights.tolist(), strict=True):
            review_cases.insert_case(connection, batch.id, replace(rows[position], weight=weight))
    return deadline


def add_known_pairs(desk: Desk, pairs: Iterable[KnownPairContent]) -> None:
    """Put known pairs on file."""
    with desk.begin() as connection:
        for pair in pairs:
            review_cases.insert_known_pair(connection, make_case_id(), pair.content, pair.kind, pair.truth)


def add_reviewer(desk: Desk, reviewer: str) -> None:
    """Let a person judge known pairs, and cases once they have qualified."""
    with desk.begin() as connection:
        review_cases.insert_reviewer(connection, reviewer)


def take_turn(desk: Desk, reviewer: str, *, key: bytes, at: datetime) -> dict[str, Any] | None:
    """Return the step that a reviewer is at: of the case before them, or of one that is put before them now.

    None when there is nothing for them to judge: no case, no known pair that they have not seen, or a suspension.
    """
    with desk.begin() as connection:
        review_cases.settle_overdue_cases(connection, at=at)
        turn = review_cases.find_turn(connection, reviewer)
        if turn is None:
            case = _select_case(connection, reviewer, key)
            if case is None:
                return None
            review_cases.begin_turn(connection, reviewer, case)
            turn = review_cases.OpenTurn(case, is_same_address=False)
        content = _read_content(connection, turn.case)
        return render_person_step(content) if turn.is_same_address else render_address_step(content)


def judge_address(desk: Desk, reviewer: str, judgment: AddressJudgment, *, at: datetime) -> None:
    """Take what a reviewer says of the address; anything but `same` ends the case for them.

    Raises ServiceError `not_found` when no address is before them.
    """
    with desk.begin() as connection:
        _verify_step(connection, reviewer, is_same_address=False)
        if judgment is AddressJudgment.SAME:
            review_cases.set_same_address(connection, reviewer)
            return
        _finish_turn(connection, reviewer, CaseJudgment(judgment), at=at)


def judge_person(desk: Desk, reviewer: str, candidate: int | None, *, is_unsure: bool = False, at: datetime) -> None:
    """Take which of the candidates a reviewer says it is, None for none of them.

    Raises ServiceError `not_found` when no names are before them, or no candidate has that position.
    """
    with desk.begin() as connection:
        case = _verify_step(connection, reviewer, is_same_address=True)
        if candidate is not None and not 0 <= candidate < len(_read_content(connection, case).candidates):
            raise ServiceError("not_found", "The case has no candidate of that number.", "Choose one that is listed.")
        _finish_turn(connection, reviewer, CaseJudgment(AddressJudgment.SAME, candidate, is_unsure), at=at)


def withdraw_from_case(desk: Desk, reviewer: str, *, at: datetime) -> None:
    """Take a case away from a reviewer who may not judge it, as they know the person; somebody else gets it.

    Raises ServiceError `not_found` when they have none before them.
    """
    with desk.begin() as connection:
        _verify_step(connection, reviewer, is_same_address=None)
        review_cases.end_turn(connection, reviewer, None, at=at)


def suspend_colluding_reviewers(desk: Desk, *, at: datetime) -> tuple[CollusionFinding, ...]:
    """Suspend every two reviewers who err together too often, void all that both judged, and return who they are."""
    with desk.begin() as connection:
        findings = find_colluding_pairs(_read_results(connection))
        for reviewer in sorted({reviewer for finding in findings for reviewer in finding.reviewers}):
            _suspend(connection, reviewer, review_cases.COLLUSION, void_from_turn=0, at=at)
    return findings


def close_review(desk: Desk, ledger_batch: str, *, at: datetime) -> dict[int, str] | None:
    """Return the rows that review confirms, each with its record; None while a case is open and not overdue.

    The batch is closed by it, and the result is the same each time until the texts are erased.

    Raises ServiceError `not_found` for a batch that is not under review.
    """
    with desk.begin() as connection:
        batch = review_cases.find_batch(connection, ledger_batch)
        if batch is None:
            raise ServiceError("not_found", "The batch is not under review.", "Open its review first.")
        review_cases.settle_overdue_cases(connection, at=at)
        if review_cases.list_cases(connection, review_cases.OPEN, batch=batch.id):
            return None
        confirmed = review_cases.list_cases(connection, review_cases.CONFIRMED, batch=batch.id)
        if not batch.is_closed and confirmed and not has_office_opened(_read_results(connection)):
            for case in confirmed:
                review_cases.settle_case(connection, case.case, review_cases.NOT_CONFIRMED, None, at=at)
            confirmed = []
        review_cases.close_batch(connection, batch.id, at=at)
        record_ids = review_cases.list_record_ids(connection, batch.id)
    return {
        case.row: record_ids[case.row][case.candidate]
        for case in confirmed
        if case.candidate is not None and case.row is not None and case.row in record_ids
    }


def list_doubtful_rows(desk: Desk) -> list[DoubtfulRow]:
    """Return the rows of closed batches whose confirmation the judgments that still count do not support."""
    with desk.read() as connection:
        closed = review_cases.list_closed_batches(connection)
        confirmed = review_cases.list_cases(connection, review_cases.CONFIRMED)
        conclusions = _conclude(connection, confirmed)
    return [
        DoubtfulRow(closed[case.batch], case.row)
        for case, conclusion in zip(confirmed, conclusions, strict=True)
        if case.batch in closed and case.row is not None and conclusion.candidate != case.candidate
    ]


def erase_settled_texts(desk: Desk, *, at: datetime) -> int:
    """Erase the texts of the cases that were settled and due `RETENTION` ago; return how many.

    A batch that nobody answered until then has no confirmed row any more.
    """
    with desk.begin() as connection:
        review_cases.settle_overdue_cases(connection, at=at)
        return review_cases.erase_settled_cases(connection, settled_before=at - RETENTION)


def _read_content(connection: DeskConnection, case: str) -> CaseContent:
    content = review_cases.find_content(connection, case)
    assert content is not None  # only cases that are settled and overdue are erased: nobody has one before them
    return content


def _verify_step(connection: DeskConnection, reviewer: str, *, is_same_address: bool | None) -> str:
    """Return the case before a reviewer who is at that step, or at any (None)."""
    turn = review_cases.find_turn(connection, reviewer)
    if turn is None or is_same_address not in {None, turn.is_same_address}:
        message = "You have no case before you at this step: it was judged, or its deadline is over."
        raise ServiceError("not_found", message, "Take the next one.")
    return turn.case


def _select_case(connection: DeskConnection, reviewer: str, key: bytes) -> str | None:
    """Return the case that a reviewer judges next: a known pair where one is due, else one assigned to them."""
    active = {stored.id: stored for stored in review_cases.list_reviewers(connection) if not stored.is_suspended}
    if reviewer not in active:
        return None
    qualified = {name for name, stored in active.items() if stored.is_qualified}
    if reviewer in qualified and not is_known_pair_due(key, reviewer, active[reviewer].turn):
        return _find_assigned_case(connection, reviewer, qualified, key)
    known = review_cases.list_cases(connection, review_cases.KNOWN)
    pool = [KnownPair(case.case, str(case.known_kind), case.truth) for case in known]
    judged = {judgment.case for judgment in review_cases.list_judgments(connection, reviewer=reviewer)}
    ordered = order_known_pairs(key, reviewer, pool)
    pair = select_known_pair(key, reviewer, active[reviewer].turn, ordered, judged)
    return None if pair is None else pair.case


def _find_assigned_case(connection: DeskConnection, reviewer: str, qualified: set[str], key: bytes) -> str | None:
    by_id = {case.case: case for case in review_cases.list_cases(connection, review_cases.OPEN)}
    judgments = _group_by_case(review_cases.list_open_judgments(connection))
    holders = review_cases.list_turns(connection)
    for case in order_by_key(key, by_id, "cases", reviewer):
        judged_by = {judgment.reviewer for judgment in judgments.get(case, [])}
        holding = set(holders.get(case, []))
        conclusion = conclude_case(_counted(judgments.get(case, [])), by_id[case].confirmable)
        needed = conclusion.judgments_needed - len(holding)
        if reviewer in assign_reviewers(key, case, qualified - holding, judged_by, max(needed, 0)):
            return case
    return None


def _finish_turn(connection: DeskConnection, reviewer: str, judgment: CaseJudgment, *, at: datetime) -> None:
    stored = review_cases.end_turn(connection, reviewer, judgment, at=at)
    case = review_cases.get_case(connection, stored.case)
    if case.state != review_cases.KNOWN:
        _settle(connection, [case], at=at)
        return
    results = _read_results(connection, reviewer)[reviewer]
    suspension = find_suspension(results)
    if suspension is not None:
        _suspend(connection, reviewer, review_cases.CARELESS, void_from_turn=suspension.void_from_turn, at=at)
    elif len(results) == QUALIFYING_PAIRS and is_qualified(results):
        review_cases.set_qualified(connection, reviewer, at=at)
    elif len(results) == QUALIFYING_PAIRS:
        _suspend(connection, reviewer, review_cases.CARELESS, void_from_turn=0, at=at)


def _suspend(connection: DeskConnection, reviewer: str, reason: str, *, void_from_turn: int, at: datetime) -> None:
    """Suspend a reviewer, void their judgments from a turn on, and open again what these had settled."""
    review_cases.suspend_reviewer(connection, reviewer, reason, at=at)
    voided = review_cases.void_judgments(connection, reviewer, from_turn=void_from_turn)
    open_batches = review_cases.list_open_batches(connection)
    cases = [review_cases.get_case(connection, case) for case in voided]
    _settle(connection, [case for case in cases if case.batch in open_batches], at=at)
    review_cases.settle_overdue_cases(connection, at=at)


def _settle(connection: DeskConnection, cases: Sequence[StoredCase], *, at: datetime) -> None:
    """Record what the judgments that count come to."""
    for case, conclusion in zip(cases, _conclude(connection, cases), strict=True):
        review_cases.settle_case(connection, case.case, _STATES[conclusion.kind], conclusion.candidate, at=at)


def _conclude(connection: DeskConnection, cases: Sequence[StoredCase]) -> list[CaseConclusion]:
    judgments = _group_by_case(review_cases.list_judgments(connection, cases=[case.case for case in cases]))
    return [conclude_case(_counted(judgments.get(case.case, [])), case.confirmable) for case in cases]


def _group_by_case(judgments: Iterable[StoredJudgment]) -> dict[str, list[StoredJudgment]]:
    by_case: dict[str, list[StoredJudgment]] = {}
    for judgment in judgments:
        by_case.setdefault(judgment.case, []).append(judgment)
    return by_case


def _counted(judgments: Iterable[StoredJudgment]) -> dict[str, CaseJudgment]:
    return {j.reviewer: j.judgment for j in judgments if j.judgment is not None and not j.is_void}


def _read_results(connection: DeskConnection, reviewer: str | None = None) -> dict[str, list[KnownResult]]:
    """Return what each reviewer, or one, said of known pairs, in the order of their turns."""
    results: dict[str, list[KnownResult]] = {}
    for stored, kind, truth in review_cases.list_known_judgments(connection, reviewer=reviewer):
        assert stored.judgment is not None  # who withdrew is left out
        known = KnownResult(stored.turn, stored.case, kind, truth, stored.judgment.candidate)
        results.setdefault(stored.reviewer, []).append(known)
    return results
