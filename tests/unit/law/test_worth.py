"""The evidence table: what each row proves, from which day, under which conditions, and what does not load."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from comity.documents.status_conclusions import PaperFacts, conclude_statuses
from comity.errors import PolicyError
from comity.law.loader import parse_document
from comity.law.seal import seal_whole_yaml
from comity.law.worth import DocumentKind, EvidenceTable, Worth, build_evidence_table, load_evidence_table
from comity.model.document import STATUSES, Basis, Condition, Proposition
from comity.model.finding import Outcome

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "documents" / "worth.yaml").read_text(encoding="utf-8"))
BOOK = (files("comity.law") / "documents" / "us-passport-book.yaml").read_text(encoding="utf-8")
BIRTH = (files("comity.law") / "documents" / "us-birth-certificate.yaml").read_text(encoding="utf-8")
TABLE = load_evidence_table()
ROWS = [row for kind in TABLE for row in kind.rows]


def _paper(row: Worth, genuine: Outcome = Outcome.MET, unmet: tuple[Condition, ...] = ()) -> PaperFacts:
    """A paper that the row covers, whose conditions are all met but for `unmet`."""
    conditions = dict.fromkeys(Condition, Outcome.MET) | dict.fromkeys(unmet, Outcome.NOT_MET)
    last = row.issued_to - timedelta(days=1) if row.issued_to else date(2020, 1, 1)
    return PaperFacts(genuine, Basis.CHIP_SIGNED, conditions, row.issuer or "ZZ", row.issued_from or last)


def _outcome(row: Worth, paper: PaperFacts, day: date) -> Outcome:
    conclusions = conclude_statuses(TABLE.rows(row.kind, day), paper)
    return next(c.outcome for c in conclusions if c.proposition is row.proposition)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_genuine_paper_proves_what_the_law_says(case: dict[str, Any]) -> None:
    conditions = dict.fromkeys(Condition, Outcome.MET) | {
        Condition(name): Outcome.NOT_MET for name in case.get("unmet", ())
    }
    paper = PaperFacts(Outcome.MET, Basis.CHIP_SIGNED, conditions, case.get("issuer"), case.get("issued_on"))
    conclusions = conclude_statuses(TABLE.rows(case["kind"], case["as_of"]), paper)
    outcomes = {conclusion.proposition: conclusion.outcome for conclusion in conclusions}
    assert outcomes[Proposition(case["status"])] is Outcome[case["outcome"]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_holds_from_its_day_and_only_for_a_genuine_paper_with_every_condition(row: Worth) -> None:
    first, before = row.effective_from, row.effective_from - timedelta(days=1)
    assert row in TABLE.rows(row.kind, first)
    assert row not in TABLE.rows(row.kind, before)
    if row.effective_to:
        assert row in TABLE.rows(row.kind, row.effective_to - timedelta(days=1))
        assert row not in TABLE.rows(row.kind, row.effective_to)
    assert _outcome(row, _paper(row), first) is row.if_genuine
    for genuine in (Outcome.UNDETERMINED, Outcome.NOT_MET):
        assert _outcome(row, _paper(row, genuine), first) is not Outcome.MET
    for condition in row.conditions:
        assert _outcome(row, _paper(row, unmet=(condition,)), first) is Outcome.UNDETERMINED


def test_every_row_has_citation_dates_marks_and_every_kind_the_four_statuses() -> None:
    for row in ROWS:
        assert row.citation
        assert row.marks
        assert row.last_checked_on <= row.recorded_from
        assert row.if_genuine is not Outcome.NOT_MET
    for kind in TABLE:
        assert {row.proposition for row in kind.rows} == set(STATUSES), kind.id


def test_no_kind_of_paper_names_a_group_or_a_face() -> None:
    words = re.compile(r"\b(race|ethnic|language|accent|face image)\b", re.IGNORECASE)
    assert not [row.id for row in ROWS if words.search(row.text_or_summary)]


def _edits() -> Iterator[tuple[str, str]]:
    yield "an outcome", BOOK.replace("if_genuine: MET", "if_genuine: UNDETERMINED", 1)
    yield "a condition taken out", BOOK.replace("      - no_endorsement\n", "")
    yield "a word", BOOK.replace("officer must have seen", "officer may have seen")
    yield "a date of issue", BIRTH.replace("issued_from: 2010-07-01", "issued_from: 2010-06-01", 1)
    yield "an issuer", BIRTH.replace("issuer: PR", "issuer: VI", 1)


@pytest.mark.parametrize(("what", "text"), list(_edits()), ids=lambda part: part if len(part) < 30 else "")
def test_what_was_edited_and_not_sealed_does_not_load(what: str, text: str) -> None:
    assert text not in {BOOK, BIRTH}, what
    with pytest.raises(PolicyError, match="hash on file"):
        parse_document(DocumentKind, text, "a file")


def _contradictions() -> Iterator[tuple[str, str]]:
    yield "that proves the contrary", BOOK.replace("if_genuine: NOT_APPLICABLE", "if_genuine: NOT_MET", 1)
    yield "without a status", BOOK.replace("proposition: lawful_status", "proposition: foreign_national")
    yield "about the person", BOOK.replace("proposition: us_national", "proposition: same_person")
    yield (
        "conditions that cannot be met",
        BOOK.replace("if_genuine: MET\n    conditions", "if_genuine: UNDETERMINED\n    conditions"),
    )
    yield "an unknown condition", BOOK.replace("- unexpired", "- signed_in_blue")
    yield "an unknown outcome", BOOK.replace("if_genuine: MET", "if_genuine: PROVEN", 1)
    yield (
        "dates of issue the wrong way round",
        BIRTH.replace("issued_to: 2010-07-01", "issued_to: 2010-07-01\n    issued_from: 2011-07-01", 1),
    )
    yield "two at once", BIRTH.replace("effective_from: 2010-10-01", "effective_from: 2010-09-01")
    yield "without a citation", re.sub(r"    citation: .*\n", "", BOOK, count=1)
    yield "without marks", re.sub(r"    marks: .*\n", "", BOOK, count=1)


@pytest.mark.parametrize(("what", "text"), list(_contradictions()), ids=lambda part: part if len(part) < 40 else "")
def test_a_row_that_cannot_be_does_not_load(what: str, text: str) -> None:
    assert text not in {BOOK, BIRTH}, what
    with pytest.raises(PolicyError) as caught:
        parse_document(DocumentKind, seal_whole_yaml(text, "a file"), "a file")
    assert caught.value.code == "law_invalid"


def test_two_kinds_of_one_id_do_not_load_and_an_unknown_kind_is_refused() -> None:
    book = TABLE.kind("us-passport-book")
    with pytest.raises(PolicyError):
        build_evidence_table([book, book])
    with pytest.raises(PolicyError) as caught:
        EvidenceTable({}).kind("library-card")
    assert caught.value.code == "document_kind_unknown"
