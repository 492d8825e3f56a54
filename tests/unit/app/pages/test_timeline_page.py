"""The page of the orders over time is well-formed and escapes what the orders say."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from comity.app.pages.timeline_page import render_timeline_page, render_timeline_svg
from comity.orders.timeline import layout_timeline
from tests.support.timeline_law import AGREEMENT, NOW, load_busy_law


def test_render_timeline__is_well_formed_and_escaped() -> None:
    law = load_busy_law()
    layout = layout_timeline(law, AGREEMENT, now=NOW)
    assert ET.fromstring(render_timeline_svg(layout)).tag.endswith("svg")
    text = render_timeline_page(layout, law, now=NOW)
    assert "<b>&" not in text
    assert "&lt;b&gt;&amp;" in text
    assert "served on irs, 03 Jun 2025" in text


def test_render_timeline__of_a_few_days_is_well_formed_and_says_which_orders_lie_outside() -> None:
    first, last = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 16, tzinfo=UTC)
    text = render_timeline_svg(layout_timeline(load_busy_law(), AGREEMENT, now=NOW, first=first, last=last))
    assert ET.fromstring(text).tag.endswith("svg")
    assert "21 Nov 2025: outside of the days drawn" in text
    assert "01 Jun 2025: outside" not in text
    assert "drawn 25 Nov" not in text
