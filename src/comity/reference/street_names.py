"""Names that streets are called by, to tell a slip of the pen from another street.

A name is in use if it is a common surname or first name, a common English word, or a city; names of several words are
made of common words.

Guarantees: upper-case letters without spaces.
Does not: know which streets exist in a place (the index does).
Basis: the 2020 Census names (`census_names`), `english_words.parquet` and `zips.parquet` (see SOURCES.md).
Start at `load_street_names`.
"""

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from comity.reference.address_vocabulary import load_address_words, select_words
from comity.reference.census_names import load_first_name_counts, load_last_name_counts
from comity.reference.english_words import load_english_words

FEWEST_PEOPLE = 1_000
"""A name of as many people in the Census is in use; rarer ones include misspellings of others."""
WORDS_IN_NAMES = 30_000
"""The commonest English words, of which names of several words are made. Those of three letters are a list of their
own (`short_word` in the table of address words), as any three letters are some word."""


@cache
def load_street_names() -> tuple[pa.Array, pa.Array]:
    """Return names that are in use as a whole, and words of which names are made."""
    english = load_english_words()
    words = pa.concat_arrays([_longer_words(english.slice(0, WORDS_IN_NAMES)), _longer_words(_address_words())])
    listed = (*select_words("short_word"), *select_words("borrowed_word"))
    words = pa.concat_arrays([words, pa.array(listed, pa.string())])
    names = [_common(table) for table in (load_last_name_counts(), load_first_name_counts())]
    return pc.unique(pa.concat_arrays([*names, english, words])), pc.unique(words)


def _common(names: pa.Table) -> pa.Array:
    return names.filter(pc.greater_equal(names["count"], FEWEST_PEOPLE))["name"].combine_chunks()


def _longer_words(words: pa.Array) -> pa.Array:
    return words.filter(pc.greater(pc.utf8_length(words), 3))


def _address_words() -> pa.Array:
    """Return the words of addresses that are written out: Heights, Creek, North."""
    kinds = {"suffix", "directional", "name_word", "building_word"}
    rows = [row for row in load_address_words() if row.kind in kinds]
    words = {row.word for row in rows if "full" in row.flags or row.kind == "building_word"}
    words |= {row.standard for row in rows if row.kind == "name_word"}
    return pa.array(sorted(word for word in words if word.isalpha()), pa.string())
