"""Encode entries: canonical JSON (RFC 8785) that says what happened, with salted commitments to what was answered.

    answer   one row of a batch was answered; the answer itself only as a commitment
    release  a batch was answered: under which agreement, orders and law; its counts only as a commitment
    hold     a batch is held, by which orders or undecided rules
    refusal  a batch could not be read at all
    purge    answers of a batch were erased on an order; which rows and which order only as a commitment
    order    counsel entered, confirmed or withdrew a court order, or recorded its service; the filing only as a
             commitment
    filing   the same about another act that takes two persons
    handover the log's key is handed over to another; both sign the checkpoint over this entry
    watch, subject_release, recall, acknowledgement, destruction, inspection, explanation, anchor: see `events`

Guarantees: no entry holds personal data, an answer's code, a count of answers (in a batch of one row a count is the
answer), or an identifier that a requester chose: `name_batch` names a batch. A commitment is SHA-256(salt || canonical
JSON of the content). Its 32-byte salt stays in the control database, so that no one can guess the content, and the salt
can be erased without breaking a proof.
Basis: docs/spec/ledger.md; RFC 8785; 26 USC 6103(b)(2) (an answer is return information).
Start at `encode_answer_leaves` and `encode_release_leaf`.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import rfc8785

from comity.ledger.leaf_grammar import LEAF_GRAMMAR, verify_members
from comity.model.filing import Act, Filing
from comity.model.release import LEAF_VERSION, Release
from comity.store.answers import AnswerColumns, to_list
from comity.store.timestamps import format_timestamp

SALT_SIZE = 32
KINDS_WITH_OPENING = (
    "watch",
    "subject_release",
    "recall",
    "acknowledgement",
    "destruction",
    "inspection",
    "explanation",
    "anchor",
)
"""The kinds of entry that `events` appends, each with an opening."""

NON_ANSWER_KINDS = tuple(kind for kind in LEAF_GRAMMAR if kind != "answer")
"""The kinds of entry other than `answer`."""

_SAFE_INTEGER_LIMIT = 2**53
_quote_json = json.encoder.encode_basestring  # quotes a string as RFC 8785 section 3.2.2.2 requires


def canonicalize_json(value: Any) -> bytes:
    """Return canonical JSON; an integer from 2**53 on becomes a string, since RFC 8785 cannot carry it exactly.

    >>> canonicalize_json({"b": 2**60, "a": "\u00e9"}).decode()
    '{"a":"é","b":"1152921504606846976"}'
    """
    return rfc8785.dumps(_stringify_large_integers(value))


def _stringify_large_integers(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _SAFE_INTEGER_LIMIT:
        return str(value)
    if isinstance(value, Mapping):
        return {key: _stringify_large_integers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_stringify_large_integers(item) for item in value]
    return value


def generate_salts(count: int) -> list[bytes]:
    """Return random salts, one for each commitment; a salt is never used twice."""
    data = os.urandom(count * SALT_SIZE)
    return [data[start : start + SALT_SIZE] for start in range(0, len(data), SALT_SIZE)]


def compute_commitment(salt: bytes, content: bytes) -> str:
    """Return the commitment to canonical content under a salt, in hex."""
    return hashlib.sha256(salt + content).hexdigest()


def name_batch(salt: bytes, requester: str, display_id: str) -> str:
    """Return the name that a batch has in the ledger: a commitment to who sent it and the batch_id in its manifest."""
    return compute_commitment(salt, canonicalize_json({"batch_id": display_id, "requester": requester}))


def encode_answer_leaf(salt: bytes, answer: Mapping[str, Any], version: int = LEAF_VERSION) -> bytes:
    """Encode one answer: its batch as the ledger names it, row, request_id, code and reasons."""
    return canonicalize_json(
        {
            "v": version,
            "kind": "answer",
            "batch": answer["batch"],
            "row": answer["row"],
            "commitment": compute_commitment(salt, canonicalize_json(answer)),
        }
    )


def encode_answer_leaves(batch_id: str, answers: AnswerColumns, *, version: int = LEAF_VERSION) -> Iterator[bytes]:
    """Encode the answers of a batch, in order, from one template; equal to `encode_answer_leaf` for each row."""
    batch = _quote_json(batch_id)
    members_by_answer: dict[str, str] = {}  # few codes and reasons differ
    sha256 = hashlib.sha256
    names = ("row", "request_id", "code", "reasons", "salt")
    for row, request_id, code, reasons, salt in zip(*(to_list(getattr(answers, n)) for n in names), strict=True):
        if (members := members_by_answer.get(code + reasons)) is None:
            members = f'"code":{_quote_json(code)},"reasons":{_quote_json(reasons)}'
            members_by_answer[code + reasons] = members
        content = f'{{"batch":{batch},{members},"request_id":{_quote_json(request_id)},"row":{row}}}'
        digest = sha256(salt + content.encode()).hexdigest()
        yield f'{{"batch":{batch},"commitment":"{digest}","kind":"answer","row":{row},"v":{version}}}'.encode()


def release_payload(counts: Mapping[str, int], answers_sha256: str) -> dict[str, Any]:
    """Return what a release commits to: how many answers of each code, and the hash of the answers file."""
    return {"answers_sha256": answers_sha256, "counts": {code: count for code, count in counts.items() if count}}


def encode_release_leaf(release: Release) -> bytes:
    """Encode the release of a batch: the entry after its answers."""
    return _encode_members(
        {
            **_common_members(
                "release",
                release.batch_id,
                release.as_of,
                rehearsal=release.is_rehearsal,
                version=release.leaf_version,
            ),
            **_known_as_of_member(release.known_as_of),
            "rows": release.row_count,
            "first_entry": release.first_entry,
            "commitment": compute_commitment(
                release.salt, canonicalize_json(release_payload(release.counts, release.answers_sha256))
            ),
            "agreement": release.agreement,
            "orders": list(release.order_ids),
            "law": release.law_fingerprint,
            "index": release.index_fingerprint,
            "model": release.model_fingerprint,
        }
    )


def encode_hold_leaf(  # noqa: PLR0913  each is a member of the entry
    *,
    batch_id: str,
    agreement: str | None,
    orders: Iterable[str],
    rules: Iterable[str],
    law: str,
    as_of: datetime,
    rehearsal: bool = False,
    known_as_of: datetime | None = None,
    version: int = LEAF_VERSION,
) -> bytes:
    """Encode the hold of a batch: by these orders, or until these rules can be decided."""
    return _encode_members(
        {
            **_common_members("hold", batch_id, as_of, rehearsal=rehearsal, version=version),
            **_known_as_of_member(known_as_of),
            "agreement": agreement,
            "orders": list(orders),
            "rules": list(rules),
            "law": law,
        }
    )


def encode_refusal_leaf(
    *,
    batch_id: str,
    rules: Iterable[str],
    as_of: datetime,
    rehearsal: bool = False,
    known_as_of: datetime | None = None,
) -> bytes:
    """Encode the refusal of a batch that could not be read, so that it has no rows to answer."""
    common = _common_members("refusal", batch_id, as_of, rehearsal=rehearsal, version=LEAF_VERSION)
    common |= _known_as_of_member(known_as_of)
    return _encode_members({**common, "rules": list(rules)})


def filing_payload(filing: Filing) -> dict[str, Any]:
    """Return what the filer signs, and what the filing's entry commits to."""
    payload = {"at": format_timestamp(filing.at), "content": filing.parsed_content, "step": str(filing.step)}
    device = {"device": filing.device} if filing.device else {}  # the first filings did not say it
    return payload | _filing_subject(filing) | device


def encode_filing_payload(filing: Filing) -> bytes:
    """Encode `filing_payload` as canonical JSON."""
    return canonicalize_json(filing_payload(filing))


def encode_filing_leaf(filing: Filing, *, version: int = LEAF_VERSION) -> bytes:
    """Encode a filing; its content only as a commitment: an order may be sealed, and filings name people."""
    return _encode_members(
        {
            "v": version,
            "kind": "order" if filing.act is Act.ORDER else "filing",
            "as_of": format_timestamp(filing.at),
            **_filing_subject(filing),
            "step": str(filing.step),
            "by": filing.by,
            "commitment": compute_commitment(filing.salt, encode_filing_payload(filing)),
        }
    )


def _filing_subject(filing: Filing) -> dict[str, Any]:
    if filing.act is Act.ORDER:
        return {"order": filing.subject}
    return {"act": str(filing.act), "filing": filing.number}


def encode_purge_leaf(  # noqa: PLR0913  each is a member of the entry
    *, batch_id: str, rows: Iterable[int], order: str, salt: bytes, as_of: datetime, version: int = LEAF_VERSION
) -> bytes:
    """Encode a purge; order and rows only as a commitment, since an order may be sealed and names people."""
    commitment = compute_commitment(salt, canonicalize_json({"order": order, "rows": list(rows)}))
    common = _common_members("purge", batch_id, as_of, rehearsal=False, version=version)
    return _encode_members({**common, "commitment": commitment})


def encode_handover_leaf(*, old_key: str, new_key: str, as_of: datetime) -> bytes:
    """Encode the handover from one key of the log to another, both as vkeys."""
    return _encode_members(
        {"v": LEAF_VERSION, "kind": "handover", "as_of": format_timestamp(as_of), "from": old_key, "to": new_key}
    )


def _encode_members(members: Mapping[str, Any]) -> bytes:
    """Encode an entry that is no answer, once it is known to be one that the checker accepts."""
    verify_members(members)
    return canonicalize_json(members)


def _known_as_of_member(known_as_of: datetime | None) -> dict[str, Any]:
    """Return the member of a rehearsal that says what was known when it was evaluated; none otherwise."""
    return {} if known_as_of is None else {"known_as_of": format_timestamp(known_as_of)}


def _common_members(kind: str, batch_id: str, as_of: datetime, *, rehearsal: bool, version: int) -> dict[str, Any]:
    return {
        "v": version,
        "kind": kind,
        "batch": batch_id,
        "as_of": format_timestamp(as_of),
        "rehearsal": rehearsal,
    }
