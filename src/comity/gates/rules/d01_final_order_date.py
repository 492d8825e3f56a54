"""D01: the final order of removal, and more than 90 days since.

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
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = (
    "(?P<month>JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|SEPT?(?:EMBER)?|"
    "OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?)"
)
_DATE_FORMS = tuple(
    re.compile(form)
    for form in (
        # 2024-05-31, 2024-05-31T00:00:00.000Z, 2024-05-31 00:00:00, 20240531
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        # 5/31/2024, 5/31/2024 12:00:00 AM
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?: (?:0?0|12):00(?::00)?(?: ?AM)?)?",
        # 31-MAY-2024, 31 May 2024, May 31, 2024
        rf"(?P<day>\d{{1,2}})[- ]{_MONTH}[- ,]+(?P<year>\d{{4}})",
        rf"{_MONTH}\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
    )
)


def d01_final_order_date(facts: Facts, rows: RequestColumns) -> Int8s:
    """The final order of removal has a real date, more than 90 days before the request where the offense needs that.

    MET: such a date, written as 2024-05-31, 5/31/2024 (month first), May 31, 2024 or 31 May 2024. The offense of
    8 USC 1253(a)(1)(A) is failing to depart within 90 days, so day 90 is the last lawful day and day 91 the first of
    the offense; the same for (a)(1) cited without a paragraph, which rests on (A); not for (B), (C) and (D).
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
    return met_where((age >= 0) & ((needed == 0) | (age > needed)))


def parse_date(text: str) -> date | None:
    """Parse a day as people and systems write it; return None for anything else, such as February 30.

    Taken are 2024-05-31 and 20240531, the first with midnight after it, 5/31/2024 (the month first), 31-MAY-2024,
    31 May 2024 and May 31, 2024. A time of day other than midnight, a year of two digits and a day before the month are
    not: what they mean is not sure.

    >>> parse_date("2/29/2024"), parse_date("2023-02-29"), parse_date("31-may-2024")
    (datetime.date(2024, 2, 29), None, datetime.date(2024, 5, 31))
    """
    found = next((match for form in _DATE_FORMS if (match := form.fullmatch(text.upper()))), None)
    if found is None:
        return None
    month = found["month"]
    try:
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
        return date(int(found["year"]), number, int(found["day"]))
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
    columns=("final_order_date", "statute"),
)
