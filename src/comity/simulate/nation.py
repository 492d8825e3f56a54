"""What every stage needs to know about the nation it makes: how many people, which tax year, where the ZIP codes are."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.simulate.households import BLOCK, CYCLE


@dataclass(frozen=True, slots=True)
class Nation:
    """`zip_pools` says for each kind of ZIP code where it begins in table `zip_pool` and how many there are."""

    people: int
    tax_year: int
    zip_pools: Mapping[str, tuple[int, int]]

    @property
    def first_stranger(self) -> int:
        """The first person number beyond the people whose block is wholly beyond them: nobody there is on record."""
        cycle = BLOCK * len(CYCLE)
        return -(-self.people // cycle) * cycle
