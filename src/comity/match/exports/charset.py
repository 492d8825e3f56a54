"""Detect the encoding of a file's content, read whole, by what its letters beyond ASCII would be.

Start at `detect_encoding`.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator

HEAD_BYTES = 1 << 20
"""How much of a file, or of its letters beyond ASCII, is looked at."""
_CODEPAGES = ("cp1252", "cp437", "mac_roman", "cp850")
_COMMON_LETTERS = frozenset("áéíóúñüçàèìòùâêîôûäëïöãõåæøßÁÉÍÓÚÑÜÇÀÈÌÒÙÂÊÎÔÛÄËÏÖÃÕÅÆØ’“”–")
_MARKS = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip


def detect_encoding(blocks: Iterator[bytes]) -> str | None:
    """Return the encoding of a file's content, read whole; None where it is no text.

    Text that is not UTF-8 is taken for the code page in which its letters beyond ASCII are those that names have.
    """
    decoder, sample, is_utf8, first = codecs.getincrementaldecoder("utf-8")("strict"), bytearray(), True, True
    for block in blocks:
        if first:
            mark = next((name for mark, name in _MARKS.items() if block.startswith(mark)), None)
            if mark not in {None, "utf-8"}:
                return mark
            if block[1::2].count(0) > len(block) // 5:
                return "utf-16-le"
            if block[::2].count(0) > len(block) // 5:
                return "utf-16-be"
            if block.count(0) > 1 + len(block) // 100:
                return None
            first = False
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(sample) < HEAD_BYTES:
            sample += re.sub(rb"[\x00-\x7f]+", b" ", block)
    if is_utf8:
        return "utf-8"
    scores = {page: _score_codepage(bytes(sample), page) for page in _CODEPAGES}
    best = max(scores.values())
    return "windows-1252" if scores["cp1252"] == best else max(scores, key=lambda page: scores[page])


def _score_codepage(sample: bytes, page: str) -> int:
    """Return how many characters beyond ASCII are letters of names, less those that are nothing of the kind."""
    text = sample.decode(page, errors="replace")
    odd = sum(character == "\ufffd" or unicodedata.category(character) in {"So", "Cc", "Sm"} for character in text)
    return sum(character in _COMMON_LETTERS for character in text) - odd
