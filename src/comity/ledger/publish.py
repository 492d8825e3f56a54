"""Publish the log as static files that anyone can copy and check (C2SP tlog-tiles).

Guarantees: the checkpoint is written last, when every tile that it needs is on disk; published files are never
replaced by others; publishing again after a crash finishes the job; of two processes that publish, one waits; a folder
that holds another or a longer history is refused.
Basis: C2SP tlog-tiles v0.1.0; tlog-checkpoint.
Start at `publish_log`.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from comity.errors import LedgerError
from comity.folders import commit_files, lock_folder, make_public_folder, stage_file
from comity.ledger.log import stored_hash_reader, tree_size
from comity.store import entries
from comity.store.database import Snapshot, Store
from comity.tlog.checkpoint import Checkpoint, open_checkpoint
from comity.tlog.merkle import HASH_SIZE, TILE_WIDTH, HashReader, compute_subtree_root
from comity.tlog.note import Verifier
from comity.tlog.tiles import (
    CHECKPOINT_FILE,
    ENTRIES_LEVEL,
    format_tile_path,
    list_tiles,
    pack_bundle,
    unpack_bundle,
)

_FILES_PER_BATCH = 4096


def publish_log(store: Store, folder: Path, checkpoint: str, *verifiers: Verifier) -> None:
    """Write the files that a folder lacks for a checkpoint that one of these keys of this log signed.

    Raises LedgerError when the checkpoint is not of this log, or the folder holds a log that this one does not extend.
    """
    head = open_checkpoint(checkpoint, verifiers[0].name, verifiers)
    make_public_folder(folder)
    with lock_folder(folder), store.read() as tx:
        read = stored_hash_reader(tx)
        published = _published_checkpoint(folder, verifiers)
        if published is not None:
            _verify_prefix(published, tree_size(tx), read)
        _verify_prefix(head, tree_size(tx), read)
        start = published.size if published else 0
        if start > head.size:
            return  # a later checkpoint is published already
        files = _new_files(tx, head.size, start, read)
        while batch := list(islice(files, _FILES_PER_BATCH)):
            for name, content in batch:
                stage_file(folder, name, content)
            commit_files(folder, [name for name, _ in batch])
        stage_file(folder, CHECKPOINT_FILE, checkpoint.encode())
        commit_files(folder, [CHECKPOINT_FILE])


def _new_files(tx: Snapshot, size: int, start: int, read: HashReader) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file that a log of `size` entries has and one of `start` entries has not."""
    yield from _new_leaf_files(tx, size, start)
    for level, index, width in list_tiles(size, start):
        if level:
            yield format_tile_path(level, index, width), b"".join(read(level, index * TILE_WIDTH, width))


def _new_leaf_files(tx: Snapshot, size: int, start: int) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles of leaf hashes and the entry bundles, in one pass over the stored blocks."""
    next_index = start // TILE_WIDTH
    blocks = entries.stream_blocks(tx, next_index * TILE_WIDTH, size)
    for index, group in groupby(blocks, key=lambda block: block.first_index // TILE_WIDTH):
        tile_blocks, width = list(group), min(TILE_WIDTH, size - index * TILE_WIDTH)
        bundle = b"".join(block.bundle for block in tile_blocks)
        hashes = b"".join(block.hashes for block in tile_blocks)
        count = sum(block.width for block in tile_blocks)
        if index != next_index or count < width or len(hashes) != count * HASH_SIZE:
            break
        if count > width:  # the ledger has grown since the checkpoint
            bundle = pack_bundle(unpack_bundle(bundle)[:width])
        yield format_tile_path(0, index, width), hashes[: width * HASH_SIZE]
        yield format_tile_path(ENTRIES_LEVEL, index, width), bundle
        next_index += 1
    first_missing = next_index * TILE_WIDTH
    if first_missing < size:
        raise LedgerError(
            "ledger_damaged",
            f"Entries from {first_missing} on are missing from the control database, so they cannot be published.",
            "Stop releasing and run `comity ledger fsck`.",
        )


def _published_checkpoint(folder: Path, verifiers: Sequence[Verifier]) -> Checkpoint | None:
    path = folder / CHECKPOINT_FILE
    return open_checkpoint(path.read_bytes(), verifiers[0].name, verifiers) if path.exists() else None


def _verify_prefix(checkpoint: Checkpoint, ledger_size: int, read: HashReader) -> None:
    if checkpoint.size > ledger_size or compute_subtree_root(read, 0, checkpoint.size) != checkpoint.root:
        raise LedgerError(
            "ledger_damaged",
            f"A signed checkpoint of {checkpoint.size} entries is not the beginning of this ledger.",
            "The database may have been restored from an older copy: stop releasing and run `comity ledger fsck`.",
        )
