"""Witnesses, and what they are for: each attack on a log is acted out, and caught."""

import shutil
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

import comity_ledger_verify as checker
from comity.errors import ComityError, LedgerError
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.ledger.witness_client import SendRequest, WitnessClient, obtain_cosigned_checkpoint, send_over_http
from comity.store.database import Store
from comity.tlog import http_client
from comity.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from comity.tlog.cosignature import CosignatureKey, Cosigner, parse_vkey
from comity.tlog.merkle import EMPTY_ROOT
from comity.tlog.note import Ed25519Signer, Verifier, encode_base64, open_note
from comity.tlog.witness.state import LastCheckpoint, WitnessState
from comity.tlog.witness.witness import MAX_EVIDENCE_FILES, Witness
from comity.tlog.witness.witness_policy import WitnessPolicy
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, VKEY, make_hold_entries, open_store


@dataclass
class Town:
    """Witnesses in one process, reached by name; each may be away."""

    folder: Path
    names: tuple[str, ...] = ("w1", "w2")
    logs: dict[str, list[Verifier]] = field(default_factory=lambda: {ORIGIN: [SIGNER.verifier]})
    away: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cosigners = {name: Cosigner(f"{name}.example", Ed25519PrivateKey.generate()) for name in self.names}
        self.witnesses = {}
        for name, cosigner in self.cosigners.items():
            (self.folder / name).mkdir(parents=True)
            self.witnesses[name] = Witness([cosigner], self.logs, self.folder / name, lambda: RECORDED_AT)

    def send(self, url: str, path: str, body: bytes | None) -> tuple[int, str]:
        if url in self.away:
            raise OSError("unreachable")
        reply = (
            self.witnesses[url].get_checkpoint(path[1:65]) if body is None else self.witnesses[url].add_checkpoint(body)
        )
        return reply.status, reply.body

    def verifiers(self) -> list[CosignatureKey]:
        return [cosigner.verifier for cosigner in self.cosigners.values()]

    def requiring(self, threshold: int | str = "all", send: SendRequest | None = None) -> WitnessClient:
        lines = [f"witness {name} {c.verifier.to_text()} {name}" for name, c in self.cosigners.items()]
        policy = "\n".join([*lines, f"group g {threshold} {' '.join(self.names)}", "quorum g"])
        return WitnessClient(WitnessPolicy.parse(policy), send or self.send)


@pytest.fixture(name="town")
def _town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def grown(store: Store, count: int, what: str = "") -> int:
    """Append `count` entries; the index of the first."""
    with store.begin() as tx:
        return log.append_entries(tx, [*make_hold_entries(count), *([what.encode()] if what else [])], at=RECORDED_AT)


def trust(town: Town, quorum: int) -> checker.TrustPolicy:
    witnesses = [checker.Vkey.parse(key.to_text()) for key in town.verifiers()]
    return checker.TrustPolicy([checker.Vkey.parse(VKEY)], witnesses, quorum)


def new_store(folder: Path) -> Store:
    folder.mkdir()
    return open_store(folder)


def test_a_checkpoint_that_enough_witnesses_cosigned_is_had_and_kept(tmp_path: Path, town: Town) -> None:
    store = open_store(tmp_path)
    for _ in range(3):
        entry = grown(store, 5)
        note = obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT)
        assert set(open_note(note, [SIGNER.verifier, *town.verifiers()]).verified_keys) == {
            SIGNER.verifier,
            *town.verifiers(),
        }
    town.away = {"w1", "w2"}
    assert (
        obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT) == note
    )  # again, from what is stored
    publish_log(store, tmp_path / "public", note, SIGNER.verifier)
    receipt = log.make_receipt(store, entry, note, SIGNER.verifier)
    report = checker.check_log(tmp_path / "public", trust(town, 2), {"r": receipt.encode()})
    assert (report.findings, report.entry_count) == ([], 15)


def test_too_few_cosignatures_hold_and_the_next_try_goes_on(tmp_path: Path, town: Town) -> None:
    store = open_store(tmp_path)
    entry = grown(store, 5)
    town.away = {"w2"}
    with pytest.raises(LedgerError, match="w2 could not be reached") as held:
        obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT)
    assert (held.value.code, held.value.exit_code) == ("unwitnessed", 4)
    assert (
        len(
            open_note(
                obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring("any"), at=RECORDED_AT),
                town.verifiers(),
            ).verified_keys
        )
        == 1
    )
    grown(store, 5)  # the log goes on meanwhile, and w1 with it
    with pytest.raises(LedgerError):
        obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT)
    town.away = set()
    note = obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT)
    assert open_checkpoint(note, ORIGIN, [SIGNER.verifier]).size == 10
    assert set(open_note(note, town.verifiers()).verified_keys) == set(town.verifiers())


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
def test_a_witness_that_lies_or_talks_nonsense_only_holds(tmp_path: Path, town: Town, reply: tuple[int, str]) -> None:
    store = open_store(tmp_path)
    entry = grown(store, 5)
    with pytest.raises(LedgerError) as held:
        obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring("any", lambda *_: reply), at=RECORDED_AT)
    assert held.value.code == "unwitnessed"


def test_a_witness_that_signs_a_thousand_times_does_not_stop_the_others(tmp_path: Path, town: Town) -> None:
    """A note may have so many signatures and no more: one of each witness is kept."""
    store = open_store(tmp_path)
    entry = grown(store, 5)

    def send(url: str, path: str, body: bytes | None) -> tuple[int, str]:
        status, text = town.send(url, path, body)
        if url == "w1" and body is not None:
            signed = body.decode().partition("\n\n")[2].partition("\n\n")[0] + "\n"
            text = "".join(
                town.cosigners["w1"].signer_at(RECORDED_AT + timedelta(n)).make_signature_line(signed)
                for n in range(99)
            )
        return status, text

    note = obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring("all", send), at=RECORDED_AT)
    assert open_note(note, town.verifiers()).verified_keys == tuple(town.verifiers())


def test_a_cosignature_of_another_checkpoint_or_key_does_not_count(tmp_path: Path, town: Town) -> None:
    store = open_store(tmp_path)
    entry = grown(store, 5)
    text = "\n".join([ORIGIN, "5", encode_base64(bytes(32))]) + "\n"
    other = town.cosigners["w1"].signer_at(RECORDED_AT).make_signature_line(text)
    stranger = Cosigner("w1.example", Ed25519PrivateKey.generate())
    own = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT).partition("\n\n")[0] + "\n"
    for line in (other, stranger.signer_at(RECORDED_AT).make_signature_line(own)):
        with pytest.raises(LedgerError) as held:
            obtain_cosigned_checkpoint(
                store, entry, SIGNER, town.requiring("any", lambda *_, line=line: (200, line)), at=RECORDED_AT
            )
        assert held.value.code == "unwitnessed"


# The attacks.


def test_a_split_view_gets_one_cosigned_history_only(tmp_path: Path, town: Town) -> None:
    """The custodian keeps two logs under one key and shows each reader another."""
    one, two = new_store(tmp_path / "one"), new_store(tmp_path / "two")
    shown: list[str] = []
    for store, what in ((one, "to the court"), (two, "to the agency")):
        entry = grown(store, 5, what)
        if not shown:
            shown.append(obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT))
        else:
            with pytest.raises(LedgerError, match="two histories") as caught:
                obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT)
            assert caught.value.code == "ledger_damaged"
    second = log.sign_current_checkpoint(
        two, SIGNER, at=RECORDED_AT
    )  # signed all the same, and shown without cosignatures
    publish_log(two, tmp_path / "public", second, SIGNER.verifier)
    (only,) = checker.check_log(tmp_path / "public", trust(town, 1)).findings
    assert "0 known witnesses cosigned" in only


def test_a_fork_after_a_shared_beginning_is_refused_and_kept_as_evidence(tmp_path: Path, town: Town) -> None:
    store = new_store(tmp_path / "true")
    entry = grown(store, 5)
    obtain_cosigned_checkpoint(store, entry, SIGNER, town.requiring(), at=RECORDED_AT)
    store.close()
    shutil.copytree(tmp_path / "true", tmp_path / "forked")
    obtain_cosigned_checkpoint(
        open_store(tmp_path / "true"),
        grown(open_store(tmp_path / "true"), 3, "x"),
        SIGNER,
        town.requiring(),
        at=RECORDED_AT,
    )
    forked = open_store(tmp_path / "forked")
    entry = grown(forked, 9, "y")
    with pytest.raises(LedgerError, match="does not continue") as caught:
        obtain_cosigned_checkpoint(forked, entry, SIGNER, town.requiring(), at=RECORDED_AT)
    assert (caught.value.code, caught.value.exit_code) == ("ledger_damaged", 5)
    (kept,) = (town.folder / "w1" / "evidence").iterdir()
    assert (
        open_checkpoint(kept.read_text(), ORIGIN, [SIGNER.verifier]).size == 15
    )  # signed by the log: it cannot deny it


@pytest.mark.parametrize("more", [0, 1, 40], ids=["as it was", "a little on", "further than before"])
def test_a_database_restored_from_yesterday_is_caught(tmp_path: Path, town: Town, more: int) -> None:
    store = new_store(tmp_path / "today")
    grown(store, 5)
    log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    store.close()
    shutil.copytree(tmp_path / "today", tmp_path / "yesterday")
    store = open_store(tmp_path / "today")
    obtain_cosigned_checkpoint(store, grown(store, 20, "today"), SIGNER, town.requiring(), at=RECORDED_AT)
    restored = open_store(tmp_path / "yesterday")
    if more:
        grown(restored, more, "other")
    with pytest.raises(LedgerError, match="restored from an older copy") as caught:
        obtain_cosigned_checkpoint(restored, 0, SIGNER, town.requiring(), at=RECORDED_AT + timedelta(days=1))
    assert caught.value.code == "ledger_damaged"


def test_a_truncated_log_is_caught(tmp_path: Path, town: Town) -> None:
    """The last entries are cut off and the shorter log is signed by the custodian's own key."""
    long, short = new_store(tmp_path / "long"), new_store(tmp_path / "short")
    entry = grown(long, 12)
    note = obtain_cosigned_checkpoint(long, entry, SIGNER, town.requiring(), at=RECORDED_AT)
    grown(short, 11)
    with pytest.raises(LedgerError, match="12 entries"):
        obtain_cosigned_checkpoint(short, 0, SIGNER, town.requiring(), at=RECORDED_AT)
    publish_log(short, tmp_path / "public", log.sign_current_checkpoint(short, SIGNER, at=RECORDED_AT), SIGNER.verifier)
    receipt = log.make_receipt(long, 3, note, SIGNER.verifier).encode()
    (only,) = checker.check_log(
        tmp_path / "public", checker.TrustPolicy([checker.Vkey.parse(VKEY)]), {"r": receipt}
    ).findings
    assert "cut off" in only


def test_a_swapped_key_is_refused(tmp_path: Path, town: Town) -> None:
    """Somebody signs the very same log, under its name, with a key of their own."""
    store = open_store(tmp_path)
    entry = grown(store, 5)
    thief = Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="answered 403") as held:
        obtain_cosigned_checkpoint(store, entry, thief, town.requiring(), at=RECORDED_AT)
    assert held.value.code == "unwitnessed"
    town.witnesses["w1"]._cosigners = [Cosigner("w1.example", Ed25519PrivateKey.generate())]  # a witness's key, too
    other = new_store(tmp_path / "other")
    with pytest.raises(LedgerError, match="no cosignature that verifies"):
        obtain_cosigned_checkpoint(other, grown(other, 5), SIGNER, town.requiring(), at=RECORDED_AT)


def test_entries_put_into_another_order_are_caught(tmp_path: Path, town: Town) -> None:
    true, swapped = new_store(tmp_path / "true"), new_store(tmp_path / "swapped")
    leaves = make_hold_entries(9)
    for store, order in ((true, leaves), (swapped, [leaves[1], leaves[0], *leaves[2:]])):
        with store.begin() as tx:
            log.append_entries(tx, order, at=RECORDED_AT)
    obtain_cosigned_checkpoint(true, 0, SIGNER, town.requiring(), at=RECORDED_AT)
    with pytest.raises(LedgerError, match="does not continue"):
        obtain_cosigned_checkpoint(swapped, 0, SIGNER, town.requiring(), at=RECORDED_AT)


# The witness itself.


def request(
    size: int, root: bytes, *, old: int | str = 0, origin: str = ORIGIN, signer: Ed25519Signer = SIGNER
) -> bytes:
    return (f"old {old}\n\n" + sign_checkpoint(Checkpoint(origin, size, root), [signer])).encode()


ROOT = bytes(range(32))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (request(3, ROOT), 200),
        (request(0, EMPTY_ROOT), 200),
        (request(0, ROOT), 422),
        (request(3, ROOT, origin="comity.example/other"), 404),
        (request(3, ROOT, signer=Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate())), 403),
        (request(3, ROOT).replace(b"ledger\n3", b"ledger\n4"), 403),
        (request(3, ROOT, old=4), 400),
        (request(3, ROOT, old=2), 409),
        (request(3, ROOT, old="03"), 400),
        (request(3, ROOT, old=-1), 400),
        (request(3, ROOT, old="\N{ARABIC-INDIC DIGIT THREE}"), 400),
        (request(3, ROOT).replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n"), 422),
        (request(3, ROOT).replace(b"old 0\n", b"old 0\n" + b"A" * 44 + b"\n"), 400),
        (request(3, ROOT).replace(b"old 0\n", b"old 0\n" + (b"A" * 43 + b"=\n") * 64), 400),
        (request(3, ROOT).replace(b"\n\n", b"\n", 1), 400),
        (b"", 400),
        (b"\xff" * 100, 400),
        (b"old 0\n\n" + b"\x00" * 100, 404),
        (b"old 0\n\n" + ORIGIN.encode() + b"\n" + b"\x00" * 100, 403),
        (b"old 0\n\n" + ORIGIN.encode() + b"\n" + b"a" * 1_000_001, 403),
    ],
)
def test_a_witness_answers_by_the_protocol(town: Town, body: bytes, status: int) -> None:
    assert town.witnesses["w1"].add_checkpoint(body).status == status


def test_of_many_at_once_one_history_is_cosigned(tmp_path: Path, town: Town) -> None:
    """Compare-and-swap: eight threads bring eight histories; one wins, whatever the order."""
    statuses: list[int] = []
    bodies = [request(3, bytes([n]) * 32) for n in range(8)]
    threads = [
        threading.Thread(target=lambda body=body: statuses.append(town.witnesses["w1"].add_checkpoint(body).status))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 7]


def test_a_row_moves_only_from_the_size_that_was_judged(tmp_path: Path) -> None:
    state = WitnessState(tmp_path / "seen.db")
    assert state.advance("o", 0, LastCheckpoint(5, ROOT, "five")) == 0
    assert state.advance("o", 0, LastCheckpoint(3, ROOT, "three")) == 5
    assert WitnessState(tmp_path / "seen.db").get("o") == LastCheckpoint(5, ROOT, "five")
    assert state.get("other") == LastCheckpoint()


def test_a_witness_whose_state_is_damaged_cosigns_nothing(tmp_path: Path, town: Town) -> None:
    (town.folder / "w1" / "seen.db").write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(LedgerError, match="nothing is cosigned"):
        town.witnesses["w1"].add_checkpoint(request(3, ROOT))


def test_evidence_does_not_fill_the_disk(town: Town) -> None:
    witness = town.witnesses["w1"]
    witness.add_checkpoint(request(3, ROOT))
    evidence = town.folder / "w1" / "evidence"
    evidence.mkdir()
    for n in range(MAX_EVIDENCE_FILES):
        (evidence / str(n)).touch()
    assert witness.add_checkpoint(request(3, bytes(32), old=3)).status == 422
    assert len(list(evidence.iterdir())) == MAX_EVIDENCE_FILES


def test_nobody_but_the_log_can_fill_the_evidence(town: Town) -> None:
    """A good checkpoint with a bad proof, sent by anybody with ever other lines under it, is kept once and as signed."""
    witness = town.witnesses["w1"]
    witness.add_checkpoint(request(3, ROOT))
    contradiction = request(4, bytes(32), old=3)
    for _ in range(5):
        line = (
            Cosigner("stranger", Ed25519PrivateKey.generate())
            .signer_at(RECORDED_AT)
            .make_signature_line(f"x\n4\n{encode_base64(ROOT)}\n")
        )
        assert witness.add_checkpoint(contradiction + line.encode() * 50).status == 422
    (kept,) = (town.folder / "w1" / "evidence").iterdir()
    assert kept.read_bytes() == contradiction.partition(b"\n\n")[2]


# Cosignatures.


@pytest.mark.parametrize("make", [Ed25519PrivateKey.generate, MLDSA44PrivateKey.generate])
def test_a_cosignature_binds_text_time_and_key(make: Callable[[], Ed25519PrivateKey | MLDSA44PrivateKey]) -> None:
    cosigner = Cosigner("witness.example/w", make())
    key = parse_vkey(cosigner.verifier.to_text())
    assert key == cosigner.verifier
    note = sign_checkpoint(Checkpoint(ORIGIN, 3, ROOT), [SIGNER, cosigner.signer_at(RECORDED_AT)])
    assert open_note(note, [SIGNER.verifier, key]).verified_keys == (SIGNER.verifier, key)
    text, _, lines = note.partition("\n\n")
    raw = open_note(note, [key]).signature_lines[0]
    for changed in (note.replace("ledger\n3", "ledger\n4"), note.replace(ORIGIN + "\n", ORIGIN + "x\n")):
        with pytest.raises(LedgerError):
            open_note(changed, [key])
    later = cosigner.signer_at(RECORDED_AT + timedelta(seconds=1)).make_signature_line(text + "\n")
    assert later != raw
    bare = parse_vkey(VKEY)
    assert not key.is_valid_signature(text.encode() + b"\n", SIGNER._key.sign(text.encode() + b"\n"))
    assert not bare.is_valid_signature(text.encode() + b"\n", bytes(72))
    assert "witness.example/w" in lines


def test_the_example_of_the_specification_is_formed_as_ours() -> None:
    """C2SP tlog-cosignature prints a cosignature line; its time is the one that its text names."""
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
        "mbIUBkBIfZ+qnA==\n"
    )
    cosigner = Cosigner("witness.example.com/w1", Ed25519PrivateKey.generate())
    ours = cosigner.signer_at(RECORDED_AT.fromtimestamp(1679315147, tz=RECORDED_AT.tzinfo)).make_signature_line(
        f"{ORIGIN}\n3\n{encode_base64(ROOT)}\n"
    )
    assert len(ours) == len(line)
    assert encode_base64((1679315147).to_bytes(8))[:8] == "AAAAAGQY"
    assert ours.split()[2][8:16] == line.split()[2][8:16]  # the time, after a dash, the name and four bytes of key id


@pytest.mark.parametrize("vkey", ["", "a+b+c", VKEY.replace("+A", "+B"), "x+00000000+BA=="])
def test_a_cosigner_key_that_cannot_be_read_is_refused(vkey: str) -> None:
    with pytest.raises(LedgerError):
        parse_vkey(vkey)


# The policy.


W = [Cosigner(f"w{n}.example", Ed25519PrivateKey.generate()).verifier for n in range(4)]
LINES = "\n".join(f"witness w{n} {key.to_text()} http://127.0.0.1/" for n, key in enumerate(W))


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ("quorum none", {(), (0,), (0, 1, 2, 3)}),
        ("quorum w1", {(1,), (0, 1)}),
        ("group g any w0 w1\nquorum g", {(0,), (1,), (0, 1), (1, 3)}),
        ("group g all w0 w1\nquorum g", {(0, 1), (0, 1, 2)}),
        ("group g 2 w0 w1 w2\nquorum g", {(0, 1), (0, 2), (1, 2), (0, 1, 2, 3)}),
        ("group a all w0 w1\ngroup b any w2 w3\ngroup g all a b\nquorum g", {(0, 1, 2), (0, 1, 3), (0, 1, 2, 3)}),
    ],
)
def test_a_quorum_is_met_by_what_it_names(rule: str, met: set[tuple[int, ...]]) -> None:
    policy = WitnessPolicy.parse(f"# who must cosign\nlog {VKEY}\n\n{LINES}\n{rule}\n")
    for some in [(), (0,), (1,), (3,), (0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (0, 1, 2), (0, 1, 3), (0, 1, 2, 3)]:
        is_listed = some in met
        if is_listed or not any(set(less) <= set(some) for less in met):
            assert policy.is_satisfied_by([W[n] for n in some]) == is_listed, some


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINES,
        LINES + "\nquorum w9",
        LINES + "\nquorum w1\nquorum w1",
        LINES + "\ngroup g 3 w0 w1\nquorum g",
        LINES + "\ngroup g 0 w0 w1\nquorum g",
        LINES + "\ngroup g any g\nquorum g",
        LINES + "\ngroup g all w0 w0\nquorum g",
        LINES + "\ngroup g any w0\ngroup h any w0\nquorum h",
        LINES + "\ngroup none any w0\nquorum none",
        LINES + f"\nwitness again {W[0].to_text()}\nquorum w0",
        LINES + f"\nwitness w0 {W[0].to_text()}\nquorum w0",
        LINES + f"\nwitness log {VKEY}\nquorum log",
        LINES + "\nwitness x y\nquorum w0",
        LINES + "\nquorum w0 w1",
        LINES + "\nquorum w0\x00",
        LINES + "\nquorum w0\r\n",
        LINES + "\nquorum \ud800",
        "\n" * 2000 + "quorum none",
    ],
)
def test_a_policy_that_cannot_be_understood_whole_is_refused(text: str) -> None:
    with pytest.raises(ComityError) as refused:
        WitnessPolicy.parse(text)
    assert refused.value.code == "witnesses_invalid"


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://127.0.0.1/", "http://", "127.0.0.1", "http://[::1", "http://a:b/"]
)
def test_only_http_reaches_a_witness(url: str) -> None:
    with pytest.raises(OSError, match="no URL"):
        send_over_http(url, "/add-checkpoint", b"")


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(
    "again",
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"x", b"HTTP/1.1 200 OK\r\nX: y\r\n"],
    ids=["go on, go on", "no end of a line", "no end of headers"],
)
def test_a_witness_that_never_ends_its_reply_is_left(again: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_TOTAL_TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            caller, _ = listening.accept()
            with caller, suppress(OSError):
                while True:
                    caller.sendall(again)
                    time.sleep(0.01)

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(OSError):
            send_over_http(f"http://127.0.0.1:{listening.getsockname()[1]}", "/add-checkpoint", b"old 0\n")
        thread.join()
