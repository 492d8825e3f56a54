"""Of the taxpayer numbers given for one person at one building the first is compared; no row is refused for another."""

from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.app.use_cases.determination_replay import DeterminationSource, explain_determination
from comity.store import answers, batches
from tests.support.workspace import Workspace, make_workspace, request_about

pytestmark = pytest.mark.usefixtures("august_2025")

ON_RECORD, ANOTHER = "901110001", "901119999"
OWN_BUT_A_DIGIT = "901110002"
"""The number of record r1, and that of somebody else of the name; the first with another last digit."""


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path)


def outcomes(world: Workspace, *numbers: str, home: str) -> dict[str, tuple[str, str | None]]:
    """Ask about one person with these numbers in one batch; return the answer and the outcome by number."""
    rows = {number: request_about(1, tin=number) for number in numbers}
    opened = world.open_home(home)
    _, said = world.verify_batch(world.write_batch(f"{home}-batch", rows.values()), home=opened)
    with bootstrap.open_store(opened) as store, store.read() as tx:
        (stored,) = batches.list_batches(tx)
        outcome_of_row = {answer.row: answer.outcome for answer in answers.stream_by_batch(tx, stored.batch_id)}
    return {
        number: (said[asked["request_id"]][0], outcome_of_row[row])
        for row, (number, asked) in enumerate(rows.items(), 1)
    }


def test_a_second_number_is_not_compared_and_at_best_in_review(world: Workspace) -> None:
    """A father and a son of one name: each is asked about, and nobody is confirmed as the other."""
    assert outcomes(world, ON_RECORD, ANOTHER, home="first") == {
        ON_RECORD: ("CONFIRMED", "match"),
        ANOTHER: ("NOT_CONFIRMED", "review"),
    }
    # The number of the record tells nothing more once another was compared.
    assert outcomes(world, ANOTHER, ON_RECORD, home="second")[ON_RECORD] == ("NOT_CONFIRMED", "review")


def test_whatever_the_second_number_is_the_answer_is_the_same(world: Workspace) -> None:
    with_record = outcomes(world, ANOTHER, ON_RECORD, home="right")[ON_RECORD]
    with_other = outcomes(world, ANOTHER, "901118888", home="wrong")["901118888"]
    assert with_record == with_other


def test_a_determination_without_its_number_is_replayed(world: Workspace) -> None:
    rows = [request_about(1, tin=ON_RECORD), request_about(1, tin=ANOTHER)]
    batch = world.write_batch("replayed", rows)
    home = world.open_home("replays")
    world.verify_batch(batch, home=home)
    source = DeterminationSource(batch, world.index, home.path)
    explained = [explain_determination(source, row["request_id"]) for row in rows]
    assert [explanation.outcome for explanation in explained] == ["match", "review"]
    assert [(explanation.facts or {})["number_set_aside"] for explanation in explained] == [False, True]


def test_a_near_number_opens_no_second_try(world: Workspace) -> None:
    """A number a digit away is compared first; the right one, another near one and a far one then tell nothing."""
    near = [OWN_BUT_A_DIGIT, "901110010"]
    said = {
        second: outcomes(world, near[0], second, home=f"home-{second}")[second]
        for second in (ON_RECORD, near[1], ANOTHER)
    }
    assert set(said.values()) == {("NOT_CONFIRMED", "review")}


def test_a_near_number_tells_nothing_of_which_near_number_is_right(world: Workspace) -> None:
    """Ten numbers that differ in the last digit have two answers at most: the right one's and that of all others."""
    said = {
        digit: outcomes(world, f"{ON_RECORD[:8]}{digit}", home=f"digit-{digit}")[f"{ON_RECORD[:8]}{digit}"]
        for digit in "0123456789"
    }
    assert len({answer for digit, answer in said.items() if digit != ON_RECORD[8]}) == 1
