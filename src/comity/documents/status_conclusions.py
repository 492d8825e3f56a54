"""What one paper shows: the worth that law attaches to its kind, together with how far it is shown to be genuine.

    if genuine       shown genuine: MET                        UNDETERMINED     NOT_MET
    MET              MET if every condition is, else UND.      UNDETERMINED     UNDETERMINED, never the contrary
    UNDETERMINED     UNDETERMINED                              UNDETERMINED     UNDETERMINED
    NOT_APPLICABLE   NOT_APPLICABLE                            NOT_APPLICABLE   NOT_APPLICABLE

Guarantees: a status is MET only for a paper shown genuine by a signed chip; no status is ever NOT_MET (a citizen of
the United States may hold another state's passport, and a forged paper says nothing about its bearer); `same_person`
is never settled by a paper.
Does not: know any law: rows come from the evidence table.
Start at `conclude_statuses`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from comity.model.document import STATUSES, Basis, Conclusion, Condition, Proposition
from comity.model.finding import Outcome

WOULD_SETTLE = {
    Condition.UNEXPIRED: "an expiry date that can be read and has not passed",
    Condition.FULL_TERM: "dates of issue and expiry that show the full term of its kind",
    Condition.NO_ENDORSEMENT: "an officer's look at the endorsements",
    Condition.SEAL: "an officer's look at the seal",
    Condition.CUSTODIAN: "the custodian who certified it",
    Condition.BIRTH_FACTS: "full name, place and date of birth",
    Condition.PARENTS_NAMED: "the parents' names",
    Condition.FILED_WITHIN_A_YEAR: "a filing date within a year of the birth",
    Condition.PARENTS_NOT_DIPLOMATS: "whether the parents were accredited diplomats",
    Condition.ISSUE_DATE_KNOWN: "the date of issue",
}
NEEDS_GENUINE = "a chip whose signature leads to a state on the trust list"


class WorthRow(Protocol):
    """One row of the evidence table: what a genuine paper of a kind proves about one status."""

    @property
    def kind(self) -> str:
        """Return the kind of paper, as in the evidence table."""

    @property
    def issuer(self) -> str | None:
        """Return the issuer that the row is limited to; None for every issuer without a row of its own."""

    @property
    def proposition(self) -> Proposition:
        """Return one of `STATUSES`."""

    @property
    def if_genuine(self) -> Outcome:
        """Return MET, UNDETERMINED or NOT_APPLICABLE."""

    @property
    def conditions(self) -> Sequence[Condition]:
        """Return what must be met, besides, for MET."""

    @property
    def issued_from(self) -> date | None:
        """Return the first day of issue that the row covers."""

    @property
    def issued_to(self) -> date | None:
        """Return the first day of issue that it no longer covers."""

    @property
    def citation(self) -> str:
        """Return the citation of the law."""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What a conclusion needs to know of a paper: how far it is genuine, its conditions, and what selects a row."""

    genuine: Outcome
    basis: Basis
    conditions: Mapping[Condition, Outcome]
    issuer: str | None = None
    issued_on: date | None = None


def conclude_statuses(rows: Iterable[WorthRow], paper: PaperFacts) -> tuple[Conclusion, ...]:
    """Return one conclusion for each of `STATUSES`, in that order.

    `rows` are those of the paper's kind in force on the day. A status on which no row speaks is undetermined.

    Raises:
        ValueError: a row speaks of something other than a status, or says that a genuine paper proves the contrary.
    """
    by_status: dict[Proposition, list[WorthRow]] = {status: [] for status in STATUSES}
    for row in rows:
        if row.proposition not in by_status or row.if_genuine is Outcome.NOT_MET:
            raise ValueError(f"the evidence table cannot say {row.if_genuine.name} of {row.proposition}")
        by_status[row.proposition].append(row)
    return tuple(_conclude_status(status, _select_rows(by_status[status], paper), paper) for status in STATUSES)


def conclude_name(names_linked: bool | None, genuine: Outcome, basis: Basis) -> Conclusion:  # noqa: FBT001
    """Return the conclusion on `name_current`: MET only when an officer linked the names on a paper shown genuine."""
    is_met = names_linked is True and genuine is Outcome.MET and basis >= Basis.CHIP_SIGNED
    needs = [] if names_linked is True else ["an officer's comparison with the papers that link the names"]
    needs += [] if genuine is Outcome.MET and basis >= Basis.CHIP_SIGNED else [NEEDS_GENUINE]
    outcome = Outcome.MET if is_met else Outcome.UNDETERMINED
    return Conclusion(Proposition.NAME_CURRENT, Outcome.UNDETERMINED, outcome, basis, (), tuple(needs))


def conclude_person(basis: Basis) -> Conclusion:
    """Return the conclusion on `same_person`, which no paper can show and no check here looks at."""
    return Conclusion(Proposition.SAME_PERSON, Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE, basis)


def _select_rows(rows: Sequence[WorthRow], paper: PaperFacts) -> list[WorthRow]:
    """Return the rows that may cover the paper: one when its issuer and date of issue are known well enough."""
    possible = [row for row in rows if _covers_issuer(row, paper.issuer) and _covers_issue(row, paper.issued_on)]
    certain = [
        row
        for row in possible
        if row.issuer is not None
        and row.issuer == paper.issuer
        and (paper.issued_on is not None or (row.issued_from is None and row.issued_to is None))
    ]
    return certain or possible


def _covers_issuer(row: WorthRow, issuer: str | None) -> bool:
    return row.issuer is None or issuer is None or row.issuer == issuer


def _covers_issue(row: WorthRow, issued_on: date | None) -> bool:
    if issued_on is None:
        return True
    return (row.issued_from is None or row.issued_from <= issued_on) and (
        row.issued_to is None or issued_on < row.issued_to
    )


def _conclude_status(status: Proposition, rows: Sequence[WorthRow], paper: PaperFacts) -> Conclusion:
    citations = tuple(dict.fromkeys(row.citation for row in rows))
    if not rows:
        settle = ("a row of the evidence table on this kind, issuer and date of issue",)
        return Conclusion(status, Outcome.UNDETERMINED, Outcome.UNDETERMINED, paper.basis, (), settle)
    if len({(row.if_genuine, tuple(row.conditions)) for row in rows}) > 1 or _is_unsettled(rows, paper):
        needs = _selectors_missing(rows, paper)
        return Conclusion(status, Outcome.UNDETERMINED, Outcome.UNDETERMINED, paper.basis, citations, needs)
    row = rows[0]
    if row.if_genuine is not Outcome.MET:
        return Conclusion(status, row.if_genuine, row.if_genuine, paper.basis, citations)
    outcomes = {condition: paper.conditions.get(condition, Outcome.UNDETERMINED) for condition in row.conditions}
    is_genuine = paper.genuine is Outcome.MET and paper.basis >= Basis.CHIP_SIGNED
    is_met = is_genuine and all(outcome is Outcome.MET for outcome in outcomes.values())
    needs = () if is_genuine else (NEEDS_GENUINE,)
    needs += tuple(WOULD_SETTLE[condition] for condition, outcome in outcomes.items() if outcome is not Outcome.MET)
    return Conclusion(
        status, Outcome.MET, Outcome.MET if is_met else Outcome.UNDETERMINED, paper.basis, citations, needs
    )


def _is_unsettled(rows: Sequence[WorthRow], paper: PaperFacts) -> bool:
    """Return whether an unknown issuer or date of issue could put the paper outside every row."""
    if paper.issued_on is None and all(row.issued_from is not None or row.issued_to is not None for row in rows):
        return True
    return paper.issuer is None and all(row.issuer is not None for row in rows)


def _selectors_missing(rows: Sequence[WorthRow], paper: PaperFacts) -> tuple[str, ...]:
    needs: tuple[str, ...] = ()
    if paper.issuer is None and any(row.issuer is not None for row in rows):
        needs += ("the issuer",)
    if paper.issued_on is None and any(row.issued_from is not None or row.issued_to is not None for row in rows):
        needs += ("the date of issue",)
    return needs or ("one row of the evidence table instead of several that differ",)
