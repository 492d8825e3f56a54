"""What people type from a paper: who issued it, however written, and words that state no fact."""

from datetime import date

import pytest

from comity.documents.checks.paper_evidence import Evidence
from comity.documents.conditions import decide_conditions
from comity.documents.inspect import inspect_document
from comity.documents.issuer_names import _lists, read_issuer
from comity.documents.trust.path import Trust
from comity.law.worth import load_evidence_table
from comity.model.document import Condition, PresentedDocument, Proposition
from comity.model.finding import Outcome
from comity.reference.states import STATE_NAMES

AS_OF = date(2026, 11, 28)
KIND = "us-birth-certificate"
WHOLE = {
    "issuer": "OH", "surname": "Eriksson", "given_names": "Anna", "born_on": "1974-08-12", "birth_place": "Columbus",
    "parents": "Ole and Kari", "custodian": "Ohio Department of Health", "filed_on": "1974-08-20",
    "parents_diplomats": "no",
}  # fmt: skip
FACTS = {
    Condition.BIRTH_FACTS: ("surname", "given_names", "born_on", "birth_place"),
    Condition.PARENTS_NAMED: ("parents",),
    Condition.CUSTODIAN: ("custodian",),
    Condition.FILED_WITHIN_A_YEAR: ("born_on", "filed_on"),
    Condition.PARENTS_NOT_DIPLOMATS: ("parents_diplomats",),
}


def _conditions(typed: dict[str, str]) -> dict[Condition, Outcome]:
    return dict(decide_conditions(Evidence(PresentedDocument(KIND, typed=typed), Trust(), AS_OF)))


def _of_puerto_rico(issuer: str, issued_on: str = "2010-06-30") -> dict[str, str]:
    """The outcome on each status, as law has it for a genuine one."""
    presented = PresentedDocument(KIND, typed={"issuer": issuer, "issued_on": issued_on})
    report = inspect_document(presented, load_evidence_table().rows(KIND, AS_OF), Trust(), AS_OF)
    statuses = (Proposition.US_NATIONAL, Proposition.US_CITIZEN)
    return {status.value: report.conclusion(status).if_genuine.name for status in statuses}


def test_a_whole_typed_certificate_meets_its_conditions() -> None:
    found = _conditions(WHOLE)
    assert {condition: found[condition] for condition in FACTS} == dict.fromkeys(FACTS, Outcome.MET)


@pytest.mark.parametrize(
    "word", ["no", "NO", "false", "0", "unknown", "n/a", "N/A", "", " ", "none", "not stated", "-"]
)
def test_a_word_that_denies_a_fact_never_counts_as_the_fact(word: str) -> None:
    for condition, names in FACTS.items():
        for name in names:
            is_answer = name == "parents_diplomats" and word.strip().lower() in {"no", "false", "0"}
            is_name = name in {"surname", "given_names"} and word.lower() in {"no", "none"}
            found = _conditions({**WHOLE, name: word})[condition]
            assert (found is Outcome.MET) is (is_answer or is_name), (name, word)


@pytest.mark.parametrize("day", ["2023-02-31", "2027-01-01", "74-08-12", "12/08/1974", "1974-8-12", "0000-00-00"])
@pytest.mark.parametrize("name", ["born_on", "filed_on", "issued_on", "expires_on"])
def test_a_day_that_cannot_be_is_a_finding_and_meets_nothing(name: str, day: str) -> None:
    typed = {**WHOLE, name: day}
    report = inspect_document(PresentedDocument(KIND, typed=typed), (), Trust(), AS_OF)
    outcome = next(found.outcome for found in report.findings if found.rule == f"typed_fields.{name}")
    is_to_come = day == "2027-01-01"
    assert outcome is (Outcome.MET if is_to_come and name == "expires_on" else Outcome.NOT_MET)
    if name in {"born_on", "filed_on"}:
        assert _conditions(typed)[Condition.FILED_WITHIN_A_YEAR] is not Outcome.MET
    if name == "issued_on":
        assert _conditions(typed)[Condition.ISSUE_DATE_KNOWN] is not Outcome.MET
    if name == "expires_on" and not is_to_come:
        assert _conditions(typed)[Condition.UNEXPIRED] is not Outcome.MET


PUERTO_RICO = [
    "PR", "pr", "P.R.", "Puerto Rico", "PUERTO RICO", "puerto  rico", "Puerto-Rico", "Commonwealth of Puerto Rico",
    "Estado Libre Asociado de Puerto Rico", "Commonwealth of Puerto Rico, Department of Health, Demographic Registry",
    "Departamento de Salud de Puerto Rico", "Puerto Rico, USA", "PR, U.S.A.", "San Juan, PR 00901", "US-PR", "PRI",
    "San Juan", "Municipio de Ponce", "Municipality of Florida", "Florida, Puerto Rico", "Mayagüez", "Mayaguez",
    "MAYAGU\u0308EZ", "Añasco", "Bayamón, P.R.", "Porto Rico", "Carolina, Puerto Rico",
    "Registro Demográfico, Caguas, PR",
]  # fmt: skip


@pytest.mark.parametrize("issuer", PUERTO_RICO)
def test_puerto_rico_is_found_however_it_is_written_and_its_rule_applies(issuer: str) -> None:
    assert read_issuer(issuer) == "PR"
    assert set(_of_puerto_rico(issuer).values()) == {"NOT_APPLICABLE"}
    assert set(_of_puerto_rico(issuer, "2010-07-01").values()) == {"MET"}


@pytest.mark.parametrize("name", _lists()["puerto_rico"])
def test_every_municipality_of_puerto_rico_is_known(name: str) -> None:
    assert len(_lists()["puerto_rico"]) == 78
    for text in (f"{name.title()}, Puerto Rico", f"Municipio de {name}", f"{name}, PR"):
        assert read_issuer(text) == "PR"
    if name.title() not in STATE_NAMES.values():
        assert read_issuer(name.lower()) == "PR"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((name, code) for code, name in STATE_NAMES.items()),
        ("Salinas, California", "CA"), ("San Juan, Texas", "TX"), ("San Juan County, NM", "NM"),
        ("North Carolina", "NC"),
        ("Florida", "FL"), ("State of Florida", "FL"), ("Washington, D.C.", "DC"), ("Kansas City, Missouri", "MO"),
        ("West Virginia", "WV"), ("New York City", "NY"), ("Ohio County, West Virginia", "WV"),
        ("Columbus, OH 43215", "OH"),
        ("ON", "ON"), ("D", "D"), ("UTO", "UTO"), ("U.S.A.", "USA"), ("United States of America", "USA"),
    ],
)  # fmt: skip
def test_other_issuers_are_read_by_name_or_code(text: str, code: str) -> None:
    assert read_issuer(text) == code


@pytest.mark.parametrize(
    "issuer", ["", "somewhere", "City Hall", "ZZ", "\u0420R", "Puerto R\u0456co", "USA", "12345", "Uqbar"]
)
def test_an_issuer_that_is_not_known_leaves_the_row_open(issuer: str) -> None:
    assert set(_of_puerto_rico(issuer).values()) == {"UNDETERMINED"}
    presented = PresentedDocument(KIND, typed={"issuer": issuer, "issued_on": "2010-06-30"})
    report = inspect_document(presented, load_evidence_table().rows(KIND, AS_OF), Trust(), AS_OF)
    assert "the issuer" in " ".join(report.conclusion(Proposition.US_CITIZEN).would_settle)
