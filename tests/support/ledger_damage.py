"""A published log with receipts, and random single-byte changes to it that know which entry they hit.

Used by the tests with a few hundred changes, and by bench/checker.py with 10,000.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.ledger import log
from comity.ledger.publish import publish_log
from comity.store.database import Store
from comity.tlog.tiles import ENTRIES_LEVEL, parse_tile_path
from comity_ledger_verify import TrustPolicy, VerificationReport, Vkey, check_log
from tests.support.sample_ledger import RECORDED_AT, SIGNER, VKEY

TRUST = TrustPolicy([Vkey.parse(VKEY)])
FILE_KINDS = ("entry bundles", "tiles", "checkpoint", "receipts")
_SECOND_PART_SHARE = (
    0.1  # the share of the entries that is appended after a first publication, which leaves superseded tiles
)


def make_entries(count: int) -> Iterator[bytes]:
    """Entries of the form and size of answers."""
    for n in range(count):
        yield b'{"batch":"B-2026-001","commitment":"%064x","kind":"answer","row":%d,"v":1}' % (n * 7919, n + 1)


def publish_sample_log(store: Store, folder: Path, entries: int, receipts: int) -> None:
    """Publish a log into `folder`/public in two steps, with receipts beside it, half of them under the first checkpoint."""
    said = list(make_entries(entries))
    first = entries - int(entries * _SECOND_PART_SHARE)
    chance = random.Random(entries)
    for part, size in ((said[:first], first), (said[first:], entries)):
        with store.begin() as tx:
            log.append_entries(tx, part, at=RECORDED_AT)
        note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
        publish_log(store, folder / "public", note, SIGNER.verifier)
        for _ in range(receipts // 2):
            index = chance.randrange(size)
            text = log.make_receipt(store, index, note, SIGNER.verifier)
            (folder / f"{index}.tlog-proof").write_text(text)
    (folder / "public.vkey").write_text(VKEY + "\n")


def read_receipts(folder: Path) -> dict[str, bytes]:
    """The receipts that lie beside a log."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tlog-proof"))}


@dataclass(frozen=True, slots=True)
class ByteChange:
    """One byte changed; `names` is what a finding must say where the place tells the entry."""

    file_kind: str
    path: Path
    offset: int
    byte: int
    expected_finding: re.Pattern[str] | None


def random_changes(folder: Path, count: int, seed: int) -> Iterator[ByteChange]:
    """Random changes, as many for each kind of file, each byte of a kind as likely as any other."""
    chance = random.Random(seed)
    public = folder / "public"
    files: dict[str, list[Path]] = {kind: [] for kind in FILE_KINDS}
    for path in sorted(public.rglob("*")):
        if path.is_file() and ".tmp" not in path.parts:
            name = path.relative_to(public).as_posix()
            files[
                FILE_KINDS[2] if name == "checkpoint" else FILE_KINDS[0] if ENTRIES_LEVEL in name else FILE_KINDS[1]
            ].append(path)
    files["receipts"] = sorted(folder.glob("*.tlog-proof"))
    contents = {path: path.read_bytes() for paths in files.values() for path in paths}
    for n in range(count):
        kind = FILE_KINDS[n % len(FILE_KINDS)]
        (path,) = chance.choices(files[kind], [len(contents[path]) for path in files[kind]])
        content = contents[path]
        at = chance.randrange(len(content))
        byte = (content[at] + chance.randrange(1, 256)) % 256
        names = (
            _expected_receipt_finding(path, content, at, byte)
            if kind == "receipts"
            else _expected_finding(path, public, content, at)
        )
        yield ByteChange(kind, path, at, byte, names)


def _expected_receipt_finding(path: Path, content: bytes, at: int, byte: int) -> re.Pattern[str] | None:
    first = content.index(b"extra ") + len(b"extra ")
    index_line = content.index(b"\nindex ")
    says_not = at < first or index_line <= at <= content.index(b"\n", index_line + 1)
    is_cut = byte == ord("\n") and at < index_line  # a line above was cut in two
    return None if says_not or is_cut else re.compile(rf"entry {path.name.split('.')[0]}\b")


def _expected_finding(path: Path, public: Path, content: bytes, at: int) -> re.Pattern[str] | None:
    if path == public / "checkpoint":
        return None
    place = parse_tile_path(path.relative_to(public).as_posix())
    assert place is not None
    level, index, _ = place
    if isinstance(level, str):
        return re.compile(rf"entry {index * 256 + _entry_at(content, at)}\b")
    if level == 0:
        return re.compile(rf"entry {index * 256 + at // 32}\b")
    first_entry = (index * 256 + at // 32) * 256**level
    return re.compile(rf"entries {first_entry} to {first_entry + 256**level - 1}\b")


def _entry_at(bundle: bytes, at: int) -> int:
    number, stop = 0, 2 + int.from_bytes(bundle[:2])
    while stop <= at:
        stop += 2 + int.from_bytes(bundle[stop : stop + 2])
        number += 1
    return number


def check_with_change(folder: Path, change: ByteChange, receipts: Mapping[str, bytes]) -> VerificationReport:
    """What the checker says of the log with one byte changed; the byte is put back."""
    original = change.path.read_bytes()
    damaged = original[: change.offset] + bytes([change.byte]) + original[change.offset + 1 :]
    if change.file_kind == "receipts":
        return check_log(folder / "public", TRUST, {**receipts, change.path.name: damaged})
    change.path.write_bytes(damaged)
    try:
        return check_log(folder / "public", TRUST, receipts)
    finally:
        change.path.write_bytes(original)
