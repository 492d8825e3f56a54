"""Find rows of an officer's table that are no requests, or ask what another row asks, and merged cells that matter.

Guarantees: reads no more of a row than which of its cells are filled, whether they are equal to those of another row,
and whether one of them begins with a word for a total. No message has a value of a row.
Does not: leave any row out.
Basis: ADR 0040.
Start at `find_total_rows`.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from statistics import median_low

from comity.spreadsheets.sheet import CellRange, Sheet, SheetFault, SheetRow, column_letter

_TOTAL_WORD = re.compile(r"(?:grand |sub-? ?)?(?:totals?|counts?|sum|number of)(?:\W.*)?", re.IGNORECASE)
_FEW_CELLS = 3  # a row with a third of the cells that others have, or fewer, has few
NOT_COMPARED = frozenset({"request_id"})
"""Fields in which rows that ask the same may differ."""


def find_total_rows(sheet: Sheet) -> dict[int, SheetFault]:
    """Return, by its number, a fault for each row that looks like a total: few cells, and a word for it or the last."""
    filled = [[cell.text.strip() for cell in row.cells if cell.text.strip()] for row in sheet.rows]
    usual = median_low([len(cells) for cells in filled]) if filled else 0
    faults = {}
    for row, cells in zip(sheet.rows, filled, strict=True):
        has_word = any(_TOTAL_WORD.fullmatch(text) for text in cells)
        is_last = row is sheet.rows[-1] and len(sheet.rows) > 1
        if (has_word or is_last) and len(cells) * _FEW_CELLS <= max(usual, len(sheet.header)):
            message = f"The row looks like a total and not like a request: {len(cells)} of its cells are filled."
            to_do = "Delete the row, or fill in its cells if it is a request."
            faults[row.number] = SheetFault(row.number, "", "", message, to_do)
    return faults


def find_repeats(
    rows: Sequence[SheetRow], columns: Mapping[str, Sequence[str | None]], left_out: Collection[int]
) -> list[tuple[int, ...]]:
    """Return the numbers of the rows, two or more, in which everything but the request id is the same.

    `left_out` are rows, by number, that are no requests.
    """
    names = [name for name in columns if name not in NOT_COMPARED]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, *values in zip(rows, *(columns[name] for name in names), strict=True):
        if row.number in left_out:
            continue
        groups[tuple(" ".join((value or "").casefold().split()) for value in values)].append(row.number)
    return [tuple(numbers) for numbers in groups.values() if len(numbers) > 1]


def split_merged(sheet: Sheet, used: Collection[int]) -> tuple[list[SheetFault], list[str]]:
    """Return a fault for merged cells in used columns (positions from 0), and a note about the others."""
    numbers = [sheet.header_number, *(row.number for row in sheet.rows)]
    faults, unused = [], list[CellRange]()
    for merged in sheet.merged:
        columns = [position for position in sorted(used) if merged.first_column <= position + 1 <= merged.last_column]
        row = next((number for number in numbers if merged.first_row <= number <= merged.last_row), None)
        if not columns or row is None:
            unused.append(merged)
            continue
        message = f"The cells {merged.name} are merged, so which row has their value is not sure."
        faults.append(SheetFault(row, column_letter(columns[0]), "", message, "Unmerge them, and fill in each row."))
    return faults, _describe_unused(unused)


def _describe_unused(unused: Sequence[CellRange]) -> list[str]:
    if not unused:
        return []
    return [f"Merged cells in columns that are not used were left alone: {len(unused)}, the first {unused[0].name}."]
