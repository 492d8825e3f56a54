"""SVG elements: positions, escaping, and what a file has that a picture in a page has not."""

from xml.etree import ElementTree as ET

import pytest

from comity.figures import svg

AREA = svg.PlotArea(width=200, height=100, left=20, right=10, top=5, bottom=15)


def test_plot_area_maps_shares_to_pixels() -> None:
    assert (AREA.point(0, 0), AREA.point(1, 1)) == ((20, 85), (190, 5))
    assert AREA.point(1 / 3, 0.5) == (76.7, 45.0)


@pytest.mark.parametrize("text", ["<script>", 'a "quote" & more'])
def test_every_text_is_escaped(text: str) -> None:
    elements = [
        svg.text_element(1, 2, text),
        svg.circle_element((1, 2), 3, 'fill="#fff"', title=text),
        *svg.legend_elements(AREA, [text], top=1),
        *svg.axes_elements(AREA, text, text, [(0, text)], [(1, text)]),
    ]
    document = ET.fromstring(svg.svg_document(AREA, text, elements, is_file=True))
    texts = [element.text for element in document.iter() if element.tag.endswith(("text", "title"))]
    assert texts == [text] * 7
    assert document.get("aria-label") == text


def test_a_file_has_a_namespace_and_a_background() -> None:
    assert svg.svg_document(AREA, "label", [], is_file=True).count("xmlns") == 1
    assert "<rect" in svg.svg_document(AREA, "label", [], is_file=True)
    assert "<rect" not in svg.svg_document(AREA, "label", [], is_file=False)


def test_series_have_colors_and_dashes_of_their_own() -> None:
    styles = {(svg.series_color(series), svg.dash_attribute(series)) for series in range(len(svg.SERIES_COLORS))}
    assert len(styles) == len(svg.SERIES_COLORS)
    assert svg.series_color(len(svg.SERIES_COLORS)) == svg.series_color(0)
