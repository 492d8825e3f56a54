"""A small custodian for tests: a store, a key, and batches answered in it."""

import json
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import events as recorded
from comity.ledger import leaf, log
from comity.ledger.note import Signer
from comity.store import accounted, answers, asked, batches
from comity.store.answers import AnswerColumns
from comity.store.connection import Store, Transaction

AT = datetime(2026, 2, 25, 12, tzinfo=UTC)
KEY = bytes(range(32))
ORIGIN = "comity.example/ledger"
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
VKEY = SIGNER.verifier.to_text()
CODES = ("CONFIRMED", "NOT_CONFIRMED", "REFUSED")


@cache
def _empty() -> bytes:
    """A database as it is when it has just been made; to copy it costs a tenth of making it."""
    with tempfile.TemporaryDirectory() as folder:
        Store.open(Path(folder) / "control.db", KEY).close()
        return (Path(folder) / "control.db").read_bytes()


def open_store(folder: Path) -> Store:
    path = folder / "control.db"
    if not path.exists():
        path.write_bytes(_empty())
    return Store.open(path, KEY)


def receive(tx: Transaction, batch_id: str, rows: int) -> None:
    batch = batches.BatchRow(
        batch_id=batch_id,
        requester="Agency",
        agreement="irs-ice-2025",
        manifest_sha256="0" * 64,
        requests_sha256="1" * 64,
        rows=rows,
        received_at=AT,
        as_of=AT,
    )
    batches.insert(tx, batch)


def columns(rows: int) -> AnswerColumns:
    codes = [CODES[row % 3] for row in range(rows)]
    compared = [code != "REFUSED" for code in codes]
    return AnswerColumns(
        row=pa.array(range(1, rows + 1), pa.int32()),  # Arrow and lists may be mixed
        request_id=[f"Wanted-{row:05}" for row in range(rows)],
        code=codes,
        reasons=["r07_case_number;r09_orders" if code == "REFUSED" else "" for code in codes],
        salt=leaf.new_salts(rows),
        outcome=["match" if c else None for c in compared],
        match_probability=[0.25 if c else None for c in compared],
        record_id=[f"Secret-{n:05}" if c else None for n, c in enumerate(compared)],
    )


def answer(tx: Transaction, batch_id: str, rows: int) -> batches.Release:
    """Answer a batch that was received, as the pipeline does: one transaction."""
    said = columns(rows)
    first = log.append(tx, leaf.answer_leaves(batch_id, said), at=AT)
    release = batches.Release(
        batch_id=batch_id,
        agreement="irs-ice-2025",
        rows=rows,
        first_entry=first,
        counts={code: said.code.count(code) for code in CODES},
        answers_sha256="a" * 64,
        salt=leaf.new_salts(1)[0],
        orders=("O1", "O2"),
        law_fingerprint="law",
        index_fingerprint="index",
        model_fingerprint=None,
        as_of=AT,
        rehearsal=True,
    )
    assert log.append(tx, [leaf.release_leaf(release)], at=AT) == release.release_entry
    answers.insert(tx, batch_id, said, first_entry=first)
    batches.mark_answered(tx, release, answered_at=AT, summary=json.dumps({"document": document(release)}))
    return release


def document(release: batches.Release) -> dict[str, object]:
    """What is delivered beside the answers, as far as the ledger's check goes."""
    return {
        "requester": "Agency", "batch_sha256": "0" * 64, "requests_sha256": "1" * 64,
        "batch_id": release.batch_id, "agreement": release.agreement, "rows": release.rows,
        "counts": dict(release.counts), "orders_consulted": list(release.orders), "law": release.law_fingerprint,
        "answers_sha256": release.answers_sha256, "rehearsal": release.rehearsal,
    }  # fmt: skip


def released(store: Store, batch_id: str, rows: int) -> batches.Release:
    with store.begin() as tx:
        receive(tx, batch_id, rows)
        return answer(tx, batch_id, rows)


def kept_beside(tx: Transaction, batch_id: str) -> None:
    """What is on file of a batch beside its answers: an opened entry, manifest, reasons, and digests of what was asked."""
    said: dict[str, object] = {"batch": batch_id, "rehearsal": True}
    recorded.record(tx, "watch", about=batch_id, said=said, content={"rows": []}, at=AT)
    rows = pa.table({name: ["1"] for name in accounted.COLUMNS})
    accounted.insert(tx, batch_id, "{}", rows)
    asked.insert(tx, batch_id, {"name": (np.array([7], np.uint64), np.array([1]))})


def events(count: int) -> list[bytes]:
    return [
        leaf.hold_leaf(batch_id=f"B{n}", agreement="A", orders=["O1"], rules=[], law="law", as_of=AT)
        for n in range(count)
    ]
