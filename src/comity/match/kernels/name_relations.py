"""How two names can be one name: relations between a request `q` and a record `r`, both in normal form.

reaching.py orders these into comparison levels.

Guarantees: each is symmetric in q and r.
Does not: say what a relation is worth.
Basis: naming as tests/cases/names/*.yaml tells it, case by case.
Start at `is_moved`.
"""

from typing import NamedTuple

from comity.columns.kernel import kernel
from comity.columns.strings import (
    StringView,
    WordSet,
    both_differ,
    both_equal,
    byte_at,
    concat_equals,
    damerau_levenshtein,
    drop_prefix,
    ends_with,
    equals,
    in_word_set,
    jaro_winkler,
    prefix,
    prefixes_equal,
    starts_with,
    word_prefix_length,
    word_set,
    word_table,
)

GIVEN_PLACEHOLDERS = word_set(
    "MAN", "WOMAN", "LADY", "GENTLEMAN", "GENTELMAN", "GENTLE", "BOY", "GIRL", "KID", "CHILD", "BABY", "MALE", "MINOR", "PERSON", "TWIN",
    "SISTER", "BROTHER", "MOM", "DAD", "HUSBAND", "NEPHEW", "NIECE", "COUSIN", "UNCLE", "AUNT", "GRANDMA", "GRANDPA", "GRANDMOTHER",
    "GRANDFATHER", "DAU", "DTR", "FRIEND", "GUEST", "BOARDER", "LODGER", "NEIGHBOR", "PARTNER", "OWNER", "RENTER", "PARENT", "HEAD", "HOH",
    "HH", "HHM", "MOH", "LOH", "SOH", "DOH", "GOH", "BOH", "OLDEST", "ELDEST", "YOUNGEST", "ELDER", "SENOR", "SENORA", "SENORITA", "HIJO",
    "HIJA", "NINO", "NINA", "HERMANO", "HERMANA", "ESPOSO", "ESPOSA", "MADRE", "PADRE", "ABUELA", "ABUELO", "HOUSE", "MR", "MRS", "MS", "MISS",
)  # fmt: skip
"""Words written for a given name that say who somebody is instead of what somebody is called. Some are borne as names
too, so two that are equal agree; against another name they say nothing."""
SURNAME_PLACEHOLDERS = word_set(
    "OWNER", "RENTER", "PARENT", "PERSON", "CHILD", "LADY", "HOME", "HOUSEHOLD", "RESP", "RESPONDANT", "HH", "HHM", "HOH", "CASA", "DECASA",
    "DELACASA", "DONTKNOW", "DOE", "BOARDER", "HUSBAND", "MOM", "DAD", "SISTER", "BROTHER", "DUENO", "DUENA",
)  # fmt: skip
"""The same for surnames."""
GENERIC_MIDDLE_NAMES = word_set(
    "THI", "VAN", "BIN", "BINTI", "BINTE", "SINGH", "KAUR", "KUMAR", "KUMARI", "DEVI", "BIBI", "BEGUM", "KHATUN", "BANO", "LAL", "BAI",
)  # fmt: skip
"""Middle names that half a people share; they are no sign that a person is called by the middle name."""
DEVOTIONAL_NAME_PREFIXES = word_set(
    "OLUWA", "OLU", "CHUKWU", "CHI", "ABDUL", "ABDEL", "ABDAL", "ABDOUL", "ABDU", "ABD", "ABU"
)
"""Beginnings of given names that say God or servant of: what tells people apart, and what they are called by, follows."""
LONG_DEVOTIONAL_PREFIXES = word_table("OLUWA", "CHUKWU", "ABDUL", "ABDEL", "CHI")
SURNAME_PARTICLES = word_set(
    "DE", "DEL", "DELA", "DELOS", "DELAS", "DA", "DAS", "DO", "DOS", "DI", "DU", "VAN", "VANDER", "VANDEN", "VANDE", "VON", "VONDER",
    "DER", "DEN", "AL", "EL", "BIN", "BEN", "IBN", "ABU", "ABOU", "ABDUL", "ABDEL", "LA", "LE", "O", "MC", "MAC",
)  # fmt: skip
GENDER_VARIANT_ENDINGS = word_table("AO", "OA", "AE", "EA", "AI", "IA")
FEMININE_ENDINGS = word_set("A", "AH", "LE", "INE", "INA", "ETTE", "ITA")


class NameView(NamedTuple):
    """One side's name in normal form."""

    first: StringView
    given: StringView
    middle: StringView
    surname: StringView
    surname_part_1: StringView
    surname_part_2: StringView


@kernel
def is_null_or_placeholder(a: StringView, b: StringView, words: WordSet) -> bool:
    """One side has no name, or a word for a person in its stead."""
    return a.length == 0 or b.length == 0 or in_word_set(a, words) or in_word_set(b, words)


@kernel
def _is_field_permutation(q: NameView, r: NameView) -> bool:
    """All of q's name, closed up, is r's with its fields elsewhere: all in one field, or `Mary` `Ann Smith`."""
    middle, initial = r.middle, prefix(r.middle, 1)
    return (
        concat_equals(q.given, q.surname, r.given, r.surname, drop_prefix(middle, middle.length))
        or concat_equals(q.given, q.surname, r.surname, r.given, drop_prefix(middle, middle.length))
        or concat_equals(q.given, q.surname, r.given, middle, r.surname)
        or concat_equals(q.given, q.surname, r.given, initial, r.surname)
        or concat_equals(q.given, q.surname, r.surname, r.given, middle)
        or concat_equals(q.given, q.surname, r.surname, r.given, initial)
    )


@kernel
def _are_first_and_last_exchanged(q: NameView, r: NameView) -> bool:
    return (both_equal(q.surname, r.first) or both_equal(q.surname, r.given)) and (
        both_equal(r.surname, q.first) or both_equal(r.surname, q.given)
    )


@kernel
def fields_are_reversed(q: NameView, r: NameView) -> bool:
    """First and last name exchanged, or the same whole name with its fields elsewhere."""
    if equals(q.surname, r.surname) or q.given.length + q.surname.length <= 4:
        return False
    if not (
        q.given.length == 0
        or r.given.length == 0
        or prefixes_equal(q.given, r.given, 1)
        or prefixes_equal(q.given, r.surname, 1)
        or prefixes_equal(r.given, q.surname, 1)
    ):
        return False
    return _is_field_permutation(q, r) or _is_field_permutation(r, q) or _are_first_and_last_exchanged(q, r)


@kernel
def _drops_prefix(long: StringView, short: StringView, beginnings: WordSet) -> bool:
    """`long` is one of the beginnings and then `short`: DELACRUZ and CRUZ, Oluwaseun and Seun."""
    return ends_with(long, short) and in_word_set(prefix(long, long.length - short.length), beginnings)


@kernel
def _has_surname_part(q: NameView, name: StringView) -> bool:
    return both_equal(name, q.surname_part_1) or both_equal(name, q.surname_part_2)


@kernel
def is_partial_surname(q: NameView, r: NameView) -> bool:
    """One surname is part of the other and nothing speaks against it.

    One of two surnames alone, the two in the other order, without its particle, or a surname that the other carries as
    a middle name since a marriage.
    """
    return (
        _has_surname_part(q, r.surname)
        or _has_surname_part(r, q.surname)
        or (both_equal(q.surname_part_1, r.surname_part_1) and both_equal(q.surname_part_2, r.surname_part_2))
        or (both_equal(q.surname_part_1, r.surname_part_2) and both_equal(q.surname_part_2, r.surname_part_1))
        or (both_equal(q.surname_part_1, q.surname_part_2) and _has_surname_part(r, q.surname_part_1))
        or (both_equal(r.surname_part_1, r.surname_part_2) and _has_surname_part(q, r.surname_part_1))
        or (q.surname.length > 2 and equals(q.surname, r.middle))
        or (r.surname.length > 2 and equals(r.surname, q.middle))
        or _drops_prefix(q.surname, r.surname, SURNAME_PARTICLES)
        or _drops_prefix(r.surname, q.surname, SURNAME_PARTICLES)
    )


@kernel
def shares_one_of_two_surnames(q: NameView, r: NameView) -> bool:
    """Of two surnames one agrees and the other is another: parents and children, half siblings, where people bear two."""
    if not (both_differ(q.surname_part_1, q.surname_part_2) and both_differ(r.surname_part_1, r.surname_part_2)):
        return False
    return (
        (equals(q.surname_part_1, r.surname_part_1) and damerau_levenshtein(q.surname_part_2, r.surname_part_2, 1) > 1)
        or (
            equals(q.surname_part_2, r.surname_part_2)
            and damerau_levenshtein(q.surname_part_1, r.surname_part_1, 1) > 1
        )
        or equals(q.surname_part_1, r.surname_part_2)
        or equals(q.surname_part_2, r.surname_part_1)
    )


@kernel
def _is_truncation_of(short: StringView, long: StringView) -> bool:
    return short.length > 3 and long.length > short.length + 1 and starts_with(long, short)


@kernel
def is_truncated(a: StringView, b: StringView) -> bool:
    """A field that was too short."""
    return _is_truncation_of(a, b) or _is_truncation_of(b, a)


@kernel
def _are_initials_of(q: NameView, r: NameView) -> bool:
    """Two initials: `JR` for John Robert."""
    return (
        q.first.length == 2
        and r.first.length > 2
        and r.middle.length > 0
        and byte_at(q.first, 0) == byte_at(r.first, 0)
        and byte_at(q.first, 1) == byte_at(r.middle, 0)
    )


@kernel
def is_initial(q: NameView, r: NameView) -> bool:
    """An initial, or two, of the other's name."""
    one_letter = q.first.length == 1 or r.first.length == 1
    return (one_letter and prefixes_equal(q.first, r.first, 1)) or _are_initials_of(q, r) or _are_initials_of(r, q)


@kernel
def is_different_initial(a: StringView, b: StringView) -> bool:
    """A single letter that is not the other's initial."""
    return (a.length == 1 or b.length == 1) and both_differ(prefix(a, 1), prefix(b, 1))


@kernel
def has_dropped_devotional_prefix(a: StringView, b: StringView) -> bool:
    """Oluwaseun and Seun, Abdulrahman and Rahman."""
    return (b.length > 2 and _drops_prefix(a, b, DEVOTIONAL_NAME_PREFIXES)) or (
        a.length > 2 and _drops_prefix(b, a, DEVOTIONAL_NAME_PREFIXES)
    )


@kernel
def _uses_middle_as_first(q: NameView, r: NameView) -> bool:
    n, m = r.first.length, q.first.length
    return (
        m > 1
        and not in_word_set(q.first, GENERIC_MIDDLE_NAMES)
        and (
            equals(q.first, r.middle)
            or (r.given.length == n + m and n > 0 and equals(drop_prefix(r.given, n), q.first))
        )
    )


@kernel
def uses_middle_as_first(q: NameView, r: NameView) -> bool:
    """One side's first name is the other's middle name, or the second of its given names."""
    return _uses_middle_as_first(q, r) or _uses_middle_as_first(r, q)


@kernel
def shares_devotional_prefix_only(a: StringView, b: StringView) -> bool:
    """Alike in the prefix alone: Oluwaseun and Oluwatobi are brothers."""
    for i in range(len(LONG_DEVOTIONAL_PREFIXES)):
        n = word_prefix_length(a, LONG_DEVOTIONAL_PREFIXES, i)
        if (
            n > 0
            and word_prefix_length(b, LONG_DEVOTIONAL_PREFIXES, i) > 0
            and jaro_winkler(drop_prefix(a, n), drop_prefix(b, n)) < 0.85
        ):
            return True
    return False


@kernel
def _is_feminine_form(a: StringView, b: StringView) -> bool:
    return starts_with(a, b) and in_word_set(drop_prefix(a, b.length), FEMININE_ENDINGS)


@kernel
def is_gender_variant(a: StringView, b: StringView) -> bool:
    """One name for a man and a woman: Daniel and Daniela, Mario and Maria."""
    if a.length <= 2 or b.length <= 2 or not prefixes_equal(a, b, 2):
        return False
    if a.length == b.length and equals(prefix(a, a.length - 1), prefix(b, b.length - 1)):
        one, other = byte_at(a, a.length - 1), byte_at(b, b.length - 1)
        for i in range(len(GENDER_VARIANT_ENDINGS)):
            if GENDER_VARIANT_ENDINGS[i, 0] == one and GENDER_VARIANT_ENDINGS[i, 1] == other:
                return True
    return _is_feminine_form(a, b) or _is_feminine_form(b, a)


@kernel
def _joins_first_and_middle(q: NameView, r: NameView) -> bool:
    """All of q's given names begin with r's first and middle name: MARYANN and MARY, ANN."""
    n = r.first.length
    return (
        n > 0
        and r.middle.length > 0
        and starts_with(q.given, r.first)
        and starts_with(drop_prefix(q.given, n), r.middle)
        and both_differ(q.given, q.first)
    )


@kernel
def is_same_middle_name(q: NameView, r: NameView) -> bool:
    """Middle names that agree: an initial with its name, or two words alike.

    Two whole words that merely begin with the same letter are two names (Juan Carlos, Juan César).
    """
    a, b = q.middle, r.middle
    alike = prefixes_equal(a, b, 1) and (
        a.length == 1 or b.length == 1 or starts_with(a, b) or starts_with(b, a) or jaro_winkler(a, b) >= 0.88
    )
    return (
        alike
        or _joins_first_and_middle(q, r)
        or _joins_first_and_middle(r, q)
        or (both_equal(q.first, b) and both_equal(r.first, a))
    )
