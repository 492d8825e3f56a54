"""Whether what was typed is of known fields and states a fact, and dates among it can be those of a paper."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.documents.typed_words import ACCEPTED_WORDS, is_no_fact, read_yes_or_no
from comity.model.document import TYPED_FIELDS, YES_OR_NO_FIELDS
from comity.model.finding import Outcome

MAX_CHARACTERS = 200
DATES = tuple(name for name in TYPED_FIELDS if name.endswith("_on"))
PAST_DATES = ("born_on", "filed_on", "issued_on")


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    typed = evidence.presented.typed
    if not typed:
        return
    unknown = sum(name not in TYPED_FIELDS for name in typed)
    if unknown:
        yield "names", Outcome.NOT_MET, f"{unknown} of the typed fields are none that a paper can have here."
    for name in TYPED_FIELDS:
        if name not in typed:
            continue
        text = typed[name]
        if len(text) > MAX_CHARACTERS or not text.isprintable():
            yield name, Outcome.NOT_MET, "The typed text is too long, or holds a character that cannot be printed."
        elif name in DATES:
            fault = _find_date_fault(evidence, name)
            outcome = Outcome.NOT_MET if fault else Outcome.MET
            yield name, outcome, f"The typed date {fault or 'is a day of the calendar.'}"
        elif name in YES_OR_NO_FIELDS:
            if read_yes_or_no(text) is None:
                yield name, Outcome.UNDETERMINED, f"The typed word is none of {ACCEPTED_WORDS}."
        elif is_no_fact(name, text):
            message = "The typed word is no text of a paper and counts as nothing. Leave out what is not known."
            yield name, Outcome.UNDETERMINED, message


def _find_date_fault(evidence: Evidence, name: str) -> str:
    """Return what is wrong with a typed date, or an empty text."""
    day, born = evidence.typed_date(name), evidence.typed_date("born_on")
    if day is None:
        return "is no day of the calendar, written YYYY-MM-DD with all four digits of the year."
    if name in PAST_DATES and day > evidence.as_of:
        return "lies after the day of the inspection."
    if name != "born_on" and born is not None and day < born:
        return "lies before the birth."
    return ""


CHECK = Check("typed_fields", "no standard: typed by a person", _judge, is_of_form=True)
