"""R03: officers personally and directly engaged. Basis: 26 USC 6103(i)(2)(A); D.D.C. 25-cv-00457; failure mode R03."""

import re
from collections import Counter

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Int8s
from comity.columns.fold import fold, fold_text
from comity.gates.facts import Facts
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule, met_where
from comity.law import official_words
from comity.model.batch import Officer
from comity.model.finding import Finding, Outcome

_finding = FindingBuilder("r03_officer_engagement", "26 USC 6103(i)(2)(A)")
_OFFICE_OF_JUSTICE = re.compile(r"\b(?:(?:US|UNITED STATES) (?:ATTORNEY|MARSHAL)|AUSA|SAUSA)\b")
"""Offices of the Department of Justice (28 USC 541, 542, 561), whatever agency they prosecute for."""


def r03_officer_engagement(facts: Facts, rows: RequestColumns) -> Finding:
    """The officers named can be personally and directly engaged in so many investigations.

    MET: at least one officer is named with name and office, all are of the requesting agency or a part of it, no
    officer has more rows than the agreement's cap, and the rows divided by the different officers do not exceed it
    either (one person under two ids is one officer). NOT_MET: no officer, one of another agency ("officers and
    employees of such agency"), or more subjects than the cap for one. UNDETERMINED: the agreement is not on file.
    """
    people = set(_person_by_officer_id(facts).values())
    if not people:
        return _finding.not_met(
            "The manifest names no officer with name and office. Information may go only to officers personally and "
            "directly engaged in the investigation. Name them, and put each row's officer in officer_id."
        )
    if facts.agreement is None:
        return _finding.agreement_not_on_file()
    offices = {(officer.office, officer.agency) for officer in facts.manifest.officers}
    others = {office for office in offices if not _is_of_requester(facts, *office)}
    strangers = [
        n for n, officer in enumerate(facts.manifest.officers, 1) if (officer.office, officer.agency) in others
    ]
    if strangers:
        return _finding.not_met(
            f"Officers of another agency are named (number {', '.join(map(str, strangers))} of the manifest's list). "
            "Information may go only to officers and employees of the agency that asks. Name the requester's own; the "
            "other agency asks for itself."
        )
    cap = facts.agreement.caps.subjects_per_officer.value
    if _max_rows_per_person(facts, rows) > cap or rows.num_rows > cap * len(people):
        return _finding.not_met(
            f"One officer is named for more than {cap:,} subjects. Nobody can be personally and directly engaged in so "
            "many investigations. Name the officers who are, each for their own subjects."
        )
    return _finding.met(f"No officer is named for more than {cap:,} subjects.")


def r03_officer_engagement_rows(facts: Facts, rows: RequestColumns) -> Int8s:
    """The row's officer is one of those that the manifest names.

    MET: officer_id is the id of an officer named with name and office. NOT_MET: it is missing or no officer's.
    NOT_APPLICABLE: the agreement does not ask for the column.
    """
    if not facts.requires_column("officer_id"):
        return np.full(rows.num_rows, Outcome.NOT_APPLICABLE, dtype=np.int8)
    officer_ids = {officer.id for officer in _named_officers(facts)} - {""}
    is_known = rows.dictionary_column("officer_id").map_to_int8(lambda officer: officer in officer_ids) > 0
    return met_where(is_known)


def _named_officers(facts: Facts) -> list[Officer]:
    return [officer for officer in facts.manifest.officers if officer.name and officer.office]


def _is_of_requester(facts: Facts, office: str, agency_name: str | None) -> bool:
    """Return whether an officer is of the requester or a part of it, by the agency given and by the office's words."""
    requester = facts.law.find_agency(facts.manifest.requester)
    if requester is None:
        return True  # R10 refuses the batch
    if agency_name:
        agency = facts.law.find_agency(agency_name)
        if agency is None or not facts.law.is_part_of(agency.id, requester.id):
            return False
    words = set(official_words(office))
    if _OFFICE_OF_JUSTICE.search(fold_text(office)):
        return False
    return not any(
        set(name_words) <= words
        for agency in facts.law.agencies.values()
        if not facts.law.is_part_of(agency.id, requester.id) and not facts.law.is_part_of(requester.id, agency.id)
        for name in agency.names
        if (name_words := official_words(name))
    )


def _person_by_officer_id(facts: Facts) -> dict[str, str]:
    """Return the person behind each officer id, so that one person under two ids counts once."""
    officers = _named_officers(facts)
    people = fold(pa.array([f"{officer.name} # {officer.office}" for officer in officers], pa.string())).to_pylist()
    return {officer.id: str(person) for officer, person in zip(officers, people, strict=True)}


def _max_rows_per_person(facts: Facts, rows: RequestColumns) -> int:
    """Return the largest number of rows of one person, over all of that person's ids."""
    person_by_id = _person_by_officer_id(facts)
    rows_per_person: Counter[str] = Counter()
    officer_ids = rows.dictionary_column("officer_id")
    rows_per_id = np.bincount(officer_ids.codes, minlength=len(officer_ids.values)).tolist()
    for officer_id, count in zip(officer_ids.values.to_pylist(), rows_per_id, strict=True):
        if officer_id:
            rows_per_person[person_by_id.get(officer_id, officer_id)] += count
    return max(rows_per_person.values(), default=0)


RULE = Rule(
    _finding.rule,
    "R03",
    _finding.citation,
    ("usc26-6103-i-2-A-engaged",),
    batch=r03_officer_engagement,
    rows=r03_officer_engagement_rows,
    columns=("officer_id",),
    refuses_batch_if_no_row_passes=True,
)
