"""The one-file checker: what it accepts, every kind of damage that it must name, and what it may import."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import comity_ledger_verify as checker
from comity.errors import LedgerError
from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from comity.tlog.note import Ed25519Signer
from comity.tlog.tiles import format_tile_path, unpack_bundle
from comity_ledger_verify import EXIT_INTEGRITY, EXIT_OK, EXIT_USAGE, TrustPolicy, Vkey, check_log, main
from tests.support.ledger_damage import TRUST, check_with_change, publish_sample_log, random_changes, read_receipts
from tests.support.sample_ledger import ORIGIN, RECORDED_AT, SIGNER, VKEY, make_hold_entries, open_store

ENTRIES = 700  # two full tiles and a partial one, at two levels; 630 at the first publication
FILE = Path(checker.__file__)


@pytest.fixture(name="written", scope="module")
def _written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    publish_sample_log(open_store(folder), folder, ENTRIES, 8)
    return folder


@pytest.fixture(name="house")
def _house(written: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(written, tmp_path / "house"))


def check(house: Path) -> list[str]:
    return check_log(house / "public", TRUST, read_receipts(house)).findings


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def entry_offset(bundle: Path, number: int) -> int:
    """Return where the length of an entry begins in a bundle."""
    return sum(2 + len(entry) for entry in unpack_bundle(bundle.read_bytes())[:number])


def test_check_log__finds_nothing_in_a_sound_log(written: Path) -> None:
    report = check_log(written / "public", TRUST, read_receipts(written))
    assert (report.findings, report.entry_count, report.receipt_count) == ([], ENTRIES, 8)


def test_check_log__names_the_entry_of_every_changed_byte(house: Path) -> None:
    receipts = read_receipts(house)
    missed, unnamed, count = [], [], 240
    for change in random_changes(house, count, seed=11):
        findings = check_with_change(house, change, receipts).findings
        if not findings:
            missed.append(change)
        elif change.expected_finding is not None and not (
            len(findings) == 1 and change.expected_finding.search(findings[0])
        ):
            unnamed.append((change, findings))
    assert check(house) == []
    assert not missed
    assert not unnamed


@pytest.mark.parametrize("entry", [0, 255, 256, 511, 512, 699])
@pytest.mark.parametrize(
    ("level", "offset", "finding"),
    [
        ("entries", 40, "entry {} is not what was signed"),
        ("entries", 1, "the length of entry {} is given as"),
        (0, 0, "is not the hash of entry {}"),
    ],
    ids=["bytes", "length", "hash"],
)
def test_check_log__names_what_is_wrong(house: Path, entry: int, level: str | int, offset: int, finding: str) -> None:
    index, number = divmod(entry, 256)
    path = house / "public" / format_tile_path(level, index, min(256, ENTRIES - index * 256))
    flip(path, (entry_offset(path, number) if level == "entries" else 32 * number) + offset)
    (only,) = check(house)
    assert finding.format(entry) in only


def test_check_log__names_damage_in_several_places(house: Path) -> None:
    public = house / "public"
    flip(public / format_tile_path("entries", 0), entry_offset(public / format_tile_path("entries", 0), 7) + 50)
    flip(public / format_tile_path(0, 1), 32 * 9)
    flip(public / format_tile_path(1, 0, 2), 3)
    flip(public / format_tile_path("entries", 2, 630 - 512), 20)
    findings = check(house)
    expected = ("entry 7 is not what", "the hash of entry 265", "entries 0 to 255", "entry 512 is not what")
    assert [any(name in finding for finding in findings) for name in expected] == [True] * len(findings)


def test_check_log__names_an_entry_and_its_hash_when_both_changed(house: Path) -> None:
    public = house / "public"
    leaf = unpack_bundle((public / format_tile_path("entries", 1)).read_bytes())[3]
    forged = leaf.replace(b'"v":2', b'"v":3')
    bundle = (public / format_tile_path("entries", 1)).read_bytes().replace(leaf, forged)
    (public / format_tile_path("entries", 1)).write_bytes(bundle)
    tile = bytearray((public / format_tile_path(0, 1)).read_bytes())
    tile[96:128] = checker._hash_leaf(forged)
    (public / format_tile_path(0, 1)).write_bytes(tile)
    assert any("another root hash" in finding for finding in check(house))
    flip(public / format_tile_path(0, 1), 96)
    assert any("entry 259" in finding and "neither side" in finding for finding in check(house))


def test_check_log__does_not_name_a_sound_tile_when_neither_side_leads_to_the_root(house: Path) -> None:
    public = house / "public"
    flip(public / format_tile_path("entries", 0), entry_offset(public / format_tile_path("entries", 0), 7) + 50)
    flip(public / format_tile_path(0, 0), 32 * 9)
    findings = check(house)
    assert [finding.split(" disagree")[0] for finding in findings[:2]] == [
        "entry 7 and tile/0/000: hash 7",
        "entry 9 and tile/0/000: hash 9",
    ]
    assert all("cannot be compared" in finding for finding in findings[2:])


def test_check_log__is_never_true_when_the_diagnosis_finds_nothing(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verification alone decides: a diagnosis can add words, and cannot take away what verification found."""
    monkeypatch.setattr(checker._Diagnosis, "run", lambda _: None)
    monkeypatch.setattr(checker._Diagnosis, "check_receipt", lambda *_: None)
    path = house / "public" / format_tile_path("entries", 0)
    flip(path, entry_offset(path, 7) + 50)
    assert check(house) == ["tile/entries/000 and tile/0/000 disagree"]


@pytest.mark.parametrize(
    "name",
    [
        "tile/0/003",
        "tile/0/x000/003",
        "tile/0/000.p/999",
        "note.txt",
        "tile/9/000.p/1",
        "tile/00/000",
        "tile/00/000.p/5",
    ],
)
def test_check_log__names_a_file_that_does_not_belong(house: Path, name: str) -> None:
    (house / "public" / name).parent.mkdir(parents=True, exist_ok=True)
    (house / "public" / name).write_bytes(b"?" * 32)
    (only,) = check(house)
    assert name in only


def _longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(33))


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _sparse(path: Path) -> None:
    os.truncate(path, 1 << 40)


def _huge_and_valid(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\x00\x00" * 300)


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/001", "tile/1/000.p/2", "checkpoint"])
@pytest.mark.parametrize("damage", [Path.unlink, _longer, _pipe, _folder, _sparse, _huge_and_valid])
def test_check_log__names_a_file_that_is_missing_or_of_another_kind(
    house: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(house / "public" / name)
    findings = check(house)
    assert any(name in finding for finding in findings), findings
    assert not any("histories" in finding for finding in findings)  # damage to this copy accuses nobody


def test_check_log__accepts_an_empty_log(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_text(log.sign_current_checkpoint(open_store(tmp_path), SIGNER, at=RECORDED_AT))
    for left in tmp_path.glob("control.*"):
        left.unlink()
    assert check_log(tmp_path, TRUST).findings == []


def test_check_log__stops_early_on_an_impossible_size(tmp_path: Path) -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 10**18, bytes(32)), [SIGNER])
    (tmp_path / "checkpoint").write_text(note)
    findings = check_log(tmp_path, TRUST).findings
    assert len(findings) == checker.MAX_FINDINGS + 1
    assert "stopped" in findings[-1]


def test_check_log__does_not_follow_links(tmp_path: Path) -> None:
    """With links to the folder itself, two files can pass for the tiles of any number of equal entries."""
    for level, content in (("0", checker._hash_leaf(b"") * 256), ("entries", bytes(2 * 256))):
        folder = tmp_path / "tile" / level
        folder.mkdir(parents=True)
        (folder / "000").write_bytes(content)
        (folder / "x000").symlink_to(".")
    (tmp_path / "checkpoint").write_text(sign_checkpoint(Checkpoint(ORIGIN, 10**18, bytes(32)), [SIGNER]))
    (only,) = check_log(tmp_path, TRUST).findings
    assert "is a symbolic link" in only


def test_check_log__names_a_linked_file(house: Path) -> None:
    path = house / "public" / "tile/0/001"
    path.rename(house / "elsewhere")
    path.symlink_to(house / "elsewhere")
    assert check(house) == ["'tile/0/001' is a symbolic link: what it leads to may be another tomorrow"]


@pytest.mark.parametrize(
    ("depth", "letters"), [(1001, 1), (30, 200)], ids=["deeper than calls may nest", "deeper than a path may be long"]
)
def test_check_log__survives_folders_of_any_depth(house: Path, depth: int, letters: int) -> None:
    name, top = "d" * letters, os.open(house / "public", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=top)
        below = os.open(name, os.O_RDONLY, dir_fd=top)
        os.close(top)
        top = below
    os.close(top)
    findings = check(house)
    assert findings == [] if letters == 1 else "cannot be listed" in findings[0]
    subprocess.run(["rm", "-rf", house / "public" / name], check=True)  # shutil would nest too deeply


def test_check_log__names_a_folder_that_cannot_be_read(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(place: object) -> object:
        if str(place).endswith("000.p"):
            raise PermissionError
        return real(place)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", scandir)
    assert "cannot be listed" in check(house)[0]


@pytest.mark.parametrize("size", [2**63, 10**19 - 1])
def test_open_checkpoint__refuses_a_size_beyond_63_bits(tmp_path: Path, size: int) -> None:
    (tmp_path / "checkpoint").write_text(sign_checkpoint(Checkpoint(ORIGIN, size, bytes(32)), [SIGNER]))
    assert "malformed" in check_log(tmp_path, TRUST).findings[0]
    with pytest.raises(LedgerError, match="malformed"):
        open_checkpoint((tmp_path / "checkpoint").read_text(), ORIGIN, [SIGNER.verifier])


def _published(folder: Path, leaves: list[bytes]) -> tuple[Path, dict[str, bytes]]:
    folder.mkdir()
    store = open_store(folder)
    with store.begin() as tx:
        log.append_entries(tx, leaves, at=RECORDED_AT)
    note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
    publish_log(store, folder / "public", note, SIGNER.verifier)
    return folder / "public", {"r": log.make_receipt(store, 3, note, SIGNER.verifier).encode()}


def test_check_log__shows_a_fork_by_an_old_receipt(tmp_path: Path) -> None:
    honest, receipts = _published(tmp_path / "honest", make_hold_entries(9))
    forged, _ = _published(tmp_path / "forged", [*make_hold_entries(8), *make_hold_entries(1)])
    assert check_log(honest, TRUST, receipts).findings == []
    (only,) = check_log(forged, TRUST, receipts).findings
    assert "receipt r: entry 3" in only
    assert "two histories" in only


def test_check_log__shows_a_truncated_log_by_an_old_receipt(tmp_path: Path) -> None:
    _, receipts = _published(tmp_path / "long", make_hold_entries(12))
    short, _ = _published(tmp_path / "short", make_hold_entries(11))  # the custodian's own key signs the shorter log
    assert check_log(short, TRUST).findings == []
    (only,) = check_log(short, TRUST, receipts).findings
    assert "cut off" in only


def test_check_log__refuses_another_key_or_origin(house: Path) -> None:
    swapped = Vkey.parse(Ed25519Signer(ORIGIN, Ed25519PrivateKey.generate()).verifier.to_text())
    assert "no known key" in check_log(house / "public", TrustPolicy([swapped])).findings[0]
    assert (
        "origin" in check_log(house / "public", TrustPolicy(TRUST.log_keys, origin="comity.example/other")).findings[0]
    )


@pytest.mark.parametrize(
    ("arguments", "code", "output"),
    [
        (["--key", VKEY], EXIT_OK, "true: 700 entries agree"),
        (["--key", "{house}/public.vkey", "--receipt", "{receipt}"], EXIT_OK, "true: 700 entries and 1 receipt agree"),
        (["--key", "{house}/none"], EXIT_USAGE, ""),
        (["--key", VKEY.replace("+3", "+4", 1)], EXIT_USAGE, ""),
        (["--key", VKEY, "--receipt", "{house}/none"], EXIT_USAGE, ""),
        (["--key", VKEY, "--witness", VKEY], EXIT_USAGE, ""),
        (["--key", VKEY, "--quorum", "1"], EXIT_INTEGRITY, "0 known witnesses cosigned"),
        (["--key", VKEY, "--quorum", "-1"], EXIT_USAGE, ""),
        (["--key", VKEY.replace("comity", "comity\udcff", 1)], EXIT_USAGE, ""),
        (["--key", VKEY, "--receipt", "{house}/\udcff"], EXIT_USAGE, ""),
        (["--key", VKEY, "--receipt", "/dev/zero"], EXIT_USAGE, ""),
        (["--vkey", VKEY], EXIT_OK, "true: 700 entries agree"),
        (["--key", VKEY, "--answers", "{house}/none", "--answers-key", "A" * 43], EXIT_USAGE, ""),
        (["--key", VKEY, "--origin", "x"], EXIT_INTEGRITY, "its origin is not the one expected"),
    ],
)
def test_main__prints_true_or_what_is_wrong(
    house: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, output: str
) -> None:
    receipt = next(house.glob("*.tlog-proof"))
    given = [item.format(house=house, receipt=receipt) for item in arguments]
    assert main([str(house / "public"), *given]) == code
    assert output in capsys.readouterr().out


def test_main__a_folder_that_is_not_there_is_usage_and_nothing_wrong_with_a_ledger(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(house / "pubilc"), "--key", VKEY]) == EXIT_USAGE
    assert "there is no folder" in capsys.readouterr().err


IMPORTS = {"cryptography.exceptions", "cryptography.hazmat.primitives.asymmetric.ed25519"}


def test_checker__imports_the_standard_library_and_one_signature_primitive() -> None:
    modules = set()
    for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules.add(node.module or "")
    assert {name for name in modules if name.split(".")[0] not in sys.stdlib_module_names} == IMPORTS


def test_checker__runs_as_one_file_without_comity(house: Path) -> None:
    """In a process of its own, isolated, with every foreign import listed as it happens."""
    alone = house / "checker.py"
    shutil.copyfile(FILE, alone)
    script = f"""
import json, runpy, sys
sys.argv = ["checker", {str(house / "public")!r}, "--key", {VKEY!r}]
try:
    runpy.run_path({str(alone)!r}, run_name="__main__")
except SystemExit as ended:
    names = {{name.split(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)
    print(json.dumps([ended.code, sorted(names)]))
"""
    ended = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    code, loaded = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0
    assert "cryptography" in loaded
    assert not [name for name in loaded if name.startswith("comity") or name in {"sqlalchemy", "pyarrow", "typer"}]
