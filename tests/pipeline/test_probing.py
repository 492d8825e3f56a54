"""Probing is refused from the text of requests alone: the same bytes whether or not the person is on record."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.app import bootstrap
from comity.app.gateway import open_gateway
from comity.model.progress import no_progress
from comity.pipeline import verify_batch
from comity.store import batches
from tests.support.workspace import AUGUST_2025, Workspace, make_workspace, request_about

HOUSES = [
    request_about(7, street=f"{n} Lindenwood Ave", city="Olympia", state="WA", zip="98501")
    for n in (1839, 1841, 1843, 1845)
]
FIRST = [request_about(1), request_about(2), request_about(3, street2="Apt 9"), *HOUSES]
AGAIN = [
    request_about(1),  # answered before, with yes where the record is
    request_about(2, street="90 Oak Ave"),
    request_about(3, street2="Apt 9"),  # answered before with no
    request_about(3),  # corrected after a no
    request_about(4),
]


@pytest.fixture(name="folders", scope="module")
def _folders(town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two batches, one after the other in one home, against two indexes: with and without records r1 and r3."""
    root = tmp_path_factory.mktemp("probing")
    without = make_workspace(root / "other", without=frozenset({"r1", "r3"}))
    folders = []
    for name, index in (("with", town.index), ("without", without.index)):
        world = Workspace(root / name, index, town.key)
        world.root.mkdir()
        home = world.open_home()
        for batch, rows in (("one", FIRST), ("two", AGAIN)):
            world.verify_batch(world.write_batch(batch, rows), home=home, out=world.root / f"{batch}-answers")
        folders.append(world.root)
    return folders


def lines(folder: Path, batch: str) -> list[bytes]:
    return (folder / f"{batch}-answers" / "answers.csv").read_bytes().splitlines()


def test_refusals_for_probing_do_not_depend_on_any_record(folders: list[Path]) -> None:
    """Promises 3 and 15: after a yes as after a no."""
    for batch in ("one", "two"):
        with_record, without = (lines(folder, batch) for folder in folders)
        assert [line for line in with_record if b"REFUSED" in line] == [line for line in without if b"REFUSED" in line]
    assert lines(folders[0], "one") != lines(folders[1], "one"), "the test must see the records at all"


def test_a_walk_from_house_to_house_is_refused_and_nobody_else(folders: list[Path]) -> None:
    said = lines(folders[0], "one")[1:]
    assert [b"p14_house_number_walk" in line for line in said] == [False, False, False, True, True, True, True]
    assert said[0].endswith(b"CONFIRMED,")


def test_what_was_answered_is_not_asked_again_and_the_rest_is_answered(folders: list[Path]) -> None:
    said = [line.split(b",", 1)[1] for line in lines(folders[0], "two")[1:]]
    assert said == [
        b"REFUSED,p15_asked_again",
        b"NOT_CONFIRMED,",
        b"REFUSED,p15_asked_again",
        b"CONFIRMED,",
        b"CONFIRMED,",
    ]


def test_history_holds_no_name_and_no_address(world: Workspace) -> None:
    home = world.open_home()
    world.verify_batch(world.write_batch("one", [request_about(1)]), home=home)
    with bootstrap.open_store(home) as store, store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT kind, bucket, digests, counts FROM asked").all()
    assert len(rows) == 8  # every kind but the taxpayer number, which the request did not give
    held = b"".join(bytes(row[2]) + bytes(row[3]) for row in rows)
    assert len(held) == 8 * 8
    assert b"quintanilla" not in held.lower()


def test_what_no_agreement_counts_any_more_is_forgotten_when_more_is_asked(world: Workspace) -> None:
    """Ninety days to the second are kept."""

    def remembered(number: int, *, days: int) -> set[str]:
        at = AUGUST_2025 + timedelta(days=days)
        batch, out = world.write_batch(f"b{number}", [request_about(number)]), world.root / f"b{number}-answers"
        now = replace(gateway, clock=lambda: at)
        assert verify_batch(batch, now, index=world.index, out=out, progress=no_progress).status == "answered"
        with gateway.store.read() as tx:
            batch_ids = tx.connection.exec_driver_sql("SELECT batch_id FROM asked").scalars()
            return {batches.get_display_id(tx, batch_id) for batch_id in batch_ids}

    with open_gateway(world.open_home()) as gateway:
        assert remembered(1, days=0) == {"b1"}
        assert remembered(2, days=90) == {"b1", "b2"}
        assert remembered(3, days=91) == {"b2", "b3"}
