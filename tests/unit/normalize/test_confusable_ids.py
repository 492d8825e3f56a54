"""Ids that an eye takes for each other are one, and those that it tells apart are not."""

from itertools import combinations

import pytest

from comity.law import load_law
from comity.normalize.confusable_ids import find_look_alike, fold_id, fold_person_name

ALIKE = [
    ["O2", "o2", "02", "O2 ", " O2", "O2.", "\u041e2", "\u039f2", "\uff2f2", "O\u200b2", "O2\u00a0", "\u00d32"],
    ["X1", "x1", "Xl", "XI", "X|", "x\u0456", "\u04251"],
    ["irs-ice-2025", "IRS-ICE-2025", "irs_ice_2025", "irs ice 2025", "irs\u2010ice\u20102025", "lrs-ice-2o25"],
]
DIFFERENT = ["O2", "O3", "X1", "X11", "X2", "a-1", "a-11", "a1", "irs-ice-2025", "irs-ice-2026", "irs-dhs-2025", "Q2"]


@pytest.mark.parametrize("written", ALIKE, ids=lambda written: written[0])
def test_fold_id__is_one_for_all_ways_of_writing_an_id(written: list[str]) -> None:
    assert len(set(map(fold_id, written))) == 1
    for one, other in combinations(written, 2):
        assert find_look_alike(one, ["Z9", other]) == other


def test_find_look_alike__leaves_alone_what_an_eye_tells_apart_and_the_id_itself() -> None:
    assert len(set(map(fold_id, DIFFERENT))) == len(DIFFERENT)
    assert find_look_alike("O2", ["O2", "O3"]) is None
    assert find_look_alike("", []) is None


def test_nothing_that_ships_looks_like_another() -> None:
    law = load_law()
    for ids in (law.orders, law.agreements, law.agencies, law.statutes):
        assert len(set(map(fold_id, ids))) == len(ids)


def test_fold_person_name__reads_letters_of_other_scripts_and_keeps_persons_apart() -> None:
    names = ["Jo Doe", "JO DOE", "Doe, Jo", "J\u043e D\u043ee", "J\u00f3 Doe", "Jo\u200b Doe"]
    assert len(set(map(fold_person_name, names))) == 1
    assert len(set(map(fold_person_name, ["Jo Doe", "Joe Doe", "Lila Doe", "Illa Doe", "Jo Dow"]))) == 5
