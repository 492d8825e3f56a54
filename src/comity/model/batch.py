"""A batch as the requester sent it: the manifest, the signature's outcome, the rows, and what is wrong with the file.

Guarantees: a `Batch` holds every data row of the requests file exactly once, in file order, numbered from 1; a row
that could not be read is present with empty fields. Text is as written (and is NUL-free, valid Unicode).
Does not: judge whether the law allows the batch (`gates` does).
Basis: docs/spec/batch.md; 26 USC 6103(i)(2)(B).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

REQUEST_FIELDS = (
    "request_id",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "tin",
    "street",
    "street2",
    "city",
    "state",
    "zip",
    "tax_year",
    "statute",
    "reason",
    "case_number",
    "final_order_date",
    "officer_id",
)
"""The columns of a requests file, in order (docs/spec/batch.md)."""

REQUESTS_SCHEMA = pa.schema(
    [pa.field("row", pa.int32(), nullable=False)] + [(name, pa.string()) for name in REQUEST_FIELDS]
)
"""The rows of a batch: `row` is the 1-based number of the data row in the file; every other field is the text as
written, or null where nothing was written (white space alone counts as nothing)."""


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
    """An officer or employee personally and directly engaged in the investigation (6103(i)(2)(A))."""

    id: ShortText
    name: ShortText
    office: ShortText


class Attestation(_FrozenModel):
    """One statement that the signer vouches for; `on` is the date it speaks of, where it speaks of one."""

    id: Identifier
    text: str = ""
    on: date | None = None


class Manifest(_FrozenModel):
    """`batch.json`: who asks, under what authority, and the hash that ties the requests file to the signature.

    `elements` is what the requester asks to be told; the gateway knows one element, `address_confirmation` (R12).
    """

    batch_id: Identifier
    requester: ShortText
    signer: RequestSigner
    agreement: Identifier
    statutory_authority: ShortText
    officers: tuple[Officer, ...]
    attestations: tuple[Attestation, ...]
    created_at: AwareDatetime
    sha256: str = Field(max_length=64)
    elements: tuple[str, ...] = ("address_confirmation",)
    requests_file: str | None = None
    synthetic: bool = False

    @property
    def created_at_utc(self) -> datetime:
        """Return the manifest's date in UTC."""
        return self.created_at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent, found while reading it.

    `rule` is the batch gate that decides about it (`r02_signature`, `r13_file_form`). `rows` are row numbers (empty
    when the whole file is meant); `rows_total` counts them all where `rows` is cut short. `message` carries no value.
    `undetermined` marks a fact that is missing on the custodian's side (a signer's key that nobody registered): it
    holds the batch where another fault refuses it.
    """

    rule: str
    message: str
    rows: tuple[int, ...] = ()
    rows_total: int = 0
    undetermined: bool = False


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
    def row_count(self) -> int:
        """Return how many data rows were sent."""
        return int(self.requests.num_rows)
