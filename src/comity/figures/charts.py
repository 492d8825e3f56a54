"""Two charts as SVG text: precision against recall, and claimed against observed probability.

Precision is drawn by its wrong share on a logarithmic axis, because what matters lies between 99 % and 99.99 %; probabilities
are drawn by their log odds, for the same reason.

Guarantees: no script, nothing loaded from elsewhere; every text is escaped; the same values give the same bytes.
Start at `precision_recall`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560.0, 380.0, 78.0, 28.0, 14.0, 50.0
SERIES_COLORS = ("#0b5cad", "#b23a1e", "#6b7785", "#9a6b00", "#5f4b8b")
SERIES_DASHES = ("", "", "5 3", "2 3", "8 3 2 3")
TEXT_COLOR, GRID_COLOR = "#3d454d", "#e3e8ed"
MIN_ERROR_RATE, MAX_ERROR_RATE = 0.0001, 0.1
MIN_PROBABILITY, MAX_PROBABILITY = 0.001, 0.9999
PRECISION_TICKS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998, 0.9999)
PROBABILITY_TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Requests whose claimed probability lies in [low, high): how many, the mean claim, the share that was true."""

    low: float
    high: float
    requests: int
    mean_probability: float
    observed_share: float
    observed_interval: tuple[float, float]

    @property
    def calibration_gap(self) -> float:
        """Claimed minus observed."""
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
    """A place on the precision and recall chart: what policy reaches."""

    name: str
    recall: float
    precision: float


def _x_pixel(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y_pixel(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _clamp_share(share: float) -> float:
    return min(1.0, max(0.0, share))


def _precision_axis_share(precision: float) -> float:
    """Where a precision lies on the axis: the top is 99.99 % and better."""
    wrong = min(max(1 - precision, MIN_ERROR_RATE), 1.0)
    return _clamp_share(math.log(MAX_ERROR_RATE / wrong) / math.log(MAX_ERROR_RATE / MIN_ERROR_RATE))


def _log_odds_axis_share(probability: float) -> float:
    """Where a probability lies on an axis of log odds."""
    low, high = (math.log(p / (1 - p)) for p in (MIN_PROBABILITY, MAX_PROBABILITY))
    p = min(max(probability, MIN_PROBABILITY), MAX_PROBABILITY)
    return _clamp_share((math.log(p / (1 - p)) - low) / (high - low))


def _format_percent(share: float) -> str:
    return f"{100 * share:.6g} %"


def _text_element(x: float, y: float, words: str, anchor: str = "middle", extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{extra}>{escape(words)}</text>'


def _line_element(start: tuple[float, float], end: tuple[float, float], color: str, extra: str = "") -> str:
    return f'<line x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" stroke="{color}"{extra}/>'


def _axes_elements(across: str, up: str, xs: Sequence[tuple[float, str]], ys: Sequence[tuple[float, str]]) -> list[str]:
    """Grid, ticks and the names of the axes; ticks are (share of the axis, words)."""
    parts = []
    for share, words in ys:
        parts += [
            _line_element((_x_pixel(0), _y_pixel(share)), (_x_pixel(1), _y_pixel(share)), GRID_COLOR),
            _text_element(LEFT - 7, _y_pixel(share) + 4, words, "end"),
        ]
    for share, words in xs:
        parts += [
            _line_element((_x_pixel(share), _y_pixel(0)), (_x_pixel(share), _y_pixel(1)), GRID_COLOR),
            _text_element(_x_pixel(share), _y_pixel(0) + 17, words),
        ]
    middle = _y_pixel(0.5)
    return [
        *parts,
        _text_element(_x_pixel(0.5), HEIGHT - 10, across),
        _text_element(13, middle, up, extra=f' transform="rotate(-90 13 {middle:g})"'),
        f'<path d="M{_x_pixel(0):g},{_y_pixel(1):g} V{_y_pixel(0):g} H{_x_pixel(1):g}" fill="none" stroke="#8c959f"/>',
    ]


def _legend_elements(names: Sequence[str], top: float) -> list[str]:
    """The names of the lines, at the left, down from a share of the height where the chart is empty."""
    parts = []
    for i, name in enumerate(names):
        y = _y_pixel(top) + 16 + 17 * i
        dash = f' stroke-width="2.2" stroke-dasharray="{SERIES_DASHES[i % len(SERIES_DASHES)]}"'
        parts += [
            _line_element((LEFT + 12, y - 4), (LEFT + 38, y - 4), SERIES_COLORS[i % len(SERIES_COLORS)], dash),
            _text_element(LEFT + 45, y, name, "start"),
        ]
    return parts


def _svg_document(label: str, parts: Sequence[str], *, is_file: bool) -> str:
    """The whole picture; a file needs its namespace and a ground of its own."""
    space = ' xmlns="http://www.w3.org/2000/svg"' if is_file else ""
    ground = f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>' if is_file else ""
    return (
        f'<svg{space} viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{TEXT_COLOR}">{ground}{"".join(parts)}</svg>\n'
    )


def _polyline_points(points: Sequence[tuple[float, float]], floor: float) -> str:
    """A line through the points, one for each place that can be told apart on paper."""
    places = [
        (_x_pixel((recall - floor) / (1 - floor)), _y_pixel(_precision_axis_share(precision)))
        for recall, precision in points
        if recall >= floor and 1 - precision <= MAX_ERROR_RATE
    ]
    kept = places[:1]
    for x, y in places[1:]:
        if max(abs(x - kept[-1][0]), abs(y - kept[-1][1])) >= 0.6:
            kept.append((x, y))
    return " ".join(f"{x:g},{y:g}" for x, y in [*kept, *places[-1:]])


def draw_precision_recall(
    curves: Sequence[PrecisionRecallCurve], dots: Sequence[OperatingPoint] = (), *, is_file: bool = False
) -> str:
    """Precision against recall as the threshold falls; recall is drawn from one half where every curve gets beyond."""
    floor = 0.5 if all(c.points and max(r for r, _ in c.points) > 0.6 for c in curves) else 0.0
    steps = [floor + (1 - floor) * i / 5 for i in range(6)]
    parts = _axes_elements(
        "recall", "precision (log scale of the wrong share)",
        [((s - floor) / (1 - floor), f"{100 * s:g} %") for s in steps],
        [(_precision_axis_share(p), _format_percent(p)) for p in PRECISION_TICKS],
    )  # fmt: skip
    for i, curve in reversed(list(enumerate(curves))):
        dash = (
            f' stroke-dasharray="{SERIES_DASHES[i % len(SERIES_DASHES)]}"'
            if SERIES_DASHES[i % len(SERIES_DASHES)]
            else ""
        )
        parts.append(
            f'<polyline points="{_polyline_points(curve.points, floor)}" fill="none" stroke="{SERIES_COLORS[i % len(SERIES_COLORS)]}" '
            f'stroke-width="2" stroke-linejoin="round"{dash}/>'
        )
    for dot in dots:
        if dot.recall >= floor:
            x, y = _x_pixel((dot.recall - floor) / (1 - floor)), _y_pixel(_precision_axis_share(dot.precision))
            parts += [
                f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="#fff" stroke="{SERIES_COLORS[0]}" stroke-width="2.5"/>',
                _text_element(x - 10, y + 17, dot.name, "end"),
            ]
    return _svg_document(
        "Precision against recall", [*parts, *_legend_elements([c.name for c in curves], top=0.55)], is_file=is_file
    )


def draw_reliability_diagram(series: Sequence[ReliabilitySeries], *, is_file: bool = False) -> str:
    """Observed share against claimed probability by bin, with exact intervals; on the dashed line a claim is true."""
    ticks = [(_log_odds_axis_share(p), f"{p:g}") for p in PROBABILITY_TICKS]
    parts = _axes_elements("claimed probability (log odds)", "observed share", ticks, ticks)
    parts.append(
        _line_element((_x_pixel(0), _y_pixel(0)), (_x_pixel(1), _y_pixel(1)), "#8c959f", ' stroke-dasharray="4 4"')
    )
    for i, one in reversed(list(enumerate(series))):
        color, aside = SERIES_COLORS[i % len(SERIES_COLORS)], 5.0 * i
        for b in one.bins:
            x, y = (
                _x_pixel(_log_odds_axis_share(b.mean_probability)) + aside,
                _y_pixel(_log_odds_axis_share(b.observed_share)),
            )
            low, high = (_y_pixel(_log_odds_axis_share(end)) for end in b.observed_interval)
            radius = round(1.5 + 1.1 * math.log10(b.requests + 1), 1)
            words = f"{b.requests:,} requests: claimed {b.mean_probability:.4f}, observed {b.observed_share:.4f}"
            dot = f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{color}" fill-opacity=".8"><title>{words}</title></circle>'
            parts += [_line_element((x, low), (x, high), color, ' stroke-width="1.6"'), dot]
    legend = _legend_elements([s.name for s in series], top=1.0) if len(series) > 1 else []
    return _svg_document("Observed share against claimed probability", [*parts, *legend], is_file=is_file)
