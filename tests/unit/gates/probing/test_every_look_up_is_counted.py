"""Whatever may be looked up is counted: a row that the rules about probing do not count is refused by another rule."""

from collections.abc import Mapping

import numpy as np

from comity.normalize.name_parser import ONE_NAME_MARKS, ROLE_SURNAMES
from tests.support.gate_batches import evaluate_batch, make_batch

PROBING_RULES = ("a12", "p11", "p12", "p13", "p14", "p15", "p16", "p17")
WORDS_FOR_NAMES = (
    *ONE_NAME_MARKS.split("|"),
    *ROLE_SURNAMES,
    *("Unknown", "unk.", "Not Given", "N/A", "TBD", "XX", "XXX", "Refused", "Resident", "Occupant", "Respondent"),
    *("Adult 1", "ADULT", "Baby Boy", "Baby", "Infant", "Female", "Male", "Wife", "Mother", "Inmate", "Apellido"),
    *("Sin Nombre", "Surname", "Head of House", "Lady of the Home", "12", "0", "-", "?", "J", "J R", "J.R.", "U", "O"),
    *("Null", "Nil", "Na", "Dr.", "Mrs", "Jr", "III", "Esq", "MD", "de la", "Abdul", "(Ana)", "& Ana", "Ana &"),
    *("王", "Я", "ሰላም", "ᴀɴᴀ", "\u200bAna", "\ufeff", "a\u0301", "😀", "Ana\x00", "1na", "Ana" * 200, "Female Ana"),
)  # fmt: skip
STREETS = (
    *("12 Elm St", "12", "Elm St", "12 N", "N 12", "12 St", "PO Box 9", "Box", "PO Box", "RR 2 Box 7", "RR 2", "HC 1"),
    *("PSC 1 Box 2", "Unit 5", "Apt 5", "12 Apt 5", "12-14", "12 1/2", "1st", "One Elm", "0 Elm St", "N8780 Fern Rd"),
    *("A17 Calle 1", "km 3.2", "Carr 2 km 3", "12 😀", "12 王", "c/o Ana", "General Delivery", "12 Elm St " * 30),
)


def _uncounted_and_not_refused(*rows: Mapping[str, str | None]) -> list[Mapping[str, str | None]]:
    """Return the rows that no rule about probing counts, and that no other rule refuses."""
    own_case = [
        {"case_number": f"24-{n}", "reason": f"Count {n} turns on the residence", **row} for n, row in enumerate(rows)
    ]
    findings = evaluate_batch(make_batch(own_case))
    assert findings.request_digests is not None
    has_entry = np.isin(np.arange(len(rows)), findings.request_digests.entry_row)
    is_counted = findings.request_digests.is_counted & has_entry
    row_findings = findings.row_findings
    others = [
        [rule for rule in row_findings.rules_in_mask(int(mask)) if not rule.startswith(PROBING_RULES)]
        for mask in row_findings.not_met
    ]
    assert any(others)
    assert is_counted.any()
    return [row for row, counted, rules in zip(rows, is_counted, others, strict=True) if not counted and not rules]


def test_a_row_whose_name_is_not_counted_is_refused() -> None:
    one_field = [{field: word} for word in WORDS_FOR_NAMES for field in ("first_name", "last_name")]
    both = [{"first_name": first, "last_name": last} for first in WORDS_FOR_NAMES for last in WORDS_FOR_NAMES]
    assert _uncounted_and_not_refused({}, *one_field, *both) == []


def test_a_row_whose_address_is_not_counted_is_refused() -> None:
    places: list[Mapping[str, str | None]] = [
        {}, {"zip": None}, {"city": None}, {"city": None, "state": None}, {"zip": None, "state": None},
        {"zip": "00000"}, {"city": "Nowhere at all"}, {"state": "AE", "city": "APO", "zip": "09012"},
    ]  # fmt: skip
    rows = [{"street": street, **place} for street in STREETS for place in places]
    halves = [{"street": None, "street2": street} for street in STREETS]
    assert _uncounted_and_not_refused(*rows, *halves) == []
