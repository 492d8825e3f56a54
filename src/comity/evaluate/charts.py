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

from comity.evaluate.measures import Bin

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560.0, 380.0, 78.0, 28.0, 14.0, 50.0
COLORS = ("#0b5cad", "#b23a1e", "#6b7785", "#9a6b00", "#5f4b8b")
DASHES = ("", "", "5 3", "2 3", "8 3 2 3")
INK, FAINT = "#3d454d", "#e3e8ed"
LEAST_WRONG, MOST_WRONG = 0.0001, 0.1
LEAST_ODDS, MOST_ODDS = 0.001, 0.9999
PRECISIONS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998, 0.9999)
PROBABILITIES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line of (recall, precision), the first point at the highest threshold."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """The reliability bins of one model."""

    name: str
    bins: Sequence[Bin]


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the precision and recall chart: what policy reaches."""

    name: str
    recall: float
    precision: float


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))


def _precision_share(precision: float) -> float:
    """Where a precision lies on the axis: the top is 99.99 % and better."""
    wrong = min(max(1 - precision, LEAST_WRONG), 1.0)
    return _within(math.log(MOST_WRONG / wrong) / math.log(MOST_WRONG / LEAST_WRONG))


def _odds_share(probability: float) -> float:
    """Where a probability lies on an axis of log odds."""
    low, high = (math.log(p / (1 - p)) for p in (LEAST_ODDS, MOST_ODDS))
    p = min(max(probability, LEAST_ODDS), MOST_ODDS)
    return _within((math.log(p / (1 - p)) - low) / (high - low))


def _percent(share: float) -> str:
    return f"{100 * share:.6g} %"


def _text(x: float, y: float, words: str, anchor: str = "middle", extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{extra}>{escape(words)}</text>'


def _line(start: tuple[float, float], end: tuple[float, float], color: str, extra: str = "") -> str:
    return f'<line x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" stroke="{color}"{extra}/>'


def _frame(across: str, up: str, xs: Sequence[tuple[float, str]], ys: Sequence[tuple[float, str]]) -> list[str]:
    """Grid, ticks and the names of the axes; ticks are (share of the axis, words)."""
    parts = []
    for share, words in ys:
        parts += [_line((_x(0), _y(share)), (_x(1), _y(share)), FAINT), _text(LEFT - 7, _y(share) + 4, words, "end")]
    for share, words in xs:
        parts += [_line((_x(share), _y(0)), (_x(share), _y(1)), FAINT), _text(_x(share), _y(0) + 17, words)]
    middle = _y(0.5)
    return [
        *parts,
        _text(_x(0.5), HEIGHT - 10, across),
        _text(13, middle, up, extra=f' transform="rotate(-90 13 {middle:g})"'),
        f'<path d="M{_x(0):g},{_y(1):g} V{_y(0):g} H{_x(1):g}" fill="none" stroke="#8c959f"/>',
    ]


def _legend(names: Sequence[str], top: float) -> list[str]:
    """The names of the lines, at the left, down from a share of the height where the chart is empty."""
    parts = []
    for i, name in enumerate(names):
        y = _y(top) + 16 + 17 * i
        dash = f' stroke-width="2.2" stroke-dasharray="{DASHES[i % len(DASHES)]}"'
        parts += [
            _line((LEFT + 12, y - 4), (LEFT + 38, y - 4), COLORS[i % len(COLORS)], dash),
            _text(LEFT + 45, y, name, "start"),
        ]
    return parts


def _svg(label: str, parts: Sequence[str], *, is_file: bool) -> str:
    """The whole picture; a file needs its namespace and a ground of its own."""
    space = ' xmlns="http://www.w3.org/2000/svg"' if is_file else ""
    ground = f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>' if is_file else ""
    return (
        f'<svg{space} viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">{ground}{"".join(parts)}</svg>\n'
    )


def _path(points: Sequence[tuple[float, float]], floor: float) -> str:
    """A line through the points, one for each place that can be told apart on paper."""
    places = [
        (_x((recall - floor) / (1 - floor)), _y(_precision_share(precision)))
        for recall, precision in points
        if recall >= floor and 1 - precision <= MOST_WRONG
    ]
    kept = places[:1]
    for x, y in places[1:]:
        if max(abs(x - kept[-1][0]), abs(y - kept[-1][1])) >= 0.6:
            kept.append((x, y))
    return " ".join(f"{x:g},{y:g}" for x, y in [*kept, *places[-1:]])


def precision_recall(curves: Sequence[Curve], dots: Sequence[Dot] = (), *, is_file: bool = False) -> str:
    """Precision against recall as the threshold falls; recall is drawn from one half where every curve gets beyond."""
    floor = 0.5 if all(c.points and max(r for r, _ in c.points) > 0.6 for c in curves) else 0.0
    steps = [floor + (1 - floor) * i / 5 for i in range(6)]
    parts = _frame(
        "recall", "precision (log scale of the wrong share)",
        [((s - floor) / (1 - floor), f"{100 * s:g} %") for s in steps],
        [(_precision_share(p), _percent(p)) for p in PRECISIONS],
    )  # fmt: skip
    for i, curve in reversed(list(enumerate(curves))):
        dash = f' stroke-dasharray="{DASHES[i % len(DASHES)]}"' if DASHES[i % len(DASHES)] else ""
        parts.append(
            f'<polyline points="{_path(curve.points, floor)}" fill="none" stroke="{COLORS[i % len(COLORS)]}" '
            f'stroke-width="2" stroke-linejoin="round"{dash}/>'
        )
    for dot in dots:
        if dot.recall >= floor:
            x, y = _x((dot.recall - floor) / (1 - floor)), _y(_precision_share(dot.precision))
            parts += [
                f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="#fff" stroke="{COLORS[0]}" stroke-width="2.5"/>',
                _text(x - 10, y + 17, dot.name, "end"),
            ]
    return _svg("Precision against recall", [*parts, *_legend([c.name for c in curves], top=0.55)], is_file=is_file)


def reliability_diagram(series: Sequence[Series], *, is_file: bool = False) -> str:
    """Observed share against claimed probability by bin, with exact intervals; on the dashed line a claim is true."""
    ticks = [(_odds_share(p), f"{p:g}") for p in PROBABILITIES]
    parts = _frame("claimed probability (log odds)", "observed share", ticks, ticks)
    parts.append(_line((_x(0), _y(0)), (_x(1), _y(1)), "#8c959f", ' stroke-dasharray="4 4"'))
    for i, one in reversed(list(enumerate(series))):
        color, aside = COLORS[i % len(COLORS)], 5.0 * i
        for b in one.bins:
            x, y = _x(_odds_share(b.claimed)) + aside, _y(_odds_share(b.observed))
            low, high = (_y(_odds_share(end)) for end in b.interval)
            radius = round(1.5 + 1.1 * math.log10(b.requests + 1), 1)
            words = f"{b.requests:,} requests: claimed {b.claimed:.4f}, observed {b.observed:.4f}"
            dot = f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{color}" fill-opacity=".8"><title>{words}</title></circle>'
            parts += [_line((x, low), (x, high), color, ' stroke-width="1.6"'), dot]
    legend = _legend([s.name for s in series], top=1.0) if len(series) > 1 else []
    return _svg("Observed share against claimed probability", [*parts, *legend], is_file=is_file)
