"""What a genuine paper of each kind proves by law: the evidence table, as dated and sealed rows.

Guarantees: every kind has a row for each of the four statuses; no row says that a genuine paper proves the contrary; no
two rows for one status, issuer and date of issue are in force on one day; the seal covers the outcome and its
conditions as well as the words, and a seal of the whole file every field in it.
Does not: say whether a paper is genuine or its conditions are met (`comity.documents`), or what a rule accepts
(`law.candidate`): acceptance is not proof.
Start at `load_evidence_table`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from comity.errors import PolicyError
from comity.law.loader import parse_document
from comity.law.provisions import CitedRecord, FrozenModel, verify_file_seal, verify_unique_ids
from comity.model.document import STATUSES, Condition, Proposition
from comity.model.finding import Outcome
from comity.model.written_times import WrittenDay

COUNSEL = "counsel must confirm"
"""What every output says beside a row that is an inference or not verified."""


class Reach(StrEnum):
    """How far a machine can look into a paper of this kind, weakest first."""

    TYPED = "typed"  # only what a person types from it
    MRZ_TEXT = "mrz_text"  # a machine-readable zone, whose digits show form only
    BARCODE = "barcode"  # an unsigned barcode
    CHIP_SIGNED = "chip_signed"  # data that the issuing state signed


class Worth(CitedRecord):
    """What a genuine paper of one kind proves about one status. `issued_to` is the first day after.

    `issuer` limits the row to papers of one state or territory; None covers every issuer without a row of its own.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]+$")
    kind: str
    proposition: Proposition
    if_genuine: Outcome
    issuer: str | None = Field(default=None, pattern=r"^[A-Z]{1,3}$")
    issued_from: WrittenDay | None = None
    issued_to: WrittenDay | None = None
    conditions: tuple[Condition, ...] = ()

    @field_validator("if_genuine", mode="before")
    @classmethod
    def read_outcome(cls, value: Any) -> Any:
        """Return the outcome that a name in the file names; anything else goes to the check of types."""
        return Outcome.__members__.get(value, value) if isinstance(value, str) else value

    @property
    def sealed_text(self) -> str:
        """Return the words, the outcome, and what limits it; `law.sealing` writes the same."""
        limits = [self.issuer, self.issued_from, self.issued_to, ", ".join(self.conditions)]
        return " = ".join([self.text_or_summary, self.if_genuine.name, *(str(limit) for limit in limits if limit)])

    @model_validator(mode="after")
    def verify_worth(self) -> Self:
        """Raise ValueError for a row that no paper can have."""
        if self.proposition not in STATUSES:
            raise ValueError("a row speaks of one of the four statuses")
        if self.if_genuine is Outcome.NOT_MET:
            raise ValueError("no paper proves the contrary: a citizen may hold another nationality")
        if self.conditions and self.if_genuine is not Outcome.MET:
            raise ValueError("conditions belong to a row that can be MET")
        if self.issued_from is not None and self.issued_to is not None and self.issued_to <= self.issued_from:
            raise ValueError("issued_to must come after issued_from")
        return self

    def covers_issue(self, issued_on: date) -> bool:
        """Return whether the row covers papers issued on a day."""
        return (self.issued_from or date.min) <= issued_on < (self.issued_to or date.max)


class DocumentKind(FrozenModel):
    """A kind of paper: its name, its forms, how far a machine can look into it, and its rows."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    name: str
    forms: tuple[str, ...] = ()
    reach: Reach
    reach_words: str
    source: str = Field(min_length=4)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: tuple[Worth, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def name_kind_in_rows(cls, data: Any) -> Any:
        """Give each row the kind of its file, so that it is written once. Raise ValueError for a file not sealed so."""
        verify_file_seal(data)
        if not isinstance(data, Mapping) or not isinstance(data.get("rows"), list):
            return data
        rows = [{**row, "kind": data.get("id")} if isinstance(row, Mapping) else row for row in data["rows"]]
        return {**data, "rows": rows}

    @model_validator(mode="after")
    def verify_rows(self) -> Self:
        """Raise ValueError when a status has no row, or two rows hold together."""
        verify_unique_ids([row.id for row in self.rows], "rows")
        missing = [status for status in STATUSES if not any(row.proposition is status for row in self.rows)]
        if missing:
            raise ValueError(f"no row speaks of {', '.join(missing)}")
        for index, row in enumerate(self.rows):
            for later in self.rows[index + 1 :]:
                if _hold_together(row, later):
                    raise ValueError(f"{row.id} and {later.id} hold on one day: which of them decides is not known")
        return self

    def rows_in_force(self, day: date) -> tuple[Worth, ...]:
        """Return the rows in force on a day, in the order of the file."""
        return tuple(row for row in self.rows if row.is_in_force_on(day))


def _hold_together(row: Worth, other: Worth) -> bool:
    """Return whether two rows answer one question on one day."""
    if (row.proposition, row.issuer) != (other.proposition, other.issuer):
        return False
    day = max(row.effective_from, other.effective_from)
    issued_on = max(row.issued_from or date.min, other.issued_from or date.min)
    return all(piece.is_in_force_on(day) and piece.covers_issue(issued_on) for piece in (row, other))


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """Every kind of paper on file, by id."""

    kinds: Mapping[str, DocumentKind]

    def __iter__(self) -> Iterator[DocumentKind]:
        return iter(self.kinds.values())

    def kind(self, kind_id: str) -> DocumentKind:
        """Return the kind of that id.

        Raises:
            PolicyError: `document_kind_unknown`.
        """
        if kind_id in self.kinds:
            return self.kinds[kind_id]
        raise PolicyError(
            "document_kind_unknown",
            "No kind of paper of that name is on file, so no law here says what one proves.",
            f"Name one of: {', '.join(sorted(self.kinds))}.",
        )

    def rows(self, kind_id: str, day: date) -> tuple[Worth, ...]:
        """Return the rows for a kind that are in force on a day.

        Raises:
            PolicyError: `document_kind_unknown`.
        """
        return self.kind(kind_id).rows_in_force(day)


def build_evidence_table(kinds: Iterable[DocumentKind]) -> EvidenceTable:
    """Return the table of these kinds.

    Raises:
        PolicyError: `law_invalid`, two kinds carry one id.
    """
    by_id: dict[str, DocumentKind] = {}
    for kind in kinds:
        if kind.id in by_id:
            message = f"The law on file cannot be used: two kinds of paper carry the id {kind.id}."
            raise PolicyError("law_invalid", message, "Give each kind an id and a file of its own.")
        by_id[kind.id] = kind
    return EvidenceTable(MappingProxyType(by_id))


@cache
def load_evidence_table() -> EvidenceTable:
    """Return the evidence table in the package.

    Raises:
        PolicyError: `law_invalid` for a file that is incomplete, altered, or contradicts itself.

    >>> load_evidence_table().kind("real-id").reach
    <Reach.BARCODE: 'barcode'>
    """
    folder = files("comity.law") / "documents"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name)
    return build_evidence_table(
        parse_document(
            DocumentKind, entry.read_text(encoding="utf-8"), f"documents/{entry.name}", refuse=refuse_paper_law
        )
        for entry in entries
    )


def refuse_paper_law(source: str, reason: str) -> PolicyError:
    """Return the refusal of a file of the law on papers."""
    return PolicyError(
        "law_invalid",
        f"The law on papers on file cannot be used: {source}: {reason}. Nothing is concluded by it.",
        "Fix the file; all that it says is under its SHA-256 (run: comity documents seal FILE).",
    )
