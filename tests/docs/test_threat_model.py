"""docs/threat-model.md: each attack says what stops it and what does not, and names tests that exist."""

import re
from pathlib import Path

from tests.docs.test_promises import PROMISES, names_in

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ATTACKED_PROMISES = {1, 2, 3, 8, 9, 11, 15}
TEST_NAME = re.compile(r"`(tests/[^`]+?\.py)::([\w:]+)`")


def list_attacks(text: str, first_cell: str) -> list[list[str]]:
    """Return the rows of every table that begins with this header cell, as cells without their blanks."""
    tables = re.findall(rf"^\| {first_cell} \|.*\n\|[-|]+\n((?:\|.*\n?)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")[1:-1]] for table in tables for row in table.splitlines()]


def test_every_attack_says_what_stops_it_and_names_tests_that_exist() -> None:
    attacks = list_attacks(PAGE, "attack")
    assert len(attacks) > 30
    for attack, stops, _, tests in attacks:
        assert attack
        assert stops, attack
        named = TEST_NAME.findall(tests)
        assert named, attack
        for path, name in named:
            assert name in names_in(ROOT / path), f"{attack}: {path}::{name}"


def test_most_attacks_say_what_is_still_possible() -> None:
    attacks = list_attacks(PAGE, "attack")
    assert sum(bool(left) for _, _, left, _ in attacks) > len(attacks) / 2


def test_the_promises_say_which_attack_each_test_is() -> None:
    lines = list_attacks(PROMISES, "promise")
    assert {int(number) for number, _, _ in lines} == ATTACKED_PROMISES
    assert all(attack and TEST_NAME.findall(tests) for _, attack, tests in lines)


def test_security_leads_to_the_threat_model() -> None:
    assert "docs/threat-model.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
