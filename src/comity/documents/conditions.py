"""The conditions that law sets for a kind of paper to prove something, each decided for one paper on one day.

Guarantees: what an officer did not say, or a person did not type, is undetermined, never met; an officer's look of a
day after the inspection, or before the paper was made, does not count; nor does a date of issue that does not fit the
other dates.
Start at `decide_conditions`.
"""

from collections.abc import Callable, Mapping
from datetime import date

from comity.documents.checks.dates_of_paper import date_issue, first_day, read_birth, read_expiry
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.typed_words import read_text, read_yes_or_no
from comity.model.document import Condition, OfficerObservation
from comity.model.finding import Outcome

ADULT_AGE = 16
"""From this age at issue a passport runs ten years, below it five (22 CFR 51.4(b))."""
FULL_TERM_YEARS = {True: 10, False: 5}


def decide_conditions(evidence: Evidence) -> Mapping[Condition, Outcome]:
    """Return the outcome of every condition."""
    return {condition: decide(evidence) for condition, decide in _DECIDE.items()}


def _unexpired(evidence: Evidence) -> Outcome:
    expiry = read_expiry(evidence)
    if expiry is None or expiry[0] is None:
        return Outcome.UNDETERMINED
    return _met(expiry[0] >= evidence.as_of)


def _full_term(evidence: Evidence) -> Outcome:
    """Decide by issue, expiry and birth: a full term ends on the anniversary or the day before it, and never later.

    The date of issue is signed by no one, so it counts only when it fits the others.
    """
    issued, expiry, birth = date_issue(evidence), read_expiry(evidence), read_birth(evidence)
    expires, born = (found[0] if found else None for found in (expiry, birth))
    if issued is None or expires is None or born is None:
        return Outcome.UNDETERMINED
    is_adult = _anniversary(born, ADULT_AGE) <= issued
    return _met(0 <= (_anniversary(issued, FULL_TERM_YEARS[is_adult]) - expires).days <= 1)


def _no_endorsement(evidence: Evidence) -> Outcome:
    return _observed(evidence, "no_endorsement")


def _seal(evidence: Evidence) -> Outcome:
    return _observed(evidence, "seal")


def _observed(evidence: Evidence, name: str) -> Outcome:
    officer = counted_observation(evidence)
    if officer is None:
        return Outcome.UNDETERMINED
    observed: bool | None = getattr(officer, name)
    return Outcome.UNDETERMINED if observed is None else _met(observed)


def counted_observation(evidence: Evidence) -> OfficerObservation | None:
    """Return what an officer saw, when it was on a day on which the paper can have been seen."""
    officer = evidence.presented.officer
    return officer if officer is not None and first_day(evidence) <= officer.seen_on <= evidence.as_of else None


def _typed(*names: str) -> Callable[[Evidence], Outcome]:
    """Return a decision that is met when every one of some fields was typed, by a text that states the fact."""

    def decide(evidence: Evidence) -> Outcome:
        has_all = all(_is_stated(evidence, name) for name in names)
        return Outcome.MET if has_all else Outcome.UNDETERMINED

    return decide


def _is_stated(evidence: Evidence, name: str) -> bool:
    """Return whether a field says something: a day that has come, or a text other than no, unknown and the like."""
    if name.endswith("_on"):
        return _past_day(evidence, name) is not None
    return bool(read_text(evidence.presented.typed, name))


def _past_day(evidence: Evidence, name: str) -> date | None:
    """Return a typed day that has come by the day of the inspection."""
    day = evidence.typed_date(name)
    return day if day is not None and day <= evidence.as_of else None


def _filed_within_a_year(evidence: Evidence) -> Outcome:
    born, filed = _past_day(evidence, "born_on"), _past_day(evidence, "filed_on")
    if born is None or filed is None:
        return Outcome.UNDETERMINED
    return _met(born <= filed <= _anniversary(born, 1))


def _parents_not_diplomats(evidence: Evidence) -> Outcome:
    are_diplomats = read_yes_or_no(evidence.presented.typed.get("parents_diplomats", ""))
    return Outcome.UNDETERMINED if are_diplomats is None else _met(not are_diplomats)


def _issue_date_known(evidence: Evidence) -> Outcome:
    return Outcome.UNDETERMINED if date_issue(evidence) is None else Outcome.MET


def _anniversary(day: date, years: int) -> date:
    """Return the day some years later; 1 March for 29 February in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _met(is_met: bool) -> Outcome:  # noqa: FBT001
    return Outcome.MET if is_met else Outcome.NOT_MET


_DECIDE: Mapping[Condition, Callable[[Evidence], Outcome]] = {
    Condition.UNEXPIRED: _unexpired,
    Condition.FULL_TERM: _full_term,
    Condition.NO_ENDORSEMENT: _no_endorsement,
    Condition.SEAL: _seal,
    Condition.CUSTODIAN: _typed("custodian"),
    Condition.BIRTH_FACTS: _typed("surname", "given_names", "born_on", "birth_place"),
    Condition.PARENTS_NAMED: _typed("parents"),
    Condition.FILED_WITHIN_A_YEAR: _filed_within_a_year,
    Condition.PARENTS_NOT_DIPLOMATS: _parents_not_diplomats,
    Condition.ISSUE_DATE_KNOWN: _issue_date_known,
}
