"""What a refusal letter says is missing: one element that the law asks of a request, for the batch or for some rows.

Guarantees: says nothing about a record; it follows from the findings about the requests alone.
Basis: 26 USC 6103(i)(2)(B); ADR 0034.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MissingElement:
    """One rule that refused the batch or rows of it, in its own words and the law's.

    `row_count` is how many requests it refuses, and `request_ids` names the first of them; both cover every request
    where the batch is refused as a whole, and then none is named. `codes` are the codes on file that the law accepts in
    the column in question; `limits` the agreement's figures that the rule applies, each with its meaning. What other
    requesters asked is in neither, so no figure here says what anybody else did.
    """

    rule: str
    concerns_batch: bool
    citation: str
    asks: str
    found: str
    cure: str
    law: tuple[str, ...]
    codes: tuple[str, ...]
    limits: tuple[str, ...]
    row_count: int
    request_ids: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the element as JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
