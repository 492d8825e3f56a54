"""The review desk on its database: who gets what, what judgments lead to, what is hidden, and what is erased."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from comity.app.use_cases import review_desk
from comity.app.use_cases.review_desk import KnownPairContent
from comity.errors import ServiceError
from comity.model.review_case import AddressJudgment, CaseJudgment, CaseTerms
from comity.review import ReviewPlan
from comity.store.desk import review_cases
from comity.store.desk.desk_store import Desk
from comity.store.desk.review_cases import NewCase
from comity.store.desk.review_tables import case_judgments, case_terms, review_batches
from comity.store.desk.review_tables import reviewers as reviewers_table
from tests.support.review_cases import make_content

pytestmark = pytest.mark.slow

KEY, DATABASE_KEY = b"k" * 32, bytes(range(32))
MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
PLAN = ReviewPlan(max_cases=100, days=5)
SAME, DIFFERENT = AddressJudgment.SAME, AddressJudgment.DIFFERENT
RIGHT, WRONG = "RIGHT", "WRONG"
"""The given name of the right candidate of a case, and of the other one."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk.open(tmp_path / "desk.db", DATABASE_KEY)
    yield opened
    opened.close()


def make_rows(count: int, name: str = "c", *, confirmable: frozenset[int] = frozenset({0, 1})) -> list[NewCase]:
    return [
        NewCase(
            case=f"{name}{row}",
            row=row,
            content=make_content(RIGHT, WRONG, unit=f"U{row}"),
            terms=CaseTerms((f"R{row}", f"X{row}"), confirmable),
            probability=0.5,
            weight=1.0,
        )
        for row in range(count)
    ]


def add_known_pairs(desk: Desk, count: int = 480) -> None:
    """Put known pairs on file, of which three of four differ; the reviewers of these tests see which."""
    review_desk.add_known_pairs(
        desk,
        [
            KnownPairContent(make_content(f"KNOWN{number}", unit="SAME" if number % 4 == 0 else "OTHER"), kind, truth)
            for number in range(count)
            for kind, truth in [("same person", 0) if number % 4 == 0 else ("relative", None)]
        ],
    )


Choice = Callable[[Mapping[str, Any]], int | None]
"""Returns the position of the candidate that a reviewer chooses, given the step about the person."""


def choose(name: str) -> Choice:
    """Return a reviewer who is right about known pairs and chooses this name in cases."""

    def decide(step: Mapping[str, Any]) -> int | None:
        names = [candidate["name"]["given"] for candidate in step["candidates"]]
        return names.index(name) if name in names else None

    return decide


CAREFUL: Choice = choose(RIGHT)


def judge_turn(desk: Desk, reviewer: str, decide: Choice, *, at: datetime = MONDAY, false_same: bool = False) -> bool:
    """Let a reviewer judge the case that is put before them; return whether there was one."""
    step = review_desk.take_turn(desk, reviewer, key=KEY, at=at)
    if step is None:
        return False
    unit = next(field for field in step["fields"] if field["field"] == "unit")["requested"]
    if unit == "OTHER" and not false_same:
        review_desk.judge_address(desk, reviewer, DIFFERENT, at=at)
        return True
    review_desk.judge_address(desk, reviewer, SAME, at=at)
    person = review_desk.take_turn(desk, reviewer, key=KEY, at=at)
    assert person is not None
    is_known = unit in {"OTHER", "SAME"}
    review_desk.judge_person(desk, reviewer, 0 if is_known else decide(person), at=at)
    return True


def qualify(desk: Desk, *reviewers: str, known: int = 60) -> None:
    """Enroll reviewers and let each judge known pairs without an error."""
    for reviewer in reviewers:
        review_desk.add_reviewer(desk, reviewer)
        for _ in range(known):
            assert judge_turn(desk, reviewer, CAREFUL)


def fill_known(desk: Desk, *reviewers: str, errors: frozenset[int] = frozenset()) -> None:
    """Enroll reviewers who judged 420 known pairs, as if turn by turn, and erred at some of these."""
    with desk.begin() as connection:
        pairs = review_cases.list_cases(connection, review_cases.KNOWN)[:420]
        for reviewer in reviewers:
            review_cases.insert_reviewer(connection, reviewer)
            rows = [
                {
                    "case_id": pair.case,
                    "reviewer": reviewer,
                    "turn": turn,
                    "address": "same",
                    "candidate": pair.truth if turn not in errors else 0 if pair.truth is None else None,
                    "is_unsure": 0,
                    "is_void": 0,
                    "judged_at": "2026-11-30T08:00:00.000000Z",
                }
                for turn, pair in enumerate(pairs)
            ]
            connection.execute(sa.insert(case_judgments), rows)
            connection.execute(
                sa.update(reviewers_table)
                .where(reviewers_table.c.id == reviewer)
                .values(turn=len(pairs), qualified_at="2026-11-30T08:00:00.000000Z")
            )


def work(desk: Desk, decide: Mapping[str, Choice], *, at: datetime = MONDAY) -> None:
    """Let reviewers judge in turns until nobody gets a case."""
    while [reviewer for reviewer, choice in decide.items() if judge_turn(desk, reviewer, choice, at=at)]:
        pass


def count_judgments(desk: Desk, batch: str) -> dict[int, int]:
    with desk.read() as connection:
        stored = review_cases.find_batch(connection, batch)
        assert stored is not None
        query = (
            sa.select(case_terms.c.row, sa.func.count(case_judgments.c.reviewer))
            .join(case_judgments, case_judgments.c.case_id == case_terms.c.case_id)
            .where(case_terms.c.batch == stored.id, case_judgments.c.is_void == 0)
            .group_by(case_terms.c.row)
        )
        return {found[0]: found[1] for found in connection.execute(query)}


def open_review(desk: Desk, rows: list[NewCase], name: str = "B1", plan: ReviewPlan = PLAN) -> datetime:
    return review_desk.open_review(desk, name, rows, plan, key=KEY, at=MONDAY)


def test_two_who_agree_settle_a_case_and_a_third_is_asked_where_they_differ(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2", "r3")
    open_review(desk, make_rows(10))
    work(desk, {"r1": CAREFUL, "r2": CAREFUL, "r3": choose("NOBODY")})
    confirmed = review_desk.close_review(desk, "B1", at=MONDAY)
    assert confirmed == {row: f"R{row}" for row in range(10)}  # two of three
    counts = count_judgments(desk, "B1")
    assert set(counts.values()) == {2, 3}  # those that r3 did not judge needed no third
    open_review(desk, make_rows(10, "d"), "B2")
    work(desk, {"r1": choose("NOBODY"), "r2": choose("NOBODY"), "r3": CAREFUL})
    assert review_desk.close_review(desk, "B2", at=MONDAY) == {}


def test_nobody_confirms_against_a_demand(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    open_review(desk, make_rows(6, confirmable=frozenset({1})))
    work(desk, {"r1": CAREFUL, "r2": CAREFUL})
    assert review_desk.close_review(desk, "B1", at=MONDAY) == {}


def test_an_office_whose_joint_errors_are_not_shown_to_be_rare_confirms_nothing(desk: Desk) -> None:
    add_known_pairs(desk)
    qualify(desk, "r1", "r2")
    open_review(desk, make_rows(6))
    work(desk, {"r1": CAREFUL, "r2": CAREFUL})
    assert set(count_judgments(desk, "B1").values()) == {2}
    assert review_desk.close_review(desk, "B1", at=MONDAY) == {}


def test_who_begins_judges_known_pairs_first_and_one_turn_in_eight_later(desk: Desk) -> None:
    add_known_pairs(desk)
    open_review(desk, make_rows(60))
    qualify(desk, "r1", "r2")
    assert count_judgments(desk, "B1") == {}
    work(desk, {"r1": CAREFUL, "r2": CAREFUL})
    with desk.read() as connection:
        known = [judgment for judgment, _, _ in review_cases.list_known_judgments(connection)]
    later = [judgment for judgment in known if judgment.turn >= 60]
    assert 6 < len(later) < 32
    assert set(count_judgments(desk, "B1").values()) == {2}


def test_who_is_not_qualified_after_sixty_known_pairs_gets_no_case(desk: Desk) -> None:
    add_known_pairs(desk)
    open_review(desk, make_rows(5))
    review_desk.add_reviewer(desk, "r1")
    for number in range(60):
        judge_turn(desk, "r1", CAREFUL, false_same=number < 4)
    assert review_desk.take_turn(desk, "r1", key=KEY, at=MONDAY) is None
    with desk.read() as connection:
        assert [reviewer.is_suspended for reviewer in review_cases.list_reviewers(connection)] == [True]


def test_a_careless_reviewer_is_suspended_and_their_cases_are_judged_again(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    with desk.read() as connection:
        pairs = review_cases.list_cases(connection, review_cases.KNOWN)[:420]
    differing = [turn for turn, pair in enumerate(pairs) if pair.truth is None]
    fill_known(desk, "bad", errors=frozenset(differing[-5:]))  # one more suspends
    open_review(desk, make_rows(30))
    while judge_turn(desk, "bad", choose(WRONG), false_same=True):
        judge_turn(desk, "r1", CAREFUL)
    with desk.read() as connection:
        judgments = review_cases.list_judgments(connection, reviewer="bad")
        assert {r.id for r in review_cases.list_reviewers(connection) if r.is_suspended} == {"bad"}
        known = {case.case for case in review_cases.list_cases(connection, review_cases.KNOWN)}
    of_cases = [judgment for judgment in judgments if judgment.case not in known]
    assert len(of_cases) > 2
    assert all(judgment.is_void for judgment in of_cases)
    assert review_desk.close_review(desk, "B1", at=MONDAY) is None
    work(desk, {"r1": CAREFUL, "r2": CAREFUL})
    assert review_desk.close_review(desk, "B1", at=MONDAY) == {row: f"R{row}" for row in range(30)}
    assert set(count_judgments(desk, "B1").values()) == {2}
    assert review_desk.list_doubtful_rows(desk) == []


def test_what_was_answered_on_judgments_that_are_void_is_listed_and_not_changed(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    open_review(desk, make_rows(12))
    work(desk, {"r1": CAREFUL, "r2": CAREFUL})
    before = review_desk.close_review(desk, "B1", at=MONDAY)
    with desk.begin() as connection:
        review_desk._suspend(connection, "r2", review_cases.CARELESS, void_from_turn=0, at=MONDAY)
    assert review_desk.close_review(desk, "B1", at=MONDAY) == before
    assert sorted((row.ledger_batch, row.row) for row in review_desk.list_doubtful_rows(desk)) == [
        ("B1", row) for row in range(12)
    ]


def test_two_who_collude_are_suspended_and_all_that_they_judged_is_void(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    errors = Random(2).sample(range(420), 20)
    fill_known(desk, "y", errors=frozenset(errors[:19]))
    fill_known(desk, "z", errors=frozenset(errors[1:]))
    (finding,) = review_desk.suspend_colluding_reviewers(desk, at=MONDAY)
    assert finding.reviewers == ("y", "z")
    with desk.read() as connection:
        assert {r.id for r in review_cases.list_reviewers(connection) if r.is_suspended} == {"y", "z"}


def test_after_the_deadline_what_is_open_is_not_confirmed(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    deadline = open_review(desk, make_rows(4))
    assert deadline == MONDAY + timedelta(days=7)
    while len(count_judgments(desk, "B1")) < 2:
        judge_turn(desk, "r1", CAREFUL)
    step = review_desk.take_turn(desk, "r1", key=KEY, at=MONDAY)
    assert step is not None
    assert review_desk.close_review(desk, "B1", at=deadline - timedelta(seconds=1)) is None
    assert review_desk.close_review(desk, "B1", at=deadline) == {}
    if any(field.get("requested") in {"U0", "U1", "U2", "U3"} for field in step["fields"]):
        with pytest.raises(ServiceError) as raised:
            review_desk.judge_address(desk, "r1", SAME, at=deadline)
        assert raised.value.code == "not_found"
    assert set(count_judgments(desk, "B1").values()) == {1}


def test_opened_twice_is_opened_once_and_a_plan_limits_it(desk: Desk) -> None:
    rows = make_rows(300)
    plan = ReviewPlan(max_cases=20, sampled_share=0.1)
    assert open_review(desk, rows, plan=plan) == open_review(desk, make_rows(5), plan=plan)
    with desk.read() as connection:
        weights = list(connection.execute(sa.select(case_terms.c.weight)).scalars())
    assert weights.count(1.0) == 20
    assert 10 < weights.count(10.0) < 50
    assert len(weights) == weights.count(1.0) + weights.count(10.0)


def test_a_reviewer_has_one_case_at_a_time_and_the_steps_in_order(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2", "r3")
    open_review(desk, make_rows(1))
    with pytest.raises(ServiceError):
        review_desk.judge_address(desk, "r1", SAME, at=MONDAY)
    with pytest.raises(ServiceError):
        review_desk.judge_person(desk, "r1", 0, at=MONDAY)
    with pytest.raises(ServiceError):
        review_desk.withdraw_from_case(desk, "r1", at=MONDAY)
    first = review_desk.take_turn(desk, "r1", key=KEY, at=MONDAY)
    assert first is not None
    assert first == review_desk.take_turn(desk, "r1", key=KEY, at=MONDAY)
    assert first["step"] == "address"
    with pytest.raises(ServiceError):
        review_desk.judge_person(desk, "r1", 0, at=MONDAY)
    review_desk.judge_address(desk, "r1", SAME, at=MONDAY)
    with pytest.raises(ServiceError):
        review_desk.judge_address(desk, "r1", SAME, at=MONDAY)
    second = review_desk.take_turn(desk, "r1", key=KEY, at=MONDAY)
    assert second is not None
    assert second["step"] == "person"
    for candidate in (-1, len(second["candidates"])):
        with pytest.raises(ServiceError):
            review_desk.judge_person(desk, "r1", candidate, at=MONDAY)
    review_desk.judge_person(desk, "r1", None, at=MONDAY)


def test_who_withdraws_from_a_case_does_not_get_it_again(desk: Desk) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    open_review(desk, make_rows(1))
    withdrawn = []
    while review_desk.take_turn(desk, "r1", key=KEY, at=MONDAY):
        with desk.read() as connection:
            turn = review_cases.find_turn(connection, "r1")
        assert turn is not None
        withdrawn.append(turn.case)
        review_desk.withdraw_from_case(desk, "r1", at=MONDAY)
    assert withdrawn.count("c0") == 1
    fill_known(desk, "r3")
    work(desk, {"r1": CAREFUL, "r2": CAREFUL, "r3": CAREFUL})
    assert count_judgments(desk, "B1") == {0: 2}
    assert review_desk.close_review(desk, "B1", at=MONDAY) == {0: "R0"}


def record_steps(desk: Desk, reviewer: str, case: str) -> bytes:
    """Return all bytes that a reviewer sees of a case."""
    with desk.begin() as connection:
        connection.execute(sa.text("DELETE FROM review_turns"))
        review_cases.begin_turn(connection, reviewer, case)
    address = review_desk.take_turn(desk, reviewer, key=KEY, at=MONDAY)
    review_desk.judge_address(desk, reviewer, SAME, at=MONDAY)
    person = review_desk.take_turn(desk, reviewer, key=KEY, at=MONDAY)
    return json.dumps([address, person]).encode()


def test_what_a_reviewer_sees_does_not_change_with_score_batch_or_others_judgments(desk: Desk) -> None:
    content = make_content("MARIE", "MARIO", unit="4B")
    seen = set()
    variants = [
        {"batch": "B1", "row": 0, "terms": CaseTerms(("R1", "R2"), frozenset({0})), "probability": 0.31, "weight": 1.0},
        {"batch": "B2", "row": 7, "terms": CaseTerms(("R9", "R8"), frozenset({1})), "probability": 0.94, "weight": 1.0},
        {"batch": "B3", "row": 9, "terms": CaseTerms(("R5", "R6"), frozenset()), "probability": 0.5, "weight": 20.0},
    ]
    others = [(), (CaseJudgment(SAME, 1),), (CaseJudgment(SAME, 0), CaseJudgment(DIFFERENT))]
    with desk.begin() as connection:
        for reviewer in ("me", "o0", "o1"):
            review_cases.insert_reviewer(connection, reviewer)
    for variant, judgments in zip(variants, others, strict=True):
        case = review_desk.make_case_id()
        batch = str(variant.pop("batch"))
        new = NewCase(case=case, content=content, **variant)  # type: ignore[arg-type]
        open_review(desk, [new], batch)
        for number, judgment in enumerate(judgments):
            with desk.begin() as connection:
                review_cases.begin_turn(connection, f"o{number}", case)
                review_cases.end_turn(connection, f"o{number}", judgment, at=MONDAY)
        seen.add(record_steps(desk, "me", case))
    assert len(seen) == 1
    (data,) = seen
    assert not [word for word in (b"B1", b"R1", b"R9", b"0.31", b"row", b"weight") if word in data]


def test_a_case_is_unreadable_in_the_file_and_gone_after_it_was_erased(desk: Desk, tmp_path: Path) -> None:
    add_known_pairs(desk)
    fill_known(desk, "r1", "r2")
    deadline = open_review(desk, make_rows(3))
    work(desk, {"r1": CAREFUL, "r2": CAREFUL})
    assert review_desk.close_review(desk, "B1", at=MONDAY) == {row: f"R{row}" for row in range(3)}
    for file in tmp_path.iterdir():
        assert b"RIGHT" not in file.read_bytes()
        with pytest.raises(sqlite3.DatabaseError):
            sqlite3.connect(file).execute("SELECT * FROM review_cases").fetchall()
    late = deadline + review_desk.RETENTION
    assert review_desk.erase_settled_texts(desk, at=late) == 0
    assert review_desk.erase_settled_texts(desk, at=late + timedelta(seconds=1)) == 3
    assert review_desk.erase_settled_texts(desk, at=late + timedelta(seconds=1)) == 0
    with desk.read() as connection:
        batch = review_cases.find_batch(connection, "B1")
        assert batch is not None
        cases = review_cases.list_cases(connection, review_cases.CONFIRMED, batch=batch.id)
        assert [review_cases.find_content(connection, case.case) for case in cases] == [None] * 3
        assert review_cases.list_record_ids(connection, batch.id) == {}
        assert len(review_cases.list_cases(connection, review_cases.KNOWN)) == 480
        kept = connection.execute(sa.select(review_batches)).all()
    assert len(kept) == 1
    assert review_desk.close_review(desk, "B1", at=late + timedelta(seconds=1)) == {}


def test_a_batch_that_nobody_answers_is_erased_too(desk: Desk) -> None:
    deadline = open_review(desk, make_rows(3))
    assert review_desk.erase_settled_texts(desk, at=deadline) == 0
    assert review_desk.erase_settled_texts(desk, at=deadline + timedelta(days=31)) == 3
    assert review_desk.close_review(desk, "B1", at=deadline + timedelta(days=31)) == {}


def test_a_batch_that_is_not_under_review_has_no_result(desk: Desk) -> None:
    with pytest.raises(ServiceError):
        review_desk.close_review(desk, "B9", at=MONDAY)
