"""What an officer says about a table is read as it is documented, or refused with what to write."""

import pytest

from comity.app.use_cases.batch_build import parse_dates
from comity.errors import ComityError
from comity.spreadsheets.values import DateOrder

UNKNOWN, MONTH_FIRST, DAY_FIRST = DateOrder


@pytest.mark.parametrize(
    ("words", "slashes", "dots"),
    [
        ("", UNKNOWN, UNKNOWN),
        ("month-first", MONTH_FIRST, UNKNOWN),
        ("day-first", DAY_FIRST, DAY_FIRST),
        ("month-first,dots=day-first", MONTH_FIRST, DAY_FIRST),
        ("month-first, dots=month-first", MONTH_FIRST, MONTH_FIRST),
        ("dots=day-first", UNKNOWN, DAY_FIRST),
    ],
)
def test_dates_say_the_order_and_that_of_dots_by_itself(words: str, slashes: DateOrder, dots: DateOrder) -> None:
    reading = parse_dates(words)
    assert (reading.get_order("/"), reading.get_order("-"), reading.get_order(".")) == (slashes, slashes, dots)


@pytest.mark.parametrize("words", ["month", "month-first,day-first", "dots=", "dots=day-first,dots=day-first"])
def test_dates_of_other_words_are_refused(words: str) -> None:
    with pytest.raises(ComityError, match="--dates"):
        parse_dates(words)
