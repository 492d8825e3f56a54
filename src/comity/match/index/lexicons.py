"""Lexicons: every distinct normalized value of an index, once, so that a record is a row of small numbers.

A lexicon holds values that belong together (a street with its direction and suffix); code 0 stands for all of them
missing. With each value stand what matching asks of it: how frequent a name is, and the hashes of the parts that
blocking keys are mixed from.

Guarantees: codes follow the order of the values, so the same records give the same codes; nothing in a lexicon leads to
a record.
Start at `LEXICONS`.
"""

from dataclasses import dataclass

from comity.match.index.rules import ADDRESS_PARTS, NAME_PARTS

SEPARATOR, NULL = "chr(31)", "chr(30)"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Columns of the normal form that are coded together, and the parts of keys that follow from them.

    The first of the `columns` is the one that `ranks` number (equal values, equal rank).
    """

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """SQL for the one text that stands for a row's values, null where all are missing.

        Of several columns, a missing value differs from an empty one.
        """
        if len(self.columns) == 1:
            return self.columns[0]
        joined = f", {SEPARATOR}, ".join(f"coalesce({c}, {NULL})" for c in self.columns)
        return f"CASE WHEN NOT ({self.missing}) THEN concat({joined}) END"

    @property
    def values(self) -> str:
        """SQL for the columns, taken out of the `text` again."""
        if len(self.columns) == 1:
            return f"text AS {self.columns[0]}"
        return ", ".join(
            f"nullif(split_part(text, {SEPARATOR}, {i}), {NULL}) AS {c}" for i, c in enumerate(self.columns, 1)
        )

    @property
    def missing(self) -> str:
        """SQL: is every value missing? A direction is never null: it is missing where the street is."""
        return " AND ".join(f"{c} IS NULL" for c in self.columns if c != "direction")


LEXICONS = (
    Lexicon("given", ("first", "given"), ("first", "first4")),
    Lexicon("middle", ("middle",)),
    Lexicon("surname", ("surname", "surname_part_1", "surname_part_2"), ("surname",)),
    Lexicon("number", ("number",), ("number",)),
    Lexicon("street", ("street", "direction", "street_suffix"), ("street", "street_named", "street4", "street6")),
    Lexicon("unit", ("unit",), ("building",)),
    Lexicon("place", ("zip", "city", "state"), ("zip", "zip3", "city", "state", "city4", "zip_digits")),
)

PARTS = ADDRESS_PARTS | NAME_PARTS
ALL_PARTS = tuple(part for lexicon in LEXICONS for part in lexicon.parts)


def part_hash(part: str) -> str:
    """SQL for the hash of a key's part over the columns of the normal form; 0 where it is missing."""
    return f"CASE WHEN ({PARTS[part]}) IS NULL THEN 0::UBIGINT ELSE hash({PARTS[part]}) END AS h_{part}"
