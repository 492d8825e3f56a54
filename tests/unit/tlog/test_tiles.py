"""Tiles and bundles have the names and bytes of C2SP tlog-tiles."""

from pathlib import Path

import pytest

from comity.errors import LedgerError
from comity.tlog.tiles import format_tile_path, list_tiles, pack_bundle, parse_tile_path, read_tile, unpack_bundle


@pytest.mark.parametrize(
    ("size", "tiles"),
    [(0, 0), (1, 1), (255, 1), (256, 2), (257, 3), (70_000, 273 + 1 + 1 + 1 + 1), (1 << 24, 65536 + 256 + 1 + 1)],
)
def test_list_tiles__lists_the_tiles_of_the_specification(size: int, tiles: int) -> None:
    listed = list(list_tiles(size))
    assert len(listed) == tiles
    for tile in listed[-400:]:
        assert parse_tile_path(format_tile_path(*tile)) == tile
    if size == 70_000:
        assert {(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)} <= set(listed)


@pytest.mark.parametrize("path", ["tile/00/000", "tile/0/0", "tile/64/000", "tile/0/1000", "tile/0/000.p/0", "x"])
def test_parse_tile_path__refuses_other_paths(path: str) -> None:
    assert parse_tile_path(path) is None


def test_read_tile__refuses_a_tile_of_another_length(tmp_path: Path) -> None:
    path = tmp_path / format_tile_path(0, 1)
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(31))
    with pytest.raises(LedgerError, match="has not 256 hashes"):
        read_tile(tmp_path, 0, 1, 256)


def test_pack_bundle__concatenates() -> None:
    leaves = [b"", b"a", b"x" * 65_535, b"bc"]
    assert pack_bundle(leaves) == pack_bundle(leaves[:2]) + pack_bundle(leaves[2:])
    assert unpack_bundle(pack_bundle(leaves)) == leaves
    with pytest.raises(RuntimeError):
        pack_bundle([b"x" * 65_536])
