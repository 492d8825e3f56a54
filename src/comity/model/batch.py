"""A batch as the requester sent it: the manifest, the signature's outcome, the rows, and what is wrong with the file.

Guarantees: a `Batch` holds every data row of the requests file exactly once, in file order, numbered from 1; a row
that could not be read is present with empty fields. Text is as written (and is NUL-free, valid Unicode).
Does not: judge whether the law allows the batch (`gates` does).
Basis: docs/spec/batch.md; 26 USC 6103(i)(2)(B).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, FailFast, Field

from comity.model.fault import OLD_LAYOUT_RULE, Fault
from comity.model.written_times import WrittenDay, WrittenTime


class _FrozenModel(BaseModel):
    """Immutable, closed to unknown keys, and silent about the values it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)


Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
"""A name that may stand in file names, ledger entries and messages."""

ShortText = Annotated[str, Field(max_length=500)]


class RequestSigner(_FrozenModel):
    """Who signed the request: the natural person and the office held (6103(i)(2)(A))."""

    name: ShortText
    office: ShortText


class Officer(_FrozenModel):
    """An officer or employee personally and directly engaged in the investigation (6103(i)(2)(A)).

    `agency` is the officer's; the requester's where it is not given.
    """

    id: ShortText
    name: ShortText
    office: ShortText
    agency: ShortText | None = None


class Attestation(_FrozenModel):
    """One statement that the signer vouches for; `on` is the date it speaks of, where it speaks of one."""

    id: Identifier
    text: str = ""
    on: WrittenDay | None = None


class Manifest(_FrozenModel):
    """`batch.json`: who asks, under what authority, and the hash that ties the requests file to the signature.

    `elements` is what the requester asks to be told; the gateway knows one element, `address_confirmation` (R12).
    """

    batch_id: Identifier
    requester: ShortText
    signer: RequestSigner
    agreement: Identifier
    statutory_authority: ShortText
    officers: Annotated[tuple[Officer, ...], FailFast()]
    attestations: Annotated[tuple[Attestation, ...], FailFast()]
    created_at: WrittenTime
    sha256: str = Field(max_length=64)
    elements: Annotated[tuple[ShortText, ...], FailFast()] = ("address_confirmation",)
    requests_file: str | None = None
    synthetic: bool = False

    @property
    def created_at_utc(self) -> datetime:
        """Return the manifest's date in UTC."""
        return self.created_at.astimezone(UTC)


class UnreadableMemberError(Exception):
    """A member of a draft's manifest is asked for that could not be read."""


class PartialManifest(Manifest):
    """What could be read of a draft's manifest; nothing is guessed for what could not.

    It is for its own requester alone: a batch with such a manifest is refused.
    """

    def __getattr__(self, name: str) -> Any:
        """Raise UnreadableMemberError for a member that could not be read."""
        if name in Manifest.model_fields:
            raise UnreadableMemberError(name)
        raise AttributeError(name)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as read: see the module's guarantees.

    `signer_key_id` is the RFC 7638 thumbprint of the registered key that verified the signature, or None when none did
    (`faults` says why).
    """

    manifest: Manifest
    manifest_sha256: str
    requests_sha256: str
    signer_key_id: str | None
    requests: pa.Table
    faults: tuple[Fault, ...]

    @property
    def has_old_layout(self) -> bool:
        """Return whether the requests file is in layout 1, without the columns that layout 2 added."""
        return any(fault.rule == OLD_LAYOUT_RULE for fault in self.faults)

    @property
    def row_count(self) -> int:
        """Return how many data rows were sent."""
        return int(self.requests.num_rows)
