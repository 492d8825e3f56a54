"""Render the demonstration as one self-contained HTML page, its charts inline SVG.

Guarantees: no script, nothing fetched; every figure is of the run that is passed in.
Start at `render_demo_page`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from comity import gates, law
from comity.app.pages.page_template import load_template
from comity.evaluate.process_comparison import ProcessComparison
from comity.model.finding import Outcome
from comity.pipeline import BatchResult

AUGUST_2025 = datetime(2025, 8, 7, 12, tzinfo=UTC)
AFTER_DENIAL = datetime(2026, 2, 25, 12, tzinfo=UTC)
_TIMELINE_RANGE = (datetime(2025, 4, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class LedgerDemo:
    """The published ledger's size and root hash, which byte was flipped in a copy, and what the checker said of it."""

    entry_count: int
    root_hash: str
    flipped_byte: str
    checker_finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What a demonstration did: the file as sent, cured, and held; the two processes; the ledger; seconds by step."""

    people: int
    records: int
    requests: int
    as_sent: BatchResult
    cured: BatchResult
    held: BatchResult
    comparison: ProcessComparison
    ledger: LedgerDemo
    seconds: Mapping[str, float]


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


def render_demo_page(demo: DemoResult, *, created_at: datetime) -> str:
    """Render the page."""
    compared = demo.comparison
    return load_template("demo.html.j2").render(
        demo=demo,
        compared=compared,
        refusals=[finding for finding in demo.as_sent.findings if finding.outcome is Outcome.NOT_MET],
        disclosed_segments=(
            BarSegment(compared.right_2025, "at the address asked about", "right"),
            BarSegment(compared.another_address_2025, "recorded at another address", "wrong"),
            BarSegment(compared.no_address_2025, "no address was set forth", "void"),
        ),
        confirmed_segments=(
            BarSegment(compared.confirmed_right, "at the address asked about", "right"),
            BarSegment(compared.confirmed_wrong, "not the person on record there", "wrong"),
        ),
        refused_by_rule=[(rule, gates.rule_requirement(rule), count) for rule, count in compared.refused_by_rule],
        timeline=_timeline_orders(),
        marks=[(_position_percent(moment), f"{moment:%d %b %Y}") for moment in (AUGUST_2025, AFTER_DENIAL)],
        created_at=f"{created_at:%d %B %Y}",
    )


def _timeline_orders() -> list[TimelineOrder]:
    orders = sorted(law.load_law().orders.values(), key=lambda order: order.effective_at)
    return [
        TimelineOrder(
            order.id,
            f"{order.court}: {', '.join(str(instrument).replace('_', ' ') for instrument in order.instruments)}",
            _position_percent(order.effective_at),
            is_blocking=bool(order.prohibits),
        )
        for order in orders
    ]


def _position_percent(moment: datetime) -> float:
    start, end = _TIMELINE_RANGE
    return round(100 * (moment - start) / (end - start), 2)
