"""A filing: one step that a person took about a court order, or about anything else that opens, loosens or erases.

Guarantees: an act that opens, loosens or erases has effect only once a second person confirmed it; an act that closes
has effect at once.
Does not: replay filings (`law.filing_register`), store them (`store.filings`) or take them from people (`orders`).
Basis: ADR 0012 and ADR 0025.
Start at `Filing`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """What a filing is about. The values are public: entries of the ledger show them."""

    ORDER = "order"
    SUPPRESSION = "suppression"
    SUPPRESSION_LIFT = "suppression_lift"
    PERSON = "person"
    PERSON_REVOCATION = "person_revocation"
    SIGNER = "signer"
    SIGNER_REVOCATION = "signer_revocation"
    LAW = "law"
    SUSPENSION = "suspension"
    SUSPENSION_LIFT = "suspension_lift"
    CLEARANCE = "clearance"
    ORDER_REVIEW = "order_review"
    EXCEPTION = "exception"
    ROW_CLEARANCE = "row_clearance"
    ROW_REFUSAL = "row_refusal"
    SAFEGUARD_PLAN = "safeguard_plan"
    SAFEGUARD_PLAN_END = "safeguard_plan_end"
    NOTIFICATION = "notification"
    WITNESSES = "witnesses"
    MODEL = "model"
    INDEX = "index"
    PURGE = "purge"
    DESTRUCTION = "destruction"
    ROTATION = "rotation"
    ROLE = "role"
    ROLE_END = "role_end"
    STOP = "stop"
    STOP_LIFT = "stop_lift"


CLOSING_ACTS = frozenset(
    {
        Act.SUPPRESSION,
        Act.PERSON_REVOCATION,
        Act.SIGNER_REVOCATION,
        Act.SUSPENSION,
        Act.ROW_REFUSAL,
        Act.SAFEGUARD_PLAN_END,
        Act.ROLE_END,
        Act.STOP,
    }
)
"""The acts that have effect as soon as one person enters them, because they can only close."""


class FilingStep(StrEnum):
    """What a person did about the act."""

    ENTERED = "entered"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    SERVED = "served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One step. `by` is the RFC 7638 thumbprint of the key that signed it, `name` whose key that is.

    `subject` is a court order's id, or else the number of the filing: the ledger entry of its first step. `device` says
    from where the person filed, as the program saw it. `content` is canonical JSON: what is filed for ENTERED, the
    service for SERVED, null otherwise. `entry` is the step's ledger entry, whose commitment `salt` opens; `signature`
    is the detached JWS over `ledger.leaf.encode_filing_payload`.
    """

    entry: int
    act: Act = Act.ORDER
    subject: str
    step: FilingStep
    by: str
    name: str
    device: str = ""
    at: datetime
    content: str
    salt: bytes
    signature: str

    @property
    def number(self) -> int:
        """Return the number of the filing that the step is about; for acts other than ORDER."""
        return int(self.subject)

    @property
    def parsed_content(self) -> Any:
        """Return the content as data."""
        return json.loads(self.content)
