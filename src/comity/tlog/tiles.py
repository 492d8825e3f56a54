"""The published form of a log: a folder of static files that any web server can serve (C2SP tlog-tiles).

    checkpoint                       the signed head
    tile/<level>/<index>[.p/<width>]    up to 256 hashes, 32 bytes each
    tile/entries/<index>[.p/<width>]    up to 256 entries, each after its length in two bytes

Guarantees: a file appears whole or not at all, even if the machine stops (write, fsync, rename, fsync the folder).
Basis: C2SP tlog-tiles v0.1.0. Standard library and `merkle` only; `publish` writes a folder from the database.
Start at `tile_path` and `tiles_of`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from comity.errors import LedgerError
from comity.tlog.merkle import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, HashReader

MAX_ENTRY_BYTES = 0xFFFF
ENTRIES_LEVEL = "entries"
CHECKPOINT_FILE = "checkpoint"
_TILE_PATH_PATTERN = re.compile(
    r"tile/(entries|0|[1-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


def format_tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile (or, at level `ENTRIES`, an entry bundle) lies below the log's folder.

    >>> tile_path(0, 1234067), tile_path("entries", 0, 3)
    ('tile/0/x001/x234/067', 'tile/entries/000.p/3')
    """
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_tile_path(path: str) -> tuple[int | str, int, int] | None:
    """Level, index and width of a tile's path; None when `tile_path` would never write it."""
    if (found := _TILE_PATH_PATTERN.fullmatch(path)) is None:
        return None
    level = ENTRIES_LEVEL if found[1] == ENTRIES_LEVEL else int(found[1])
    index, width = int(re.sub(r"[x/]", "", found[2])), int(found[3] or TILE_WIDTH)
    return (level, index, width) if format_tile_path(level, index, width) == path else None


def list_tiles(size: int, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """Level, index and width of the tiles of a log of `size` entries, but not those full at size `start` already."""
    level = 0
    while (hashes := size >> (TILE_HEIGHT * level)) > 0:
        for index in range(start >> (TILE_HEIGHT * (level + 1)), -(-hashes // TILE_WIDTH)):
            yield level, index, min(TILE_WIDTH, hashes - index * TILE_WIDTH)
        level += 1


def pack_bundle(leaves: Sequence[bytes]) -> bytes:
    """An entry bundle: every entry after its length. An entry too long for it is misuse (RuntimeError).

    Bundles one after another are the bundle of all their entries.
    """
    lengths = set(map(len, leaves))
    if lengths and max(lengths) > MAX_ENTRY_BYTES:
        raise RuntimeError(f"an entry may have {MAX_ENTRY_BYTES} bytes at most")
    if len(lengths) == 1:  # as nearly always: one after another they differ in digits only
        prefix = lengths.pop().to_bytes(2)
        return prefix + prefix.join(leaves)
    return b"".join([part for leaf in leaves for part in (len(leaf).to_bytes(2), leaf)])


def unpack_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError when it ends within one."""
    leaves, at, end = [], 0, len(data)
    while at < end:
        stop = at + 2 + (data[at] << 8 | data[at + 1] if at + 2 <= end else end)
        if stop > end:
            raise ValueError("the bundle ends within an entry")
        leaves.append(data[at + 2 : stop])
        at = stop
    return leaves


def split_hashes(tile: bytes) -> list[bytes]:
    """The hashes in a tile."""
    return [tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)]


def read_tile(folder: Path, level: int | str, index: int, width: int) -> bytes:
    """The bytes of a tile of this width, from its own file or the front of the full one that replaced it.

    Raises LedgerError `ledger_damaged` when neither can be read, or a tile has another length than its width says.
    """
    path = folder / format_tile_path(level, index, width)
    try:
        data = path.read_bytes()
    except OSError:
        fault = LedgerError(
            "ledger_damaged", f"{format_tile_path(level, index, width)} is missing from the published log."
        )
        if width == TILE_WIDTH or level == ENTRIES_LEVEL:
            raise fault from None
        try:
            data = (folder / format_tile_path(level, index)).read_bytes()[: width * HASH_SIZE]
        except OSError:
            raise fault from None
    if level != ENTRIES_LEVEL and len(data) != width * HASH_SIZE:
        raise LedgerError("ledger_damaged", f"{format_tile_path(level, index, width)} has not {width} hashes.")
    return data


def folder_hash_reader(folder: Path, size: int) -> HashReader:
    """A `HashReader` over a published log of `size` entries: proofs for strangers, without the custodian."""

    def read(level: int, start: int, count: int) -> list[bytes]:
        index, first = divmod(start, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH)
        return split_hashes(read_tile(folder, level, index, width))[first : first + count]

    return read
