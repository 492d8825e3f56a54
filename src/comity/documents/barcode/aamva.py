"""The text of an AAMVA barcode: a header, subfiles where the header says they are, and elements in them.

Guarantees: takes the text as it is; subfiles are found by their designators when their places are off by a few
characters, and the difference is named; no element is taken from a place that two could claim.
Basis: AAMVA DL/ID Card Design Standard 2020, annex D.12; versions 1 (2000) to 10 (2020).
Start at `parse_barcode`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

import yaml

from comity.documents.mrz.dates import read_paper_date
from comity.model.finding import Outcome

MAX_CHARACTERS = 4096
NEAR = 4
"""How many characters a subfile may lie from where the header says, and still be taken for it."""
FIRST_VERSION_WITH_JURISDICTION = 2
LATEST_VERSION = 12

_HEADER = re.compile(
    r"@(?P<separators>[\n\r\x1e\x1c]{0,6})(?P<kind>ANSI |AAMVA)(?P<issuer>\d{6})(?P<version>\d{2})", re.ASCII
)
_ENTRY = re.compile(r"([A-Z]{2})(\d{4})(\d{4})", re.ASCII)
_ELEMENT = re.compile(r"([A-Z][A-Z0-9]{2})(.*)", re.ASCII | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x0c\x0e-\x1f\x7f]")
SEPARATORS = "\n\x1e\r"


class BarcodeFault(StrEnum):
    """Something wrong with a barcode's text."""

    TOO_LARGE = "too_large"
    NO_HEADER = "no_header"
    SEPARATORS = "separators"  # not line feed, record separator, carriage return
    FILE_TYPE = "file_type"  # AAMVA, as in the earliest cards, or other than "ANSI "
    VERSION = "version"  # a version that is not known
    ENTRIES = "entries"  # the number of subfiles is missing or not the number there is
    PLACE = "place"  # a subfile lies a few characters from where the header says
    LENGTH = "length"  # a subfile is not as long as the header says
    NO_SUBFILE = "no_subfile"  # a subfile is nowhere near
    TRUNCATED = "truncated"  # the text ends inside a subfile
    ENDING = "ending"  # line feed and carriage return end a subfile
    ELEMENT = "element"  # something in a subfile is no element
    REPEATED = "repeated"  # an element is there twice
    CONTROL = "control"  # a control character in a value


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Who issued a card: the state, province or territory, and the country as the barcode codes it."""

    code: str
    country: str


@dataclass(frozen=True, slots=True, repr=False)
class Barcode:
    """What a barcode's text holds. `elements` has the values of those that are there once and are whole.

    `repeated` names elements that are there more than once, whose values are settled nowhere.
    """

    faults: tuple[BarcodeFault, ...]
    issuer_number: str = ""
    version: int = 0
    subfiles: tuple[tuple[str, int, int], ...] = ()
    elements: Mapping[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    @property
    def jurisdiction(self) -> Jurisdiction | None:
        """Return who has the issuer identification number, or None when it is unknown."""
        return _jurisdictions().get(self.issuer_number)

    @property
    def country(self) -> str | None:
        """Return the country: of the issuer, or as the card says."""
        return self.jurisdiction.country if self.jurisdiction else self.elements.get("DCG")

    def read_date(self, element: str) -> tuple[Outcome, date | None]:
        """Return the date in an element: MET with the day, NOT_MET for none of the calendar, else UNDETERMINED."""
        text = self.elements.get(element)
        if element in self.repeated or text is None:
            return Outcome.UNDETERMINED, None
        year_first = self.country == "CAN" or self.version < FIRST_VERSION_WITH_JURISDICTION
        text = text.strip()
        parts = (text[:4], text[4:6], text[6:]) if year_first else (text[4:], text[:2], text[2:4])
        if not re.fullmatch(r"\d{8}", text, re.ASCII):
            return Outcome.NOT_MET, None
        day = read_paper_date("-".join(parts))
        return (Outcome.NOT_MET, None) if day is None else (Outcome.MET, day)


def parse_barcode(text: str) -> Barcode:
    """Return what the text of a barcode holds, whatever is wrong with it."""
    if len(text) > MAX_CHARACTERS:
        return Barcode((BarcodeFault.TOO_LARGE,))
    header = _HEADER.match(text)
    if header is None:
        return Barcode((BarcodeFault.NO_HEADER,))
    faults: list[BarcodeFault] = []
    version = int(header["version"])
    if header["separators"] != SEPARATORS:
        faults.append(BarcodeFault.SEPARATORS)
    if header["kind"] != "ANSI ":
        faults.append(BarcodeFault.FILE_TYPE)
    if not 1 <= version <= LATEST_VERSION:
        faults.append(BarcodeFault.VERSION)
    entries, end = _read_entries(text, header.end(), version, faults)
    elements: list[tuple[str, str]] = []
    subfiles = []
    for designator, offset, length in entries:
        start = _find_subfile(text, designator, offset, end, faults)
        if start is None:
            faults.append(BarcodeFault.NO_SUBFILE)
            continue
        subfiles.append((designator, offset, length))
        if designator in {"DL", "ID", "EN"}:
            elements += _read_elements(_cut_subfile(text, start, length, faults), faults)
        else:
            _cut_subfile(text, start, length, faults)
    counts = Counter(name for name, _ in elements)
    repeated = frozenset(name for name, count in counts.items() if count > 1)
    if repeated:
        faults.append(BarcodeFault.REPEATED)
    whole = {name: value for name, value in elements if name not in repeated and not _CONTROL.search(value)}
    if any(_CONTROL.search(value) for _, value in elements):
        faults.append(BarcodeFault.CONTROL)
    return Barcode(tuple(dict.fromkeys(faults)), header["issuer"], version, tuple(subfiles), whole, repeated)


def _read_entries(
    text: str, position: int, version: int, faults: list[BarcodeFault]
) -> tuple[list[tuple[str, int, int]], int]:
    """Return designator, place and length of each subfile that the header lists, and where the header ends."""
    position += 2 if version >= FIRST_VERSION_WITH_JURISDICTION else 0
    declared = text[position : position + 2]
    if declared.isascii() and declared.isdigit():
        position += 2
    else:
        faults.append(BarcodeFault.ENTRIES)
        declared = ""
    entries = []
    while (entry := _ENTRY.match(text, position)) is not None:
        entries.append((entry[1], int(entry[2]), int(entry[3])))
        position = entry.end()
    if declared and int(declared) != len(entries):
        faults.append(BarcodeFault.ENTRIES)
    return entries, position


def _find_subfile(text: str, designator: str, offset: int, header_end: int, faults: list[BarcodeFault]) -> int | None:
    """Return where a subfile begins: where the header says, or else the nearest place that has its designator."""
    near = sorted(range(max(header_end, offset - NEAR), offset + NEAR + 1), key=lambda start: abs(start - offset))
    for start in near:
        if text[start : start + 2] == designator and _begins_element(text, start + 2, designator):
            if start != offset:
                faults.append(BarcodeFault.PLACE)
            return start
    return None


def _begins_element(text: str, start: int, designator: str) -> bool:
    """Return whether an element begins here: with D in a license's subfile, with the designator's letter in others."""
    own = "D" if designator in {"DL", "ID", "EN"} else designator[0]
    return text[start : start + 1] == own


def _cut_subfile(text: str, start: int, length: int, faults: list[BarcodeFault]) -> str:
    """Return a subfile's elements, without its designator, up to the carriage return that ends it."""
    end = text.find("\r", start)
    if end < 0:
        faults.append(BarcodeFault.TRUNCATED)
        return text[start + 2 : text.rfind("\n", start) + 1]  # the last element may be cut
    content = text[start + 2 : end]
    if content.endswith("\n"):
        faults.append(BarcodeFault.ENDING)
    elif end + 1 - start != length and end - start != length:
        faults.append(BarcodeFault.LENGTH)
    return content


def _read_elements(content: str, faults: list[BarcodeFault]) -> list[tuple[str, str]]:
    elements = []
    for line in content.split("\n"):
        match = _ELEMENT.fullmatch(line)
        if match:
            elements.append((match[1], match[2]))
        elif line:
            faults.append(BarcodeFault.ELEMENT)
    return elements


def is_jurisdiction_code(code: str) -> bool:
    """Return whether a state, a province or a territory that issues licenses has this code."""
    return any(jurisdiction.code == code for jurisdiction in _jurisdictions().values())


@cache
def _jurisdictions() -> Mapping[str, Jurisdiction]:
    text = resources.files("comity.documents.barcode").joinpath("jurisdictions.yaml").read_text(encoding="utf-8")
    return {number: Jurisdiction(*row) for number, row in yaml.safe_load(text).items()}
