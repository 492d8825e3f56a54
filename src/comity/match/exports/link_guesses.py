"""Guess how two tables of an export are linked: rows of one name persons of the other by their ids.

Guarantees: a link is guessed by what the columns hold, and by names only beside that; the two tables of a link give no
field twice.
Start at `find_links`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from comity.match.exports.column_guesses import ColumnGuess, guess_columns
from comity.match.exports.column_names import find_field
from comity.match.exports.export_map import DEFAULT_EMPTY, given_fields
from comity.match.exports.file_layout import FileLayout

_FEWEST_SHARED = 3
"""Ids that two columns share at least: of a large table only the first rows are looked at, in whatever order."""
_NO_IDS = re.compile("date|year|zip|postal|amount|amt", re.IGNORECASE)
_SPOUSE = re.compile("sp|sec|joint", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkGuess:
    """A column of a table of rows whose values are in a column of a table of persons, and the person's role.

    `rows` and `persons` are positions of tables.
    """

    rows: int
    column: str
    persons: int
    key: str
    role: str


def find_links(layouts: Sequence[FileLayout], guesses: Sequence[Mapping[str, ColumnGuess]]) -> list[LinkGuess]:
    """Return the links between a table with names of persons and one without, which names its persons by their ids."""
    for persons, rows in permutations(range(len(layouts)), 2):
        if not _has_persons(guesses[persons]) or _has_persons(guesses[rows]):
            continue
        keys = {
            column: frozenset(values)
            for column, values in layouts[persons].columns.items()
            if len(frozenset(values)) == len(values)
            and guesses[persons][column].field in {None, "record_id", "return_id"}
        }
        links: dict[str, LinkGuess] = {}
        columns = sorted(layouts[rows].columns.items(), key=lambda item: find_field(item[0]) != "record_id")
        for column, values in columns:  # what is called an id first
            key = None if _NO_IDS.search(column) else _find_key(column, values, keys)
            role = "spouse" if _SPOUSE.search(column) else "primary"
            if key is not None and role not in links:
                links[role] = LinkGuess(rows, column, persons, key, role)
        if links:
            return [*links.values()]
    return []


def find_unlinked_pair(guesses: Sequence[Mapping[str, ColumnGuess]]) -> tuple[int, ...]:
    """Return the positions of a table with names and no year, and of one with years and no names; else nothing."""
    for persons, rows in permutations(range(len(guesses)), 2):
        names, years = (_fields_of(guesses[number]) for number in (persons, rows))
        if {"last_name", "tax_year"} & names == {"last_name"} and {"last_name", "tax_year"} & years == {"tax_year"}:
            return persons, rows
    return ()


def guess_linked(
    rows: FileLayout, links: Sequence[str], persons: Mapping[str, ColumnGuess]
) -> tuple[dict[str, ColumnGuess], dict[str, ColumnGuess]]:
    """Return the guesses of the rows without the columns of their links, and those of the persons without twice-given.

    What identifies the rows is the return_id: a record is one person of a return.
    """
    own = {name: values for name, values in rows.columns.items() if name not in links}
    guessed = guess_columns(own)
    if not any(guess.field == "return_id" for guess in guessed.values()):
        guessed = {
            column: ColumnGuess("return_id", None, guess.why) if guess.field == "record_id" else guess
            for column, guess in guessed.items()
        }
    guessed |= {column: ColumnGuess(None) for column in links}
    given = _fields_of(guessed)
    kept = {
        column: ColumnGuess(None) if guess.field and given_fields([guess.field]) & given else guess
        for column, guess in persons.items()
    }
    return {column: guessed[column] for column in rows.columns}, kept


def _has_persons(guesses: Mapping[str, ColumnGuess]) -> bool:
    return "last_name" in _fields_of(guesses)


def _fields_of(guesses: Mapping[str, ColumnGuess]) -> set[str]:
    return given_fields([guess.field for guess in guesses.values() if guess.field])


def _find_key(column: str, values: Sequence[str], keys: Mapping[str, frozenset[str]]) -> str | None:
    """Return the key of the persons that a column holds: most of its values, or some where it is called like an id."""
    texts = {value for value in values if value and value not in DEFAULT_EMPTY}
    for key, known in keys.items():
        shared = len(texts & known)
        is_called_id = find_field(column) == "record_id" or column.lower().endswith(key.lower())
        if shared > 0.5 * len(texts) and shared and find_field(column) != "return_id":
            return key
        if shared >= _FEWEST_SHARED and (is_called_id or _SPOUSE.search(column)):
            return key
    return None
