"""A passport of less than the full term does not prove citizenship, whatever unsigned dates come with it."""

from dataclasses import replace
from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from comity.documents.inspect import inspect_document
from comity.documents.synthetic_issuer.sample_license import make_license_barcode
from comity.documents.synthetic_issuer.utopia_authority import make_authority, make_signer
from comity.documents.synthetic_issuer.utopia_passport import Passport, make_trust, make_zone
from comity.law.worth import load_evidence_table
from comity.model.document import OfficerObservation, PresentedDocument, Proposition
from comity.model.finding import Outcome

AS_OF = date(2026, 11, 28)
AUTHORITY = make_authority(country="US")
SIGNER = make_signer(AUTHORITY, country="US")
TRUST = make_trust(AUTHORITY)
ROWS = load_evidence_table().rows("us-passport-book", AS_OF)
OFFICER = OfficerObservation(AS_OF, no_endorsement=True)


def _book(expiry: str) -> PresentedDocument:
    made = Passport(zone=make_zone(issuer="USA", nationality="USA", expiry=expiry), signer=SIGNER)
    return made.present("us-passport-book", officer=OFFICER)


FULL, LIMITED = _book("360415"), _book("270415")


def _citizen(presented: PresentedDocument, issued_on: str) -> Outcome:
    typed = replace(presented, typed={"issued_on": issued_on})
    return inspect_document(typed, ROWS, TRUST, AS_OF).conclusion(Proposition.US_CITIZEN).outcome


def test_a_full_term_is_met_by_its_own_date_of_issue() -> None:
    assert _citizen(FULL, "2026-04-16") is Outcome.MET
    assert _citizen(LIMITED, "2026-04-16") is Outcome.UNDETERMINED


@settings(max_examples=80, deadline=None)
@given(st.dates())
@example(date(1, 1, 1))
@example(date(1974, 8, 12))
@example(date(2017, 4, 15))
@example(date(2017, 4, 16))
@example(date(9999, 12, 31))
def test_no_typed_date_of_issue_makes_a_limited_passport_one_of_full_term(issued_on: date) -> None:
    assert _citizen(LIMITED, issued_on.isoformat()) is not Outcome.MET


@settings(max_examples=20, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2026, 11, 28)))
@example(date(2017, 4, 16))
def test_no_barcode_of_another_paper_dates_a_passport(issued_on: date) -> None:
    barcode = make_license_barcode(born_on=date(1974, 8, 12), issued_on=issued_on, expires_on=date(2030, 1, 1))
    assert _citizen(replace(LIMITED, barcode=barcode), "2026-04-16") is not Outcome.MET
    assert _citizen(replace(LIMITED, barcode=barcode), "") is not Outcome.MET
