"""`comity index`: build the custodian's index, and say what is in one."""

from pathlib import Path
from typing import Annotated

import typer

from comity import match
from comity.app.cli import make_command_group
from comity.app.cli.arguments import OutOption
from comity.app.cli.output import JsonOption, print_result, progress_bars
from comity.errors import RequestError


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Build an index of the custodian's records, change one, or look at one.")
    commands.command("build")(build_index)
    commands.command("append")(append_records)
    commands.command("withdraw")(withdraw_records)
    commands.command("info")(show_info)
    app.add_typer(commands, name="index")


RecordsArgument = Annotated[
    list[Path], typer.Argument(metavar="RECORDS...", help="Parquet or CSV files, or folders of them.")
]
IndexArgument = Annotated[Path, typer.Argument(metavar="INDEX")]


def build_index(
    records: RecordsArgument,
    out: OutOption,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the index at --out.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Normalize records and persist the blocking keys, every one of which holds a part of the address.

    Killed and run again with the same records, it goes on where it was.

    Example: comity index build sim/records --out idx
    """
    with progress_bars() as report:
        made = match.build_index(records, out, progress=report, replace=replace)
    _print_index(made, as_json=as_json)


def append_records(index: IndexArgument, records: RecordsArgument, as_json: JsonOption = False) -> None:
    """Add records, such as another tax year's; a record whose record_id is on file takes its place (an amended return).

    Readers see the old state or the new one; determinations of the old state can still be replayed.

    Example: comity index append idx records-2024
    """
    with progress_bars() as report:
        made = match.update_index(index, append=records, progress=report)
    _print_index(made, as_json=as_json)


def withdraw_records(
    index: IndexArgument,
    listed: Annotated[Path, typer.Option("--record-ids", help="A file of record_ids, one a line.")],
    as_json: JsonOption = False,
) -> None:
    """Take records out of the index; determinations of the old state can still be replayed.

    Example: comity index withdraw idx --record-ids withdrawn.txt
    """
    try:
        names = [line for line in listed.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError) as e:
        raise RequestError(
            "bad_argument", "The list of record_ids cannot be read.", "Give a text file in UTF-8."
        ) from e
    with progress_bars() as report:
        made = match.update_index(index, withdraw=names, progress=report)
    _print_index(made, as_json=as_json)


def show_info(index: IndexArgument, as_json: JsonOption = False) -> None:
    """Say what an index holds: rows, years, sizes, hot keys, fingerprint. Counts only.

    Example: comity index info idx
    """
    _print_index(match.Index.find_commit(index), as_json=as_json)


def _print_index(about: match.IndexCommit, *, as_json: bool) -> None:
    facts = {
        "state": about.number,
        "fingerprint": about.fingerprint,
        "rows": about.rows,
        "years": list(about.years),
        "synthetic": about.is_synthetic,
        "format": about.format,
        "segments": [
            {
                "fingerprint": s.fingerprint,
                "rows": s.rows,
                "withdrawn": s.withdrawn_rows,
                "years": list(s.years),
                "bytes": s.bytes,
                "keys": dict(s.keys),
                "hot keys": dict(s.hot),
                "records behind the hottest key": s.hottest,
            }
            for s in about.segments
        ],
    }
    lines = [f"{name:<12} {value}" for name, value in facts.items() if name != "segments"]
    for s in about.segments:
        lines += [
            f"segment {s.fingerprint[:16]}: {s.rows:,} records of {', '.join(map(str, s.years))}, {s.withdrawn_rows:,} withdrawn, {s.bytes:,} bytes",
            *(f"  keys {name:<24} {count:>13,}   hot {s.hot[name]:>9,}" for name, count in s.keys.items()),
            f"  records behind the hottest key {s.hottest:,}",
        ]
    print_result(facts, lines, as_json=as_json)
