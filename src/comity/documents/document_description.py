"""What people wrote about a paper: its kind, what they typed from it, and what an officer saw.

Guarantees: every fault is told at once, with its field and line and without a value; a yes-or-no fact is yes or no by a
word of the list or a fault; a word that says nothing is a fault where the paper's own text is wanted.
Does not: judge whether what was typed fits the paper (`comity.documents.checks`).
Start at `parse_description`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from comity.documents.mrz.dates import read_paper_date
from comity.documents.typed_words import ACCEPTED_WORDS, is_no_fact, read_yes_or_no
from comity.model.document import TYPED_FIELDS, YES_OR_NO_FIELDS, OfficerObservation
from comity.plain_yaml import YamlFault, find_key_lines, parse_plain_yaml

OFFICER_SEES = tuple(field.name for field in fields(OfficerObservation) if field.name != "seen_on")
_PARTS = ("kind", "typed", "officer")


class DescriptionFault(ValueError):  # noqa: N818  the house's word
    """What is wrong with the facts, all of it, without any value."""


@dataclass(frozen=True, slots=True, repr=False)
class DocumentDescription:
    """The kind of paper, what was typed from it (keys of `TYPED_FIELDS`), and what an officer saw."""

    kind: str
    typed: Mapping[str, str] = field(default_factory=dict)
    officer: OfficerObservation | None = None


def parse_description(text: str) -> DocumentDescription:
    """Return the facts in the text of a `document.yaml`.

    Raises:
        DescriptionFault: with every field at fault and its line.
    """
    try:
        facts, lines = parse_plain_yaml(text, as_text=True), find_key_lines(text)
    except YamlFault as fault:
        raise DescriptionFault(f"it is not YAML that is read here: {fault}") from None
    if not isinstance(facts, dict) or set(facts) - set(_PARTS) or not isinstance(facts.get("kind"), str):
        raise DescriptionFault("it gives `kind`, and perhaps `typed` and `officer`, and nothing else")
    faults = [*_find_typed_faults(facts.get("typed"), lines), *_find_officer_faults(facts.get("officer"), lines)]
    if faults:
        raise DescriptionFault("; ".join(faults))
    return DocumentDescription(
        facts["kind"].strip(), dict(facts.get("typed") or {}), _read_officer(facts.get("officer") or None)
    )


def _find_typed_faults(typed: Any, lines: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    if typed in (None, ""):
        return
    if not isinstance(typed, dict) or not all(isinstance(value, str) for value in typed.values()):
        yield f"`typed` (line {lines['typed',]}) is not a list of names with what was typed"
        return
    for name, text in typed.items():
        line = lines["typed", name]
        if name in OFFICER_SEES:
            yield f"`{name}` (line {line}) is what an officer sees: write it under `officer`, with `seen_on`"
        elif name not in TYPED_FIELDS:
            yield f"line {line} names a field that cannot be typed (those that can are in the guide)"
        elif name in YES_OR_NO_FIELDS:
            if read_yes_or_no(text) is None:
                yield f"`{name}` (line {line}) is {ACCEPTED_WORDS}; leave it out when it is not known"
        elif not name.endswith("_on") and is_no_fact(name, text):
            yield f"`{name}` (line {line}) takes what the paper says; leave it out when the paper does not say it"


def _find_officer_faults(officer: Any, lines: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    if officer in (None, ""):
        return
    if not isinstance(officer, dict) or not all(isinstance(value, str) for value in officer.values()):
        yield f"`officer` (line {lines['officer',]}) gives `seen_on`, and yes or no for {', '.join(OFFICER_SEES)}"
        return
    for name, text in officer.items():
        line = lines["officer", name]
        if name == "seen_on":
            if read_paper_date(text.strip()) is None:
                yield f"`seen_on` (line {line}) is no day of the calendar, written YYYY-MM-DD"
        elif name not in OFFICER_SEES:
            yield f"line {line} names nothing that an officer sees here; that is {', '.join(OFFICER_SEES)}"
        elif read_yes_or_no(text) is None:
            yield f"`{name}` (line {line}) is {ACCEPTED_WORDS}; leave it out when nobody looked"
    if "seen_on" not in officer:
        yield f"`officer` (line {lines['officer',]}) lacks `seen_on`, the day on which the officer looked"


def _read_officer(given: Any) -> OfficerObservation | None:
    if given is None:
        return None
    observed = dict(given)
    day = read_paper_date(observed.pop("seen_on").strip())
    assert day is not None
    return OfficerObservation(day, **{name: read_yes_or_no(answer) for name, answer in observed.items()})
