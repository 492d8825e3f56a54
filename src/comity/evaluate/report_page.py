"""The report page: one self-contained HTML file with its charts as inline SVG.

Guarantees: no script, nothing loaded from elsewhere; every value is escaped by the template engine; no row of data.
Start at `render`.
"""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from comity.evaluate.report import EvaluationReport
from comity.figures.charts import (
    OperatingPoint,
    PrecisionRecallCurve,
    ReliabilitySeries,
    draw_precision_recall,
    draw_reliability_diagram,
)


def format_p_value(p: float) -> str:
    """A p-value in few digits."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.0995 else f"p = {p:.2f}"


def render_report_page(report: EvaluationReport) -> str:
    """The page as HTML text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["format_p_value"] = format_p_value
    template = environment.from_string((files("comity.evaluate") / "report.html.j2").read_text(encoding="utf-8"))
    everyone = report.outcomes[0]
    dots = [OperatingPoint("under policy", everyone.recall, 1 - everyone.error_rate)] if everyone.matches else []
    curve = draw_precision_recall(
        [PrecisionRecallCurve("by match probability", report.evidence.precision_recall_curve)], dots
    )
    diagram = draw_reliability_diagram([ReliabilitySeries("claimed", report.evidence.bins)])
    return template.render(report=report, curve=Markup(curve), diagram=Markup(diagram))  # noqa: S704  escaped in charts.py
