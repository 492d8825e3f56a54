"""Write a proposed map as TOML, with comments about what could not be told.

Start at `write_head`, then `write_table` and `write_links`.
"""

import json
from collections.abc import Mapping, Sequence

from comity.match.exports.column_guesses import ColumnGuess, compute_share
from comity.match.exports.column_names import FIELD_NAMES, HOUSE_NUMBER
from comity.match.exports.export_map import DEFAULT_EMPTY, MAP_VERSION, given_fields
from comity.match.exports.file_layout import FileLayout
from comity.match.exports.link_guesses import LinkGuess

REQUIRED_FIELDS = ("record_id", "tax_year", "first_name", "last_name", "street", "city", "state", "zip")
_FIELD_ORDER = {name: number for number, name in enumerate(FIELD_NAMES)}


def write_head() -> str:
    """Return the lines that every map begins with."""
    empty = ", ".join(_quote(text) for text in DEFAULT_EMPTY)
    return (
        "# What the columns of these files are. Read it, correct it, and then:\n"
        "#   comity index build FILES --map THIS_FILE --out INDEX\n"
        f"version = {MAP_VERSION}\n\n"
        "# Texts that stand for no value, in every column, exactly as written.\n"
        "# Null, Na and None are names of people, and are no such texts unless you add them.\n"
        f"empty = [{empty}]"
    )


def write_table(  # noqa: PLR0913  each is needed
    name: str,
    layout: FileLayout,
    files: Sequence[str],
    guesses: Mapping[str, ColumnGuess],
    *,
    is_linked: bool,
    is_part: bool = False,
) -> tuple[list[str], list[str]]:
    """Return the lines of a table, and the fields that no column of it seems to give.

    A linked table gives no record_id, which is made of the return and the role. One that `is_part` seems to be half of
    such a pair: what it lacks is in the other table, and is no constant.
    """
    quoted = ", ".join(_quote(file) for file in files)
    lines = [
        "[[tables]]",
        f'name = "{name}"',
        f"files = [{quoted}]  # or a pattern: export_*.csv",
        f'layout = "{layout.layout}"',
    ]
    if layout.layout != "parquet":
        lines.append(f'encoding = "{layout.encoding}"')
    if layout.layout == "delimited":
        lines += [f"delimiter = {_quote(layout.delimiter)}", f"quote = {_quote(layout.quote)}"]
        lines.append(f"header = {str(layout.has_header).lower()}")
    lines += [f"skip_lines = {layout.skip_lines}"] * bool(layout.skip_lines)
    years = next((layout.columns[column] for column, guess in guesses.items() if guess.field == "tax_year"), [])
    lines += ['thousands = ","'] * (compute_share(years, r"[12],\d{3}") > 0)
    lines.append("[tables.columns]")
    given = given_fields([guess.field for guess in guesses.values() if guess.field])
    house_number = next((column for column, guess in guesses.items() if guess.field == HOUSE_NUMBER), None)
    for column, guess in sorted(guesses.items(), key=lambda item: _FIELD_ORDER.get(item[1].field or "", 99)):
        if guess.field == "street" and house_number and layout.layout != "fixed":
            lines.append(f"street = {{join = [{_quote(house_number)}, {_quote(column)}]}}  # {guess.why}")
        elif guess.field and guess.field != HOUSE_NUMBER and not (is_linked and guess.field == "record_id"):
            lines.append(f"{guess.field} = {_write_source(layout, column, guess)}  # {guess.why}")
    unused = [
        column for column, guess in guesses.items() if not guess.field or (is_linked and guess.field == "record_id")
    ]
    missing = [required for required in REQUIRED_FIELDS if required not in given]
    if missing and is_part:
        lines.append(f"# No column seems to give: {', '.join(missing)}. Another table may: see the link at the end.")
    elif missing and not is_linked:
        lines.append(f'# No column seems to give: {", ".join(missing)}. Name it, or write {{constant = "..."}}.')
    if unused and layout.layout != "fixed":
        lines.append(f"# Columns that are not read: {', '.join(_quote(c) for c in unused)}")
    lines += [
        f"# {_quote(column)} is not read: start = {layout.slices[column][0] + 1}, "
        f"width = {layout.slices[column][1] - layout.slices[column][0]}"
        for column in (unused if layout.layout == "fixed" else ())
    ]
    lines += [
        f"# {_describe_columns(layout, guesses, pair)} touch in almost every row: they may be one column that was cut."
        for pair in layout.touching
    ]
    return lines, missing


def _describe_columns(layout: FileLayout, guesses: Mapping[str, ColumnGuess], columns: Sequence[str]) -> str:
    """Return what a comment calls columns of fixed width: by their fields, or by where they begin."""
    return " and ".join(guesses[c].field or f"what begins at {layout.slices[c][0] + 1}" for c in columns)


def _write_source(layout: FileLayout, column: str, guess: ColumnGuess) -> str:
    """Return a field's source as TOML."""
    form = f", form = {_quote(guess.form)}" if guess.form else ""
    if layout.layout == "fixed":
        start, stop = layout.slices[column]
        return f"{{start = {start + 1}, width = {stop - start}{form}}}"
    text = _quote(column)
    return f"{{column = {text}{form}}}" if form else text


def name_table(number: int) -> str:
    """Return the name of the table at a position, from 0."""
    return f"table_{number + 1}"


def write_possible_link(persons: int, rows: int) -> list[str]:
    """Return a comment that shows how two tables are linked, at these positions, where no column says by what."""
    first, second = name_table(rows), name_table(persons)
    lines = [
        f"# {first} has years and no names, {second} names and no years.",
        "# If a column of the first holds ids of the second, link them:",
        "# [[links]]",
        f'# from = "{first}.COLUMN"',
        f'# to = "{second}.ID"',
        '# role = "primary"',
    ]
    return ["\n".join(lines)]


def write_links(links: Sequence[LinkGuess]) -> list[str]:
    """Return a block for each link between two tables, with the form of the record_ids that it gives."""
    return [
        "\n".join(
            [
                "[[links]]",
                f"from = {_quote(f'{name_table(link.rows)}.{link.column}')}",
                f"to = {_quote(f'{name_table(link.persons)}.{link.key}')}",
                f'role = "{link.role}"  # records get the record_id RETURN_ID-{link.role}',
            ]
        )
        for link in links
    ]


def _quote(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
