"""Define the SQL macros that misspell a text: typed, scanned or heard wrong.

Guarantees: the same seed, text and key give the same misspelling; a text that a macro cannot
change stays as it is.
Start at `define_noise_macros`.
"""

from collections.abc import Mapping

from comity.columns.duck import DuckDBConnection
from comity.simulate.random_sql import sql_literal

OCR_CONFUSIONS = {"rn": "m", "m": "rn", "cl": "d", "l": "1", "o": "0", "i": "l", "e": "c", "u": "v", "S": "5", "B": "8"}
PHONETIC_CONFUSIONS = {
    "ph": "f",
    "f": "ph",
    "ck": "k",
    "c": "k",
    "k": "c",
    "ie": "ei",
    "ei": "ie",
    "y": "i",
    "z": "s",
    "s": "z",
    "ll": "l",
    "nn": "n",
    "tt": "t",
    "ee": "ea",
    "ou": "oo",
    "v": "b",
    "j": "y",
    "th": "t",
}
"""Letters -> the letters read by a scanner, or heard by a listener, instead."""

_KEYS = "qwertyuiopasdfghjklzxcvbnm1234567890"
_RIGHT_NEIGHBORS = "wertyuioppsdfghjkllxcvbnmm2345678909"
"""Keys of a keyboard, and for each the key to its right (the last of a row has itself or the one to its left)."""


def define_noise_macros(connection: DuckDBConnection) -> None:
    """Define the macros `typed`, `scanned` and `heard`, each of a text and a key; needs `define_draw_macros`."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP MACRO typed_at(t, k, p) AS CASE WHEN len(t) < 3 THEN t ELSE CASE below('typing', k, 4)
            WHEN 0 THEN t[:p] || t[p + 2:]
            WHEN 1 THEN t[:p - 1] || t[p + 1] || t[p] || t[p + 2:]
            WHEN 2 THEN t[:p] || t[p:]
            ELSE t[:p] || translate(lower(t[p + 1]), '{_KEYS}', '{_RIGHT_NEIGHBORS}') || t[p + 2:] END END""")
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO typed(t, k) AS typed_at(t, k, 1 + below('typing at', k, greatest(len(t) - 1, 1)))"
    )
    for macro, confusions in (("scanned", OCR_CONFUSIONS), ("heard", PHONETIC_CONFUSIONS)):
        connection.execute(f"""
            CREATE OR REPLACE TEMP MACRO {macro}(t, k) AS coalesce(list_transform(
                [choose('{macro}', k, list_filter({_sql_pairs(confusions)}, lambda p: contains(t, p.a)))],
                lambda p: replace(t, p.a, p.b))[1], t)""")


def _sql_pairs(pairs: Mapping[str, str]) -> str:
    """Return a SQL list of structs with fields a and b."""
    return "[" + ", ".join(f"{{'a': {sql_literal(old)}, 'b': {sql_literal(new)}}}" for old, new in pairs.items()) + "]"
