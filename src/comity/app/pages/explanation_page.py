"""An explanation in words, and as a page with a waterfall picture. For the custodian's eyes.

Guarantees: only what `comity explain` collected: names of levels, bits, shares; no value of a record or a request. The
page holds no script and prints in black and white.
Start at `page`.
"""

import math
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

TERM_LABELS = {
    "address": "house number / street", "unit": "unit", "place": "ZIP code or city", "address_rarity": "how few live there",
    "surname": "surname", "surname_rarity": "how rare the surname is", "person": "given name / middle name",
    "person_rarity": "how rare the given names are", "suffix": "Jr, Sr, III", "tin": "taxpayer number",
}  # fmt: skip
HYPOTHESIS_LABELS = {
    "this": "the person on that record, at that address",
    "others_on_record": "somebody else on record",
    "family": "a member of that family who is on no record",
    "occupant": "an unrelated occupant who is on no record",
    "elsewhere": "the same name, at another address",
    "stranger": "nobody on these records",
}
POLICY_CONDITION_LABELS = {
    "probability": "the probability reaches what the tolerated error asks for",
    "address_agrees": "the address agrees by itself",
    "address_known": "the record's own address has its number or box",
    "given_name_agrees": "a given name is on both sides and not unrelated",
    "nobody_nearly_as_likely": "nobody else on record is nearly as likely",
    "everybody_compared": "everybody of that address and name was compared",
    "number_is_exact": "the house number is the very same",
    "surname_agrees": "the surnames are not unrelated",
}


def format_explanation(facts: dict[str, Any]) -> list[str]:
    """The explanation as lines of text."""
    said = [f"{facts['request_id']}: {facts['outcome']}, probability {facts['match_probability']:.4f}", ""]
    said += [f"  {_term_label(term):<56} {term['bits']:>+8.2f} bits" for term in facts["terms"]]
    total = sum(term["bits"] for term in facts["terms"])
    said += [
        f"  {'together, for the person on that record':<56} {total:>+8.2f} bits",
        "",
        "Who the request may be about:",
    ]
    said += [f"  {HYPOTHESIS_LABELS[h['name']]:<56} {h['share']:>8.3%}" for h in facts["hypotheses"]]
    said += ["", f"A match needs (probability at least {facts['confirm_probability']}):"]
    said += [f"  [{'x' if met else ' '}] {POLICY_CONDITION_LABELS[name]}" for name, met in facts["policy"].items()]
    return [*said, "", f"model {facts['model']}", f"index {facts['index']}"]


def render_explanation_page(facts: dict[str, Any]) -> str:
    """The explanation as one HTML page."""
    environment = Environment(
        loader=PackageLoader("comity.app.pages", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )
    template = environment.get_template("explanation.html.j2")
    return template.render(
        facts=facts,
        bars=_waterfall_geometry(facts["terms"]),
        hypotheses=HYPOTHESIS_LABELS,
        policy=POLICY_CONDITION_LABELS,
    )


def _term_label(term: dict[str, Any]) -> str:
    return f"{TERM_LABELS[term['name']]}{': ' + term['level'].replace('_', ' ') if term['level'] else ''}"


def _waterfall_geometry(terms: list[dict[str, Any]]) -> dict[str, Any]:
    """The waterfall's geometry: each bar begins where the one before it ended."""
    ends = [0.0]
    for term in terms:
        ends.append(ends[-1] + term["bits"])
    low, high = math.floor(min(ends) / 5) * 5, math.ceil(max(ends) / 5) * 5
    width = 520 / max(high - low, 1)

    def x(bits: float) -> float:
        return round(330 + (bits - low) * width, 1)

    rows = [
        {"label": _term_label(t), "bits": t["bits"], "x": x(min(a, b)), "width": round(max(abs(b - a) * width, 1), 1), "end": x(b)}
        for t, a, b in zip(terms, ends, ends[1:], strict=False)
    ]  # fmt: skip
    total = {
        "label": "together",
        "bits": ends[-1],
        "x": x(min(0, ends[-1])),
        "width": round(abs(ends[-1]) * width, 1),
        "end": x(ends[-1]),
    }
    step = 5 if high - low <= 60 else 10
    return {
        "rows": rows,
        "total": total,
        "zero": x(0),
        "ticks": [(bits, x(bits)) for bits in range(low, high + 1, step)],
    }
