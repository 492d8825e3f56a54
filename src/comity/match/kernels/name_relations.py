"""Ways in which two names can be one person's: relations between the normalized names of a request and of a record.

The comparisons of names (`comity.match.comparisons`) order these relations into comparison levels.

Guarantees: every public relation is symmetric.
Does not: weigh a relation (`model.json` does).
Basis: naming practice in many traditions, case by case in tests/cases/names/*.yaml.
Start at `fields_are_reversed`.
"""

from typing import Any, NamedTuple

import numpy as np

from comity.columns.buffers import Bools
from comity.columns.hash_sets import hash_set_contains
from comity.columns.kernel import GOLDEN_RATIO_64, inline_kernel, kernel
from comity.columns.string_distance import damerau_levenshtein, jaro_winkler
from comity.columns.strings import (
    Hashes,
    StringView,
    WordSet,
    both_differ,
    both_equal,
    byte_at,
    concat_equals,
    drop_prefix,
    ends_with,
    equals,
    hash_string,
    in_word_set,
    prefix,
    prefixes_equal,
    starts_with,
    word_prefix_length,
    word_set,
    word_table,
)
from comity.match.kernels.letter_slips import is_name_slip
from comity.normalize.name_parser import ROLE_SURNAMES

GIVEN_PLACEHOLDERS = word_set(
    "MAN", "WOMAN", "LADY", "GENTLEMAN", "GENTELMAN", "GENTLE", "BOY", "GIRL", "KID", "CHILD", "BABY", "MALE",
    "MINOR", "PERSON", "TWIN", "SISTER", "BROTHER", "MOM", "DAD", "HUSBAND", "NEPHEW", "NIECE", "COUSIN", "UNCLE",
    "AUNT", "GRANDMA", "GRANDPA", "GRANDMOTHER", "GRANDFATHER", "DAU", "DTR", "FRIEND", "GUEST", "BOARDER", "LODGER",
    "NEIGHBOR", "PARTNER", "OWNER", "RENTER", "PARENT", "HEAD", "HOH", "HH", "HHM", "MOH", "LOH", "SOH", "DOH", "GOH",
    "BOH", "OLDEST", "ELDEST", "YOUNGEST", "ELDER", "SENOR", "SENORA", "SENORITA", "HIJO", "HIJA", "NINO", "NINA",
    "HERMANO", "HERMANA", "ESPOSO", "ESPOSA", "MADRE", "PADRE", "ABUELA", "ABUELO", "HOUSE", "MR", "MRS", "MS",
    "MISS",
)  # fmt: skip
"""Words for a role or relation that are written in place of a given name. Some are names too, so two equal ones agree;
beside another name they count as null."""
SURNAME_PLACEHOLDERS = word_set(
    "OWNER", "RENTER", "PARENT", "PERSON", "CHILD", "LADY", "HOME", "HOUSEHOLD", "RESP", "RESPONDANT", "HH", "HHM",
    "HOH", "CASA", "DECASA", "DELACASA", "DONTKNOW", "DOE", "BOARDER", "HUSBAND", "MOM", "DAD", "SISTER", "BROTHER",
    "DUENO", "DUENA", *ROLE_SURNAMES,
)  # fmt: skip
"""Words that are written in place of a surname. Some are surnames, too, so two equal ones agree."""
OUTLINES = 1 << 16
"""How many outlines of pairs of names there are (`outline_of_pair`)."""
NARROWEST_FIELD = 12
"""Letters of the shortest surname that a form's width can have cut."""
GENERIC_MIDDLE_NAMES = word_set(
    "THI", "VAN", "BIN", "BINTI", "BINTE", "SINGH", "KAUR", "KUMAR", "KUMARI", "DEVI", "BIBI", "BEGUM", "KHATUN",
    "BANO", "LAL", "BAI",
)  # fmt: skip
"""Middle names so common in their tradition that one does not suggest that a person goes by the middle name."""
DEVOTIONAL_NAME_PREFIXES = word_set(
    "OLUWA", "OLU", "CHUKWU", "CHI", "ABDUL", "ABDEL", "ABDAL", "ABDOUL", "ABDU", "ABD", "ABU"
)
"""Prefixes of given names that mean God or servant of. The rest of the name distinguishes people, and is used alone."""
LONG_DEVOTIONAL_PREFIXES = word_table("OLUWA", "CHUKWU", "ABDUL", "ABDEL", "CHI")
SURNAME_PARTICLES = word_set(
    "DE", "DEL", "DELA", "DELOS", "DELAS", "DA", "DAS", "DO", "DOS", "DI", "DU", "VAN", "VANDER", "VANDEN", "VANDE",
    "VON", "VONDER", "DER", "DEN", "AL", "EL", "BIN", "BEN", "IBN", "ABU", "ABOU", "ABDUL", "ABDEL", "LA", "LE", "O",
    "MC", "MAC",
)  # fmt: skip
GENDER_VARIANT_ENDINGS = word_table("AO", "OA", "AE", "EA", "AI", "IA")
FEMININE_ENDINGS = word_set("A", "AH", "LE", "INE", "INA", "ETTE", "ITA")


class NameView(NamedTuple):
    """The normalized name of one side of a pair."""

    first: StringView
    given: StringView
    middle: StringView
    surname: StringView
    surname_part_1: StringView
    surname_part_2: StringView


class EquivalentNames(NamedTuple):
    """A set of ordered pairs of names that may be one name: nicknames, spellings.

    Attributes:
        outlines: whether any pair has an outline: the first letters and the lengths of its names. Most pairs of names
            have none of these, and a byte says so without hashing them.
        pairs: a hash set (`build_hash_set`) of `hash_name_pair`.
    """

    outlines: Bools
    pairs: Hashes


@kernel
def outline_of_pair(left: StringView, right: StringView) -> int:
    """Return the outline of a pair of names, a number below `OUTLINES`; neither name is null."""
    first_letters = (int(byte_at(left, 0)) & 31) << 5 | int(byte_at(right, 0)) & 31
    return (first_letters << 3 | left.length & 7) << 3 | right.length & 7


@kernel
def mark_outlines(left: Any, left_offsets: Any, right: Any, right_offsets: Any, outlines: Bools) -> None:
    """Mark the outlines of pairs of names, each side given by the address of its text and Arrow's offsets."""
    for i in range(len(left_offsets) - 1):
        left_name = StringView(left + left_offsets[i], left_offsets[i + 1] - left_offsets[i])
        right_name = StringView(right + right_offsets[i], right_offsets[i + 1] - right_offsets[i])
        outlines[outline_of_pair(left_name, right_name)] = True


@inline_kernel
def are_equivalent(left: StringView, right: StringView, equivalent: EquivalentNames) -> bool:
    """Return whether an ordered pair of names, neither of them null, is in a set."""
    return equivalent.outlines[outline_of_pair(left, right)] and hash_set_contains(
        equivalent.pairs, hash_name_pair(left, right)
    )


@kernel
def hash_name_pair(left: StringView, right: StringView) -> np.uint64:
    """Hash an ordered pair of names, as the sets of nicknames and spelling variants hold it."""
    return (hash_string(left) * GOLDEN_RATIO_64) ^ hash_string(right)


@kernel
def capped_edit_distance(left: StringView, right: StringView, similarity: float) -> int:
    """Return the edit distance up to 2, else 3; `similarity` is that of `jaro_winkler`.

    Counting edits is slow, so names that differ much in length or similarity are 3 without counting.
    """
    if abs(left.length - right.length) <= 2 and (similarity >= 0.5 or left.length <= 3 or right.length <= 3):
        return damerau_levenshtein(left, right, 2)
    return 3


@kernel
def is_null_or_placeholder(left: StringView, right: StringView, words: WordSet) -> bool:
    """Return whether a name is null, or a word for a role or relation (`words`) written in place of a name."""
    return left.length == 0 or right.length == 0 or in_word_set(left, words) or in_word_set(right, words)


@kernel
def _is_field_permutation(left: NameView, right: NameView) -> bool:
    """Return whether left's given name and surname, joined, spell right's whole name in another split or order.

    All in one field, surname first, or `Mary` `Ann Smith` for Mary Ann Smith.
    """
    middle, initial = right.middle, prefix(right.middle, 1)
    return (
        concat_equals(left.given, left.surname, right.given, right.surname, drop_prefix(middle, middle.length))
        or concat_equals(left.given, left.surname, right.surname, right.given, drop_prefix(middle, middle.length))
        or concat_equals(left.given, left.surname, right.given, middle, right.surname)
        or concat_equals(left.given, left.surname, right.given, initial, right.surname)
        or concat_equals(left.given, left.surname, right.surname, right.given, middle)
        or concat_equals(left.given, left.surname, right.surname, right.given, initial)
    )


@kernel
def _are_first_and_last_exchanged(left: NameView, right: NameView) -> bool:
    return (both_equal(left.surname, right.first) or both_equal(left.surname, right.given)) and (
        both_equal(right.surname, left.first) or both_equal(right.surname, left.given)
    )


@kernel
def fields_are_reversed(left: NameView, right: NameView) -> bool:
    """Return whether given name and surname are exchanged, or the same whole name is split into fields differently."""
    if equals(left.surname, right.surname) or left.given.length + left.surname.length <= 4:
        return False
    if not (
        left.given.length == 0
        or right.given.length == 0
        or prefixes_equal(left.given, right.given, 1)
        or prefixes_equal(left.given, right.surname, 1)
        or prefixes_equal(right.given, left.surname, 1)
    ):
        return False
    return (
        _is_field_permutation(left, right)
        or _is_field_permutation(right, left)
        or _are_first_and_last_exchanged(left, right)
    )


@kernel
def _drops_prefix(long: StringView, short: StringView, prefixes: WordSet) -> bool:
    """Return whether `long` is one of the prefixes followed by `short`: DELACRUZ and CRUZ, OLUWASEUN and SEUN."""
    return ends_with(long, short) and in_word_set(prefix(long, long.length - short.length), prefixes)


@kernel
def _has_surname_part(side: NameView, surname: StringView) -> bool:
    return both_equal(surname, side.surname_part_1) or both_equal(surname, side.surname_part_2)


@kernel
def is_cut_by_field(left: StringView, right: StringView) -> bool:
    """Return whether a form's width cut one of two long surnames: VILLAVICENCIO SANTAMA."""
    if left.length == right.length or min(left.length, right.length) < NARROWEST_FIELD:
        return False
    return starts_with(left, right) or starts_with(right, left)


@kernel
def is_partial_surname(left: NameView, right: NameView) -> bool:
    """Return whether one surname is part of the other and nothing contradicts it.

    One of two surnames alone, both in the other order, the surname without its particle, a surname that the other side
    has as a middle name (often since a marriage), or a long one that a form's width cut.
    """
    return (
        is_cut_by_field(left.surname, right.surname)
        or _has_surname_part(left, right.surname)
        or _has_surname_part(right, left.surname)
        or (
            both_equal(left.surname_part_1, right.surname_part_1)
            and both_equal(left.surname_part_2, right.surname_part_2)
        )
        or (
            both_equal(left.surname_part_1, right.surname_part_2)
            and both_equal(left.surname_part_2, right.surname_part_1)
        )
        or (both_equal(left.surname_part_1, left.surname_part_2) and _has_surname_part(right, left.surname_part_1))
        or (both_equal(right.surname_part_1, right.surname_part_2) and _has_surname_part(left, right.surname_part_1))
        or (left.surname.length > 2 and equals(left.surname, right.middle))
        or (right.surname.length > 2 and equals(right.surname, left.middle))
        or _drops_prefix(left.surname, right.surname, SURNAME_PARTICLES)
        or _drops_prefix(right.surname, left.surname, SURNAME_PARTICLES)
    )


@kernel
def shares_one_of_two_surnames(left: NameView, right: NameView) -> bool:
    """Return whether both have two surnames of which exactly one agrees, as parent and child or half siblings do."""
    if not (
        both_differ(left.surname_part_1, left.surname_part_2)
        and both_differ(right.surname_part_1, right.surname_part_2)
    ):
        return False
    return (
        (
            equals(left.surname_part_1, right.surname_part_1)
            and damerau_levenshtein(left.surname_part_2, right.surname_part_2, 1) > 1
        )
        or (
            equals(left.surname_part_2, right.surname_part_2)
            and damerau_levenshtein(left.surname_part_1, right.surname_part_1, 1) > 1
        )
        or equals(left.surname_part_1, right.surname_part_2)
        or equals(left.surname_part_2, right.surname_part_1)
    )


@kernel
def _is_truncation_of(short: StringView, long: StringView) -> bool:
    return short.length > 3 and long.length > short.length + 1 and starts_with(long, short)


@kernel
def is_truncated(left: StringView, right: StringView) -> bool:
    """Return whether one is the start of the other, as a field that was too short would leave it."""
    return _is_truncation_of(left, right) or _is_truncation_of(right, left)


@kernel
def _are_initials_of(left: NameView, right: NameView) -> bool:
    """Return whether left's first name is right's first and middle initials: `JR` for John Robert."""
    return (
        left.first.length == 2
        and right.first.length > 2
        and right.middle.length > 0
        and byte_at(left.first, 0) == byte_at(right.first, 0)
        and byte_at(left.first, 1) == byte_at(right.middle, 0)
    )


@kernel
def is_initial(left: NameView, right: NameView) -> bool:
    """Return whether one first name is the initial, or both initials, of the other."""
    one_letter = left.first.length == 1 or right.first.length == 1
    return (
        (one_letter and prefixes_equal(left.first, right.first, 1))
        or _are_initials_of(left, right)
        or _are_initials_of(right, left)
    )


@kernel
def is_different_initial(left: StringView, right: StringView) -> bool:
    """Return whether one is a single letter and not the initial of the other."""
    return (left.length == 1 or right.length == 1) and both_differ(prefix(left, 1), prefix(right, 1))


@kernel
def has_dropped_devotional_prefix(left: StringView, right: StringView) -> bool:
    """Return whether one is the other without its devotional prefix: Oluwaseun and Seun, Abdulrahman and Rahman."""
    return (right.length > 2 and _drops_prefix(left, right, DEVOTIONAL_NAME_PREFIXES)) or (
        left.length > 2 and _drops_prefix(right, left, DEVOTIONAL_NAME_PREFIXES)
    )


@kernel
def _uses_middle_as_first(left: NameView, right: NameView) -> bool:
    n, m = right.first.length, left.first.length
    return (
        m > 1
        and not in_word_set(left.first, GENERIC_MIDDLE_NAMES)
        and (
            equals(left.first, right.middle)
            or (right.given.length == n + m and n > 0 and equals(drop_prefix(right.given, n), left.first))
        )
    )


@kernel
def uses_middle_as_first(left: NameView, right: NameView) -> bool:
    """Return whether one side's first name is the other's middle name or second given name."""
    return _uses_middle_as_first(left, right) or _uses_middle_as_first(right, left)


@kernel
def shares_devotional_prefix_only(left: StringView, right: StringView) -> bool:
    """Return whether both share a devotional prefix and little else: Oluwaseun and Oluwatobi are two people."""
    for i in range(len(LONG_DEVOTIONAL_PREFIXES)):
        n = word_prefix_length(left, LONG_DEVOTIONAL_PREFIXES, i)
        if (
            n > 0
            and word_prefix_length(right, LONG_DEVOTIONAL_PREFIXES, i) > 0
            and jaro_winkler(drop_prefix(left, n), drop_prefix(right, n)) < 0.85
        ):
            return True
    return False


@kernel
def _is_feminine_form(a: StringView, b: StringView) -> bool:
    return starts_with(a, b) and in_word_set(drop_prefix(a, b.length), FEMININE_ENDINGS)


@kernel
def is_gender_variant(left: StringView, right: StringView) -> bool:
    """Return whether they are the masculine and feminine form of one name: Daniel and Daniela, Mario and Maria."""
    if left.length <= 2 or right.length <= 2 or not prefixes_equal(left, right, 2):
        return False
    if left.length == right.length and equals(prefix(left, left.length - 1), prefix(right, right.length - 1)):
        left_end, right_end = byte_at(left, left.length - 1), byte_at(right, right.length - 1)
        for i in range(len(GENDER_VARIANT_ENDINGS)):
            if GENDER_VARIANT_ENDINGS[i, 0] == left_end and GENDER_VARIANT_ENDINGS[i, 1] == right_end:
                return True
    return _is_feminine_form(left, right) or _is_feminine_form(right, left)


@kernel
def _joins_first_and_middle(left: NameView, right: NameView) -> bool:
    """Return whether left's given names start with right's first and middle name joined: MARYANN and MARY, ANN."""
    n = right.first.length
    return (
        n > 0
        and right.middle.length > 0
        and starts_with(left.given, right.first)
        and starts_with(drop_prefix(left.given, n), right.middle)
        and both_differ(left.given, left.first)
    )


@kernel
def _has_slip(a: StringView, b: StringView) -> bool:
    """Return whether two long names differ by one slip; short ones a letter apart are two: Maria, Marta."""
    return damerau_levenshtein(a, b, 1) == 1 and (is_name_slip(a, b, False) or is_name_slip(b, a, False))


@kernel
def is_same_middle_name(left: NameView, right: NameView) -> bool:
    """Return whether the middle names agree: an initial and a name that starts with it, or a slip in a long name.

    Two whole names that share only their first letter differ (Juan Carlos, Juan César).
    """
    a, b = left.middle, right.middle
    is_similar = prefixes_equal(a, b, 1) and (
        a.length == 1 or b.length == 1 or starts_with(a, b) or starts_with(b, a) or _has_slip(a, b)
    )
    return (
        is_similar
        or _joins_first_and_middle(left, right)
        or _joins_first_and_middle(right, left)
        or (both_equal(left.first, b) and both_equal(right.first, a))
    )
