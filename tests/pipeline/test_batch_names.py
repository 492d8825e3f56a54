"""A batch is named in the public ledger by a salted hash, and its id is its requester's alone."""

import hashlib
import json
from pathlib import Path

import pytest
import rfc8785

from comity.app import bootstrap
from comity.app.home import Home
from comity.app.use_cases import disclosure_reports, ledger_operations
from comity.errors import ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.signing import create_signing_key
from comity.store import batches
from tests.support.batch_folders import SIGNER_OFFICE, write_batch
from tests.support.two_persons import run_command
from tests.support.workspace import AFTER_ORDERS, AUGUST_2025, Workspace, request_about

TOLD = "Marisol-Quintanilla-1845-Lindenwood-Ave"
"""What somebody might try to say in public: a name and an address, as an identifier may look."""


def read_leaves(home: Home) -> list[bytes]:
    """Return every entry of a home's ledger, once it is known to be sound."""
    signer = bootstrap.load_key_ring(home)
    with bootstrap.open_store(home) as store:
        log.sign_current_checkpoint(store, signer, at=AFTER_ORDERS)
        assert check_ledger(store, [signer.verifier], home.origin) == ()
        with store.read() as tx:
            return log.read_entries(tx, 0, log.tree_size(tx))


def verify_or_refuse(world: Workspace, batch: Path, home: Home) -> str:
    """Verify a batch and return how that ended: its status, or the error's code."""
    try:
        return world.verify_batch(batch, home=home, out=world.root / f"{batch.name}-out")[0].status
    except ComityError as error:
        return error.code


def test_nothing_that_a_requester_wrote_is_in_the_ledger(world: Workspace) -> None:
    """Answered, refused whole, held, in conflict, unsigned, unreadable: in no entry, as batch or agreement."""
    home = world.open_home()
    rows = [request_about(1)]
    written = {
        "answered": world.write_batch("answered", rows, batch_id=TOLD),
        "conflict": world.write_batch("conflict", [request_about(2)], batch_id=TOLD),
        "agreement": world.write_batch("agreement", rows, batch_id=f"{TOLD}-2", agreement=TOLD),
        "refused": world.write_batch("refused", b"another,header\n1,2\n", batch_id=f"{TOLD}-7", agreement=TOLD),
        "requester": world.write_batch("requester", rows, batch_id=f"{TOLD}-3", requester=TOLD),
        "unsigned": world.write_batch("unsigned", rows, batch_id=f"{TOLD}-4"),
        "unreadable": world.write_batch("unreadable", rows, batch_id=f"{TOLD}-5"),
    }
    (written["unsigned"] / "batch.json.jws").unlink()
    (written["unreadable"] / "batch.json").write_text(f'{{"batch_id": "{TOLD}"')
    ends = {name: verify_or_refuse(world, batch, home) for name, batch in written.items()}
    assert (ends["answered"], ends["conflict"]) == ("answered", "batch_conflict")
    assert (ends["agreement"], ends["refused"]) == ("answered", "answered")
    held = world.write_batch("held", [request_about(3)], batch_id=f"{TOLD}-6")
    assert world.verify_batch(held, home=home, at=AFTER_ORDERS)[0].status == "held"
    leaves = read_leaves(home)
    for leaf in leaves:
        assert b"Quintanilla" not in leaf
        assert len(json.loads(leaf)["batch"]) == 64
    assert [json.loads(leaf)["agreement"] for leaf in leaves if b'"agreement"' in leaf] == [
        "irs-ice-2025",
        None,
        None,
        "irs-ice-2025",
    ]  # fmt: skip  as the batches above
    assert {json.loads(leaf)["kind"] for leaf in leaves} == {"answer", "release", "refusal", "hold"}


def test_the_requester_alone_can_show_which_entries_are_about_a_batch(world: Workspace) -> None:
    home = world.open_home()
    world.verify_batch(world.write_batch("b", [request_about(1)]), home=home, out=world.root / "o")
    told = json.loads((world.root / "o" / "answers.json").read_text(encoding="utf-8"))
    named = rfc8785.dumps({"batch_id": "b", "requester": "us-dhs-ice"})
    name = hashlib.sha256(bytes.fromhex(told["ledger_batch_salt"]) + named).hexdigest()
    assert (told["batch_id"], told["ledger_batch"]) == ("b", name)
    assert {json.loads(leaf)["batch"] for leaf in read_leaves(home)} == {name}
    guesses = [hashlib.sha256(salt + text).hexdigest() for salt in (b"", bytes(32)) for text in (named, b"b")]
    assert name not in guesses


def test_an_unsigned_batch_occupies_no_id(world: Workspace) -> None:
    """A stranger sends ten batches of many rows under the id that an agency uses next: one entry each, no more."""
    home, stranger = world.open_home(), create_signing_key(world.root / "stranger.key")
    for n in range(10):
        folder = world.root / f"squat-{n}"
        write_batch(folder, [request_about(1) | {"request_id": f"q{r}"} for r in range(50)], key=stranger, batch_id="b")
        if n % 2:
            (folder / "batch.json.jws").unlink()
        assert verify_or_refuse(world, folder, home) not in {"answered", "held"}
    assert len(read_leaves(home)) == 10
    with bootstrap.open_store(home) as store, store.read() as tx:
        assert batches.list_batches(tx) == ()
    verified, answers = world.verify_batch(world.write_batch("b", [request_about(1)]), home=home)
    assert (verified.status, len(answers)) == ("answered", 1)


def test_two_requesters_may_give_one_id(world: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets its own answers; a command that is given the id asks which is meant, and takes the ledger's name."""
    home, key = world.open_home(), create_signing_key(world.root / "other.key")
    home.signers.register(
        requester="other-agency", office=SIGNER_OFFICE, key=key, registered_at="2025-01-01", synthetic=True
    )
    write_batch(world.root / "theirs", [request_about(2)], key=key, batch_id="b", requester="other-agency")
    theirs, _ = world.verify_batch(world.root / "theirs", home=home)
    ours, _ = world.verify_batch(world.write_batch("b", [request_about(1)]), home=home)
    assert (ours.status, ours.batch_id, theirs.batch_id) == ("answered", "b", "b")
    assert not ours.is_batch_refused
    with pytest.raises(ComityError, match="another batch's answers"):
        world.verify_batch(world.root / "theirs", home=home, out=world.root / f"b-{AUGUST_2025:%Y%m%d}-answers")
    with bootstrap.open_store(home) as store, store.read() as tx:
        names = sorted(batch.batch_id for batch in batches.list_batches(tx))
        stored = batches.find(tx, "us-dhs-ice", "b")
    assert len(names) == 2
    assert stored is not None
    with pytest.raises(ComityError) as unclear:
        disclosure_reports.release_disclosure(home.path, "b", 1, visible_from=AUGUST_2025.date(), counsel="Jo Doe")
    assert all(name in unclear.value.hint for name in names)
    monkeypatch.setattr("comity.app.clock.now", lambda: AUGUST_2025)
    entry = disclosure_reports.release_disclosure(
        home.path, stored.batch_id, 1, visible_from=AUGUST_2025.date(), counsel="Jo Doe"
    )
    assert json.loads(read_leaves(home)[entry])["kind"] == "subject_release"
    with pytest.raises(ComityError, match="2 requesters gave that batch_id"):
        ledger_operations.request_purge(home.path, world.root / "other.key", "b", [1], "Docket 26-101")


@pytest.mark.usefixtures("august_2025")
def test_answers_of_one_home_do_not_replace_those_of_another(
    world: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    batch, out = world.write_batch("b", [request_about(1)]), world.root / "answers"

    def verify(name: str) -> int:
        home = world.root / "disk" / name
        return run_command("verify", str(batch), "--index", str(world.index), "--home", str(home), "--out", str(out))

    first = verify("one")
    assert f"A new home was made in {world.root / 'disk' / 'one'}." in capsys.readouterr().err
    receipt = (out / "receipt.tlog-proof").read_bytes()
    assert verify("two") == 2
    assert "answers of another home" in capsys.readouterr().err
    assert (out / "receipt.tlog-proof").read_bytes() == receipt
    assert verify("one") == first
    assert "A new home" not in capsys.readouterr().err
