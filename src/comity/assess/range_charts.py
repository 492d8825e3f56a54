"""Pictures for the page as SVG text: ranges as bars with whiskers, and dots.

Guarantees: no script, nothing loaded from elsewhere; every text is escaped; every number in a picture carries what it
rests on; the same figures give the same bytes.
Start at `draw_ranges`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from comity.assess.figure import Figure

ROW, TOP = 34.0, 8.0
COLORS = ("#0b5cad", "#9a6b00", "#5f4b8b", "#b23a1e")
INK, SOFT, LINE = "#1b2733", "#57606a", "#d9e0e6"


@dataclass(frozen=True, slots=True)
class ChartSize:
    """How wide a picture is, and the room in it for labels at the left and values at the right, in its own units."""

    width: float
    label: float
    value: float

    def place(self, share: float) -> float:
        """Return where a share of the axis lies."""
        return self.label + (self.width - self.label - self.value) * share


WHOLE, HALF, DOTS = ChartSize(760, 240, 160), ChartSize(500, 150, 145), ChartSize(500, 225, 75)
"""The width of the page; half of it; half of it with longer labels."""


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One bar: its label, a second line in small print, its figure, its color, and what a pointer on it shows."""

    label: str
    detail: str
    figure: Figure
    color: int = 0
    tooltip: str = ""


def draw_ranges(title: str, rows: Sequence[RangeRow], size: ChartSize = WHOLE) -> str:
    """Return bars from zero: solid to the low end, pale to the high end, a whisker from one to the other."""
    most = max((row.figure.high for row in rows), default=0) or 1.0
    parts = _gridlines(size, len(rows))
    for index, row in enumerate(rows):
        middle = TOP + ROW * (index + 0.5)
        low, high = (size.place(max(end, 0) / most) for end in (row.figure.low, row.figure.high))
        color = COLORS[row.color % len(COLORS)]
        parts += [
            *_start_row(row),
            *_labels(row, size.label - 10, middle),
            _bar(size.label, middle, low - size.label, color, 0.85),
            _bar(low, middle, high - low, color, 0.28),
            _whisker(low, high, middle),
            _value(high + 8, middle, row.figure),
            "</g>",
        ]
    return _svg(title, size, len(rows), parts)


def draw_dots(title: str, rows: Sequence[RangeRow], size: ChartSize = DOTS) -> str:
    """Return one dot a row, on an axis from zero to the largest."""
    most = max((row.figure.high for row in rows), default=0) or 1.0
    parts = _gridlines(size, len(rows))
    for index, row in enumerate(rows):
        middle, x = TOP + ROW * (index + 0.5), size.place(row.figure.high / most)
        color = COLORS[row.color % len(COLORS)]
        parts += [
            *_start_row(row),
            *_labels(row, size.label - 10, middle),
            f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="5.5" fill="{color}"/>',
            _value(x + 12, middle, row.figure),
            "</g>",
        ]
    return _svg(title, size, len(rows), parts)


def _start_row(row: RangeRow) -> list[str]:
    return ["<g>", f"<title>{escape(row.tooltip or row.label)}</title>"]


def _labels(row: RangeRow, right: float, middle: float) -> list[str]:
    top = middle + (4 if not row.detail else -1)
    parts = [f'<text x="{right:g}" y="{top:.1f}" text-anchor="end">{escape(row.label)}</text>']
    if row.detail:
        parts.append(
            f'<text x="{right:g}" y="{middle + 11:.1f}" text-anchor="end" font-size="11" fill="{SOFT}">'
            f"{escape(row.detail)}</text>"
        )
    return parts


def _value(x: float, middle: float, figure: Figure) -> str:
    rests = escape(" ".join(figure.based_on))
    return (
        f'<text x="{x:.1f}" y="{middle + 4:.1f}" data-based-on="{rests}" data-basis="{figure.basis}">'
        f"{escape(figure.text)}</text>"
    )


def _bar(x: float, middle: float, width: float, color: str, opacity: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{middle - 8:.1f}" width="{max(width, 0):.1f}" height="16" fill="{color}" '
        f'fill-opacity="{opacity:g}"/>'
    )


def _whisker(low: float, high: float, middle: float) -> str:
    caps = f"M{low:.1f},{middle - 5:.1f}v10M{high:.1f},{middle - 5:.1f}v10M{low:.1f},{middle:.1f}H{high:.1f}"
    return f'<path d="{caps}" stroke="{INK}" stroke-width="1.5" fill="none"/>'


def _gridlines(size: ChartSize, rows: int) -> list[str]:
    places = (size.place(share) for share in (0, 0.25, 0.5, 0.75, 1))
    return [f'<path d="M{x:.1f},{TOP:g}v{ROW * rows:g}" stroke="{LINE}"/>' for x in places]


def _svg(title: str, size: ChartSize, rows: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {size.width:g} {TOP * 2 + ROW * rows:g}" role="img" aria-label="{escape(title)}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>\n"
    )
