"""The assessment of candidate rules over cells: counts, estimates with intervals, costs, and rules side by side.

Guarantees: a rule's counts come from the file alone; its estimates hold for customers of whom the rates speak, and how
many others there are is a count of its own; each family of sources gives estimates of its own.
Does not: read files or draw pictures.
Start at `assess_cells`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from comity.assess.backtests import BackTest, run_backtests
from comity.assess.cells import Cells
from comity.assess.compare import Difference, Mover, compare_estimates, find_movers
from comity.assess.costs import AssessmentInputs, estimate_costs
from comity.assess.customers import YES
from comity.assess.draws import Draws, Interval, draw_shares, interval_of
from comity.assess.duty import Duty, Judgment, judge_cells
from comity.assess.estimates import Estimate, PaperGroup
from comity.assess.figure import COARSE, Figure, counted, derived, round_count, round_down, round_up
from comity.assess.rates import REQUIRED_STATE, PaperEvent, PaperState, StatisticsFile, bound_share
from comity.law.candidate import NOT_REQUIRED, Candidate, NameRule, Terms
from comity.law.worth import EvidenceTable
from comity.model.document import Proposition
from comity.model.finding import Outcome
from comity.reference.states import STATE_NAMES


@dataclass(frozen=True, slots=True)
class Reading:
    """What one family of sources makes of a rule. `family` is empty where every family comes to the same."""

    family: str
    without: Estimate
    figures: Mapping[str, Figure]
    costs: Mapping[str, Figure]
    movers: tuple[Mover, ...]


@dataclass(frozen=True, slots=True)
class RuleAssessment:
    """What a rule would do: the counts, and one reading or several that are not averaged.

    `unrated` are kinds of paper that would do and of which no published rate speaks.
    """

    rule: Candidate
    terms: Terms
    counts: Mapping[str, Figure]
    by_state: Mapping[str, int]
    readings: tuple[Reading, ...]
    unrated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole, as of a day. `label` says that nothing here is required."""

    as_of: date
    seed: int
    customers: int
    is_synthetic: bool
    rules: tuple[RuleAssessment, ...]
    differences: tuple[Difference, ...]
    backtests: tuple[BackTest, ...]
    statistics: StatisticsFile
    label: str = NOT_REQUIRED


@dataclass(frozen=True, slots=True)
class RateBasis:
    """What estimates rest on: the statistics, the law on papers, the draws, and what the bank gave."""

    statistics: StatisticsFile
    table: EvidenceTable
    draws: Draws
    inputs: AssessmentInputs


def assess_cells(
    cells: Cells,
    rules: Sequence[Candidate],
    inputs: AssessmentInputs,
    statistics: StatisticsFile,
    table: EvidenceTable,
) -> Assessment:
    """Return the assessment of the rules, in their order."""
    draws = draw_shares([s for s in statistics.statistics if s.holds], inputs.seed)
    basis = RateBasis(statistics, table, draws, inputs)
    assessed = tuple(_assess_rule(rule, cells, basis) for rule in rules)
    estimates_by_rule = [(a.rule.id, {reading.family: reading.without for reading in a.readings}) for a in assessed]
    return Assessment(
        as_of=inputs.as_of, seed=inputs.seed, customers=cells.customers, is_synthetic=cells.is_synthetic,
        rules=assessed,
        differences=compare_estimates(estimates_by_rule), backtests=run_backtests(statistics), statistics=statistics,
    )  # fmt: skip


def _assess_rule(rule: Candidate, cells: Cells, basis: RateBasis) -> RuleAssessment:
    terms = rule.terms(basis.inputs.as_of)
    judgment = judge_cells(terms, cells, basis.table)
    counts, groups = _counts(cells, judgment), _paper_groups(cells, judgment) if terms.shows else ()
    readings = [_read_rates(family, terms, counts, groups, basis) for family in basis.statistics.readings()]
    rated = {kind for s in basis.statistics.statistics if s.event for kind in s.event.kinds}
    return RuleAssessment(
        rule=rule, terms=terms, counts=_figures(counts, terms), by_state=_must_act_by_state(cells, judgment),
        readings=_distinct(readings), unrated=tuple(sorted(terms.shows - rated)),
    )  # fmt: skip


def _counts(cells: Cells, judgment: Judgment) -> dict[str, int]:
    """Return how many customers fall under each duty, and what else the file says of those to act."""
    must_act = judgment.duty == Duty.MUST_ACT

    def total(mask: np.ndarray) -> int:
        return int(cells.counts[mask].sum())

    by_duty = {duty.name.lower(): total(judgment.duty == duty) for duty in Duty}
    return {
        "customers": cells.customers,
        **by_duty,
        "not_estimable": total(must_act & ~judgment.is_estimable),
        "former_name": total(must_act & (cells.parts["former_name"] == YES)),
        "estimable": total(must_act & judgment.is_estimable),
        "may_act": total(judgment.may_act),
        "estimable_or_unknown": total(judgment.may_act & judgment.is_estimable),
    }


def _figures(counts: Mapping[str, int], terms: Terms) -> dict[str, Figure]:
    asks_nothing = not terms.shows
    figures = {name: counted(count, name, is_exact=asks_nothing and not count) for name, count in counts.items()}
    if terms.deadline_days:
        figures["deadline_days"] = counted(terms.deadline_days, "deadline_days", is_exact=True)
    return figures


def _must_act_by_state(cells: Cells, judgment: Judgment) -> dict[str, int]:
    """Return how many must act in each state of residence, to tens, blank as ''; only states with ten or more."""
    must_act = judgment.duty == Duty.MUST_ACT
    totals = np.bincount(cells.parts["state"][must_act], weights=cells.counts[must_act], minlength=len(STATE_NAMES) + 1)
    names = ["", *sorted(STATE_NAMES)]
    return {name: round_count(total) for name, total in zip(names, totals, strict=True) if total >= COARSE}


def proof_kinds(table: EvidenceTable) -> frozenset[str]:
    """Return the kinds of paper that prove citizenship when genuine: any of them leads to the others."""
    return frozenset(
        kind.id
        for kind in table
        for row in kind.rows
        if row.proposition is Proposition.US_CITIZEN and row.if_genuine is Outcome.MET
    )


def _read_rates(
    family: str, terms: Terms, counts: Mapping[str, int], groups: Sequence[PaperGroup], basis: RateBasis
) -> Reading:
    """Return what one family of sources makes of a rule."""
    about_papers, draws = basis.statistics.about_papers(family), basis.draws
    state, proofs = REQUIRED_STATE[terms.name_rule], proof_kinds(basis.table)

    def estimate(kinds_besides: frozenset[str], state_needed: PaperState) -> Estimate:
        """Return how many would have no paper of their rule's, or of these kinds besides, in a state."""
        bounds = tuple(
            bound_share(about_papers, PaperEvent(group.papers | kinds_besides, state_needed)).binding(
                draws.low, draws.high
            )
            for group in groups
        )
        return Estimate.of(groups, bounds, draws)

    without, none = estimate(frozenset(), state), estimate(proofs, PaperState.ANYWHERE)
    figures = {
        "ready": _among(without.ready, without.based_on),
        "without_document": _among(without.interval, without.based_on),
        "none_at_all": _among(none.interval, none.based_on),
    }
    obtainable = interval_of(np.maximum(0, without.low - none.high), np.maximum(0, without.high - none.low))
    figures["obtainable"] = _among(obtainable, (*without.based_on, *none.based_on))
    if terms.name_rule is NameRule.EXACT:
        figures |= _name_differs(without, estimate(frozenset(), PaperState.HELD))
    act = Interval(round_down(counts["must_act"]), round_up(counts["may_act"]) if terms.shows else 0)
    costs = estimate_costs(act, obtainable, terms, basis.statistics, basis.inputs) if terms.shows else {}
    return Reading(family, without, figures, costs, find_movers(without, about_papers, draws))


def _among(interval: Interval, based_on: Iterable[str]) -> Figure:
    """Return an estimate among the customers to act."""
    return derived(interval, ("count:estimable", "count:estimable_or_unknown", *dict.fromkeys(based_on)))


def _name_differs(without_current: Estimate, without_held: Estimate) -> dict[str, Figure]:
    """Return how many have the paper, but expired or in another name, where both shares are published."""
    if not all(bounds.inside for bounds in (*without_current.bounds, *without_held.bounds)):
        return {}
    low = np.maximum(0, without_current.low - without_held.high)
    high = np.maximum(0, without_current.high - without_held.low)
    return {"name_or_date_differs": _among(interval_of(low, high), (*without_current.based_on, *without_held.based_on))}


def _paper_groups(cells: Cells, judgment: Judgment) -> tuple[PaperGroup, ...]:
    """Return the customers to act of whom the rates speak, by the papers that would do for them, in steps of ten.

    Everything that is estimated comes from these, so that no estimate tells one customer from none.
    """
    groups = []
    for place, papers in enumerate(judgment.papers):
        mask = judgment.is_estimable & (judgment.accepted == place)
        sure = int(cells.counts[mask & (judgment.duty == Duty.MUST_ACT)].sum())
        at_most = int(cells.counts[mask & judgment.may_act].sum())
        groups.append(PaperGroup(papers, round_down(sure), round_up(at_most)))
    return tuple(groups)


def _distinct(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return the readings; one without a family where all come to the same numbers."""
    first = readings[0]
    numbers = [{name: (f.low, f.high) for name, f in reading.figures.items()} for reading in readings]
    if all(ends == numbers[0] for ends in numbers):
        return (Reading("", first.without, first.figures, first.costs, first.movers),)
    return tuple(readings)
