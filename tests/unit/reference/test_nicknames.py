"""Names that are used for one another."""

from comity.reference.nicknames import load_nickname_pairs, load_surname_pairs


def test_pairs_are_symmetric_and_include_short_forms_of_one_name() -> None:
    for pairs in (set(load_nickname_pairs()), set(load_surname_pairs())):
        assert all((right, left) in pairs and left != right for left, right in pairs)
    assert {("ROBERT", "BOB"), ("BOB", "ROB")} <= set(load_nickname_pairs())
    assert ("ZHANG", "CHEUNG") in load_surname_pairs()
