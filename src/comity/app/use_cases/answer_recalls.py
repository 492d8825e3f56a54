"""Recall answers, and follow each recall until every recipient has certified that they are destroyed.

Start at `choose_answers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from comity import law, recall
from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.errors import ComityError
from comity.gates import REGISTER
from comity.law.signers import find_requester_keys, find_revoked_keys
from comity.ledger import log
from comity.ledger.filed import read_register
from comity.model.filing import Act
from comity.recall import RecallCriteria, RecallObligation
from comity.signing import Ed25519Key
from comity.store import batches
from comity.store.database import Store


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
    preserved_by: tuple[str, ...]
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
            latest = {item["batch"]: item for entry in issued.entries for item in entry.parsed_content["batches"]}
            items = list(latest.values())
            batch_ids = tuple(batches.get_display_id(tx, item["batch"]) for item in items)
    return IssuedRecall(
        recall_id=issued.recall_id,
        is_new=issued.is_new,
        entries=tuple(opening.entry for opening in issued.entries),
        batch_ids=batch_ids,
        answer_count=sum(item["rows"] for item in items),
        recipients=tuple(sorted({item["recipient"] for item in items})),
        preserved_by=tuple(sorted({order for item in items for order in item.get("preserved_by", ())})),
        notice_folders=tuple(folders),
    )


def list_recalls(home_path: Path, *, at: datetime) -> Sequence[RecallObligation]:
    """List every recall by recipient, with what was acknowledged and certified, and what is overdue at a time."""
    with bootstrap.open_store(Home.open(home_path)) as store, store.read() as tx:
        return recall.list_obligations(tx, law.load_law(), at=at)


def record_acknowledgement(home_path: Path, recall_id: str, recipient: str, document: Path) -> RecordedReply:
    """Record that a recipient has the notice; a signature beside its document (.jws) is verified.

    Raises:
        ComityError: `bad_argument` when a file cannot be read, or the recall has no such recipient.
        RequestError: the signature does not verify.
    """
    home = Home.open(home_path)
    content, signature = _read_signed_document(document)
    with bootstrap.open_store(home) as store:
        entry = recall.record_acknowledgement(
            store,
            recall=recall_id,
            recipient=recipient,
            document=content,
            signature=signature,
            keys=find_recipient_keys(home, store, recipient),
            at=clock.now(),
        )
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    return RecordedReply(entry, signature is not None)


def request_certificate(home_path: Path, key_file: Path, recall_id: str, recipient: str, document: Path) -> FiledStep:
    """Enter a certificate of destruction that the recipient signed, as the first of two persons.

    Raises:
        ComityError: `bad_argument` when it cannot be read, is not signed, or the recall has no such recipient.
        RequestError: the signature does not verify.
        PolicyError: `filing_refused`.
    """
    home = Home.open(home_path)
    content, signature = _read_signed_document(document)
    with bootstrap.open_store(home) as store, store.read() as tx:
        certificate = recall.verify_certificate(
            tx,
            recall=recall_id,
            recipient=recipient,
            document=content,
            signature=signature,
            keys=find_recipient_keys(home, store, recipient),
        )
    return file_act(home_path, key_file, Act.DESTRUCTION, certificate)


def record_certificate(home_path: Path, number: int) -> RecordedReply:
    """Record the certificate of destruction that two persons filed. Raises PolicyError `filing_missing`."""
    home = Home.open(home_path)
    with bootstrap.open_store(home) as store:
        entry = recall.record_certificate(store, number, at=clock.now())
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    return RecordedReply(entry, is_signed=True)


def _read_signed_document(document: Path) -> tuple[bytes, str | None]:
    """Return a document, and the detached signature beside it if there is one."""
    signature_file = document.with_name(document.name + ".jws")
    try:
        signature = signature_file.read_text(encoding="ascii") if signature_file.exists() else None
        return document.read_bytes(), signature
    except (OSError, UnicodeDecodeError) as error:
        message = "The document or its signature could not be read."
        raise ComityError("bad_argument", message, "Check --document.") from error


def find_recipient_keys(home: Home, store: Store, recipient: str) -> Mapping[str, Ed25519Key]:
    """Return the keys of a recipient's offices, by thumbprint: as filed, and of a synthetic one."""
    with store.read() as tx:
        register = read_register(tx)
    synthetic, revoked = home.signers.find_requester_keys(recipient), find_revoked_keys(register)
    return {
        **{thumbprint: key for thumbprint, key in synthetic.items() if thumbprint not in revoked},
        **find_requester_keys(register, recipient),
    }
