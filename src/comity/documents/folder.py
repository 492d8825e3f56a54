"""A document laid out in a folder, as readers and people leave it.

    document.yaml        kind, and perhaps `typed` and `officer`
    mrz.txt              the zone's text
    EF_SOD.bin           the security object
    DG1.bin ... DG16.bin data groups
    barcode.txt          a barcode's text; or barcode.pgm, a gray picture of it

Guarantees: nothing in the folder is passed over: a file of another name refuses it; only plain files are read, and
none beyond the size that its check allows and one byte more; nothing is written.
Start at `read_document`.
"""

import re
from pathlib import Path

import numpy as np

from comity.documents.barcode.aamva import MAX_CHARACTERS as MAX_BARCODE
from comity.documents.barcode.image import MAX_PIXELS, ImageFault, read_image
from comity.documents.chip.data_groups import MAX_BYTES as MAX_GROUP
from comity.documents.chip.security_object import MAX_BYTES as MAX_SECURITY_OBJECT
from comity.documents.document_description import DescriptionFault, DocumentDescription, parse_description
from comity.documents.mrz.zone import MAX_CHARACTERS as MAX_ZONE
from comity.errors import RequestError
from comity.model.document import PresentedDocument
from comity.plain_files import read_plain_file

FACTS, ZONE, SECURITY_OBJECT = "document.yaml", "mrz.txt", "EF_SOD.bin"
BARCODE_TEXT, BARCODE_PICTURE = "barcode.txt", "barcode.pgm"
MAX_FACTS = 16 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GROUP = re.compile(r"DG([1-9]|1[0-6])\.bin")
_PGM = re.compile(rb"P5\s+(\d{1,6})\s+(\d{1,6})\s+255\s")
HINT = "Lay the document out as docs/guides/inspecting-documents.md says."


def read_document(folder: Path) -> PresentedDocument:
    """Return the document in a folder.

    Raises:
        RequestError: `bad_argument`, the folder lacks its facts, or holds a file of another name or not readable.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        raise _refusal("The folder of the document cannot be read.") from None
    groups = {int(match[1]): name for name in names if (match := _GROUP.fullmatch(name))}
    expected_names = {FACTS, ZONE, SECURITY_OBJECT, BARCODE_TEXT, BARCODE_PICTURE, *groups.values()}
    if len(set(names) - expected_names):
        raise _refusal(
            f"{len(set(names) - expected_names)} of the files in the folder are none that belong to a document."
        )
    if FACTS not in names:
        raise _refusal(f"The folder has no {FACTS}, so it is not said what kind of paper this is.")
    if {BARCODE_TEXT, BARCODE_PICTURE} <= set(names):
        raise _refusal(f"The folder has both {BARCODE_TEXT} and {BARCODE_PICTURE}, and only one of them can count.")
    facts = _read_facts(folder / FACTS)
    zone = _read(folder / ZONE, 4 * MAX_ZONE) if ZONE in names else None
    return PresentedDocument(
        kind=facts.kind,
        mrz=None if zone is None else zone.decode("utf-8", "replace"),
        groups={number: _read(folder / name, MAX_GROUP) for number, name in sorted(groups.items())},
        security_object=_read(folder / SECURITY_OBJECT, MAX_SECURITY_OBJECT) if SECURITY_OBJECT in names else None,
        barcode=_read_barcode(folder, names),
        typed=facts.typed,
        officer=facts.officer,
    )


def _read(path: Path, limit: int) -> bytes:
    """Return a file's bytes, at most one more than the limit, so that a check sees that it is too large."""
    try:
        return read_plain_file(path, limit)
    except OSError:
        raise _refusal(f"{path.name} cannot be read, or is no plain file: links are not followed.") from None


def _read_barcode(folder: Path, names: list[str]) -> str | None:
    if BARCODE_TEXT in names:
        data = _read(folder / BARCODE_TEXT, MAX_BARCODE + MAX_BARCODE // 8)
        return undo_text_mode(data.removeprefix(BYTE_ORDER_MARK).decode("latin-1"))
    if BARCODE_PICTURE not in names:
        return None
    data = _read(folder / BARCODE_PICTURE, MAX_PIXELS + 64)
    header = _PGM.match(data)
    width, height = (int(header[1]), int(header[2])) if header else (0, 0)
    if header is None or len(data) != header.end() + width * height or not width * height:
        raise _refusal(f"{BARCODE_PICTURE} is not a whole gray picture (binary PGM of 256 levels).")
    try:
        return read_image(np.frombuffer(data, np.uint8, offset=header.end()).reshape(height, width))
    except ImageFault as fault:
        raise _refusal(f"{BARCODE_PICTURE} cannot be used: {fault}.") from None


def undo_text_mode(text: str) -> str:
    r"""Return a barcode's text as it was before a program wrote it with a carriage return before every line feed.

    A text in which some line feed has none before it was not written so, and stays.

    >>> undo_text_mode("@\r\n\x1e\rANSI ") == "@\n\x1e\rANSI "
    True
    """
    line_feeds = text.count("\n")
    return text.replace("\r\n", "\n") if line_feeds and text.count("\r\n") == line_feeds else text


def _read_facts(path: Path) -> DocumentDescription:
    data = _read(path, MAX_FACTS)
    if len(data) > MAX_FACTS:
        raise _refusal(f"{FACTS} is larger than {MAX_FACTS // 1024} kB.")
    try:
        return parse_description(data.decode("utf-8-sig"))
    except DescriptionFault as fault:
        raise _refusal(f"{FACTS} cannot be used: {fault}.") from None
    except UnicodeDecodeError:
        raise _refusal(f"{FACTS} is not text in UTF-8.") from None


def _refusal(message: str) -> RequestError:
    return RequestError("bad_argument", message, HINT)
