"""State codes."""

from comity.reference import states


def test_states_are_the_postal_codes() -> None:
    assert len(states.STATES_AND_DC) == 51
    assert {"DC", "PR", "GU", "VI", "AS", "MP", "AA", "AE", "AP"} <= set(states.STATE_NAMES)
    assert "ZZ" not in states.STATE_NAMES
