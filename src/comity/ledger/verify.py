"""Check a published ledger offline: a folder of tiles, its checkpoint, and receipts, against a key one trusts.

Everything is recomputed from the entries. When something differs, the finding names the entry, or the tile and hash,
that is wrong; where the evidence does not tell which of two is wrong, it names both.

Guarantees: `verify_folder` returns only if every entry, every hash of every tile (superseded partial tiles too), the
checkpoint's signature, origin, size and root, and every receipt agree; a file that does not belong there is a fault.
Does not: prove that the custodian shows everybody the same log (that takes a witness), or open commitments.
Basis: RFC 9162 section 2.1; C2SP tlog-tiles, tlog-checkpoint, tlog-proof. Standard library and Ed25519 only.
Start at `check_folder`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from comity.errors import LedgerError
from comity.ledger.checkpoint import Checkpoint, open_checkpoint
from comity.ledger.merkle import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, Frontier, leaf_hashes, subtree_root
from comity.ledger.note import VerifierKey
from comity.ledger.proof import open_receipt
from comity.ledger.tiles import (
    CHECKPOINT,
    ENTRIES,
    folder_reader,
    hashes_of,
    parse_tile_path,
    read_tile,
    tile_path,
    tiles_of,
    unpack_bundle,
)

NAMED_FINDINGS = 20
"""After this many findings, the rest are counted only."""


def verify_folder(folder: Path, vkey: str, *, receipts: Sequence[str] = (), origin: str | None = None) -> None:
    """Verify a published log; `origin` is the key's name unless given, `receipts` are texts.

    Raises LedgerError: `proof_invalid` when checkpoint, key or receipt do not verify, else `ledger_damaged`.
    """
    key = VerifierKey.from_text(vkey)
    checkpoint = read_checkpoint(folder, key, origin)
    if findings := check_folder(folder, checkpoint):
        more = f" (and {len(findings) - 1} more findings)" if len(findings) > 1 else ""
        raise LedgerError("ledger_damaged", findings[0] + more, "Ask the custodian for the log anew; keep this copy.")
    read = folder_reader(folder, checkpoint.size)
    for text in receipts:
        receipt = open_receipt(text, checkpoint.origin, [key])
        _verify_same_log(receipt.checkpoint, checkpoint)
        if read(0, receipt.index, 1) != leaf_hashes([receipt.leaf]):
            raise LedgerError("ledger_damaged", f"A receipt proves another entry {receipt.index} than the log has.")
        if subtree_root(read, 0, receipt.checkpoint.size) != receipt.checkpoint.root:
            raise LedgerError(
                "ledger_damaged",
                f"A receipt's checkpoint of {receipt.checkpoint.size} entries is of another log than the one published.",
                "The custodian signed two histories: keep both the receipt and this folder.",
            )


def read_checkpoint(folder: Path, key: VerifierKey, origin: str | None = None) -> Checkpoint:
    """Open the folder's checkpoint. Raises LedgerError when it is missing or does not verify."""
    try:
        note = (folder / CHECKPOINT).read_bytes()
    except OSError:
        raise LedgerError(
            "proof_invalid",
            "The published log has no checkpoint.",
            "Give the folder that holds `checkpoint` and `tile`.",
        ) from None
    return open_checkpoint(note, key.name if origin is None else origin, [key])


def _verify_same_log(earlier: Checkpoint, later: Checkpoint) -> None:
    if earlier.size > later.size:
        raise LedgerError(
            "ledger_damaged",
            f"A receipt speaks of {earlier.size} entries, but the log published has only {later.size}: it was cut off.",
        )


def check_folder(folder: Path, checkpoint: Checkpoint) -> tuple[str, ...]:
    """Recompute a published log of a checkpoint already opened; what is wrong, in words, empty when nothing is."""
    audit = _Audit(folder, checkpoint)
    audit.walk()
    audit.judge()
    audit.check_other_files()
    unnamed = audit.count - len(audit.findings)
    return (*audit.findings, *([f"{unnamed} further findings are not named"] if unnamed else ()))


@dataclass
class _Audit:
    folder: Path
    checkpoint: Checkpoint
    findings: list[str] = field(default_factory=list)
    count: int = 0
    from_entries: Frontier = field(default_factory=Frontier)
    from_tiles: Frontier = field(default_factory=Frontier)
    levels: dict[int, list[bytes]] = field(default_factory=dict)
    differing: list[int] = field(default_factory=list)  # entries whose hash is not the one in the level 0 tile

    def find(self, finding: str) -> None:
        self.count += 1
        if len(self.findings) < NAMED_FINDINGS:
            self.findings.append(finding)

    def read(self, level: int | str, index: int, width: int) -> bytes | None:
        try:
            return read_tile(self.folder, level, index, width)
        except LedgerError as fault:
            self.find(fault.message)
            return None

    def walk(self) -> None:
        """Hash every entry, compare with the tiles, and grow both trees."""
        for level, index, width in tiles_of(self.checkpoint.size):
            tile = self.read(level, index, width)
            expected = (
                self.entries(index, width)
                if level == 0
                else self.levels.get(level, [])[index * TILE_WIDTH : index * TILE_WIDTH + width]
            )
            stored = expected if tile is None else hashes_of(tile)
            if level == 0:
                self.grow(index, expected or stored, stored)
            elif stored != expected:
                self.compare_level(level, index, expected, stored)

    def entries(self, index: int, width: int) -> list[bytes]:
        """The leaf hashes of one bundle; empty, with a finding, when it cannot be read."""
        if (data := self.read(ENTRIES, index, width)) is None:
            return []
        path = tile_path(ENTRIES, index, width)
        try:
            leaves = unpack_bundle(data)
        except ValueError:
            self.find(f"{path} ends within an entry, between {index * TILE_WIDTH} and {index * TILE_WIDTH + width - 1}")
            return []
        if len(leaves) != width:
            self.find(f"{path} has {len(leaves)} entries, not {width}")
            return []
        return leaf_hashes(leaves)

    def grow(self, index: int, hashes: list[bytes], stored: list[bytes]) -> None:
        self.from_entries, completed = self.from_entries.extend(hashes)
        for level, nodes in completed.items():
            self.levels.setdefault(level, []).extend(nodes)
        if self.differing or hashes != stored:
            self.from_tiles = self.from_tiles if self.differing else self.replay(index)
            self.from_tiles = self.from_tiles.extend(stored)[0]
            pairs = zip(hashes, stored, strict=False)
            self.differing += [index * TILE_WIDTH + n for n, (ours, theirs) in enumerate(pairs) if ours != theirs]

    def replay(self, index: int) -> Frontier:
        """The frontier before tile `index`, where entries and tiles still agreed."""
        frontier = Frontier()
        for earlier in range(index):
            frontier = frontier.extend(hashes_of(read_tile(self.folder, 0, earlier, TILE_WIDTH)))[0]
        return frontier

    def compare_level(self, level: int, index: int, expected: list[bytes], stored: list[bytes]) -> None:
        for n, (ours, theirs) in enumerate(zip(expected, stored, strict=False)):
            if ours != theirs and not self.differing:
                self.find(f"{tile_path(level, index, len(stored))}: hash {n} is not the root of the tile below it")

    def judge(self) -> None:
        """Say which side is wrong: the one that does not lead to the signed root."""
        if not self.differing:
            if self.from_entries.root != self.checkpoint.root and not self.count:
                self.find("the entries and tiles agree with one another, but the checkpoint signs another root hash")
            return
        entries_hold = self.from_entries.root == self.checkpoint.root
        tiles_hold = self.from_tiles.root == self.checkpoint.root
        for entry in self.differing:
            where = f"{tile_path(0, entry // TILE_WIDTH)}: hash {entry % TILE_WIDTH}"
            if entries_hold:
                self.find(f"{where} is not the hash of entry {entry}")
            elif tiles_hold:
                self.find(f"entry {entry} is not what was signed")
            else:
                self.find(f"entry {entry} and {where} disagree, and neither leads to the signed root hash")

    def check_other_files(self) -> None:
        """Every other file must be a superseded partial tile that agrees with what replaced it."""
        needed = {tile_path(level, index, width) for level, index, width in tiles_of(self.checkpoint.size)}
        needed |= {
            tile_path(ENTRIES, index, width) for level, index, width in tiles_of(self.checkpoint.size) if not level
        }
        for path in sorted(_files(self.folder)):
            if path in needed or path == CHECKPOINT:
                continue
            if not self.is_front_of_later(path):
                self.find(f"{path} does not belong to this log, or differs from the file that replaced it")

    def is_front_of_later(self, path: str) -> bool:
        if (tile := parse_tile_path(path)) is None:
            return False
        level, index, width = tile
        reach = self.checkpoint.size >> (TILE_HEIGHT * level if isinstance(level, int) else 0)
        now = min(TILE_WIDTH, reach - index * TILE_WIDTH)
        if width >= now:
            return False
        try:
            later = read_tile(self.folder, level, index, now)
            early = (self.folder / path).read_bytes()
            if level == ENTRIES:
                return unpack_bundle(early) == unpack_bundle(later)[:width]
        except (LedgerError, OSError, ValueError):
            return False
        return early == later[: width * HASH_SIZE]


def _files(folder: Path) -> Iterator[str]:
    """Every file below the folder but hidden ones at its top (a web server's, a copy tool's)."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and not name.startswith("."):
            yield name
