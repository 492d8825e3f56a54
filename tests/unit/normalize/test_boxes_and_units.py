"""Boxes, routes and units, on lines that are easy to parse wrong."""

import pytest

from comity.normalize.boxes_and_units import NUMBERLESS_STEPS, STEPS, parse_remainder


@pytest.mark.parametrize(
    ("remainder", "group", "number"),
    [
        ("~PO BOX 7", "POBOX", "7"),
        ("~P O B 12", "POBOX", "12"),
        ("~APDO 9", "POBOX", "9"),
        ("~BOX AB", "POBOX", "AB"),
        ("~RR 2 BOX 15", "RR2", "15"),
        ("~BOX 15 RR 2", "RR2", "15"),
        ("~STAR ROUTE 4 BOX 3", "HC4", "3"),
        ("~HC 01 BOX 2", "HC1", "2"),
        ("~HC-02 BUZON 15", "HC2", "15"),
        ("~UNIT 05 BOX 4", "UNIT5", "4"),
        ("~PSC 12", "PSC", "12"),
    ],
)
def test_parse_remainder_recognizes_boxes(remainder: str, group: str, number: str) -> None:
    assert parse_remainder(remainder) == (group, number, None, None)


@pytest.mark.parametrize(
    ("remainder", "street", "unit"),
    [
        ("OAK ST PO BOX 7", "OAK ST", None),
        ("OAK RD # 4", "OAK RD 4", None),
        ("OAK ST APT NUMBER 5", "OAK ST", "APT 5"),
        ("MAIN ST APT B FLOOR 2", "MAIN ST", "APT B FLOOR 2"),
        ("MAIN ST APT B NUMBER NUMBER 5", "MAIN ST", "APT B NUMBER 5"),
        ("MAIN ST NUMBER", "MAIN ST NUMBER", None),
        ("CANAL ST C1S", "CANAL ST", "C1S"),
        ("CANAL ST N 12", "CANAL ST N", "12"),
        ("MILL RD 12-B", "MILL RD", "12-B"),
        ("LOTUS", None, "LOTUS"),
        ("MAIN ST UPPER LEVEL", "MAIN ST", "UPPER LEVEL"),
        ("MAIN ST REAR OF SHOP", "MAIN ST REAR OF SHOP", None),
        ("~5TH FLOOR 12 MAIN ST", "~12 MAIN ST", "5TH FLOOR"),
        ("~CALLE SOL 12", "~12 CALLE SOL", None),
        ("~URB VISTA CALLE SOL 12", "~12 CALLE SOL URB URB VISTA", None),
        ("~CARR 2 KM 14 HM 3", "~KM14-3 HWY 2", None),
        ("~CARR 2 KM 120", "~KM120- HWY 2", None),
        ("~CARR 2 KM 12 0 APT 3", "~KM12-0 HWY 2", "APT 3"),
        ("UNIT 100 EMMETT ST", "EMMETT ST", "UNIT 100"),
        ("~COND MAR APT 5", "~5 COND MAR", None),
    ],
)
def test_parse_remainder_splits_off_a_unit(remainder: str, street: str | None, unit: str | None) -> None:
    assert parse_remainder(remainder) == (None, None, street, unit)


def test_every_step_has_a_description() -> None:
    assert all(step.__doc__ for step in (*NUMBERLESS_STEPS, *STEPS))
