"""Check a published Comity ledger: a folder of tiles, its checkpoint, and receipts, against keys that one trusts.

    comity-ledger-verify public --key public.vkey --receipt answers/receipt.tlog-proof

Says `true`, or exactly what is wrong: which entry, which hash of which tile, which receipt; where the evidence does not
tell which of two is wrong, it names both. Ends with 0 when true, 5 when anything is wrong, 2 when asked wrongly.

Guarantees: every entry is read and hashed; every hash of every tile (superseded partial tiles too), the checkpoint's
signature, origin, size and root hash, and every receipt must agree; a file that does not belong there is a fault; of a
known key a wrong signature refuses the note even when another is good; files are read up to what they may be at most,
and no symbolic link in the folder is followed.
Does not: prove that the custodian shows everybody the same log (that takes `--witness`), or open commitments.
Basis: RFC 9162 section 2.1; C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-cosignature.

This one file is the whole checker. It needs the standard library and Ed25519 from `cryptography`, nothing else of
Comity, and shares no code with the programs that write the ledger: two implementations must agree.
Start at `check_log`.
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
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TextIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EXIT_OK, EXIT_USAGE, EXIT_INTEGRITY = 0, 2, 5
MAX_FINDINGS = 50
_MAX_MIXED_TILES = 8
_TILE_WIDTH = 256
_MAX_NOTE_BYTES, _MAX_TILE_BYTES, _MAX_BUNDLE_BYTES = 1_000_000, 32 * _TILE_WIDTH, (2 + 0xFFFF) * _TILE_WIDTH
_INT63_LIMIT = 1 << 63  # no size, index or time is as large
_ED25519_TYPE, _COSIGNATURE_TYPE = (
    1,
    4,
)  # signature types: Ed25519 over the text; Ed25519 cosignature/v1 over time and text
_NUMBER_PATTERN = re.compile(r"0|[1-9][0-9]{0,18}")
_TILE_PATH_PATTERN = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class VerificationError(Exception):
    """One finding."""


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: a log's (type 1) or a witness's (type 4)."""

    name: str
    signature_type: int
    public_key: bytes

    @classmethod
    def parse(cls, vkey: str) -> "Vkey":
        """Read `name+id+base64`. Raises Wrong."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = _decode_base64(encoded)
        if (
            not _is_key_name(name)
            or material is None
            or len(material) != 33
            or material[0] not in {_ED25519_TYPE, _COSIGNATURE_TYPE}
        ):
            raise VerificationError(
                "a key cannot be read: it must be one line, name+8 hexadecimal digits+base64, of an Ed25519 key"
            )
        key = cls(name, material[0], material[1:])
        if key.key_id.hex() != key_id:
            raise VerificationError("a key cannot be read: its id is not its own")
        return key

    @property
    def key_id(self) -> bytes:
        """Four bytes, derived from name, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.signature_type]) + self.public_key).digest()[:4]

    def is_valid_signature(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature, as it stands on the line, is this key's over this text."""
        if self.signature_type == _COSIGNATURE_TYPE:
            at, signature = int.from_bytes(signature[:8]), signature[8:]
            if at >= _INT63_LIMIT:
                return False
            text = b"cosignature/v1\ntime %d\n" % at + text
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What the person who checks knows beforehand: the log's keys, and how many of which witnesses must have signed."""

    log_keys: Sequence[Vkey]
    witnesses: Sequence[Vkey] = ()
    quorum: int = 0
    origin: str = ""

    def __post_init__(self) -> None:
        if self.quorum < 0:
            raise VerificationError("a quorum is a number from 0 on")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was opened."""

    size: int
    root: bytes


@dataclass(slots=True)
class VerificationReport:
    """What was checked, and what is wrong; nothing is when `findings` is empty."""

    findings: list[str] = field(default_factory=list)
    entry_count: int = 0
    root: bytes = b""
    receipt_count: int = 0


def check_log(folder: Path, trust: TrustPolicy, receipts: Mapping[str, bytes] | None = None) -> VerificationReport:
    """Check a published log, and receipts (name -> content) against it; never raises for what the files say."""
    report = VerificationReport()
    try:
        head = open_checkpoint(_read_file(folder, "checkpoint", _MAX_NOTE_BYTES), trust)
        audit = _LogAudit(folder, head.size, head.root, report.findings)
        audit.run()
        report.entry_count, report.root = head.size, head.root
        for name, content in (receipts or {}).items():
            try:
                audit.check_receipt(content, trust)
            except VerificationError as wrong:
                audit.report(f"receipt {name}: {wrong}")
            report.receipt_count += 1
    except VerificationError as wrong:
        report.findings.append(str(wrong))
    except _TooManyFindings:
        report.findings.append(f"stopped after {MAX_FINDINGS} findings: there may be more")
    return report


# Notes and checkpoints.


def open_checkpoint(note: bytes, trust: TrustPolicy) -> Checkpoint:
    """Check a signed checkpoint's form, signatures, witnesses and origin. Raises Wrong."""
    text = _open_note(note, trust)
    origin, _, rest = text.removesuffix("\n").partition("\n")
    if origin != (trust.origin or trust.log_keys[0].name):
        raise VerificationError("the checkpoint is of another log: its origin is not the one expected")
    size, _, rest = rest.partition("\n")
    encoded, *extensions = rest.split("\n")
    root = _decode_base64(encoded)
    if _parse_number(size) is None or root is None or len(root) != 32 or "" in extensions:
        raise VerificationError("the checkpoint's size or root hash is malformed")
    if size == "0" and root != _compute_root([]):
        raise VerificationError("the checkpoint signs a root hash that no empty log has")
    return Checkpoint(int(size), root)


def _open_note(note: bytes, trust: TrustPolicy) -> str:
    """The text of a note signed by a key of the log and by enough witnesses."""
    try:
        content = note.decode()
    except UnicodeDecodeError:
        raise VerificationError("the checkpoint is not UTF-8 text") from None
    head, separator, tail = content.rpartition("\n\n")
    lines = tail.removesuffix("\n").split("\n")
    if (
        len(note) > _MAX_NOTE_BYTES
        or not separator
        or not tail.endswith("\n")
        or len(lines) > 100
        or any(letter < " " and letter != "\n" for letter in content)
    ):
        raise VerificationError("the checkpoint is not a signed note: text, an empty line, signature lines")
    known = {(key.name, key.key_id): key for key in (*trust.log_keys, *trust.witnesses)}
    good: set[Vkey] = set()
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        data = _decode_base64(encoded) or b""
        if dash != "\N{EM DASH}" or not _is_key_name(name) or len(data) < 5:
            raise VerificationError("a signature line of the checkpoint is malformed")
        key = known.get((name, data[:4]))
        if key is None:
            continue  # "Verifiers MUST ignore signatures from unknown keys"
        if not key.is_valid_signature((head + "\n").encode(), data[4:]):
            raise VerificationError(f"the checkpoint is not what {name} signed: the signature is wrong")
        good.add(key)
    if not good.intersection(trust.log_keys):
        raise VerificationError("no known key of the log signed the checkpoint")
    witnessed = len({key.public_key for key in good.intersection(trust.witnesses)})
    if witnessed < trust.quorum:
        raise VerificationError(f"{witnessed} known witnesses cosigned the checkpoint, {trust.quorum} must have")
    return head + "\n"


def _decode_base64(text: str) -> bytes | None:
    """Standard base64, spelled as an encoder would; None for any other spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def _parse_number(text: str) -> int | None:
    """A decimal number of up to 63 bits without leading zeros, or None."""
    return int(text) if _NUMBER_PATTERN.fullmatch(text) and int(text) < _INT63_LIMIT else None


def _is_key_name(name: str) -> bool:
    if not name or "+" in name or any(letter.isspace() or letter < " " for letter in name):
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in name)  # what the shell gives for bytes that are no text


# The tree.


def _hash_leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _hash_pairs(row: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


def _compute_root(row: Sequence[bytes]) -> bytes:
    """The root hash over a row of nodes (RFC 9162 section 2.1.1; a last node without a sibling moves up as it is)."""
    if not row:
        return hashlib.sha256(b"").digest()
    while len(row) > 1:
        row = [*_hash_pairs(row), *row[len(row) - len(row) % 2 :]]
    return row[0]


def _root_from_inclusion_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root hash that an inclusion proof leads to (RFC 9162 section 2.1.3.2); none if it is too long or short."""
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


# The folder.


def _format_tile_path(level: int | str, index: int, width: int = _TILE_WIDTH) -> str:
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{place}" + ("" if width == _TILE_WIDTH else f".p/{width}")


def _read_file(folder: Path, name: str, limit: int) -> bytes:
    """A file, if it is a plain one of at most `limit` bytes. Raises Wrong."""
    try:
        handle = os.open(
            f"{folder}/{name}", os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
        )  # a pipe must not keep us waiting
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            os.close(handle)
            raise VerificationError(f"{name} is not a plain file")
        with os.fdopen(handle, "rb") as file:
            data = file.read(min(about.st_size, limit) + 1)
    except (OSError, ValueError):
        raise VerificationError(f"{name} is missing, or cannot be read") from None
    if len(data) > limit:
        raise VerificationError(f"{name} is longer than it may be")
    return data


def load_file(path: Path) -> bytes:
    """A file that a person named, if it is a plain one of at most a megabyte. Raises Wrong."""
    return _read_file(path.parent, path.name, _MAX_NOTE_BYTES)


def _split_hashes(tile: bytes) -> list[bytes]:
    return [tile[at : at + 32] for at in range(0, len(tile), 32)]


def _unpack_bundle(bundle: bytes) -> list[bytes] | None:
    """The entries of a bundle, each after its length in two bytes; None when it ends within one."""
    entries, at, end = [], 0, len(bundle)
    while at + 2 <= end:
        stop = at + 2 + (bundle[at] << 8 | bundle[at + 1])
        entries.append(bundle[at + 2 : stop])
        at = stop
    return entries if at == end else None


class _TooManyFindings(Exception):  # noqa: N818
    """So much is wrong that naming more would not help."""


@dataclass
class _LogAudit:
    """One pass over the entries and level 0, then the levels above, then whatever else lies in the folder."""

    folder: Path
    size: int
    signed_root: bytes
    findings: list[str]
    roots_by_entries: list[bytes] = field(default_factory=list)  # the root of each level 0 tile, as the entries say
    roots_by_tiles: list[bytes] = field(default_factory=list)  # and as the stored hashes say
    mismatched_tiles: dict[int, tuple[list[bytes], list[bytes]]] = field(
        default_factory=dict
    )  # tile -> both sides' hashes
    repaired: dict[int, list[bytes]] = field(default_factory=dict)  # tile -> its hashes, where the file is not to go by
    is_consistent: bool = True  # whether the entries, mended where one side is wrong, lead to the signed root

    def report(self, finding: str) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAX_FINDINGS:
            raise _TooManyFindings

    def read_or_report(self, name: str, limit: int) -> bytes | None:
        try:
            return _read_file(self.folder, name, limit)
        except VerificationError as wrong:
            self.report(str(wrong))
            return None

    def run(self) -> None:
        names = sorted(_list_files(self.folder))  # first of all: what follows must not be led about by links
        for index in range(-(-self.size // _TILE_WIDTH)):
            self.check_tile(index, min(_TILE_WIDTH, self.size - index * _TILE_WIDTH))
        above = self.check_upper_levels(self.attribute_fault())
        self.check_other_files(names, above)

    def check_tile(self, index: int, width: int) -> None:
        """Hash the entries of one bundle and compare them with the level 0 tile."""
        tile = self.read_or_report(_format_tile_path(0, index, width), _MAX_TILE_BYTES)
        if tile is not None and len(tile) != 32 * width:
            self.report(
                f"{_format_tile_path(0, index, width)} has {len(tile)} bytes, not {32 * width}: it holds {width} hashes"
            )
            tile = None
        bundle = self.read_or_report(_format_tile_path("entries", index, width), _MAX_BUNDLE_BYTES)
        ours = self.hash_bundle(index, width, bundle, tile) if bundle is not None else None
        stored = None if tile is None else _split_hashes(tile)
        if stored is None:
            self.repaired[index] = ours or []
        sides = ours or stored or [], stored or ours or []
        self.is_consistent = self.is_consistent and bool(sides[0])
        self.roots_by_entries.append(_compute_root(sides[0]))
        self.roots_by_tiles.append(self.roots_by_entries[-1] if sides[0] == sides[1] else _compute_root(sides[1]))
        if sides[0] != sides[1]:
            self.mismatched_tiles[index] = sides

    def hash_bundle(self, index: int, width: int, bundle: bytes, tile: bytes | None) -> list[bytes] | None:
        """The hashes of a bundle's entries, or None where they cannot be told apart."""
        name = _format_tile_path("entries", index, width)
        entries = _unpack_bundle(bundle)
        if entries is not None and len(entries) == width:
            sha256 = hashlib.sha256
            hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
            if tile is None or b"".join(hashes) == tile:
                return hashes
        if tile is None:
            self.report(f"{name} is not {width} entries, one after another")
            return None
        return self.resync(name, index * _TILE_WIDTH, bundle, _split_hashes(tile))

    def resync(self, name: str, first: int, bundle: bytes, expected: Sequence[bytes]) -> list[bytes] | None:
        """Read a bundle that something is wrong with, held up against the hashes of its tile; name a wrong length."""
        hashes: list[bytes] = []
        at = 0
        for n, wanted in enumerate(expected):
            length = int.from_bytes(bundle[at : at + 2])
            stop = at + 2 + length
            actual = _hash_leaf(bundle[at + 2 : stop])
            if (actual != wanted or stop > len(bundle)) and not _resyncs_at(bundle, stop, expected[n + 1 : n + 2]):
                found = _find_entry_length(bundle[at + 2 :], wanted)
                if found is None:
                    self.report(f"{name}: entry {first + n} cannot be read, nor those after it")
                    return None
                self.report(f"{name}: the length of entry {first + n} is given as {length}, and is {found}")
                stop, actual = at + 2 + found, wanted
            hashes.append(actual)
            at = stop
        if at != len(bundle):
            self.report(f"{name} goes on after entry {first + len(expected) - 1}, its last")
        return hashes

    def attribute_fault(self) -> list[bytes]:
        """Say which side is wrong where entries and tiles disagree; return the roots of the level 0 tiles to go by."""
        if not self.is_consistent:
            return self.roots_by_entries
        best = next((roots for roots in self.candidate_roots() if _compute_root(roots) == self.signed_root), None)
        self.is_consistent = best is not None
        if best is None and not self.mismatched_tiles and not self.findings:
            self.report(f"entries and tiles agree, but the checkpoint signs another root hash over {self.size} entries")
        for index, sides in self.mismatched_tiles.items():
            are_entries_right = best is not None and best[index] == self.roots_by_entries[index]
            self.repaired[index] = sides[0 if are_entries_right else 1]
            for n, (ours, theirs) in enumerate(zip(*sides, strict=True)):
                if ours == theirs:
                    continue
                entry = index * _TILE_WIDTH + n
                place = f"{_format_tile_path(0, index, len(sides[0]))}: hash {n}"
                if best is None:
                    self.report(f"entry {entry} and {place} disagree, and neither side leads to the signed root hash")
                elif are_entries_right:
                    self.report(f"{place} is not the hash of entry {entry}")
                else:
                    self.report(f"entry {entry} is not what was signed")
        return best or self.roots_by_entries

    def candidate_roots(self) -> Iterator[list[bytes]]:
        """Roots of the level 0 tiles that may be the right ones: one side's, or a mixture where few tiles differ."""
        yield self.roots_by_entries
        yield self.roots_by_tiles
        if len(self.mismatched_tiles) <= _MAX_MIXED_TILES:
            for chosen in product((self.roots_by_entries, self.roots_by_tiles), repeat=len(self.mismatched_tiles)):
                mixed = list(self.roots_by_entries)
                for index, side in zip(self.mismatched_tiles, chosen, strict=True):
                    mixed[index] = side[index]
                yield mixed

    def check_upper_levels(self, roots: list[bytes]) -> dict[int, list[bytes]]:
        """Compare the tiles above level 0 with what lies below them; what ought to stand at each level."""
        self.roots_by_entries = roots
        levels: dict[int, list[bytes]] = {}
        level, row = 1, roots[: self.size >> 8]
        while row and self.is_consistent:
            levels[level] = row
            for index in range(-(-len(row) // _TILE_WIDTH)):
                expected = row[index * _TILE_WIDTH : (index + 1) * _TILE_WIDTH]
                name = _format_tile_path(level, index, len(expected))
                tile = self.read_or_report(name, _MAX_TILE_BYTES)
                if tile is not None:
                    self.compare_tile(name, level, index, tile, expected)
            whole = range(0, len(row) - len(row) % _TILE_WIDTH, _TILE_WIDTH)
            level, row = level + 1, [_compute_root(row[at : at + _TILE_WIDTH]) for at in whole]
        return levels

    def compare_tile(self, name: str, level: int, index: int, tile: bytes, expected: Sequence[bytes]) -> None:
        if len(tile) != 32 * len(expected):
            self.report(f"{name} has {len(tile)} bytes, not {32 * len(expected)}: it holds {len(expected)} hashes")
            return
        reach = _TILE_WIDTH**level
        for n, (theirs, ours) in enumerate(zip(_split_hashes(tile), expected, strict=True)):
            if theirs != ours:
                first = (index * _TILE_WIDTH + n) * reach
                what = (
                    f"the hash of entry {first}"
                    if level == 0
                    else f"the root of entries {first} to {first + reach - 1}"
                )
                self.report(f"{name}: hash {n} is not {what}")

    def check_other_files(self, names: Iterable[str], levels: Mapping[int, list[bytes]]) -> None:
        """Every other file must be a superseded partial tile that agrees with the one that replaced it."""
        counts = {0: self.size, **{level: len(row) for level, row in levels.items()}}
        for name in names:
            if name == "checkpoint":
                continue
            found = _TILE_PATH_PATTERN.fullmatch(name)
            place = (
                (found[1], int(re.sub(r"[x/]", "", found[2])), int(found[3] or _TILE_WIDTH)) if found else ("", 0, 0)
            )
            kind, index, width = place
            level = 0 if kind == "entries" else int(kind or -1)
            now = min(_TILE_WIDTH, counts.get(level, 0) - index * _TILE_WIDTH)
            if width > now or name != _format_tile_path(kind, index, width):
                self.report(f"{name if found else ascii(name)} does not belong to this log")
            elif width < now and self.is_consistent:
                self.check_superseded_tile(name, kind, index, width, levels)

    def check_superseded_tile(
        self, name: str, kind: str, index: int, width: int, levels: Mapping[int, list[bytes]]
    ) -> None:
        data = self.read_or_report(name, _MAX_BUNDLE_BYTES if kind == "entries" else _MAX_TILE_BYTES)
        if data is None:
            return
        if kind not in {"entries", "0"}:
            expected = levels[int(kind)][index * _TILE_WIDTH : index * _TILE_WIDTH + width]
            self.compare_tile(name, int(kind), index, data, expected)
            return
        expected = self.leaf_tile_hashes(index)[:width]
        if kind == "0":
            self.compare_tile(name, 0, index, data, expected)
            return
        for entry, (ours, theirs) in enumerate(
            zip(self.resync(name, index * _TILE_WIDTH, data, expected) or expected, expected, strict=True),
            index * _TILE_WIDTH,
        ):
            if ours != theirs:
                self.report(f"{name}: entry {entry} is not what was signed")

    def check_receipt(self, content: bytes, trust: TrustPolicy) -> None:
        """Check a receipt by itself, then against the log in the folder. Raises Wrong."""
        receipt = open_receipt(content, trust)
        of = f"entry {receipt.index}"
        if receipt.checkpoint.size > self.size:
            raise VerificationError(
                f"{of}: it speaks of {receipt.checkpoint.size} entries, the log has only {self.size}: it was cut off"
            )
        if not self.is_consistent:
            raise VerificationError(f"{of}: it cannot be compared, because of what is wrong with the log")
        full, part = divmod(receipt.checkpoint.size, _TILE_WIDTH)
        row = self.roots_by_entries[:full] + ([_compute_root(self.leaf_tile_hashes(full)[:part])] if part else [])
        if _compute_root(row) != receipt.checkpoint.root:
            raise VerificationError(
                f"{of}: its checkpoint of {receipt.checkpoint.size} entries is of another log than the one in this folder. "
                "The custodian signed two histories: keep both"
            )
        expected = self.leaf_tile_hashes(receipt.index // _TILE_WIDTH)[receipt.index % _TILE_WIDTH]
        if receipt.leaf is not None and _hash_leaf(receipt.leaf) != expected:
            raise VerificationError(f"{of}: it carries another entry than the log has")
        if (
            _root_from_inclusion_proof(expected, receipt.index, receipt.checkpoint.size, receipt.proof)
            != receipt.checkpoint.root
        ):
            raise VerificationError(f"{of}: its proof does not lead to the signed root hash")

    def leaf_tile_hashes(self, index: int) -> list[bytes]:
        """The hashes of a level 0 tile: the file's, unless the file was found wrong."""
        if index in self.repaired:
            return self.repaired[index]
        width = min(_TILE_WIDTH, self.size - index * _TILE_WIDTH)
        return _split_hashes(_read_file(self.folder, _format_tile_path(0, index, width), _MAX_TILE_BYTES))


def _resyncs_at(bundle: bytes, at: int, following: Sequence[bytes]) -> bool:
    """Whether the bundle can be read on from here: the next entry is as expected, or the bundle ends as it should."""
    if not following:
        return at == len(bundle)
    stop = at + 2 + int.from_bytes(bundle[at : at + 2])
    return stop <= len(bundle) and _hash_leaf(bundle[at + 2 : stop]) == following[0]


def _find_entry_length(data: bytes, wanted: bytes) -> int | None:
    """How many bytes from the start of `data` hash to `wanted`."""
    hashed = hashlib.sha256(b"\x00")
    for length in range(min(len(data), 0xFFFF) + 1):
        if hashed.digest() == wanted:
            return length
        hashed.update(data[length : length + 1])
    return None


def _list_files(folder: Path) -> Iterator[str]:
    """Every file below the folder, but for what begins with a dot at its top (a web server's, a copy tool's).

    Raises Wrong at a symbolic link, with which a folder could be made endless, and where a folder cannot be listed.
    """
    left = [""]
    while left:
        place = left.pop()
        try:
            with os.scandir(f"{folder}/{place}") as found:
                items = list(found)
        except OSError:
            raise VerificationError(f"{ascii(place[:200]) if place else 'the folder'} cannot be listed") from None
        for item in items:
            name = f"{place}/{item.name}" if place else item.name
            if name.startswith("."):
                continue
            if item.is_symlink():
                raise VerificationError(f"{name!a} is a symbolic link: what it leads to may be another tomorrow")
            if item.is_dir(follow_symlinks=False):
                left.append(name)
            else:
                yield name


# Receipts and handovers.


@dataclass(frozen=True, slots=True)
class Receipt:
    """A C2SP tlog-proof that holds by itself, if it carries its entry."""

    index: int
    leaf: bytes | None
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


def open_receipt(content: bytes, trust: TrustPolicy) -> Receipt:
    """Read a receipt and check its checkpoint, and its proof if it carries the entry. Raises Wrong."""
    head, separator, note = content[:_MAX_NOTE_BYTES].partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    if len(content) > _MAX_NOTE_BYTES or not separator or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise VerificationError("it does not begin as a tlog-proof")
    extra = lines.pop(0).removeprefix("extra ") if lines and lines[0].startswith("extra ") else None
    word, _, number = (lines.pop(0) if lines else "").partition(" ")
    index = _parse_number(number)
    if word != "index" or index is None:
        raise VerificationError("it has no line that says which entry it is of")
    leaf = None if extra is None else _decode_base64(extra)
    proof = tuple(_decode_base64(line) or b"" for line in lines)
    try:
        signed = open_checkpoint(note, trust)
    except VerificationError as wrong:
        raise VerificationError(f"entry {index}: {wrong}") from None
    if (extra is not None and leaf is None) or any(len(node) != 32 for node in proof):
        raise VerificationError(f"entry {index}: a line is not base64 of what belongs there")
    if index >= signed.size:
        raise VerificationError(f"entry {index}: its checkpoint has {signed.size} entries only")
    if leaf is not None and _root_from_inclusion_proof(_hash_leaf(leaf), index, signed.size, proof) != signed.root:
        raise VerificationError(f"entry {index}: entry, index and proof do not lead to the signed root hash")
    return Receipt(index, leaf, proof, signed)


def follow_handover(content: bytes, trust: TrustPolicy) -> TrustPolicy:
    """Trust the key to which a trusted key was handed over, by the receipt of that entry. Raises Wrong."""
    receipt = open_receipt(content, trust)
    try:
        entry = json.loads(receipt.leaf or b"")
        is_ours = entry["kind"] == "handover" and Vkey.parse(entry["from"]) in trust.log_keys
        heir = Vkey.parse(entry["to"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_ours = False
    if not is_ours or heir.name != trust.log_keys[0].name or heir.signature_type != _ED25519_TYPE:
        raise VerificationError(f"entry {receipt.index} hands no trusted key over")
    return TrustPolicy((*trust.log_keys, heir), trust.witnesses, trust.quorum, trust.origin)


# The command.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checker; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="comity-ledger-verify",
        description="Check a published ledger offline. Prints `true`, or what is wrong, one finding a line.",
        epilog=f"Exit codes: {EXIT_OK} true, {EXIT_USAGE} asked wrongly, {EXIT_INTEGRITY} something is wrong.",
    )
    parser.add_argument("folder", type=Path, help="the published ledger: `checkpoint` and `tile`")
    parser.add_argument("--key", action="append", required=True, help="a key of the log: a vkey, or a file of them")
    parser.add_argument("--origin", default="", help="the log's origin, if it is not the key's name")
    parser.add_argument("--receipt", action="append", default=[], type=Path, help="also check this receipt")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key: a vkey, or a file of them")
    parser.add_argument("--quorum", type=int, help="how many of the witnesses must have cosigned; default: all")
    parser.add_argument("--handover", action="append", default=[], type=Path, help="the receipt of a key's handover")
    asked = parser.parse_args(arguments)
    try:
        witnesses = _load_vkeys(asked.witness, _COSIGNATURE_TYPE)
        quorum = len(witnesses) if asked.quorum is None else asked.quorum
        trust = TrustPolicy(_load_vkeys(asked.key, _ED25519_TYPE), witnesses, quorum, asked.origin)
        for path in asked.handover:
            trust = follow_handover(load_file(path), trust)
        receipts = {str(path): load_file(path) for path in asked.receipt}
    except VerificationError as wrong:
        _print_lines(sys.stderr, [f"comity-ledger-verify: {wrong}"])
        return EXIT_USAGE
    report = check_log(asked.folder, trust, receipts)
    _print_lines(sys.stdout, report.findings or [format_summary(report)])
    return EXIT_INTEGRITY if report.findings else EXIT_OK


def format_summary(report: VerificationReport) -> str:
    """The line for a log that holds."""
    root = base64.b64encode(report.root).decode()
    return f"true: {report.entry_count:,} entries and {report.receipt_count:,} receipts agree with the signed root hash {root}"


def _load_vkeys(given: Iterable[str], kind: int) -> list[Vkey]:
    texts = [item if "+" in item else load_file(Path(item)).decode(errors="replace") for item in given]
    return [key for text in texts for key in parse_vkeys(text, kind)]


def parse_vkeys(text: str, kind: int = _ED25519_TYPE) -> list[Vkey]:
    """The keys in a text, one a line; by default a log's. Raises Wrong."""
    keys = [Vkey.parse(line) for line in text.split("\n") if line.strip()]
    if any(key.signature_type != kind for key in keys):
        raise VerificationError("a log's key was given for a witness's, or the other way round")
    return keys


def _print_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Print, though a name of a key or a path may hold what the terminal cannot show."""
    encoding = stream.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def run() -> None:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
