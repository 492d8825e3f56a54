"""Write the demonstration's page: one self-contained HTML file, its charts inline SVG, no script, nothing fetched.

Start at `write_page`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from comity import gates, law
from comity.app.demo.run_demo import AFTER_DENIAL, AUGUST_2025, DemoResult
from comity.model.finding import Outcome

_TIMELINE_RANGE = (datetime(2025, 4, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class BarSegment:
    """One segment of a bar: its value, its label, and the class that colors it."""

    value: int
    label: str
    css_class: str


@dataclass(frozen=True, slots=True)
class TimelineOrder:
    """One order on the timeline: where it starts, in percent of the width, and whether it blocks."""

    id: str
    title: str
    start_percent: float
    is_blocking: bool


def write_demo_page(demo: DemoResult, path: Path) -> None:
    """Render the page into `path`."""
    environment = Environment(
        loader=PackageLoader("comity.app.pages", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    compared = demo.comparison
    if compared is None or demo.as_sent is None or demo.cured is None or demo.held is None:
        raise RuntimeError("The page needs a demonstration that ran to its end.")
    refusals = [f for f in demo.as_sent.findings if f.outcome is Outcome.NOT_MET]
    text = environment.get_template("demo.html.j2").render(
        demo=demo,
        compared=compared,
        refusals=refusals,
        told_2025=(
            BarSegment(compared.right_2025, "at the address asked about", "right"),
            BarSegment(compared.another_address_2025, "recorded at another address", "wrong"),
            BarSegment(compared.no_address_2025, "no address was set forth", "void"),
        ),
        told_comity=(
            BarSegment(compared.confirmed_right, "at the address asked about", "right"),
            BarSegment(compared.confirmed_wrong, "not the person on record there", "wrong"),
        ),
        refused_by_rule=[(rule, gates.rule_requirement(rule), count) for rule, count in compared.refused_by_rule],
        timeline=_timeline_orders(),
        marks=[(_position_percent(at), f"{at:%d %b %Y}") for at in (AUGUST_2025, AFTER_DENIAL)],
        months=[(_position_percent(at), f"{at:%b %Y}") for at in _month_starts()],
        made_at=datetime.now(UTC).strftime("%d %B %Y"),
    )
    path.write_text(text, encoding="utf-8")


def _timeline_orders() -> Sequence[TimelineOrder]:
    orders = sorted(law.load_law().orders.values(), key=lambda order: order.effective_at)
    return [
        TimelineOrder(o.id, f"{o.court}: {', '.join(str(i).replace('_', ' ') for i in o.instruments)}", _position_percent(o.effective_at), bool(o.prohibits))
        for o in orders
    ]  # fmt: skip


def _position_percent(at: datetime) -> float:
    first, last = _TIMELINE_RANGE
    return round(100 * (at - first) / (last - first), 2)


def _month_starts() -> list[datetime]:
    return [datetime(2025, m, 1, tzinfo=UTC) for m in (4, 7, 10)] + [datetime(2026, 1, 1, tzinfo=UTC)]
