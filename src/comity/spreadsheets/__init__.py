"""Read an officer's own table of requests, as a spreadsheet program saves it, and write one to fill in.

Guarantees: a value is taken as it was meant or not at all. What a program has lost (digits, the order of day and month)
is refused with its row and with what to do; nothing is guessed and no row is left out without being counted. A workbook
is read in a process with limits. No message has a value of a row.
Does not: judge the law (`gates` does), or write a batch folder (the use case does).
Basis: ADR 0040.
Start at `convert_sheet`; `text_table`, `workbook` and `niem_document` read the three kinds of file.
"""

from comity.spreadsheets.request_rows import ConvertedSheet, convert_sheet
from comity.spreadsheets.sheet import Sheet, SheetFault

__all__ = ["ConvertedSheet", "Sheet", "SheetFault", "convert_sheet"]
