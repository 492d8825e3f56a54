"""A figure as every output shows it: a number or a range, what it is, and what it rests on.

Start at `Figure`.
"""

from dataclasses import dataclass
from typing import Any

from comity.assess.draws import Interval
from comity.assess.rates import FigureBasis


@dataclass(frozen=True, slots=True)
class Figure:
    """A number (both ends equal) or a range. `based_on`: ids of statistics, and `count:NAME` for counts of the file."""

    low: float
    high: float
    basis: FigureBasis
    based_on: tuple[str, ...]
    unit: str = "count"

    @property
    def text(self) -> str:
        """Return the figure in words for people."""
        low, high = format_value(self.low, self.unit), format_value(self.high, self.unit)
        between = " to " if self.low < 0 else "–"
        return f"{low}{between}{high}" if low != high else low

    def as_facts(self) -> dict[str, Any]:
        """Return the figure as documents and commands show it."""
        ends = [round(self.low, 4), round(self.high, 4)]
        return {"low": ends[0], "high": ends[1], "basis": self.basis.value, "based_on": list(self.based_on)}


def counted(value: int, name: str) -> Figure:
    """Return a count of the file."""
    return Figure(value, value, FigureBasis.COUNTED, (f"count:{name}",))


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
