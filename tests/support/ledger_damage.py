"""A published log with receipts, and random single-byte changes to it that know which entry they hit.

Used by the tests with a few hundred changes, and by bench/checker.py with 10,000.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.ledger import leaf, log
from comity.ledger.publish import publish_log
from comity.model.release import Release
from comity.store.database import Store
from comity.tlog.tiles import ENTRIES_LEVEL, parse_tile_path
from comity_ledger_verify import TrustPolicy, VerificationReport, Vkey, check_log
from tests.support.sample_ledger import RECORDED_AT, SIGNER, VKEY, ledger_name

TRUST = TrustPolicy([Vkey.parse(VKEY)])
FILE_KINDS = ("entry bundles", "tiles", "checkpoint", "receipts")
_SECOND_PART_SHARE = 0.1  # of the entries, appended after a first publication, which leaves superseded tiles


def make_entries(count: int) -> Iterator[bytes]:
    """Yield the answers of one batch, and its release as the last entry."""
    name = ledger_name("B-2026-001").encode()
    for n in range(count - 1):
        yield b'{"batch":"%b","commitment":"%064x","kind":"answer","row":%d,"v":2}' % (name, n * 7919, n + 1)
    release = Release(
        batch_id=name.decode(),
        agreement="A",
        row_count=count - 1,
        first_entry=0,
        counts={},
        answers_sha256="a" * 64,
        salt=bytes(32),
        order_ids=(),
        law_fingerprint="5" * 64,
        index_fingerprint=None,
        model_fingerprint=None,
        as_of=RECORDED_AT,
    )
    yield leaf.encode_release_leaf(release)


def publish_sample_log(store: Store, folder: Path, entries: int, receipts: int) -> None:
    """Publish a log into `folder`/public in two steps, with receipts beside it, half of them under each checkpoint."""
    leaves = list(make_entries(entries))
    first_size = entries - int(entries * _SECOND_PART_SHARE)
    rng = random.Random(entries)
    for appended, size in ((leaves[:first_size], first_size), (leaves[first_size:], entries)):
        with store.begin() as tx:
            log.append_entries(tx, appended, at=RECORDED_AT)
        note = log.sign_current_checkpoint(store, SIGNER, at=RECORDED_AT)
        publish_log(store, folder / "public", note, SIGNER.verifier)
        for _ in range(receipts // 2):
            index = rng.randrange(size)
            text = log.make_receipt(store, index, note, SIGNER.verifier)
            (folder / f"{index}.tlog-proof").write_text(text)
    (folder / "public.vkey").write_text(VKEY + "\n")


def read_receipts(folder: Path) -> dict[str, bytes]:
    """Read the receipts beside a published log."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tlog-proof"))}


@dataclass(frozen=True, slots=True)
class ByteChange:
    """One changed byte, and the pattern that a finding must match where the place tells which entry is wrong."""

    file_kind: str
    path: Path
    offset: int
    byte: int
    expected_finding: re.Pattern[str] | None


def random_changes(folder: Path, count: int, seed: int) -> Iterator[ByteChange]:
    """Yield random changes, as many for each kind of file, each byte of a kind as likely as any other."""
    rng = random.Random(seed)
    public = folder / "public"
    files: dict[str, list[Path]] = {file_kind: [] for file_kind in FILE_KINDS}
    for path in sorted(public.rglob("*")):
        if path.is_file() and ".tmp" not in path.parts:
            name = path.relative_to(public).as_posix()
            file_kind = "checkpoint" if name == "checkpoint" else "entry bundles" if ENTRIES_LEVEL in name else "tiles"
            files[file_kind].append(path)
    files["receipts"] = sorted(folder.glob("*.tlog-proof"))
    contents = {path: path.read_bytes() for paths in files.values() for path in paths}
    for number in range(count):
        file_kind = FILE_KINDS[number % len(FILE_KINDS)]
        (path,) = rng.choices(files[file_kind], [len(contents[path]) for path in files[file_kind]])
        content = contents[path]
        offset = rng.randrange(len(content))
        byte = (content[offset] + rng.randrange(1, 256)) % 256
        expected = (
            _expected_receipt_finding(path, content, offset, byte)
            if file_kind == "receipts"
            else _expected_finding(path, public, content, offset)
        )
        yield ByteChange(file_kind, path, offset, byte, expected)


def _expected_receipt_finding(path: Path, content: bytes, offset: int, byte: int) -> re.Pattern[str] | None:
    extra_start = content.index(b"extra ") + len(b"extra ")
    index_start = content.index(b"\nindex ")
    is_index_lost = offset < extra_start or index_start <= offset <= content.index(b"\n", index_start + 1)
    is_line_split = byte == ord("\n") and offset < index_start
    return None if is_index_lost or is_line_split else re.compile(rf"entry {path.name.split('.')[0]}\b")


def _expected_finding(path: Path, public: Path, content: bytes, offset: int) -> re.Pattern[str] | None:
    if path == public / "checkpoint":
        return None
    tile = parse_tile_path(path.relative_to(public).as_posix())
    assert tile is not None
    level, index, _ = tile
    if isinstance(level, str):
        return re.compile(rf"entry {index * 256 + _entry_number(content, offset)}\b")
    if level == 0:
        return re.compile(rf"entry {index * 256 + offset // 32}\b")
    first_entry = (index * 256 + offset // 32) * 256**level
    return re.compile(rf"entries {first_entry} to {first_entry + 256**level - 1}\b")


def _entry_number(bundle: bytes, offset: int) -> int:
    """Return which entry of a bundle the byte at an offset belongs to, its length included."""
    number, stop = 0, 2 + int.from_bytes(bundle[:2])
    while stop <= offset:
        stop += 2 + int.from_bytes(bundle[stop : stop + 2])
        number += 1
    return number


def check_with_change(folder: Path, change: ByteChange, receipts: Mapping[str, bytes]) -> VerificationReport:
    """Return the checker's report on the log with one byte changed; restore the byte afterwards."""
    original = change.path.read_bytes()
    damaged = original[: change.offset] + bytes([change.byte]) + original[change.offset + 1 :]
    if change.file_kind == "receipts":
        return check_log(folder / "public", TRUST, {**receipts, change.path.name: damaged})
    change.path.write_bytes(damaged)
    try:
        return check_log(folder / "public", TRUST, receipts)
    finally:
        change.path.write_bytes(original)
