"""The notice of a recall, one folder for each recipient: notice.json, its detached JWS, and affected.csv.

Guarantees: the same recall gives the same bytes. A notice names batches, rows and request_ids, which the recipient
knows, the orders that forbid deleting, and no code, person or address. Its signature covers the hash of affected.csv.
Basis: RFC 7515 Appendix F; 26 USC 6103(p)(4)(F).
Start at `write_notices`.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comity.folders import fsync_folder, make_private_folder, replace_file
from comity.signing import Ed25519Key, sign_detached
from comity.store import batches, request_reasons
from comity.store.database import Snapshot
from comity.store.openings import Opening
from comity.store.recalls import DESTROY, SEQUESTER, iter_affected_rows

NOTICE_FORMAT = "comity-recall-2"
_DEMAND_TEXTS = {
    "destroy": "Stop using these answers; return them or make them undisclosable, with every copy and everything made "
    "from them, and certify it (26 USC 6103(p)(4)(F)(ii)).",
    "sequester": "Stop using these answers, and do not destroy them: a court order forbids deleting, see preserved_by. "
    "Keep them sealed, with every copy and everything made from them, apart from what anybody works with, and say in "
    "your acknowledgement that you do. Their destruction is asked for once no order forbids it.",
    "ask again": "These requests were refused by a rule that is withdrawn; they may be sent again in a new batch.",
}


def write_notices(
    tx: Snapshot, recall: Sequence[Opening], out: Path, key: Ed25519Key, *, recipient: str | None = None
) -> list[Path]:
    """Write each recipient's notice, or one's, in a folder of `out`, replacing its files; return the folders."""
    named = {item["recipient"] for opening in recall for item in opening.parsed_content["batches"]}
    recipients = sorted(named if recipient is None else named & {recipient})
    folders = []
    for name in recipients:
        folder = out / (re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.") or "recipient")
        make_private_folder(folder)
        rows, notice = _build_notice(tx, recall, name)
        document = (json.dumps(notice, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
        replace_file(folder / "affected.csv", rows)
        replace_file(folder / "notice.json", document)
        replace_file(folder / "notice.json.jws", (sign_detached(document, key) + "\n").encode())
        fsync_folder(folder)
        folders.append(folder)
    return folders


def _build_notice(tx: Snapshot, recall: Sequence[Opening], recipient: str) -> tuple[bytes, dict[str, Any]]:
    affected, items, actions = io.StringIO(), [], set()
    writer = csv.writer(affected, lineterminator="\n")
    writer.writerow(("batch_id", "row", "request_id", "action"))
    synthetic = True
    latest = {item["batch"]: opening.entry for opening in recall for item in opening.parsed_content["batches"]}
    for opening in recall:
        content = opening.parsed_content
        for item in (one for one in content["batches"] if one["recipient"] == recipient):
            if latest[item["batch"]] != opening.entry:  # a later entry demands something else of the batch
                continue
            preserved_by = item.get("preserved_by", [])
            batch_id = batches.get_display_id(tx, item["batch"])
            for row, request_id, action in iter_affected_rows(tx, item["batch"], content["criteria"].get("rule", "")):
                action = SEQUESTER if preserved_by and action == DESTROY else action  # noqa: PLW2901
                writer.writerow((batch_id, row, request_id, action))
                actions.add(action)
            manifest = request_reasons.get_manifest(tx, item["batch"]) or {}
            synthetic = synthetic and bool(manifest.get("synthetic"))
            officers = [officer["id"] for officer in manifest.get("officers", ())]
            items.append(
                {
                    "batch_id": batch_id,
                    "answered_at": item["answered_at"],
                    "release_entry": item["release_entry"],
                    "rows": item["rows"],
                    "officers": officers,
                    "recalled_by_entry": opening.entry,
                    "acknowledge_by": content["acknowledge_by"],
                    "certify_by": content["certify_by"] if item["destroy"] and not preserved_by else None,
                    "preserved_by": preserved_by,
                }
            )
    rows, last = affected.getvalue().encode(), recall[-1].parsed_content
    return rows, {
        "format": NOTICE_FORMAT,
        "recall": recall[-1].about,
        "recipient": recipient,
        "reason": last["reason"],
        "rests_on": last["criteria"],
        "demands": {action: _DEMAND_TEXTS[action] for action in sorted(actions)},
        "batches": items,
        "affected_sha256": hashlib.sha256(rows).hexdigest(),
        "synthetic": synthetic,
    }
