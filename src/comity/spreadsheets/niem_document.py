"""Read requests in a profile of NIEM 6 in JSON: names and addresses as NIEM Core has them, everything else as ours.

Guarantees: no member is taken that the profile does not have, so nothing about a person but name, taxpayer number and
address comes in with it; members that are not taken refuse the document.
Basis: docs/spec/niem-requests.schema.json; NIEM Core 6.0 (PersonNameType, AddressType, StreetType, StateType).
Start at `read_niem_document`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comity.model.request_fields import REQUEST_FIELDS
from comity.spreadsheets.sheet import Cell, Sheet, SheetRow, unreadable_sheet
from comity.spreadsheets.text_table import read_table_bytes
from comity.strict_json import parse_strict_json

CONTEXT = {"nc": "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/", "comity": "urn:comity:request:2"}
REQUESTS_MEMBER = "comity:Request"
_NAME, _ADDRESS = ("nc:Person", "nc:PersonName"), ("nc:Location", "nc:Address")
ZIP_EXTENSION = (*_ADDRESS, "nc:AddressPostalExtensionCode")
PATHS: dict[str, tuple[str, ...]] = {
    "first_name": (*_NAME, "nc:PersonGivenName"),
    "middle_name": (*_NAME, "nc:PersonMiddleName"),
    "last_name": (*_NAME, "nc:PersonSurName"),
    "suffix": (*_NAME, "nc:PersonNameSuffixText"),
    "tin": ("nc:Person", "nc:PersonTaxIdentification", "nc:IdentificationID"),
    "street": (*_ADDRESS, "nc:AddressStreet", "nc:StreetFullText"),
    "street2": (*_ADDRESS, "nc:AddressSecondaryUnitText"),
    "city": (*_ADDRESS, "nc:AddressCityName"),
    "state": (*_ADDRESS, "nc:AddressState", "nc:StateCode"),
    "zip": (*_ADDRESS, "nc:AddressPostalCode"),
}
"""Where NIEM Core has a column; the others are members of the request: comity: and our name."""

_ALL_PATHS = {name: PATHS.get(name, (f"comity:{name}",)) for name in REQUEST_FIELDS}
_MAX_BYTES, _MAX_LISTED = 256 * 2**20, 5
_HINT = "See docs/spec/niem-requests.schema.json for what it may have."


def read_niem_document(path: Path) -> Sheet:
    """Return the requests of a document as a table. Raises RequestError `sheet_unreadable`."""
    try:
        document = parse_strict_json(read_table_bytes(path, _MAX_BYTES).removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        message = "The file is not strict JSON in UTF-8: one object, no key twice."
        raise unreadable_sheet(message, _HINT) from error
    if not isinstance(document, dict) or document.keys() != {"@context", REQUESTS_MEMBER}:
        raise unreadable_sheet(f"The document is not an object of @context and {REQUESTS_MEMBER} alone.", _HINT)
    if document["@context"] != CONTEXT:
        raise unreadable_sheet("The document's @context is not that of NIEM Core 6.0 and of requests.", _HINT)
    requests = document[REQUESTS_MEMBER]
    if not isinstance(requests, list):
        raise unreadable_sheet(f"{REQUESTS_MEMBER} is not a list.", _HINT)
    rows = [_read_request(request) for request in requests]
    if faulty := [str(number) for number, row in enumerate(rows, 1) if row is None]:
        listed = ", ".join(faulty[:_MAX_LISTED]) + (", ..." if len(faulty) > _MAX_LISTED else "")
        message = f"{len(faulty):,} requests have members that the profile does not have, or values that are no text: "
        raise unreadable_sheet(f"{message}number {listed}.", _HINT)
    numbered = [SheetRow(number, row) for number, row in enumerate(rows, 1) if row is not None]
    return Sheet(REQUEST_FIELDS, numbered, 0, ("The file was read as NIEM 6 in JSON.",))


def _read_request(request: object) -> list[Cell] | None:
    """Return a request's cells in the order of the columns; None when it has anything else."""
    if not isinstance(request, dict):
        return None
    leaves = dict(_list_leaves(request))
    if not all(isinstance(value, str) for value in leaves.values()) or not leaves.keys() <= _known_paths():
        return None
    cells = [Cell(leaves.get(_ALL_PATHS[name], "")) for name in REQUEST_FIELDS]
    if extension := leaves.get(ZIP_EXTENSION, "").strip():
        position = REQUEST_FIELDS.index("zip")
        cells[position] = Cell(f"{cells[position].text.strip()}-{extension}")
    return cells


def _known_paths() -> set[tuple[str, ...]]:
    return {*_ALL_PATHS.values(), ZIP_EXTENSION}


def _list_leaves(value: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value that is no object, with the keys that lead to it; an empty object is one, too."""
    for key, member in value.items():
        if isinstance(member, dict) and member and len(path) < 4:
            yield from _list_leaves(member, (*path, key))
        else:
            yield (*path, key), member
