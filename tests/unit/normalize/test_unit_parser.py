"""Units as parts: building, floor, unit and side, whatever their order."""

import pytest

from comity.normalize.unit_parser import NO_UNIT, parse_unit


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("APT 04-B", {"unit": "4B"}),
        ("APT 4 B", {"unit": "4B"}),
        ("UNIT 204-1", {"unit": "204-1"}),
        ("UNIT 20-41", {"unit": "20-41"}),
        ("APT NUMBER 5", {"unit": "5"}),
        ("# 00", {}),
        ("SECOND FLOOR", {"floor": "2"}),
        ("5TH FLOOR", {"floor": "5"}),
        ("TOP FLOOR", {"floor": "TOP"}),
        ("FL 1 APT 2", {"floor": "1", "unit": "2"}),
        ("APT 2 FLOOR 1", {"floor": "1", "unit": "2"}),
        ("APT 3 BLDG 7", {"building": "7", "unit": "3"}),
        ("BLDG A APT 2", {"building": "A", "unit": "2"}),
        ("BLDG A 2", {"building": "A", "unit": "2"}),
        ("TOWER 2 STE 1 FL 3", {"building": "2", "unit": "1", "floor": "3"}),
        ("REAR", {"side": "REAR"}),
        ("REAR BLDG", {"side": "REAR"}),
        ("APT REAR", {"side": "REAR"}),
        ("2ND FL REAR", {"floor": "2", "side": "REAR"}),
        ("UPPER LEVEL", {"side": "UPPR"}),
        ("BSMT 2", {"side": "BSMT", "unit": "2"}),
        ("PH 3", {"unit": "PH3"}),
        ("APT PH3", {"unit": "PH3"}),
        ("STE 200 APT 5", {"unit": "200+5"}),
        ("APT 5 STE 200", {"unit": "200+5"}),
        ("", {}),
        (None, {}),
    ],
)
def test_the_parts_of_a_unit_are_kept_apart(text: str | None, parts: dict[str, str]) -> None:
    assert parse_unit(text) == NO_UNIT._replace(**parts)
