"""Barcodes of licenses: every case a compliance officer can read, pictures, and what attackers send."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from comity.documents.barcode.aamva import MAX_CHARACTERS, BarcodeFault, parse_barcode
from comity.documents.barcode.image import MAX_PIXELS, ImageFault, read_image
from comity.model.finding import Outcome

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "documents" / "barcodes.yaml").read_text(encoding="utf-8")
)
SAMPLE: str = CASES["sample"]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_barcode(case: dict[str, Any]) -> None:
    text = SAMPLE
    if "replace" in case:
        before, after = case["replace"]
        assert before in text
        text = text.replace(before, after)
    if "cut_after" in case:
        text = text[: text.index(case["cut_after"]) + len(case["cut_after"])]
    barcode = parse_barcode(text)
    assert sorted(fault.value for fault in barcode.faults) == sorted(case.get("faults", []))
    outcome, day = barcode.read_date("DBA")
    expected = {"wrong": Outcome.NOT_MET, "unknown": Outcome.UNDETERMINED}.get(case["expires"], Outcome.MET)
    assert outcome is expected
    assert day == (case["expires"] if isinstance(case["expires"], date) else None)
    if "issuer" in case:
        assert (barcode.jurisdiction and barcode.jurisdiction.code) == case["issuer"]


def test_a_text_over_the_cap_is_not_read() -> None:
    assert parse_barcode(SAMPLE + " " * MAX_CHARACTERS).faults == (BarcodeFault.TOO_LARGE,)


def test_a_barcode_prints_nothing_of_its_person() -> None:
    assert "SAMPLE" not in repr(parse_barcode(SAMPLE))


@given(st.text(max_size=300), st.integers(0, len(SAMPLE)))
def test_any_text_is_read_without_a_fault_of_ours(text: str, place: int) -> None:
    parse_barcode(text)
    parse_barcode(SAMPLE[:place] + text + SAMPLE[place:]).read_date("DBA")


def test_a_picture_is_read_as_its_text() -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    drawn = zxingcpp.create_barcode(SAMPLE, zxingcpp.BarcodeFormat.PDF417)
    picture = np.array(zxingcpp.write_barcode_to_image(drawn, scale=3))
    assert read_image(picture) == SAMPLE
    assert read_image(np.ascontiguousarray(np.rot90(picture))) == SAMPLE
    other = np.array(
        zxingcpp.write_barcode_to_image(
            zxingcpp.create_barcode(SAMPLE.replace("JOHN", "JANE"), zxingcpp.BarcodeFormat.PDF417), scale=3
        )
    )
    with pytest.raises(ImageFault, match="several"):
        read_image(np.vstack([picture, np.full((200, picture.shape[1]), 255, np.uint8), other]))


def test_pictures_that_cannot_be_read() -> None:
    with pytest.raises(ImageFault, match="gray values"):
        read_image(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ImageFault, match="million pixels"):
        read_image(np.broadcast_to(np.uint8(0), (MAX_PIXELS, 2)))
    pytest.importorskip("zxingcpp")
    with pytest.raises(ImageFault, match="no PDF417"):
        read_image(np.full((50, 50), 255, np.uint8))


def test_without_the_extra_pictures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(ImageFault, match=r"install comity\[barcode\]"):
        read_image(np.full((50, 50), 255, np.uint8))
