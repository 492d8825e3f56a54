"""Write the log out as static files that anybody can copy and check (C2SP tlog-tiles).

Guarantees: the checkpoint is written last, when every tile it needs is on disk; what is published already is kept,
and publishing again after a crash finishes the job; a folder that holds another or a longer history is refused.
Basis: C2SP tlog-tiles v0.1.0; tlog-checkpoint.
Start at `publish`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from comity.errors import LedgerError
from comity.ledger.checkpoint import Checkpoint, open_checkpoint
from comity.ledger.log import hash_reader, read_leaves, size
from comity.ledger.merkle import TILE_WIDTH, HashReader, subtree_root
from comity.ledger.note import Verifier
from comity.ledger.tiles import CHECKPOINT, ENTRIES, pack_bundle, sync_folder, tile_path, tiles_of, write_file
from comity.store.connection import Snapshot, Store

_WRITERS = 16


def publish(store: Store, folder: Path, checkpoint: str, *verifiers: Verifier) -> None:
    """Bring a folder up to a checkpoint that one of these keys of this log signed, writing only what is new.

    Raises LedgerError when the checkpoint is not of this log, or the folder holds something it cannot be grown from.
    """
    head = open_checkpoint(checkpoint, verifiers[0].name, verifiers)
    with store.read() as tx:
        read = hash_reader(tx)
        published = _published_size(folder, verifiers)
        for known in (*([published] if published else ()), head):
            _verify_ours(known, size(tx), read)
        start = published.size if published else 0
        if start > head.size:
            return  # a later checkpoint is out already
        files = _files(tx, head.size, start, read)
        folders: set[Path] = set()
        with ThreadPoolExecutor(_WRITERS) as pool:  # fsyncs that wait together cost little more than one
            while some := list(islice(files, _WRITERS * 16)):
                folders = folders.union(*pool.map(partial(_write, folder), some))
    for path in sorted(folders):
        sync_folder(path)
    write_file(folder, CHECKPOINT, checkpoint.encode())
    sync_folder(folder)


def _files(tx: Snapshot, size_: int, start: int, read: HashReader) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file that a log of this size needs beyond one of size `start`."""
    for level, index, width in tiles_of(size_, start):
        first = index * TILE_WIDTH
        yield tile_path(level, index, width), b"".join(read(level, first, width))
        if level == 0:
            yield tile_path(ENTRIES, index, width), pack_bundle(read_leaves(tx, first, first + width))


def _write(folder: Path, file: tuple[str, bytes]) -> set[Path]:
    """Write one file; the folders in which names may have changed: its own and those above, to the log's own."""
    write_file(folder, *file)
    parents = (folder / file[0]).relative_to(folder).parents
    return {folder / parent for parent in parents}


def _published_size(folder: Path, verifiers: Sequence[Verifier]) -> Checkpoint | None:
    path = folder / CHECKPOINT
    return open_checkpoint(path.read_bytes(), verifiers[0].name, verifiers) if path.exists() else None


def _verify_ours(checkpoint: Checkpoint, entries_held: int, read: HashReader) -> None:
    if checkpoint.size > entries_held or subtree_root(read, 0, checkpoint.size) != checkpoint.root:
        raise LedgerError(
            "ledger_damaged",
            f"A signed checkpoint of {checkpoint.size} entries is not the beginning of this ledger.",
            "The database may have been restored from an older copy: stop releasing and run `comity ledger fsck`.",
        )
