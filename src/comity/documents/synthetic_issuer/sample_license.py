"""Make the barcode text of a license of nobody: the card of the standard's own example, with its dates moved.

Basis: AAMVA DL/ID Card Design Standard 2020, annex D.12.
Start at `make_license_barcode`.
"""

from datetime import date

from comity.documents.barcode.aamva import SEPARATORS

_EXAMPLE_ISSUER, _VERSION = "636000", "10"
_HEADER_CHARACTERS = len(f"@{SEPARATORS}ANSI ") + len("6360001000") + len("02") + len("DL00000000")
_EXAMPLE_ELEMENTS = {
    "DCS": "SAMPLE", "DDE": "N", "DAC": "MICHAEL", "DDF": "N", "DAD": "JOHN", "DDG": "N", "DCA": "D", "DCB": "K",
    "DCD": "PH", "DBC": "1", "DAU": "068 in", "DAY": "BRO", "DAG": "2300 WEST BROAD STREET", "DAI": "RICHMOND",
    "DAJ": "VA", "DAK": "232690000  ", "DCF": "2424244747474786102204", "DCG": "USA", "DDA": "F",
}  # fmt: skip


def make_license_barcode(*, born_on: date, issued_on: date, expires_on: date) -> str:
    """Return the text of a license's barcode, its offsets and lengths correct, marked as compliant with REAL ID."""
    dates = {"DBB": born_on, "DBD": issued_on, "DBA": expires_on}
    elements = _EXAMPLE_ELEMENTS | {name: f"{day:%m%d%Y}" for name, day in dates.items()}
    subfile = "DLDAQT64235789\n" + "\n".join(f"{name}{value}" for name, value in elements.items()) + "\r"
    header = f"@{SEPARATORS}ANSI {_EXAMPLE_ISSUER}{_VERSION}0001"
    return f"{header}DL{_HEADER_CHARACTERS:04d}{len(subfile):04d}{subfile}"
