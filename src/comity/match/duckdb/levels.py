"""Comparisons: how well each part of a request and of a record agree, as ordered comparison levels.

`q` is the request and `r` the record, both in normal form. The first level whose condition holds is the pair's.

Guarantees: every pair reaches exactly one level of each comparison; a missing value is a level of its own.
Does not: say what a level is worth (`match/model.json` does).
Basis: Fellegi and Sunter 1969; house number and street are one joint comparison, so that a shared address is counted once.
Start at `COMPARISONS`.
"""

from comity.match.duckdb.relations import (
    CALLED_BY_MIDDLE,
    COMPUTED_ONCE,
    GENDERED,
    GIVEN_RELATED,
    INITIALS,
    MIDDLE_ALIKE,
    NO_GIVEN,
    NO_SURNAME,
    OTHER_INITIAL,
    OTHER_NUMERAL,
    PART_OF_SURNAME,
    SHARED_SURNAME,
    SLIP_IN_STREET_WORD,
    SURNAME_CUT,
    SURNAME_SPELLED,
)

Levels = tuple[tuple[str, str], ...]

NUMBER: Levels = (
    ("exact", "q.number = r.number"),
    ("missing", "q.number IS NULL OR r.number IS NULL"),
    (
        "near",
        "length(q.number) > 2 AND length(r.number) > 2 AND (left(q.number, 1) = left(r.number, 1) OR right(q.number, 1) = right(r.number, 1)) AND abs(length(q.number) - length(r.number)) <= 1 AND damerau_levenshtein(q.number, r.number) = 1",
    ),
    ("differs", "true"),
)
STREET: Levels = (
    (
        "exact",
        (
            "q.street = r.street AND (q.direction = r.direction OR q.direction = '' OR r.direction = '') "
            "AND coalesce(q.street_suffix = r.street_suffix, true)"
        ),
    ),
    ("similar", "q.street = r.street"),
    ("missing", "q.street IS NULL OR r.street IS NULL"),
    (
        "near",
        (
            "length(q.street) > 3 AND length(r.street) > 3 AND NOT regexp_full_match(q.street || r.street, '[0-9]+') "
            "AND ((jaro_winkler_similarity(q.street, r.street) >= 0.9 AND abs(length(q.street) - length(r.street)) < 3) "
            "OR (abs(length(q.street) - length(r.street)) <= 1 + length(q.street) // 5 "
            "AND damerau_levenshtein(q.street, r.street) <= 1 + length(q.street) // 5)) "
            f"AND NOT {OTHER_NUMERAL} OR {SLIP_IN_STREET_WORD}"
        ),
    ),
    ("differs", "true"),
)
UNIT: Levels = (
    ("none", "q.unit IS NULL AND r.unit IS NULL"),
    ("exact", "q.unit = r.unit"),
    ("missing", "q.unit IS NULL OR r.unit IS NULL"),
    (
        "near",
        (
            "(length(q.unit) > 4 AND damerau_levenshtein(q.unit, r.unit) = 1) "
            "OR (length(q.unit) <> length(r.unit) AND (ends_with(q.unit, r.unit) OR ends_with(r.unit, q.unit)) "
            "AND regexp_matches(q.unit || r.unit, '[A-Z]'))"
        ),
    ),
    ("differs", "true"),
)
PLACE: Levels = (
    ("zip", "q.zip = r.zip"),
    ("near_zip", "damerau_levenshtein(q.zip, r.zip) = 1 OR left(q.zip, 3) = left(r.zip, 3)"),
    (
        "city",
        "(q.city = r.city OR jaro_winkler_similarity(q.city, r.city) >= 0.9) AND coalesce(q.state = r.state, true)",
    ),
    ("missing", "q.zip IS NULL OR r.zip IS NULL"),
    ("differs", "true"),
)
SURNAME: Levels = (
    ("exact", "q.surname = r.surname"),
    ("missing", f"{NO_SURNAME} AND NOT moved"),
    ("swapped", "moved"),
    ("part", PART_OF_SURNAME),
    ("shared", SHARED_SURNAME),
    (
        "near",
        (
            f"surname_likeness >= 0.92 OR (length(q.surname) > 3 AND surname_edits = 1) "
            f"OR {SURNAME_SPELLED} OR {SURNAME_CUT}"
        ),
    ),
    (
        "similar",
        "surname_likeness >= 0.8 OR (length(q.surname) > 5 AND surname_edits = 2)",
    ),
    ("differs", "true"),
)
GIVEN: Levels = (
    ("exact", "q.first = r.first OR q.given = r.given"),
    ("missing", f"{NO_GIVEN} AND NOT moved AND n.one IS NULL"),
    ("swapped", "moved"),
    ("initial", INITIALS),
    ("nickname", GIVEN_RELATED),
    ("middle", CALLED_BY_MIDDLE),
    ("gendered", GENDERED),
    (
        "near",
        "(first_likeness >= 0.92 OR (length(q.first) > 3 AND first_edits = 1)) AND NOT coalesce(same_prefix, false)",
    ),
    (
        "similar",
        (
            "(first_likeness >= 0.8 OR first_edits = 1 "
            "OR (length(q.first) > 4 AND first_edits = 2)) AND NOT coalesce(same_prefix, false)"
        ),
    ),
    ("other_initial", OTHER_INITIAL),
    ("distant", "length(q.first) > 1 AND length(r.first) > 1 AND first_likeness >= 0.65"),
    ("differs", "true"),
)
MIDDLE: Levels = (
    ("agrees", MIDDLE_ALIKE),
    ("missing", "q.middle IS NULL OR r.middle IS NULL"),
    ("differs", "true"),
)
SUFFIX: Levels = (
    ("none", "q.suffix IS NULL AND r.suffix IS NULL"),
    ("exact", "q.suffix = r.suffix"),
    ("missing", "q.suffix IS NULL OR r.suffix IS NULL"),
    ("differs", "true"),
)
TIN: Levels = (
    ("missing", "q.tin IS NULL OR r.tin IS NULL"),
    ("exact", "q.tin = r.tin"),
    ("differs", "true"),
)
COMPARISONS: dict[str, Levels] = {
    "number": NUMBER, "street": STREET, "unit": UNIT, "place": PLACE, "surname": SURNAME, "given": GIVEN,
    "middle": MIDDLE, "suffix": SUFFIX, "tin": TIN,
}  # fmt: skip
JOINT: dict[str, tuple[str, str]] = {"address": ("number", "street"), "person": ("given", "middle")}
"""Comparisons weighed together: their level is `first/second`, in the column `NAME_level`."""

NAME_FREQUENCIES = ("first_frequency", "surname_frequency", "middle_frequency")
"""How frequent a name (a middle name's initial) is, as log2 of its share: of the request's name and of the record's."""
CROWDS = ("neighbors", "street_residents", "residents", "household")
"""How many records of its year share the record's ZIP code, its street, its address, its address and surname, as log2."""
RARITIES = ("person_rarity", "surname_rarity", "address_rarity")
PARTLY_GIVEN = ("nickname", "near", "similar", "distant", "differs")
PARTLY_SURNAME = ("part", "near", "similar")
TYPICAL_NAME, TYPICAL_INITIAL = 14.0, 4.0
"""Bits of a name, and of an initial, that are neither rare nor common: what the levels' own weights are for."""
FEWEST_NEIGHBORS = 12.0
"""Bits: a stranger hides among the people of a ZIP code, and no ZIP code is taken to have fewer than 4,096."""


def level_names(comparison: str) -> tuple[str, ...]:
    """The levels of a comparison, simple or joint, in the order of their numbers (from 1)."""
    if comparison in JOINT:
        one, other = (COMPARISONS[c] for c in JOINT[comparison])
        return tuple(f"{a}/{b}" for a, _ in one for b, _ in other)
    return tuple(name for name, _ in COMPARISONS[comparison])


def number_of(comparison: str, level: str) -> int:
    """The number that stands for a level in the column of its comparison."""
    return level_names(comparison).index(level) + 1


def numbers_of(comparison: str, levels: tuple[str, ...]) -> list[int]:
    """The numbers that stand for these levels."""
    return [number_of(comparison, level) for level in levels]


def _case(levels: Levels) -> str:
    whens = " ".join(f"WHEN {condition} THEN {i}" for i, (_, condition) in enumerate(levels, 1))
    return f"(CASE {whens} END)::TINYINT"


def compared_pairs(met: str, nicknames: str, surname_spellings: str) -> str:
    """The level that each candidate pair reaches in every comparison.

    `met` holds each pair's request and record, in normal form, as the columns `q` and `r`, and its place as `pair`.
    """
    once = ", ".join(f"{condition} AS {name}" for name, condition in COMPUTED_ONCE.items())
    cases = ", ".join(f"{_case(levels)} AS {name}" for name, levels in COMPARISONS.items())
    return f"""
        SELECT pair, {cases} FROM (SELECT *, {once} FROM (
            SELECT pair, q, r, n, v FROM {met}
            LEFT JOIN {nicknames} n ON n.one = q.first AND n.other = r.first
            LEFT JOIN {surname_spellings} v ON v.one = q.surname AND v.other = r.surname))"""
