"""The yearly figures count each person once: over agreements, years, spellings, answers of yes and no."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from comity.accounting import AnnualReport, compile_annual_report, list_disclosures, make_public_report
from comity.app import bootstrap
from comity.app.home import Home
from comity.law import Law, load_law
from comity.law.loader import assemble_law
from comity.ledger import log
from comity.pipeline import verify_batch
from comity.store import request_reasons
from tests.support.workspace import (
    AUGUST_2025,
    Workspace,
    load_law_without_orders,
    no_progress,
    open_gateway_at,
    read_answers,
    request_about,
)

SECOND = "irs-ice-2026"


def _law_with_two_agreements() -> Law:
    shipped = load_law_without_orders()
    (agreement,) = shipped.agreements.values()
    clauses = tuple(element.model_copy(update={"id": f"second-{element.id}"}) for element in agreement.elements)
    second = agreement.model_copy(update={"id": SECOND, "elements": clauses, "title": "A second agreement"})
    return assemble_law(shipped.statutes.values(), (agreement, second), (), shipped.agencies.values())


class Office:
    """A home with two agreements on file, and the answers that it gave."""

    def __init__(self, town: Workspace, root: Workspace) -> None:
        self.world = Workspace(root.root, town.index, town.key)
        self.home: Home = self.world.open_home()
        self.law = _law_with_two_agreements()

    def ask(self, name: str, rows: Iterable[Mapping[str, str]], agreement: str = "irs-ice-2025") -> dict[str, str]:
        """Verify a batch; return the code of each request."""
        batch = self.world.write_batch(name, rows, agreement=agreement)
        out = self.world.root / f"{name}-answers"
        with open_gateway_at(self.home, AUGUST_2025) as gateway:
            with_law = replace(gateway, load_base_law=lambda: self.law)
            verify_batch(batch, with_law, index=self.world.index, out=out, progress=no_progress)
        return {request_id: code for request_id, (code, _) in read_answers(out).items()}

    def report(self) -> AnnualReport:
        """Return the report of the year."""
        signer = bootstrap.load_key_ring(self.home)
        with bootstrap.open_store(self.home) as store:
            log.sign_current_checkpoint(store, signer, at=datetime.now(UTC))
            return compile_annual_report(store, self.law, signer.verifiers, signer.name, AUGUST_2025.year)


@pytest.fixture(name="office")
def _office(town: Workspace, world: Workspace) -> Office:
    return Office(town, world)


def _rows(case: str, **changes: str) -> list[dict[str, str]]:
    return [request_about(n, case_number=f"{case}-{n}", request_id=f"{case}-{n}", **changes) for n in (1, 2, 5)]


def test_a_person_under_two_agreements_is_one(office: Office) -> None:
    assert set(office.ask("first", _rows("26-CR-1")).values()) == {"CONFIRMED"}
    assert set(office.ask("second", _rows("26-CR-2"), SECOND).values()) == {"CONFIRMED"}
    figures = office.report()
    assert [(line.agreement, line.disclosures, line.taxpayers) for line in figures.lines] == [
        ("irs-ice-2025", 3, 3),
        (SECOND, 3, 3),
    ]
    assert figures.taxpayers_by_agency == {"U.S. Immigration and Customs Enforcement": 3}
    public = make_public_report(figures)
    assert [(line["requests"], line["disclosures"], line["taxpayers"]) for line in public["agencies"]] == [
        (6, 6, 3)
    ] * 2


@pytest.mark.parametrize(
    ("first", "again", "persons"),
    [
        ({"tin": "912-77-4141"}, {"tin": "912774141", "case_number": "26-CR-9"}, 1),  # one number in two cases
        ({}, {"tax_year": "2022"}, 1),  # one name in one case
        ({}, {"tax_year": "2022", "first_name": "MARIA  ELENA"}, 2),  # another name in that case
        ({"tin": "912-77-4141"}, {"tin": "912-77-4141", "tax_year": "2022", "last_name": "Quintanilla"}, 1),
        ({}, {"tax_year": "2022", "case_number": "26-CR-9"}, 2),  # a name alone, in another case: not known again
        ({}, {"tax_year": "2022", "suffix": "Jr"}, 2),  # a son, in his father's case
    ],
)
def test_a_no_is_about_somebody_and_that_person_is_one(
    office: Office, first: dict[str, str], again: dict[str, str], persons: int
) -> None:
    """Nobody of that address is on record, so that only the requests say who it is about."""
    moved = {"street": "77 Nowhere Ln", "street2": "", "case_number": "26-CR-7", "request_id": "q-1"}
    rows = request_about(3, **(moved | first)), request_about(3, **(moved | first | again | {"request_id": "q-2"}))
    codes = {**office.ask("first", rows[:1]), **office.ask("second", rows[1:])}
    assert codes == {"q-1": "NOT_CONFIRMED", "q-2": "NOT_CONFIRMED"}
    (line,) = office.report().lines
    assert (line.disclosures, line.taxpayers) == (2, persons)


@pytest.mark.parametrize(
    ("has_reasons", "persons"),
    [
        (True, 3),  # without digests, the case says who is meant: the third and the fourth answer are of one
        (False, 4),  # without reasons, only a record does
    ],
)
def test_a_batch_from_before_digests_is_counted_by_case_and_record(
    office: Office, monkeypatch: pytest.MonkeyPatch, has_reasons: bool, persons: int
) -> None:
    nowhere = {"street": "77 Nowhere Ln", "street2": "", "case_number": "26-CR-7"}
    rows = [request_about(1), request_about(2), request_about(3, **nowhere), request_about(5, **nowhere)]
    encode = request_reasons.encode

    def encode_as_before(requests: Any, _subjects: object) -> Any:
        return encode(requests if has_reasons else requests.slice(0, 0), None)

    monkeypatch.setattr(request_reasons, "encode", encode_as_before)
    office.ask("first", rows)
    (line,) = office.report().lines
    assert (line.disclosures, line.taxpayers) == (4, persons)


def test_what_was_refused_is_about_nobody(office: Office) -> None:
    refused = {"street": "Unknown"}
    codes = office.ask("first", [request_about(1), request_about(2, **refused)])
    assert sorted(codes.values()) == ["CONFIRMED", "REFUSED"]
    (line,) = office.report().lines
    assert (line.requests, line.refused, line.disclosures, line.taxpayers) == (2, 1, 1, 1)


def test_the_report_says_how_its_counts_are_read(office: Office) -> None:
    office.ask("first", _rows("26-CR-1"))
    public = make_public_report(office.report())
    assert len(public["readings"]) == 3
    assert all(reading.startswith("[INF]") for reading in public["readings"])
    assert "Joint Committee" in public["suppression"]


def test_the_subject_sees_the_recipients_name_and_address(office: Office) -> None:
    office.ask("first", _rows("26-CR-1"))
    with bootstrap.open_store(office.home) as store, store.read() as tx:
        (seen,) = list_disclosures(tx, office.law, ["r1"], today=AUGUST_2025.date(), for_subject=False)
    agency = load_law().find_agency("us-dhs-ice")
    assert agency is not None
    assert agency.address
    assert (seen["recipient"], seen["recipient_address"]) == (agency.name, agency.address)
