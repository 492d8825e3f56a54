"""Render the two steps of a case: first the addresses, then, if they are one, the names.

Guarantees: the first step has no name in it and the second no address; both depend on the content alone. Where both
sides are equal the first step says so and does not repeat the value: a difference is looked for where there is one.
Start at `render_address_step`.
"""

from typing import Any

from comity.model.review_case import CaseContent

EQUAL, DIFFERENT, MISSING = "same", "different", "on one side only"


def render_address_step(content: CaseContent) -> dict[str, Any]:
    """Return the fields of both addresses, each with how they relate; equal values are left out."""
    rows = []
    for name, requested in content.requested_address.items():
        recorded = content.recorded_address.get(name)
        if not requested and not recorded:
            continue
        relation = EQUAL if requested == recorded else DIFFERENT if requested and recorded else MISSING
        values = {} if relation == EQUAL else {"requested": requested, "recorded": recorded}
        rows.append({"field": name, "relation": relation, **values})
    return {"step": "address", "fields": rows}


def render_person_step(content: CaseContent) -> dict[str, Any]:
    """Return the requested name, and the name of each candidate with how its number relates, in the case's order."""
    candidates = [{"name": dict(c.name), "number": str(c.number)} for c in content.candidates]
    return {"step": "person", "requested": dict(content.requested_name), "candidates": candidates}
