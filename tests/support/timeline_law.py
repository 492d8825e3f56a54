"""The shipped court orders with four more: one that ended, one that was stayed for a time, one that is pending."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from comity.law import Law, load_law
from tests.support.rule_cases import build_order

NOW = datetime(2026, 11, 25, tzinfo=UTC)
AGREEMENT = "irs-ice-2025"


def load_busy_law() -> Law:
    """Return the shipped law with the four more orders, of which T4 is pending."""
    orders: list[dict[str, Any]] = [
        {
            "id": "T1",
            "instruments": ["tro"],
            "dated": date(2025, 6, 1),
            "binds": ["irs", "ice"],
            "prohibits": ["disclose"],
            "expires_at": _midnight(2025, 6, 15),
            "served": [{"party": "irs", "at": _midnight(2025, 6, 3)}],
            "case_name": "<b>&",
        },
        {
            "id": "T2",
            "instruments": ["counsel_entry"],
            "dated": date(2025, 8, 1),
            "acts_on": [{"order": "T1", "how": "expired", "effective_at": _midnight(2025, 8, 1)}],
        },
        {
            "id": "T3",
            "instruments": ["appellate_stay"],
            "dated": date(2026, 3, 20),
            "expires_at": _midnight(2026, 6, 1),
            "acts_on": [{"order": "O2", "how": "stayed", "effective_at": _midnight(2026, 3, 20)}],
        },
        {
            "id": "T4",
            "instruments": ["preliminary_injunction"],
            "dated": date(2026, 9, 1),
            "binds": ["treasury"],
            "prohibits": ["disclose"],
            "districts": [{"name": "D. Mass.", "states": ["MA"]}],
        },
    ]
    return replace(load_law([build_order(order) for order in orders]), pending=frozenset({"T4"}))


def _midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
