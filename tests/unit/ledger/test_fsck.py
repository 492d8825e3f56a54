"""fsck finds nothing in a sound ledger, and names what is wrong in any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from comity.errors import LedgerError
from comity.law import load_law
from comity.ledger import events, log
from comity.ledger.fsck import check_ledger
from comity.ledger.publish import publish_log
from comity.orders import order_filings
from comity.store.database import Snapshot, Store
from comity.store.entries import EntryBlock, StoredCheckpoint, insert_cosignatures, list_checkpoints
from comity.store.tables import answers, batches, checkpoints, entries, head, metadata, nodes, openings, releases
from comity.tlog.merkle import hash_leaves
from comity.tlog.tiles import pack_bundle, unpack_bundle
from tests.support.database_owner import without_guards
from tests.support.sample_ledger import (
    B1,
    B2,
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    insert_batch,
    insert_released_batch,
    insert_side_records,
    make_hold_entries,
    open_store,
)
from tests.support.two_persons import purge_by_two
from tests.unit.orders.test_order_filings import JO, document

ROWS = 300


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Store:
    """Entries 0 to 300 are batch B1, 301 to 311 are held batches, 312 to 612 batch B2; two checkpoints."""
    store = open_store(tmp_path)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    insert_released_batch(store, "B1", ROWS)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(10), at=RECORDED_AT)
        events.record_refusal(
            tx, "f" * 64, ["r13_file_form"], as_of=RECORDED_AT, rehearsal=False, known_as_of=None, at=RECORDED_AT
        )
        insert_batch(tx, "B3", 2)
    insert_released_batch(store, "B2", ROWS)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    return store


def check(store: Store) -> tuple[str, ...]:
    return check_ledger(store, [SIGNER.verifier], ORIGIN)


def test_check_ledger__finds_nothing_in_a_sound_ledger(store: Store) -> None:
    assert check(store) == ()


def test_check_ledger__finds_nothing_in_an_empty_ledger(tmp_path: Path) -> None:
    assert check(open_store(tmp_path)) == ()


def store_bundles_uncompressed(store: Store) -> None:
    """Store every bundle as versions before compression did."""
    with without_guards(store) as connection:
        for row in connection.execute(sa.select(entries)).all():
            bundle = EntryBlock(row.first_index, row.width, row.bundle, row.hashes).bundle
            assert len(row.bundle) < len(bundle) or row.width < 10
            condition = entries.c.first_index == row.first_index
            connection.execute(entries.update().where(condition).values(bundle=bundle))


def test_entries_of_versions_before_compression_are_read_as_those_after(store: Store, tmp_path: Path) -> None:
    (note,) = [row.note for row in _list_checkpoints(store) if row.size == 613]
    publish_log(store, tmp_path / "compressed", note, SIGNER.verifier)
    store_bundles_uncompressed(store)
    assert check(store) == ()
    publish_log(store, tmp_path / "plain", note, SIGNER.verifier)
    published = [read_files(tmp_path / name) for name in ("compressed", "plain")]
    assert published[0] == published[1]
    assert "tile/entries/001" in published[0]
    with store.begin() as tx:
        log.append_entries(tx, make_hold_entries(600), at=RECORDED_AT)
    assert check(store) == ()


def _list_checkpoints(store: Store) -> tuple[StoredCheckpoint, ...]:
    with store.read() as tx:
        return list_checkpoints(tx)


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


_B1, _B2 = batches.c.batch_id == B1, batches.c.batch_id == B2
_RELEASED = releases.c.batch_id == B2
_ROW_5 = (answers.c.batch_id == B2) & (answers.c.row == 5)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            answers.update().where(_ROW_5).values(code="CONFIRMED"),
            "entry 316 is not what row 5 of batch B2 was answered",
        ),
        (answers.update().where(_ROW_5).values(request_id="x"), "entry 316 is not what row 5 of batch B2 was answered"),
        (answers.update().where(_ROW_5).values(salt=bytes(32)), "entry 316 is not what row 5 of batch B2 was answered"),
        (
            answers.update().where(_ROW_5).values(entry=900),
            "row 5 of batch B2 is filed under entry 900, and must be under 316",
        ),
        (answers.delete().where(_ROW_5), "entry 316 says that a row was answered, but no such answer is on file"),
        (answers.delete().where(_ROW_5), "batch B2 has 300 rows and 299 answers"),
        (entries.delete().where(entries.c.first_index == 256), "entry 256 is missing"),
        (
            entries.update().where(entries.c.first_index == 256).values(bundle=b"\0"),
            "entries 256 to 299 cannot be read",
        ),
        (
            entries.update().where(entries.c.first_index == 256).values(bundle=b"\x28\xb5\x2f\xfd\0"),
            "entries 256 to 299 cannot be read",
        ),
        (entries.update().where(entries.c.first_index == 0).values(hashes=bytes(8192)), "entry 0: its bytes"),
        (head.update().values(size=612), "the head says 612 entries, there are 613"),
        (head.update().values(root=bytes(32)), "the head's root hash"),
        (head.update().values(frontier=bytes(32)), "the head's frontier"),
        (
            nodes.update().where(nodes.c.node_index == 1).values(hash=bytes(32)),
            "node 1 of level 1 is not the root of entries 256 to 511",
        ),
        (nodes.delete(), "the nodes of level 1 are missing"),
        (nodes.delete().where(nodes.c.node_index == 0), "the nodes of level 1 are not the 2"),
        (
            checkpoints.update().where(checkpoints.c.size == 301).values(root=bytes(32)),
            "the checkpoint filed under 301",
        ),
        (
            checkpoints.update().where(checkpoints.c.size == 301).values(note="x"),
            "the checkpoint of 301 entries does not verify",
        ),
        (batches.update().where(_B2).values(law_fingerprint="other"), "batch B2: its release, entry 612, differs"),
        (batches.update().where(_B2).values(rehearsal=0), "batch B2: its release, entry 612, differs"),
        (batches.update().where(_B2).values(orders="[]"), "batch B2: its release, entry 612, differs"),
        (
            releases.update().where(_RELEASED).values(answers_sha256="b" * 64),
            "batch B2: its release, entry 612, differs",
        ),
        (
            batches.update().where(_B2).values(first_entry=1),
            "row 1 of batch B2 is filed under entry 312, and must be under 1",
        ),
        (batches.update().where(_B2).values(release_entry=7), "batch B2: entry 7 is not its release"),
        (
            releases.update().where(_RELEASED).values(summary="{}"),
            "batch B2: what is delivered beside its answers differs",
        ),
        (
            batches.update().where(_B2).values(requester="other"),
            "batch B2: what is delivered beside its answers differs",
        ),
        (batches.update().where(_B2).values(given_id="B9"), "batch B9: its entries name another batch"),
        (batches.update().where(_B2).values(requester="other"), "batch B2: its entries name another batch"),
        (batches.update().where(_B2).values(name_salt=None), "batch B2: its entries name another batch, or what shows"),
        (batches.update().where(_B2).values(name_salt=bytes(32)), "batch B2: its entries name another batch"),
        (openings.delete().where(openings.c.kind == "refusal"), "entry 311 commits to content that is not on file"),
        (
            openings.update().where(openings.c.kind == "refusal").values(content='{"manifest_sha256":null}'),
            "what opens entry 311 (refusal) is on file, but the entry commits to something else",
        ),
        (releases.update().where(_RELEASED).values(release_salt=None), "what it rested on is incomplete"),
        (
            batches.update().where(_B1).values(status="received", release_entry=None),
            "batch B1 is not answered, but answers",
        ),
        (
            batches.update().where(_B1).values(status="received", release_entry=None),
            "entry 300 releases a batch that is not",
        ),
    ],
)
def test_check_ledger__names_what_was_changed(store: Store, change: sa.Delete | sa.Update, finding: str) -> None:
    with without_guards(store) as connection:
        connection.execute(change)
    findings = check(store)
    assert any(finding in item for item in findings), findings
    assert not any("Wanted" in item or "Secret" in item for item in findings)


def _rewrite(store: Store, first: int, at: int, leaf_: bytes) -> None:
    """Rewrite an entry and its stored hash, as the owner of the database could."""
    with without_guards(store) as connection:
        condition = entries.c.first_index == first
        row = connection.execute(sa.select(entries).where(condition)).one()
        leaves = unpack_bundle(EntryBlock(first, row.width, row.bundle, row.hashes).bundle)
        leaves[at] = leaf_
        block = EntryBlock.compress(first, len(leaves), pack_bundle(leaves), b"".join(hash_leaves(leaves)))
        connection.execute(entries.update().where(condition).values(bundle=block.content, hashes=block.hashes))


def test_check_ledger__finds_an_entry_rewritten_with_its_hash(store: Store) -> None:
    _rewrite(store, 301, 2, make_hold_entries(1)[0])
    findings = check(store)
    assert "the first 613 entries are not those that the checkpoint of that size signed" in findings
    assert "node 1 of level 1 is not the root of entries 256 to 511" in findings
    assert not any("301 entries" in item for item in findings)  # the earlier checkpoint still holds


def test_check_ledger__names_an_entry_of_no_known_kind(store: Store) -> None:
    for content in (b"[]", b"\xff", b'{"kind":"gift"}'):
        _rewrite(store, 301, 2, content)
        assert "entry 303 is of no known kind" in check(store)


def test_check_ledger__finds_a_checkpoint_of_another_key(store: Store) -> None:
    assert any("no known key" in finding for finding in check_ledger(store, [], ORIGIN))


def test_check_ledger__finds_a_damaged_page_of_the_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", ROWS)
    store.close()
    path = tmp_path / "control.db"
    data = bytearray(path.read_bytes())
    data[-2000] ^= 1
    path.write_bytes(bytes(data))
    assert any("page" in finding for finding in open_store(tmp_path).check_database())


OF_NO_PROOF = {
    "batches.received_at",
    "batches.answered_at",
    "batches.rehearsal",
    "batches.status",
    "releases.summary",
    "batches.model_fingerprint",
    "batches.known_as_of",
    "entries.recorded_at",
    "head.id",
    "head.recorded_at",
    "checkpoints.signed_at",
    "cosignatures.obtained_at",
    "answers.outcome",
    "answers.match_probability",
    "answers.record_id",
    "filings.name",
    "openings.recorded_at",
    "accounted.manifest",
    "reasons.content",
    "reasons.first_row",
    "asked.kind",
    "asked.bucket",
    "asked.digests",
    "asked.counts",
}
"""Columns that no entry commits to, or that are null here: some changes in them are not found."""

NONSENSE = (
    "NULL",
    "''",
    "printf('%.60000c', '[')",
    "'\"\\ud800\"'",
    "printf('%.5000c', '9')",
    "'2026-02-25'",
    "zeroblob(64)",
    "-1",
)
"""Values to put into every column, as SQL expressions."""


@contextmanager
def _seen_from_inside(connection: sa.Connection) -> Iterator[Snapshot]:
    yield Snapshot(connection)


def test_check_ledger__cannot_be_stopped_by_anything_in_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is put into a column of every row is named, or refused with an error of ours."""
    store = open_store(tmp_path)
    order_filings.enter_order(store, document(), replace(JO, device="jo@desk"), law=load_law(), at=RECORDED_AT)
    insert_released_batch(store, "B1", 9)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    purge_by_two(store, batch_id=B1, rows=[3], order="O", at=RECORDED_AT)
    insert_released_batch(store, "B2", 2)
    with store.begin() as tx:
        insert_side_records(tx, "B2")
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    with store.begin() as tx:
        insert_cosignatures(tx, 20, [SIGNER.make_signature_line("x")], at=RECORDED_AT)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) != ()  # a signature of the log's own key that is wrong
    with without_guards(store) as connection:
        connection.exec_driver_sql("DELETE FROM cosignatures")
        connection.exec_driver_sql("INSERT INTO cosignatures VALUES (20, '— w AAAAAAAA' || char(10), '')")
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
    untold, took = set(), 0
    with without_guards(store) as connection:
        monkeypatch.setattr(store, "read", lambda: _seen_from_inside(connection))
        monkeypatch.setattr(store, "check_database", lambda: ())
        tables = [table for table in metadata.sorted_tables if table is not nodes]  # so few entries have none
        assert all(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in tables)
        for column in (column for table in tables for column in table.columns):
            for value in NONSENSE:
                change = connection.begin_nested()
                try:
                    connection.exec_driver_sql(f'UPDATE {column.table.name} SET "{column.name}" = {value}')
                    took += 1
                    if check_ledger(store, [SIGNER.verifier], ORIGIN) == ():
                        untold.add(f"{column.table.name}.{column.name}")
                except (LedgerError, sa.exc.DBAPIError):  # said in words; or refused by the table itself
                    pass
                change.rollback()
    assert untold <= OF_NO_PROOF, untold - OF_NO_PROOF
    assert took > 200
