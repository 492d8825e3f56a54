"""What every stage needs to know about the nation it makes: how many people, which tax year, where the ZIP codes are."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.simulate.households import BLOCK_CYCLE, BLOCK_SIZE


@dataclass(frozen=True, slots=True)
class Population:
    """`zip_pools` says for each kind of ZIP code where it begins in table `zip_pool` and how many there are."""

    person_count: int
    tax_year: int
    zip_ranges: Mapping[str, tuple[int, int]]

    @property
    def first_stranger_id(self) -> int:
        """The first person number beyond the people whose block is wholly beyond them: nobody there is on record."""
        cycle = BLOCK_SIZE * len(BLOCK_CYCLE)
        return -(-self.person_count // cycle) * cycle
