"""Render an evaluation of matching as one HTML page, its charts as inline SVG.

Guarantees: no script, nothing loaded from elsewhere; no row of the data; the charts escape their own texts.
Start at `render_evaluation_page`.
"""

from comity.app.pages.page_template import load_template
from comity.evaluate.report import EvaluationReport
from comity.figures.charts import (
    OperatingPoint,
    PrecisionRecallCurve,
    ReliabilitySeries,
    draw_precision_recall,
    draw_reliability_diagram,
)


def render_evaluation_page(report: EvaluationReport) -> str:
    """Render the report as HTML."""
    all_requests = report.outcomes[0]
    points = (
        [OperatingPoint("under policy", all_requests.recall, 1 - all_requests.error_rate)]
        if all_requests.matches
        else []
    )
    curve = PrecisionRecallCurve("by match probability", report.evidence.precision_recall_curve)
    diagram = draw_reliability_diagram([ReliabilitySeries("claimed", report.evidence.bins)])
    return load_template("evaluation.html.j2").render(
        report=report,
        curve=draw_precision_recall([curve], points),
        diagram=diagram,
    )
