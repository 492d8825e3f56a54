"""Build an index of the custodian's records, and change one: append, replace, withdraw.

An index is built in a folder beside its place, stage by stage, each of which stands when it is done; killed and called
again with the same records, the build goes on where it was. A change makes one small segment, or a list of withdrawn
records, and then a new state; readers see the old or the new one, and every old state can still be opened.

Guarantees: nothing is at `out` until the index is whole; every stored key holds two parts of an address; taxpayer numbers
are stored as keyed hashes only; memory is bounded, whatever the number of records; the same records give the same
fingerprint.
Start at `build_index`.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import replace as replaced
from itertools import count, repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.columns.duck import DuckDBConnection, connect
from comity.errors import ComityError
from comity.match.index.chunks import Chunk, encode_chunk, group_sources
from comity.match.index.format import CURRENT_COMMIT_FILE, FORMAT, IndexCommit, SegmentInfo, read_commit, write_commit
from comity.match.index.lexicons import hash_texts
from comity.match.index.merge import column_widths, write_columns, write_lexicons
from comity.match.index.reader import Index
from comity.match.index.segment import SegmentReader, compute_fingerprint, write_all_postings
from comity.match.index.tins import TIN_KEY_FILE, create_tin_key, read_tin_key
from comity.match.records_source import is_all_synthetic, list_record_files, records_query
from comity.model.progress import ProgressCallback, no_progress

CHUNK_ROWS = 4_000_000
"""Records that are brought to normal form at a time."""
_STAGE_RANGES = {
    "normalizing names and addresses": (0.02, 0.6),
    "ordering records": (0.6, 0.75),
    "making blocking keys": (0.75, 0.95),
}


def build_index(  # noqa: PLR0913  each is a choice of the caller
    records: Sequence[Path],
    out: Path,
    *,
    progress: ProgressCallback | None = None,
    threads: int | None = None,
    memory_limit: str = "4GB",
    replace: bool = False,
) -> IndexCommit:
    """Index the records at `out`; `progress` is told the stage and the share done of it all.

    Raises:
        ComityError: `records_invalid`; `output_exists`, there is something at `out` (an index is replaced only with
            `replace=True`, anything else never).
    """
    say = progress or no_progress
    if out.exists() and not (replace and (out / CURRENT_COMMIT_FILE).is_file()):
        raise ComityError(
            "output_exists",
            "There is already something where the index should go.",
            "Choose another folder, or replace the index there with --replace.",
        )
    files = list_record_files(records)
    folder = out.with_name(f".{out.name}.building")
    _prepare_folder(folder, files)
    key = read_tin_key(folder) if (folder / TIN_KEY_FILE).exists() else create_tin_key(folder)
    try:
        segment = _build_segment(folder, files, key, say, threads=threads, memory_limit=memory_limit)
    except ComityError as e:
        if e.code == "records_invalid":  # what is refused is not gone on with
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
    say("done", 1.0)
    return read_commit(out / CURRENT_COMMIT_FILE)


def _prepare_folder(folder: Path, files: Sequence[Path]) -> None:
    """Go on with what lies in `folder` if it is of the same files, else begin anew."""
    plan = [FORMAT, CHUNK_ROWS, [[str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns] for f in files]]
    text = hashlib.sha256(json.dumps(plan).encode()).hexdigest()
    standing = folder / "plan.json"
    if standing.is_file() and standing.read_text(encoding="utf-8") == text:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    standing.write_text(text, encoding="utf-8")


def _build_segment(  # noqa: PLR0913  what a build needs
    folder: Path,
    files: Sequence[Path],
    key: bytes,
    say: ProgressCallback,
    *,
    threads: int | None,
    memory_limit: str,
    base: Path | None = None,
) -> SegmentInfo:
    """Make the segment of the records in `files`, in a folder of its own inside `folder`; `base` came first, if any."""
    work, made = folder / "work", folder / "new"
    work.mkdir(exist_ok=True)
    made.mkdir(exist_ok=True)

    def tell(stage: str, share: float) -> None:
        low, high = _STAGE_RANGES[stage]
        say(stage, low + (high - low) * share)

    say("reading records", 0.0)
    db = connect(threads=threads, memory_limit=memory_limit, spill=work / "spill")
    try:
        rows, width = _measure_records(db, records_query(db, files))
        chunks = _encode_chunks(db, files, rows, work, width, key, tell, threads)
        codings = write_lexicons(db, chunks, made, base)
    finally:
        db.close()
    known = column_widths(codings, width)
    if not (work / "ordered").exists():
        write_columns(chunks, codings, made, width, tell)
        _verify_unique_ids(made, rows)
        (work / "ordered").touch()
    reader = SegmentReader(made, rows, known, np.empty(0, np.uint32))
    entries, hot, hottest = write_all_postings(reader, tell)
    say("fingerprint", 0.95)
    named = compute_fingerprint(made, sum(c.content_hash for c in chunks))
    years = tuple(sorted({y for c in chunks for y in c.years}))
    name = f"segment-{named[:16]}"
    shutil.rmtree(folder / name, ignore_errors=True)
    made.rename(folder / name)
    shutil.rmtree(work)
    return SegmentInfo(
        folder=name, rows=rows, fingerprint=named, years=years, widths=known, keys=entries, hot=hot, hottest=hottest,
        bytes=sum(f.stat().st_size for f in (folder / name).iterdir()), synthetic=is_all_synthetic(files),
    )  # fmt: skip


def _measure_records(db: DuckDBConnection, source: str) -> tuple[int, int]:
    """How many records there are, and how many bytes a record_id takes.

    Raises:
        ComityError: `records_invalid`, a record has no identity or no year.
    """
    rows, ids, years, width = db.execute(f"""
        SELECT count(*), count(*) FILTER (WHERE record_id <> '' AND NOT contains(record_id, chr(0))),
            count(*) FILTER (WHERE try_cast(tax_year AS USMALLINT) > 0), coalesce(max(strlen(record_id)), 0)
        FROM ({source})""").fetchall()[0]
    faults = [
        *(["there are no rows"] if not rows else []),
        *([f"record_id is missing in {rows - ids} rows"] if ids < rows else []),
        *(["a record_id is longer than 200 bytes"] if width > 200 else []),
        *([f"tax_year is not a year in {rows - years} rows"] if years < rows else []),
    ]
    if faults:
        raise _invalid_records_error("; ".join(faults))
    return int(rows), int(width)


def _invalid_records_error(what: str) -> ComityError:
    return ComityError("records_invalid", f"The records cannot be indexed: {what}.", "Mend the records.")


def _verify_unique_ids(folder: Path, rows: int) -> None:
    """Two records of one record_id cannot be told apart.

    Raises ComityError `records_invalid`.
    """
    marks = np.fromfile(folder / "marks.bin", np.uint64)
    marks.sort()
    repeated = int(np.count_nonzero(marks[1:] == marks[:-1]))
    if repeated:
        raise _invalid_records_error(f"record_id is repeated in {repeated} of {rows} rows")


def _encode_chunks(  # noqa: PLR0913, PLR0917  what a build needs
    db: DuckDBConnection,
    files: Sequence[Path],
    rows: int,
    work: Path,
    width: int,
    key: bytes,
    say: ProgressCallback,
    threads: int | None,
) -> list[Chunk]:
    """Bring the records to normal form, as many chunks at once as there are processors."""
    groups = group_sources([source for file in files for source in _split_file(db, file)], CHUNK_ROWS)
    sources = [" UNION ALL ".join(group) for group in groups]
    workers = min(threads or os.cpu_count() or 1, len(sources))
    chunks: list[Chunk] = []
    with ExitStack() as stack:
        every: Iterable[Chunk]
        if workers == 1:
            every = (encode_chunk(source, work, number, width, key) for number, source in enumerate(sources))
        else:
            pool = stack.enter_context(ProcessPoolExecutor(workers, mp_context=get_context("spawn")))
            every = pool.map(encode_chunk, sources, repeat(work), count(), repeat(width), repeat(key))
        try:
            for chunk in every:
                chunks.append(chunk)
                say("normalizing names and addresses", sum(c.rows for c in chunks) / rows)
        except BrokenProcessPool as e:
            raise ComityError(
                "build_stopped",
                "A part of the build was stopped from outside, as a system does that has no memory left.",
                "Call it again with the same records: what is done is kept. Fewer --threads need less memory.",
            ) from e
    return chunks


def _split_file(db: DuckDBConnection, file: Path) -> list[tuple[str, int]]:
    """The file as one or more SELECTs of at most `CHUNK` rows, with their sizes (a CSV file is one, whatever its size)."""
    query = records_query(db, [file])
    if file.suffix != ".parquet":
        return [(query, db.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])]
    rows = pq.read_metadata(file).num_rows
    if rows <= CHUNK_ROWS:
        return [(query, rows)]
    numbered = query.replace("')", "', file_row_number = true)")
    return [
        (
            f"{numbered} WHERE file_row_number >= {start} AND file_row_number < {start + CHUNK_ROWS}",
            min(CHUNK_ROWS, rows - start),
        )
        for start in range(0, rows, CHUNK_ROWS)
    ]


def update_index(
    index: Path,
    *,
    append: Sequence[Path] = (),
    withdraw: Sequence[str] = (),
    progress: ProgressCallback | None = None,
) -> IndexCommit:
    """Append records, replace those whose record_id is on file, and withdraw those named; return the new state.

    Every appended record takes the place of one of the same record_id (an amended return). The old state stays on disk
    and can be opened by its fingerprint.

    Raises:
        ComityError: `records_invalid`; also where a record to withdraw is not on file.
        IndexUnavailable: as `Index.open` does.
    """
    say = progress or no_progress
    with Index.open(index) as opened:
        state, key = opened.index_commit, opened.tin_key
        gone = _hash_record_ids(withdraw)
        segments = list(state.segments)
        if append:
            folder = index / f".change-{state.number + 1}"
            files = list_record_files(append)
            _prepare_folder(folder, files)
            try:
                new = _build_segment(
                    folder, files, key, say, threads=None, memory_limit="4GB", base=opened.segments[0].folder
                )
            except ComityError:
                shutil.rmtree(folder)
                raise
            gone = np.union1d(gone, np.fromfile(folder / new.folder / "marks.bin", np.uint64))
        withdrawn = [reader.record_numbers(gone) for reader in opened.segments]
        found = sum(
            np.isin(r.record_id_hashes[w], _hash_record_ids(withdraw)).sum()
            for r, w in zip(opened.segments, withdrawn, strict=True)
        )
        if found < len(set(withdraw)):
            raise _invalid_records_error(f"{len(set(withdraw)) - found} of the records to withdraw are not on file")
        for at, (reader, numbers) in enumerate(zip(opened.segments, withdrawn, strict=True)):
            segments[at] = _delete_records(index, segments[at], np.union1d(reader.deleted, numbers), state.number + 1)
    if append:
        if not (index / new.folder).exists():
            (folder / new.folder).rename(index / new.folder)
        shutil.rmtree(folder)
        segments.append(new)
    changed = IndexCommit(state.number + 1, tuple(segments))
    write_commit(index, changed)
    say("done", 1.0)
    return changed


def _hash_record_ids(record_ids: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.unique(hash_texts(pa.array(record_ids, pa.string())))


def _delete_records(
    index: Path, segment: SegmentInfo, numbers: np.ndarray[tuple[int], np.dtype[np.uint32]], state: int
) -> SegmentInfo:
    """The segment with these records withdrawn; the list's file is named by its content, which the fingerprint thus holds."""
    if len(numbers) == segment.withdrawn_rows:
        return segment
    data = numbers.astype(np.uint32).tobytes()
    name = f"withdrawn-{state:06d}-{hashlib.sha256(data).hexdigest()[:32]}.bin"
    (index / name).write_bytes(data)
    return replaced(segment, withdrawn=name, withdrawn_rows=len(numbers))
