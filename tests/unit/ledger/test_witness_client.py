"""Cosignatures are obtained as the policy requires; each attack that witnesses are for is acted out, and caught."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import comity_ledger_verify as checker
from comity.errors import LedgerError
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.ledger.witness_client import obtain_cosigned_checkpoint
from comity.tlog.checkpoint import open_checkpoint
from comity.tlog.cosignature import Cosigner
from comity.tlog.note import Ed25519Signer, encode_base64, open_note
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, VKEY, make_hold_entries, open_store
from tests.support.witness_network import (
    WitnessNetwork,
    append_sample_entries,
    checker_trust,
    open_new_store,
)


@pytest.fixture(name="network")
def _network(tmp_path: Path) -> WitnessNetwork:
    return WitnessNetwork(tmp_path / "network")


def test_obtain_cosigned_checkpoint__returns_and_stores_enough_cosignatures(
    tmp_path: Path, network: WitnessNetwork
) -> None:
    store = open_store(tmp_path)
    for _ in range(3):
        entry = append_sample_entries(store, 5)
        note = obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT)
        assert set(open_note(note, [SIGNER.verifier, *network.verifiers()]).verified_keys) == {
            SIGNER.verifier,
            *network.verifiers(),
        }
    network.offline = {"w1", "w2"}
    assert (
        obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT) == note
    )  # again, from what is stored
    publish_log(store, tmp_path / "public", note, SIGNER.verifier)
    receipt = log.make_receipt(store, entry, note, SIGNER.verifier)
    report = checker.check_log(tmp_path / "public", checker_trust(network, 2), {"r": receipt.encode()})
    assert (report.findings, report.entry_count) == ([], 15)


def test_obtain_cosigned_checkpoint__holds_with_too_few_until_the_next_try(
    tmp_path: Path, network: WitnessNetwork
) -> None:
    store = open_store(tmp_path)
    entry = append_sample_entries(store, 5)
    network.offline = {"w2"}
    with pytest.raises(LedgerError, match="w2 could not be reached") as caught:
        obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT)
    assert (caught.value.code, caught.value.exit_code) == ("unwitnessed", 4)
    assert (
        len(
            open_note(
                obtain_cosigned_checkpoint(store, entry, SIGNER, network.client("any"), at=RECORDED_AT),
                network.verifiers(),
            ).verified_keys
        )
        == 1
    )
    append_sample_entries(store, 5)  # the log goes on meanwhile, and w1 with it
    with pytest.raises(LedgerError):
        obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT)
    network.offline = set()
    note = obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT)
    assert open_checkpoint(note, ORIGIN, [SIGNER.verifier]).size == 10
    assert set(open_note(note, network.verifiers()).verified_keys) == set(network.verifiers())


@pytest.mark.parametrize(
    "reply",
    [
        (200, ""),
        (200, "— w1.example AAAA\n"),
        (200, "hello"),
        (500, "no"),
        (404, "unknown log\n"),
        (409, "99999\n"),
        (409, "-1\n"),
        (409, "x" * 1000),
        (422, "consistency"),
        (302, ""),
    ],
)
def test_obtain_cosigned_checkpoint__holds_when_a_witness_lies(
    tmp_path: Path, network: WitnessNetwork, reply: tuple[int, str]
) -> None:
    store = open_store(tmp_path)
    entry = append_sample_entries(store, 5)
    with pytest.raises(LedgerError) as caught:
        obtain_cosigned_checkpoint(store, entry, SIGNER, network.client("any", lambda *_: reply), at=RECORDED_AT)
    assert caught.value.code == "unwitnessed"


def test_obtain_cosigned_checkpoint__stores_one_cosignature_of_each_witness(
    tmp_path: Path, network: WitnessNetwork
) -> None:
    """A note may have so many signatures and no more: one of each witness is kept."""
    store = open_store(tmp_path)
    entry = append_sample_entries(store, 5)

    def send(url: str, path: str, body: bytes | None) -> tuple[int, str]:
        status, text = network.send(url, path, body)
        if url == "w1" and body is not None:
            signed = body.decode().partition("\n\n")[2].partition("\n\n")[0] + "\n"
            text = "".join(
                network.cosigners["w1"].signer_at(RECORDED_AT + timedelta(n)).make_signature_line(signed)
                for n in range(99)
            )
        return status, text

    note = obtain_cosigned_checkpoint(store, entry, SIGNER, network.client("all", send), at=RECORDED_AT)
    assert open_note(note, network.verifiers()).verified_keys == tuple(network.verifiers())


def test_obtain_cosigned_checkpoint__ignores_another_checkpoint_or_key(tmp_path: Path, network: WitnessNetwork) -> None:
    store = open_store(tmp_path)
    entry = append_sample_entries(store, 5)
    text = "\n".join([ORIGIN, "5", encode_base64(bytes(32))]) + "\n"
    other = network.cosigners["w1"].signer_at(RECORDED_AT).make_signature_line(text)
    stranger = Cosigner("w1.example", Ed25519PrivateKey.generate())
    own = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT).partition("\n\n")[0] + "\n"
    for line in (other, stranger.signer_at(RECORDED_AT).make_signature_line(own)):
        with pytest.raises(LedgerError) as caught:
            obtain_cosigned_checkpoint(
                store, entry, SIGNER, network.client("any", lambda *_, line=line: (200, line)), at=RECORDED_AT
            )
        assert caught.value.code == "unwitnessed"


def test_a_split_view_gets_one_cosigned_history_only(tmp_path: Path, network: WitnessNetwork) -> None:
    """The custodian keeps two logs under one key and shows each reader another."""
    first, second = open_new_store(tmp_path / "first"), open_new_store(tmp_path / "second")
    shown: list[str] = []
    for store, what in ((first, "to the court"), (second, "to the agency")):
        entry = append_sample_entries(store, 5, what)
        if not shown:
            shown.append(obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT))
        else:
            with pytest.raises(LedgerError, match="two histories") as caught:
                obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT)
            assert caught.value.code == "ledger_damaged"
    second_note = log.sign_current_checkpoint(
        second, SIGNER, at=RECORDED_AT
    )  # signed anyway, and shown without cosignatures
    publish_log(second, tmp_path / "public", second_note, SIGNER.verifier)
    (only,) = checker.check_log(tmp_path / "public", checker_trust(network, 1)).findings
    assert "0 known witnesses cosigned" in only


def test_a_fork_after_a_shared_prefix_is_refused_and_stored_as_evidence(
    tmp_path: Path, network: WitnessNetwork
) -> None:
    store = open_new_store(tmp_path / "true")
    entry = append_sample_entries(store, 5)
    obtain_cosigned_checkpoint(store, entry, SIGNER, network.client(), at=RECORDED_AT)
    store.close()
    shutil.copytree(tmp_path / "true", tmp_path / "forked")
    obtain_cosigned_checkpoint(
        open_store(tmp_path / "true"),
        append_sample_entries(open_store(tmp_path / "true"), 3, "x"),
        SIGNER,
        network.client(),
        at=RECORDED_AT,
    )
    forked = open_store(tmp_path / "forked")
    entry = append_sample_entries(forked, 9, "y")
    with pytest.raises(LedgerError, match="does not continue") as caught:
        obtain_cosigned_checkpoint(forked, entry, SIGNER, network.client(), at=RECORDED_AT)
    assert (caught.value.code, caught.value.exit_code) == ("ledger_damaged", 5)
    (evidence_file,) = (network.folder / "w1" / "evidence").iterdir()
    assert (
        open_checkpoint(evidence_file.read_text(), ORIGIN, [SIGNER.verifier]).size == 15
    )  # signed by the log: it cannot deny it


@pytest.mark.parametrize("more", [0, 1, 40], ids=["as it was", "a little on", "further than before"])
def test_a_database_restored_from_yesterday_is_caught(tmp_path: Path, network: WitnessNetwork, more: int) -> None:
    store = open_new_store(tmp_path / "today")
    append_sample_entries(store, 5)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    store.close()
    shutil.copytree(tmp_path / "today", tmp_path / "yesterday")
    store = open_store(tmp_path / "today")
    obtain_cosigned_checkpoint(
        store, append_sample_entries(store, 20, "today"), SIGNER, network.client(), at=RECORDED_AT
    )
    restored = open_store(tmp_path / "yesterday")
    if more:
        append_sample_entries(restored, more, "other")
    with pytest.raises(LedgerError, match="restored from an older copy") as caught:
        obtain_cosigned_checkpoint(restored, 0, SIGNER, network.client(), at=RECORDED_AT + timedelta(days=1))
    assert caught.value.code == "ledger_damaged"


def test_a_truncated_log_is_caught(tmp_path: Path, network: WitnessNetwork) -> None:
    """The last entries are cut off and the shorter log is signed by the custodian's own key."""
    long, short = open_new_store(tmp_path / "long"), open_new_store(tmp_path / "short")
    entry = append_sample_entries(long, 12)
    note = obtain_cosigned_checkpoint(long, entry, SIGNER, network.client(), at=RECORDED_AT)
    append_sample_entries(short, 11)
    with pytest.raises(LedgerError, match="12 entries"):
        obtain_cosigned_checkpoint(short, 0, SIGNER, network.client(), at=RECORDED_AT)
    publish_log(short, tmp_path / "public", log.sign_current_checkpoint(short, SIGNER, at=RECORDED_AT), SIGNER.verifier)
    receipt = log.make_receipt(long, 3, note, SIGNER.verifier).encode()
    (only,) = checker.check_log(
        tmp_path / "public", checker.TrustPolicy([checker.Vkey.parse(VKEY)]), {"r": receipt}
    ).findings
    assert "cut off" in only


def test_a_swapped_key_is_refused(tmp_path: Path, network: WitnessNetwork) -> None:
    """Somebody signs the very same log, under its name, with a key of their own."""
    store = open_store(tmp_path)
    entry = append_sample_entries(store, 5)
    thief = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="answered 403") as caught:
        obtain_cosigned_checkpoint(store, entry, thief, network.client(), at=RECORDED_AT)
    assert caught.value.code == "unwitnessed"
    network.witnesses["w1"]._cosigners = [Cosigner("w1.example", Ed25519PrivateKey.generate())]  # a witness's key, too
    other = open_new_store(tmp_path / "other")
    with pytest.raises(LedgerError, match="no cosignature that verifies"):
        obtain_cosigned_checkpoint(other, append_sample_entries(other, 5), SIGNER, network.client(), at=RECORDED_AT)


def test_entries_in_another_order_are_caught(tmp_path: Path, network: WitnessNetwork) -> None:
    true, swapped = open_new_store(tmp_path / "true"), open_new_store(tmp_path / "swapped")
    leaves = make_hold_entries(9)
    for store, order in ((true, leaves), (swapped, [leaves[1], leaves[0], *leaves[2:]])):
        with store.begin() as tx:
            log.append_entries(tx, order, at=RECORDED_AT)
    obtain_cosigned_checkpoint(true, 0, SIGNER, network.client(), at=RECORDED_AT)
    with pytest.raises(LedgerError, match="does not continue"):
        obtain_cosigned_checkpoint(swapped, 0, SIGNER, network.client(), at=RECORDED_AT)
