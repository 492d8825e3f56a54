"""Name, pack and read the files of a published log: a folder that any web server can serve (C2SP tlog-tiles).

    checkpoint                       the signed head
    tile/<level>/<index>[.p/<width>]    up to 256 hashes, 32 bytes each
    tile/entries/<index>[.p/<width>]    up to 256 entries, each after its length in two bytes

Does not: write the files. `comity.ledger.publish` does, from the database.
Basis: C2SP tlog-tiles v0.1.0.
Start at `format_tile_path` and `list_tiles`.
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
    """Return the path below the log's folder of a tile, or at `ENTRIES_LEVEL` of an entry bundle.

    >>> format_tile_path(0, 1234067), format_tile_path("entries", 0, 3)
    ('tile/0/x001/x234/067', 'tile/entries/000.p/3')
    """
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_tile_path(path: str) -> tuple[int | str, int, int] | None:
    """Return level, index and width of a tile's path; None for a path that `format_tile_path` would not return."""
    if (match := _TILE_PATH_PATTERN.fullmatch(path)) is None:
        return None
    level = ENTRIES_LEVEL if match[1] == ENTRIES_LEVEL else int(match[1])
    index, width = int(re.sub(r"[x/]", "", match[2])), int(match[3] or TILE_WIDTH)
    return (level, index, width) if format_tile_path(level, index, width) == path else None


def list_tiles(size: int, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield level, index and width of each tile of a log of `size` entries that was not yet full at size `start`."""
    level = 0
    while (hashes := size >> (TILE_HEIGHT * level)) > 0:
        for index in range(start >> (TILE_HEIGHT * (level + 1)), -(-hashes // TILE_WIDTH)):
            yield level, index, min(TILE_WIDTH, hashes - index * TILE_WIDTH)
        level += 1


def pack_bundle(leaves: Sequence[bytes]) -> bytes:
    """Pack entries into a bundle: every entry preceded by its length in two bytes.

    Bundles can be concatenated: the result is the bundle of all their entries. Raises RuntimeError for an entry longer
    than MAX_ENTRY_BYTES.
    """
    lengths = set(map(len, leaves))
    if lengths and max(lengths) > MAX_ENTRY_BYTES:
        raise RuntimeError(f"an entry may have {MAX_ENTRY_BYTES} bytes at most")
    if len(lengths) == 1:  # nearly always: neighboring entries differ in digits only
        prefix = lengths.pop().to_bytes(2)
        return prefix + prefix.join(leaves)
    return b"".join([field for leaf in leaves for field in (len(leaf).to_bytes(2), leaf)])


def unpack_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raises ValueError when it ends within one."""
    leaves, start, end = [], 0, len(data)
    while start < end:
        stop = start + 2 + (data[start] << 8 | data[start + 1] if start + 2 <= end else end)
        if stop > end:
            raise ValueError("the bundle ends within an entry")
        leaves.append(data[start + 2 : stop])
        start = stop
    return leaves


def split_hashes(tile: bytes) -> list[bytes]:
    """Return the hashes in a tile."""
    return [tile[start : start + HASH_SIZE] for start in range(0, len(tile), HASH_SIZE)]


def read_tile(folder: Path, level: int | str, index: int, width: int) -> bytes:
    """Return the bytes of a tile of this width, from its own file or from the front of the full one that replaced it.

    Raises LedgerError `ledger_damaged` when neither can be read, or a tile has another length than its width says.
    """
    path = folder / format_tile_path(level, index, width)
    try:
        data = path.read_bytes()
    except OSError:
        missing = LedgerError(
            "ledger_damaged", f"{format_tile_path(level, index, width)} is missing from the published log."
        )
        if width == TILE_WIDTH or level == ENTRIES_LEVEL:
            raise missing from None
        try:
            data = (folder / format_tile_path(level, index)).read_bytes()[: width * HASH_SIZE]
        except OSError:
            raise missing from None
    if level != ENTRIES_LEVEL and len(data) != width * HASH_SIZE:
        raise LedgerError("ledger_damaged", f"{format_tile_path(level, index, width)} has not {width} hashes.")
    return data


def folder_hash_reader(folder: Path, size: int) -> HashReader:
    """Return a `HashReader` over a published log of `size` entries, so that anyone can build proofs from it."""

    def read(level: int, start: int, count: int) -> list[bytes]:
        index, first = divmod(start, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH)
        return split_hashes(read_tile(folder, level, index, width))[first : first + count]

    return read
