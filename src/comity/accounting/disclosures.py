"""The Privacy Act's accounting: date, nature and purpose of each disclosure, and the recipient's name and address.

The individual may see it, except for disclosures under subsection (b)(7), for law enforcement. Those are shown to the
Joint Committee, the inspector and the courts, and to the individual from the day that counsel's release names.

Guarantees: under an agreement whose authority is 26 USC 6103(i)(1), (2) or (5) nothing is shown to the individual
without such a release; a release is an entry of the ledger.
Basis: 5 USC 552a(c)(1), (3), (b)(7); docs/law-notes.md 3.1 and 5 (a log that the subject sees later) [INF: counsel must
confirm].
Start at `list_disclosures`.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from comity.errors import ComityError
from comity.law import Law
from comity.ledger import events
from comity.store import answers, batches, openings, request_reasons
from comity.store.database import Snapshot, Store

_LAW_ENFORCEMENT_AUTHORITY = re.compile(r"6103\(i\)\((?:1|2|5)\)")
_DISCLOSURE_NATURE = "Whether the name and address given are those on the record for one tax year (yes or no)"


def list_disclosures(
    tx: Snapshot, law: Law, record_ids: Sequence[str], *, today: date, for_subject: bool
) -> list[dict[str, Any]]:
    """Return the disclosures based on these records; `for_subject` leaves out what the person may not see yet."""
    visible_from_by_answer = {
        (content["batch"], content["row"]): date.fromisoformat(content["from"])
        for content in (opening.parsed_content for opening in openings.list_by_kind(tx, "subject_release"))
    }
    disclosures = []
    for answer in answers.list_by_record(tx, record_ids):
        if answer.code not in {"CONFIRMED", "NOT_CONFIRMED"}:
            continue
        batch = batches.get(tx, answer.batch_id)
        if batch is None:
            raise RuntimeError("an answer without its batch")
        agreement = law.agreements.get(batch.agreement)
        is_limited = agreement is None or any(_LAW_ENFORCEMENT_AUTHORITY.search(text) for text in agreement.authorities)
        visible_from = visible_from_by_answer.get((answer.batch_id, answer.row))
        may_see = not is_limited or (visible_from is not None and visible_from <= today)
        if for_subject and not may_see:
            continue
        manifest = request_reasons.get_manifest(tx, batch.batch_id) or {}
        recipient = law.find_agency(batch.requester)
        disclosures.append(
            {
                "entry": answer.entry,
                "disclosed_on": "" if batch.answered_at is None else batch.answered_at.date().isoformat(),
                "nature": _DISCLOSURE_NATURE,
                "purpose": manifest.get("statutory_authority", ""),
                "recipient": batch.requester if recipient is None else recipient.name,
                "recipient_address": "" if recipient is None else recipient.address or "",
                "recipient_office": manifest.get("signer", {}).get("office", ""),
                "agreement": batch.agreement,
                "limit": "5 USC 552a(b)(7)" if is_limited else "none",
                "shown_to_subject_from": "" if visible_from is None else visible_from.isoformat(),
            }
        )
    return disclosures


def release_to_subject(  # noqa: PLR0913  each is a fact of the entry
    store: Store, *, batch_id: str, row: int, visible_from: date, counsel: str, at: datetime
) -> int:
    """Let the subject of one disclosure see it from a day on; return the index of the entry that says so.

    A release cannot be undone; another release of the same row changes the day. Repeating one adds no entry.

    Raises:
        ComityError: `bad_argument` when there is no such disclosure, or counsel is not named.
    """
    if not counsel.strip() or not counsel.isprintable() or len(counsel) > 200:
        raise ComityError("bad_argument", "A release to the subject needs the name of counsel who decides it.")
    with store.begin() as tx:
        batch = batches.resolve(tx, batch_id)
        name = "" if batch is None else batch.batch_id
        content = {"batch": name, "row": row, "from": visible_from.isoformat(), "counsel": counsel}
        answer = next((a for a in answers.stream_by_batch(tx, name) if a.row == row), None)
        if answer is None or answer.code not in {"CONFIRMED", "NOT_CONFIRMED"}:
            raise ComityError("bad_argument", "No disclosure was made for that row of a batch.", "Look in the record.")
        earlier = [
            o for o in openings.list_by_kind(tx, "subject_release", about=name) if o.parsed_content["row"] == row
        ]
        if earlier and earlier[-1].parsed_content == content:
            return earlier[-1].entry
        return events.record_committed_entry(tx, "subject_release", about=name, public={}, content=content, at=at)
