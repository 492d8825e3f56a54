"""Days and times as written in batches, agreements and orders: a number is none."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from comity.errors import PolicyError, RequestError
from comity.intake.manifest import check_manifest, parse_manifest
from comity.law import load_law
from comity.law.provisions import FrozenModel
from comity.model import batch
from comity.model.written_times import WrittenDay, WrittenTime
from comity.orders.order_entry import draft_order

NUMBERS = (0, 86_400, 1_719_835_200, 1_719_835_200.0, True, "86400", "1719835200", " 86400 ", "20250701", "2025", "")
MANIFEST = (
    '{"batch_id": "B-1", "requester": "ice", "signer": {"name": "A", "office": "B"}, "agreement": "irs-ice-2025", '
    '"statutory_authority": "26 USC 6103(i)(2)", "officers": [], "attestations": [], "created_at": %s, "sha256": ""}'
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_no_day_and_no_time(number: object) -> None:
    for kind in (WrittenDay, WrittenTime):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(number)


def test_days_and_times_are_read_as_written() -> None:
    assert TypeAdapter(WrittenDay).validate_json('"2025-07-01"') == date(2025, 7, 1)
    noon = datetime(2025, 7, 1, 12, tzinfo=UTC)
    for text in ("2025-07-01T12:00:00Z", "2025-07-01 12:00:00+00:00", "2025-07-01T08:00:00-04:00"):
        assert TypeAdapter(WrittenTime).validate_python(text) == noon
    assert TypeAdapter(WrittenTime).validate_python(noon) == noon


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _dated_fields() -> dict[str, Any]:
    return {
        f"{model.__name__}.{name}": field.rebuild_annotation()
        for model in {*_models(FrozenModel), *_models(batch._FrozenModel)}
        for name, field in model.model_fields.items()
        if re.search(r"\bdate(time)?\b|Datetime", repr(field.annotation))
    }


def test_no_dated_field_of_a_batch_or_of_the_law_takes_a_number() -> None:
    fields = _dated_fields()
    assert {"Manifest.created_at", "Attestation.on", "CourtOrder.expires_at", "Agreement.effective_from"} <= set(fields)
    for name, kind in fields.items():
        for number in (86_400, "86400"):
            with pytest.raises(ValidationError):
                pytest.fail(f"{name} takes {number!r} for {TypeAdapter(kind).validate_python(number)!r}")


@pytest.mark.parametrize("written", ["1751371200", '"1751371200"', "20250701", '"20250701"'])
def test_a_manifest_dated_by_a_number_is_refused_in_our_words(written: str) -> None:
    assert parse_manifest((MANIFEST % '"2025-07-01T12:00:00Z"').encode()).created_at.year == 2025
    data = (MANIFEST % written).encode()
    with pytest.raises(RequestError, match="created_at is not a time with its zone"):
        parse_manifest(data)
    assert check_manifest(data)[1] == ("created_at is not a time with its zone, such as 2025-07-01T12:00:00Z",)


def test_an_order_until_a_number_is_refused_without_saying_it() -> None:
    order = next(iter(load_law().orders.values())).model_dump(exclude_none=True) | {"expires_at": 20_260_615}
    with pytest.raises(PolicyError, match="expires_at") as refused:
        draft_order(order, load_law(), at=datetime.now(UTC))
    assert "20260615" not in str(refused.value)
