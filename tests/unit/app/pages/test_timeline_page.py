"""The page of the orders over time is well-formed and escapes what the orders say."""

import xml.etree.ElementTree as ET

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
