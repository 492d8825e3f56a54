"""Explain a determination in lines of text, and as a page with a waterfall chart. For the custodian's eyes.

Guarantees: shows only what `comity explain` collected: names of levels, bits, shares; no value of a record or a
request. The page has no script and prints in black and white.
Start at `render_explanation_page`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from comity.app.pages.number_format import format_percentage, format_probability
from comity.app.pages.page_template import load_template

TERM_LABELS = {
    "address": "house number / street",
    "unit": "unit",
    "place": "ZIP code or city",
    "address_rarity": "how few live there",
    "surname": "surname",
    "surname_rarity": "how rare the surname is",
    "person": "given name / middle name",
    "person_rarity": "how rare the given names are",
    "suffix": "Jr, Sr, III",
    "tin": "taxpayer number",
}
HYPOTHESIS_LABELS = {
    "this": "the person on that record, at that address",
    "others_on_record": "another person on record",
    "family": "a member of that family who is on no record",
    "occupant": "an unrelated occupant who is on no record",
    "elsewhere": "the same name, at another address",
    "stranger": "a person on none of these records",
}
POLICY_CONDITION_LABELS = {
    "probability": "the probability reaches what the tolerated error requires",
    "address_agrees": "the address agrees by itself",
    "address_known": "the record's own address has its number or box",
    "given_name_agrees": "a given name is on both sides and not unrelated",
    "same_name": "the names are one person's: no letter of difference makes another name",
    "nobody_nearly_as_likely": "no other person on record is nearly as likely",
    "everybody_compared": "every record of that address and name was compared",
    "number_is_exact": "the house number is exactly the same",
    "surname_agrees": "the surnames are not unrelated",
    "counted_as_one": "the history counts the request as one about that record",
}


_BAR_AREA_LEFT, _BAR_AREA_WIDTH = 330, 520  # pixels
_GRID_BITS, _WIDE_GRID_BITS, _MAX_BITS_OF_NARROW_GRID = 5, 10, 60


@dataclass(frozen=True, slots=True)
class WaterfallBar:
    """One bar: its label, its bits, and in pixels where it starts, how wide it is, and where the next one starts."""

    label: str
    bits: float
    x: float
    width: float
    end: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The chart: a bar for each term, the bar of their sum, and the grid's ticks (bits, x in pixels)."""

    rows: tuple[WaterfallBar, ...]
    total: WaterfallBar
    ticks: tuple[tuple[int, float], ...]


def format_explanation(facts: Mapping[str, Any]) -> list[str]:
    """Return the explanation as lines of text."""
    total = sum(term["bits"] for term in facts["terms"])
    rehearsed_as_of = facts["rehearsed_as_of"]
    return [
        *([f"A rehearsal by the law as of {rehearsed_as_of}: not for use."] if rehearsed_as_of else []),
        f"{facts['request_id']}: {facts['outcome']}, probability {format_probability(facts['match_probability'])}",
        *_format_range(facts),
        "",
        *(f"  {_format_term(term):<56} {term['bits']:>+8.2f} bits" for term in facts["terms"]),
        f"  {'together, for the person on that record':<56} {total:>+8.2f} bits",
        "",
        "Who the request may be about:",
        *(f"  {HYPOTHESIS_LABELS[h['name']]:<56} {format_percentage(h['share']):>10}" for h in facts["hypotheses"]),
        "",
        f"A match needs (probability at least {facts['confirm_probability']}):",
        *(f"  [{'x' if is_met else ' '}] {POLICY_CONDITION_LABELS[name]}" for name, is_met in facts["policy"].items()),
        "",
        f"model {facts['model']}",
        f"index {facts['index']}",
        f"population {facts['population']['id']} {facts['population']['sha256']}",
    ]


def render_explanation_page(facts: Mapping[str, Any]) -> str:
    """Render the explanation as one HTML page."""
    return load_template("explanation.html.j2").render(
        facts=facts,
        range_sentence="".join(_format_range(facts)).strip(),
        waterfall=_lay_out_waterfall(facts["terms"]),
        hypotheses=HYPOTHESIS_LABELS,
        policy=POLICY_CONDITION_LABELS,
    )


def _format_range(facts: Mapping[str, Any]) -> list[str]:
    """Return the sentence about both ends of the profile's ranges; none where they give one probability."""
    most = facts["match_probability_at_most"]
    if most == facts["match_probability"]:
        return []
    return [
        f"  claimed at the least favorable end of the population profile; at the other end {format_probability(most)}"
    ]


def _format_term(term: Mapping[str, Any]) -> str:
    return f"{TERM_LABELS[term['name']]}{': ' + term['level'].replace('_', ' ') if term['level'] else ''}"


def _lay_out_waterfall(terms: Sequence[Mapping[str, Any]]) -> Waterfall:
    """Lay out the chart: each bar begins where the one before it ended."""
    sums = [0.0]
    for term in terms:
        sums.append(sums[-1] + term["bits"])
    low = math.floor(min(sums) / _GRID_BITS) * _GRID_BITS
    high = math.ceil(max(sums) / _GRID_BITS) * _GRID_BITS
    pixels_per_bit = _BAR_AREA_WIDTH / max(high - low, 1)

    def to_x(bits: float) -> float:
        return round(_BAR_AREA_LEFT + (bits - low) * pixels_per_bit, 1)

    rows = [
        WaterfallBar(
            label=_format_term(term),
            bits=term["bits"],
            x=to_x(min(start, end)),
            width=round(max(abs(end - start) * pixels_per_bit, 1), 1),
            end=to_x(end),
        )
        for term, (start, end) in zip(terms, pairwise(sums), strict=True)
    ]
    total = WaterfallBar(
        label="together",
        bits=sums[-1],
        x=to_x(min(0, sums[-1])),
        width=round(abs(sums[-1]) * pixels_per_bit, 1),
        end=to_x(sums[-1]),
    )
    step = _GRID_BITS if high - low <= _MAX_BITS_OF_NARROW_GRID else _WIDE_GRID_BITS
    return Waterfall(tuple(rows), total, tuple((bits, to_x(bits)) for bits in range(low, high + 1, step)))
