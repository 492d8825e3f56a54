"""The demo's sentence about claims: what it says of a wrong share, and when it says that a file is of another kind."""

import pytest

from comity.app.pages.demo_page import ClaimedErrors
from comity.law import load_populations

WITHIN, NOT_SHOWN = "within what is tolerated", "too few confirmations to show it"
OTHER = "more than is tolerated, so this file is of another population"


@pytest.mark.parametrize(
    ("wrong", "confirmed", "said"),
    [
        (0, 0, WITHIN),
        (0, 900, WITHIN),
        (1, 1_000, WITHIN),
        (1, 993, NOT_SHOWN),  # one less than a thousand: by count above 1 in 1,000
        (5, 1_009, OTHER),
        (29, 8_295, OTHER),
    ],
)
def test_a_file_is_said_to_be_of_another_population_only_where_its_interval_shows_it(
    wrong: int, confirmed: int, said: str
) -> None:
    claims = ClaimedErrors(0.001, load_populations()["few-valid"], confirmed, 1.0, wrong)
    assert [each for each in (WITHIN, NOT_SHOWN, OTHER) if each in claims.sentence] == [said]
