"""The two charts: which points are drawn, and where."""

import re
from xml.etree import ElementTree as ET

from comity.figures.charts import (
    AREA,
    OperatingPoint,
    PrecisionRecallCurve,
    ReliabilityBin,
    ReliabilitySeries,
    draw_precision_recall,
    draw_reliability_diagram,
)


def points(chart: str) -> list[tuple[float, float]]:
    (path,) = re.findall(r'<polyline points="([^"]*)"', chart)
    return list(dict.fromkeys((float(x), float(y)) for x, y in (pair.split(",") for pair in path.split())))


def test_recall_starts_at_one_half_if_every_curve_goes_beyond() -> None:
    high = PrecisionRecallCurve("high", [(0.5, 0.9999), (1.0, 0.9)])
    low = PrecisionRecallCurve("low", [(0.25, 0.9999), (0.5, 0.9)])
    assert points(draw_precision_recall([high])) == [AREA.point(0, 1), AREA.point(1, 0)]
    assert points(draw_precision_recall([low])) == [AREA.point(0.25, 1), AREA.point(0.5, 0)]


def test_points_too_close_to_be_seen_are_left_out_but_the_last_is_drawn() -> None:
    recalls = [0.7 + 0.00001 * i for i in range(100)]
    pixels = points(draw_precision_recall([PrecisionRecallCurve("curve", [(recall, 0.99) for recall in recalls])]))
    assert len(pixels) < 5
    assert (pixels[0][0], pixels[-1][0]) == (AREA.x(2 * recalls[0] - 1), AREA.x(2 * recalls[-1] - 1))


def test_an_operating_point_below_the_axis_is_not_drawn() -> None:
    curve = PrecisionRecallCurve("curve", [(0.9, 0.99)])
    dots = [OperatingPoint("inside", 0.8, 0.99), OperatingPoint("outside", 0.4, 0.99)]
    chart = draw_precision_recall([curve], dots)
    assert "inside" in chart
    assert "outside" not in chart


def test_a_calibrated_bin_is_on_the_diagonal() -> None:
    bins = [ReliabilityBin(0.9, 0.95, 100, 0.92, 0.92, (0.85, 0.96))]
    chart = ET.fromstring(draw_reliability_diagram([ReliabilitySeries("model", bins)], is_file=True))
    (dot,) = (element for element in chart.iter() if element.tag.endswith("circle"))
    x_share = (float(dot.attrib["cx"]) - AREA.x(0)) / (AREA.x(1) - AREA.x(0))
    y_share = (float(dot.attrib["cy"]) - AREA.y(0)) / (AREA.y(1) - AREA.y(0))
    assert abs(x_share - y_share) < 0.001
    assert "100 requests: claimed 0.9200, observed 0.9200" in ET.tostring(chart, encoding="unicode")
