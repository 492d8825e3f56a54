"""Days and times as people and programs write them in batches, agreements and orders: `2025-07-01`, never a number.

A validator's own types take a number for seconds since 1970, so that an order until 20260615, written without hyphens,
would have ended in 1970.

Guarantees: what does not begin with a year, a month and a day, with hyphens, is refused; a time has its zone.
Does not: judge whether the day is possible for what it is about (the rules and `orders` do).
Basis: RFC 3339, section 5.6.
Start at `WrittenDay`.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_FAULT = "date_parsing"
"""As the validator names what is no day: whoever words its faults words this one."""
_BEGINS_WITH_DAY = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", re.ASCII)


def _verify_written_day(value: Any) -> Any:
    """Return a day or time as it is. Raises PydanticCustomError for a number and for text that is none."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _BEGINS_WITH_DAY.match(value)):
        raise PydanticCustomError(_FAULT, "a day or time is written as 2025-07-01 or 2025-07-01T12:00:00Z")
    return value


WrittenDay = Annotated[date, BeforeValidator(_verify_written_day)]
"""A calendar day."""
WrittenTime = Annotated[AwareDatetime, BeforeValidator(_verify_written_day)]
"""A time with its zone."""
