"""Propose a map for files of an export, by the names of their columns and by what is in them.

Guarantees: the proposal holds names of files and columns, and no value; what it could not tell is left for a person, as
a comment that says so.
Does not: decide. A person reads it, and `index build` refuses rows that do not fit it.
Start at `propose_map`; files are read by `file_layout`, columns told by `column_guesses`, tables linked by
`link_guesses`, TOML written by `map_writer`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.errors import ComityError
from comity.match.exports.column_guesses import guess_columns
from comity.match.exports.file_layout import FileLayout, detect_layout
from comity.match.exports.link_guesses import find_links, find_unlinked_pair, guess_linked
from comity.match.exports.map_writer import name_table, write_head, write_links, write_possible_link, write_table
from comity.match.records_source import list_files

_FEWEST_FIELDS = 3
"""Fields of a record that a file of fixed width has at least, which nobody named; a text about the export has fewer."""


@dataclass(frozen=True, slots=True)
class MapProposal:
    """A proposed map.

    Attributes:
        text: TOML.
        missing: for each table the fields that no column seems to give.
        not_read: the files that are no tables, each with why.
    """

    text: str
    missing: Mapping[str, Sequence[str]]
    not_read: Mapping[str, str]


def propose_map(records: Sequence[Path]) -> MapProposal:
    """Propose a map for files, or folders of them: files of one layout become one table.

    Raises:
        ComityError: `records_invalid`, a named file is missing, empty, or no table.
    """
    groups: dict[tuple[object, ...], tuple[FileLayout, list[str]]] = {}
    not_read: dict[str, str] = {}
    for path in records:
        files = [file for file in list_files(path) if not file.name.startswith(".")]
        if not files:
            raise _no_table_error(path.name, "it is not there, or is an empty folder")
        for file in files:
            layout = detect_layout(file)
            if isinstance(layout, str):
                if file == path:
                    raise _no_table_error(file.name, layout)
                not_read[file.name] = layout
                continue
            if file != path and _is_prose(layout):
                not_read[file.name] = "it seems to be text for people, as hardly a column of it is of a record"
                continue
            _, names = groups.setdefault(layout.signature, (layout, []))
            names.append(file.name)
    if not groups:
        causes = [f"{name}: {why}" for name, why in not_read.items()]
        raise _no_table_error(records[0].name, f"it holds no table ({'; '.join(causes)})" if causes else "it is empty")
    layouts = [layout for layout, _ in groups.values()]
    guesses = [guess_columns(layout.columns) for layout in layouts]
    links = find_links(layouts, guesses)
    for persons, rows in {(link.persons, link.rows) for link in links}:
        own = [link.column for link in links if link.rows == rows]
        guesses[rows], guesses[persons] = guess_linked(layouts[rows], own, guesses[persons])
    linked = {number for link in links for number in (link.persons, link.rows)}
    pair = () if links else find_unlinked_pair(guesses)
    blocks, missing = [], {}
    for number, (layout, names) in enumerate(groups.values()):
        name = name_table(number)
        lines, absent = write_table(
            name, layout, names, guesses[number], is_linked=number in linked, is_part=number in pair
        )
        blocks.append("\n".join(lines))
        if absent and number not in linked:
            missing[name] = absent
    blocks += write_links(links) if links else write_possible_link(*pair) if pair else ()
    return MapProposal("\n\n".join([write_head(), *blocks]) + "\n", missing, not_read)


def _is_prose(layout: FileLayout) -> bool:
    """Return whether a text without delimiters is none of fixed width: almost none of its columns is a record's."""
    if layout.layout != "fixed":
        return False
    return sum(guess.field is not None for guess in guess_columns(layout.columns).values()) < _FEWEST_FIELDS


def _no_table_error(name: str, cause: str) -> ComityError:
    return ComityError(
        "records_invalid",
        f"No map can be proposed for {name}: {cause}.",
        "Give delimited text, text of fixed width, or Parquet; save the sheet of a workbook as CSV UTF-8.",
    )
