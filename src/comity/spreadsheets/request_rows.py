"""Turn an officer's table into requests: every row that is not blank is one, or the table is refused.

Guarantees: as many requests as rows; all faults at once, each with its row and column. What was put back is counted.
Start at `convert_sheet`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from comity.model.request_fields import REQUEST_FIELDS, REQUESTS_SCHEMA
from comity.spreadsheets.row_checks import find_repeats, find_total_rows, split_merged
from comity.spreadsheets.sheet import EMPTY_CELL, Cell, Sheet, SheetFault, SheetRow, column_letter
from comity.spreadsheets.usual_headings import make_plain_name, match_columns
from comity.spreadsheets.values import DateReading, convert_cell, find_contradictions

_MIN_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class ConvertedSheet:
    """The requests of a table (`REQUESTS_SCHEMA`), which are all there only if there are no faults.

    `columns` maps ours to the names in the table; `unused_columns` are those that are none of ours, by name and letter.
    `repeats` are rows, by number, that ask the same; `notes` say what else was found and is no fault.
    """

    requests: pa.Table
    faults: tuple[SheetFault, ...]
    columns: dict[str, str]
    unused_columns: tuple[str, ...]
    changes: dict[str, int]
    has_own_ids: bool
    repeats: tuple[tuple[int, ...], ...] = ()
    notes: tuple[str, ...] = ()


def convert_sheet(
    sheet: Sheet,
    *,
    chosen: Mapping[str, str],
    dates: DateReading,
    required: Collection[str] = (),
    earlier: Mapping[str, str] = MappingProxyType({}),
) -> ConvertedSheet:
    """Return the requests of a table.

    Args:
        sheet: the table.
        chosen: for some of our columns, the name that each has in the table.
        dates: how days such as 03/04/2025 are meant, where no cell of their column contradicts it.
        required: our columns that must be there.
        earlier: as `chosen`, from columns.csv of an earlier build; what is chosen counts before it.
    """
    positions, faults = match_columns(sheet.header, chosen, earlier)
    faults += sheet.faults
    if len(positions) < _MIN_COLUMNS:  # a title, or a row of values: what else is said of it would be about that
        message = "The first row that is not blank does not name the columns."
        to_do = (
            "Delete what is above the names, such as a title. If the row does name them, say which is which with "
            "--column OURS=NAME."
        )
        _, wrong_choices = match_columns(sheet.header, chosen)
        return _refuse(sheet, [*sheet.faults, *(wrong_choices or [SheetFault(None, "", "", message, to_do)])])
    faulted = {fault.column for fault in faults}
    for column in (name for name in REQUEST_FIELDS if name in required):
        if column not in positions and column not in faulted:
            message = f"No column of the table is {column}, which the agreement requires in each row."
            to_do = f"Add it, or say which column it is with --column {column}=NAME."
            faults.append(SheetFault(None, "", column, message, to_do))
    changes: Counter[str] = Counter()
    day_cells = (_get_cell(row, positions.get("final_order_date")) for row in sheet.rows)
    dates = find_contradictions(day_cells, dates)
    columns: dict[str, list[str | None]] = {name: [] for name in REQUEST_FIELDS}
    merged_faults, notes = split_merged(sheet, positions.values())
    faults += merged_faults
    totals = find_total_rows(sheet)
    for row in sheet.rows:
        if row.number not in totals and _is_note(row, positions):
            totals[row.number] = _make_note_fault(row)
        faults += [totals[row.number]] if row.number in totals else _find_shifts(sheet.header, row)
        for column, values in columns.items():
            if column not in positions:
                values.append(f"row-{row.number}" if column == "request_id" else None)
                continue
            position = positions[column]
            converted = convert_cell(column, _get_cell(row, position), dates)
            values.append(converted.text or None)
            if converted.message and row.number not in totals:
                letter = column_letter(position)
                faults.append(SheetFault(row.number, letter, column, converted.message, converted.to_do))
            elif converted.change:
                changes[converted.change] += 1
    if not sheet.rows:
        message = "The table has no row below its header."
        faults.append(SheetFault(None, "", "", message, "Enter a row for each request."))
    table = pa.table({"row": pa.array(range(1, len(sheet.rows) + 1), pa.int32()), **columns}, schema=REQUESTS_SCHEMA)
    used = {position: name for name, position in positions.items()}
    unused = [
        f"{make_plain_name(name)} (column {column_letter(n)})"
        for n, name in enumerate(sheet.header)
        if n not in used and name.strip()
    ]
    names = {name: sheet.header[position] for name, position in positions.items()}
    return ConvertedSheet(
        requests=table,
        faults=tuple(faults),
        columns=names,
        unused_columns=tuple(unused),
        changes=dict(changes),
        has_own_ids="request_id" in positions,
        repeats=tuple(find_repeats(sheet.rows, columns, totals)),
        notes=tuple(notes),
    )


def _is_note(row: SheetRow, positions: Mapping[str, int]) -> bool:
    """Return whether all that is filled in a row is in columns that are none of ours."""
    return not any(_get_cell(row, position).text.strip() for position in positions.values())


def _make_note_fault(row: SheetRow) -> SheetFault:
    message = "The row is no request: all that is filled in it is in columns that are not used."
    return SheetFault(row.number, "", "", message, "Delete the row, or fill in its cells if it is a request.")


def _get_cell(row: SheetRow, position: int | None) -> Cell:
    return row.cells[position] if position is not None and position < len(row.cells) else EMPTY_CELL


def _find_shifts(header: Sequence[str], row: SheetRow) -> list[SheetFault]:
    """Return what shows that a row may be shifted: cells in columns without a name, or fewer cells than columns."""
    named = [position for position, name in enumerate(header) if name.strip()]
    faults = []
    if len(row.cells) <= named[-1]:
        message = "The row ends before the last column, so its cells may be those of other columns."
        faults.append(SheetFault(row.number, "", "", message, "Give the row a field for each column, empty or not."))
    for position, cell in enumerate(row.cells):
        if cell.text.strip() and position not in named:
            message = "The cell is in a column without a name, so the row may be shifted."
            to_do = "Give the column a name in the first row, or delete the cell."
            faults.append(SheetFault(row.number, column_letter(position), "", message, to_do))
    return faults


def _refuse(sheet: Sheet, faults: list[SheetFault]) -> ConvertedSheet:
    unused = tuple(column_letter(n) for n, name in enumerate(sheet.header) if name.strip())
    return ConvertedSheet(REQUESTS_SCHEMA.empty_table(), tuple(faults), {}, unused, {}, has_own_ids=False)
