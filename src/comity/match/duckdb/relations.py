"""How two names can be one name: conditions over a request `q` and a record `r`, both in normal form.

levels.py orders these into comparison levels. The tables they mention: `n` holds the pair's given names when they are a
pair of `nickname_pairs`, `v` its surnames when they are a pair of `surname_pairs`. Where a condition says `moved` or
`same_prefix`, the value of `COMPUTED_ONCE` under that name is meant.

Guarantees: each is symmetric in q and r; each is true or not true (null counts as not) for any text.
Does not: say what a relation is worth.
Basis: naming as tests/cases/names/*.yaml tells it, case by case.
Start at `MOVED_NAME`.
"""

PERSON_WORDS = (
    "MAN", "WOMAN", "LADY", "GENTLEMAN", "GENTELMAN", "GENTLE", "BOY", "GIRL", "KID", "CHILD", "BABY", "MALE", "MINOR", "PERSON", "TWIN",
    "SISTER", "BROTHER", "MOM", "DAD", "HUSBAND", "NEPHEW", "NIECE", "COUSIN", "UNCLE", "AUNT", "GRANDMA", "GRANDPA", "GRANDMOTHER",
    "GRANDFATHER", "DAU", "DTR", "FRIEND", "GUEST", "BOARDER", "LODGER", "NEIGHBOR", "PARTNER", "OWNER", "RENTER", "PARENT", "HEAD", "HOH",
    "HH", "HHM", "MOH", "LOH", "SOH", "DOH", "GOH", "BOH", "OLDEST", "ELDEST", "YOUNGEST", "ELDER", "SENOR", "SENORA", "SENORITA", "HIJO",
    "HIJA", "NINO", "NINA", "HERMANO", "HERMANA", "ESPOSO", "ESPOSA", "MADRE", "PADRE", "ABUELA", "ABUELO", "HOUSE", "MR", "MRS", "MS", "MISS",
)  # fmt: skip
"""Words written for a given name that say who somebody is instead of what somebody is called. Some are borne as names
too, so two that are equal agree; against another name they say nothing."""
HOUSE_WORDS = (
    "OWNER", "RENTER", "PARENT", "PERSON", "CHILD", "LADY", "HOME", "HOUSEHOLD", "RESP", "RESPONDANT", "HH", "HHM", "HOH", "CASA", "DECASA",
    "DELACASA", "DONTKNOW", "DOE", "BOARDER", "HUSBAND", "MOM", "DAD", "SISTER", "BROTHER", "DUENO", "DUENA",
)  # fmt: skip
"""The same for surnames."""

MARKERS = (
    "THI",
    "VAN",
    "BIN",
    "BINTI",
    "BINTE",
    "SINGH",
    "KAUR",
    "KUMAR",
    "KUMARI",
    "DEVI",
    "BIBI",
    "BEGUM",
    "KHATUN",
    "BANO",
    "LAL",
    "BAI",
)
"""Middle names that half a people share; they are no sign that a person is called by the middle name."""

SHARED_PREFIXES = ("OLUWA", "OLU", "CHUKWU", "CHI", "ABDUL", "ABDEL", "ABDAL", "ABDOUL", "ABDU", "ABD", "ABU")
"""Beginnings of given names that say God or servant of: what tells people apart, and what they are called by, follows."""

DROPPED_PARTICLES = (
    "DE", "DEL", "DELA", "DELOS", "DELAS", "DA", "DAS", "DO", "DOS", "DI", "DU", "VAN", "VANDER", "VANDEN", "VANDE", "VON", "VONDER",
    "DER", "DEN", "AL", "EL", "BIN", "BEN", "IBN", "ABU", "ABOU", "ABDUL", "ABDEL", "LA", "LE", "O", "MC", "MAC",
)  # fmt: skip


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _both(condition: str) -> str:
    """The condition, or the condition with q and r exchanged."""
    exchanged = condition.replace("q.", "\0").replace("r.", "q.").replace("\0", "r.")
    return f"(({condition}) OR ({exchanged}))"


NO_GIVEN = f"(q.first IS NULL OR r.first IS NULL OR q.first IN ({_listed(PERSON_WORDS)}) OR r.first IN ({_listed(PERSON_WORDS)}))"
"""One side has no given name, or a word for a person in its stead."""
NO_SURNAME = f"(q.surname IS NULL OR r.surname IS NULL OR q.surname IN ({_listed(HOUSE_WORDS)}) OR r.surname IN ({_listed(HOUSE_WORDS)}))"
OTHER_INITIAL = (
    "((length(q.first) = 1) <> (length(r.first) = 1) OR length(q.first) = 1) AND left(q.first, 1) <> left(r.first, 1)"
)
"""A single letter that is not the other's initial."""

_WHOLE = "concat({0}.given, {0}.surname)"
MOVED_NAME = f"""coalesce(length(concat(q.given, q.surname)) > 4 AND q.surname IS DISTINCT FROM r.surname AND ({
    _both(
        f"{_WHOLE.format('q')} IN ({_WHOLE.format('r')}, concat(r.surname, r.given), concat(r.given, r.middle, r.surname), "
        "concat(r.given, left(r.middle, 1), r.surname), concat(r.surname, r.given, r.middle), concat(r.surname, r.given, left(r.middle, 1)))"
    )
} OR {_both("q.surname IN (r.first, r.given) AND r.surname IN (q.first, q.given)")}), false)"""
"""First and last name exchanged, or the same whole name with its fields elsewhere: all of it in one field, `Mary` `Ann
Smith` for `Mary Ann` `Smith`."""

PARTICLE_DROPPED = _both(f"ends_with(q.surname, r.surname) AND left(q.surname, length(q.surname) - length(r.surname)) IN ({_listed(DROPPED_PARTICLES)})")  # fmt: skip
"""DELACRUZ and CRUZ, ALSAYED and SAYED."""
PART_OF_SURNAME = f"""(
    r.surname IN (q.surname_part_1, q.surname_part_2) OR q.surname IN (r.surname_part_1, r.surname_part_2)
    OR (q.surname_part_1 = r.surname_part_1 AND q.surname_part_2 = r.surname_part_2)
    OR (q.surname_part_1 = r.surname_part_2 AND q.surname_part_2 = r.surname_part_1)
    OR {_both("q.surname_part_1 = q.surname_part_2 AND q.surname_part_1 IN (r.surname_part_1, r.surname_part_2)")}
    OR (length(q.surname) > 2 AND q.surname = r.middle) OR (length(r.surname) > 2 AND r.surname = q.middle)
    OR {PARTICLE_DROPPED})"""
"""One surname is part of the other and nothing speaks against it: one of two surnames alone, the two in the other order,
without its particle, or a surname that the other carries as a middle name since a marriage."""
_SHARED_HALF = """q.surname_part_1 <> q.surname_part_2 AND r.surname_part_1 <> r.surname_part_2
    AND (q.surname_part_1 = r.surname_part_1 AND damerau_levenshtein(q.surname_part_2, r.surname_part_2) > 1
        OR q.surname_part_2 = r.surname_part_2 AND damerau_levenshtein(q.surname_part_1, r.surname_part_1) > 1
        OR q.surname_part_1 = r.surname_part_2 OR q.surname_part_2 = r.surname_part_1)"""
SHARED_SURNAME = f"({_SHARED_HALF})"
"""Of two surnames one agrees and the other is another: parents and children, half siblings, where people bear two."""
SURNAME_SPELLED = "v.one IS NOT NULL"
"""One surname in two romanizations or spellings."""
SURNAME_CUT = _both(
    "length(q.surname) > 3 AND length(r.surname) > length(q.surname) + 1 AND starts_with(r.surname, q.surname)"
)
"""A field that was too short."""

INITIALS = "((length(q.first) = 1 OR length(r.first) = 1) AND left(q.first, 1) = left(r.first, 1)) OR " + _both(
    "length(q.first) = 2 AND length(r.first) > 2 AND q.first = left(r.first, 1) || left(r.middle, 1)"
)
"""An initial, or two: `JR` for John Robert."""
PREFIX_DROPPED = _both(f"length(r.first) > 2 AND ends_with(q.first, r.first) AND left(q.first, length(q.first) - length(r.first)) IN ({_listed(SHARED_PREFIXES)})")  # fmt: skip
"""Oluwaseun and Seun, Abdulrahman and Rahman."""
GIVEN_RELATED = f"(n.one IS NOT NULL OR {PREFIX_DROPPED})"
CALLED_BY_MIDDLE = _both(
    f"length(q.first) > 1 AND q.first NOT IN ({_listed(MARKERS)}) AND (q.first = r.middle OR r.given = r.first || q.first)"
)
"""One side's first name is the other's middle name, or the second of its given names."""
SAME_PREFIX_ONLY = " OR ".join(
    f"(starts_with(q.first, '{prefix}') AND starts_with(r.first, '{prefix}') "
    f"AND jaro_winkler_similarity(q.first[{len(prefix) + 1}:], r.first[{len(prefix) + 1}:]) < 0.85)"
    for prefix in ("OLUWA", "CHUKWU", "ABDUL", "ABDEL", "CHI")
)
"""Alike in the prefix alone: Oluwaseun and Oluwatobi are brothers."""
GENDERED = f"""(left(q.first, 2) = left(r.first, 2) AND length(q.first) > 2 AND length(r.first) > 2 AND (
    (left(q.first, -1) = left(r.first, -1) AND right(q.first, 1) || right(r.first, 1) IN ('AO', 'OA', 'AE', 'EA', 'AI', 'IA'))
    OR {_both("q.first IN (r.first || 'A', r.first || 'AH', r.first || 'LE', r.first || 'INE', r.first || 'INA', r.first || 'ETTE', r.first || 'ITA')")}))"""
"""One name for a man and a woman: Daniel and Daniela, Mario and Maria."""

MIDDLE_ALIKE = f"""(left(q.middle, 1) = left(r.middle, 1) AND (length(q.middle) = 1 OR length(r.middle) = 1
        OR starts_with(q.middle, r.middle) OR starts_with(r.middle, q.middle)
        OR jaro_winkler_similarity(q.middle, r.middle) >= 0.88))
    OR {_both("starts_with(q.given, r.first || r.middle) AND q.given <> q.first")}
    OR (q.first = r.middle AND r.first = q.middle) OR moved"""
"""Middle names that agree: an initial with its name, or two words alike. Two whole words that merely begin with the same
letter are two names (Juan Carlos, Juan César)."""

OTHER_NUMERAL = "(regexp_extract(q.street, '[0-9]+') <> '' AND regexp_extract(r.street, '[0-9]+') <> '' AND regexp_extract(q.street, '[0-9]+') <> regexp_extract(r.street, '[0-9]+'))"
"""Streets with two numbers in their names (HWY12 and HWY21, RR2 and RR3) are two streets however alike."""


def _likeness(name: str) -> str:
    return f"CASE WHEN q.{name} <> r.{name} THEN jaro_winkler_similarity(q.{name}, r.{name}) END"


def _edits(name: str) -> str:
    """Counting edits is dear, and likeness and length tell most names apart: null where there are more than two."""
    short = f"length(q.{name}) <= 3 OR length(r.{name}) <= 3"
    near = f"abs(length(q.{name}) - length(r.{name})) <= 2"
    return (
        f"CASE WHEN ({_likeness(name)} >= 0.5 OR {short}) AND {near} THEN damerau_levenshtein(q.{name}, r.{name}) END"
    )


_BEGINNINGS = "left(q.given, 1) IN (left(r.given, 1), left(r.surname, 1)) OR left(r.given, 1) = left(q.surname, 1) OR q.given IS NULL OR r.given IS NULL"
COMPUTED_ONCE = {
    "first_likeness": _likeness("first"),
    "surname_likeness": _likeness("surname"),
    "first_edits": _edits("first"),
    "surname_edits": _edits("surname"),
    "moved": f"CASE WHEN q.surname IS DISTINCT FROM r.surname AND ({_BEGINNINGS}) THEN {MOVED_NAME} ELSE false END",
    "same_prefix": f"CASE WHEN left(q.first, 3) = left(r.first, 3) AND q.first <> r.first THEN {SAME_PREFIX_ONLY} ELSE false END",
}
"""Relations that several levels ask for, by the name under which a pair has them."""

LONG_SUFFIXES = {
    "ST": "STREET", "AVE": "AVENUE", "RD": "ROAD", "DR": "DRIVE", "LN": "LANE", "CT": "COURT", "PL": "PLACE", "CIR": "CIRCLE",
    "BLVD": "BOULEVARD", "TER": "TERRACE", "TRL": "TRAIL", "PKWY": "PARKWAY", "HWY": "HIGHWAY", "SQ": "SQUARE", "CV": "COVE",
}  # fmt: skip
LONG_DIRECTIONS = {
    "N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST", "NE": "NORTHEAST", "NW": "NORTHWEST", "SE": "SOUTHEAST", "SW": "SOUTHWEST",
}  # fmt: skip
MOST_SLIPS = 3
"""Letters of a line that may be wrong, however long it is."""


def _told_apart(side: str, column: str, words: dict[str, str] | None = None) -> str:
    """A part of the address that this side tells apart and the other does not, written out where `words` has it."""
    other, value = {"q": "r", "r": "q"}[side], f"{side}.{column}"
    if words:
        whens = " ".join(f"WHEN '{short}' THEN '{word}'" for short, word in words.items())
        value = f"CASE {value} {whens} ELSE {value} END"
    return f"CASE WHEN coalesce({other}.{column}, '') = '' THEN {value} END"


def _line(side: str, form: str) -> str:
    """The street and what only this side tells apart from it: the other may have it in its street, with a slip in it."""
    street = f"regexp_replace({side}.street, '([0-9])(ST|ND|RD|TH)', '\\1')"
    way = _told_apart(side, "direction", LONG_DIRECTIONS if "long way" in form else None)
    kind = _told_apart(side, "street_suffix", LONG_SUFFIXES if "long kind" in form else None)
    parts = [street, kind, way] if "behind" in form else [way, street, kind]
    return f"concat({', '.join([*parts, *([_told_apart(side, 'unit')] if 'unit' in form else [])])})"


def _few_slips(form: str) -> str:
    """One line is the other but for a few letters, in one way of putting the lines together."""
    one, other = (_line(side, form) for side in "qr")
    shorter = f"least(length({one}), length({other}))"
    numeral = f"regexp_extract({one}, '[0-9]+') = regexp_extract({other}, '[0-9]+') AND " if form == "unit" else ""
    return (
        f"({shorter} > 3 AND {numeral}damerau_levenshtein({one}, {other}) <= least({MOST_SLIPS}, 1 + {shorter} // 6))"
    )


_ONE_SIDE = " OR ".join(
    f"(coalesce(q.{c}, '') = '') <> (coalesce(r.{c}, '') = '')" for c in ("direction", "street_suffix")
)
_FORMS = " OR ".join(
    map(_few_slips, ("", "long kind", "long way, long kind", "behind, long kind", "behind, long way, long kind"))
)
_ORDINAL_ENDING = _both("regexp_replace(q.street, '^([0-9]+)[A-Z]{2}$', '\\1') = r.street")
SLIP_IN_STREET_WORD = f"""CASE WHEN q.number = r.number AND (q.zip = r.zip OR q.city = r.city)
        AND (q.direction = r.direction OR q.direction = '' OR r.direction = '') AND coalesce(q.street_suffix = r.street_suffix, true)
    THEN (NOT {OTHER_NUMERAL} AND ((({_ONE_SIDE}) AND ({_FORMS})) OR {_ORDINAL_ENDING})) OR ((q.unit IS NULL) <> (r.unit IS NULL) AND {_few_slips("unit")}) ELSE false END"""
"""A slip in the suffix, the direction or the ordinal's ending, so that it was read as part of the name: ONEIDA AVENE,
WESF OAK ST, 20TB ST. At the same number in the same place only, and never against another suffix, direction or numeral."""
