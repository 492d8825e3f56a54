"""docs/spec/ledger.md opens with a whole ledger; it must be one that the code makes."""

from pathlib import Path

from comity.ledger import leaf, log
from comity.model.release import Release
from comity.store.answers import AnswerColumns
from comity.tlog.proof import open_receipt
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, VKEY, open_store

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "ledger.md"
NAMED = {"batch_id": "B-2026-001", "requester": "ICE"}
NAME_SALT = bytes.fromhex("33" * 32)
NAME = leaf.name_batch(NAME_SALT, NAMED["requester"], NAMED["batch_id"])


def example(folder: Path) -> str:
    answers = AnswerColumns(
        row=[1], request_id=["R-1"], code=["NOT_CONFIRMED"], reasons=[""], salt=[bytes.fromhex("11" * 32)]
    )
    release = Release(
        batch_id=NAME,
        agreement="irs-ice-2025",
        row_count=1,
        first_entry=0,
        counts={"NOT_CONFIRMED": 1},
        answers_sha256="a" * 64,
        salt=bytes.fromhex("22" * 32),
        order_ids=("O1",),
        law_fingerprint="5e1f" * 16,
        index_fingerprint="c0de" * 16,
        model_fingerprint="f00d" * 16,
        as_of=RECORDED_AT,
    )
    leaves = [*leaf.encode_answer_leaves(NAME, answers), leaf.encode_release_leaf(release)]
    store = open_store(folder)
    with store.begin() as tx:
        log.append_entries(tx, leaves, at=RECORDED_AT)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    receipt = log.make_receipt(store, 1, note, SIGNER.verifier)
    assert open_receipt(receipt, ORIGIN, [SIGNER.verifier]).leaf == leaves[1]
    opened = leaf.canonicalize_json(
        {"batch": NAME, "code": "NOT_CONFIRMED", "reasons": "", "request_id": "R-1", "row": 1}
    )
    named = leaf.canonicalize_json(NAMED)
    lines = [
        *(f"entry {n}\n{content.decode()}\n" for n, content in enumerate(leaves)),
        f"entry 0 opened: SHA-256 of the salt {answers.salt[0].hex()} and\n{opened.decode()}\n",
        f"the batch's name: SHA-256 of the salt {NAME_SALT.hex()} and\n{named.decode()}\n",
        f"checkpoint, for the key {VKEY}\n{note}",
        f"receipt of entry 1\n{receipt}",
    ]
    return "\n".join(lines)


def test_the_example_on_the_page_is_what_the_code_writes(tmp_path: Path) -> None:
    shown = PAGE.read_text().split("<!-- example -->\n```\n")[1].split("```\n<!-- end -->")[0]
    assert shown == example(tmp_path)
