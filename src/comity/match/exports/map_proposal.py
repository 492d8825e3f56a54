"""Propose a map for files of an export, by the names of their columns and by what is in them.

Guarantees: the proposal holds names of files and columns, and no value; what it could not tell is left for a person, as
a comment that says so.
Does not: decide. A person reads it, and `index build` refuses rows that do not fit it.
Start at `propose_map`; files are read by `file_layout`, columns told by `column_guesses`, TOML written by `map_writer`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.errors import ComityError
from comity.match.exports.column_guesses import ColumnGuess, guess_columns
from comity.match.exports.export_map import DEFAULT_EMPTY, given_fields
from comity.match.exports.file_layout import FileLayout, detect_layout
from comity.match.exports.map_writer import write_head, write_links, write_table
from comity.match.records_source import list_files


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
            _, names = groups.setdefault(layout.signature, (layout, []))
            names.append(file.name)
    if not groups:
        raise _no_table_error(records[0].name, "it holds no table")
    guesses = [guess_columns(layout) for layout, _ in groups.values()]
    links = _guess_links([layout for layout, _ in groups.values()], guesses)
    for number in {int(link[0].removeprefix("table_")) - 1 for link in links}:
        _name_returns(guesses[number])
    blocks, missing = [], {}
    for number, (layout, names) in enumerate(groups.values()):
        name = f"table_{number + 1}"
        lines, absent = write_table(name, layout, names, guesses[number], is_linked=bool(links))
        blocks.append("\n".join(lines))
        if absent and not links:
            missing[name] = absent
    return MapProposal("\n\n".join([write_head(), *blocks, *write_links(links)]) + "\n", missing, not_read)


def _no_table_error(name: str, cause: str) -> ComityError:
    return ComityError(
        "records_invalid",
        f"No map can be proposed for {name}: {cause}.",
        "Give delimited text, text of fixed width, or Parquet; save the sheet of a workbook as CSV UTF-8.",
    )


def _guess_links(
    layouts: Sequence[FileLayout], guesses: Sequence[Mapping[str, ColumnGuess]]
) -> list[tuple[str, str, str, str, str]]:
    """Return links between a table of persons and one of returns: their tables and columns, and the role.

    Two tables are linked when one has no years and the other has no names, and a column of the second has values of an
    identifying column of the first.
    """
    if len(layouts) != 2:
        return []
    fields = [given_fields([g.field for g in table.values() if g.field]) for table in guesses]
    for persons, rows in ((0, 1), (1, 0)):
        if not (
            {"last_name"} <= fields[persons] and "tax_year" not in fields[persons] and "last_name" not in fields[rows]
        ):
            continue
        keys = {
            column: set(values) - {""}
            for column, values in layouts[persons].columns.items()
            if len(set(values)) == len(values) and guesses[persons][column].field in {None, "record_id", "return_id"}
        }
        links = []
        for column, values in layouts[rows].columns.items():
            texts = {value for value in values if value and value not in DEFAULT_EMPTY}
            key = next((k for k, known in keys.items() if texts and len(texts & known) > 0.5 * len(texts)), None)
            if key and not re.search("date|year|zip", column, re.IGNORECASE):
                role = "spouse" if re.search("sp|sec", column, re.IGNORECASE) else "primary"
                links.append((f"table_{rows + 1}", column, f"table_{persons + 1}", key, role))
        if len({link[4] for link in links}) == len(links):
            return links
    return []


def _name_returns(guesses: dict[str, ColumnGuess]) -> None:
    """Make what identifies the rows of a table of returns the return_id: a record is one person of a return."""
    if not any(guess.field == "return_id" for guess in guesses.values()):
        for column, guess in guesses.items():
            if guess.field == "record_id":
                guesses[column] = ColumnGuess("return_id", None, guess.why)
