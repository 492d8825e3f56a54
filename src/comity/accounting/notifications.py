"""The notice to the subjects of disclosures when somebody is charged, or discipline is proposed: 26 USC 7431(e).

One folder for each disclosure: notice.json, its detached JWS, and notice.txt to print and mail; and a list,
notices.csv, by which the custodian adds names and addresses from its own records.

Guarantees: two persons filed the notification, an entry of the ledger each. A notice says when return information was
disclosed, to whom and of what nature, the charge or the proposal, and the taxpayer's rights; it has no answer, no name
and no address of a taxpayer. The same notification gives the same bytes.
Does not: find out that somebody was charged, nor send anything; nor name anybody where no record was found, as the
control database does not say who was asked about: the requester's file does.
Basis: 26 USC 7431(a), (d), (e); RFC 7515 Appendix F; ADR 0035.
Start at `write_notifications`.
"""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.errors import ComityError
from comity.folders import fsync_folder, make_private_folder, replace_file
from comity.law import Law
from comity.law.agency import Agency
from comity.law.filed_content import Notification
from comity.signing import Ed25519Key, sign_detached
from comity.store import answers, batches, request_reasons
from comity.store.batches import StoredBatch
from comity.store.database import Snapshot

NOTIFICATION_FORMAT = "comity-7431e-1"
RIGHTS = (
    "You may bring a civil action for damages against the United States under 26 USC 7431(a) where an officer or "
    "employee of the United States knowingly, or by reason of negligence, inspected or disclosed a return or return "
    "information in violation of 26 USC 6103. It must be brought within 2 years after the date on which you discover "
    "the inspection or disclosure (26 USC 7431(d))."
)
_NATURE = "whether the name and address that the recipient gave are those on a tax record of one year (yes or no)"
_FOLDER_FIELDS = ("folder", "batch_id", "row", "record_id", "disclosed_on")


@dataclass(frozen=True, slots=True)
class NotifiedDisclosure:
    """One disclosure that its subject is notified of; `record_id` is '' where no record was found."""

    batch_id: str
    row: int
    entry: int
    record_id: str
    disclosed_on: str


def find_disclosures(tx: Snapshot, batch: StoredBatch, rows: tuple[int, ...]) -> tuple[NotifiedDisclosure, ...]:
    """Return the disclosures of some rows of a batch.

    Raises:
        ComityError: `bad_argument` when one of the rows was not answered after a look-up.
    """
    wanted, found = set(rows), {}
    for answer in answers.stream_by_batch(tx, batch.batch_id):
        if answer.row in wanted and answer.code in {"CONFIRMED", "NOT_CONFIRMED"}:
            day = "" if batch.answered_at is None else batch.answered_at.date().isoformat()
            found[answer.row] = NotifiedDisclosure(
                batch.display_id, answer.row, answer.entry, answer.record_id or "", day
            )
    if missing := sorted(wanted - found.keys()):
        message = f"No disclosure was made for {len(missing)} of the rows, the first of them row {missing[0]}."
        raise ComityError("bad_argument", message, "Look in the record of requests: comity accounting report")
    return tuple(found[row] for row in sorted(found))


def write_notifications(
    tx: Snapshot, law: Law, notification: Notification, out: Path, key: Ed25519Key
) -> tuple[Path, ...]:
    """Write each notice in a folder of `out`, and the list of them, replacing files; return the folders.

    Raises:
        ComityError: `bad_argument` when the batch is not on file, or one of the rows is no disclosure any more.
    """
    batch = batches.get(tx, notification.batch)
    if batch is None:
        raise ComityError("bad_argument", "The batch of the notification is not on file.", "See: comity filings show")
    recipient = law.find_agency(batch.requester)
    manifest = request_reasons.get_manifest(tx, batch.batch_id) or {}
    facts = _state_facts(batch, recipient, manifest, notification)
    listed, folders = io.StringIO(), []
    writer = csv.writer(listed, lineterminator="\n")
    writer.writerow(_FOLDER_FIELDS)
    for disclosure in find_disclosures(tx, batch, notification.rows):
        name = f"entry-{disclosure.entry}"
        stated = facts | {"disclosure_entry": disclosure.entry, "disclosed_on": disclosure.disclosed_on}
        document = (json.dumps(stated, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
        make_private_folder(out / name)
        replace_file(out / name / "notice.json", document)
        replace_file(out / name / "notice.json.jws", (sign_detached(document, key) + "\n").encode())
        replace_file(out / name / "notice.txt", format_notice(stated).encode())
        fsync_folder(out / name)
        writer.writerow((name, disclosure.batch_id, disclosure.row, disclosure.record_id, disclosure.disclosed_on))
        folders.append(out / name)
    replace_file(out / "notices.csv", listed.getvalue().encode())
    return tuple(folders)


def _state_facts(
    batch: StoredBatch, recipient: Agency | None, manifest: dict[str, Any], notification: Notification
) -> dict[str, Any]:
    """Return what every notice of one notification says."""
    return {
        "format": NOTIFICATION_FORMAT,
        "basis": "26 USC 7431(e)",
        "nature": _NATURE,
        "purpose": manifest.get("statutory_authority", ""),
        "recipient": batch.requester if recipient is None else recipient.name,
        "recipient_address": "" if recipient is None else recipient.address or "",
        "ground": notification.ground,
        "statute": notification.statute,
        "on": notification.on.isoformat(),
        "docket": notification.docket,
        "rights": [text for text in (notification.rights, RIGHTS) if text],
        "synthetic": bool(manifest.get("synthetic")),
    }


def format_notice(stated: dict[str, Any]) -> str:
    """Return a notice as a letter; the custodian adds name and address."""
    mark = ["SYNTHETIC DATA: nobody is meant by this letter.", ""] if stated["synthetic"] else []
    what = (
        f"On {stated['on']} a person was criminally charged by indictment or information with inspection or disclosure "
        f"of return information in violation of {stated['statute']} ({stated['docket']})."
        if stated["ground"] == "charged"
        else f"On {stated['on']} an administrative determination as to disciplinary or adverse action against an "
        f"employee was proposed, arising from unauthorized inspection or disclosure ({stated['docket']})."
    )
    recipient = ", ".join(part for part in (stated["recipient"], stated["recipient_address"]) if part)
    return "\n".join(
        [
            *mark,
            "NOTICE UNDER 26 USC 7431(e)",
            "",
            what,
            "",
            "It concerns return information about you:",
            f"  date of the disclosure: {stated['disclosed_on']}",
            f"  what was disclosed:     {stated['nature']}",
            f"  to whom:                {recipient}",
            f"  for what purpose:       {stated['purpose']}",
            f"  ledger entry:           {stated['disclosure_entry']}",
            "",
            "Your rights:",
            *(f"  {text}" for text in stated["rights"]),
            "",
        ]
    )
