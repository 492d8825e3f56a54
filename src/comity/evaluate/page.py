"""The report page: one self-contained HTML file with its charts as inline SVG.

Guarantees: no script, nothing loaded from elsewhere; every value is escaped by the template engine; no row of data.
Start at `render`.
"""

import math
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from comity.evaluate.measures import Report

WIDTH, HEIGHT, MARGIN = 460.0, 300.0, 46.0


def _at(share_x: float, share_y: float) -> tuple[float, float]:
    """The point of a chart for two shares in [0, 1]."""
    x = MARGIN + share_x * (WIDTH - MARGIN - 14)
    return round(x, 1), round(HEIGHT - MARGIN - share_y * (HEIGHT - MARGIN - 14), 1)


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))


def curve_points(report: Report, floor: float = 0.9) -> str:
    """The recall and precision curve as an SVG point list; precision is drawn from `floor` to 1."""
    points = (_at(recall, _clamp((precision - floor) / (1 - floor))) for recall, precision in report.curve)
    return " ".join(f"{x},{y}" for x, y in points)


def _logit_share(p: float) -> float:
    """Where a probability lies on an axis of log odds from 0.001 to 0.9999."""
    low, high = math.log(0.001 / 0.999), math.log(0.9999 / 0.0001)
    q = min(max(p, 0.001), 0.9999)
    return _clamp((math.log(q / (1 - q)) - low) / (high - low))


def reliability_marks(report: Report) -> list[dict[str, float]]:
    """One mark per bin: claimed across, observed up with its interval, both in log odds; area by count."""
    marks = []
    for b in report.bins:
        x, y = _at(_logit_share(b.claimed), _logit_share(b.observed))
        _, low = _at(0, _logit_share(b.interval[0]))
        _, high = _at(0, _logit_share(b.interval[1]))
        radius = round(2 + 1.4 * math.log10(max(b.requests, 1)), 1)
        marks.append({"x": x, "y": y, "low": low, "high": high, "r": radius, "n": b.requests})
    return marks


def ticks(values: tuple[float, ...], *, logit: bool) -> list[dict[str, object]]:
    """Axis ticks with their places across and up."""
    result: list[dict[str, object]] = []
    for v in values:
        share = _logit_share(v) if logit else v
        result.append({"label": f"{v:g}", "x": _at(share, 0)[0], "y": _at(0, share)[1]})
    return result


def render(report: Report) -> str:
    """The page as HTML text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("comity.evaluate") / "report.html.j2").read_text(encoding="utf-8"))
    origin, end = _at(0, 0), _at(1, 1)
    return template.render(
        report=report, width=WIDTH, height=HEIGHT, origin=origin, end=end, curve=curve_points(report),
        marks=reliability_marks(report), log_ticks=ticks((0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999), logit=True),
        recall_ticks=ticks((0.0, 0.25, 0.5, 0.75, 1.0), logit=False),
        precision_ticks=[{"label": f"{0.9 + 0.1 * i / 4:g}", "y": _at(0, i / 4)[1]} for i in range(5)],
    )  # fmt: skip
