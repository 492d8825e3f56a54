"""One measured figure of the benchmark of documents, with its goal.

Start at `Measurement`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """What was measured, in its unit; with a goal, the least that is wanted, or the most where `is_limit`."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    is_limit: bool = False

    @property
    def is_met(self) -> bool:
        """Return whether the goal is met; true where there is none."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.is_limit else self.value >= self.goal

    def to_row(self) -> str:
        """Return the row of a Markdown table: what, measured, goal, whether it is met."""
        goal = "" if self.goal is None else f"{'at most' if self.is_limit else 'at least'} {self.goal:,g} {self.unit}"
        verdict = "" if self.goal is None else "yes" if self.is_met else "**no**"
        return f"| {self.what} | {_format_number(self.value)} {self.unit} | {goal} | {verdict} |"


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
