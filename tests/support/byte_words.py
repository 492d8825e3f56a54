"""Search bytes for a word that is not part of a signature or a hash, in which two letters may occur by chance."""

import re


def contains_word(word: bytes, text: bytes) -> bool:
    """Return whether a word occurs by itself, not within a signature or a hash."""
    return re.search(rb"(?<![A-Za-z0-9+/_=-])" + re.escape(word) + rb"(?![A-Za-z0-9+/_=-])", text) is not None
