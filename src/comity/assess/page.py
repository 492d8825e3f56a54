"""The page of an assessment: one self-contained HTML file, pictures inline, no script, nothing fetched.

Guarantees: every figure carries what it is and what it rests on; the page says that nothing on it is required, and
whether its customers are synthetic; it holds no row of the file; the same assessment gives the same bytes.
Start at `render_assessment`.
"""

from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from comity.assess.assessment import Assessment, Reading, RuleAssessment
from comity.assess.figure import Figure, derived
from comity.assess.range_charts import HALF, RangeRow, draw_dots, draw_ranges
from comity.assess.rates import FigureBasis, Statistic
from comity.reference.states import STATE_NAMES

MAX_PAGE_BYTES = 300_000

COUNTS = (
    ("out_of_scope", "out of scope"),
    ("settled", "settled by the file"),
    ("not_addressed", "rule silent"),
    ("must_act", "must act"),
    ("unknown", "a blank leaves it open"),
)
ESTIMATES = (
    ("ready", "ready"),
    ("name_or_date_differs", "have one, in another name or expired"),
    ("without_document", "without a document today"),
    ("obtainable", "could get one"),
    ("none_at_all", "no proof at all"),
)
COSTS = (
    ("bank_hours", "Hours of bank staff"),
    ("bank_dollars", "Dollars of bank staff"),
    ("customer_fees", "Fees of customers, dollars"),
    ("letters_a_day", "Customers a day until the deadline"),
    ("share_of_a_years_passports", "Share of a year's passports"),
    ("weeks_to_obtain", "Weeks to get a passport"),
)


def render_assessment(assessment: Assessment) -> str:
    """Return the page as HTML text."""
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
        customers=Figure(assessment.customers, assessment.customers, FigureBasis.COUNTED, ("count:customers",)),
    )


def draw_without_document(assessment: Assessment) -> Markup:
    """Return the picture of customers without a document today, one bar for each rule and family of sources."""
    return _estimate_chart(assessment, "without_document", "Customers without a document today")


def mark_figure(figure: Figure) -> Markup:
    """Return a figure as HTML that says what it is and what it rests on."""
    rests = " ".join(figure.based_on)
    return Markup(
        '<span class="fig {basis}" data-based-on="{rests}" data-basis="{basis}" '
        'title="{basis}: {rests}">{text}</span>'
    ).format(
        basis=figure.basis.value, rests=rests, text=figure.text
    )  # fmt: skip


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
        RangeRow(rule.rule.id, reading.family and f"by {reading.family}", reading.figures[name], color)
        for color, rule in enumerate(assessment.rules)
        for reading in rule.readings
        if rule.terms.shows
    ]
    if name == "none_at_all":
        rows = list(
            {(row.label, row.figure.text): RangeRow(row.label, "", row.figure, row.color) for row in rows}.values()
        )
    return Markup(draw_ranges(title, rows))  # noqa: S704  escaped there


def _cost_chart(assessment: Assessment, name: str, title: str) -> Markup:
    """Return a picture of one cost, or nothing where no rule has it."""
    rows = {
        (rule.rule.id, reading.costs[name].text): RangeRow(
            rule.rule.id, reading.family and f"by {reading.family}", reading.costs[name], color
        )
        for color, rule in enumerate(assessment.rules)
        for reading in rule.readings
        if name in reading.costs
    }
    alone = {label: [row for row in rows.values() if row.label == label] for label, _ in rows}
    drawn_rows = [
        row if len(alone[row.label]) > 1 else RangeRow(row.label, "", row.figure, row.color) for row in rows.values()
    ]
    return Markup(draw_ranges(title, drawn_rows, HALF)) if drawn_rows else Markup("")  # noqa: S704  escaped there


def _group_charts(assessment: Assessment) -> list[tuple[Statistic, Markup]]:
    """Return dots of the published national figures of each group, with the figure of all."""
    charts = []
    for statistic in assessment.statistics.statistics:
        figures = [group for group in assessment.statistics.groups if group.statistic == statistic.id]
        if figures:
            rows = [RangeRow("all", "", published_figure(statistic), 0)]
            rows += [
                RangeRow(g.group, "", Figure(g.value, g.value, FigureBasis.PUBLISHED, (g.id,), "share"), 1)
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
            [Figure(n, n, FigureBasis.COUNTED, ("count:must_act",)) for n in (r.by_state.get(name, 0) for r in asking)],
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
