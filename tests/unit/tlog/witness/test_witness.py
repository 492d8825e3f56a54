"""A witness answers by the protocol, cosigns one history only, and stores what contradicts it."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.errors import LedgerError
from comity.tlog.cosignature import Cosigner
from comity.tlog.merkle import EMPTY_ROOT
from comity.tlog.note import Ed25519Signer, encode_base64
from comity.tlog.witness.witness import MAX_EVIDENCE_FILES
from tests.support.sample_ledger import ORIGIN, RECORDED_AT
from tests.support.witness_network import ROOT, WitnessNetwork, make_add_checkpoint_body


@pytest.fixture(name="network")
def _network(tmp_path: Path) -> WitnessNetwork:
    return WitnessNetwork(tmp_path / "network")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (make_add_checkpoint_body(3, ROOT), 200),
        (make_add_checkpoint_body(0, EMPTY_ROOT), 200),
        (make_add_checkpoint_body(0, ROOT), 422),
        (make_add_checkpoint_body(3, ROOT, origin="comity.example/other"), 404),
        (make_add_checkpoint_body(3, ROOT, signer=Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())), 403),
        (make_add_checkpoint_body(3, ROOT).replace(b"ledger\n3", b"ledger\n4"), 403),
        (make_add_checkpoint_body(3, ROOT, old=4), 400),
        (make_add_checkpoint_body(3, ROOT, old=2), 409),
        (make_add_checkpoint_body(3, ROOT, old="03"), 400),
        (make_add_checkpoint_body(3, ROOT, old=-1), 400),
        (make_add_checkpoint_body(3, ROOT, old="\N{ARABIC-INDIC DIGIT THREE}"), 400),
        (make_add_checkpoint_body(3, ROOT).replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n"), 422),
        (make_add_checkpoint_body(3, ROOT).replace(b"old 0\n", b"old 0\n" + b"A" * 44 + b"\n"), 400),
        (make_add_checkpoint_body(3, ROOT).replace(b"old 0\n", b"old 0\n" + (b"A" * 43 + b"=\n") * 64), 400),
        (make_add_checkpoint_body(3, ROOT).replace(b"\n\n", b"\n", 1), 400),
        (b"", 400),
        (b"\xff" * 100, 400),
        (b"old 0\n\n" + b"\x00" * 100, 404),
        (b"old 0\n\n" + ORIGIN.encode() + b"\n" + b"\x00" * 100, 403),
        (b"old 0\n\n" + ORIGIN.encode() + b"\n" + b"a" * 1_000_001, 403),
    ],
)
def test_add_checkpoint__answers_with_the_status_of_the_protocol(
    network: WitnessNetwork, body: bytes, status: int
) -> None:
    assert network.witnesses["w1"].add_checkpoint(body).status == status


def test_add_checkpoint__cosigns_one_of_many_concurrent_histories(tmp_path: Path, network: WitnessNetwork) -> None:
    """Compare-and-swap: eight threads bring eight histories; one wins, whatever the order."""
    statuses: list[int] = []
    bodies = [make_add_checkpoint_body(3, bytes([n]) * 32) for n in range(8)]
    threads = [
        threading.Thread(target=lambda body=body: statuses.append(network.witnesses["w1"].add_checkpoint(body).status))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 7]


def test_add_checkpoint__cosigns_nothing_when_the_state_is_damaged(tmp_path: Path, network: WitnessNetwork) -> None:
    (network.folder / "w1" / "seen.db").write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(LedgerError, match="nothing is cosigned"):
        network.witnesses["w1"].add_checkpoint(make_add_checkpoint_body(3, ROOT))


def test_add_checkpoint__stores_a_limited_number_of_evidence_files(network: WitnessNetwork) -> None:
    witness = network.witnesses["w1"]
    witness.add_checkpoint(make_add_checkpoint_body(3, ROOT))
    evidence = network.folder / "w1" / "evidence"
    evidence.mkdir()
    for n in range(MAX_EVIDENCE_FILES):
        (evidence / str(n)).touch()
    assert witness.add_checkpoint(make_add_checkpoint_body(3, bytes(32), old=3)).status == 422
    assert len(list(evidence.iterdir())) == MAX_EVIDENCE_FILES


def test_add_checkpoint__stores_as_evidence_only_what_the_log_signed(network: WitnessNetwork) -> None:
    """A signed checkpoint with a bad proof, sent again with more lines under it, is stored once and as signed."""
    witness = network.witnesses["w1"]
    witness.add_checkpoint(make_add_checkpoint_body(3, ROOT))
    contradiction = make_add_checkpoint_body(4, bytes(32), old=3)
    for _ in range(5):
        line = (
            Cosigner("stranger", Ed25519PrivateKey.generate())
            .signer_at(RECORDED_AT)
            .make_signature_line(f"x\n4\n{encode_base64(ROOT)}\n")
        )
        assert witness.add_checkpoint(contradiction + line.encode() * 50).status == 422
    (evidence_file,) = (network.folder / "w1" / "evidence").iterdir()
    assert evidence_file.read_bytes() == contradiction.partition(b"\n\n")[2]
