"""The law as dated data: statutes, agreements, court orders and agencies, and the loader that types them.

Guarantees: nothing loads without a citation and without words whose SHA-256 is on file beside them. Every element has
the dates on which it takes effect, was recorded and was last checked. `Law.fingerprint` covers all of it.
Does not: decide anything about a batch (`gates` does), or give legal advice. Where an element is marked INF (our
inference) or GK (not verified), counsel must confirm it before anyone relies on it.
Basis: ADR 0011; docs/law-notes.md 1, 2 and 6.
Start at `load_law`.
"""

from comity.law.agency import Agency, SafeguardFinding, Safeguards
from comity.law.agreement import Agreement, Caps, MatchRequirements, Office, OfficeAddress, Purpose
from comity.law.corpus import Law
from comity.law.court_filings import apply_filings
from comity.law.court_order import CourtOrder, Instrument, ProhibitedAct, ServiceRecord
from comity.law.dispositions import Disposition, JudicialDistrict
from comity.law.loader import find_population, load_law, load_populations
from comity.law.matching_profile import MatchingProfile
from comity.law.official_names import is_same_official_name, official_words
from comity.law.population_profile import PopulationProfile
from comity.law.provisions import (
    CitedRecord,
    Element,
    ElementKind,
    FlaggedWords,
    Limit,
    OffenseElement,
    ProceedingKind,
    RuleCombination,
    SourceMark,
    Statute,
    compute_seal,
    find_version_in_force,
)

__all__ = [
    "Agency",
    "Agreement",
    "Caps",
    "CitedRecord",
    "CourtOrder",
    "Disposition",
    "Element",
    "ElementKind",
    "FlaggedWords",
    "Instrument",
    "JudicialDistrict",
    "Law",
    "Limit",
    "MatchRequirements",
    "MatchingProfile",
    "OffenseElement",
    "Office",
    "OfficeAddress",
    "PopulationProfile",
    "ProceedingKind",
    "ProhibitedAct",
    "Purpose",
    "RuleCombination",
    "SafeguardFinding",
    "Safeguards",
    "ServiceRecord",
    "SourceMark",
    "Statute",
    "apply_filings",
    "compute_seal",
    "find_population",
    "find_version_in_force",
    "is_same_official_name",
    "load_law",
    "load_populations",
    "official_words",
]
