"""The law as dated data: statutes, agreements, court orders and agencies, and the small loader that types them.

Guarantees: nothing loads without a citation and without words whose SHA-256 is on file beside them; every element
carries when it takes effect, when it was recorded, and when it was last checked; `Law.fingerprint` names all of it.
Does not: decide anything about a batch (that is `gates`), nor give legal advice: where an element is marked INF
(our inference) or GK (not verified), counsel must confirm it before anyone relies on it.
Basis: stack.md 2.2; law.md sections 1, 2 and 6.
Start at `load`.
"""

from comity.law.agreement import Agreement, Caps, MatchPolicy, Office, OfficeAddress, Purpose
from comity.law.cited import Cited, Deciding, Element, Kind, Limit, Mark, Statute, in_force, sha256_of
from comity.law.filing import Filing, Step, with_filings
from comity.law.loader import load
from comity.law.matching import MatchingProfile
from comity.law.order import Act, District, Instrument, Order, Service, Verb
from comity.law.party import Agency, SafeguardFinding, Safeguards
from comity.law.register import Law

__all__ = [
    "Act",
    "Agency",
    "Agreement",
    "Caps",
    "Cited",
    "Deciding",
    "District",
    "Element",
    "Filing",
    "Instrument",
    "Kind",
    "Law",
    "Limit",
    "Mark",
    "MatchPolicy",
    "MatchingProfile",
    "Office",
    "OfficeAddress",
    "Order",
    "Purpose",
    "SafeguardFinding",
    "Safeguards",
    "Service",
    "Statute",
    "Step",
    "Verb",
    "in_force",
    "load",
    "sha256_of",
    "with_filings",
]
