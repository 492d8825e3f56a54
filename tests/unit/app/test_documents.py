"""`comity documents inspect` and `trust`: what they print, and that they print nothing of the person."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.app import bootstrap, clock
from comity.app.cli import main
from comity.app.home import Home
from comity.documents.commitment import commit_document
from comity.documents.synthetic_issuer.utopia_authority import (
    Issued,
    make_authority,
    make_master_list,
    make_revocation_list,
    make_signer,
)
from comity.documents.synthetic_issuer.utopia_passport import Passport, default_authority, make_zone
from comity.documents.trust.certificate import parse_certificate
from comity.ledger.events import is_valid_opening
from comity.store import entries, openings
from comity.tlog.tiles import unpack_bundle
from comity_ledger_verify import TrustPolicy, Vkey, check_log
from tests.unit.documents.test_folder import lay_out

USA = {"issuer": "USA", "nationality": "USA"}
OFFICER = "officer: {seen_on: 2026-11-28, no_endorsement: yes}\ntyped: {issued_on: 2026-04-16}\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["documents", *arguments])
    found = capsys.readouterr()
    return int(ended.value.code or 0), found.out + found.err


def trust(capsys: pytest.CaptureFixture[str], folder: Path, authority: Issued) -> str:
    """Import an authority and its revocation list of the day before."""
    certificate, listed = folder.with_suffix(".der"), folder.with_suffix(".crl")
    certificate.write_bytes(authority.der)
    listed.write_bytes(make_revocation_list(authority, clock.now() - timedelta(days=1)))
    pin = parse_certificate(authority.der).fingerprint
    for file in (certificate, listed):
        code, out = run(capsys, "trust", "import", str(file), "--signer-sha256", pin, "--trust", str(folder))
        assert code == 0, out
    return pin


def outcomes(capsys: pytest.CaptureFixture[str], folder: Path, trusted: Path | None) -> dict[str, str]:
    day = clock.now().date().isoformat()
    named = [] if trusted is None else ["--trust", str(trusted)]
    code, out = run(capsys, "inspect", str(folder), *named, "--as-of", day, "--json")
    assert code == 0, out
    found: dict[str, Any] = json.loads(out)
    return {conclusion["proposition"]: conclusion["outcome"] for conclusion in found["conclusions"]}


def test_a_book_of_the_united_states(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    authority = make_authority(country="US", name="CSCA made for a test")
    trusted = tmp_path / "trust"
    trust(capsys, trusted, authority)
    book = Passport(zone=make_zone(**USA), signer=make_signer(authority, country="US"))
    presented = book.present("us-passport-book")
    facts = "kind: us-passport-book\n"
    unseen = outcomes(capsys, lay_out(tmp_path / "unseen", presented, facts), trusted)
    assert (unseen["us_national"], unseen["us_citizen"]) == ("MET", "UNDETERMINED")
    seen = outcomes(capsys, lay_out(tmp_path / "seen", presented, facts + OFFICER), trusted)
    assert (seen["us_national"], seen["us_citizen"], seen["same_person"]) == ("MET", "MET", "NOT_APPLICABLE")
    endorsed = outcomes(
        capsys, lay_out(tmp_path / "endorsed", presented, facts + OFFICER.replace("yes", "no")), trusted
    )
    assert (endorsed["us_national"], endorsed["us_citizen"]) == ("MET", "UNDETERMINED")
    nobody = outcomes(capsys, tmp_path / "seen", None)
    assert (nobody["us_national"], nobody["us_citizen"]) == ("UNDETERMINED", "UNDETERMINED")


def test_another_state_s_passport_says_nothing_against_citizenship(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trusted = tmp_path / "trust"
    trust(capsys, trusted, default_authority())
    found = outcomes(capsys, lay_out(tmp_path / "a", Passport().present()), trusted)
    assert (found["foreign_national"], found["us_citizen"]) == ("MET", "NOT_APPLICABLE")


def test_what_is_printed_for_a_person(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "alice", Passport().present())
    code, out = run(capsys, "inspect", str(folder))
    assert code == 0
    assert "No state's certificate is trusted" in out
    assert "CHIP_READ" in out
    assert "?    The signer does not lead to a state on the trust list" in out
    assert "same_person" in out
    for value in ("ERIKSSON", "ANNA", "L898902C3", "740812", "1974", "360415", "2036"):
        assert value not in out


def test_refusals(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "a", Passport().present(), "kind: no-such-paper\n")
    code, out = run(capsys, "inspect", str(folder))
    assert (code, "No kind of paper of that name" in out) == (2, True)
    code, out = run(capsys, "inspect", str(tmp_path / "nowhere"))
    assert (code, "cannot be read" in out) == (2, True)
    code, out = run(capsys, "inspect", str(folder), "--as-of", "yesterday")
    assert (code, "not in ISO 8601 form" in out) == (2, True)
    other = tmp_path / "x.der"
    other.write_bytes(make_authority().der)
    code, out = run(capsys, "trust", "import", str(other), "--signer-sha256", "ab" * 32, "--trust", str(tmp_path / "t"))
    assert (code, "does not have the SHA-256" in out, (tmp_path / "t").exists()) == (5, True, False)
    code, out = run(capsys, "trust", "import", str(tmp_path / "none"), "--trust", str(tmp_path / "t"))
    assert code == 2


def test_what_is_trusted_is_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    trusted = tmp_path / "trust"
    trust(capsys, trusted, make_authority())
    code, out = run(capsys, "trust", "list", "--trust", str(trusted), "--json")
    found = json.loads(out)
    assert (code, found["certificates"], found["countries"], found["revocation_lists"]) == (0, 1, ["UT"], 1)
    assert [source["kind"] for source in found["sources"]] == ["certificate", "revocation list"]


@pytest.mark.parametrize("command", [["inspect", "paper"], ["trust", "list"]])
def test_a_trust_folder_that_is_not_there_or_holds_no_import_is_an_error(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path / "paper", Passport().present())
    code, out = run(capsys, *command, "--trust", "turst")
    assert (code, "No folder has the name given with --trust" in out) == (2, True)
    assert "comity documents trust import FILE" in out
    code, out = run(capsys, *command, "--trust", "paper")
    assert (code, "holds no import" in out) == (2, True)
    code, out = run(capsys, *command)  # nothing was named, and nothing is trusted
    assert (code, "0 certificates" in out or "No state's certificate is trusted" in out) == (0, True)


def _pins(pin: str) -> list[str]:
    pairs = [pin[place : place + 2] for place in range(0, 64, 2)]
    words = (":".join(pairs).upper(), " ".join(pairs), pin.upper(), f"sha256 Fingerprint={':'.join(pairs).upper()}")
    return [*words, f" {pin}\n", "-".join(pairs)]


@pytest.mark.parametrize("form", range(6))
def test_a_fingerprint_is_read_as_publishers_and_tools_print_it(
    form: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    authority = make_authority()
    (tmp_path / "a.der").write_bytes(authority.der)
    pin = _pins(parse_certificate(authority.der).fingerprint)[form]
    folder = str(tmp_path / "trust")
    code, out = run(capsys, "trust", "import", str(tmp_path / "a.der"), "--signer-sha256", pin, "--trust", folder)
    assert (code, "is a new trust folder" in out) == (0, True)
    assert pin.strip() not in out


@pytest.mark.parametrize(
    ("content", "pin", "code", "words"),
    [
        ("certificate", "", 2, "needs the SHA-256"),
        ("certificate", "zz" * 32, 2, "is no SHA-256: it has 64 characters"),
        ("certificate", "ab" * 20, 2, "40 is a SHA-1"),
        ("certificate", "ab" * 32, 5, "does not have the SHA-256 that was pinned"),
        ("list", "", 2, "needs the SHA-256 of its signer's certificate"),
        ("list", "ab" * 32, 5, "does not hold the certificate that was pinned"),
        ("text", "ab" * 32, 2, "no master list, no state's certificate and no revocation list"),
        ("text", "", 2, "no master list, no state's certificate and no revocation list"),
        ("empty", "ab" * 32, 2, "no master list"),
        ("security object", "ab" * 32, 2, "not of the type of a master list"),
        ("revocation list", "", 5, "import that first"),
        ("absent", "ab" * 32, 2, "no file of that name"),
        ("folder", "ab" * 32, 2, "a folder or a pipe"),
    ],
)
def test_what_an_import_refuses_and_how_it_ends(
    content: str, pin: str, code: int, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    authority, file = make_authority(), tmp_path / "file"
    made = {
        "certificate": authority.der, "text": b"Ruritania trusts you.", "empty": b"",
        "list": make_master_list(make_signer(authority), [authority.der]),
        "security object": Passport().security_object()[4:],
        "revocation list": make_revocation_list(authority, clock.now()),
    }  # fmt: skip
    if content == "folder":
        file.mkdir()
    elif content != "absent":
        file.write_bytes(made[content])
    ended, out = run(capsys, "trust", "import", str(file), "--signer-sha256", pin, "--trust", str(tmp_path / "trust"))
    assert (ended, words in out, "Nothing was imported" in out or code == 2) == (code, True, True), out
    assert not (tmp_path / "trust").exists()


def test_specimens_are_made_and_inspected_by_the_commands_that_they_print(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out = run(capsys, "specimen", "--out", "specimens")
    assert code == 0
    commands = re.findall(r"^  comity documents (.*)$", out, re.MULTILINE)
    ended = {command.split()[1]: run(capsys, *command.split()) for command in commands if command.startswith("inspect")}
    assert {path: code for path, (code, _) in ended.items()} == dict.fromkeys(ended, 2)  # nothing was imported yet
    told = {tuple(command.split()[:2]): run(capsys, *command.split()) for command in commands}
    codes = {path.removeprefix("specimens/"): code for (_, path), (code, _) in told.items() if path != "import"}
    assert codes == {"altered": 5, "birth-certificate": 0, "license": 0, "passport": 0}
    passport = told["inspect", "specimens/passport"][1]
    assert re.search(r"^foreign_national +MET", passport, re.MULTILINE)
    assert re.search(r"^us_citizen +–", told["inspect", "specimens/birth-certificate"][1], re.MULTILINE)  # void
    assert run(capsys, "specimen", "--out", "specimens")[0] == 2


def test_nothing_is_imported_into_a_folder_of_other_things(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    authority = make_authority()
    (tmp_path / "a.der").write_bytes(authority.der)
    pin = parse_certificate(authority.der).fingerprint
    arguments = ["trust", "import", str(tmp_path / "a.der"), "--signer-sha256", pin, "--trust", str(tmp_path)]
    code, out = run(capsys, *arguments)
    assert (code, "holds other things" in out) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.der"]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({}, 0),
        ({"signed_zone": make_zone(name="SOMEBODY<<ELSE")}, 5),
        ({"flipped_signature": True}, 5),
        ({"wrong_digest": True}, 5),
        ({"zone": make_zone(expiry="200415")}, 0),  # expired, and nothing altered
    ],
)
def test_an_altered_paper_ends_with_5(
    made: dict[str, Any], code: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trusted = tmp_path / "trust"
    trust(capsys, trusted, default_authority())
    folder = lay_out(tmp_path / "paper", Passport(**made).present())
    ended, out = run(capsys, "inspect", str(folder), "--trust", str(trusted))
    assert ended == code, out
    assert (re.search(r"^unaltered +NOT", out, re.MULTILINE) is not None) is (code == 5)
    assert run(capsys, "inspect", str(folder), "--trust", str(trusted), "--json")[0] == code


def test_a_printed_zone_that_is_not_the_chips_and_a_signer_of_another_state_end_with_5(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trusted = tmp_path / "trust"
    trust(capsys, trusted, default_authority())
    printed = replace(Passport().present(), mrz=make_zone(name="SOMEBODY<<ELSE"))
    code, out = run(capsys, "inspect", str(lay_out(tmp_path / "a", printed)), "--trust", str(trusted))
    assert code == 5, out
    elsewhere = Passport(zone=make_zone(issuer="FRA")).present()
    code, out = run(capsys, "inspect", str(lay_out(tmp_path / "b", elsewhere)), "--trust", str(trusted))
    assert code == 5, out
    zone_alone = replace(Passport().present(), groups={}, security_object=None, mrz="X" * 88)
    code, out = run(capsys, "inspect", str(lay_out(tmp_path / "c", zone_alone)), "--trust", str(trusted))
    assert code == 0, out


def file_inspection(capsys: pytest.CaptureFixture[str], folder: Path, home: Path) -> dict[str, Any]:
    """Inspect a paper with a home, and return what the command says of the ledger."""
    Home.open_or_create(home)
    code, out = run(capsys, "inspect", str(folder), "--home", str(home), "--json")
    assert code == 0, out
    return dict(json.loads(out)["ledger"])


def test_an_inspection_enters_a_commitment_and_nothing_presented(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    presented, home_path = Passport().present(), tmp_path / "home"
    folder = lay_out(tmp_path / "alice", presented)
    first, second = (file_inspection(capsys, folder, home_path) for _ in range(2))
    assert (first["entry"], second["entry"]) == (0, 1)
    assert first["commitment"] == commit_document(presented, bytes.fromhex(first["salt"]))
    assert first["salt"] != second["salt"]
    home = Home.open_or_create(home_path)
    with bootstrap.open_store(home) as store, store.read() as tx:
        stored = openings.list_by_kind(tx, "inspection", about="foreign-passport")
    assert stored[0].parsed_content["commitment"] == first["commitment"]
    assert stored[0].parsed_content["conclusions"]["same_person"] == "NOT_APPLICABLE"
    text = str(stored)
    assert not [value for value in ("ERIKSSON", "L898902C3", "740812", first["salt"]) if value in text]


def test_a_ledger_with_inspections_verifies_in_the_house_and_outside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    home_path = tmp_path / "home"
    file_inspection(capsys, lay_out(tmp_path / "alice", Passport().present()), home_path)
    for arguments in (["fsck"], ["checkpoint", "--out", str(tmp_path / "public")]):
        with pytest.raises(SystemExit) as ended:
            main(["ledger", *arguments, "--home", str(home_path)])
        assert not ended.value.code, capsys.readouterr()
    vkey = bootstrap.load_key_ring(Home.open_or_create(home_path)).verifier.to_text()
    result = check_log(tmp_path / "public", TrustPolicy([Vkey.parse(vkey)]))
    assert result.findings == []
    published = b"".join(
        path.read_bytes() for path in (tmp_path / "public" / "tile" / "entries").rglob("*") if path.is_file()
    )
    assert b'"kind":"inspection"' in published
    assert not [value for value in (b"foreign-passport", b"MET", b"ERIKSSON") if value in published]


def test_a_changed_opening_of_an_inspection_is_found(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home_path = tmp_path / "home"
    file_inspection(capsys, lay_out(tmp_path / "alice", Passport().present()), home_path)
    with bootstrap.open_store(Home.open_or_create(home_path)) as store, store.read() as tx:
        (stored,) = openings.list_by_kind(tx, "inspection")
        (block,) = entries.stream_blocks(tx)
    (leaf,) = unpack_bundle(block.bundle)
    assert is_valid_opening(leaf, stored)
    assert not is_valid_opening(leaf, replace(stored, content=stored.content.replace(b"NOT_APPLICABLE", b"MET")))


def test_without_a_home_nothing_is_stored(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out(tmp_path / "alice", Passport().present())
    before = sorted(path.name for path in tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    code, out = run(capsys, "inspect", str(folder), "--json")
    assert (code, "ledger" in json.loads(out)) == (0, False)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
