"""Write SVG elements as text: lines, labels, circles, polylines, and the document around them.

Guarantees: every text is escaped; the same values give the same bytes; no script, nothing loaded from elsewhere.
Start at `svg_document`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

SERIES_COLORS = ("#0b5cad", "#b23a1e", "#6b7785", "#9a6b00", "#5f4b8b")
SERIES_DASHES = ("", "", "5 3", "2 3", "8 3 2 3")
TEXT_COLOR, GRID_COLOR, AXIS_COLOR = "#3d454d", "#e3e8ed", "#8c959f"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlotArea:
    """A picture's size and the margins around its axes, in pixels."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    def x(self, share: float) -> float:
        """Return the pixel at a share of the horizontal axis, to one decimal."""
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def y(self, share: float) -> float:
        """Return the pixel at a share of the vertical axis, which points up, to one decimal."""
        return round(self.height - self.bottom - share * (self.height - self.top - self.bottom), 1)

    def point(self, x_share: float, y_share: float) -> Point:
        """Return the pixels of a point given by its shares of the two axes."""
        return self.x(x_share), self.y(y_share)


def text_element(x: float, y: float, text: str, anchor: str = "middle", extra: str = "") -> str:
    """Return a label; `extra` is further attributes, each with a space before it."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def line_element(start: Point, end: Point, color: str, extra: str = "") -> str:
    """Return a straight line."""
    return f'<line x1="{start[0]:g}" y1="{start[1]:g}" x2="{end[0]:g}" y2="{end[1]:g}" stroke="{color}"{extra}/>'


def circle_element(center: Point, radius: float, attributes: str, title: str = "") -> str:
    """Return a circle; a browser shows `title` while the pointer rests on it."""
    start = f'<circle cx="{center[0]:g}" cy="{center[1]:g}" r="{radius:g}" {attributes}'
    return f"{start}><title>{escape(title)}</title></circle>" if title else f"{start}/>"


def polyline_element(points: Sequence[Point], color: str, extra: str = "") -> str:
    """Return a line through the points, two pixels wide."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-linejoin="round"{extra}/>'


def dash_attribute(series: int) -> str:
    """Return the dash pattern of a series by its number, with a space before it; empty for a solid line."""
    dashes = SERIES_DASHES[series % len(SERIES_DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def series_color(series: int) -> str:
    """Return the color of a series by its number."""
    return SERIES_COLORS[series % len(SERIES_COLORS)]


def axes_elements(
    area: PlotArea,
    x_title: str,
    y_title: str,
    x_ticks: Sequence[tuple[float, str]],
    y_ticks: Sequence[tuple[float, str]],
) -> list[str]:
    """Return grid, ticks, the axes and their titles; a tick is a share of its axis and a label."""
    elements = []
    for share, label in y_ticks:
        y = area.y(share)
        elements += [
            line_element((area.x(0), y), (area.x(1), y), GRID_COLOR),
            text_element(area.left - 7, y + 4, label, "end"),
        ]
    for share, label in x_ticks:
        x = area.x(share)
        elements += [
            line_element((x, area.y(0)), (x, area.y(1)), GRID_COLOR),
            text_element(x, area.y(0) + 17, label),
        ]
    middle = area.y(0.5)
    axes = f"M{area.x(0):g},{area.y(1):g} V{area.y(0):g} H{area.x(1):g}"
    return [
        *elements,
        text_element(area.x(0.5), area.height - 10, x_title),
        text_element(13, middle, y_title, extra=f' transform="rotate(-90 13 {middle:g})"'),
        f'<path d="{axes}" fill="none" stroke="{AXIS_COLOR}"/>',
    ]


def legend_elements(area: PlotArea, names: Sequence[str], top: float) -> list[str]:
    """Return the names of the series, one below the other, from a share of the vertical axis downward."""
    elements = []
    for series, name in enumerate(names):
        y = area.y(top) + 16 + 17 * series
        style = f' stroke-width="2.2" stroke-dasharray="{SERIES_DASHES[series % len(SERIES_DASHES)]}"'
        elements += [
            line_element((area.left + 12, y - 4), (area.left + 38, y - 4), series_color(series), style),
            text_element(area.left + 45, y, name, "start"),
        ]
    return elements


def svg_document(area: PlotArea, label: str, elements: Sequence[str], *, is_file: bool) -> str:
    """Return the picture; a file gets its namespace and a white background, a picture inside a page does not."""
    namespace = ' xmlns="http://www.w3.org/2000/svg"' if is_file else ""
    background = f'<rect width="{area.width:g}" height="{area.height:g}" fill="#fff"/>' if is_file else ""
    return (
        f'<svg{namespace} viewBox="0 0 {area.width:g} {area.height:g}" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{TEXT_COLOR}">'
        f"{background}{''.join(elements)}</svg>\n"
    )
