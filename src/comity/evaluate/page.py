"""The report page: one self-contained HTML file with its charts as inline SVG.

Guarantees: no script, nothing loaded from elsewhere; every value is escaped by the template engine; no row of data.
Start at `render`.
"""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from comity.evaluate.charts import Curve, Dot, Series, precision_recall, reliability_diagram
from comity.evaluate.report import Report


def chance(p: float) -> str:
    """A p-value in few digits."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.0995 else f"p = {p:.2f}"


def render(report: Report) -> str:
    """The page as HTML text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["chance"] = chance
    template = environment.from_string((files("comity.evaluate") / "report.html.j2").read_text(encoding="utf-8"))
    everyone = report.outcomes[0]
    dots = [Dot("under policy", everyone.recall, 1 - everyone.wrong_share)] if everyone.match else []
    curve = precision_recall([Curve("by match probability", report.evidence.curve)], dots)
    diagram = reliability_diagram([Series("claimed", report.evidence.bins)])
    return template.render(report=report, curve=Markup(curve), diagram=Markup(diagram))  # noqa: S704  escaped in charts.py
