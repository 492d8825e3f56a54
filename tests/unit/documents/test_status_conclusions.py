"""What a paper shows by law: the table of worth and genuineness, and what no paper can show whatever it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.documents.chip.security_object import parse_security_object
from comity.documents.inspect import inspect_document
from comity.documents.status_conclusions import PaperFacts, conclude_name, conclude_person, conclude_statuses
from comity.documents.synthetic_issuer.utopia_authority import make_authority, make_signer
from comity.documents.synthetic_issuer.utopia_passport import (
    Passport,
    default_signer,
    make_group,
    make_trust,
    make_zone,
)
from comity.documents.trust.path import Trust
from comity.model.document import (
    STATUSES,
    TYPED_FIELDS,
    Basis,
    Condition,
    InspectionReport,
    OfficerObservation,
    PresentedDocument,
    Proposition,
)
from comity.model.finding import Outcome
from tests.unit.documents.cases import SAMPLE_BARCODE

AS_OF = date(2026, 11, 28)
MET, NOT_MET, UNDETERMINED, NOT_APPLICABLE = Outcome


@dataclass(frozen=True)
class Row:
    """A row of an evidence table made for a test."""

    proposition: Proposition = Proposition.US_CITIZEN
    if_genuine: Outcome = MET
    kind: str = "foreign-passport"
    issuer: str | None = None
    conditions: tuple[Condition, ...] = ()
    issued_from: date | None = None
    issued_to: date | None = None
    citation: str = "a law of Utopia"


@dataclass(frozen=True)
class Facts:
    genuine: Outcome = MET
    basis: Basis = Basis.CHIP_SIGNED
    conditions: Mapping[Condition, Outcome] = field(default_factory=dict)
    issuer: str | None = None
    issued_on: date | None = None

    def conclude(self, *rows: Row, status: Proposition = Proposition.US_CITIZEN) -> Outcome:
        paper = PaperFacts(self.genuine, self.basis, self.conditions, self.issuer, self.issued_on)
        return {found.proposition: found.outcome for found in conclude_statuses(rows, paper)}[status]


@pytest.mark.parametrize("genuine", [MET, UNDETERMINED, NOT_MET])
@pytest.mark.parametrize("if_genuine", [MET, UNDETERMINED, NOT_APPLICABLE])
def test_the_table(if_genuine: Outcome, genuine: Outcome) -> None:
    expected = MET if (if_genuine, genuine) == (MET, MET) else UNDETERMINED if if_genuine is MET else if_genuine
    assert Facts(genuine).conclude(Row(if_genuine=if_genuine)) is expected


@pytest.mark.parametrize("basis", Basis)
def test_no_status_is_met_on_less_than_a_signed_chip(basis: Basis) -> None:
    assert Facts(basis=basis).conclude(Row()) is (MET if basis >= Basis.CHIP_SIGNED else UNDETERMINED)


@pytest.mark.parametrize(("first", "second"), list(product([MET, NOT_MET, UNDETERMINED, None], repeat=2)))
def test_a_condition_that_is_not_met_leaves_it_open(first: Outcome | None, second: Outcome | None) -> None:
    named = {Condition.UNEXPIRED: first, Condition.SEAL: second}
    conditions = {condition: outcome for condition, outcome in named.items() if outcome is not None}
    expected = MET if (first, second) == (MET, MET) else UNDETERMINED
    assert Facts(conditions=conditions).conclude(Row(conditions=(Condition.UNEXPIRED, Condition.SEAL))) is expected


def test_what_would_settle_it_is_said() -> None:
    (found,) = (
        found
        for found in conclude_statuses(
            [Row(conditions=(Condition.NO_ENDORSEMENT,))], PaperFacts(UNDETERMINED, Basis.CHIP_READ, {})
        )
        if found.proposition is Proposition.US_CITIZEN
    )
    assert found.because == ("a law of Utopia",)
    assert len(found.would_settle) == 2
    assert "officer" in found.would_settle[1]


def test_a_row_for_an_issuer_goes_before_the_one_for_all() -> None:
    rows = Row(if_genuine=NOT_APPLICABLE), Row(issuer="WA")
    assert Facts(issuer="WA").conclude(*rows) is MET
    assert Facts(issuer="OR").conclude(*rows) is NOT_APPLICABLE
    assert Facts().conclude(*rows) is UNDETERMINED
    assert Facts(issuer="OR").conclude(Row(issuer="WA")) is UNDETERMINED
    assert Facts().conclude(Row(issuer="WA")) is UNDETERMINED


def test_the_day_of_issue_selects_the_row() -> None:
    change = date(2010, 7, 1)
    rows = (
        Row(),
        Row(issuer="PR", if_genuine=UNDETERMINED, issued_to=change),
        Row(issuer="PR", issued_from=change),
    )
    assert Facts(issuer="PR", issued_on=date(2010, 6, 30)).conclude(*rows) is UNDETERMINED
    assert Facts(issuer="PR", issued_on=change).conclude(*rows) is MET
    assert Facts(issuer="PR").conclude(*rows) is UNDETERMINED
    assert Facts(issuer="NY").conclude(*rows) is MET
    assert Facts(issued_on=change).conclude(*rows) is MET  # whoever issued it
    assert Facts(issued_on=date(2010, 6, 30)).conclude(*rows) is UNDETERMINED


def test_a_status_without_a_row_is_open() -> None:
    assert Facts().conclude(Row(), status=Proposition.US_NATIONAL) is UNDETERMINED


def test_rows_that_cannot_be_are_refused() -> None:
    for row in (Row(if_genuine=NOT_MET), Row(proposition=Proposition.SAME_PERSON)):
        with pytest.raises(ValueError, match="cannot say"):
            Facts().conclude(row)


def test_names_and_persons() -> None:
    assert conclude_name(True, MET, Basis.CHIP_SIGNED).outcome is MET
    for linked, genuine, basis in ((None, MET, Basis.CHIP_SIGNED), (False, MET, Basis.CHIP_SIGNED),
                                   (True, UNDETERMINED, Basis.CHIP_READ), (True, MET, Basis.TYPED)):  # fmt: skip
        assert conclude_name(linked, genuine, basis).outcome is UNDETERMINED
    assert conclude_person(Basis.CHIP_SIGNED).outcome is NOT_APPLICABLE


ZONES = st.sampled_from(
    [make_zone(), make_zone(issuer="USA", nationality="USA"), make_zone(nationality="XXA"), make_zone(expiry="120101")]
)
PASSPORTS = st.builds(
    Passport,
    zone=ZONES,
    signed_zone=st.none() | ZONES,
    signer=st.sampled_from([default_signer(), make_signer(make_authority(country="US"), country="US")]),
    flipped_signature=st.booleans(),
    wrong_digest=st.booleans(),
    signing_time=st.none() | st.sampled_from([datetime(2026, 4, 15, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)]),
)


@st.composite
def documents(draw: st.DrawFn) -> PresentedDocument:
    """Any mixture of parts, from sound ones to noise."""
    made = draw(PASSPORTS)
    groups = draw(
        st.just(made.groups())
        | st.dictionaries(st.integers(0, 20), st.binary(max_size=60), max_size=3)
        | st.just({1: make_group(1)})
    )
    return PresentedDocument(
        draw(
            st.sampled_from(["foreign-passport", "us-passport-book", "us-birth-certificate", "driver-license", "none"])
        ),
        draw(st.none() | st.text(max_size=120) | st.just(f"{made.zone[:44]}\n{made.zone[44:]}")),
        groups,
        draw(st.none() | st.binary(max_size=200) | st.just(made.security_object())),
        draw(st.none() | st.text(max_size=80) | st.just(SAMPLE_BARCODE)),
        draw(st.dictionaries(st.sampled_from(TYPED_FIELDS) | st.text(max_size=5), st.text(max_size=12), max_size=5)),
        draw(
            st.none()
            | st.builds(
                OfficerObservation,
                seen_on=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
                no_endorsement=st.none() | st.booleans(),
                seal=st.none() | st.booleans(),
                names_linked=st.none() | st.booleans(),
            )
        ),
    )


ROWS = st.lists(
    st.builds(
        Row,
        proposition=st.sampled_from(STATUSES),
        if_genuine=st.sampled_from([MET, UNDETERMINED, NOT_APPLICABLE]),
        kind=st.sampled_from(["foreign-passport", "us-passport-book", "us-birth-certificate", "driver-license"]),
        issuer=st.none() | st.sampled_from(["UTO", "USA", "VA"]),
        conditions=st.lists(st.sampled_from(Condition), max_size=2, unique=True).map(tuple),
    ),
    max_size=10,
)
TRUSTS = st.sampled_from([Trust(), make_trust(), make_trust(make_authority(country="US")), make_trust(age_days=200)])


@given(documents(), ROWS, TRUSTS)
@settings(max_examples=400, deadline=None)
def test_what_no_document_can_show(presented: PresentedDocument, rows: list[Row], trust: Trust) -> None:
    report = inspect_document(presented, rows, trust, AS_OF)
    outcomes = {found.proposition: found.outcome for found in report.conclusions}
    assert set(outcomes) == set(Proposition)
    assert outcomes[Proposition.SAME_PERSON] is not MET
    assert outcomes[Proposition.NOT_REVOKED] is not MET
    assert all(outcomes[status] is not NOT_MET for status in STATUSES)
    if report.basis < Basis.CHIP_SIGNED:
        assert all(outcomes[status] is not MET for status in STATUSES)
        assert outcomes[Proposition.ISSUED_BY] is not MET
    assert report.basis is not Basis.CHIP_GENUINE


ALL_MET = [Row(proposition=status) for status in STATUSES]


def _is_genuine(report: InspectionReport) -> bool:
    return report.conclusion(Proposition.ISSUED_BY).outcome is MET


def test_a_right_passport_shows_what_the_rows_say() -> None:
    report = inspect_document(Passport().present(), ALL_MET, make_trust(), AS_OF)
    assert report.basis is Basis.CHIP_SIGNED
    assert all(report.conclusion(status).outcome is MET for status in STATUSES)
    assert report.conclusion(Proposition.IN_VALIDITY).outcome is MET
    assert report.conclusion(Proposition.UNALTERED).outcome is MET
    assert report.conclusion(Proposition.FORM_SOUND).outcome is MET


def test_a_passed_expiry_counts_wherever_it_stands() -> None:
    expired = Passport(zone=make_zone(expiry="200101"))
    for presented in (expired.present(), replace(expired.present(), groups={}, security_object=None)):
        report = inspect_document(presented, ALL_MET, make_trust(), AS_OF)
        assert report.conclusion(Proposition.IN_VALIDITY).outcome is NOT_MET
    unsigned = replace(Passport().present(), groups={}, security_object=None)
    report = inspect_document(unsigned, ALL_MET, make_trust(), AS_OF)
    assert report.conclusion(Proposition.IN_VALIDITY).outcome is UNDETERMINED


def test_one_byte_changed_anywhere_that_is_signed_is_never_met() -> None:
    """In the list of hashes, the signed attributes, the signature, the signer's certificate, or a data group."""
    presented = Passport().present()
    data = presented.security_object
    assert data is not None
    signed = parse_security_object(data).signed
    assert signed.signer.signed_attributes is not None
    parts = (default_signer().der, signed.content, signed.signer.signed_attributes[1:], signed.signer.signature)
    still_met = [
        place
        for place in range(len(data))
        if _is_genuine(
            inspect_document(
                replace(presented, security_object=data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]),
                [],
                make_trust(),
                AS_OF,
            )
        )
    ]
    for part in parts:
        start = data.index(part)
        assert not [place for place in still_met if start <= place < start + len(part)]
    assert len(still_met) < 30  # tags, versions and the hashes announced at the beginning, which decide nothing
    for number, group in presented.groups.items():
        for place in range(len(group)):
            changed = group[:place] + bytes([group[place] ^ 0x55]) + group[place + 1 :]
            report = inspect_document(
                replace(presented, groups={**presented.groups, number: changed}), [], make_trust(), AS_OF
            )
            assert not _is_genuine(report), (number, place)
