"""Compact an index: write the records of all its segments, without the deleted ones, as one segment.

Many small segments make every look-up slower, as each is searched; deleted records take disk. What is compacted is read
from the segments' own columns: the custodian's files are not needed again. Frequencies of names stay those of the first
segment, so that names are weighed as before.

Guarantees: the old commits can still be opened, so that determinations can be replayed; readers see the old state or
the new one.
Basis: ADR 0038.
Start at `compact_index`.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from comity.columns.duck import connect
from comity.errors import ComityError
from comity.folders import make_private_folder
from comity.match.index.chunks import PARTITION_COUNT, Chunk, chunk_dtype, lexicon_path, partition_of
from comity.match.index.format import FORMAT, IndexCommit, SegmentInfo, write_commit
from comity.match.index.lexicons import write_arrow
from comity.match.index.merge import column_widths, write_lexicons
from comity.match.index.reader import Index
from comity.match.index.segment import SegmentReader
from comity.match.index.writer import CHUNK_ROWS, finish_segment, stage_progress_of, write_ordered_columns
from comity.model.progress import ProgressCallback, no_progress
from comity.normalize.schema import LEXICONS


def compact_index(index: Path, *, progress: ProgressCallback | None = None) -> IndexCommit:
    """Write all records that are not deleted as one segment; return the new commit.

    Raises:
        ComityError: `nothing_to_do`, it is one segment without deleted records; `records_invalid`, all are deleted.
        IndexUnavailableError: as `Index.open` does.
    """
    progress = progress or no_progress
    with Index.open(index) as opened:
        commit = opened.index_commit
        if len(commit.segments) == 1 and not commit.segments[0].withdrawn_rows:
            message = "The index is one segment without withdrawn records, so that there is nothing to compact."
            raise ComityError("nothing_to_do", message, "Compact it after months were appended or records withdrawn.")
        if not commit.rows:
            raise ComityError("records_invalid", "Every record of the index is withdrawn.", "Build another index.")
        folder = index / f".change-{commit.number + 1}"
        shutil.rmtree(folder, ignore_errors=True)
        make_private_folder(folder)
        for name in ("work", "new"):
            (folder / name).mkdir()
        segment = _merge_segments(opened, folder, progress)
    if not (index / segment.folder).exists():
        (folder / segment.folder).rename(index / segment.folder)
    shutil.rmtree(folder)
    new_commit = IndexCommit(commit.number + 1, (segment,))
    write_commit(index, new_commit)
    progress("done", 1.0)
    return new_commit


def _merge_segments(opened: Index, folder: Path, progress: ProgressCallback) -> SegmentInfo:
    infos = opened.index_commit.segments
    id_width = max(info.widths["record_id"] for info in infos)
    chunks: list[Chunk] = []
    for reader in opened.segments:
        chunks += _copy_segment(reader, folder / "work", len(chunks), id_width)
    with connect(spill=folder / "work" / "spill") as db:
        remaps = write_lexicons(db, chunks, folder / "new", opened.segments[0].folder)
    write_ordered_columns(chunks, remaps, folder, id_width, stage_progress_of(progress))
    sources = [[FORMAT, info.fingerprint, info.withdrawn] for info in infos]
    content_hash = int.from_bytes(hashlib.sha256(json.dumps(sources).encode()).digest()[:8], "big")
    is_synthetic = all(info.synthetic for info in infos)
    widths = column_widths(remaps, id_width)
    segment = finish_segment(folder, chunks, widths, content_hash, progress, is_synthetic=is_synthetic)
    included = dict.fromkeys(name for info in infos for name in (info.fingerprint, *info.includes))
    return replace(segment, includes=tuple(included))


def _copy_segment(reader: SegmentReader, work: Path, first_number: int, id_width: int) -> list[Chunk]:
    """Write the records of a segment that are not deleted as chunks of a build; return these."""
    chunks: list[Chunk] = []
    for start in range(0, reader.rows, CHUNK_ROWS):
        numbers = np.arange(start, min(start + CHUNK_ROWS, reader.rows), dtype=np.uint32)
        numbers = numbers[~np.isin(numbers, reader.deleted)]
        if len(numbers):
            chunks.append(_write_chunk(reader, numbers, work / f"chunk-{first_number + len(chunks):05d}.npy", id_width))
    return chunks


def _write_chunk(reader: SegmentReader, numbers: npt.NDArray[np.uint32], file: Path, id_width: int) -> Chunk:
    rows = np.empty(len(numbers), dtype=chunk_dtype(id_width))
    for lexicon in LEXICONS:
        codes, used, counts = _recode(reader.columns[lexicon.name][numbers])
        rows[lexicon.name] = codes
        values = reader.lexicons[lexicon.name].select(list(lexicon.columns)).take(pa.array(used))
        write_arrow(values.append_column("records", pa.array(counts)), lexicon_path(file, lexicon.name))
        if lexicon.name == "place":
            zips = values.column("zip").to_pylist()
    for name in ("tin", "tax_year", "suffix"):
        rows[name] = reader.columns[name][numbers]
    rows["mark"] = reader.record_id_hashes[numbers]
    rows["record_id"] = reader.record_id_bytes(numbers)
    partitions = np.array([partition_of(code) for code in zips], np.uint8)[rows["place"]]
    order = np.argsort(partitions, kind="stable")
    np.save(file, rows[order])
    offsets = np.searchsorted(partitions[order], np.arange(PARTITION_COUNT + 1)).tolist()
    return Chunk(file, len(rows), tuple(offsets), tuple(np.unique(rows["tax_year"]).tolist()), 0)


def _recode(
    codes: npt.NDArray[np.unsignedinteger],
) -> tuple[Sequence[int], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return codes without gaps, the old code of each new one, and how often each occurs; code 0 stays, used or not."""
    used, new_codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if used[0] != 0:
        used, counts, new_codes = np.insert(used, 0, 0), np.insert(counts, 0, 0), new_codes + 1
    return new_codes, used.astype(np.int64), counts.astype(np.int64)
