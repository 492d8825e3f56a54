"""Whether what was typed is of fields that are known, and dates among them are days of the calendar."""

from collections.abc import Iterable

from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.document import TYPED_FIELDS
from comity.model.finding import Outcome

MAX_CHARACTERS = 200
DATES = tuple(name for name in TYPED_FIELDS if name.endswith("_on"))


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
            is_day = evidence.typed_date(name) is not None
            message = "is a day of the calendar." if is_day else "is no day of the calendar, written YYYY-MM-DD."
            yield name, Outcome.MET if is_day else Outcome.NOT_MET, f"The typed date {message}"


CHECK = Check("typed_fields", "no standard: typed by a person", _judge, is_of_form=True)
