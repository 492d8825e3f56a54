"""A small custodian for tests: a store, a key, and batches that were answered."""

import hashlib
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import events, leaf, log
from comity.model.release import Release, ReleaseRecord
from comity.store import answers, batches, request_history, request_reasons
from comity.store.answers import AnswerColumns
from comity.store.database import Store, Transaction
from comity.tlog.note import Ed25519Signer

RECORDED_AT = datetime(2026, 2, 25, 12, tzinfo=UTC)
DATABASE_KEY = bytes(range(32))
ORIGIN = "comity.example/ledger"
SIGNER = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
VKEY = SIGNER.verifier.to_text()
ANSWER_CODES = ("CONFIRMED", "NOT_CONFIRMED", "REFUSED")


@cache
def _empty_database() -> bytes:
    """Return the bytes of a new database; to copy one takes a tenth of the time of creating one."""
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder) / "control.db", DATABASE_KEY).close()
        return (Path(folder) / "control.db").read_bytes()


def open_store(folder: Path) -> Store:
    path = folder / "control.db"
    if not path.exists():
        path.write_bytes(_empty_database())
    return Store.open(path, DATABASE_KEY)


def ledger_name(display_id: str) -> str:
    """Return the name that the sample ledger has for a batch: its salt is the hash of the requester's id for it."""
    return leaf.name_batch(_name_salt(display_id), "Agency", display_id)


def _name_salt(display_id: str) -> bytes:
    return hashlib.sha256(display_id.encode()).digest()


B1, B2, B3 = (ledger_name(display_id) for display_id in ("B1", "B2", "B3"))


def insert_batch(tx: Transaction, display_id: str, rows: int, *, is_first: bool = False) -> None:
    """Insert a batch that was received; `is_first`: as the first version of entries named it."""
    batch = batches.StoredBatch(
        batch_id=display_id if is_first else ledger_name(display_id),
        given_id=None if is_first else display_id,
        name_salt=None if is_first else _name_salt(display_id),
        requester="Agency",
        agreement="irs-ice-2025",
        manifest_sha256="0" * 64,
        requests_sha256="1" * 64,
        rows=rows,
        received_at=RECORDED_AT,
        as_of=RECORDED_AT,
    )
    batches.insert(tx, batch)


def make_answer_columns(rows: int) -> AnswerColumns:
    codes = [ANSWER_CODES[row % 3] for row in range(rows)]
    compared = [code != "REFUSED" for code in codes]
    return AnswerColumns(
        row=pa.array(range(1, rows + 1), pa.int32()),  # Arrow and lists may be mixed
        request_id=[f"Wanted-{row:05}" for row in range(rows)],
        code=codes,
        reasons=["r07_case_number;r09_orders" if code == "REFUSED" else "" for code in codes],
        salt=leaf.generate_salts(rows),
        outcome=["match" if c else None for c in compared],
        match_probability=[0.25 if c else None for c in compared],
        record_id=[f"Secret-{n:05}" if c else None for n, c in enumerate(compared)],
    )


def release_answers(tx: Transaction, display_id: str, rows: int, *, is_first: bool = False) -> Release:
    """Answer a batch that was received, in the caller's transaction, as the pipeline does."""
    batch_id, version = (display_id, 1) if is_first else (ledger_name(display_id), 2)
    columns = make_answer_columns(rows)
    first = log.append_entries(tx, leaf.encode_answer_leaves(batch_id, columns, version=version), at=RECORDED_AT)
    release = Release(
        batch_id=batch_id,
        agreement="irs-ice-2025",
        row_count=rows,
        first_entry=first,
        counts={code: columns.code.count(code) for code in ANSWER_CODES},
        answers_sha256="a" * 64,
        salt=leaf.generate_salts(1)[0],
        order_ids=("O1", "O2"),
        law_fingerprint="5" * 64,
        index_fingerprint="c" * 64,
        model_fingerprint=None,
        as_of=RECORDED_AT,
        is_rehearsal=True,
        leaf_version=version,
    )
    assert log.append_entries(tx, [leaf.encode_release_leaf(release)], at=RECORDED_AT) == release.release_entry
    answers.insert(tx, batch_id, columns, first_entry=first)
    batches.record_release(tx, release, make_release_record(release, display_id))
    return release


def make_release_record(release: Release, display_id: str) -> ReleaseRecord:
    """Return what answers.json would say of a release."""
    return ReleaseRecord(
        batch_id=display_id,
        ledger_batch=release.batch_id,
        ledger_batch_salt=_name_salt(display_id).hex(),
        requester="Agency",
        agreement=str(release.agreement),
        row_count=release.row_count,
        counts=release.counts,
        findings=(),
        order_ids=release.order_ids,
        law_fingerprint=release.law_fingerprint,
        manifest_sha256="0" * 64,
        requests_sha256="1" * 64,
        answers_sha256=release.answers_sha256,
        as_of=release.as_of,
        answered_at=RECORDED_AT,
        is_rehearsal=release.is_rehearsal,
        known_as_of=release.known_as_of,
        is_synthetic=True,
    )


def insert_released_batch(store: Store, display_id: str, rows: int) -> Release:
    with store.begin() as tx:
        insert_batch(tx, display_id, rows)
        return release_answers(tx, display_id, rows)


def insert_side_records(tx: Transaction, display_id: str) -> None:
    """Insert what else is on file of a batch: an entry with its opening, manifest, reasons, and request digests."""
    batch_id = ledger_name(display_id)
    public: dict[str, object] = {"batch": batch_id, "rehearsal": True}
    events.record_committed_entry(tx, "watch", about=batch_id, public=public, content={"rows": []}, at=RECORDED_AT)
    rows = pa.table({name: ["1"] for name in request_reasons.REASON_COLUMNS})
    request_reasons.insert(tx, batch_id, "{}", request_reasons.encode(rows, None))
    request_history.insert(tx, batch_id, {"name": (np.array([7], np.uint64), np.array([1]))})


def make_hold_entries(count: int) -> list[bytes]:
    return [
        leaf.encode_hold_leaf(
            batch_id=ledger_name(f"B{n}"), agreement="A", orders=["O1"], rules=[], law="5" * 64, as_of=RECORDED_AT
        )
        for n in range(count)
    ]
