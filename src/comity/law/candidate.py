"""Candidate rules: rules that are not in force, as data, so that their effect can be counted before anyone makes them.

Guarantees: a `Candidate` is no piece of law: it is not `CitedRecord`, has no day on which it is in force, and no status
that says so; the law that gates and inspections read (`law.load`, `law.worth`, `law.identification`) cannot hold one.
What it asks of whom is a closed list: nothing about a name, a language, a birthplace or a group can be written. Two
exceptions that contradict each other do not load.
Does not: apply. The only thing that can be done with one is to assess it (`comity.assess`).
Start at `load_candidates`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from pydantic import Field, model_validator

from comity.errors import PolicyError
from comity.law.loader import Refusal, parse_document
from comity.law.provisions import FrozenModel, SourceMark, compute_seal, verify_file_seal, verify_unique_ids
from comity.law.worth import EvidenceTable, load_evidence_table, refuse_paper_law
from comity.model.written_times import WrittenDay
from comity.plain_files import read_plain_file

NOT_REQUIRED = "not legally required; off by default"
"""What every page and output about a candidate says."""

MAX_FILE_BYTES = 256_000
MAX_TEXT = 4_000
MAX_PIECES = 100


class Status(StrEnum):
    """How far the rule got. There is no word for a rule in force: that would be law, and another type."""

    REPORTED = "reported"  # the press wrote of it
    PROPOSED = "proposed"  # an agency published it for comment
    TRANSPLANTED = "transplanted"  # in force for another purpose; here as if it were made for banks
    MODELED = "modeled"  # written for comparison
    BASELINE = "baseline"  # asks for nothing


class AccountKind(StrEnum):
    """What kind of customer holds the account. The first three are natural persons."""

    INDIVIDUAL = "individual"
    JOINT = "joint"
    SOLE_PROPRIETOR = "sole_proprietor"
    TRUST = "trust"
    ORGANIZATION = "organization"


NATURAL_PERSONS = frozenset({AccountKind.INDIVIDUAL, AccountKind.JOINT, AccountKind.SOLE_PROPRIETOR})


class NumberKind(StrEnum):
    """The identification number that the bank holds (31 CFR 1020.220(a)(2)(i)(A)(4))."""

    SSN = "ssn"
    ITIN = "itin"
    EIN = "ein"
    PASSPORT = "passport"
    ALIEN_CARD = "alien_card"
    FOREIGN_DOCUMENT = "foreign_document"


NON_US_PERSON_NUMBERS = frozenset({NumberKind.PASSPORT, NumberKind.ALIEN_CARD, NumberKind.FOREIGN_DOCUMENT})
"""Numbers that the rule lets a bank take from a non-US person alone. The customer may have naturalized since."""


class NameRule(StrEnum):
    """What the rule says when the name on the paper is not the name on the account."""

    EXACT = "exact"  # the names must be the same
    LINK = "link"  # a paper that links the names will do
    NOT_ADDRESSED = "silent"  # the rule does not say


class Who(FrozenModel):
    """Whom a rule or an exception reaches. What is not given does not limit it. `opened_before` excludes its day."""

    opened_from: WrittenDay | None = None
    opened_before: WrittenDay | None = None
    natural_persons_only: bool = False
    account_kinds: frozenset[AccountKind] | None = None
    number_kinds: frozenset[NumberKind] | None = None

    @model_validator(mode="after")
    def verify_dates(self) -> Self:
        """Raise ValueError when no day of opening is left."""
        if self.opened_from and self.opened_before and self.opened_before <= self.opened_from:
            raise ValueError("opened_before must come after opened_from")
        return self

    @property
    def kinds(self) -> frozenset[AccountKind]:
        """Return the kinds of account it reaches."""
        kinds = frozenset(AccountKind) if self.account_kinds is None else self.account_kinds
        return kinds & NATURAL_PERSONS if self.natural_persons_only else kinds

    @property
    def numbers(self) -> frozenset[NumberKind]:
        """Return the kinds of number it reaches."""
        return frozenset(NumberKind) if self.number_kinds is None else self.number_kinds

    def overlaps(self, other: "Who") -> bool:
        """Return whether a customer can be reached by both."""
        first = max(self.opened_from or date.min, other.opened_from or date.min)
        last = min(self.opened_before or date.max, other.opened_before or date.max)
        return first < last and bool(self.kinds & other.kinds) and bool(self.numbers & other.numbers)


class RuleException(FrozenModel):
    """Customers for whom the rule asks less: it does not reach them, accepts further papers, or gives more time."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    summary: str = Field(min_length=10)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    who: Who
    exempts: bool = False
    also_shows: frozenset[str] = frozenset()
    deadline_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def verify_effect(self) -> Self:
        """Raise ValueError for words without their seal, no effect, or effects that exclude each other."""
        if compute_seal(self.summary) != self.sha256:
            raise ValueError(f"the words do not have the hash on file; theirs is {compute_seal(self.summary)}")
        if self.exempts and (self.also_shows or self.deadline_days):
            raise ValueError("an exception that exempts has no papers and no deadline")
        if not (self.exempts or self.also_shows or self.deadline_days):
            raise ValueError("an exception exempts, accepts more, or gives more time")
        return self

    def conflicts_with(self, other: "RuleException") -> bool:
        """Return whether a customer can come under both, and they say different things on one matter."""
        if not self.who.overlaps(other.who):
            return False
        differ = self.deadline_days and other.deadline_days and self.deadline_days != other.deadline_days
        return self.exempts != other.exempts or bool(differ)


class Change(FrozenModel):
    """What the rule says from a day on, where that differs from before; what is not given stays."""

    changes_on: WrittenDay
    shows: frozenset[str] | None = None
    name_rule: NameRule | None = None
    noncitizens: frozenset[str] | None = None
    deadline_days: int | None = Field(default=None, ge=1)


class Terms(FrozenModel):
    """What a candidate would ask on one day."""

    who: Who
    shows: frozenset[str]
    name_rule: NameRule
    noncitizens: frozenset[str]
    deadline_days: int | None
    exceptions: tuple[RuleException, ...]


class Candidate(FrozenModel):
    """A rule that is not in force. `shows` are kinds of paper of which any one would do; without any it asks nothing.

    `summary` is our words on what the source says, and `sha256` the seal of all that the file says.

    `noncitizens` are kinds that would do for customers who are not citizens; empty when the rule is silent on them.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]+$", max_length=60)
    title: str = Field(min_length=1, max_length=200)
    status: Status
    citation: str = Field(min_length=4)
    summary: str = Field(min_length=10)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    recorded_from: WrittenDay
    last_checked_on: WrittenDay
    marks: tuple[SourceMark, ...] = Field(min_length=1)
    who: Who = Who()
    shows: frozenset[str] = frozenset()
    name_rule: NameRule = NameRule.NOT_ADDRESSED
    noncitizens: frozenset[str] = frozenset()
    deadline_days: int | None = Field(default=None, ge=1)
    on_failure: str = "not said"
    exceptions: tuple[RuleException, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def needs_counsel(self) -> bool:
        """Return whether the words are an inference or unverified."""
        return any(mark in {SourceMark.INF, SourceMark.GK} for mark in self.marks)

    @model_validator(mode="before")
    @classmethod
    def verify_texts(cls, data: Any) -> Any:
        """Raise ValueError for a text that is too long or changes how others are shown, and for a false seal."""
        for text in _texts(data):
            if len(text) > MAX_TEXT or not text.replace("\n", " ").isprintable():
                raise ValueError(f"a text has more than {MAX_TEXT:,} characters, or one that cannot be printed")
        verify_file_seal(data)
        return data

    @model_validator(mode="after")
    def verify_candidate(self) -> Self:
        """Raise ValueError for changes of one day, exceptions in conflict, or more of them than a rule can have."""
        if max(len(self.exceptions), len(self.changes)) > MAX_PIECES:
            raise ValueError(f"a rule has at most {MAX_PIECES} exceptions and changes")
        if (self.status is Status.BASELINE) != (not self.shows):
            raise ValueError(
                "a baseline accepts no paper because it asks for none; every other rule says what shows it"
            )
        if self.status is Status.BASELINE and any(change.shows for change in self.changes):
            raise ValueError("a baseline asks for nothing on any day")
        verify_unique_ids([str(change.changes_on) for change in self.changes], "changes of one day")
        verify_unique_ids([exception.id for exception in self.exceptions], "exceptions")
        for index, exception in enumerate(self.exceptions):
            for later in self.exceptions[index + 1 :]:
                if exception.conflicts_with(later):
                    raise ValueError(f"the exceptions {exception.id} and {later.id} contradict each other")
        return self

    @property
    def kinds_named(self) -> frozenset[str]:
        """Return every kind of paper that the rule names."""
        kinds = self.shows | self.noncitizens
        for exception in self.exceptions:
            kinds |= exception.also_shows
        for change in self.changes:
            kinds |= (change.shows or frozenset()) | (change.noncitizens or frozenset())
        return kinds

    def terms(self, day: date) -> Terms:
        """Return what the rule would ask on a day, its dated changes taken in."""
        terms = Terms(
            who=self.who, shows=self.shows, name_rule=self.name_rule, noncitizens=self.noncitizens,
            deadline_days=self.deadline_days, exceptions=self.exceptions,
        )  # fmt: skip
        for change in sorted(self.changes, key=lambda change: change.changes_on):
            if change.changes_on <= day:
                changed_terms = change.model_dump(exclude={"changes_on"}, exclude_none=True)
                terms = terms.model_copy(update=changed_terms)
        return terms


def _texts(data: Any) -> Iterable[str]:
    """Return every text in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from (text for piece in (key, value) for text in _texts(piece))
    elif isinstance(data, list | tuple | set | frozenset):
        for piece in data:
            yield from _texts(piece)


def refuse_to_apply(candidate: Candidate) -> PolicyError:
    """Return the refusal for whoever asks that a candidate be applied."""
    return PolicyError(
        "not_in_force",
        f"{candidate.id} is not in force: it can be assessed, not applied ({NOT_REQUIRED}).",
        f"See what it would do: comity documents assess FILE --rule {candidate.id} --out DIR",
    )


@cache
def load_candidates() -> Mapping[str, Candidate]:
    """Return the candidates in the package by id.

    Raises:
        PolicyError: `law_invalid` for a file that is incomplete or altered or names an unknown kind of paper.

    >>> load_candidates()["none"].status
    <Status.BASELINE: 'baseline'>
    """
    folder = files("comity.law") / "candidates"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name)
    table = load_evidence_table()
    texts = ((entry.read_text(encoding="utf-8"), f"candidates/{entry.name}") for entry in entries)
    return _by_id(parse_candidate(text, source, table) for text, source in texts)


def read_candidate(path: Path) -> Candidate:
    """Return the candidate in a file of the user's own.

    Raises:
        PolicyError: `rule_invalid`.
    """
    try:
        data = read_plain_file(path, MAX_FILE_BYTES)
        if len(data) > MAX_FILE_BYTES:
            raise _refuse_own_rule(path.name, f"it is larger than {MAX_FILE_BYTES:,} bytes")
        text = data.decode("utf-8")
    except FileNotFoundError:
        raise _refuse_own_rule(path.name, "there is no file of that name") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise _refuse_own_rule(path.name, "it cannot be read as UTF-8 text, or is no plain file") from fault
    candidate = parse_candidate(text, path.name, load_evidence_table(), refuse=_refuse_own_rule)
    if candidate.id in load_candidates():
        raise _refuse_own_rule(path.name, f"its id {candidate.id} is that of a rule on file; give yours another")
    return candidate


def parse_candidate(text: str, source: str, table: EvidenceTable, *, refuse: Refusal = refuse_paper_law) -> Candidate:
    """Return one candidate; `source` names it in errors.

    Raises:
        PolicyError: `law_invalid`, or what `refuse` returns.
    """
    candidate = parse_document(Candidate, text, source, refuse=refuse)
    unknown = sorted(candidate.kinds_named - set(table.kinds))
    if unknown:
        raise refuse(source, f"it names {', '.join(unknown)}, and no kind of paper of that name is on file")
    return candidate


def find_candidate(name: str) -> Candidate:
    """Return the candidate on file of that id.

    Raises:
        PolicyError: `rule_unknown`.
    """
    candidates = load_candidates()
    if name in candidates:
        return candidates[name]
    message = "No candidate rule of that name is on file, so there is nothing to assess."
    raise PolicyError("rule_unknown", message, f"Name one of {', '.join(candidates)}, or a YAML file of your own.")


def _by_id(candidates: Iterable[Candidate]) -> Mapping[str, Candidate]:
    by_id: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.id in by_id:
            raise refuse_paper_law("candidates", f"two rules carry the id {candidate.id}")
        by_id[candidate.id] = candidate
    return MappingProxyType(by_id)


def _refuse_own_rule(source: str, why: str) -> PolicyError:
    """Return the refusal of a rule of the user's own."""
    message = f"The candidate rule cannot be used: {source}: {why}. Nothing is assessed by a rule that cannot be read."
    hint = "Correct the file, then seal it: comity documents seal FILE; see docs/guides/adding-a-paper-or-a-rule.md."
    return PolicyError("rule_invalid", message, hint)
