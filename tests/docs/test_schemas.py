"""The schemas of the batch format are those that the readers' definitions give, and the readers agree with them."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from comity.errors import RequestError
from comity.intake.manifest import check_manifest
from comity.model.column_meanings import COLUMN_MEANINGS
from comity.model.request_fields import REQUEST_FIELDS
from comity.spreadsheets.niem_document import read_niem_document
from tests.support.batch_folders import make_manifest, make_row
from tests.support.requests_files import parse_here
from tools.make_schemas import FOLDER, make_schemas

SCHEMAS = make_schemas()
ROW = jsonschema_rs.validator_for(SCHEMAS["request.schema.json"])
MANIFEST = jsonschema_rs.validator_for(SCHEMAS["manifest.schema.json"], validate_formats=True)
NIEM = jsonschema_rs.validator_for(SCHEMAS["niem-requests.schema.json"])
GOOD_NIEM: dict[str, Any] = {
    "@context": SCHEMAS["niem-requests.schema.json"]["properties"]["@context"]["const"],
    "comity:Request": [
        {
            "comity:request_id": "q1",
            "nc:Person": {
                "nc:PersonName": {"nc:PersonGivenName": "Maria", "nc:PersonSurName": "Testcase"},
                "nc:PersonTaxIdentification": {"nc:IdentificationID": "123-45-6789"},
            },
            "nc:Location": {
                "nc:Address": {
                    "nc:AddressStreet": {"nc:StreetFullText": "12 Maple St"},
                    "nc:AddressSecondaryUnitText": "Apt 4",
                    "nc:AddressCityName": "Olympia",
                    "nc:AddressState": {"nc:StateCode": "WA"},
                    "nc:AddressPostalCode": "98501",
                    "nc:AddressPostalExtensionCode": "1234",
                }
            },
            "comity:tax_year": "2023",
        }
    ],
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_file_is_what_the_program_writes(name: str) -> None:
    assert json.loads((FOLDER / name).read_text(encoding="utf-8")) == SCHEMAS[name]
    if not name.endswith("tableschema.json"):
        jsonschema_rs.meta.validate(SCHEMAS[name])


def test_every_column_has_its_meaning_in_order() -> None:
    assert tuple(COLUMN_MEANINGS) == REQUEST_FIELDS
    assert [field["name"] for field in SCHEMAS["requests.tableschema.json"]["fields"]] == list(REQUEST_FIELDS)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"request_id": ""},
        {"request_id": None},
        {"request_id": "not good"},
        {"request_id": "x" * 64},
        {"request_id": "x" * 65},
        {"request_id": 7},
        {"request_id": -7},
        {"tin": 123456789},
        {"tin": 1.5},
        {"tin": True},
        {"tin": []},
        {"tin": None},
        {"street": "x" * 500},
        {"street": "x" * 501},
        {"street": "é" * 500},
        {"street": "a\nb"},
        {"street": "a\tb"},
        {"street": "a\u007fb"},
        {"reason": "a\u0000b"},
        {"citizenship": "any"},
    ],
)
def test_lint_and_the_schema_of_a_row_agree(tmp_path: Path, change: dict[str, Any]) -> None:
    row = make_row() | change
    (tmp_path / "requests.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    _, faults = parse_here(tmp_path / "requests.jsonl")
    assert ROW.is_valid(row) == (not faults), [fault.message for fault in faults]


@pytest.mark.parametrize("member", [*make_manifest(), "elements", "requests_file", "more"])
def test_lint_and_the_schema_of_the_manifest_agree(member: str) -> None:
    values: tuple[Any, ...] = (
        None,
        7,
        [],
        {},
        "",
        "no good",
        ["a"],
        [{}],
        "x" * 600,
        {"name": "a", "office": "b", "c": "d"},
    )
    for value in values:
        manifest = make_manifest(**{member: value})
        _, faults = check_manifest(json.dumps(manifest).encode())
        if member == "created_at" and value == 7:
            continue  # a number is read as seconds, and no schema says so
        assert MANIFEST.is_valid(manifest) == (not faults), (member, value, faults)
    missing = {name: value for name, value in make_manifest().items() if name != member}
    assert MANIFEST.is_valid(missing) == (not check_manifest(json.dumps(missing).encode())[1])


def test_requests_in_niem_are_read_as_rows(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(json.dumps(GOOD_NIEM), encoding="utf-8")
    row = dict(zip(REQUEST_FIELDS, read_niem_document(tmp_path / "cases.json").rows[0].cells, strict=True))
    assert NIEM.is_valid(GOOD_NIEM)
    assert {name: cell.text for name, cell in row.items() if cell.text} == {
        "request_id": "q1", "first_name": "Maria", "last_name": "Testcase", "tin": "123-45-6789",
        "street": "12 Maple St", "street2": "Apt 4", "city": "Olympia", "state": "WA", "zip": "98501-1234",
        "tax_year": "2023",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), []),
        ((), {}),
        (("@context",), {}),
        (("comity:Request",), {}),
        (("comity:Request", 0), "q1"),
        (("comity:Request", 0, "comity:tax_year"), 2023),
        (("comity:Request", 0, "comity:citizenship"), "any"),
        (("comity:Request", 0, "nc:Person"), "Maria"),
        (("comity:Request", 0, "nc:Person", "nc:PersonCitizenship"), {"nc:Text": "any"}),
        (("comity:Request", 0, "nc:Person", "nc:PersonName", "nc:PersonGivenName"), ["Maria"]),
    ],
)
def test_what_the_profile_does_not_have_is_refused(tmp_path: Path, path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(GOOD_NIEM)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if path:
        place[path[-1]] = value
    else:
        document = value
    (tmp_path / "cases.json").write_text(json.dumps(document), encoding="utf-8")
    assert not NIEM.is_valid(document)
    with pytest.raises(RequestError) as refused:
        read_niem_document(tmp_path / "cases.json")
    assert "Maria" not in refused.value.message
    assert "citizenship" not in refused.value.message.lower()
