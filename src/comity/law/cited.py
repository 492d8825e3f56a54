"""What every piece of law on file has in common: a citation, words, a hash over them, dates and marks.

Guarantees: words come either as `text` (quoted, exactly as the source has them) or as `summary` (ours; never shown
in quotation marks), never both; the hash is checked when the piece is built, so an edit that nobody sealed again
does not load.
Does not: know what an element means. White space is folded before hashing, so that YAML may be wrapped anew.
Basis: stack.md 2.2 (b), after OpenFisca (dated, cited values) and Catala (text beside code).
Start at `Cited`.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


def sha256_of(words: str) -> str:
    """The seal of some words: SHA-256, in hex, over UTF-8 with every run of white space folded to one space.

    >>> sha256_of("shall  disclose") == sha256_of("shall disclose")
    True
    """
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()


class Frozen(BaseModel):
    """Immutable, closed to unknown keys, and silent about the values it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)


class Kind(StrEnum):
    """What an element does: it must be there, it lifts a requirement, or it forbids."""

    ELEMENT = "element"
    EXCEPTION = "exception"
    BAR = "bar"


class Mark(StrEnum):
    """How far the words are to be trusted (law.md, first paragraph)."""

    USC = "USC"  # read in the statute's text of April 2023: check for later amendments
    SOURCE = "S"  # read at the source named in law.md
    INF = "INF"  # our inference: a lawyer must confirm it
    GK = "GK"  # general knowledge, not verified


class Cited(Frozen):
    """Words with their source, their seal and their dates. `effective_to` is the first day after.

    For a statute `effective_from` is the date from which this file vouches for the words, not the date of enactment.
    """

    citation: str = Field(min_length=4)
    text: str | None = None
    summary: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    effective_from: date
    effective_to: date | None = None
    recorded_from: date
    last_checked_on: date
    marks: tuple[Mark, ...] = Field(min_length=1)

    @property
    def words(self) -> str:
        """The quoted text, or our summary where the text is not on file."""
        return self.text or self.summary or ""

    @property
    def sealed_words(self) -> str:
        """What the hash covers."""
        return self.words

    @property
    def needs_counsel(self) -> bool:
        """Whether the words are an inference or unverified, so that counsel must confirm them."""
        return any(mark in {Mark.INF, Mark.GK} for mark in self.marks)

    def is_in_force_on(self, day: date) -> bool:
        """Whether the element is in effect on `day`."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    @model_validator(mode="after")
    def verify_words(self) -> Self:
        """Raise ValueError unless there are words of one kind whose hash is the one on file, and dates in order."""
        if bool(self.text) == bool(self.summary):
            raise ValueError("give either `text` (a quotation) or `summary` (our words)")
        if sha256_of(self.sealed_words) != self.sha256:
            raise ValueError(f"the words do not have the hash on file; theirs is {sha256_of(self.sealed_words)}")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("effective_to must come after effective_from")
        return self


class Element(Cited):
    """One element of a statute or clause of an agreement. `evidence` says what decides it."""

    id: str = Field(pattern=r"^[a-z0-9][A-Za-z0-9-]+$")
    kind: Kind
    evidence: str = Field(min_length=4)


class Limit(Cited):
    """A figure that a gate applies, with the reason for it; the hash covers the figure too."""

    value: int = Field(ge=0)

    @property
    def sealed_words(self) -> str:
        """The words and the figure."""
        return f"{self.words} = {self.value}"


class Statute(Frozen):
    """One section of a code, as the elements that the gateway knows."""

    id: str
    citation: str
    title: str
    elements: tuple[Element, ...] = Field(min_length=1)


def require_distinct(names: Sequence[str], what: str) -> None:
    """Raise ValueError when two things carry one name."""
    if len(set(names)) != len(names):
        raise ValueError(f"two {what} carry the same id")
