"""`comity index`: build the custodian's index, change it, or describe it."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.output import JsonOption, print_result
from comity.app.cli.progress_bars import progress_bars
from comity.app.use_cases import record_index
from comity.match import IndexCommit

RecordsArgument = Annotated[
    list[Path], typer.Argument(metavar="RECORDS...", help="Parquet or CSV files, or folders of them.")
]
IndexArgument = Annotated[Path, typer.Argument(metavar="INDEX")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("index"))
    group.command("build")(build_index)
    group.command("append")(append_records)
    group.command("withdraw")(withdraw_records)
    group.command("info")(show_info)
    app.add_typer(group, name="index")


def build_index(
    records: RecordsArgument,
    out: OutOption,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the index at --out.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Normalize records and store their blocking keys, each of which contains a part of the address.

    Killed and run again with the same records, it continues where it stopped.

    Example: comity index build sim/records --out idx
    """
    with progress_bars() as progress:
        commit = record_index.build_index(records, out, progress=progress, replace=replace)
    _print_commit(commit, as_json=as_json)


def append_records(index: IndexArgument, records: RecordsArgument, as_json: JsonOption = False) -> None:
    """Add records, such as another tax year's. A record replaces the one of the same record_id (an amended return).

    Readers see the old state or the new one; determinations of the old state can still be replayed.

    Example: comity index append idx records-2024
    """
    with progress_bars() as progress:
        commit = record_index.append_records(index, records, progress=progress)
    _print_commit(commit, as_json=as_json)


def withdraw_records(
    index: IndexArgument,
    record_ids: Annotated[Path, typer.Option("--record-ids", help="A file of record_ids, one a line.")],
    as_json: JsonOption = False,
) -> None:
    """Take records out of the index; determinations of the old state can still be replayed.

    Example: comity index withdraw idx --record-ids withdrawn.txt
    """
    with progress_bars() as progress:
        commit = record_index.withdraw_records(index, record_ids, progress=progress)
    _print_commit(commit, as_json=as_json)


def show_info(index: IndexArgument, as_json: JsonOption = False) -> None:
    """Describe an index: rows, years, sizes, hot keys, fingerprint. Counts only.

    Example: comity index info idx
    """
    _print_commit(record_index.describe_index(index), as_json=as_json)


def _print_commit(commit: IndexCommit, *, as_json: bool) -> None:
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
    lines = [f"{name:<12} {value}" for name, value in facts.items()]
    for segment in commit.segments:
        years = ", ".join(map(str, segment.years))
        head = f"segment {segment.fingerprint[:16]}: {segment.rows:,} records of {years}"
        lines += [
            f"{head}, {segment.withdrawn_rows:,} withdrawn, {segment.bytes:,} bytes",
            *(f"  keys {name:<24} {count:>13,}   hot {segment.hot[name]:>9,}" for name, count in segment.keys.items()),
            f"  records behind the hottest key {segment.hottest:,}",
        ]
    print_result({**facts, "segments": segments}, lines, as_json=as_json)
