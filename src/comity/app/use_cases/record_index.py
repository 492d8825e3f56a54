"""Map and check the custodian's files, build an index of their records, change one, or describe one."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path

from comity import match
from comity.app import clock
from comity.app.use_cases.record_id_files import find_id_lines, read_record_ids
from comity.errors import ComityError, IndexUnavailableError
from comity.folders import make_private_folder, write_private_file
from comity.match import IndexCommit, IndexState, MapProposal, QualityReport, RecordsReport, YearChanges
from comity.match.records_source import find_record_files, write_row_list
from comity.model.progress import ProgressCallback


def build_index(  # noqa: PLR0913  each is a choice of the caller
    records: Sequence[Path],
    out: Path,
    *,
    export_map: Path | None = None,
    leave_out: bool = False,
    replace: bool = False,
    bring_back: bool = False,
    progress: ProgressCallback | None = None,
) -> tuple[IndexCommit, RecordsReport]:
    """Index records into `out`, through a map if one is given; return the commit, and what was read and what was not.

    Killed and run again with the same records, it continues where it stopped.

    Raises:
        ComityError: `records_invalid`, `map_invalid`, `build_stopped`; `output_exists` unless `replace` is given;
            `withdrawn_come_back`, records were withdrawn from the index there, unless `bring_back` is given.
    """
    _verify_inputs(records, export_map)
    match.verify_destination(out, replace=replace)
    with _open_records(records, export_map, out, leave_out=leave_out) as (files, report):
        return match.build_index(files, out, progress=progress, replace=replace, bring_back=bring_back), report


def find_unfinished_build(out: Path) -> Path | None:
    """Return the folder that a stopped build of an index at `out` left, or None."""
    folder = match.find_unfinished_build(out)
    return folder if folder.exists() else None


def is_index_readable(index: Path) -> bool:
    """Return whether an index can be read by this version."""
    try:
        match.Index.find_commit(index)
    except IndexUnavailableError:
        return False
    return True


def propose_map(records: Sequence[Path], out: Path) -> MapProposal:
    """Write a proposed map for the files of an export to `out`.

    Raises:
        ComityError: `records_invalid`, a file is no table; `output_exists`, there is something at `out`;
            `bad_argument`, nothing can be written there.
    """
    proposal = match.propose_map(records)
    if out.exists():
        message = f"There is already something where the map should go: {out}."
        raise ComityError("output_exists", message, "Choose another name: a map that you edited is not overwritten.")
    if not out.parent.is_dir():
        message = f"There is no folder {out.parent}, in which the map should go."
        raise ComityError("bad_argument", message, "Make it, or choose another name with --out.")
    try:
        with write_private_file(out) as file:
            file.write(proposal.text)
    except OSError as error:
        raise _unwritable_error(out, error) from error
    return proposal


def _unwritable_error(out: Path, error: OSError) -> ComityError:
    return ComityError("bad_argument", f"Nothing can be written at {out} ({error.strerror}).", "Choose another place.")


def append_records(  # noqa: PLR0913  each is a choice of the caller
    index: Path,
    records: Sequence[Path],
    *,
    export_map: Path | None = None,
    leave_out: bool = False,
    bring_back: bool = False,
    progress: ProgressCallback | None = None,
) -> tuple[IndexCommit, RecordsReport]:
    """Add records to an index; a record whose record_id is in it replaces the older one.

    Returns the commit, and what was read and what was not.

    Raises:
        ComityError: as `build_index` does, or `already_appended`; `withdrawn_come_back`, some of the records were
            withdrawn, unless `bring_back` is given.
    """
    with _open_records(records, export_map, index, leave_out=leave_out) as (files, report):
        return match.update_index(index, append=files, bring_back=bring_back, progress=progress), report


def count_brought_back(index: Path, commit: IndexCommit) -> int:
    """Return how many records of an append had been withdrawn before it."""
    return match.count_brought_back(index, commit)


def check_records(
    records: Sequence[Path], out: Path, *, export_map: Path | None = None, previous: Sequence[Path] = ()
) -> tuple[QualityReport, RecordsReport]:
    """Write a report of the quality of records into `out`, as a page and as JSON; return it and what was read.

    `previous` are earlier files of the same kind, with which they are compared.

    Raises:
        ComityError: `records_invalid`, `map_invalid`; `output_exists`, there is something at `out`.
    """
    from comity.app.pages.quality_page import render_quality_page  # noqa: PLC0415  only this command draws a page

    _verify_inputs([*records, *previous], export_map)
    if out.exists():
        message = f"There is already something where the report should go: {out}."
        raise ComityError("output_exists", message, "Choose another place.")
    try:
        make_private_folder(out)
    except OSError as error:
        raise _unwritable_error(out, error) from error
    try:
        with (
            _open_records(records, export_map, out / "now", leave_out=True) as (files, report),
            _open_records(previous, export_map, out / "earlier", leave_out=True)
            if previous
            else nullcontext(((), report)) as (earlier, _),
        ):
            quality = match.measure_quality(files, clock.now().year, earlier)
    except ComityError:
        out.rmdir()
        raise
    figures = {**asdict(quality), "unanswerable_records": quality.unanswerable_records, "read": asdict(report)}
    with write_private_file(out / "quality.json") as file:
        json.dump(figures, file, indent=1, ensure_ascii=False)
    with write_private_file(out / "index.html") as file:
        file.write(render_quality_page(quality, report))
    return quality, report


def _verify_inputs(records: Sequence[Path], export_map: Path | None) -> None:
    """Refuse files that are not there, or that nothing reads, before anything else is said."""
    if export_map is None:
        find_record_files(records)
    else:
        match.assign_tables(records, match.read_export_map(export_map))


@contextmanager
def _open_records(
    records: Sequence[Path], export_map: Path | None, index: Path, *, leave_out: bool
) -> Iterator[tuple[list[Path], RecordsReport]]:
    """Yield files of records, staged beside the index where a map says how to read them, and the report of it."""
    if export_map is None:
        found = find_record_files(records)
        kinds = dict.fromkeys((file.name for file in found.not_read), "neither .parquet nor .csv")
        yield list(found.read), RecordsReport((), kinds, 0)
        return
    folder = index.with_name(f".{index.name}.staged")
    with match.stage_records(records, match.read_export_map(export_map), folder, leave_out=leave_out) as staged:
        yield [staged.file], staged.report


def withdraw_records(
    index: Path, record_ids_file: Path, *, allow_unknown: bool = False, progress: ProgressCallback | None = None
) -> tuple[IndexCommit, list[int]]:
    """Take records out of an index, named in a file of one record_id a line.

    Returns the commit, and the lines of the file whose record_id no record has.

    Raises:
        ComityError: `bad_argument` when the file cannot be read whole; `records_invalid` when lines of it name no
            record, unless `allow_unknown` is given, or when none does.
    """
    record_ids = read_record_ids(record_ids_file)
    unknown = match.find_unknown_ids(index, record_ids)
    lines = find_id_lines(record_ids_file, [record_ids[position] for position in unknown])
    if unknown and (not allow_unknown or len(unknown) == len(record_ids)):
        raise ComityError(
            "records_invalid",
            f"{len(unknown):,} of {len(record_ids):,} record_ids are of no record of the index, so that none was "
            f"withdrawn: {write_row_list(lines).replace('row', 'line')} of the file.",
            "Correct the list; a record that was withdrawn is in the index no longer. "
            f"{_describe_id_form(index)}To withdraw the others: --allow-unknown",
        )
    left_out = set(unknown)
    known = [record_id for position, record_id in enumerate(record_ids) if position not in left_out]
    return match.update_index(index, withdraw=known, progress=progress), lines


def _describe_id_form(index: Path) -> str:
    """Return a sentence that says which form the record_ids of linked tables have, or nothing for others."""
    with match.Index.open(index) as opened:
        endings = opened.find_id_endings()
    forms = ", ".join(f"RETURN_ID-{ending}" for ending in endings)
    return f"The record_ids of this index have the form {forms}: name those, not ids of persons. " if forms else ""


def describe_index(index: Path) -> IndexCommit:
    """Return the index's current commit: rows, years, sizes, keys, fingerprint. Raises IndexUnavailableError."""
    return match.Index.find_commit(index)


def compact_index(index: Path, *, progress: ProgressCallback | None = None) -> IndexCommit:
    """Write the records of all segments as one; return the new commit. Raises ComityError `nothing_to_do`."""
    return match.compact_index(index, progress=progress)


def list_states(index: Path) -> list[IndexState]:
    """Return every state of an index, in order. Raises IndexUnavailableError."""
    return match.list_states(index)


def compare_states(index: Path, earlier: int, later: int | None) -> list[YearChanges]:
    """Return what differs between two states, by tax year; `later` is None for the current one.

    Raises:
        ComityError: `state_unknown`.
    """
    return match.compare_states(index, earlier, match.Index.find_commit(index).number if later is None else later)


def roll_back(index: Path, number: int, *, bring_back: bool = False) -> tuple[IndexCommit, int]:
    """Return to an earlier state; return the new commit, and how many withdrawn records came back.

    Raises:
        ComityError: `state_unknown`, `nothing_to_do`, or `withdrawn_come_back` unless `bring_back` is given.
    """
    return match.roll_back(index, number, bring_back=bring_back)
