"""A batch's release: the facts its ledger entry commits to, and the record its answers.json is written from.

Guarantees: both are values; neither says anything about a record of the custodian.
Basis: docs/spec/answers.md; docs/spec/ledger.md.
"""

import base64
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from comity.model.finding import Finding, Outcome

ANSWERS_FORMAT = "comity-answers-1"
"""The `format` of answers.json."""

FIRST_LEAF_VERSION, LEAF_VERSION = 1, 2
"""The versions of a ledger entry's format. The first named batches and agreements as the requester wrote them."""


def pack_rows(rows: npt.NDArray[np.bool_]) -> str:
    """Return marked rows as text: their bits, compressed, in base64."""
    return base64.b64encode(zlib.compress(np.packbits(rows).tobytes(), 1)).decode("ascii")


def unpack_rows(text: str, row_count: int) -> npt.NDArray[np.bool_]:
    """Return the rows that `pack_rows` wrote."""
    bits = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return np.unpackbits(bits, count=row_count).astype(np.bool_)


def _unchanged(value: Any) -> Any:
    return value


def _encode_findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [finding.to_dict() for finding in findings]


def _decode_findings(items: Iterable[Mapping[str, str]]) -> tuple[Finding, ...]:
    return tuple(Finding(item["rule"], Outcome[item["outcome"]], item["citation"], item["message"]) for item in items)


def _encode_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _decode_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a batch was answered by.

    Its answers are ledger entries `first_entry` to `first_entry + row_count - 1`; the next entry is the release itself.

    `order_ids` are the court orders consulted. `salt` opens the commitment to `counts` (answers by code) and
    `answers_sha256`. `index_fingerprint` and `model_fingerprint` are None for a batch that was refused whole, because
    no record was read. `batch_id` is the ledger's name of the batch, in entries of version `leaf_version`; `agreement`
    is None where none of that id is on file. A rehearsal judges by the law as of another day, using what was on file at
    `known_as_of`.
    """

    batch_id: str
    agreement: str | None
    row_count: int
    first_entry: int
    counts: Mapping[str, int]
    answers_sha256: str
    salt: bytes
    order_ids: tuple[str, ...]
    law_fingerprint: str
    index_fingerprint: str | None
    model_fingerprint: str | None
    as_of: datetime
    is_rehearsal: bool = False
    known_as_of: datetime | None = None
    leaf_version: int = LEAF_VERSION

    @property
    def release_entry(self) -> int:
        """Return the index of the release's own ledger entry."""
        return self.first_entry + self.row_count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """Everything that answers.json says about a release except the checkpoint, which is signed after the commit.

    `findings` are the batch rules that applied. `review_count` is how many requests the evidence left uncertain; the
    custodian alone sees it. `batch_id` is the requester's; entries name the batch `ledger_batch`, which commits to it
    under `ledger_batch_salt` (hexadecimal; None for a batch that entries name by the requester's id).
    `program_version` is Comity's, `population` names the population profile by `id` and `sha256` (None where no record
    was compared), and `rule_digests` has the digest of each rule that judged the batch or a row of it;
    `skipped_rows` are the rows that one of these rules did not judge, packed (`pack_rows`), and are not public.
    `letter` is the letter about what was refused (`release.refusal_letter`), which goes out in files of its own.
    `missing_members` are those of `ADDED_MEMBERS` that did not exist when the release was recorded, so that its
    answers.json is written with the same bytes every time.
    """

    batch_id: str
    requester: str
    agreement: str
    row_count: int
    counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    order_ids: tuple[str, ...]
    law_fingerprint: str
    manifest_sha256: str
    requests_sha256: str
    answers_sha256: str
    as_of: datetime
    answered_at: datetime
    is_rehearsal: bool
    known_as_of: datetime | None = None
    ledger_batch: str | None = None
    ledger_batch_salt: str | None = None
    is_synthetic: bool
    program_version: str = ""
    population: Mapping[str, str] | None = None
    rule_digests: Mapping[str, str] = field(default_factory=dict)
    skipped_rows: Mapping[str, str] = field(default_factory=dict)
    review_count: int = 0
    letter: Mapping[str, Any] | None = None
    missing_members: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Return the members of answers.json, in the order in which the control database keeps them."""
        return {"format": ANSWERS_FORMAT} | {
            member.name: member.encode(getattr(self, member.attribute))
            for member in ANSWERS_MEMBERS
            if member.name not in self.missing_members
        }

    @property
    def names_rules(self) -> bool:
        """Return whether the release was recorded with the rules that judged it."""
        return "rules" not in self.missing_members

    def find_skipped_rows(self, rule: str) -> npt.NDArray[np.bool_] | None:
        """Mark the rows that a rule did not judge; None when it judged every row."""
        return unpack_rows(self.skipped_rows[rule], self.row_count) if rule in self.skipped_rows else None

    @classmethod
    def from_dict(
        cls,
        document: Mapping[str, Any],
        review_count: int,
        skipped_rows: Mapping[str, str] | None = None,
        letter: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the record with these members. Raises KeyError for a missing one, ValueError for a malformed one."""
        missing = frozenset(ADDED_MEMBERS - document.keys())
        attributes = {
            member.attribute: member.decode(document[member.name])
            for member in ANSWERS_MEMBERS
            if member.name not in missing
        }
        skipped = dict(skipped_rows or {})
        others: dict[str, Any] = {"review_count": review_count, "skipped_rows": skipped, "letter": letter}
        return cls(**attributes, **others, missing_members=missing)


@dataclass(frozen=True, slots=True)
class _AnswersMember:
    """A member of answers.json: the attribute it is written from, and how it becomes JSON and is read back."""

    name: str
    attribute: str
    encode: Callable[[Any], Any] = _unchanged
    decode: Callable[[Any], Any] = _unchanged


ANSWERS_MEMBERS = (
    _AnswersMember("batch_id", "batch_id"),
    _AnswersMember("ledger_batch", "ledger_batch"),
    _AnswersMember("ledger_batch_salt", "ledger_batch_salt"),
    _AnswersMember("requester", "requester"),
    _AnswersMember("agreement", "agreement"),
    _AnswersMember("rows", "row_count"),
    _AnswersMember("counts", "counts", dict),
    _AnswersMember("findings", "findings", _encode_findings, _decode_findings),
    _AnswersMember("orders_consulted", "order_ids", list, tuple),
    _AnswersMember("law", "law_fingerprint"),
    _AnswersMember("batch_sha256", "manifest_sha256"),
    _AnswersMember("requests_sha256", "requests_sha256"),
    _AnswersMember("answers_sha256", "answers_sha256"),
    _AnswersMember("as_of", "as_of", datetime.isoformat, datetime.fromisoformat),
    _AnswersMember("answered_at", "answered_at", datetime.isoformat, datetime.fromisoformat),
    _AnswersMember("rehearsal", "is_rehearsal"),
    _AnswersMember("known_as_of", "known_as_of", _encode_time, _decode_time),
    _AnswersMember("synthetic", "is_synthetic"),
    _AnswersMember("comity", "program_version"),
    _AnswersMember("rules", "rule_digests", dict, dict),
    _AnswersMember("population", "population"),
)
"""The members of answers.json, in order. A new one: a line here, an attribute above, a name in `ADDED_MEMBERS`."""

ADDED_MEMBERS = frozenset({"known_as_of", "ledger_batch", "ledger_batch_salt", "comity", "rules", "population"})
"""Members that releases recorded by earlier versions do not have; their attributes have a default."""
