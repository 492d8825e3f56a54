"""Show on synthetic data what papers prove and what two candidate rules would do.

Three papers are inspected: a passport of a fictitious state as it was issued; the same passport with another
nationality on the page and in the chip, every check digit of which still agrees; and a license's barcode. Two candidate
rules are then assessed on synthetic customers.

Guarantees: every outcome and figure comes from this run; no rule is applied.
Start at `demonstrate_papers`.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from comity.app.pages.demo_page import InspectedPaper, PaperDemo
from comity.assess import AssessmentInputs, assess_rules
from comity.assess.synthetic import write_synthetic_customers
from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.sample_license import make_license_barcode
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_trust, make_zone
from comity.documents.trust.path import Trust
from comity.law.candidate import find_candidate
from comity.law.worth import load_evidence_table
from comity.model.document import PresentedDocument
from comity.model.progress import ProgressCallback

PAPERS_AS_OF = date(2026, 11, 28)
DEMO_RULES = ("passport-only-all", "proof-list-link")
_ISSUED, _FORGED = "UTO", "CHE"
_STAGES = ("inspect papers", "simulate customers")


def demonstrate_papers(work: Path, *, customers: int, seed: int, progress: ProgressCallback) -> PaperDemo:
    """Inspect three papers, write `customers` synthetic customers below `work`, and assess two rules on them."""
    progress(_STAGES[0], 0.0)
    papers = _inspect_papers()
    progress(_STAGES[0], 1.0)
    progress(_STAGES[1], 0.0)
    file = work / "customers.parquet"
    write_synthetic_customers(file, customers, seed, PAPERS_AS_OF)
    progress(_STAGES[1], 1.0)
    rules = [find_candidate(name) for name in DEMO_RULES]
    return PaperDemo(papers, assess_rules(file, rules, AssessmentInputs(PAPERS_AS_OF, seed), progress))


def _inspect_papers() -> tuple[InspectedPaper, ...]:
    trust = make_trust(as_of=PAPERS_AS_OF)
    issued_zone = make_zone(nationality=_ISSUED)
    issued = Passport(zone=issued_zone)
    forged = replace(issued, zone=make_zone(nationality=_FORGED), signed_zone=issued_zone)
    barcode = make_license_barcode(born_on=date(1986, 6, 6), issued_on=date(2024, 6, 6), expires_on=date(2032, 6, 6))
    return (
        _inspect("Passport of Utopia, as issued", issued.present(), trust),
        _inspect("The same passport, another nationality written on page and chip", forged.present(), trust),
        _inspect("Driver's license, its barcode", PresentedDocument("driver-license", barcode=barcode), trust),
    )


def _inspect(title: str, presented: PresentedDocument, trust: Trust) -> InspectedPaper:
    rows = load_evidence_table().rows(presented.kind, PAPERS_AS_OF)
    return InspectedPaper(title, inspect_document(presented, rows, trust, PAPERS_AS_OF))
