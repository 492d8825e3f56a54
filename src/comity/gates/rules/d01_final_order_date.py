"""D01: the final order of removal, and 90 days since.

Basis: 8 USC 1253(a)(1); docs/law-notes.md 1.7; failure mode D01.
"""

import re
from datetime import date

import numpy as np

from comity.columns.buffers import Int8s
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, met_where
from comity.gates.text.citations import extract_citations, is_within
from comity.law import Agreement
from comity.model.finding import Outcome

_finding = FindingBuilder("d01_final_order_date", "8 USC 1253(a)(1)")
_ISO_DATE, _US_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)"), re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def d01_final_order_date(facts: Facts, rows: RequestColumns) -> Int8s:
    """The final order of removal has a real date, at least 90 days before the request where the offense needs that.

    MET: such a date (2024-05-31 or 5/31/2024). The 90 days count for 8 USC 1253(a)(1)(A), and for (a)(1) cited
    without a paragraph, which rests on (A); not for (B), (C) and (D).
    NOT_MET: missing, not a date of the calendar, later than the request, before the earliest date the agreement
    accepts, or too recent. UNDETERMINED: the agreement is not on file.
    NOT_APPLICABLE: the agreement does not ask for it.
    """
    agreement = facts.agreement
    if agreement is None:
        return np.full(rows.num_rows, Outcome.UNDETERMINED, dtype=np.int8)
    if not facts.requires_column("final_order_date"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    earliest = agreement.earliest_final_order.effective_from if agreement.earliest_final_order else date.min

    def age_in_days(text: str) -> int:
        day = parse_date(text)
        if day is None or day < earliest or day > facts.requested_on:
            return -1
        return min((facts.requested_on - day).days, 127)

    age = rows.dictionary_column("final_order_date").map_to_int8(age_in_days)
    needed = rows.dictionary_column("statute").map_to_int8(lambda statute: required_wait_days(agreement, statute))
    return met_where((age >= 0) & (age >= needed))


def parse_date(text: str) -> date | None:
    """Parse a day written 2024-05-31 or 5/31/2024; return None for anything else, such as February 30.

    >>> parse_date("2/29/2024"), parse_date("2023-02-29")
    (datetime.date(2024, 2, 29), None)
    """
    iso, us = _ISO_DATE.fullmatch(text), _US_DATE.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        return date(int(us[3]), int(us[1]), int(us[2])) if us else None
    except ValueError:
        return None


def required_wait_days(agreement: Agreement, statute: str) -> int:
    """Return how many days must lie between the final order and the request, for a statute as the row cites it."""
    days = 0
    for offense in agreement.statutes:
        provisions = [p for citation in (offense.citation, *offense.also) for p in extract_citations(citation)]
        exempt = [f"{provision}({letter})" for provision in provisions for letter in offense.paragraphs_without_delay]
        cited = extract_citations(statute)
        if not cited or not all(any(is_within(citation, provision) for provision in exempt) for citation in cited):
            days = max(days, offense.days_after_final_order or 0)
    return days


RULE = Rule(
    _finding.rule,
    "D01",
    _finding.citation,
    ("usc8-1253-a-1", "usc8-1253-a-1-A", "usc8-1253-a-1-B", "usc8-1253-a-1-C", "usc8-1253-a-1-D"),
    rows=d01_final_order_date,
)
