"""What every provision on file has in common: a citation, words, a hash over them, dates and marks.

Guarantees: words come either as `text` (quoted exactly as in the source) or as `summary` (ours; never shown in
quotation marks), never both. The hash is checked when the model is built, so words that were edited and not sealed
again do not load.
Does not: know what an element means. White space is folded before hashing, so that YAML may be wrapped differently.
Basis: ADR 0011, after OpenFisca (dated, cited values) and Catala (text beside code).
Start at `CitedRecord`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Any, Self, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from comity.model.written_times import WrittenDay


def compute_seal(words: str) -> str:
    """Return the seal of some words: SHA-256, in hex, over UTF-8 with every run of white space as one space.

    >>> compute_seal("shall  disclose") == compute_seal("shall disclose")
    True
    """
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()


def compute_file_seal(content: Mapping[str, Any]) -> str:
    """Return the seal of a whole file: of every field in it but its own `sha256`.

    The order of keys, comments and wrapping do not count; everything else does. The seal is the SHA-256, in hex, of
    JSON with sorted keys, in which every run of white space is one space and a date is written YYYY-MM-DD.

    >>> compute_file_seal({"id": "a", "sha256": "x"}) == compute_file_seal({"sha256": "y", "id": " a"})
    True
    """
    canonical = _canonical({name: value for name, value in content.items() if name != "sha256"})
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _canonical(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return " ".join(str(value).split())


def verify_file_seal(content: Any) -> None:
    """Raise ValueError when the content of a file does not have the hash in it; one without a hash is refused later."""
    if isinstance(content, Mapping) and "sha256" in content:
        seal = compute_file_seal(content)
        if seal != content["sha256"]:
            raise ValueError(f"what the file says does not have the hash on file; its own is {seal}")


class FrozenModel(BaseModel):
    """Immutable, closed to unknown keys, and silent about the values it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)


class ElementKind(StrEnum):
    """What an element does: it must be present, it lifts a requirement, or it forbids."""

    ELEMENT = "element"
    EXCEPTION = "exception"
    BAR = "bar"


class SourceMark(StrEnum):
    """How far the words can be trusted (docs/law-notes.md, first paragraph)."""

    USC = "USC"  # read in the statute's text of April 2023: check for later amendments
    SOURCE = "S"  # read at the source named in docs/law-notes.md
    INF = "INF"  # our inference: a lawyer must confirm it
    GK = "GK"  # general knowledge, not verified
    MEAS = "MEAS"  # measured by this project


class CitedRecord(FrozenModel):
    """Words with their source, their seal and their dates. `effective_to` is the first day after.

    For a statute `effective_from` is the date from which this file vouches for the words, not the date of enactment.
    """

    citation: str = Field(min_length=4)
    text: str | None = None
    summary: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    effective_from: WrittenDay
    effective_to: WrittenDay | None = None
    recorded_from: WrittenDay
    last_checked_on: WrittenDay
    marks: tuple[SourceMark, ...] = Field(min_length=1)

    @property
    def text_or_summary(self) -> str:
        """Return the quoted text, or our summary where the text is not on file."""
        return self.text or self.summary or ""

    @property
    def sealed_text(self) -> str:
        """Return the text that the hash covers."""
        return self.text_or_summary

    @property
    def has_unconfirmed_words(self) -> bool:
        """Return whether the words are an inference or unverified: counsel must confirm them."""
        return any(mark in {SourceMark.INF, SourceMark.GK} for mark in self.marks)

    def is_in_force_on(self, day: date) -> bool:
        """Return whether the record is in effect on `day`."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    @model_validator(mode="after")
    def verify_words(self) -> Self:
        """Raise ValueError unless there are words of one kind with the hash on file, and dates in order."""
        if bool(self.text) == bool(self.summary):
            raise ValueError("give either `text` (a quotation) or `summary` (our words)")
        if compute_seal(self.sealed_text) != self.sha256:
            raise ValueError(f"the words do not have the hash on file; theirs is {compute_seal(self.sealed_text)}")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("effective_to must come after effective_from")
        return self


E = TypeVar("E", bound=CitedRecord)

CODE_PATTERN = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
"""How the codes of a row are written."""


def _verify_regular_expression(pattern: str) -> str:
    """Return an RE2 pattern; raise ValueError when it is none."""
    try:
        pc.match_substring_regex(pa.array([""], pa.string()), pattern)
    except pa.ArrowInvalid as error:
        raise ValueError("it is no regular expression (RE2)") from error
    return pattern


RegularExpression = Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(_verify_regular_expression)]
Keyword = Annotated[str, Field(pattern=r"^[a-z0-9 .]*[a-z0-9][a-z0-9 .]*$"), StringConstraints(strip_whitespace=False)]
"""A part of a word, in small letters; a space at its end ends a word."""


class RuleCombination(StrEnum):
    """How the findings of several rules about one element combine."""

    ALL = "all"  # each is a condition: one that is not met refuses, and no two contradict each other
    ONE = "one"  # each answers the whole question: answers that differ are an error, and nothing is released


class Element(CitedRecord):
    """One element of a statute or clause of an agreement. `evidence` says what decides it.

    `decided_by` names the rules that decide a clause of an agreement, so that a new agreement needs data and no code.
    (The rules that follow a statute name it themselves.) Several elements may have one id: they are versions, of which
    one is in force on any day (`find_version_in_force`).
    """

    id: str = Field(pattern=r"^[a-z0-9][A-Za-z0-9-]+$")
    kind: ElementKind
    evidence: str = Field(min_length=4)
    decided_by: tuple[str, ...] = ()
    deciding: RuleCombination = RuleCombination.ONE


class Limit(CitedRecord):
    """A figure that a gate applies, with the reason for it; the hash covers the figure too."""

    value: int = Field(ge=0)

    @property
    def sealed_text(self) -> str:
        """Return the words and the figure."""
        return f"{self.text_or_summary} = {self.value}"


class OffenseElement(CitedRecord):
    """A code for something that a prosecution must prove, on which the address in a request may bear.

    `offenses` are the provisions of which it is an element; what is an element of a section is one of its paragraphs'.
    """

    code: str = Field(pattern=CODE_PATTERN)
    offenses: tuple[str, ...] = Field(min_length=1)

    @property
    def sealed_text(self) -> str:
        """Return the words, the code and the offenses."""
        return f"{self.text_or_summary} = {self.code} = {', '.join(self.offenses)}"


class ProceedingKind(CitedRecord):
    """A code for a kind of investigation or proceeding. Of kind `bar`, it is one that the statute does not serve.

    `case_numbers` are forms (RE2, over the whole number in capitals) that no other kind of proceeding has.
    """

    code: str = Field(pattern=CODE_PATTERN)
    kind: ElementKind
    case_numbers: tuple[RegularExpression, ...] = ()

    @property
    def sealed_text(self) -> str:
        """Return the words, the code and the forms of case numbers."""
        parts = (self.text_or_summary, self.code, ", ".join(self.case_numbers))
        return " = ".join(part for part in parts if part)


class FlaggedWords(CitedRecord):
    """Words in a requester's own text that a person must read before anything is released. They decide nothing.

    A text with one of `keywords` anywhere in it is searched for `patterns`: RE2, over whole words in capitals without
    accents and marks, with `#` where a clause ends. `other_meanings` are taken out first: phrases in which such words
    name something else. A pattern after a word of denial ("not for civil enforcement") does not count. `rule` is the
    rule that flags the row; an agreement that serves the purpose `unless_serves` is not concerned.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]+$")
    rule: str = Field(min_length=4)
    unless_serves: str | None = None
    keywords: tuple[Keyword, ...] = Field(min_length=1)
    patterns: tuple[RegularExpression, ...] = Field(min_length=1)
    other_meanings: tuple[RegularExpression, ...] = ()

    @property
    def sealed_text(self) -> str:
        """Return the words, the keywords, the patterns and the other meanings."""
        parts = (self.text_or_summary, *map(", ".join, (self.keywords, self.patterns, self.other_meanings)))
        return " = ".join(part for part in parts if part)


class Statute(FrozenModel):
    """One section of a code, as the elements that the gateway knows.

    `source` says where its words were read; `figures` are numbers that the statute itself sets and a rule applies.
    `offense_elements` and `proceedings` are the codes that a request's row may give; `flagged_words` are words in its
    text that a person must read.
    """

    id: str
    citation: str
    title: str
    source: str = Field(min_length=10)
    elements: tuple[Element, ...] = Field(min_length=1)
    figures: Mapping[str, Limit] = Field(default_factory=dict)
    offense_elements: tuple[OffenseElement, ...] = ()
    proceedings: tuple[ProceedingKind, ...] = ()
    flagged_words: tuple[FlaggedWords, ...] = ()

    @model_validator(mode="after")
    def verify_versions(self) -> Self:
        """Raise ValueError when two versions of one element are in force on one day."""
        verify_one_version(self.elements)
        return self


def verify_unique_ids(names: Sequence[str], what: str) -> None:
    """Raise ValueError when an id occurs twice."""
    if len(set(names)) != len(names):
        raise ValueError(f"two {what} carry the same id")


def find_version_in_force(versions: Iterable[E], day: date, known_on: date | None = None) -> E | None:
    """Return the version in force on `day`, as on record on `known_on` (None: now); None when there was none.

    What was recorded later replaces what was recorded earlier, for the days that both cover.
    """
    in_force = [
        version
        for version in versions
        if version.is_in_force_on(day) and (known_on is None or version.recorded_from <= known_on)
    ]
    return max(in_force, key=lambda version: version.recorded_from, default=None)


def verify_one_version(elements: Sequence[Element]) -> None:
    """Raise ValueError when two versions of one element, recorded on one day, are in force together."""
    for left, right in combinations(elements, 2):
        if (left.id, left.recorded_from) == (right.id, right.recorded_from) and _is_overlapping(left, right):
            raise ValueError(f"two versions of {left.id} are in force on one day: which of them holds is not known")


def _is_overlapping(left: CitedRecord, right: CitedRecord) -> bool:
    later = max(left.effective_from, right.effective_from)
    return left.is_in_force_on(later) and right.is_in_force_on(later)
