"""A figure as every output shows it: a number or a range, what it is, and what it rests on.

Guarantees: no count of customers is shown to the last one: it is rounded to tens, and one below ten is only that, so
that a small cell singles no customer out.

Start at `Figure`.
"""

from dataclasses import dataclass
from typing import Any

from comity.assess.draws import Interval
from comity.assess.rates import FigureBasis

COARSE = 10
"""Counts of customers are shown in steps of so many."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number (both ends equal) or a range. `based_on`: ids of statistics, and `count:NAME` for counts of the file.

    `is_exact`: the number does not depend on who the customers are, so that it is shown as it is.
    """

    low: float
    high: float
    basis: FigureBasis
    based_on: tuple[str, ...]
    unit: str = "count"
    is_exact: bool = False

    @property
    def coarse_ends(self) -> tuple[float, float]:
        """Return the ends as outputs show them: a count of customers in steps of ten, at its least 0 to 9."""
        if self.basis is not FigureBasis.COUNTED or self.unit != "count" or self.is_exact:
            return self.low, self.high
        return (0, COARSE - 1) if self.high < COARSE else (round_count(self.low), round_count(self.high))

    @property
    def text(self) -> str:
        """Return the figure in words for people."""
        ends = self.coarse_ends
        if ends != (self.low, self.high) and ends == (0, COARSE - 1):
            return f"under {COARSE}"
        low, high = (format_value(end, self.unit) for end in ends)
        between = " to " if self.low < 0 else "–"
        return f"{low}{between}{high}" if low != high else low

    def as_facts(self) -> dict[str, Any]:
        """Return the figure as documents and commands show it."""
        ends = [round(end, 4) for end in self.coarse_ends]
        return {"low": ends[0], "high": ends[1], "basis": self.basis.value, "based_on": list(self.based_on)}


def counted(value: int, name: str, *, is_exact: bool = False) -> Figure:
    """Return a count of the file."""
    return Figure(value, value, FigureBasis.COUNTED, (f"count:{name}",), is_exact=is_exact)


def round_count(count: float) -> int:
    """Return a count to the nearest ten, halves up."""
    return int((count + COARSE / 2) // COARSE * COARSE)


def round_down(count: int) -> int:
    """Return a count to the ten at or below it."""
    return count // COARSE * COARSE


def round_up(count: int) -> int:
    """Return a count to the ten at or above it; ten for none, so that none and one are alike."""
    return max(COARSE, -(-count // COARSE) * COARSE)


def derived(interval: Interval, based_on: tuple[str, ...], unit: str = "count") -> Figure:
    """Return a figure that was computed from counts and statistics."""
    return Figure(interval.low, interval.high, FigureBasis.DERIVED, based_on, unit)


def format_value(value: float, unit: str) -> str:
    """Return one number as people write it: thousands in counts, three digits in sums of money and time."""
    if value < 0:
        return f"−{format_value(-value, unit)}"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "count":
        return f"{value:,.0f}"
    size = abs(value)
    if unit == "usd" and size >= 1_000_000:
        return f"${value / 1e6:,.{2 if size < 1e7 else 1 if size < 1e8 else 0}f}M"
    text = f"{_rounded(value):,.0f}" if size >= 100 or value == round(value) else f"{value:,.1f}"
    return f"${text}" if unit == "usd" else text


def _rounded(value: float) -> float:
    """Return a number with three digits, and zeros after them."""
    return round(value, 3 - len(str(int(abs(value))))) if abs(value) >= 1000 else round(value)
