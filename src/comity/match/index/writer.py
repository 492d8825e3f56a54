"""Build an index of the custodian's records, and update one: append, replace or withdraw records.

An index is built in a hidden folder beside its destination, stage by stage; a build that is killed and started again
with the same records resumes after the last complete stage. An update writes one small segment or a list of deleted
records, and then a new commit; readers see the old or the new commit, and every old one can still be opened.

Guarantees: nothing is at `out` until the index is complete; every stored key contains two parts of an address; taxpayer
numbers are stored as keyed hashes only; memory is bounded, whatever the number of records; the same records give the
same fingerprint.
Start at `build_index`.
"""

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from dataclasses import replace as with_fields
from itertools import count, repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.columns.duck import DuckDBConnection, connect
from comity.columns.parallel import count_processors
from comity.errors import ComityError, IndexUnavailableError
from comity.folders import make_private_folder
from comity.match.index.chunks import Chunk, encode_chunk, group_sources
from comity.match.index.format import CURRENT_COMMIT_FILE, FORMAT, IndexCommit, SegmentInfo, read_commit, write_commit
from comity.match.index.index_states import holds_same_records, verify_none_come_back
from comity.match.index.lexicons import hash_texts
from comity.match.index.merge import CodeRemap, column_widths, write_columns, write_lexicons
from comity.match.index.reader import Index
from comity.match.index.segment import SegmentReader, compute_fingerprint, open_segment, write_all_postings
from comity.match.index.tins import TIN_KEY_FILE, create_tin_key, read_tin_key
from comity.match.records_source import (
    ISSUABLE_NUMBER,
    invalid_records_error,
    is_all_synthetic,
    is_parquet,
    list_record_files,
    list_repeated_ids,
    records_query,
    verify_records,
)
from comity.model.progress import ProgressCallback, no_progress
from comity.process_limits import forbid_core_files

CHUNK_ROWS = 4_000_000
"""Records that are normalized at a time."""
_STAGE_RANGES = {
    "normalizing names and addresses": (0.02, 0.6),
    "ordering records": (0.6, 0.75),
    "making blocking keys": (0.75, 0.95),
}
"""The share of the whole build at which each stage begins and ends."""


@dataclass(frozen=True, slots=True)
class _Resources:
    """What a build may use: threads (None: one per processor) and DuckDB's memory."""

    threads: int | None = None
    memory_limit: str = "4GB"


def build_index(  # noqa: PLR0913  each is a choice of the caller
    records: Sequence[Path],
    out: Path,
    *,
    progress: ProgressCallback | None = None,
    threads: int | None = None,
    memory_limit: str = "4GB",
    replace: bool = False,
    bring_back: bool = False,
) -> IndexCommit:
    """Index the records at `out` and return the first commit; `progress` receives the stage and the share done.

    What was withdrawn from an index of another version, or a damaged one, cannot be read when it is replaced.

    Raises:
        ComityError: `records_invalid`; `output_exists`, there is something at `out` (an index is replaced only with
            `replace=True`, anything else never); `withdrawn_come_back`, records were withdrawn from the index that is
            replaced, unless `bring_back` is given.
    """
    progress = progress or no_progress
    files = list_record_files(records)
    verify_destination(out, replace=replace)
    folder = find_unfinished_build(out)
    _prepare_folder(folder, files)
    tin_key = read_tin_key(folder) if (folder / TIN_KEY_FILE).exists() else create_tin_key(folder)
    try:
        segment = _build_segment(folder, files, tin_key, progress, resources=_Resources(threads, memory_limit))
        if out.exists() and not bring_back:
            with suppress(IndexUnavailableError):
                verify_none_come_back(out, open_segment(folder, segment).record_id_hashes)
    except ComityError as e:
        if e.code in {"records_invalid", "withdrawn_come_back"}:  # refused records leave nothing to resume
            shutil.rmtree(folder)
        raise
    write_commit(folder, IndexCommit(1, (segment,)))
    (folder / "plan.json").unlink()
    if out.exists():
        retired = folder.with_name(folder.name + ".old")
        out.rename(retired)
        folder.rename(out)
        shutil.rmtree(retired)
    else:
        folder.rename(out)
    progress("done", 1.0)
    return read_commit(out / CURRENT_COMMIT_FILE)


def verify_destination(out: Path, *, replace: bool) -> None:
    """Refuse a place where an index cannot be built.

    Raises:
        ComityError: `output_exists`, there is something at `out` that is not to be replaced; `bad_argument`, nothing
            can be made there.
    """
    if out.exists() and not (replace and (out / CURRENT_COMMIT_FILE).is_file()):
        raise ComityError(
            "output_exists",
            "There is already something where the index should go.",
            "Choose another folder, or replace the index there with --replace.",
        )
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        message = f"No folder can be made in {above}, where the index should go."
        raise ComityError("bad_argument", message, "Choose another place with --out.")


def find_unfinished_build(out: Path) -> Path:
    """Return the folder in which an index at `out` is built; it is there until the build is complete."""
    return out.with_name(f".{out.name}.building")


def _prepare_folder(folder: Path, files: Sequence[Path]) -> None:
    """Keep `folder` if it holds the unfinished build of the same files; else empty it."""
    plan = [FORMAT, CHUNK_ROWS, [[str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns] for f in files]]
    plan_hash = hashlib.sha256(json.dumps(plan).encode()).hexdigest()
    plan_file = folder / "plan.json"
    if plan_file.is_file() and plan_file.read_text(encoding="utf-8") == plan_hash:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make_private_folder(folder)
    plan_file.write_text(plan_hash, encoding="utf-8")


def _build_segment(  # noqa: PLR0913  each is needed by one stage
    folder: Path,
    files: Sequence[Path],
    tin_key: bytes,
    progress: ProgressCallback,
    *,
    resources: _Resources,
    base: Path | None = None,
) -> SegmentInfo:
    """Build the segment of the records in `files` in a subfolder of `folder`; `base` is the index's first segment."""
    work, new_segment = folder / "work", folder / "new"
    work.mkdir(exist_ok=True)
    new_segment.mkdir(exist_ok=True)

    stage_progress = stage_progress_of(progress)
    progress("reading records", 0.0)
    db = connect(threads=resources.threads, memory_limit=resources.memory_limit, spill=work / "spill")
    try:
        row_count, id_width = verify_records(db, files)
        source = records_query(db, files)
        is_synthetic = is_all_synthetic(files) and not _has_issuable_number(db, source)
        sources = [source for file in files for source in _split_file(db, file)]
        chunks = []
        for chunk in _encode_chunks(sources, work, id_width, tin_key, resources.threads):
            chunks.append(chunk)
            stage_progress("normalizing names and addresses", sum(c.rows for c in chunks) / row_count)
        remaps = write_lexicons(db, chunks, new_segment, base)
    finally:
        db.close()
    write_ordered_columns(
        chunks,
        remaps,
        folder,
        id_width,
        stage_progress,
        verify=lambda: _verify_unique_ids(new_segment, row_count, files),
    )
    content_hash = sum(chunk.content_hash for chunk in chunks)
    return finish_segment(
        folder, chunks, column_widths(remaps, id_width), content_hash, progress, is_synthetic=is_synthetic
    )


def write_ordered_columns(  # noqa: PLR0913  each is needed
    chunks: Sequence[Chunk],
    remaps: dict[str, CodeRemap],
    folder: Path,
    id_width: int,
    progress: ProgressCallback,
    *,
    verify: Callable[[], None] = lambda: None,
) -> None:
    """Write the columns of a new segment of an unfinished build, unless that was done, and verify them."""
    if not (folder / "work" / "ordered").exists():
        write_columns(chunks, remaps, folder / "new", id_width, progress)
        verify()
        (folder / "work" / "ordered").touch()


def stage_progress_of(progress: ProgressCallback) -> ProgressCallback:
    """Return a callback that takes a stage's share of its own and reports the share of the whole build."""

    def report(stage: str, share: float) -> None:
        low, high = _STAGE_RANGES[stage]
        progress(stage, low + (high - low) * share)

    return report


def finish_segment(  # noqa: PLR0913  each is needed
    folder: Path,
    chunks: Sequence[Chunk],
    widths: dict[str, int],
    content_hash: int,
    progress: ProgressCallback,
    *,
    is_synthetic: bool,
) -> SegmentInfo:
    """Write the postings of a new segment with ordered columns, give it its name, and describe it."""
    new_segment, row_count = folder / "new", sum(chunk.rows for chunk in chunks)
    reader = SegmentReader(new_segment, row_count, widths, np.empty(0, np.uint32))
    reader.write_place_streets()
    entry_counts, hot_counts, hottest = write_all_postings(reader, stage_progress_of(progress))
    progress("fingerprint", 0.95)
    fingerprint = compute_fingerprint(new_segment, content_hash)
    name = f"segment-{fingerprint[:16]}"
    shutil.rmtree(folder / name, ignore_errors=True)
    new_segment.rename(folder / name)
    shutil.rmtree(folder / "work")
    return SegmentInfo(
        folder=name,
        rows=row_count,
        fingerprint=fingerprint,
        years=tuple(sorted({year for chunk in chunks for year in chunk.years})),
        widths=widths,
        keys=entry_counts,
        hot=hot_counts,
        hottest=hottest,
        bytes=sum(file.stat().st_size for file in (folder / name).iterdir()),
        synthetic=is_synthetic,
    )


def _has_issuable_number(db: DuckDBConnection, source: str) -> bool:
    """Return whether a record has a taxpayer number that can be a person's, so that its file cannot be synthetic."""
    return db.execute(f"SELECT 1 FROM ({source}) WHERE {ISSUABLE_NUMBER} LIMIT 1").fetchone() is not None


def _verify_unique_ids(folder: Path, row_count: int, files: Sequence[Path]) -> None:
    """Raise an error unless every record has a record_id of its own.

    Raises:
        ComityError: `records_invalid`.
    """
    id_hashes = np.fromfile(folder / "marks.bin", np.uint64)
    id_hashes.sort()
    repeated = int(np.count_nonzero(id_hashes[1:] == id_hashes[:-1]))
    if repeated:
        raise invalid_records_error(
            f"record_id is repeated in {repeated} of {row_count} rows ({list_repeated_ids(files)})"
        )


def _encode_chunks(
    sized_sources: Sequence[tuple[str, int]], work: Path, id_width: int, tin_key: bytes, threads: int | None
) -> Iterable[Chunk]:
    """Encode the records, as many chunks at a time as there are processors; yield the chunks in order.

    Raises:
        ComityError: `build_stopped`, a worker process was killed.
    """
    sources = [" UNION ALL ".join(group) for group in group_sources(sized_sources, CHUNK_ROWS)]
    workers = min(threads or count_processors(), len(sources))
    if workers == 1:
        yield from (encode_chunk(source, work, number, id_width, tin_key) for number, source in enumerate(sources))
        return
    with ExitStack() as stack:
        pool = stack.enter_context(
            ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
        )
        try:
            yield from pool.map(encode_chunk, sources, repeat(work), count(), repeat(id_width), repeat(tin_key))
        except BrokenProcessPool as e:
            raise ComityError(
                "build_stopped",
                "A worker of the build was stopped from outside, as the system does when memory runs out.",
                "Run it again with the same records: finished work is kept. Fewer --threads need less memory.",
            ) from e


def _prepare_worker() -> None:
    """Leave no core file, and end at Ctrl-C without a word: the command says that it was stopped."""
    forbid_core_files()
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _split_file(db: DuckDBConnection, file: Path) -> list[tuple[str, int]]:
    """Return SELECTs of at most `CHUNK_ROWS` rows that cover a file, with their sizes; a CSV file is one SELECT."""
    query = records_query(db, [file])
    if not is_parquet(file):
        return [(query, db.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])]
    rows = pq.read_metadata(file).num_rows
    if rows <= CHUNK_ROWS:
        return [(query, rows)]
    return [
        (
            f"{query} WHERE file_row_number >= {start} AND file_row_number < {start + CHUNK_ROWS}",
            min(CHUNK_ROWS, rows - start),
        )
        for start in range(0, rows, CHUNK_ROWS)
    ]


def update_index(
    index: Path,
    *,
    append: Sequence[Path] = (),
    withdraw: Sequence[str] = (),
    bring_back: bool = False,
    progress: ProgressCallback | None = None,
) -> IndexCommit:
    """Append records, replace those whose record_id is already indexed, withdraw others; return the new commit.

    An appended record deletes the indexed record with the same record_id (an amended return). The old commit stays on
    disk and can be opened by its fingerprint.

    Raises:
        ComityError: `records_invalid`, also if a record to withdraw is not in the index; `already_appended`, the index
            has all these records as they are; `withdrawn_come_back`, some were withdrawn, unless `bring_back` is given.
        IndexUnavailableError: as `Index.open` does.
    """
    progress = progress or no_progress
    with Index.open(index) as opened:
        commit, tin_key = opened.index_commit, opened.tin_key
        withdrawn_hashes = _hash_record_ids(withdraw)
        deleted_hashes = withdrawn_hashes
        segments = list(commit.segments)
        if append:
            folder = index / f".change-{commit.number + 1}"
            files = list_record_files(append)
            _prepare_folder(folder, files)
            try:
                new_segment = _build_segment(
                    folder, files, tin_key, progress, resources=_Resources(), base=opened.segments[0].folder
                )
                appended = open_segment(folder, new_segment)
                _verify_new_records(opened, new_segment, appended)
                if not bring_back:
                    verify_none_come_back(index, appended.record_id_hashes)
            except ComityError:
                shutil.rmtree(folder)
                raise
            deleted_hashes = np.union1d(deleted_hashes, appended.record_id_hashes)
        deleted = [reader.record_numbers(deleted_hashes) for reader in opened.segments]
        withdrawn_count = sum(
            np.isin(reader.record_id_hashes[numbers], withdrawn_hashes).sum()
            for reader, numbers in zip(opened.segments, deleted, strict=True)
        )
        missing = len(set(withdraw)) - withdrawn_count
        if missing > 0:
            raise invalid_records_error(f"{missing} of the records to withdraw are not on file")
        for i, (reader, numbers) in enumerate(zip(opened.segments, deleted, strict=True)):
            segments[i] = _delete_records(index, segments[i], np.union1d(reader.deleted, numbers), commit.number + 1)
    if append:
        if not (index / new_segment.folder).exists():
            (folder / new_segment.folder).rename(index / new_segment.folder)
        shutil.rmtree(folder)
        segments.append(new_segment)
    new_commit = IndexCommit(commit.number + 1, tuple(segments))
    write_commit(index, new_commit)
    progress("done", 1.0)
    return new_commit


def _verify_new_records(opened: Index, segment: SegmentInfo, appended: SegmentReader) -> None:
    """Raise an error when exactly these records are in the index already, or were and some were changed since.

    Appended again they would bring back what was withdrawn or amended since.

    Raises:
        ComityError: `already_appended`.
    """
    if opened.index_commit.holds_segment(segment.fingerprint) or holds_same_records(opened, appended):
        raise ComityError(
            "already_appended",
            "Exactly these records are in the index already, so that nothing was appended.",
            "Append the next files. To return to an earlier state of the index: comity index rollback INDEX --state N",
        )


def find_unknown_ids(index: Path, record_ids: Sequence[str]) -> list[int]:
    """Return the positions of the record_ids that no record of the current commit has. Raises as `Index.open` does."""
    hashes = hash_texts(pa.array(record_ids, pa.string()))
    is_known = np.zeros(len(hashes), bool)
    with Index.open(index) as opened:
        for reader in opened.segments:
            numbers = reader.record_numbers(np.unique(hashes))
            numbers = numbers[~np.isin(numbers, reader.deleted)]
            is_known |= np.isin(hashes, reader.record_id_hashes[numbers])
    return np.flatnonzero(~is_known).tolist()


def _hash_record_ids(record_ids: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.unique(hash_texts(pa.array(record_ids, pa.string())))


def _delete_records(
    index: Path, segment: SegmentInfo, numbers: np.ndarray[tuple[int], np.dtype[np.uint32]], commit_number: int
) -> SegmentInfo:
    """Return the segment with these records deleted.

    The file of their numbers is named by a hash of its content, so that the commit's fingerprint covers it.
    """
    if len(numbers) == segment.withdrawn_rows:
        return segment
    data = numbers.astype(np.uint32).tobytes()
    name = f"withdrawn-{commit_number:06d}-{hashlib.sha256(data).hexdigest()[:32]}.bin"
    (index / name).write_bytes(data)
    return with_fields(segment, withdrawn=name, withdrawn_rows=len(numbers))
