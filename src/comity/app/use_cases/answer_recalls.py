"""Recall answers, and follow each recall until every recipient has certified that they are destroyed.

Start at `choose_answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from comity import law, recall
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.errors import ComityError
from comity.gates import REGISTER
from comity.ledger import log
from comity.recall import RecallCriteria, RecallObligation
from comity.recall.compliance import ReplyKind


@dataclass(frozen=True, slots=True)
class RecallTerms:
    """Why answers are recalled, and the days that a recipient has to acknowledge and to certify destruction."""

    reason: str
    acknowledge_days: int
    certify_days: int


@dataclass(frozen=True, slots=True)
class IssuedRecall:
    """A recall: its ledger entries, the batches and answers that it reaches, and the notices' folders."""

    recall_id: str
    is_new: bool
    entries: tuple[int, ...]
    batch_ids: tuple[str, ...]
    answer_count: int
    recipients: tuple[str, ...]
    notice_folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """A recipient's answer on file: its ledger entry, and whether it came with a signature."""

    entry: int
    is_signed: bool


def choose_answers(home_path: Path, criteria: RecallCriteria, terms: RecallTerms, out: Path) -> IssuedRecall:
    """Recall every answer that rested on the criteria, and write a signed notice for each recipient into `out`.

    Raises:
        ComityError: `bad_argument` when there is no such rule, or no criterion.
    """
    home, today = Home.open(home_path), clock.now().date()
    if criteria.rule and criteria.rule not in {rule.id for rule in REGISTER}:
        hint = "They are listed in docs/guides/law-table.md."
        raise ComityError("bad_argument", "There is no rule of that name.", hint)
    certify_days = max(terms.acknowledge_days, terms.certify_days)
    with bootstrap.open_store(home) as store:
        issued = recall.issue_recall(
            store,
            law.load_law(),
            criteria,
            reason=terms.reason,
            at=clock.now(),
            acknowledge_by=today + timedelta(days=terms.acknowledge_days),
            certify_by=today + timedelta(days=certify_days),
        )
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
        with store.read() as tx:
            folders = recall.write_notices(tx, issued.entries, out, home.keys.load_signing_key("answers"))
    batches = [batch for opening in issued.entries for batch in opening.parsed_content["batches"]]
    return IssuedRecall(
        recall_id=issued.recall_id,
        is_new=issued.is_new,
        entries=tuple(opening.entry for opening in issued.entries),
        batch_ids=tuple(batch["batch"] for batch in batches),
        answer_count=sum(batch["rows"] for batch in batches),
        recipients=tuple(sorted({batch["recipient"] for batch in batches})),
        notice_folders=tuple(folders),
    )


def list_recalls(home_path: Path, *, today: date) -> Sequence[RecallObligation]:
    """List every recall by recipient, with what was acknowledged and certified, and what is overdue on a day (UTC)."""
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        return recall.list_obligations(tx, today=today)


def record_reply(home_path: Path, kind: ReplyKind, recall_id: str, recipient: str, document: Path) -> RecordedReply:
    """Record what a recipient sent; a signature beside the document (.jws) is verified.

    Raises:
        ComityError: `bad_argument` when a file cannot be read, or the recall has no such recipient.
        RequestError: the signature does not verify.
    """
    home, signature_file = Home.open(home_path), document.with_name(document.name + ".jws")
    try:
        content = document.read_bytes()
        signature = signature_file.read_text(encoding="ascii") if signature_file.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        message = "The document or its signature could not be read."
        raise ComityError("bad_argument", message, "Check --document.") from error
    with bootstrap.open_store(home) as store:
        entry = recall.record_reply(
            store,
            kind,
            recall=recall_id,
            recipient=recipient,
            document=content,
            signature=signature,
            keys=home.signers.find_requester_keys(recipient),
            at=clock.now(),
        )
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    return RecordedReply(entry, signature is not None)
