"""Which court a name stands for, and which courts can speak of one matter; a court that cannot be read may be any."""

from itertools import product

import pytest

from comity.law.courts import can_share_matter, read_court
from comity.law.dispositions import Matter
from comity.reference.states import STATES_AND_DC

WRITTEN = [
    ["9th Cir.", "Ninth Circuit", "U.S. Court of Appeals for the Ninth Circuit", "CA9", "USCA 9", "9TH CIR"],
    ["2d Cir.", "2nd Cir.", "second circuit"],
    ["D.C. Cir.", "United States Court of Appeals for the District of Columbia Circuit", "D. C. Cir."],
    ["Fed. Cir.", "Federal Circuit", "U.S. Court of Appeals for the Federal Circuit"],
    ["D.D.C.", "D. D.C.", "United States District Court for the District of Columbia"],
    ["D. Mass.", "District of Massachusetts", "U.S. District Court for the District of Massachusetts", "D.MASS."],
    ["N.D. Cal.", "N. D. Cal.", "Northern District of California", "ND Cal"],
    ["S.D. Cal.", "United States District Court, Southern District of California"],
    ["N.D.N.Y.", "Northern District of New York"],
    ["N.D. W. Va.", "United States District Court for the Northern District of West Virginia"],
    ["D.N.D.", "District of North Dakota"],
    ["D. Md.", "District of Maryland"],
    ["M.D. Fla.", "Middle District of Florida"],
]
UNREAD = [
    "",
    "U.S.",
    "S. Ct.",
    "D. Example",
    "Circuit Court of Cook County",
    "Circuit Court of the First Circuit, Haw.",
]
UNREAD += [
    "Tax Court",
    "Bankr. D. Mass.",
    "Superior Court of the District of Columbia",
    "25th Cir.",
    "\x00",
    "d" * 10_000,
]


def test_read_court__reads_every_way_of_writing_one_court_alike_and_no_two_as_one() -> None:
    courts = [{read_court(name) for name in names} for names in WRITTEN]
    assert all(len(found) == 1 and None not in found for found in courts), courts
    assert len(set.union(*courts)) == len(WRITTEN)


@pytest.mark.parametrize("name", UNREAD)
def test_a_court_that_cannot_be_read_may_be_any(name: str) -> None:
    assert read_court(name) is None
    assert all(can_share_matter(name, names[0]) and can_share_matter(names[0], name) for names in WRITTEN)


def test_every_state_lies_in_one_circuit() -> None:
    found = {state: read_court(f"District of {name}") for state, name in STATES_AND_DC.items()}
    assert {court.circuit for court in found.values() if court} == {*map(str, range(1, 12)), "DC"}
    assert None not in found.values()


@pytest.mark.parametrize(
    ("court", "other", "can_share"),
    [
        ("D. Mass.", "1st Cir.", True),
        ("N.D. Cal.", "9th Cir.", True),
        ("D.D.C.", "D.C. Cir.", True),
        ("D. Mass.", "Fed. Cir.", True),
        ("D. Mass.", "9th Cir.", False),
        ("D.D.C.", "1st Cir.", False),
        ("9th Cir.", "D.C. Cir.", False),
        ("9th Cir.", "Fed. Cir.", False),
        ("N.D. Cal.", "S.D. Cal.", False),
        ("D. Mass.", "D.D.C.", False),
        ("D. Mass.", "U.S.", True),
    ],
)
def test_can_share_matter__asks_whether_one_court_is_above_the_other(
    court: str, other: str, *, can_share: bool
) -> None:
    assert can_share_matter(court, other) is can_share_matter(other, court) is can_share
    one, two = (Matter.model_validate({"matter": "appeal", "case": case}) for case in ("26-5006", "No. 26-5006"))
    assert one.is_same_as(two, court=court, other_court=other) is can_share
    petition = Matter.model_validate({"matter": "certiorari", "case": "26-5006"})
    assert petition.is_same_as(petition, court=court, other_court=other)


def test_a_matter_says_by_itself_where_it_is_heard() -> None:
    appeal = {"matter": "appeal", "case": "26-5006"}
    one, two = Matter.model_validate({**appeal, "heard_by": "9th Cir."}), Matter.model_validate(appeal)
    assert one.is_same_as(two, court="D.D.C.", other_court="9th Cir.")
    assert not one.is_same_as(two, court="D.D.C.", other_court="D.C. Cir.")


def test_can_share_matter__is_the_same_from_both_sides() -> None:
    names = [*(written[0] for written in WRITTEN), *UNREAD[:4]]
    assert all(can_share_matter(a, b) == can_share_matter(b, a) for a, b in product(names, names))
