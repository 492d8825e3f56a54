"""`comity index`: build the custodian's index, change it, or describe it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.use_cases import record_index
from comity.match import IndexCommit, RecordsReport, describe_cause
from comity.match.records_source import write_row_list

RecordsArgument = Annotated[
    list[Path], typer.Argument(metavar="RECORDS...", help="Parquet or CSV files, or folders of them.")
]
MapOption = Annotated[Path | None, typer.Option("--map", help="What the columns are; see: comity index map")]
LeaveOutOption = Annotated[
    bool, typer.Option("--leave-out", help="With --map: leave out rows that cannot be indexed, and count them.")
]
BringBackOption = Annotated[bool, typer.Option("--bring-back", help="Records that were withdrawn may come back.")]
IndexArgument = Annotated[Path, typer.Argument(metavar="INDEX")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("index"))
    group.command("map")(propose_map)
    group.command("check")(check_records)
    group.command("build")(build_index)
    group.command("append")(append_records)
    group.command("withdraw")(withdraw_records)
    group.command("info")(show_info)
    group.command("states")(show_states)
    group.command("changes")(show_changes)
    group.command("compact")(compact_index)
    group.command("rollback")(roll_back)
    app.add_typer(group, name="index")


def propose_map(
    records: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Files of an export, or folders of them.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the map.")] = Path("map.toml"),
    as_json: JsonOption = False,
) -> None:
    """Propose how to read files with columns of their own: a map (TOML) for you to read, correct and give to build.

    It looks at the names of the columns and at the first rows. Delimited text in any usual encoding, fixed width and
    Parquet, compressed or not. The map holds no value of a record.

    Example: comity index map export-2023.txt.gz --out map.toml
    """
    proposal = record_index.propose_map(records, out)
    lines = [f"The map is in {out}. Read it, and correct what is wrong."]
    lines += [f"{table}: no column seems to give {', '.join(fields)}" for table, fields in proposal.missing.items()]
    lines += [f"not read: {name}: {why}" for name, why in proposal.not_read.items()]
    print_result(
        {"map": str(out), "missing": dict(proposal.missing), "not_read": dict(proposal.not_read)},
        lines,
        as_json=as_json,
    )


def check_records(
    records: RecordsArgument,
    out: OutOption,
    export_map: MapOption = None,
    previous: Annotated[
        list[Path] | None, typer.Option("--previous", help="Earlier files of the kind, to compare with; repeatable.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Report the quality of records before they are indexed, as a page and as JSON. Counts only, no values.

    Columns that are filled, placeholders, ZIP codes beside states and cities, addresses that do not parse, duplicates,
    years that cannot be, crowded addresses; and about how many records no request can be confirmed.

    Example: comity index check sim/records --out quality
    """
    quality, report = record_index.check_records(records, out, export_map=export_map, previous=previous or ())
    lines = [f"{quality.records:,} records; the report is {out / 'index.html'}."]
    lines.append(f"No request can be confirmed about {quality.unanswerable_records:,} of them.")
    lines += [f"  {n:,}: {cause}" for cause, n in quality.unanswerable.items()]
    lines += [f"cannot be indexed: {n:,}: {cause}" for cause, n in quality.faults.items()]
    lines += [f"beside the earlier files: {n:,} {figure}" for figure, n in quality.compared.items()]
    lines += describe_report(report)
    figures = {**asdict(quality), "unanswerable_records": quality.unanswerable_records, "read": asdict(report)}
    print_result(figures, lines, as_json=as_json)


def build_index(
    records: RecordsArgument,
    out: OutOption,
    export_map: MapOption = None,
    leave_out: LeaveOutOption = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the index at --out.")] = False,
    bring_back: BringBackOption = False,
    as_json: JsonOption = False,
) -> None:
    """Normalize records and store their blocking keys, each of which contains a part of the address.

    Killed and run again with the same records, it continues where it stopped. Files whose columns have other names
    than those of the format are read through --map. Records that were withdrawn from an index that is replaced are
    refused, unless --bring-back is given.

    Example: comity index build sim/records --out idx
    """
    if replace and out.exists() and not record_index.is_index_readable(out):
        print_notice(
            "The index there is damaged or of another version, so that what was withdrawn from it is not known: "
            "withdraw it again."
        )
    with _naming_unfinished_build(out), progress_bars() as progress:
        commit, report = record_index.build_index(
            records,
            out,
            export_map=export_map,
            leave_out=leave_out,
            replace=replace,
            bring_back=bring_back,
            progress=progress,
        )
    _print_commit(commit, report, as_json=as_json)


@contextmanager
def _naming_unfinished_build(out: Path) -> Iterator[None]:
    """Say, when a build does not come to its end, what it leaves and what becomes of that."""
    try:
        yield
    except BaseException:
        if folder := record_index.find_unfinished_build(out):
            print_notice(
                f"The unfinished build is in {folder}, which holds records. The next build at {out} goes on with it or "
                "removes it; to be rid of it, erase the folder."
            )
        raise


def append_records(
    index: IndexArgument,
    records: RecordsArgument,
    export_map: MapOption = None,
    leave_out: LeaveOutOption = False,
    bring_back: BringBackOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add records, such as another tax year's. A record replaces the one of the same record_id (an amended return).

    Readers see the old state or the new one; determinations of the old state can still be replayed. Records that are
    all in the index as they are, are refused, and so are files with a record that was withdrawn.

    Example: comity index append idx records-2024
    """
    before = record_index.describe_index(index)
    with progress_bars() as progress:
        commit, report = record_index.append_records(
            index, records, export_map=export_map, leave_out=leave_out, bring_back=bring_back, progress=progress
        )
    if bring_back and (returned := record_index.count_brought_back(index, commit)):
        print_notice(f"{returned:,} records that were withdrawn are in the index again.")
    known = {segment.fingerprint for segment in before.segments}
    given = sum(segment.rows for segment in commit.segments if segment.fingerprint not in known)
    replaced = before.rows + given - commit.rows
    changes = [f"added {given - replaced:,} records, replaced {replaced:,}"]
    _print_commit(commit, report, as_json=as_json, changes=changes)


def withdraw_records(
    index: IndexArgument,
    record_ids: Annotated[Path, typer.Option("--record-ids", help="A file of record_ids, one a line.")],
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Withdraw the others when no record has some of them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take records out of the index; determinations of the old state can still be replayed.

    A list with a record_id that no record has is refused whole, and its lines are named.

    Example: comity index withdraw idx --record-ids withdrawn.txt
    """
    before = record_index.describe_index(index)
    with progress_bars() as progress:
        commit, lines = record_index.withdraw_records(index, record_ids, allow_unknown=allow_unknown, progress=progress)
    if lines:
        listed = write_row_list(lines).replace("row", "line")
        print_notice(f"{len(lines):,} record_ids of no record were left out: {listed} of the file.")
    _print_commit(commit, as_json=as_json, changes=[f"withdrew {before.rows - commit.rows:,} records"])


def show_info(index: IndexArgument, as_json: JsonOption = False) -> None:
    """Describe an index: rows, years, sizes, hot keys, fingerprint. Counts only.

    Example: comity index info idx
    """
    _print_commit(record_index.describe_index(index), as_json=as_json, with_keys=True)


def show_states(index: IndexArgument, as_json: JsonOption = False) -> None:
    """List the states of an index: each build, append, withdrawal, compaction and return made one.

    Example: comity index states idx
    """
    states = record_index.list_states(index)
    rows = [
        {
            "state": state.commit.number,
            "written_at": f"{state.written_at:%Y-%m-%dT%H:%M:%SZ}",
            "rows": state.commit.rows,
            "segments": len(state.commit.segments),
            "withdrawn": sum(segment.withdrawn_rows for segment in state.commit.segments),
            "years": list(state.commit.years),
            "fingerprint": state.commit.fingerprint,
        }
        for state in states
    ]
    lines = [
        f"state {row['state']:>4}  {row['written_at']}  {row['rows']:>13,} records  {row['segments']:>3} segments"
        f"  {row['withdrawn']:>11,} withdrawn  {str(row['fingerprint'])[:16]}"
        for row in rows
    ]
    print_result({"states": rows}, lines, as_json=as_json)


def show_changes(
    index: IndexArgument,
    earlier: Annotated[int, typer.Option("--from", min=1, help="The earlier state's number.")],
    later: Annotated[
        int | None, typer.Option("--to", min=1, help="The later state's; without it, the current.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Count what changed between two states, by tax year: records added, removed and changed. No record is named.

    Example: comity index changes idx --from 1
    """
    changes = record_index.compare_states(index, earlier, later)
    lines = ["year         added       removed       changed"]
    lines += [f"{row.year} {row.added:>13,} {row.removed:>13,} {row.changed:>13,}" for row in changes]
    print_result({"years": [asdict(row) for row in changes]}, lines if changes else ["Nothing."], as_json=as_json)


def compact_index(index: IndexArgument, as_json: JsonOption = False) -> None:
    """Write all records as one segment, without those that were withdrawn: look-ups are faster after many appends.

    Old states stay, so that determinations can still be replayed.

    Example: comity index compact idx
    """
    with progress_bars() as progress:
        commit = record_index.compact_index(index, progress=progress)
    _print_commit(commit, as_json=as_json)


def roll_back(
    index: IndexArgument,
    state: Annotated[int, typer.Option("--state", min=1, help="The state to return to; see: comity index states")],
    bring_back: BringBackOption = False,
    as_json: JsonOption = False,
) -> None:
    """Return to an earlier state of an index, after a wrong append: as a new state, so that nothing is lost.

    Where two persons chose the index, they choose it again, as its fingerprint is another one.

    Example: comity index rollback idx --state 2
    """
    before = record_index.describe_index(index)
    commit, returned = record_index.roll_back(index, state, bring_back=bring_back)
    if returned:
        print_notice(f"{returned:,} records that were withdrawn since are in the index again.")
    change = f"returned to state {state:,}: {commit.rows:,} records, where there were {before.rows:,}"
    _print_commit(commit, as_json=as_json, changes=[change])


def _print_commit(
    commit: IndexCommit,
    report: RecordsReport | None = None,
    *,
    as_json: bool,
    changes: Sequence[str] = (),
    with_keys: bool = False,
) -> None:
    """Print what was read, left out and changed, then the index; each kind of key of each segment only `with_keys`."""
    facts = {
        "state": commit.number,
        "fingerprint": commit.fingerprint,
        "rows": commit.rows,
        "years": list(commit.years),
        "synthetic": commit.is_synthetic,
        "format": commit.format,
    }
    segments = [
        {
            "fingerprint": segment.fingerprint,
            "rows": segment.rows,
            "withdrawn": segment.withdrawn_rows,
            "years": list(segment.years),
            "bytes": segment.bytes,
            "keys": dict(segment.keys),
            "hot keys": dict(segment.hot),
            "records behind the hottest key": segment.hottest,
        }
        for segment in commit.segments
    ]
    lines = [] if report is None else describe_report(report)
    lines += changes
    lines += [f"{name:<12} {value}" for name, value in facts.items()]
    for segment in commit.segments:
        years = ", ".join(map(str, segment.years))
        head = f"segment      {segment.fingerprint[:16]}: {segment.rows:,} records of {years}"
        lines += [
            f"{head}, {segment.withdrawn_rows:,} withdrawn, {segment.bytes:,} bytes",
            f"  {sum(segment.keys.values()):,} keys; records behind the hottest {segment.hottest:,}",
        ]
        if with_keys:
            lines += [
                f"  keys {name:<24} {count:>13,}   hot {segment.hot[name]:>9,}" for name, count in segment.keys.items()
            ]
    if report is not None:
        facts["read"] = asdict(report)
    print_result({**facts, "segments": segments}, lines, as_json=as_json)


def describe_report(report: RecordsReport) -> list[str]:
    """Return lines that say what was read, and what was not: files, rows and values, each with its count."""
    lines = []
    for file in report.files:
        lines.append(f"read {file.name}: {file.rows:,} rows of {file.table}")
        lines += [f"  left out: {describe_cause(cause, n, rows)}" for cause, (n, rows) in file.causes.items()]
        lines += [f"  emptied: {column} in {n:,} rows" for column, n in file.emptied.items()]
        if file.unread_columns:
            lines.append(f"  columns not read: {', '.join(file.unread_columns)}")
    lines += [f"{n:,} {note}" for note, n in report.notes.items()]
    return lines + [f"not read: {name}: {why}" for name, why in report.not_read.items()]
