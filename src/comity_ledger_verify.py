"""Check a published Comity ledger: a folder of tiles, its checkpoint, and receipts, against keys that one trusts.

    comity-ledger-verify public --key public.vkey --receipt answers/receipt.tlog-proof
    comity-ledger-verify public --key public.vkey --checkpoint march.checkpoint   (was anything left out since?)
    comity-ledger-verify public --key public.vkey --answers answers --answers-key THUMBPRINT

Prints `true`, or what is wrong: which entry, which hash of which tile, which receipt; where the evidence does not tell
which of two is wrong, both are named. Exit code 0 when true, 5 when anything is wrong, 2 for a usage error.

Guarantees: every entry is read and hashed, and must be one that the format allows, with answers in row order and their
release behind them; every hash of every tile (superseded partial tiles too), the checkpoint's
signature, origin, size and root hash, and every receipt must agree; a file that does not belong there is a fault; a
wrong signature of a known key refuses the note even when another is good; no file is read beyond the size it can
have, and no symbolic link in the folder is followed.
Does not: prove that the custodian shows the same log to everyone (that takes `--witness`), or open commitments.
Basis: RFC 9162 section 2.1; C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-cosignature.

This one file is the whole checker. It needs the standard library and Ed25519 from `cryptography`, nothing else of
Comity, and shares no code with the programs that write the ledger: two implementations must agree.

Section 1 verifies: it says true or raises at the first thing that is wrong, and alone decides between the two.
Section 2 diagnoses a log that did not verify: it only adds words. Section 3 is the command.
Start at `check_log`, then `verify_log`.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple, TextIO

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    HAS_ED25519 = False
else:
    HAS_ED25519 = True

EXIT_OK, EXIT_USAGE, EXIT_REFUSED, EXIT_INTEGRITY = 0, 2, 3, 5
MAX_FINDINGS = 50
_TILE_WIDTH = 256  # hashes in a full tile, entries in a full bundle
_HASH_SIZE = 32
_MAX_NOTE_BYTES = 1_000_000
_MAX_TILE_BYTES = _HASH_SIZE * _TILE_WIDTH
_MAX_BUNDLE_BYTES = (2 + 0xFFFF) * _TILE_WIDTH
_MAX_SIGNATURES = 100
_INT63_LIMIT = 1 << 63  # every size, index and time is below it
_ED25519_TYPE = 1  # signature type: Ed25519 over the note's text
_COSIGNATURE_TYPE = 4  # signature type: Ed25519 over a time and the text (cosignature/v1)
_ENTRIES_LEVEL = "entries"
_NUMBER_PATTERN = re.compile(r"0|[1-9][0-9]{0,18}")
_TILE_PATH_PATTERN = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


class VerificationError(Exception):
    """What is wrong, in words."""


class RehearsedAnswersError(VerificationError):
    """Nothing is wrong with a folder of answers, which is of a rehearsal, so that nobody may use it."""


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: a log's (type 1) or a witness's (type 4)."""

    name: str
    signature_type: int
    public_key: bytes

    @classmethod
    def parse(cls, vkey: str) -> "Vkey":
        """Parse `name+id+base64`. Raises VerificationError."""
        name, _, id_and_key = vkey.strip().partition("+")
        key_id, _, encoded = id_and_key.partition("+")
        material = _decode_base64(encoded) or b""
        if not _is_key_name(name) or len(material) != 33 or material[0] not in {_ED25519_TYPE, _COSIGNATURE_TYPE}:
            raise VerificationError(
                "a key cannot be read: it must be one line, name+8 hexadecimal digits+base64, of an Ed25519 key"
            )
        key = cls(name, material[0], material[1:])
        if key.key_id.hex() != key_id:
            raise VerificationError("a key cannot be read: its id is not its own")
        return key

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that are derived from name, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.signature_type]) + self.public_key).digest()[:4]

    def is_valid_signature(self, text: bytes, signature: bytes) -> bool:
        """Return whether this key made the signature, as it is on the line, over this text."""
        if self.signature_type == _COSIGNATURE_TYPE:
            unix_seconds, signature = int.from_bytes(signature[:8]), signature[8:]
            if unix_seconds >= _INT63_LIMIT:
                return False
            text = b"cosignature/v1\ntime %d\n" % unix_seconds + text
        return _is_ed25519_signature(self.public_key, signature, text)


def _is_ed25519_signature(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What the person who checks trusts: the log's keys, and how many of which witnesses must have cosigned.

    `reads_entries` is False for a log that is not Comity's: then only the tree is checked, not what entries say.
    """

    log_keys: Sequence[Vkey]
    witnesses: Sequence[Vkey] = ()
    quorum: int = 0
    origin: str = ""
    reads_entries: bool = True

    def __post_init__(self) -> None:
        if self.quorum < 0:
            raise VerificationError("a quorum is a number from 0 on")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed checkpoint: how many entries the log has, and the root hash over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A C2SP tlog-proof whose checkpoint is signed, and whose proof holds if it carries its entry."""

    index: int
    leaf: bytes | None
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


@dataclass(slots=True)
class VerificationReport:
    """What was checked, and what is wrong: nothing when `findings` is empty."""

    findings: list[str] = field(default_factory=list)
    entry_count: int = 0
    root: bytes = b""
    receipt_count: int = 0
    earlier_sizes: tuple[int, ...] = ()
    log: "PublishedLog | None" = None


def check_log(
    folder: Path,
    trust: TrustPolicy,
    receipts: Mapping[str, bytes] | None = None,
    earlier: Mapping[str, bytes] | None = None,
) -> VerificationReport:
    """Check a published log, and against it receipts and checkpoints that somebody kept (name -> content).

    Never raises for what the files hold.
    """
    receipts, earlier = receipts or {}, earlier or {}
    try:
        log = verify_log(folder, trust)
        for content in receipts.values():
            verify_receipt(open_receipt(content, trust), log)
        sizes = [verify_extension(open_earlier_checkpoint(content, trust), log) for content in earlier.values()]
    except VerificationError as error:
        return _diagnose_log(folder, trust, (receipts, earlier), str(error))
    checkpoint = log.checkpoint
    return VerificationReport([], checkpoint.size, checkpoint.root, len(receipts), tuple(sorted(sizes)), log)


# Section 1: verification. Everything here raises VerificationError at the first thing that is wrong.


def verify_log(folder: Path, trust: TrustPolicy) -> "PublishedLog":
    """Verify a published log. Raises VerificationError.

    1. The checkpoint is a signed note of the expected origin, signed by a known key and enough known witnesses.
    2. The folder holds plain files, and no symbolic link.
    3. Every bundle holds the entries that it must, and they hash to the tile of level 0. Each is an entry that the
       format allows, the answers of a batch are followed by its release, and none is of an outdated version.
    4. The tiles of level 0 lead to the root hash that the checkpoint signs.
    5. Every tile above level 0 holds the roots of the tiles below it.
    6. Every other file is a superseded partial tile that agrees with the tile that replaced it.
    """
    # Step 1: the checkpoint.
    checkpoint = open_checkpoint(_read_file(folder, "checkpoint", _MAX_NOTE_BYTES), trust)
    # Step 2: before any tile is read, so that links cannot lead the steps below elsewhere.
    names = sorted(_list_files(folder))
    # Step 3: the entries.
    tile_roots = []
    reader = _EntryReader()
    for index in range(_tile_count(checkpoint.size)):
        entries, root = _verify_leaf_tile(folder, index, checkpoint.size)
        tile_roots.append(root)
        for fault in reader.find_faults(entries) if trust.reads_entries else ():
            raise VerificationError(fault)
    for fault in reader.find_missing_release():
        raise VerificationError(fault)
    log = PublishedLog(folder, checkpoint, tile_roots)
    # Step 4: the root hash.
    if _compute_root(tile_roots) != checkpoint.root:
        raise VerificationError("the entries do not lead to the root hash that the checkpoint signs")
    # Step 5: the tiles above level 0.
    for level, row in log.upper_levels.items():
        for index in range(_tile_count(len(row))):
            _verify_upper_tile(folder, level, index, row)
    # Step 6: the other files.
    for name in names:
        _verify_other_file(log, name)
    return log


def verify_receipt(receipt: Receipt, log: "PublishedLog") -> None:
    """Verify a receipt, already opened, against the log. Raises VerificationError.

    1. Its checkpoint is not larger than the log's.
    2. Its checkpoint signs the root hash that the log's first entries lead to.
    3. The entry that it carries is the log's entry of that index.
    4. Its proof leads from that entry to its checkpoint's root hash.
    """
    subject, signed = f"entry {receipt.index}", receipt.checkpoint
    if signed.size > log.checkpoint.size:
        raise VerificationError(
            f"{subject}: it speaks of {signed.size} entries, the log has only {log.checkpoint.size}: it was cut off"
        )
    if log.root_at(signed.size) != signed.root:
        raise VerificationError(
            f"{subject}: its checkpoint of {signed.size} entries is of another log than the one in this folder. "
            "The custodian signed two histories: keep both"
        )
    leaf_hash = log.leaf_hashes(receipt.index // _TILE_WIDTH)[receipt.index % _TILE_WIDTH]
    if receipt.leaf is not None and _hash_leaf(receipt.leaf) != leaf_hash:
        raise VerificationError(f"{subject}: it carries another entry than the log has")
    if _root_from_inclusion_proof(leaf_hash, receipt.index, signed.size, receipt.proof) != signed.root:
        raise VerificationError(f"{subject}: its proof does not lead to the signed root hash")


def open_earlier_checkpoint(content: bytes, trust: TrustPolicy) -> Checkpoint:
    """Verify a checkpoint that somebody kept, whether or not witnesses had cosigned it. Raises VerificationError."""
    return open_checkpoint(content, replace(trust, quorum=0))


def verify_extension(earlier: Checkpoint, log: "PublishedLog") -> int:
    """Verify that nothing below a kept checkpoint was left out, changed or moved; return its size.

    1. It is not larger than the log's.
    2. It signs the root hash that the log's first entries lead to: every entry that it covered is in its place.

    Raises VerificationError.
    """
    if earlier.size > log.checkpoint.size:
        raise VerificationError(
            f"it speaks of {earlier.size} entries, the log has only {log.checkpoint.size}: it was cut off"
        )
    if log.root_at(earlier.size) != earlier.root:
        raise VerificationError(
            f"it signs another history of the first {earlier.size} entries than the log in this folder. The custodian "
            "signed both: keep both"
        )
    return earlier.size


def compare_checkpoints(contents: Mapping[str, bytes], trust: TrustPolicy) -> list[str]:
    """Return what is wrong with checkpoints, without the log: a signature, or two root hashes for one size."""
    findings, roots = [], dict[int, tuple[str, bytes]]()
    for name, content in contents.items():
        try:
            checkpoint = open_earlier_checkpoint(content, trust)
        except VerificationError as error:
            findings.append(f"checkpoint {name}: {error}")
            continue
        other, root = roots.setdefault(checkpoint.size, (name, checkpoint.root))
        if root != checkpoint.root:
            findings.append(
                f"checkpoint {name}: it signs another history of {checkpoint.size} entries than {other}. The custodian "
                "signed both: keep both"
            )
    return findings


def follow_handover(content: bytes, trust: TrustPolicy) -> TrustPolicy:
    """Verify the receipt of a handover, and return a policy that also trusts the new key. Raises VerificationError."""
    receipt = open_receipt(content, trust)
    try:
        entry = json.loads(receipt.leaf or b"")
        is_from_trusted_key = entry["kind"] == "handover" and Vkey.parse(entry["from"]) in trust.log_keys
        successor = Vkey.parse(entry["to"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_from_trusted_key = False
    if not is_from_trusted_key or successor.name != trust.log_keys[0].name or successor.signature_type != _ED25519_TYPE:
        raise VerificationError(f"entry {receipt.index} hands no trusted key over")
    return replace(trust, log_keys=(*trust.log_keys, successor))


# Steps 3, 5 and 6: tiles.


@dataclass
class PublishedLog:
    """The log in a folder: its checkpoint, and the root of each tile of level 0."""

    folder: Path
    checkpoint: Checkpoint
    tile_roots: list[bytes]

    @cached_property
    def upper_levels(self) -> dict[int, list[bytes]]:
        """Return the hashes of each tile level above 0; hash n of level L is the root of 256**L entries."""
        levels: dict[int, list[bytes]] = {}
        level, row = 1, self.tile_roots[: self.checkpoint.size // _TILE_WIDTH]
        while row:
            levels[level] = row
            full_tiles = range(0, len(row) - len(row) % _TILE_WIDTH, _TILE_WIDTH)
            level, row = level + 1, [_compute_root(row[start : start + _TILE_WIDTH]) for start in full_tiles]
        return levels

    def leaf_hashes(self, index: int) -> list[bytes]:
        """Return the hashes in a tile of level 0. Raises VerificationError."""
        width = _width_at(0, index, self.checkpoint.size)
        return _split_hashes(_read_file(self.folder, _format_tile_path(0, index, width), _MAX_TILE_BYTES))

    def root_at(self, size: int) -> bytes:
        """Return the root hash over the first `size` entries. Raises VerificationError."""
        full_tiles, entries_left = divmod(size, _TILE_WIDTH)
        row = self.tile_roots[:full_tiles]
        if entries_left:
            row = [*row, _compute_root(self.leaf_hashes(full_tiles)[:entries_left])]
        return _compute_root(row)

    def expected_hashes(self, tile: "_TilePath") -> list[bytes]:
        """Return the hashes that a partial tile, or the entries of a partial bundle, must have."""
        if tile.level == 0:
            return self.leaf_hashes(tile.index)[: tile.width]
        start = tile.index * _TILE_WIDTH
        return self.upper_levels[tile.level][start : start + tile.width]


def _verify_leaf_tile(folder: Path, index: int, size: int) -> tuple[list[bytes], bytes]:
    """Hash the entries of one bundle and compare them with the tile of level 0; return them and the tile's root."""
    width = _width_at(0, index, size)
    bundle_name, tile_name = _format_tile_path(_ENTRIES_LEVEL, index, width), _format_tile_path(0, index, width)
    tile = _read_file(folder, tile_name, _MAX_TILE_BYTES)
    entries = _unpack_bundle(_read_file(folder, bundle_name, _MAX_BUNDLE_BYTES))
    if entries is None or len(entries) != width:
        raise VerificationError(f"{bundle_name} is not {width} entries, one after another")
    hashes = _hash_leaves(entries)
    if b"".join(hashes) != tile:
        raise VerificationError(f"{bundle_name} and {tile_name} disagree")
    return entries, _compute_root(hashes)


def _verify_upper_tile(folder: Path, level: int, index: int, row: Sequence[bytes]) -> None:
    expected = row[index * _TILE_WIDTH : (index + 1) * _TILE_WIDTH]
    name = _format_tile_path(level, index, len(expected))
    if _read_file(folder, name, _MAX_TILE_BYTES) != b"".join(expected):
        raise VerificationError(f"{name} does not hold the roots of the tiles below it")


def _verify_other_file(log: PublishedLog, name: str) -> None:
    """Verify a file that steps 1 to 5 did not read: it must be a superseded partial tile."""
    if name == "checkpoint":
        return
    tile = _parse_tile_path(name)
    if tile is None or tile.width > tile.width_at(log.checkpoint.size):
        raise VerificationError(_describe_foreign_file(name, tile))
    if tile.width == tile.width_at(log.checkpoint.size):
        return  # read in step 3 or 5
    data = _read_file(log.folder, name, _MAX_BUNDLE_BYTES if tile.is_bundle else _MAX_TILE_BYTES)
    hashes = _hash_leaves(_unpack_bundle(data) or []) if tile.is_bundle else _split_hashes(data)
    if hashes != log.expected_hashes(tile):
        raise VerificationError(f"{name} does not agree with the tile that replaced it")


def _describe_foreign_file(name: str, tile: "_TilePath | None") -> str:
    return f"{ascii(name) if tile is None else name} does not belong to this log"


@dataclass(frozen=True, slots=True)
class _TilePath:
    """What a tile's path says: whether it is of entries, the level of its hashes, its index and width."""

    is_bundle: bool
    level: int
    index: int
    width: int

    def width_at(self, size: int) -> int:
        """Return the width that this tile has in a log of `size` entries."""
        return _width_at(self.level, self.index, size)


def _parse_tile_path(name: str) -> _TilePath | None:
    """Return what a tile's path says; None for any path that `_format_tile_path` would not write."""
    if (match := _TILE_PATH_PATTERN.fullmatch(name)) is None:
        return None
    is_bundle = match[1] == _ENTRIES_LEVEL
    index, width = int(re.sub(r"[x/]", "", match[2])), int(match[3] or _TILE_WIDTH)
    if name != _format_tile_path(match[1], index, width):
        return None
    return _TilePath(is_bundle, 0 if is_bundle else int(match[1]), index, width)


def _format_tile_path(level: int | str, index: int, width: int = _TILE_WIDTH) -> str:
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    path = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{path}" + ("" if width == _TILE_WIDTH else f".p/{width}")


def _tile_count(hash_count: int) -> int:
    return -(-hash_count // _TILE_WIDTH)


def _width_at(level: int, index: int, size: int) -> int:
    """Return how many hashes a tile holds in a log of `size` entries; 0 or less when there is no such tile."""
    return min(_TILE_WIDTH, (size >> (8 * level)) - index * _TILE_WIDTH)


def _split_hashes(tile: bytes) -> list[bytes]:
    return [tile[start : start + _HASH_SIZE] for start in range(0, len(tile), _HASH_SIZE)]


def _unpack_bundle(bundle: bytes) -> list[bytes] | None:
    """Return the entries of a bundle, each preceded by its length in two bytes; None when it ends within one."""
    entries, start, end = [], 0, len(bundle)
    while start + 2 <= end:
        stop = start + 2 + (bundle[start] << 8 | bundle[start + 1])
        entries.append(bundle[start + 2 : stop])
        start = stop
    return entries if start == end else None


# Step 3: what entries may say (docs/spec/ledger.md). Words about a fault quote nothing of an entry.

_LEAF_FORMS = {
    "id": re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"),
    "rule": re.compile(r"[a-z][a-z0-9_]{0,63}"),
    "hash": re.compile(r"[0-9a-f]{64}"),
    "time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"),
    "step": re.compile(r"entered|confirmed|withdrawn|served"),
    "act": re.compile(
        r"suppression|suppression_lift|person|person_revocation|signer|"
        r"signer_revocation|law|suspension|suspension_lift|clearance|order_review|exception|row_clearance|"
        r"row_refusal|safeguard_plan|safeguard_plan_end|notification|witnesses|model|index|purge|destruction|rotation|"
        r"role|role_end|stop|stop_lift"
    ),
    "thumbprint": re.compile(r"[A-Za-z0-9_-]{43}"),
    "recall": re.compile(r"recall-[0-9a-f]{16}"),
    "vkey": re.compile(r"[A-Za-z0-9./_-]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}"),
}
_LEAF_MEMBERS = {  # `x?` may be left out, `x|null` may be null, `x*` is a list
    "answer": "batch:hash commitment:hash row:row",
    "release": "agreement:id|null as_of:time batch:hash commitment:hash first_entry:count index:hash|null "
    "known_as_of:time? law:hash model:hash|null orders:id* rehearsal:flag rows:count",
    "hold": "agreement:id|null as_of:time batch:hash known_as_of:time? law:hash orders:id* rehearsal:flag rules:rule*",
    "refusal": "as_of:time batch:hash known_as_of:time? rehearsal:flag rules:rule*",
    "purge": "as_of:time batch:hash commitment:hash rehearsal:flag",
    "watch": "as_of:time batch:hash commitment:hash rehearsal:flag",
    "explanation": "as_of:time batch:hash commitment:hash rehearsal:flag",
    "subject_release": "as_of:time commitment:hash",
    "recall": "as_of:time commitment:hash recall:recall",
    "acknowledgement": "as_of:time commitment:hash recall:recall",
    "destruction": "as_of:time commitment:hash recall:recall",
    "inspection": "as_of:time commitment:hash",
    "anchor": "as_of:time commitment:hash",
    "order": "as_of:time by:thumbprint commitment:hash order:id step:step",
    "filing": "act:act as_of:time by:thumbprint commitment:hash filing:count step:step",
    "handover": "as_of:time from:vkey to:vkey",
}
_LEAF_GRAMMAR = {kind: dict(member.split(":") for member in members.split()) for kind, members in _LEAF_MEMBERS.items()}
_FIRST_FORMS = {"agreement": "id", "batch": "id"}  # of an entry of version 1, in place of those above
_ANSWER_PATTERN = re.compile(
    rb'(?:(?=\{"batch":"[0-9a-f]{64}",.*"v":2\})|(?=.*"v":1\}))'
    rb'\{"batch":"([A-Za-z0-9][A-Za-z0-9._:-]{0,127})","commitment":"[0-9a-f]{64}","kind":"answer",'
    rb'"row":([1-9][0-9]{0,15}),"v":([12])\}'
)
_HASHES = re.compile(rb"[0-9a-f]*")
_INTEGER_RANGES = {"row": range(1, 1 << 53), "count": range(1 << 53), "version": range(1, 3)}


class _EntryReader:
    """Reads every entry in order, and finds those that the format does not allow, alone or in their place."""

    def __init__(self) -> None:
        self._index = 0
        self._open_batch = b""  # the batch whose answers are being read, until its release
        self._version = b""  # of the open batch's answers
        self._answer_count = 0
        self._released: set[bytes] = set()
        self._is_first_over = False  # an entry of version 2 was read
        self._first_batches: set[bytes] = set()  # those that entries of version 1 name

    def find_faults(self, entries: Sequence[bytes]) -> Iterator[str]:
        """Yield what is wrong with the next entries, each fault with the entry's index."""
        if self._are_next_answers(entries):
            self._answer_count += len(entries)
            self._index += len(entries)
            return
        for entry in entries:
            answer = _ANSWER_PATTERN.fullmatch(entry)
            if answer is None:
                yield from self._find_faults_of_other(entry)
            else:
                yield from self._find_outdated(answer[1], is_first=answer[3] == b"1")
                if not self._is_next_answer(answer[1], int(answer[2]), answer[3]):
                    message = "answers a row out of order: the answers of a batch are rows 1 to the last"
                    yield f"entry {self._index} {message}"
                    self._open_batch, self._answer_count, self._version = answer[1], int(answer[2]), answer[3]
            self._index += 1

    def _find_outdated(self, batch: bytes, *, is_first: bool) -> Iterator[str]:
        """Yield a fault when an entry of version 1, which shows a requester's own words, is newer than its format."""
        if not is_first:
            self._is_first_over = True
        elif not self._is_first_over:
            self._first_batches.add(batch)
        elif batch not in self._first_batches:
            yield (
                f"entry {self._index} is of version 1 after one of version 2, and no entry of before then names its "
                "batch: what the requester wrote may have been put on file in clear"
            )

    def find_missing_release(self) -> Iterator[str]:
        """Yield a fault when answers end without their release."""
        if self._open_batch:
            last = self._index - 1
            yield f"entry {last} is an answer, and no release of its batch follows: answers without a release are none"
        self._open_batch, self._answer_count = b"", 0

    def _are_next_answers(self, entries: Sequence[bytes]) -> bool:
        """Return whether all are the next answers of the batch being read: several times faster than one by one."""
        start = b'{"batch":"%b","commitment":"' % self._open_batch
        commitments = [entry[len(start) : len(start) + 64] for entry in entries]
        expected = [
            b'%b%b","kind":"answer","row":%d,"v":%b}' % (start, commitment, row, self._version)
            for row, commitment in enumerate(commitments, self._answer_count + 1)
        ]
        return bool(self._open_batch) and expected == entries and bool(_HASHES.fullmatch(b"".join(commitments)))

    def _is_next_answer(self, batch: bytes, row: int, version: bytes) -> bool:
        if not self._open_batch and row == 1 and batch not in self._released:
            self._open_batch, self._answer_count, self._version = batch, 1, version
            return True
        if (batch, version) != (self._open_batch, self._version) or row != self._answer_count + 1:
            return False
        self._answer_count = row
        return True

    def _find_faults_of_other(self, entry: bytes) -> Iterator[str]:
        fault, members = _find_leaf_fault(entry)
        if fault:
            yield f"entry {self._index} is not what the format allows: {fault}"
        else:
            yield from self._find_outdated(str(members.get("batch", "")).encode(), is_first=members["v"] == 1)
        if members.get("kind") != "release":
            yield from self.find_missing_release()
        elif not fault and not self._is_release_in_place(members):
            yield f"entry {self._index} is a release that does not follow the answers of its batch, all of them, once"
        self._open_batch, self._answer_count = b"", 0

    def _is_release_in_place(self, members: Mapping[str, object]) -> bool:
        batch = str(members["batch"]).encode()
        is_first = batch not in self._released
        self._released.add(batch)
        rows, first_entry = members["rows"], members["first_entry"]
        return (
            is_first
            and (self._open_batch, self._version) in {(batch, str(members["v"]).encode()), (b"", self._version)}
            and (rows, first_entry)
            == (
                self._answer_count,
                self._index - self._answer_count,
            )
        )


def _find_leaf_fault(entry: bytes) -> tuple[str, dict[str, object]]:
    """Return what is wrong with one entry (nothing: an empty text), and its members as far as they can be read."""
    try:
        members = json.loads(entry)
        canonical = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
        is_canonical = canonical.encode() == entry  # RFC 8785, for members of the forms above
    except (ValueError, RecursionError):
        members, is_canonical = None, False
    if not isinstance(members, dict):
        return "it is not one JSON object", {}
    kind = members.get("kind")
    grammar = _LEAF_GRAMMAR.get(kind) if isinstance(kind, str) else None
    if grammar is None:
        return "it is of no known kind", members
    if members.get("v") == 1:
        grammar = {name: _FIRST_FORMS.get(name, form) for name, form in grammar.items()}
    faults = list(_find_member_faults(members, {"v": "version", "kind": "rule", **grammar}))
    if not is_canonical:
        faults.append("it is not canonical JSON (RFC 8785)")
    return "; ".join(faults), members


def _find_member_faults(members: Mapping[str, object], forms: Mapping[str, str]) -> Iterator[str]:
    if set(members) - set(forms):
        yield "it has a member that its kind does not have"
    for name, form in forms.items():
        if name in members and not _has_form(members[name], form.removesuffix("?")):
            yield f"its {name} is not of the form {form}"
        elif name not in members and not form.endswith("?"):
            yield f"it lacks {name}"


def _has_form(value: object, form: str) -> bool:
    if form.endswith("|null"):
        return value is None or _has_form(value, form.removesuffix("|null"))
    if form.endswith("*"):
        return isinstance(value, list) and all(_has_form(item, form.removesuffix("*")) for item in value)
    if form == "flag":
        return isinstance(value, bool)
    if form in _INTEGER_RANGES:
        return type(value) is int and value in _INTEGER_RANGES[form]
    return isinstance(value, str) and _LEAF_FORMS[form].fullmatch(value) is not None


# Step 1 and receipts: notes, checkpoints, tlog-proofs.


def open_checkpoint(note: bytes, trust: TrustPolicy) -> Checkpoint:
    """Verify a signed checkpoint's form, signatures, witnesses and origin. Raises VerificationError."""
    text = _open_note(note, trust)
    origin, _, size_and_root = text.removesuffix("\n").partition("\n")
    if origin != (trust.origin or trust.log_keys[0].name):
        raise VerificationError("the checkpoint is of another log: its origin is not the one expected")
    size, _, root_and_extensions = size_and_root.partition("\n")
    encoded, *extensions = root_and_extensions.split("\n")
    root = _decode_base64(encoded)
    if _parse_number(size) is None or root is None or len(root) != _HASH_SIZE or "" in extensions:
        raise VerificationError("the checkpoint's size or root hash is malformed")
    if size == "0" and root != _compute_root([]):
        raise VerificationError("the checkpoint signs a root hash that no empty log has")
    return Checkpoint(int(size), root)


def _open_note(note: bytes, trust: TrustPolicy) -> str:
    """Return the text of a note that a key of the log and enough witnesses signed. Raises VerificationError."""
    try:
        content = note.decode()
    except UnicodeDecodeError:
        raise VerificationError("the checkpoint is not UTF-8 text") from None
    text, separator, signatures = content.rpartition("\n\n")
    text += "\n"
    lines = signatures.removesuffix("\n").split("\n")
    has_control_character = any(character < " " and character != "\n" for character in content)
    is_well_formed = separator and signatures.endswith("\n") and len(lines) <= _MAX_SIGNATURES
    if len(note) > _MAX_NOTE_BYTES or not is_well_formed or has_control_character:
        raise VerificationError("the checkpoint is not a signed note: text, an empty line, signature lines")
    known_keys = {(key.name, key.key_id): key for key in (*trust.log_keys, *trust.witnesses)}
    signed_by: set[Vkey] = set()
    for line in lines:
        name, key_id, signature = _parse_signature_line(line)
        key = known_keys.get((name, key_id))
        if key is None:
            continue  # "Verifiers MUST ignore signatures from unknown keys" (C2SP signed-note)
        if not key.is_valid_signature(text.encode(), signature):
            raise VerificationError(f"the checkpoint is not what {name} signed: the signature is wrong")
        signed_by.add(key)
    if not signed_by.intersection(trust.log_keys):
        raise VerificationError("no known key of the log signed the checkpoint")
    witness_count = len({key.public_key for key in signed_by.intersection(trust.witnesses)})
    if witness_count < trust.quorum:
        raise VerificationError(f"{witness_count} known witnesses cosigned the checkpoint, {trust.quorum} must have")
    return text


def _parse_signature_line(line: str) -> tuple[str, bytes, bytes]:
    """Return the name, key id and signature of a signature line. Raises VerificationError."""
    dash, _, name_and_signature = line.partition(" ")
    name, _, encoded = name_and_signature.partition(" ")
    data = _decode_base64(encoded) or b""
    if dash != "\N{EM DASH}" or not _is_key_name(name) or len(data) < 5:
        raise VerificationError("a signature line of the checkpoint is malformed")
    return name, data[:4], data[4:]


def open_receipt(content: bytes, trust: TrustPolicy) -> Receipt:
    """Parse a receipt; verify its checkpoint, and its proof if it carries the entry. Raises VerificationError."""
    head, separator, note = content[:_MAX_NOTE_BYTES].partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    if len(content) > _MAX_NOTE_BYTES or not separator or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise VerificationError("it does not begin as a tlog-proof")
    extra = lines.pop(0).removeprefix("extra ") if lines and lines[0].startswith("extra ") else None
    keyword, _, number = (lines.pop(0) if lines else "").partition(" ")
    index = _parse_number(number)
    if keyword != "index" or index is None:
        raise VerificationError("it has no line that says which entry it is of")
    leaf = None if extra is None else _decode_base64(extra)
    proof = tuple(_decode_base64(line) or b"" for line in lines)
    try:
        checkpoint = open_checkpoint(note, trust)
    except VerificationError as error:
        raise VerificationError(f"entry {index}: {error}") from None
    if (extra is not None and leaf is None) or any(len(node) != _HASH_SIZE for node in proof):
        raise VerificationError(f"entry {index}: a line is not base64 of what belongs there")
    if index >= checkpoint.size:
        raise VerificationError(f"entry {index}: its checkpoint has {checkpoint.size} entries only")
    if leaf is not None:
        root = _root_from_inclusion_proof(_hash_leaf(leaf), index, checkpoint.size, proof)
        if root != checkpoint.root:
            raise VerificationError(f"entry {index}: entry, index and proof do not lead to the signed root hash")
    return Receipt(index, leaf, proof, checkpoint)


def parse_vkeys(text: str, signature_type: int = _ED25519_TYPE) -> list[Vkey]:
    """Parse the keys in a text, one a line; by default a log's. Raises VerificationError."""
    keys = [Vkey.parse(line) for line in text.split("\n") if line.strip()]
    if any(key.signature_type != signature_type for key in keys):
        raise VerificationError("a log's key was given for a witness's, or the other way round")
    return keys


def _decode_base64(text: str) -> bytes | None:
    """Decode standard base64; return None for any spelling that an encoder would not write."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def _parse_number(text: str) -> int | None:
    """Parse a decimal number below 2**63 without leading zeros; return None for anything else."""
    return int(text) if _NUMBER_PATTERN.fullmatch(text) and int(text) < _INT63_LIMIT else None


def _is_key_name(name: str) -> bool:
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        return False
    return not any("\ud800" <= character <= "\udfff" for character in name)  # the shell's bytes that are not UTF-8


# An answers folder (docs/spec/answers.md).

_MAX_ANSWERS_BYTES = 1 << 30
_LETTER_FILES = ("letter.json", "letter.json.jws", "letter.md")
_ANSWER_CODES = ("CONFIRMED", "NOT_CONFIRMED", "REFUSED")
_THUMBPRINT_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class SignedAnswers:
    """An answers folder that verified: answers.json, and the bytes of answers.csv, which it names."""

    stated: dict[str, object]
    rows: bytes


def is_thumbprint(text: str) -> bool:
    """Return whether a text has the form of a key's thumbprint (RFC 7638, SHA-256): 43 characters of base64url."""
    return _THUMBPRINT_PATTERN.fullmatch(text) is not None


def read_answers_key(folder: Path) -> str:
    """Return the thumbprint of the key that an answers folder says it is signed with. Raises VerificationError."""
    return _read_detached_signature(folder, "answers.json")[0]


def check_answers(
    folders: Iterable[Path], key: str, trust: TrustPolicy, log: "PublishedLog | None" = None
) -> tuple[list[str], list[str]]:
    """Return what is wrong with folders of answers, and what to say of those of a rehearsal that are sound.

    Two empty lists: each holds what the custodian released. It takes the other arguments of `open_answers`, which says
    what is checked.
    """
    findings, rehearsals = [], []
    for folder in folders:
        try:
            open_answers(folder, key, trust, log)
        except RehearsedAnswersError as error:
            rehearsals.append(f"answers {folder}: {error}")
        except VerificationError as error:
            findings.append(f"answers {folder}: {error}")
    return findings, rehearsals


def open_answers(folder: Path, key: str, trust: TrustPolicy, log: "PublishedLog | None" = None) -> SignedAnswers:
    """Verify an answers folder, and return what was verified of it.

    1. answers.json is signed with the key that has the trusted thumbprint.
    2. answers.csv has the hash that answers.json names, and as many rows and codes.
    3. So has the letter, if answers.json names one: letter.json, signed with the same key, and letter.md.
    4. The receipt proves the release entry that answers.json names, in the log if there is one.
    5. That entry is a release of this batch, of as many rows, by the same agreement, orders and law, in earnest.

    Args:
        folder: answers.csv, answers.json, answers.json.jws, receipt.tlog-proof and the letter's files.
        key: the thumbprint (RFC 7638) of the custodian's key for answers, known from elsewhere.
        trust: the log's keys and witnesses.
        log: the published log, verified; None: only its signed checkpoint is known, from the receipt.

    Raises:
        RehearsedAnswersError: everything holds, but the answers are of a rehearsal.
        VerificationError: it is not what the custodian released.
    """
    stated = _parse_signed_object(folder, "answers.json", "comity-answers-1", key)[0]
    rows = _read_file(folder, "answers.csv", _MAX_ANSWERS_BYTES)
    _verify_answers_file(rows, stated)
    _verify_letter(folder, key, stated)
    receipt = open_receipt(_read_file(folder, "receipt.tlog-proof", _MAX_NOTE_BYTES), trust)
    if log is not None:
        verify_receipt(receipt, log)
    _verify_release_entry(receipt, stated, trust)
    return SignedAnswers(stated, rows)


def _parse_signed_object(folder: Path, name: str, form: str, key: str) -> tuple[dict[str, object], bytes]:
    """Return a file's JSON object and its bytes, once its signature verifies with the trusted key."""
    document = _read_file(folder, name, _MAX_BUNDLE_BYTES)
    thumbprint, public_key, signed_header, signature = _read_detached_signature(folder, name)
    if thumbprint != key:
        raise VerificationError(f"{name} is signed by another key than the one given: by {thumbprint}")
    payload = base64.urlsafe_b64encode(document).rstrip(b"=")
    if not _is_ed25519_signature(public_key, signature, signed_header + b"." + payload):
        raise VerificationError(f"{name} is not what that key signed")
    stated = _parse_object(document)
    if stated.get("format") != form:
        raise VerificationError(f"{name} is of another format")
    return stated, document


def _verify_letter(folder: Path, key: str, stated: Mapping[str, object]) -> None:
    """Verify that the folder has the letter that answers.json names, and no other. Raises VerificationError."""
    if "letter_sha256" not in stated:
        if any(os.path.lexists(folder / name) for name in _LETTER_FILES):
            raise VerificationError("the folder has a letter, and answers.json names none")
        return
    letter, document = _parse_signed_object(folder, "letter.json", "comity-letter-1", key)
    if hashlib.sha256(document).hexdigest() != stated["letter_sha256"]:
        raise VerificationError("letter.json is not the letter to these answers: its hash is another")
    text = _read_file(folder, "letter.md", _MAX_BUNDLE_BYTES)
    if hashlib.sha256(text).hexdigest() != letter.get("text_sha256"):
        raise VerificationError("letter.md is not the text that was signed: its hash is another")


def _read_detached_signature(folder: Path, name: str) -> tuple[str, bytes, bytes, bytes]:
    """Return what `_parse_detached_signature` finds in the signature of a file. Raises VerificationError."""
    content = _read_file(folder, f"{name}.jws", _MAX_NOTE_BYTES)
    try:
        return _parse_detached_signature(content)
    except VerificationError as error:
        raise VerificationError(f"{name}.jws: {error}") from None


def _parse_detached_signature(content: bytes) -> tuple[str, bytes, bytes, bytes]:
    """Return thumbprint and public key in a detached JWS, its encoded header and the signature."""
    encoded_header, _, encoded_signature = content.strip().partition(b"..")
    header = _parse_object(_decode_base64url(encoded_header))
    jwk = header.get("jwk")
    members = jwk if isinstance(jwk, dict) else {}
    kinds, x = [header.get("alg"), members.get("kty"), members.get("crv")], members.get("x")
    is_known = kinds in (["Ed25519", "OKP", "Ed25519"], ["EdDSA", "OKP", "Ed25519"]) and "crit" not in header
    if not is_known or not isinstance(x, str):
        raise VerificationError("it is not a detached signature with an Ed25519 key")
    encoded_key = x.encode(errors="replace")
    public_key = _decode_base64url(encoded_key)
    digest = hashlib.sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%b"}' % encoded_key).digest()  # RFC 7638, RFC 8037
    thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return thumbprint, public_key, encoded_header, _decode_base64url(encoded_signature)


def _decode_base64url(text: bytes) -> bytes:
    """Decode base64url without padding. Raises VerificationError for any spelling that an encoder would not write."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        data = b""
    if base64.urlsafe_b64encode(data).rstrip(b"=") != text:
        raise VerificationError("it is not base64url")
    return data


def _parse_object(text: bytes) -> dict[str, object]:
    """Return a JSON object without a repeated member. Raises VerificationError."""

    def build(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member is repeated")
        return dict(pairs)

    try:
        members = json.loads(text, object_pairs_hook=build)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise VerificationError("a part of the signed answers is not one JSON object")
    return members


def _verify_answers_file(content: bytes, stated: Mapping[str, object]) -> None:
    """Verify that answers.csv is the file that answers.json names. Raises VerificationError."""
    if hashlib.sha256(content).hexdigest() != stated.get("answers_sha256"):
        raise VerificationError("answers.csv is not the file that was signed: its hash is another")
    lines = content.decode(errors="replace").split("\n")[1:-1]
    codes = [line.partition(",")[2].partition(",")[0] for line in lines]
    counts = {code: codes.count(code) for code in _ANSWER_CODES if code in codes}
    if (len(lines), counts) != (stated.get("rows"), stated.get("counts")):
        raise VerificationError("answers.csv and answers.json do not have the same rows and codes")


def _verify_release_entry(receipt: Receipt, stated: Mapping[str, object], trust: TrustPolicy) -> None:
    """Verify that the receipt's entry is the release that answers.json states. Raises VerificationError."""
    if receipt.leaf is None:
        raise VerificationError("the receipt does not carry its entry")
    entry = _parse_object(receipt.leaf)
    if stated.get("release_entry") != receipt.index:
        raise VerificationError("the receipt is of another entry than answers.json names")
    if open_checkpoint(str(stated.get("checkpoint")).encode(errors="replace"), trust) != receipt.checkpoint:
        raise VerificationError("the receipt and answers.json have different checkpoints")
    salt, name = (
        stated.get("ledger_batch_salt"),
        {"batch_id": stated.get("batch_id"), "requester": stated.get("requester")},
    )
    canonical = json.dumps(name, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(errors="replace")
    is_named = salt is None or (
        isinstance(salt, str)
        and re.fullmatch("[0-9a-f]{64}", salt) is not None
        and hashlib.sha256(bytes.fromhex(salt) + canonical).hexdigest() == stated.get("ledger_batch")
    )
    expected = {
        "kind": "release",
        "batch": stated.get("ledger_batch", stated.get("batch_id")),
        "rows": stated.get("rows"),
        "law": stated.get("law"),
        "orders": stated.get("orders_consulted"),
        "rehearsal": stated.get("rehearsal"),
    }
    wrong = [name for name, value in expected.items() if name not in entry or entry[name] != value]
    if entry.get("agreement") not in (None, stated.get("agreement")):
        wrong.append("agreement")
    if not is_named:
        wrong.append("name of the batch")
    if wrong:
        raise VerificationError(f"the entry of the receipt differs from answers.json: {', '.join(wrong)}")
    if stated.get("rehearsal") is not False:
        raise RehearsedAnswersError(
            "every signature, hash and proof of the folder holds; but the answers are of a rehearsal, and nobody may "
            "use them"
        )


# Hashes (RFC 9162 section 2.1).


def _hash_leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _hash_leaves(entries: Iterable[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def _hash_pairs(row: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


def _compute_root(row: Sequence[bytes]) -> bytes:
    """Return the root hash over a row of nodes (section 2.1.1; a last node without a sibling moves up as it is)."""
    if not row:
        return hashlib.sha256(b"").digest()
    while len(row) > 1:
        row = [*_hash_pairs(row), *row[len(row) - len(row) % 2 :]]
    return row[0]


def _root_from_inclusion_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root hash that a proof leads to (section 2.1.3.2); nothing when it is too long or too short."""
    node, last = leaf, size - 1
    for sibling in proof:
        if last == 0:
            return b""
        if index & 1 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return b"" if last else node


# Files.


def load_file(path: Path) -> bytes:
    """Read a file that a person named: a plain one of at most a megabyte. Raises VerificationError."""
    return _read_file(path.parent, path.name, _MAX_NOTE_BYTES)


def _read_file(folder: Path, name: str, limit: int) -> bytes:
    """Read a plain file of at most `limit` bytes. Raises VerificationError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)  # opening a pipe must not block
    try:
        handle = os.open(f"{folder}/{name}", flags)
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            os.close(handle)
            raise VerificationError(f"{name} is not a plain file")
        with os.fdopen(handle, "rb") as file:
            data = file.read(min(status.st_size, limit) + 1)
    except (OSError, ValueError):
        raise VerificationError(f"{name} is missing, or cannot be read") from None
    if len(data) > limit:
        raise VerificationError(f"{name} is longer than it may be")
    return data


def _list_files(folder: Path) -> Iterator[str]:
    """List every file below the folder, except what begins with a dot at its top (a web server's, a copy tool's).

    Raises VerificationError at a symbolic link, with which a folder could be made endless, and where a folder cannot
    be listed.
    """
    folders_left = [""]
    while folders_left:
        subfolder = folders_left.pop()
        try:
            with os.scandir(f"{folder}/{subfolder}") as listing:
                items = list(listing)
        except OSError:
            subject = ascii(subfolder[:200]) if subfolder else "the folder"
            raise VerificationError(f"{subject} cannot be listed") from None
        for item in items:
            name = f"{subfolder}/{item.name}" if subfolder else item.name
            if name.startswith("."):
                continue
            if item.is_symlink():
                raise VerificationError(f"{name!a} is a symbolic link: what it leads to may be another tomorrow")
            if item.is_dir(follow_symlinks=False):
                folders_left.append(name)
            else:
                yield name


# Section 2: diagnosis of a log that did not verify. Nothing here can make a log true: it only names what is wrong, all
# of it, and says which side is wrong where entries and tiles disagree and the signed root hash tells.

_MAX_MIXED_TILES = 8  # so many tiles that disagree are tried in every mixture of their two sides


class _TooManyFindingsError(Exception):
    """So much is wrong that naming more would not help."""


def _diagnose_log(
    folder: Path, trust: TrustPolicy, evidence: tuple[Mapping[str, bytes], Mapping[str, bytes]], first_error: str
) -> VerificationReport:
    """Report everything that is wrong with a log, receipts and kept checkpoints; at least the first error."""
    report, (receipts, earlier) = VerificationReport(), evidence
    try:
        checkpoint = open_checkpoint(_read_file(folder, "checkpoint", _MAX_NOTE_BYTES), trust)
        diagnosis = _Diagnosis(folder, checkpoint, report.findings)
        diagnosis.run()
        if trust.reads_entries and not report.findings:  # else it would speak of entries that were not signed
            diagnosis.check_entries()
        report.entry_count, report.root = checkpoint.size, checkpoint.root
        for name, content in receipts.items():
            diagnosis.check_receipt(name, content, trust)
            report.receipt_count += 1
        for name, content in earlier.items():
            diagnosis.check_earlier_checkpoint(name, content, trust)
    except VerificationError as error:
        report.findings.append(str(error))
    except _TooManyFindingsError:
        report.findings.append(f"stopped after {MAX_FINDINGS} findings: there may be more")
    if not report.findings:
        report.findings.append(first_error)
    return report


class _Sides(NamedTuple):
    """The hashes of a tile of level 0: as its entries have them, and as the tile's file has them."""

    by_entries: list[bytes]
    by_tile: list[bytes]


@dataclass
class _RepairedLog(PublishedLog):
    """The log as it ought to be, as far as the evidence tells."""

    repaired: dict[int, list[bytes]] = field(default_factory=dict)  # tile -> its hashes, where its file is wrong

    def leaf_hashes(self, index: int) -> list[bytes]:
        """Return the hashes of a tile of level 0: the file's, unless the file was found wrong."""
        return self.repaired[index] if index in self.repaired else super().leaf_hashes(index)


class _Diagnosis:
    """One pass over the entries and level 0, then the levels above, then the other files and the receipts."""

    def __init__(self, folder: Path, checkpoint: Checkpoint, findings: list[str]) -> None:
        self.folder, self.size, self.findings = folder, checkpoint.size, findings
        self.log = _RepairedLog(folder, checkpoint, [])
        self.roots_by_entries: list[bytes] = []  # the root of each tile of level 0, as the entries say
        self.roots_by_tiles: list[bytes] = []  # and as the stored hashes say
        self.mismatched_tiles: dict[int, _Sides] = {}
        self.is_consistent = True  # whether the entries, repaired where one side is wrong, lead to the signed root

    def report(self, finding: str) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAX_FINDINGS:
            raise _TooManyFindingsError

    def read_or_report(self, name: str, limit: int) -> bytes | None:
        try:
            return _read_file(self.folder, name, limit)
        except VerificationError as error:
            self.report(str(error))
            return None

    def run(self) -> None:
        names = sorted(_list_files(self.folder))
        for index in range(_tile_count(self.size)):
            self.check_leaf_tile(index, _width_at(0, index, self.size))
        self.log.tile_roots = self.attribute_fault()
        if self.is_consistent:
            self.check_upper_levels()
        for name in names:
            self.check_other_file(name)

    def check_entries(self) -> None:
        """Report every entry that the format does not allow, of a log whose entries are those that were signed."""
        reader = _EntryReader()
        for index in range(_tile_count(self.size)):
            for fault in reader.find_faults(_verify_leaf_tile(self.folder, index, self.size)[0]):
                self.report(fault)
        for fault in reader.find_missing_release():
            self.report(fault)

    def check_leaf_tile(self, index: int, width: int) -> None:
        """Read both sides of a tile of level 0, and note where they disagree."""
        tile = self.read_or_report(_format_tile_path(0, index, width), _MAX_TILE_BYTES)
        if tile is not None and len(tile) != _HASH_SIZE * width:
            self.report_width(_format_tile_path(0, index, width), tile, width)
            tile = None
        bundle = self.read_or_report(_format_tile_path(_ENTRIES_LEVEL, index, width), _MAX_BUNDLE_BYTES)
        by_entries = None if bundle is None else self.hash_bundle(index, width, bundle, tile)
        by_tile = None if tile is None else _split_hashes(tile)
        if by_tile is None:
            self.log.repaired[index] = by_entries or []
        sides = _Sides(by_entries or by_tile or [], by_tile or by_entries or [])
        self.is_consistent = self.is_consistent and bool(sides.by_entries)
        self.roots_by_entries.append(_compute_root(sides.by_entries))
        self.roots_by_tiles.append(_compute_root(sides.by_tile))
        if sides.by_entries != sides.by_tile:
            self.mismatched_tiles[index] = sides

    def hash_bundle(self, index: int, width: int, bundle: bytes, tile: bytes | None) -> list[bytes] | None:
        """Return the hashes of a bundle's entries, or None where it cannot be told where entries begin."""
        name = _format_tile_path(_ENTRIES_LEVEL, index, width)
        entries = _unpack_bundle(bundle)
        if entries is not None and len(entries) == width:
            hashes = _hash_leaves(entries)
            if tile is None or b"".join(hashes) == tile:
                return hashes
        if tile is None:
            self.report(f"{name} is not {width} entries, one after another")
            return None
        return self.resync(name, index * _TILE_WIDTH, bundle, _split_hashes(tile))

    def resync(self, name: str, first: int, bundle: bytes, expected: Sequence[bytes]) -> list[bytes] | None:
        """Read a damaged bundle with the help of its tile's hashes; report a length that is wrong."""
        hashes: list[bytes] = []
        start = 0
        for number, expected_hash in enumerate(expected):
            length = int.from_bytes(bundle[start : start + 2])
            stop = start + 2 + length
            actual_hash = _hash_leaf(bundle[start + 2 : stop])
            is_as_expected = actual_hash == expected_hash and stop <= len(bundle)
            if not is_as_expected and not _resyncs_at(bundle, stop, expected[number + 1 : number + 2]):
                true_length = _find_entry_length(bundle[start + 2 :], expected_hash)
                if true_length is None:
                    self.report(f"{name}: entry {first + number} cannot be read, nor those after it")
                    return None
                self.report(f"{name}: the length of entry {first + number} is given as {length}, and is {true_length}")
                stop, actual_hash = start + 2 + true_length, expected_hash
            hashes.append(actual_hash)
            start = stop
        if start != len(bundle):
            self.report(f"{name} goes on after entry {first + len(expected) - 1}, its last")
        return hashes

    def attribute_fault(self) -> list[bytes]:
        """Report which side is wrong where entries and tiles disagree; return the roots of level 0 to go by."""
        if not self.is_consistent:
            return self.roots_by_entries
        signed_root = self.log.checkpoint.root
        right_roots = next((roots for roots in self.candidate_roots() if _compute_root(roots) == signed_root), None)
        self.is_consistent = right_roots is not None
        if right_roots is None and not self.mismatched_tiles and not self.findings:
            self.report(f"entries and tiles agree, but the checkpoint signs another root hash over {self.size} entries")
        for index, sides in self.mismatched_tiles.items():
            are_entries_right = right_roots is not None and right_roots[index] == self.roots_by_entries[index]
            self.log.repaired[index] = sides.by_entries if are_entries_right else sides.by_tile
            self.report_mismatches(index, sides, are_entries_right=None if right_roots is None else are_entries_right)
        return right_roots or self.roots_by_entries

    def candidate_roots(self) -> Iterator[list[bytes]]:
        """Yield roots of level 0 that may be the right ones: one side's, or each mixture where few tiles differ."""
        yield self.roots_by_entries
        yield self.roots_by_tiles
        if len(self.mismatched_tiles) <= _MAX_MIXED_TILES:
            for sides in product((self.roots_by_entries, self.roots_by_tiles), repeat=len(self.mismatched_tiles)):
                mixture = list(self.roots_by_entries)
                for index, side in zip(self.mismatched_tiles, sides, strict=True):
                    mixture[index] = side[index]
                yield mixture

    def report_mismatches(self, index: int, sides: _Sides, *, are_entries_right: bool | None) -> None:
        """Report each hash of a tile on which the two sides disagree."""
        tile_name = _format_tile_path(0, index, len(sides.by_entries))
        for number, (by_entries, by_tile) in enumerate(zip(*sides, strict=True)):
            if by_entries == by_tile:
                continue
            entry, hash_name = index * _TILE_WIDTH + number, f"{tile_name}: hash {number}"
            if are_entries_right is None:
                self.report(f"entry {entry} and {hash_name} disagree, and neither side leads to the signed root hash")
            elif are_entries_right:
                self.report(f"{hash_name} is not the hash of entry {entry}")
            else:
                self.report(f"entry {entry} is not what was signed")

    def check_upper_levels(self) -> None:
        """Compare the tiles above level 0 with the tiles below them."""
        for level, row in self.log.upper_levels.items():
            for index in range(_tile_count(len(row))):
                expected = row[index * _TILE_WIDTH : (index + 1) * _TILE_WIDTH]
                name = _format_tile_path(level, index, len(expected))
                tile = self.read_or_report(name, _MAX_TILE_BYTES)
                if tile is not None:
                    self.compare_tile(
                        name, _TilePath(is_bundle=False, level=level, index=index, width=len(expected)), tile, expected
                    )

    def compare_tile(self, name: str, path: _TilePath, tile: bytes, expected: Sequence[bytes]) -> None:
        """Report each hash of a tile that is not the expected one."""
        if len(tile) != _HASH_SIZE * len(expected):
            self.report_width(name, tile, len(expected))
            return
        span = _TILE_WIDTH**path.level
        for number, (actual_hash, expected_hash) in enumerate(zip(_split_hashes(tile), expected, strict=True)):
            if actual_hash != expected_hash:
                first = (path.index * _TILE_WIDTH + number) * span
                subject = (
                    f"the hash of entry {first}"
                    if path.level == 0
                    else f"the root of entries {first} to {first + span - 1}"
                )
                self.report(f"{name}: hash {number} is not {subject}")

    def report_width(self, name: str, tile: bytes, width: int) -> None:
        self.report(f"{name} has {len(tile)} bytes, not {_HASH_SIZE * width}: it holds {width} hashes")

    def check_other_file(self, name: str) -> None:
        """Report a file that does not belong, and what is wrong in a superseded partial tile."""
        if name == "checkpoint":
            return
        path = _parse_tile_path(name)
        if path is None or path.width > path.width_at(self.size):
            self.report(_describe_foreign_file(name, path))
        elif path.width < path.width_at(self.size) and self.is_consistent:
            self.check_superseded_tile(name, path)

    def check_superseded_tile(self, name: str, path: _TilePath) -> None:
        data = self.read_or_report(name, _MAX_BUNDLE_BYTES if path.is_bundle else _MAX_TILE_BYTES)
        if data is None:
            return
        expected = self.log.expected_hashes(path)
        if not path.is_bundle:
            self.compare_tile(name, path, data, expected)
            return
        first = path.index * _TILE_WIDTH
        actual = self.resync(name, first, data, expected) or expected
        for entry, (actual_hash, expected_hash) in enumerate(zip(actual, expected, strict=True), first):
            if actual_hash != expected_hash:
                self.report(f"{name}: entry {entry} is not what was signed")

    def check_receipt(self, name: str, content: bytes, trust: TrustPolicy) -> None:
        """Report what is wrong with a receipt, as far as it can be compared with the log."""
        try:
            self.verify_receipt(open_receipt(content, trust))
        except VerificationError as error:
            self.report(f"receipt {name}: {error}")

    def check_earlier_checkpoint(self, name: str, content: bytes, trust: TrustPolicy) -> None:
        """Report what is wrong with a kept checkpoint, as far as it can be compared with the log."""
        try:
            self.verify_earlier_checkpoint(open_earlier_checkpoint(content, trust))
        except VerificationError as error:
            self.report(f"checkpoint {name}: {error}")

    def verify_earlier_checkpoint(self, earlier: Checkpoint) -> None:
        if earlier.size <= self.size and not self.is_consistent:
            raise VerificationError("it cannot be compared, because of what is wrong with the log")
        verify_extension(earlier, self.log)

    def verify_receipt(self, receipt: Receipt) -> None:
        if receipt.checkpoint.size <= self.size and not self.is_consistent:
            raise VerificationError(
                f"entry {receipt.index}: it cannot be compared, because of what is wrong with the log"
            )
        verify_receipt(receipt, self.log)


def _resyncs_at(bundle: bytes, start: int, next_hash: Sequence[bytes]) -> bool:
    """Return whether the bundle can be read from here: the next entry is the expected one, or the bundle ends."""
    if not next_hash:
        return start == len(bundle)
    stop = start + 2 + int.from_bytes(bundle[start : start + 2])
    return stop <= len(bundle) and _hash_leaf(bundle[start + 2 : stop]) == next_hash[0]


def _find_entry_length(data: bytes, expected_hash: bytes) -> int | None:
    """Return how many bytes from the start of `data` make the entry with this hash; None when no number does."""
    digest = hashlib.sha256(b"\x00")
    for length in range(min(len(data), 0xFFFF) + 1):
        if digest.digest() == expected_hash:
            return length
        digest.update(data[length : length + 1])
    return None


# Section 3: the command.


def _join_answers_key(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--answers-key THUMBPRINT` as one word, `--answers-key=THUMBPRINT`.

    One thumbprint in 64 starts with a dash (base64url, RFC 4648 section 5), and argparse would take it for an option.
    """
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--answers-key":
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checker; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="comity-ledger-verify",
        description="Check a published ledger offline. Prints `true`, or what is wrong, one finding a line; "
        "`not known` when what was given cannot show it.",
        epilog=f"Exit codes: {EXIT_OK} true, {EXIT_USAGE} asked wrongly, {EXIT_REFUSED} sound, but answers of a "
        f"rehearsal, which nobody may use, {EXIT_INTEGRITY} something is wrong.",
    )
    parser.add_argument("folder", type=Path, nargs="?", help="the published ledger: `checkpoint` and `tile`")
    parser.add_argument(
        "--key", "--vkey", action="append", required=True, help="a key of the log: a vkey, or a file of them"
    )
    parser.add_argument("--origin", default="", help="the log's origin, if it is not the key's name")
    parser.add_argument("--receipt", action="append", default=[], type=Path, help="also check this receipt")
    checkpoint_help = (
        "a checkpoint that you kept: nothing below it may have been left out; without a folder, give two or more"
    )
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, help=checkpoint_help)
    parser.add_argument("--answers", action="append", default=[], type=Path, help="also check this folder of answers")
    parser.add_argument("--answers-key", default="", help="the thumbprint of the custodian's key for answers")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key: a vkey, or a file of them")
    parser.add_argument("--quorum", type=int, help="how many of the witnesses must have cosigned; default: all")
    parser.add_argument("--tree-only", action="store_true", help="of a log that is not Comity's: check its tree alone")
    parser.add_argument("--handover", action="append", default=[], type=Path, help="the receipt of a key's handover")
    options = parser.parse_args(_join_answers_key(sys.argv[1:] if arguments is None else arguments))
    try:
        _verify_usage(options)
        witnesses = _load_vkeys(options.witness, _COSIGNATURE_TYPE)
        quorum = len(witnesses) if options.quorum is None else options.quorum
        keys = _load_vkeys(options.key, _ED25519_TYPE)
        trust = TrustPolicy(keys, witnesses, quorum, options.origin, reads_entries=not options.tree_only)
        for path in options.handover:
            trust = follow_handover(load_file(path), trust)
        receipts = {str(path): load_file(path) for path in options.receipt}
        earlier = {str(path): load_file(path) for path in options.checkpoint}
    except VerificationError as error:
        _print_lines(sys.stderr, [f"comity-ledger-verify: {error}"])
        return EXIT_USAGE
    report = (
        VerificationReport(compare_checkpoints(earlier, trust))
        if options.folder is None
        else check_log(options.folder, trust, receipts, earlier)
    )
    faults, rehearsals = check_answers(options.answers, options.answers_key, trust, report.log)
    findings = [*report.findings, *faults]
    if findings or not rehearsals:
        _print_lines(sys.stdout, [*findings, *rehearsals] or [_format_result(options, report)])
        return EXIT_INTEGRITY if findings else EXIT_OK
    _print_lines(sys.stdout, rehearsals)
    return EXIT_REFUSED


def _verify_usage(options: argparse.Namespace) -> None:
    """Raise VerificationError when nothing can be verified with these options, or not what they ask for."""
    if not HAS_ED25519:
        raise VerificationError(
            "this Python lacks the package `cryptography`, with which signatures are verified: pip install cryptography"
        )
    if options.folder is None and (options.receipt or len(options.checkpoint) == 1):
        raise VerificationError(
            "a receipt, or a single checkpoint, is compared with a published ledger: name its folder"
        )
    if options.folder is None and not (options.checkpoint or options.answers):
        raise VerificationError("name the folder of a published ledger, two checkpoints, or a folder of answers")
    folders = [*options.answers, *([] if options.folder is None else [options.folder])]
    if absent := [str(folder) for folder in folders if not folder.is_dir()]:
        raise VerificationError(f"there is no folder {', '.join(absent)}, so that nothing was verified: name another")
    if options.answers_key and not is_thumbprint(options.answers_key):
        raise VerificationError(
            "what --answers-key gives is not a thumbprint of a key (43 letters, digits, - and _), so that no answers "
            "were verified: give the one that the custodian announced"
        )
    if options.answers and not options.answers_key:
        named = ", ".join(sorted({read_answers_key(folder) for folder in options.answers}))
        raise VerificationError(
            "answers are checked against the custodian's key for answers: give its thumbprint with --answers-key. They "
            f"name {named}: compare that with what the custodian announced before you trust it"
        )


def _format_result(options: argparse.Namespace, report: VerificationReport) -> str:
    """Return the line to print when everything that was asked for verified; `true: ` if all of it was answered."""
    answers = format_answers(len(options.answers), has_log=options.folder is not None) if options.answers else ""
    if options.folder is not None:
        return format_summary(report) + (f"; {answers}" if answers else "")
    if not options.checkpoint:
        return f"true: {answers}"
    return (
        f"not known: whether the larger of these {len(options.checkpoint)} checkpoints extends the smaller; the "
        "published ledger shows that, so name its folder. Each is signed, and no two sign one size differently"
        + (f". true: {answers}" if answers else "")
    )


def format_answers(count: int, *, has_log: bool) -> str:
    """Return the words about folders of answers that verified, against the log or by their receipts alone."""
    folders = _count_things(count, "folder", "folders")
    verb, its = ("agrees", "its receipt") if count == 1 else ("agree", "their receipts")
    if has_log:
        return f"{folders} of answers, with {its}, {verb} with the log"
    return f"{folders} of answers {verb} with {its} alone, as no published ledger was named"


def format_summary(report: VerificationReport) -> str:
    """Return the line to print for a log that verified; receipts are counted that were given by themselves."""
    counts = _count_things(report.entry_count, "entry", "entries")
    counts += f" and {_count_things(report.receipt_count, 'receipt', 'receipts')}" if report.receipt_count else ""
    verb = "agrees" if report.entry_count == 1 and not report.receipt_count else "agree"
    earlier = ", ".join(f"{size:,}" for size in report.earlier_sizes)
    kept = "checkpoint" if len(report.earlier_sizes) == 1 else "checkpoints"
    extends = f"; nothing is left out since the kept {kept} of {earlier} entries" if earlier else ""
    return f"true: {counts} {verb} with the signed root hash {base64.b64encode(report.root).decode()}{extends}"


def _count_things(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _load_vkeys(keys_or_files: Iterable[str], signature_type: int) -> list[Vkey]:
    texts = [item if "+" in item else load_file(Path(item)).decode(errors="replace") for item in keys_or_files]
    return [key for text in texts for key in parse_vkeys(text, signature_type)]


def _print_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Print lines; a character of a key's name or a path that the terminal cannot show is escaped."""
    encoding = stream.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def run() -> None:
    """Run the console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
