"""A case for review: what two people are to judge, what each of them judged, and what no reviewer ever sees.

Guarantees: `CaseContent` has no place for a score, an agency, a batch, a record's id, the machine's choice, or another
person's judgment, so that its bytes cannot depend on them. The same content gives the same bytes.
Does not: decide (`comity.review` does).
Basis: promise 12; ADR 0055.
Start at `CaseContent`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MAX_CANDIDATES = 6
"""Persons on record at the address that a case lists at most."""

Fields = Mapping[str, str | None]
"""The values of some fields in normal form; None where there is none."""


class NumberRelation(StrEnum):
    """How the taxpayer numbers of a request and of a record relate; no digit of either is in a case."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class CaseCandidate:
    """A person on record at the address of a case."""

    name: Fields
    number: NumberRelation


@dataclass(frozen=True, slots=True)
class CaseContent:
    """What reviewers of a case see: the address of the request and the one on record, then the names."""

    requested_address: Fields
    recorded_address: Fields
    requested_name: Fields
    candidates: tuple[CaseCandidate, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.candidates) <= MAX_CANDIDATES:
            raise RuntimeError(f"a case has 1 to {MAX_CANDIDATES} candidates")

    def encode(self) -> bytes:
        """Return the content as JSON, the same bytes each time."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()

    @classmethod
    def decode(cls, data: bytes) -> "CaseContent":
        """Return the content that `encode` wrote."""
        values: dict[str, Any] = json.loads(data)
        candidates = tuple(CaseCandidate(c["name"], NumberRelation(c["number"])) for c in values.pop("candidates"))
        return cls(candidates=candidates, **values)


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What is kept of a case apart from its content, and is displayed to no reviewer.

    `record_ids` are the candidates' records, in their order. `confirmable` are the positions of the candidates for
    whom everything holds that no person can waive.
    """

    record_ids: tuple[str, ...]
    confirmable: frozenset[int]


@dataclass(frozen=True, slots=True)
class PersonOnRecord:
    """A person on record at an address, and which conditions of the policy the request meets for that person."""

    record_id: str
    name: Fields
    number: NumberRelation
    conditions: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class RecordedPlace:
    """What matching knows of one row for review: the address on record of its likeliest person, and who is there.

    `people` share a part of the requested name, each once; the likeliest person is the first.
    """

    row: int
    requested_address: Fields
    requested_name: Fields
    recorded_address: Fields
    people: tuple[PersonOnRecord, ...]


class AddressJudgment(StrEnum):
    """What a reviewer says of the address, before any name is displayed."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class CaseJudgment:
    """What one reviewer says of a case: of the address, and which of the candidates the request is about.

    `candidate` is a position, None for none of them. `is_unsure`: the reviewer cannot tell which, or whether any.
    """

    address: AddressJudgment
    candidate: int | None = None
    is_unsure: bool = False

    def __post_init__(self) -> None:
        if self.candidate is not None and (self.address is not AddressJudgment.SAME or self.is_unsure):
            raise RuntimeError("a person is chosen only at the same address, and by a reviewer who is sure")
