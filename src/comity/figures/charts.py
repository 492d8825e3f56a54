"""Draw two charts as SVG text: precision against recall, and claimed against observed probability.

Precision is drawn by its error rate on a logarithmic axis, because what matters lies between 99 % and 99.99 %;
probabilities are drawn by their log odds, for the same reason.

Guarantees: no script, nothing loaded from elsewhere; every text is escaped; the same values give the same bytes.
Start at `draw_precision_recall`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from comity.figures.svg import (
    AXIS_COLOR,
    PlotArea,
    Point,
    axes_elements,
    circle_element,
    dash_attribute,
    legend_elements,
    line_element,
    polyline_element,
    series_color,
    svg_document,
    text_element,
)

AREA = PlotArea(width=560.0, height=380.0, left=78.0, right=28.0, top=14.0, bottom=50.0)
MIN_ERROR_RATE, MAX_ERROR_RATE = 0.0001, 0.1
MIN_PROBABILITY, MAX_PROBABILITY = 0.001, 0.9999
PRECISION_TICKS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998, 0.9999)
PROBABILITY_TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
MIN_POINT_DISTANCE = 0.6
"""Pixels: points closer than this to the one before look the same and are left out."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Requests with a claimed probability in [low, high): their number, the mean claim, and the share that was true."""

    low: float
    high: float
    requests: int
    mean_probability: float
    observed_share: float
    observed_interval: tuple[float, float]

    @property
    def calibration_gap(self) -> float:
        """Return claimed minus observed."""
        return self.mean_probability - self.observed_share


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """A named line of (recall, precision), the first point at the highest threshold."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ReliabilitySeries:
    """The reliability bins of one model."""

    name: str
    bins: Sequence[ReliabilityBin]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A point on the precision-recall chart: the recall and precision that a policy reaches."""

    name: str
    recall: float
    precision: float


def draw_precision_recall(
    curves: Sequence[PrecisionRecallCurve], dots: Sequence[OperatingPoint] = (), *, is_file: bool = False
) -> str:
    """Draw precision against recall as the threshold falls; recall starts at 50 % if every curve goes beyond 60 %."""
    min_recall = 0.5 if all(c.points and max(r for r, _ in c.points) > 0.6 for c in curves) else 0.0
    recalls = [min_recall + (1 - min_recall) * step / 5 for step in range(6)]
    elements = axes_elements(
        AREA,
        "recall",
        "precision (log scale of the wrong share)",
        [(_recall_axis_share(recall, min_recall), f"{100 * recall:g} %") for recall in recalls],
        [(_precision_axis_share(precision), f"{100 * precision:.6g} %") for precision in PRECISION_TICKS],
    )
    for series, curve in reversed(list(enumerate(curves))):
        points = _visible_points(curve.points, min_recall)
        elements.append(polyline_element(points, series_color(series), dash_attribute(series)))
    for dot in dots:
        if dot.recall >= min_recall:
            x, y = AREA.point(_recall_axis_share(dot.recall, min_recall), _precision_axis_share(dot.precision))
            elements += [
                circle_element((x, y), 5, f'fill="#fff" stroke="{series_color(0)}" stroke-width="2.5"'),
                text_element(x - 10, y + 17, dot.name, "end"),
            ]
    elements += legend_elements(AREA, [curve.name for curve in curves], top=0.55)
    return svg_document(AREA, "Precision against recall", elements, is_file=is_file)


def draw_reliability_diagram(series: Sequence[ReliabilitySeries], *, is_file: bool = False) -> str:
    """Draw the observed share against the claimed probability by bin, with exact intervals and the diagonal."""
    ticks = [(_log_odds_axis_share(probability), f"{probability:g}") for probability in PROBABILITY_TICKS]
    elements = axes_elements(AREA, "claimed probability (log odds)", "observed share", ticks, ticks)
    elements.append(line_element(AREA.point(0, 0), AREA.point(1, 1), AXIS_COLOR, ' stroke-dasharray="4 4"'))
    for number, model in reversed(list(enumerate(series))):
        for reliability_bin in model.bins:
            elements += _bin_elements(reliability_bin, series_color(number), offset=5.0 * number)
    if len(series) > 1:
        elements += legend_elements(AREA, [model.name for model in series], top=1.0)
    return svg_document(AREA, "Observed share against claimed probability", elements, is_file=is_file)


def _bin_elements(reliability_bin: ReliabilityBin, color: str, *, offset: float) -> list[str]:
    """Return a bin's interval and its dot, moved to the right by `offset` pixels; the dot's area grows with the bin."""
    x = AREA.x(_log_odds_axis_share(reliability_bin.mean_probability)) + offset
    y = AREA.y(_log_odds_axis_share(reliability_bin.observed_share))
    low, high = (AREA.y(_log_odds_axis_share(end)) for end in reliability_bin.observed_interval)
    radius = round(1.5 + 1.1 * math.log10(reliability_bin.requests + 1), 1)
    title = (
        f"{reliability_bin.requests:,} requests: claimed {reliability_bin.mean_probability:.4f}, "
        f"observed {reliability_bin.observed_share:.4f}"
    )
    return [
        line_element((x, low), (x, high), color, ' stroke-width="1.6"'),
        circle_element((x, y), radius, f'fill="{color}" fill-opacity=".8"', title),
    ]


def _visible_points(points: Sequence[tuple[float, float]], min_recall: float) -> list[Point]:
    """Return the pixels of the points inside the chart, without those too close to the one before to be seen."""
    pixels = [
        AREA.point(_recall_axis_share(recall, min_recall), _precision_axis_share(precision))
        for recall, precision in points
        if recall >= min_recall and 1 - precision <= MAX_ERROR_RATE
    ]
    visible = pixels[:1]
    for x, y in pixels[1:]:
        if max(abs(x - visible[-1][0]), abs(y - visible[-1][1])) >= MIN_POINT_DISTANCE:
            visible.append((x, y))
    return [*visible, *pixels[-1:]]


def _recall_axis_share(recall: float, min_recall: float) -> float:
    return (recall - min_recall) / (1 - min_recall)


def _precision_axis_share(precision: float) -> float:
    """Return where a precision lies on the axis; the top is 99.99 % and better."""
    error_rate = min(max(1 - precision, MIN_ERROR_RATE), 1.0)
    return _clamp_share(math.log(MAX_ERROR_RATE / error_rate) / math.log(MAX_ERROR_RATE / MIN_ERROR_RATE))


def _log_odds_axis_share(probability: float) -> float:
    """Return where a probability lies on an axis of log odds."""
    low, high = (math.log(p / (1 - p)) for p in (MIN_PROBABILITY, MAX_PROBABILITY))
    clamped = min(max(probability, MIN_PROBABILITY), MAX_PROBABILITY)
    return _clamp_share((math.log(clamped / (1 - clamped)) - low) / (high - low))


def _clamp_share(share: float) -> float:
    return min(1.0, max(0.0, share))
