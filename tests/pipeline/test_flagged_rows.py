"""Rows that their own words flag hold the batch, until two persons clear them or one refuses them."""

import csv
from pathlib import Path

import pytest

from comity.app.home import Home
from comity.app.use_cases.flagged_requests import parse_row_numbers
from comity.errors import ComityError
from comity.store.batches import ANSWERED, HELD
from tests.support.two_persons import PersonKeys, run_command
from tests.support.workspace import Workspace, request_about

WORDS = "Needed to locate the subject for trial"


pytestmark = pytest.mark.usefixtures("august_2025")


def run(*arguments: object) -> int:
    return run_command(*map(str, arguments))


def write_flagged_batch(world: Workspace) -> Path:
    flagged = {**request_about(3, reason=WORDS)}
    vacated = {**request_about(4, reason="The order of removal was vacated; count 1 concerns the year before")}
    return world.write_batch("flagged", [request_about(1), flagged, vacated])


def test_flagged_rows_hold_the_batch_until_they_are_settled(
    world: Workspace, home: Home, keys: PersonKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_flagged_batch(world)
    verified, answers = world.verify_batch(batch, home=home)
    assert (verified.status, answers) == (HELD, {})
    out = world.root / "flagged.csv"
    assert run("flags", "list", batch, "--home", home.path, "--out", out) == 0
    listed = capsys.readouterr().out
    assert "1 row(s) by r17_flagged_words: 2" in listed
    assert "1 row(s) by d02_order_outstanding: 3" in listed
    assert "locate" not in listed
    assert next(row["reason"] for row in csv.DictReader(out.read_text().splitlines())) == WORDS
    assert out.stat().st_mode & 0o077 == 0
    common = ("--home", home.path, "--reason", "Read on 7 August")
    assert run("flags", "clear", batch, *common, "--key", keys.jo, "--rows", "2") == 0
    assert world.verify_batch(batch, home=home)[0].status == HELD, "one person opens nothing"
    number = capsys.readouterr().out.split("Filing ")[1].split(",")[0]
    assert run("filings", "confirm", number, "--home", home.path, "--key", keys.sam) == 0
    assert world.verify_batch(batch, home=home)[0].status == HELD, "the other row is not settled"
    assert run("flags", "refuse", batch, *common, "--key", keys.sam, "--rows", "3") == 0
    verified, answers = world.verify_batch(batch, home=home)
    assert verified.status == ANSWERED
    assert list(answers.values()) == [
        ("CONFIRMED", ""),
        ("CONFIRMED", ""),
        ("REFUSED", "d02_order_outstanding"),
    ]


def test_rows_are_settled_in_one_batch_and_only_if_they_are_flagged(
    world: Workspace, home: Home, keys: PersonKeys
) -> None:
    batch = write_flagged_batch(world)
    common = ("--home", home.path, "--reason", "Read on 7 August", "--key", keys.jo)
    assert run("flags", "refuse", batch, *common, "--rows", "1") == 2
    assert run("flags", "refuse", batch, *common, "--rows", "9") == 2
    assert run("flags", "refuse", batch, *common, "--rows", "two") == 2
    assert run("flags", "refuse", batch, *common) == 0
    assert run("flags", "refuse", batch, *common) == 2, "nothing is left"
    other = world.write_batch("other", [request_about(3, reason=WORDS)])
    assert world.verify_batch(other, home=home)[0].status == HELD


@pytest.mark.parametrize("text", ["", "0", "3-1", "a", "1,,2", "-4", "1-99999999"])
def test_a_list_of_rows_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ComityError):
        parse_row_numbers(text)
