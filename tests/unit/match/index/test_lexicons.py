"""Lexicons: null values have no key parts."""

from comity.match.index.blocking_rules import KEY_PARTS
from comity.match.index.lexicons import hash_key_parts, lexicon_table, text_buffer
from comity.normalize.schema import LEXICONS, NULL_VALUES


def test_hash_key_parts_of_a_null_or_empty_value_is_0() -> None:
    """Otherwise all records without a street would share a key."""
    for lexicon in LEXICONS:
        table = lexicon_table(lexicon, [NULL_VALUES[lexicon.name], tuple("" for _ in lexicon.columns)])
        for part in lexicon.key_parts:
            text = text_buffer(table.column(KEY_PARTS[part].column).chunk(0))
            assert hash_key_parts(text, part).tolist() == [0, 0]
