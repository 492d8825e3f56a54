"""Read a workbook (.xlsx) in a process of its own with limits of memory and time.

Guarantees: however that process ends, the result is a table or an error that says what to do. Formulas are not read,
not even by their last result, which may be stale. Nothing hidden is taken or left in silence.
Start at `read_workbook_table`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from comity.spreadsheets.sheet import (
    Cell,
    CellKind,
    CellRange,
    Sheet,
    SheetFault,
    SheetRow,
    make_sheet,
    unreadable_sheet,
)
from comity.spreadsheets.text_table import read_table_bytes

MAX_WORKBOOK_BYTES = 64 * 2**20
HIDDEN_CHOICES = ("ask", "take", "leave-out")
_SECONDS = 600
_SOURCES = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from comity.spreadsheets import workbook_process; "
    "workbook_process.run(int(sys.argv[2]), sys.argv[3])"
)
_INHERITED_VARIABLES = ("LD_LIBRARY_PATH", "PATH", "TZDIR")
_ENDED_EARLY = "The workbook could not be read within the limits of memory and time, or it broke its reader."
_SAVE_AS_CSV = "Save the one sheet with the requests as CSV UTF-8."
_MAX_LISTED = 5


def read_workbook_table(path: Path, *, sheet: str = "", hidden: str = "ask") -> Sheet:
    """Return the table in a workbook's one sheet.

    Args:
        path: the workbook.
        sheet: the sheet's name, where several have something in them.
        hidden: what becomes of hidden rows: `take`, `leave-out`, or `ask`, which makes them a fault until one is said.

    Raises:
        RequestError: `sheet_unreadable`.
    """
    content = _run_reader(read_table_bytes(path, MAX_WORKBOOK_BYTES), sheet)
    if "error" in content:
        raise unreadable_sheet(*content["error"])
    faults = [
        SheetFault(None, letter, "", "The column is hidden, with something in it.", "Show it, or delete it.")
        for letter in content["hidden_columns"]
    ]
    rows = [
        SheetRow(number, [Cell(text, CellKind(kind)) for text, kind in cells])
        for number, cells in enumerate(content["rows"], 1)
    ]
    notes = [f"Read was the sheet {content['title']}."]
    if content["hidden_sheets"]:
        notes.append(f"Not read: {len(content['hidden_sheets'])} hidden sheet(s).")
    if hidden_rows := set(content["hidden_rows"]):
        listed = _list_first([str(number) for number in sorted(hidden_rows)])
        by_filter = " by a filter" if content["is_filtered"] else ""
        if hidden == "ask":
            message = f"{len(hidden_rows):,} rows of the sheet are hidden{by_filter}: {listed}."
            to_do = "Say with --hidden-rows whether to take them (take) or not (leave-out)."
            faults.append(SheetFault(None, "", "", message, to_do))
        if hidden == "leave-out":
            rows = [row for row in rows if row.number not in hidden_rows]
        if hidden != "ask":
            done = "taken" if hidden == "take" else "left out"
            notes.append(f"{len(hidden_rows):,} rows that are hidden{by_filter} were {done}: {listed}.")
    merged = tuple(CellRange(*bounds) for bounds in content["merged"])
    return make_sheet(rows, tuple(notes), faults=tuple(faults), merged=merged)


def _run_reader(data: bytes, sheet: str) -> dict[str, Any]:
    """Run the reading process to its end; what it wrote, or the error that it wrote nothing."""
    inherited = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
    output = os.memfd_create("comity-workbook")
    try:
        subprocess.run(  # noqa: S603  this interpreter
            [sys.executable, "-I", "-c", _PROGRAM, str(_SOURCES), str(output), sheet],
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(output,),
            cwd="/",
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | inherited,
            timeout=_SECONDS,
            check=True,
        )
        with os.fdopen(os.dup(output), "rb") as file:
            file.seek(0)
            content = json.load(file)
    except (subprocess.SubprocessError, ValueError, OSError) as error:
        raise unreadable_sheet(_ENDED_EARLY, _SAVE_AS_CSV) from error
    finally:
        os.close(output)
    return dict(content)


def _list_first(names: list[str]) -> str:
    return ", ".join(names[:_MAX_LISTED]) + (", ..." if len(names) > _MAX_LISTED else "")
