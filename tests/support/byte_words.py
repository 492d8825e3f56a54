"""Words in what leaves: a folder of answers holds signatures, in which two letters stand by chance."""

import re


def contains_word(word: bytes, text: bytes) -> bool:
    """Whether a word is there by itself, not within a signature or a hash."""
    return re.search(rb"(?<![A-Za-z0-9+/_=-])" + re.escape(word) + rb"(?![A-Za-z0-9+/_=-])", text) is not None
