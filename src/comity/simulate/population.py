"""Describe a synthetic population for the stages that simulate it: its size, tax year and ZIP codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.simulate.households import BLOCK_CYCLE, BLOCK_SIZE


@dataclass(frozen=True, slots=True)
class Population:
    """A population; `zip_ranges` has, by kind of ZIP code, its first number in table `zip_pool` and the count."""

    person_count: int
    tax_year: int
    zip_ranges: Mapping[str, tuple[int, int]]

    @property
    def first_stranger_id(self) -> int:
        """Return the first person number after the last cycle of blocks with records; no one from there on has one."""
        cycle = BLOCK_SIZE * len(BLOCK_CYCLE)
        return -(-self.person_count // cycle) * cycle
