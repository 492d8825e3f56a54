"""Published statistics, and the bounds they put on the share of persons who could show one of a rule's papers.

How often a person has one paper AND another is hardly ever published. So for the papers of a rule only bounds are
known:

    the largest published share of an event inside it  <=  share  <=  the smallest share of an event that contains it,
                                                                      or the sum of events that cover it

where an event is "has one of these kinds, in this state" and states grow: current, valid, held, anywhere.

Guarantees: no two sources that disagree are mixed or averaged: each family of sources gives a reading of its own; where
no size of a sample was read, none is made up; group figures are apart and no function here takes them.
Does not: know a bank or its customers.
Basis: Fréchet's bounds; Clopper and Pearson's limits for a share (`draws`).
Start at `load_statistics`, then `bound_share`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from comity.law.candidate import NameRule
from comity.law.loader import parse_document
from comity.law.provisions import FrozenModel, SourceMark, verify_unique_ids
from comity.law.worth import load_evidence_table


class FigureBasis(StrEnum):
    """What a figure is."""

    COUNTED = "counted"
    PUBLISHED = "published"
    ASSUMED = "assumed"
    DERIVED = "derived"


class PaperState(IntEnum):
    """In what state a person has a paper; each state is part of the next."""

    CURRENT = 0  # unexpired and in the present legal name
    VALID = 1  # unexpired
    HELD = 2
    ANYWHERE = 3  # held, or to be had without another proof of citizenship


REQUIRED_STATE = {
    NameRule.EXACT: PaperState.CURRENT,
    NameRule.LINK: PaperState.VALID,
    NameRule.NOT_ADDRESSED: PaperState.VALID,
}
"""The state that a paper must be in for a rule."""


@dataclass(frozen=True, slots=True)
class PaperEvent:
    """That a person has at least one paper of these kinds, in this state or a narrower one."""

    kinds: frozenset[str]
    state: PaperState

    def is_inside(self, other: "PaperEvent") -> bool:
        """Return whether everybody of this event is in the other."""
        return self.kinds <= other.kinds and self.state <= other.state


class HeldPapers(FrozenModel):
    """The event of a statistic, as written in the file."""

    kinds: frozenset[str] = Field(min_length=1)
    state: PaperState

    @field_validator("state", mode="before")
    @classmethod
    def read_state(cls, value: Any) -> Any:
        """Return the state that a word names."""
        return PaperState.__members__.get(value.upper(), value) if isinstance(value, str) else value


class Statistic(FrozenModel):
    """One published or assumed number. `n` and `design_effect` are of the sample that a share was read from."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    label: str
    basis: FigureBasis
    unit: str = Field(pattern=r"^(share|count|usd|minutes|hours|weeks)$")
    value: float = Field(ge=0)
    n: int | None = Field(default=None, ge=1)
    design_effect: float | None = Field(default=None, ge=1)
    holds: HeldPapers | None = None
    complement: bool = False
    source_family: str | None = None
    source: str = Field(min_length=4)
    year: int
    marks: tuple[SourceMark, ...] = Field(min_length=1)
    note: str

    @model_validator(mode="after")
    def verify_share(self) -> Self:
        """Raise ValueError for a share beyond one, or a sample without its design effect."""
        if self.unit == "share" and self.value > 1:
            raise ValueError("a share lies between 0 and 1")
        if (self.n is None) != (self.design_effect is None):
            raise ValueError("a sample has both n and design_effect")
        if self.holds and self.unit != "share":
            raise ValueError("only a share can be about papers held")
        return self

    @property
    def event(self) -> PaperEvent | None:
        """Return what it is the share of, if it is about papers."""
        return PaperEvent(self.holds.kinds, self.holds.state) if self.holds else None

    @property
    def needs_counsel(self) -> bool:
        """Return whether it is an inference or was not verified."""
        return any(mark in {SourceMark.INF, SourceMark.GK} for mark in self.marks)


class GroupFigure(FrozenModel):
    """A published national figure about one group. It is shown, and nothing computes with it."""

    id: str
    statistic: str
    group: str
    value: float = Field(ge=0, le=1)


class StatisticsFile(FrozenModel):
    """Everything in statistics.yaml."""

    statistics: tuple[Statistic, ...]
    groups: tuple[GroupFigure, ...] = ()

    @model_validator(mode="after")
    def verify_names(self) -> Self:
        """Raise ValueError when two figures carry one id, or a name leads nowhere."""
        ids = [statistic.id for statistic in self.statistics]
        verify_unique_ids([*ids, *(figure.id for figure in self.groups)], "statistics")
        if {figure.statistic for figure in self.groups} - set(ids):
            raise ValueError("a group figure names a statistic that is not there")
        kinds = set(load_evidence_table().kinds)
        if any(statistic.holds and statistic.holds.kinds - kinds for statistic in self.statistics):
            raise ValueError("a statistic names a kind of paper that is not on file")
        return self

    def __getitem__(self, statistic_id: str) -> Statistic:
        return next(statistic for statistic in self.statistics if statistic.id == statistic_id)

    def value(self, statistic_id: str) -> float:
        """Return one value. Raises StopIteration when there is none of that id."""
        return self[statistic_id].value

    def readings(self) -> tuple[str, ...]:
        """Return the families of sources that are kept apart, in order."""
        families = (statistic.source_family for statistic in self.statistics)
        return tuple(dict.fromkeys(family for family in families if family))

    def about_papers(self, reading: str) -> tuple[Statistic, ...]:
        """Return the statistics about papers that one reading uses: those of its family and of no family."""
        return tuple(s for s in self.statistics if s.holds and s.source_family in {None, reading})


@cache
def load_statistics() -> StatisticsFile:
    """Return the statistics in the package.

    Raises:
        PolicyError: `law_invalid` for a file that is incomplete or contradicts itself.
    """
    text = (files("comity.assess") / "statistics.yaml").read_text(encoding="utf-8")
    return parse_document(StatisticsFile, text, "assess/statistics.yaml")


@dataclass(frozen=True, slots=True)
class ShareBounds:
    """What bounds a share; without anything, 0 and 1 are all that is known.

    It is at least the largest of `inside`, and at most the smallest of `containing` or the sum of one of `covers`.
    """

    inside: tuple[Statistic, ...]
    containing: tuple[Statistic, ...]
    covers: tuple[tuple[Statistic, ...], ...]

    @property
    def based_on(self) -> tuple[str, ...]:
        """Return the ids of the statistics used, in order."""
        used: Iterable[Statistic] = (*self.inside, *self.containing, *(s for cover in self.covers for s in cover))
        return tuple(dict.fromkeys(statistic.id for statistic in used))

    def binding(self, low: Mapping[str, Any], high: Mapping[str, Any]) -> "ShareBounds":
        """Return the bounds without those that decide nothing in any draw."""
        least, most = self.interval(low, high)
        return ShareBounds(
            tuple(s for s in self.inside if np.any(low[s.id] >= least)),
            tuple(s for s in self.containing if np.any(high[s.id] <= most)),
            tuple(cover for cover in self.covers if np.any(_capped(sum(high[s.id] for s in cover)) <= most - 1e-12)),
        )

    def interval(self, low: Mapping[str, Any], high: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the bounds for given shares of each statistic's event (numbers or arrays of draws)."""
        least = _extreme([low[s.id] for s in self.inside], 0.0, larger=True)
        sums = [_capped(sum(high[s.id] for s in cover)) for cover in self.covers]
        most = _extreme([*(high[s.id] for s in self.containing), *sums], 1.0, larger=False)
        return least, most


def _extreme(values: Sequence[Any], start: float, *, larger: bool) -> Any:
    """Return the largest or smallest of numbers or arrays, element by element."""
    result: Any = start
    for value in values:
        result = np.maximum(result, value) if larger else np.minimum(result, value)
    return result


def _capped(total: Any) -> Any:
    return np.minimum(1.0, total)


def bound_share(statistics: Sequence[Statistic], event: PaperEvent) -> ShareBounds:
    """Return what bounds the share of persons in an event, by these statistics."""
    events = [(statistic, statistic.event) for statistic in statistics if statistic.event]
    inside = tuple(s for s, covered in events if covered.is_inside(event))
    containing = tuple(s for s, covered in events if event.is_inside(covered))
    parts = [(s, covered) for s, covered in events if not event.is_inside(covered) and event.state <= covered.state]
    covers = tuple(
        tuple(s for s, _ in group)
        for size in range(2, len(parts) + 1)
        for group in combinations(parts, size)
        if event.kinds <= frozenset().union(*(covered.kinds for _, covered in group))
    )
    return ShareBounds(inside, containing, covers)
