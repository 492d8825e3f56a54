"""What the same rates say about rules that were made, beside what happened; and what press figures come to.

Guarantees: a test says whether what happened lies in the interval, and never more; what cannot be compared is said to
be so.
Does not: fit anything to what happened.
Start at `run_backtests`.
"""

from dataclasses import dataclass

import numpy as np

from comity.assess.draws import Interval, draw_shares
from comity.assess.figure import Figure, derived
from comity.assess.rates import FigureBasis, Statistic, StatisticsFile


@dataclass(frozen=True, slots=True)
class BackTest:
    """One comparison: what the rates say, what was observed (if it can be compared), and what that means."""

    id: str
    label: str
    predicted: Figure
    observed: Figure | None
    meaning: str


def run_backtests(statistics: StatisticsFile) -> tuple[BackTest, ...]:
    """Return every comparison, by the statistics on file."""
    return (
        _kansas(statistics), _medicaid(statistics), *_nation(statistics), *_press(statistics),
    )  # fmt: skip


def _published(statistic: Statistic) -> Figure:
    return Figure(statistic.value, statistic.value, statistic.basis, (statistic.id,), statistic.unit)


def _kansas(statistics: StatisticsFile) -> BackTest:
    at_hand, blocked = statistics["no-proof-at-hand"], statistics["kansas-blocked"]
    draws = draw_shares([at_hand], seed=0)
    low = float(1 - np.quantile(draws.high[at_hand.id], 0.975))
    high = float(1 - np.quantile(draws.low[at_hand.id], 0.025))
    is_inside = low <= blocked.value <= high
    meaning = (
        "What happened lies in the interval."
        if is_inside
        else "What happened lies above the interval: persons who register for the first time are not "
        "adults at large, and "
        "a deadline bites harder than a survey's question. Read estimates for new customers as low."
        if blocked.value > high
        else "What happened lies below the interval."
    )
    predicted = derived(Interval(low, high), (at_hand.id,), "share")
    return BackTest(
        "kansas", "Proof of citizenship to register to vote, Kansas", predicted, _published(blocked), meaning
    )


def _medicaid(statistics: StatisticsFile) -> BackTest:
    fell, answered = statistics["medicaid-states-fell"], statistics["medicaid-states-answered"]
    at_hand = statistics["no-proof-at-hand"]
    observed = Figure(
        fell.value / answered.value, fell.value / answered.value, FigureBasis.DERIVED, (fell.id, answered.id), "share"
    )
    meaning = (
        "Shares of states, not of persons: it shows that enrollment fell where the papers were asked for, "
        "and cannot be "
        "compared with a share of persons."
    )
    return BackTest(
        "medicaid",
        "Proof of citizenship for Medicaid: states that reported falling enrollment",
        _published(at_hand),
        observed,
        meaning,
    )


def _nation(statistics: StatisticsFile) -> tuple[BackTest, ...]:
    """Return what a passport for every adult citizen would ask of the nation, by each source."""
    adults, issued = statistics.value("adult-citizens"), statistics.value("passports-issued")
    by_family: dict[str, list[Statistic]] = {}
    for statistic in statistics.statistics:
        if statistic.source_family:
            by_family.setdefault(statistic.source_family, []).append(statistic)
    tests = []
    for family, group in by_family.items():
        shares = [1 - statistic.value for statistic in group]
        persons = Interval(min(shares) * adults, max(shares) * adults)
        ids = tuple(statistic.id for statistic in group)
        years = derived(
            Interval(persons.low / issued, persons.high / issued), (*ids, "adult-citizens", "passports-issued"), "years"
        )
        meaning = "The second figure is years of the present output of passports, books and cards together."
        tests.append(
            BackTest(
                f"nation-{family.lower()}", f"Adult citizens without a passport that would do, {family}",
                derived(persons, (*ids, "adult-citizens")), years, meaning,
            )
        )  # fmt: skip
    return tuple(tests)


def _press(statistics: StatisticsFile) -> tuple[BackTest, ...]:
    """Return the minutes that the press's hours come to, per new account and per customer."""
    value = statistics.value
    hours = Interval(value("press-hours-low"), value("press-hours-high"))
    tests = []
    for name, base in (("new account", "cip-accounts"), ("customer", "bank-customers")):
        minutes = Interval(hours.low * 60 / value(base), hours.high * 60 / value(base))
        based_on = ("press-hours-low", "press-hours-high", base)
        tests.append(
            BackTest(
                f"press-{base}", f"Minutes per {name} that the press's paperwork hours come to",
                derived(minutes, based_on, "minutes"), _published(statistics["cip-minutes"]),
                "The second figure is what the present rule is reckoned to take per new account.",
            )
        )  # fmt: skip
    return tuple(tests)
