"""A ledger whose key is handed over, that has a second key, and that is verified: by the commands, as people do it."""

import stat
from pathlib import Path

import pytest

import comity_ledger_verify as checker
from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.app.home import Home
from comity.app.use_cases.filings_by_two import load_register
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, EXIT_REFUSED, EXIT_USAGE, ComityError
from comity.ledger import log
from comity.tlog.cosignature import parse_vkey
from comity.tlog.note import open_note
from tests.support.sample_ledger import ledger_name, make_hold_entries
from tests.support.two_persons import enroll_by_command


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    home = Home.open_or_create(tmp_path / "home")
    enroll_by_command(home.path, tmp_path)
    return home


def rotate(home: Home, receipt: Path) -> None:
    """Begin a handover as two persons do."""
    comity("ledger", "rotate", "--home", home.path, "--key", home.path.parent / "jo.key")
    number = load_register(home.path).pending[-1].entered.number
    comity("ledger", "rotate", "--home", home.path, "--filing", number, "--out", receipt, code=EXIT_REFUSED)
    comity("filings", "confirm", number, "--home", home.path, "--key", home.path.parent / "sam.key")
    comity("ledger", "rotate", "--home", home.path, "--filing", number, "--out", receipt)


def comity(*arguments: object, code: int = EXIT_DONE) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == code


def grow(home: Home, count: int = 3) -> None:
    """Append entries."""
    with bootstrap.open_store(home) as store, store.begin() as tx:
        log.append_entries(tx, make_hold_entries(count), at=clock.now())  # as the commands do


def published(home: Home, name: str) -> Path:
    """Publish the ledger; return the folder."""
    out = home.path.parent / name
    comity("ledger", "checkpoint", "--home", home.path, "--out", out)
    return out


def check(folder: Path, *vkeys: str, handover: Path | None = None) -> list[str]:
    trust = checker.TrustPolicy([checker.Vkey.parse(vkey) for vkey in vkeys])
    if handover is not None:
        trust = checker.follow_handover(handover.read_bytes(), trust)
    return checker.check_log(folder, trust).findings


def test_begin_handover__leaves_no_gap(home: Home, tmp_path: Path) -> None:
    old = bootstrap.load_key_ring(home).verifier.to_text()
    grow(home)
    public = published(home, "public")
    assert check(public, old) == []
    receipt = tmp_path / "handover.tlog-proof"
    rotate(home, receipt)
    both = bootstrap.load_key_ring(home)
    new = both.current_keys[1].to_text()
    for _ in range(2):  # while it lasts either key is enough, also for what is written on
        public = published(home, "public")
        assert check(public, old) == check(public, new) == check(public, old, new) == []
        note = (public / "checkpoint").read_text()
        assert set(open_note(note, both.verifiers).verified_keys) == set(both.current_keys)
        grow(home)
    assert (tmp_path / "public.vkey").read_text() == f"{old}\n{new}\n"
    comity("ledger", "rotate", "--home", home.path, "--finish")
    assert bootstrap.load_key_ring(home).verifier.to_text() == new
    grow(home)
    public = published(home, "public")
    assert check(public, new) == []
    assert "no known key" in check(public, old)[0]
    assert check(public, old, handover=receipt) == []  # who knows only the old key learns the new one from the entry
    comity("ledger", "fsck", "--home", home.path)  # checkpoints that the old key alone signed still verify
    comity("ledger", "prove", "--home", home.path, "--entry", 0, "--out", tmp_path / "0.tlog-proof")
    key_files = {path.name for path in (home.path / "keys").iterdir()}
    assert key_files == {"control.key", "ledger.key", "answers.key", "ledger.retired"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (home.path / "keys").iterdir())


def test_begin_handover__the_checker_s_command_follows_it(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = bootstrap.load_key_ring(home).verifier.to_text()
    receipt = tmp_path / "handover.tlog-proof"
    rotate(home, receipt)
    comity("ledger", "rotate", "--home", home.path, "--finish")
    grow(home)
    public = published(home, "public")
    assert checker.main([str(public), "--key", old, "--handover", str(receipt)]) == checker.EXIT_OK
    assert checker.main([str(public), "--key", old]) == checker.EXIT_INTEGRITY
    stranger = bootstrap.load_key_ring(Home.open_or_create(tmp_path / "other")).verifier.to_text()
    assert checker.main([str(public), "--key", stranger, "--handover", str(receipt)]) == checker.EXIT_USAGE
    assert "traceback" not in capsys.readouterr().err.lower()


def test_verify_published_ledger__takes_both_names_of_the_key_and_a_missing_folder_is_usage(
    home: Home, tmp_path: Path
) -> None:
    public = published(home, "public")
    for option in ("--key", "--vkey"):
        comity("ledger", "verify", public, option, tmp_path / "public.vkey")
        comity("ledger", "verify", tmp_path / "pubilc", option, tmp_path / "public.vkey", code=EXIT_USAGE)


def test_follow_handover__another_entry_gives_no_trust(home: Home, tmp_path: Path) -> None:
    grow(home)
    out = tmp_path / "0.tlog-proof"
    comity("ledger", "prove", "--home", home.path, "--entry", 0, "--out", out)
    before = out.read_bytes()
    comity("ledger", "prove", "--home", home.path, "--entry", 1, "--out", out, code=EXIT_USAGE)
    assert out.read_bytes() == before
    trust = checker.TrustPolicy([checker.Vkey.parse(bootstrap.load_key_ring(home).verifier.to_text())])
    with pytest.raises(checker.VerificationError, match="hands no trusted key over"):
        checker.follow_handover(out.read_bytes(), trust)


def test_finish_handover__needs_one_that_began_and_a_second_beginning_keeps_the_key(home: Home, tmp_path: Path) -> None:
    comity("ledger", "rotate", "--home", home.path, "--finish", code=EXIT_USAGE)
    comity("ledger", "rotate", "--home", home.path, code=EXIT_USAGE)
    rotate(home, tmp_path / "r")
    successor = bootstrap.load_key_ring(home).current_keys[1]
    rotate(home, tmp_path / "r")
    assert bootstrap.load_key_ring(home).current_keys[1] == successor


def test_finish_handover__killed_between_its_two_writes_ends_when_run_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate(home, tmp_path / "r")
    old, new = (key.to_text() for key in bootstrap.load_key_ring(home).current_keys)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda path, to: killed() if path.name == "ledger-next.key" else path.rename(to))
        with pytest.raises(KeyboardInterrupt):
            home.keys.finish_handover(old)
    home.keys.finish_handover(old)
    assert home.keys.read_retired_vkeys() == (old,)
    assert bootstrap.load_key_ring(home).verifier.to_text() == new


def test_add_second_key__adds_a_line_that_a_verifier_may_ignore(home: Home) -> None:
    grow(home)
    published(home, "before")
    comity("ledger", "second-key", "--home", home.path)
    grow(home)
    public = published(home, "public")
    key_ring = bootstrap.load_key_ring(home)
    assert key_ring.post_quantum_cosigner is not None
    note = (public / "checkpoint").read_text()
    second = parse_vkey(key_ring.post_quantum_cosigner.verifier.to_text())
    assert open_note(note, [second]).verified_keys == (second,)  # it holds by itself
    assert (
        check(public, key_ring.verifier.to_text()) == []
    )  # and the checker, which knows Ed25519 only, holds without it
    with pytest.raises(ComityError):
        open_note(note.replace("\n8\n", "\n9\n"), [second])
    comity("ledger", "fsck", "--home", home.path)
    comity("ledger", "second-key", "--home", home.path, code=EXIT_USAGE)


def test_verify_published_ledger__ends_with_5_and_says_what_is_wrong(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(home)
    public = published(home, "public")
    comity("ledger", "verify", public)
    assert "true: 5 entries" in capsys.readouterr().out
    bundle = public / "tile" / "entries" / "000.p" / "5"
    bundle.write_bytes(bundle.read_bytes().replace(ledger_name("B1").encode(), ledger_name("B9").encode()))
    comity("ledger", "verify", public, code=EXIT_INTEGRITY)
    assert "entry 3 is not what was signed" in capsys.readouterr().out
    (tmp_path / "public.vkey").write_text("\n")
    comity("ledger", "verify", public, code=EXIT_USAGE)
