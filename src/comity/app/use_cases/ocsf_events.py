"""Write entries of a published ledger as events of the Open Cybersecurity Schema Framework, for a monitoring system.

    release, hold, refusal and everything else about requests    API Activity (6003), by Comity itself
    filing, order                                                Entity Management (3004), by the key that filed it

Guarantees: no more than the published ledger says: commitments stay closed, and a batch has its salted name. The same
entries give the same bytes. Answers have no event of their own: the release says how many there are.
Does not: name a requester or an address on the network, which the ledger does not: the source is the program.
Basis: OCSF 1.3, classes 6003 and 3004; docs/spec/ledger.md.
Start at `format_events`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from comity import __version__

OCSF_VERSION = "1.3.0"
_API_ACTIVITY, _ENTITY_MANAGEMENT = 6003, 3004
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_ACTIVITY_BY_KIND = {"release": _READ, "destruction": _DELETE, "purge": _DELETE, "hold": _OTHER, "refusal": _OTHER}
_ACTIVITY_BY_STEP = {"entered": _CREATE, "withdrawn": _DELETE}
_ACTIVITY_NAMES = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete", _OTHER: "Other"}
_SUCCESS, _FAILURE = 1, 2
_FAILED_KINDS = frozenset({"hold", "refusal"})
_INFORMATIONAL, _LOW = 1, 2


def format_events(entries: pa.Table) -> Iterator[str]:
    """Yield an event as a line of JSON for each entry but answers, in the order of the ledger."""
    for row in entries.to_pylist():
        if row["kind"] != "answer":
            yield json.dumps(make_event(row), sort_keys=True) + "\n"


def make_event(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of one entry, a row of `ENTRIES_SCHEMA`."""
    is_filing = row["kind"] in {"filing", "order"}
    own = _make_entity_event(row) if is_filing else _make_api_event(row)
    kind, activity = str(row["kind"]), int(own["activity_id"])
    is_failed = kind in _FAILED_KINDS
    unmapped = {
        name: row[name]
        for name in ("agreement", "rows", "rules", "orders", "order", "recall", "rehearsal")
        if row[name] is not None
    }
    return own | {
        "activity_name": _ACTIVITY_NAMES[activity] if activity != _OTHER else kind,
        "type_uid": int(own["class_uid"]) * 100 + activity,
        "severity_id": _LOW if is_failed else _INFORMATIONAL,
        "status_id": _FAILURE if is_failed else _SUCCESS,
        "time": _to_milliseconds(row["as_of"]),
        "message": f"{kind} in the ledger",
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "Comity", "vendor_name": "Comity", "version": __version__},
            "log_name": "ledger",
            "sequence": int(row["entry"]),
            "uid": str(row["entry"]),
        },
        "unmapped": unmapped,
    }


def _make_api_event(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(row["kind"])
    event: dict[str, Any] = {
        "activity_id": _ACTIVITY_BY_KIND.get(kind, _OTHER),
        "category_uid": _API_ACTIVITY // 1000,
        "class_uid": _API_ACTIVITY,
        "actor": {"app_name": "comity"},
        "api": {"operation": kind, "service": {"name": "comity"}},
        "src_endpoint": {"svc_name": "comity"},
    }
    resources = [{"type": name, "uid": str(row[name])} for name in ("batch", "recall") if row[name] is not None]
    return event | {"resources": resources} if resources else event


def _make_entity_event(row: Mapping[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {
        "activity_id": _ACTIVITY_BY_STEP.get(str(row["step"]), _UPDATE),
        "category_uid": _ENTITY_MANAGEMENT // 1000,
        "class_uid": _ENTITY_MANAGEMENT,
        "entity": {"type": str(row["act"] or row["kind"]), "uid": str(row["order"] or row["filing"])},
        "comment": str(row["step"]),
    }
    return event if row["by"] is None else event | {"actor": {"user": {"uid": str(row["by"])}}}


def _to_milliseconds(as_of: str | None) -> int:
    return 0 if as_of is None else int(datetime.fromisoformat(as_of).timestamp() * 1000)
