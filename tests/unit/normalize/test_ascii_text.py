"""Text in upper case ASCII."""

import unicodedata
from string import ascii_lowercase

from comity.normalize.ascii_text import to_upper_ascii


def test_to_upper_ascii() -> None:
    assert to_upper_ascii(" Ж½´ﬁ\u202e\t ") == "ZH 1/2'FI"
    assert to_upper_ascii("王") == "WANG"
    assert to_upper_ascii("\u200b") is to_upper_ascii("") is to_upper_ascii(None) is None
    assert to_upper_ascii("a" * 300) == "A" * 250


def test_the_result_does_not_depend_on_the_case_of_ascii_letters_before_a_combining_mark() -> None:
    """A table is encoded from texts whose ASCII letters were made upper case first."""
    marks = [chr(code) for code in range(0x300, 0x20000) if unicodedata.category(chr(code)).startswith("M")]
    assert len(marks) > 1000
    for mark in marks:
        for letter in ascii_lowercase:
            assert to_upper_ascii(letter + mark) == to_upper_ascii(letter.upper() + mark), (letter, hex(ord(mark)))
