"""How a name may be written in a machine-readable zone, which has the letters A to Z alone.

Guarantees: takes time in proportion to the name's length.
Does not: know scripts other than Latin.
Basis: ICAO Doc 9303 part 3, sections 4.6 and 6 (transliteration, truncation).
Start at `may_be_written`.
"""

import unicodedata

_SPELLINGS = {
    "\u00c4": ("AE", "A"), "\u00c5": ("AA", "A"), "\u00c6": ("AE",), "\u00d0": ("D",), "\u00d1": ("N", "NXX"),
    "\u00d6": ("OE", "O"), "\u00d8": ("OE", "O"), "\u00dc": ("UE", "UXX", "U"), "\u00de": ("TH",), "\u0110": ("D",),
    "\u0126": ("H",), "\u0132": ("IJ",), "\u0131": ("I",), "\u0141": ("L",), "\u0152": ("OE",), "\u0166": ("T",),
    "\u1e9e": ("SS",), "\u00df": ("SS",),
}  # fmt: skip
_DROPPED = frozenset("'`.,\u2019\u02bc")
_GAPS = frozenset(" -\u2010\u2011\u2013")


def may_be_written(name: str, written: str, *, is_cut: bool) -> bool | None:
    """Return whether a name may be written so in a zone; None when it has letters that are not known here.

    `written` has blanks for fillers; `is_cut`: the field is full, so that the end of the name may be missing.
    """
    spellings = [_spell(character) for character in unicodedata.normalize("NFC", name.upper())]
    if None in spellings:
        return None
    ends = {0}  # how much of `written` each way of writing the name so far takes up
    for options in spellings:
        assert options is not None
        if is_cut and len(written) in ends:
            return True
        ends = {end + len(text) for end in ends for text in options if written.startswith(text, end)}
    return len(written) in ends


def _spell(character: str) -> tuple[str, ...] | None:
    """Return the ways in which one letter may be written."""
    if character in _SPELLINGS:
        return _SPELLINGS[character]
    if character in _DROPPED:
        return ("", " ")
    if character in _GAPS:
        return (" ", "")
    base = unicodedata.normalize("NFD", character)[0]
    return (base,) if "A" <= base <= "Z" else None
