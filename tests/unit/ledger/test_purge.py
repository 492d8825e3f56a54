"""Purged answers: every proof still verifies, and no one can confirm by guessing what was answered."""

import hashlib
import hmac
import itertools
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from comity.errors import ComityError
from comity.ledger import leaf, log
from comity.ledger.fsck import check_ledger
from comity.ledger.publish import publish_log
from comity.store import answers, batches, purges
from comity.store.database import Store
from comity.store.tables import metadata
from comity.store.tables import purges as purges_table
from comity.tlog.proof import open_receipt
from tests.conftest import OpenStore
from tests.support.database_owner import without_guards
from tests.support.postgres_server import OWNER_ROLE, PostgresServer
from tests.support.published_ledger import verify_published_ledger
from tests.support.sample_ledger import (
    ANSWER_CODES,
    B1,
    B2,
    B3,
    DATABASE_KEY,
    ORIGIN,
    RECORDED_AT,
    SIGNER,
    VKEY,
    insert_released_batch,
    open_store,
)
from tests.support.two_persons import purge_by_two

ROW = 5
ORDER = "Docket 26-101"
PAGE, RESERVE = 4096, 80  # SQLCipher 4's page: 16 bytes IV and 64 bytes HMAC at its end


@pytest.fixture(name="house")
def _house(opening: OpenStore, postgresql: PostgresServer) -> Store:
    """Three batches, signed, as the tables' owner sees them."""
    store = opening()
    for name, rows in (("B1", 300), ("B2", 9), ("B3", 1)):
        insert_released_batch(store, name, rows)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    if store._engine.dialect.name == "sqlite":
        return store
    with store.read() as tx:
        name = str(tx.connection.exec_driver_sql("SELECT current_database()").scalar_one())
    return Store.connect(postgresql.dsn(OWNER_ROLE, name))


def purge(store: Store, *rows: int, batch: str = B1) -> int:
    return purge_by_two(store, batch_id=batch, rows=rows or (ROW,), order=ORDER, at=RECORDED_AT)


def guesses(batch: str, row: int) -> list[bytes]:
    """Everything the answer could have been, for one who knows the question."""
    reasons = ("", "r07_case_number;r09_orders")
    return [
        leaf.canonicalize_json(
            {"batch": batch, "row": row, "request_id": f"Wanted-{row - 1:05}", "code": c, "reasons": r}
        )
        for c, r in itertools.product(ANSWER_CODES, reasons)
    ]


def confirmed_by_guessing(store: Store, batch: str, row: int, entry: int) -> bool:
    """Whether any guess, under any 32 bytes that are left anywhere in the database, makes the entry's commitment."""
    salts: set[bytes] = {b"", bytes(32)}
    with store.read() as tx:
        (content,) = log.read_entries(tx, entry, entry + 1)
        for table in metadata.tables.values():
            for stored_row in tx.connection.execute(sa.select(table)):
                for value in stored_row:
                    if isinstance(value, bytes) and len(value) % 32 == 0:
                        salts.update(value[at : at + 32] for at in range(0, len(value), 32))
                    if isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef"):
                        salts.add(bytes.fromhex(value))
    wanted = json.loads(content)["commitment"]
    return any(leaf.compute_commitment(salt, guess) == wanted for salt in salts for guess in guesses(batch, row))


def test_carry_out_purge__erases_the_salt_of_a_batchs_name_with_its_last_answer(house: Store) -> None:
    def name_salts() -> list[bool]:
        with house.read() as tx:
            return [batch.name_salt is not None for batch in batches.list_batches(tx)]

    purge(house, 1, 2, 3, 4, 5, 6, 7, 8, batch=B2)
    assert name_salts() == [True, True, True]
    purge(house, 9, batch=B2)
    purge(house, 1, batch=B3)
    assert name_salts() == [True, False, False]
    assert check_ledger(house, [SIGNER.verifier], ORIGIN) == ()
    house.close()


def test_carry_out_purge__leaves_nothing_to_confirm_by_guessing(house: Store) -> None:
    assert confirmed_by_guessing(house, B1, ROW, ROW - 1), "before, whoever has the salt can open the entry"
    purge(house)
    assert not confirmed_by_guessing(house, B1, ROW, ROW - 1)
    assert confirmed_by_guessing(house, B1, ROW + 1, ROW), "the others can still be opened"
    house.close()


def test_carry_out_purge__erases_what_the_release_would_show(house: Store) -> None:
    """With the other answers known, the counts, or the hash of the answers file, would tell the last one."""
    purge(house)
    with house.read() as tx:
        batch = batches.get(tx, B1)
        assert batch is not None
        assert (batch.answers_sha256, batch.release_salt, batch.summary) == (None, None, None)
        (row,) = [answer for answer in answers.stream_by_batch(tx, B1) if answer.row == ROW]
        assert [name for name, value in row._mapping.items() if value is not None] == ["batch_id", "row", "entry"]
        assert answers.count_stored_codes(tx, B1)[answers.ERASED_CODE] == 1
    house.close()


def test_carry_out_purge__keeps_every_proof(house: Store, tmp_path: Path) -> None:
    before = log.sign_current_checkpoint(house, SIGNER, at=RECORDED_AT)
    old = [log.make_receipt(house, index, before, SIGNER.verifier) for index in (ROW - 1, 300, 311)]
    publish_log(house, tmp_path / "public", before, SIGNER.verifier)
    assert purge(house) == 317
    assert purge(house, 1, 9, batch=B2) == 320
    assert purge(house, 1, batch=B3) == 323
    after = log.sign_current_checkpoint(house, SIGNER, at=RECORDED_AT)
    publish_log(house, tmp_path / "public", after, SIGNER.verifier)
    verify_published_ledger(tmp_path / "public", [VKEY], receipts=old)
    for index in (ROW - 1, 301, 317):
        new = open_receipt(log.make_receipt(house, index, after, SIGNER.verifier), ORIGIN, [SIGNER.verifier])
        assert b'"kind":"purge"' in new.leaf or index != 317
    assert check_ledger(house, [SIGNER.verifier], ORIGIN) == ()
    with house.read() as tx:
        purge_entries = b"".join(log.read_entries(tx, n, n + 1)[0] for n in (317, 320, 323))
        assert [(p.batch_id, p.row_numbers, p.order) for p in purges.list_purges(tx)] == [
            (B1, (5,), ORDER),
            (B2, (1, 9), ORDER),
            (B3, (1,), ORDER),
        ]
    assert b"Docket" not in purge_entries
    assert b"rows" not in purge_entries, "who is named in an order is personal: the public entry only commits to it"
    house.close()


@pytest.mark.parametrize(
    ("batch", "rows", "order", "code"),
    [
        ("B9", (1,), "O", "bad_argument"),
        (B1, (0,), "O", "bad_argument"),
        (B1, (301,), "O", "bad_argument"),
        (B1, (1,), " ", "law_invalid"),
        (B1, (1,), "x" * 201, "law_invalid"),
        (B1, (1,), "a\0b", "law_invalid"),
        (B1, (1,), "a\nb", "law_invalid"),
    ],
)
def test_carry_out_purge__refuses_rows_that_do_not_exist(
    tmp_path: Path, batch: str, rows: tuple[int, ...], order: str, code: str
) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 300)
    with pytest.raises(ComityError) as refused:
        purge_by_two(store, batch_id=batch, rows=rows, order=order, at=RECORDED_AT)
    assert refused.value.code == code
    purge(store)
    with pytest.raises(ComityError, match="before"):
        purge(store, ROW, ROW + 1)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()


def test_check_ledger__finds_an_erasure_without_a_purge(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 9)
    purge(store)
    with without_guards(store) as connection:
        connection.execute(sa.text("UPDATE answers SET salt = NULL, code = NULL WHERE row = 2"))
        connection.execute(purges_table.update().values(order="another"))
    findings = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert "row 2 of batch B1 was erased, but no purge names it" in findings
    assert "a purge of batch B1 is on file under entry 14, which says something else" in findings
    with without_guards(store) as connection:
        connection.execute(purges_table.delete())
    findings = check_ledger(store, [SIGNER.verifier], ORIGIN)
    assert "entry 14 says that answers were purged, but no such purge is on file" in findings


def decrypted(path: Path) -> bytes:
    """Every page of a SQLCipher file in clear, as whoever has the key could read it, and each page's seal checked."""
    data = path.read_bytes()
    salt = data[:16]
    seal = hashlib.pbkdf2_hmac("sha512", DATABASE_KEY, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    clear = b""
    for number, at in enumerate(range(0, len(data), PAGE), 1):
        page = data[at : at + PAGE][16 if number == 1 else 0 :]
        body, reserve = page[:-RESERVE], page[-RESERVE:]
        expected = hmac.new(seal, body + reserve[:16] + number.to_bytes(4, "little"), "sha512").digest()
        assert expected == reserve[16:80], "not the page format that this test knows"
        decryptor = Cipher(algorithms.AES(DATABASE_KEY), modes.CBC(reserve[:16])).decryptor()
        clear += decryptor.update(body) + decryptor.finalize()
    return clear


def test_carry_out_purge__leaves_nothing_in_the_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    insert_released_batch(store, "B1", 300)
    with store.read() as tx:
        salts = {answer.row: answer.salt for answer in answers.stream_by_batch(tx, B1)}
    store.purge_free_pages()
    assert salts[ROW] in decrypted(tmp_path / "control.db"), "it is there before"
    purge(store)
    assert (tmp_path / "control.db-wal").stat().st_size == 0
    left = decrypted(tmp_path / "control.db")
    assert salts[ROW] not in left
    assert f"Wanted-{ROW - 1:05}".encode() not in left
    assert salts[ROW + 1] in left


def test_carry_out_purge__is_not_allowed_to_the_application_on_postgresql(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    store = Store.connect(postgresql.create_database("unpurged"))
    insert_released_batch(store, "B1", 9)
    with pytest.raises(ComityError, match="permission denied"):
        purge(store)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
    store.close()
