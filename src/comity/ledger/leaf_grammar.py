"""The grammar of leaves: which members an entry of each kind has, and the form of each.

Every form is narrow: a name or an address, a taxpayer number among other text, an answer or a count of answers has no
place to go. `docs/spec/ledger.md` has the same table, and `comity_ledger_verify` its own copy; a test compares them.

Guarantees: `verify_members` accepts exactly what the checker accepts of one entry.
Does not: compare entries with each other (answers in a row, and their release); the checker and `fsck` do.
Basis: docs/spec/ledger.md section "Entries"; 26 USC 6103(b)(2).
Start at `LEAF_GRAMMAR`.
"""

import re
from collections.abc import Mapping
from typing import Any

from comity.model.filing import Act
from comity.model.release import FIRST_LEAF_VERSION, LEAF_VERSION

_SAFE_INTEGER_LIMIT = 2**53

TEXT_FORMS = {
    "id": r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}",
    "rule": r"[a-z][a-z0-9_]{0,63}",
    "hash": r"[0-9a-f]{64}",
    "time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z",
    "step": r"entered|confirmed|withdrawn|served",
    "act": "|".join(act for act in Act if act is not Act.ORDER),
    "thumbprint": r"[A-Za-z0-9_-]{43}",
    "recall": r"recall-[0-9a-f]{16}",
    "vkey": r"[A-Za-z0-9./_-]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}",
}
"""The forms of text members, as regular expressions for the whole value."""

_OPTIONAL, _LIST, _NULL = "optional ", "list of ", " or null"
_BATCH = {"as_of": "time", "batch": "hash", "rehearsal": "flag"}
_JUDGED = {**_BATCH, "known_as_of": "optional time"}
_COMMITTED = {"as_of": "time", "commitment": "hash"}

LEAF_GRAMMAR: Mapping[str, Mapping[str, str]] = {
    "answer": {"batch": "hash", "commitment": "hash", "row": "row"},
    "release": {
        **_JUDGED,
        "agreement": "id or null",
        "commitment": "hash",
        "first_entry": "count",
        "index": "hash or null",
        "law": "hash",
        "model": "hash or null",
        "orders": "list of id",
        "rows": "count",
    },
    "hold": {**_JUDGED, "agreement": "id or null", "law": "hash", "orders": "list of id", "rules": "list of rule"},
    "refusal": {**_JUDGED, "rules": "list of rule"},
    "purge": {**_BATCH, "commitment": "hash"},
    "watch": {**_BATCH, "commitment": "hash"},
    "explanation": {**_BATCH, "commitment": "hash"},
    "subject_release": _COMMITTED,
    "recall": {**_COMMITTED, "recall": "recall"},
    "acknowledgement": {**_COMMITTED, "recall": "recall"},
    "destruction": {**_COMMITTED, "recall": "recall"},
    "inspection": _COMMITTED,
    "anchor": _COMMITTED,
    "order": {**_COMMITTED, "by": "thumbprint", "order": "id", "step": "step"},
    "filing": {**_COMMITTED, "act": "act", "by": "thumbprint", "filing": "count", "step": "step"},
    "handover": {"as_of": "time", "from": "vkey", "to": "vkey"},
}
"""Kind -> member -> form, beside `v` (2) and `kind`. A form is one of `TEXT_FORMS`, `row` (an integer from 1), `count`
(from 0), `flag` (a boolean), `list of` one, one `or null`; a member may be left out where the form is `optional`."""

FIRST_FORMS: Mapping[str, str] = {"agreement": "id", "batch": "id"}
"""The forms of members that an entry of the first version has in place of those of `LEAF_GRAMMAR`."""


def find_faults(members: Any) -> list[str]:
    """Return what the grammar does not allow in an entry, in words that quote no value; nothing when it is allowed."""
    if not isinstance(members, dict) or not isinstance(members.get("kind"), str):
        return ["it is not an object with a kind"]
    grammar = LEAF_GRAMMAR.get(members["kind"])
    if grammar is None:
        return ["it is of no known kind"]
    if members.get("v") == FIRST_LEAF_VERSION:
        grammar = {name: FIRST_FORMS.get(name, form) for name, form in grammar.items()}
    forms = {"kind": "rule", "v": "version", **grammar}
    faults = [] if set(members) <= set(forms) else ["it has a member that its kind does not have"]
    for name, form in forms.items():
        if name not in members:
            faults += [] if form.startswith(_OPTIONAL) else [f"it lacks {name}"]
        elif not _has_form(members[name], form.removeprefix(_OPTIONAL)):
            faults.append(f"its {name} is not of the form {form}")
    return faults


def verify_members(members: Mapping[str, Any]) -> None:
    """Refuse to write an entry that the grammar does not allow. Raises ValueError."""
    if faults := find_faults(dict(members)):
        raise ValueError(f"an entry is not one of the ledger's: {'; '.join(faults)}")


def _has_form(value: Any, form: str) -> bool:
    if form.endswith(_NULL):
        return value is None or _has_form(value, form.removesuffix(_NULL))
    if form.startswith(_LIST):
        return isinstance(value, list) and all(_has_form(item, form.removeprefix(_LIST)) for item in value)
    if form in TEXT_FORMS:
        return isinstance(value, str) and re.fullmatch(TEXT_FORMS[form], value) is not None
    if form == "flag":
        return isinstance(value, bool)
    if form == "version":
        return type(value) is int and value in {FIRST_LEAF_VERSION, LEAF_VERSION}
    return type(value) is int and (form == "row") <= value < _SAFE_INTEGER_LIMIT
