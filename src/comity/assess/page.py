"""The page of an assessment: one self-contained HTML file, pictures inline, no script, nothing fetched.

Guarantees: every figure says in words what it is and what it rests on; the page is no larger than `MAX_PAGE_BYTES`; it
says that nothing on it is required, and whether its customers are synthetic; it holds no row of the file; the same
assessment gives the same bytes.
Start at `render_assessment`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from comity.assess.assessment import Assessment, Reading, RuleAssessment
from comity.assess.figure import Figure, counted, derived
from comity.assess.range_charts import HALF, RangeRow, draw_dots, draw_ranges
from comity.assess.rates import FigureBasis, Statistic, load_statistics
from comity.errors import ComityError
from comity.law.candidate import NameRule, Status
from comity.law.worth import load_evidence_table
from comity.reference.states import STATE_NAMES

MAX_PAGE_BYTES = 300_000

COUNTS = (
    ("out_of_scope", "not reached by the rule"),
    ("settled", "paper already on file"),
    ("not_addressed", "the rule does not say"),
    ("must_act", "must act"),
    ("unknown", "a blank leaves it open"),
)
ESTIMATES = (
    ("ready", "have an accepted paper"),
    ("name_or_date_differs", "have one, in another name or expired"),
    ("without_document", "without a document today"),
    ("obtainable", "could get one"),
    ("none_at_all", "no proof at all"),
)
COSTS = (
    ("bank_hours", "Hours of bank staff, for all who must act"),
    ("bank_dollars", "Wages of bank staff, for all who must act"),
    ("customer_fees", "Fees of customers who have no paper yet"),
    ("letters_a_day", "Customers a day until the deadline"),
    ("share_of_a_years_passports", "Passports needed, in percent of those issued in a year"),
    ("weeks_to_obtain", "Weeks to get a passport"),
)


STATUS_WORDS = {
    Status.REPORTED: "reported by the press",
    Status.PROPOSED: "proposed by an agency",
    Status.TRANSPLANTED: "in force for another purpose; here as if it were made for banks",
    Status.MODELED: "written for comparison",
    Status.BASELINE: "the law as it is: asks for nothing",
}
NAME_WORDS = {
    NameRule.EXACT: "the name on the paper must be the name on the account",
    NameRule.LINK: "where they differ, a paper that links the names will do",
    NameRule.NOT_ADDRESSED: "the rule does not say",
}
COUNT_WORDS = {
    "seed": "the seed given", "customers": "all customers in the file", "deadline_days": "the rule's deadline, in days",
    "birth_certificate_fee": "the fee given", "must_act": "customers who must act",
    "may_act": "customers who must act, or may have to", "out_of_scope": "customers whom the rule does not reach",
    "settled": "customers whose file holds an accepted paper",
    "not_addressed": "customers of whom the rule does not speak",
    "unknown": "customers for whom a blank leaves it open", "former_name": "customers who must act, with a former name",
    "estimable": "customers who must act, of whom surveys speak",
    "not_estimable": "customers who must act, of whom no survey speaks",
    "estimable_or_unknown": "customers who must act or may have to, of whom surveys speak",
}  # fmt: skip
"""What each count is a count of, in words."""


def render_assessment(assessment: Assessment) -> str:
    """Return the page as HTML text.

    Raises:
        ComityError: `bad_argument`, the page would be larger than `MAX_PAGE_BYTES`.
    """
    page = _render(assessment)
    if len(page.encode()) > MAX_PAGE_BYTES:
        message = (
            f"The page of {len(assessment.rules)} rules would be larger than {MAX_PAGE_BYTES // 1000} kB, "
            "so it is not written."
        )
        raise ComityError("bad_argument", message, "Assess fewer rules at once, or shorten their texts.")
    return page


def _render(assessment: Assessment) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["figure"] = mark_figure
    template = environment.from_string((files("comity.assess") / "page.html.j2").read_text(encoding="utf-8"))
    return template.render(
        a=assessment,
        counts=COUNTS,
        estimates=ESTIMATES,
        costs=[(name, title, chart) for name, title in COSTS if (chart := _cost_chart(assessment, name, title))],
        without=draw_without_document(assessment),
        no_proof=_estimate_chart(assessment, "none_at_all", "Customers with no proof at all"),
        groups=_group_charts(assessment),
        differences=[
            (
                d.first,
                d.second,
                d.family,
                derived(d.interval, ("count:estimable", "count:estimable_or_unknown", *d.based_on)),
            )
            for d in assessment.differences
        ],
        states=_states(assessment),
        published=published_figure,
        sample=_sample_figures,
        movers=_movers,
        customers=counted(assessment.customers, "customers"),
        kind_names={kind.id: kind.name for kind in load_evidence_table()},
        status_words=STATUS_WORDS,
        name_words=NAME_WORDS,
        bases=_bases(assessment),
    )


def describe_basis(figure: Figure) -> str:
    """Return in words what a figure is and what it rests on, as a pointer that rests on it shows."""
    names = _statistic_names()
    rests = [
        COUNT_WORDS[name.removeprefix("count:")] if name.startswith("count:") else names[name]
        for name in figure.based_on
    ]
    return f"{figure.basis.value}: {'; '.join(rests)}"


@cache
def _statistic_names() -> Mapping[str, str]:
    """Return the label of every statistic, and of every group's figure, by id."""
    statistics = load_statistics()
    labels = {statistic.id: statistic.label for statistic in statistics.statistics}
    return labels | {group.id: f"{labels[group.statistic]}: {group.group}" for group in statistics.groups}


def _bases(assessment: Assessment) -> list[tuple[str, Figure, Figure]]:
    """Return how many customers each rule's estimates are about: at least, and at most."""
    asking = [rule for rule in assessment.rules if rule.terms.shows]
    return [(rule.rule.id, rule.counts["estimable"], rule.counts["estimable_or_unknown"]) for rule in asking]


def draw_without_document(assessment: Assessment) -> Markup:
    """Return the picture of customers without a document today, one bar for each rule and family of sources."""
    return _estimate_chart(assessment, "without_document", "Customers without a document today")


def mark_figure(figure: Figure) -> Markup:
    """Return a figure as HTML that says what it is and what it rests on."""
    rests = " ".join(figure.based_on)
    return Markup(
        '<span class="fig {basis}" data-based-on="{rests}" data-basis="{basis}" title="{words}">{text}</span>'
    ).format(basis=figure.basis.value, rests=rests, words=describe_basis(figure), text=figure.text)


def published_figure(statistic: Statistic) -> Figure:
    """Return a statistic as a figure that rests on itself."""
    return Figure(statistic.value, statistic.value, statistic.basis, (statistic.id,), statistic.unit)


def _sample_figures(statistic: Statistic) -> list[Figure]:
    """Return the size of the sample and its design effect, where they were read."""
    values = [] if statistic.n is None else [statistic.n, statistic.design_effect or 1]
    bases = [FigureBasis.PUBLISHED, FigureBasis.ASSUMED]
    return [Figure(v, v, basis, (statistic.id,)) for v, basis in zip(values, bases, strict=False)]


def _rows(assessment: Assessment) -> list[tuple[RuleAssessment, Reading]]:
    return [(rule, reading) for rule in assessment.rules for reading in rule.readings if rule.terms.shows]


def _estimate_chart(assessment: Assessment, name: str, title: str) -> Markup:
    rows = [
        _range_row(rule.rule.id, reading.family and f"by {reading.family}", reading.figures[name], color)
        for color, rule in enumerate(assessment.rules)
        for reading in rule.readings
        if rule.terms.shows
    ]
    if name == "none_at_all":
        rows = list({(row.label, row.figure.text): replace(row, detail="") for row in rows}.values())
    return Markup(draw_ranges(title, rows))  # noqa: S704  escaped there


def _range_row(label: str, detail: str, figure: Figure, color: int) -> RangeRow:
    """Return a row of a picture, with the words that a pointer on it shows."""
    return RangeRow(
        label,
        detail,
        figure,
        color,
        f"{' '.join(filter(None, (label, detail)))}: {figure.text}. {describe_basis(figure)}",
    )


def _cost_chart(assessment: Assessment, name: str, title: str) -> Markup:
    """Return a picture of one cost, or nothing where no rule has it."""
    rows = {
        (rule.rule.id, reading.costs[name].text): _range_row(
            rule.rule.id, reading.family and f"by {reading.family}", reading.costs[name], color
        )
        for color, rule in enumerate(assessment.rules)
        for reading in rule.readings
        if name in reading.costs
    }
    alone = {label: [row for row in rows.values() if row.label == label] for label, _ in rows}
    drawn_rows = [row if len(alone[row.label]) > 1 else replace(row, detail="") for row in rows.values()]
    return Markup(draw_ranges(title, drawn_rows, HALF)) if drawn_rows else Markup("")  # noqa: S704  escaped there


def _group_charts(assessment: Assessment) -> list[tuple[Statistic, Markup]]:
    """Return dots of the published national figures of each group, with the figure of all."""
    charts = []
    for statistic in assessment.statistics.statistics:
        figures = [group for group in assessment.statistics.groups if group.statistic == statistic.id]
        if figures:
            rows = [_range_row("all", "", published_figure(statistic), 0)]
            rows += [
                _range_row(g.group, "", Figure(g.value, g.value, FigureBasis.PUBLISHED, (g.id,), "share"), 1)
                for g in figures
            ]
            charts.append((statistic, Markup(draw_dots(statistic.label, rows))))  # noqa: S704  escaped there
    return charts


def _states(assessment: Assessment) -> list[tuple[str, list[Figure]]]:
    """Return how many must act by state of residence, for each rule that asks something."""
    asking = [rule for rule in assessment.rules if rule.terms.shows]
    names = [name for name in ("", *sorted(STATE_NAMES)) if any(name in rule.by_state for rule in asking)]
    return [
        (
            STATE_NAMES[name] if name else "not known",
            [counted(rule.by_state.get(name, 0), "must_act") for rule in asking],
        )
        for name in names
    ]


def _movers(rule: RuleAssessment) -> Sequence[tuple[str, str, Figure]]:
    """Return what moves a rule's number without a document: family, cause, number of customers; and the source."""
    moving = [
        (
            reading.family,
            mover.label,
            Figure(mover.customers, mover.customers, FigureBasis.DERIVED, ("count:estimable", *mover.based_on)),
        )
        for reading in rule.readings
        for mover in reading.movers
    ]
    if len(rule.readings) > 1:
        middles = [(r.figures["without_document"].low + r.figures["without_document"].high) / 2 for r in rule.readings]
        rests = tuple(dict.fromkeys(name for r in rule.readings for name in r.without.based_on))
        spread = max(middles) - min(middles)
        families = " or ".join(reading.family for reading in rule.readings)
        moving.append(
            (
                "",
                f"which source is right: {families}",
                Figure(spread, spread, FigureBasis.DERIVED, ("count:estimable", *rests)),
            )
        )
    return sorted(moving, key=lambda row: -row[2].high)
