"""How two names can be one name: relations between a request `q` and a record `r`, both in normal form.

reaching.py orders these into comparison levels.

Guarantees: each is symmetric in q and r.
Does not: say what a relation is worth.
Basis: naming as tests/cases/names/*.yaml tells it, case by case.
Start at `is_moved`.
"""

from typing import NamedTuple

from comity.match.compiled.texts import (
    Text,
    WordSet,
    agree,
    as_set,
    as_words,
    begin,
    begin_alike,
    compiled,
    disagree,
    edits,
    ends_with,
    is_among,
    is_joined,
    jaro_winkler,
    letter,
    rest,
    same,
    starts_with,
    starts_with_word,
)

PERSON_WORDS = as_set(
    "MAN", "WOMAN", "LADY", "GENTLEMAN", "GENTELMAN", "GENTLE", "BOY", "GIRL", "KID", "CHILD", "BABY", "MALE", "MINOR", "PERSON", "TWIN",
    "SISTER", "BROTHER", "MOM", "DAD", "HUSBAND", "NEPHEW", "NIECE", "COUSIN", "UNCLE", "AUNT", "GRANDMA", "GRANDPA", "GRANDMOTHER",
    "GRANDFATHER", "DAU", "DTR", "FRIEND", "GUEST", "BOARDER", "LODGER", "NEIGHBOR", "PARTNER", "OWNER", "RENTER", "PARENT", "HEAD", "HOH",
    "HH", "HHM", "MOH", "LOH", "SOH", "DOH", "GOH", "BOH", "OLDEST", "ELDEST", "YOUNGEST", "ELDER", "SENOR", "SENORA", "SENORITA", "HIJO",
    "HIJA", "NINO", "NINA", "HERMANO", "HERMANA", "ESPOSO", "ESPOSA", "MADRE", "PADRE", "ABUELA", "ABUELO", "HOUSE", "MR", "MRS", "MS", "MISS",
)  # fmt: skip
"""Words written for a given name that say who somebody is instead of what somebody is called. Some are borne as names
too, so two that are equal agree; against another name they say nothing."""
HOUSE_WORDS = as_set(
    "OWNER", "RENTER", "PARENT", "PERSON", "CHILD", "LADY", "HOME", "HOUSEHOLD", "RESP", "RESPONDANT", "HH", "HHM", "HOH", "CASA", "DECASA",
    "DELACASA", "DONTKNOW", "DOE", "BOARDER", "HUSBAND", "MOM", "DAD", "SISTER", "BROTHER", "DUENO", "DUENA",
)  # fmt: skip
"""The same for surnames."""
MARKERS = as_set(
    "THI", "VAN", "BIN", "BINTI", "BINTE", "SINGH", "KAUR", "KUMAR", "KUMARI", "DEVI", "BIBI", "BEGUM", "KHATUN", "BANO", "LAL", "BAI",
)  # fmt: skip
"""Middle names that half a people share; they are no sign that a person is called by the middle name."""
SHARED_PREFIXES = as_set("OLUWA", "OLU", "CHUKWU", "CHI", "ABDUL", "ABDEL", "ABDAL", "ABDOUL", "ABDU", "ABD", "ABU")
"""Beginnings of given names that say God or servant of: what tells people apart, and what they are called by, follows."""
LONG_PREFIXES = as_words("OLUWA", "CHUKWU", "ABDUL", "ABDEL", "CHI")
DROPPED_PARTICLES = as_set(
    "DE", "DEL", "DELA", "DELOS", "DELAS", "DA", "DAS", "DO", "DOS", "DI", "DU", "VAN", "VANDER", "VANDEN", "VANDE", "VON", "VONDER",
    "DER", "DEN", "AL", "EL", "BIN", "BEN", "IBN", "ABU", "ABOU", "ABDUL", "ABDEL", "LA", "LE", "O", "MC", "MAC",
)  # fmt: skip
GENDERED_ENDS = as_words("AO", "OA", "AE", "EA", "AI", "IA")
FEMININE_ENDS = as_set("A", "AH", "LE", "INE", "INA", "ETTE", "ITA")


class Name(NamedTuple):
    """One side's name in normal form."""

    first: Text
    given: Text
    middle: Text
    surname: Text
    part_1: Text
    part_2: Text


@compiled
def says_nobody(a: Text, b: Text, words: WordSet) -> bool:
    """One side has no name, or a word for a person in its stead."""
    return a.n == 0 or b.n == 0 or is_among(a, words) or is_among(b, words)


@compiled
def _is_another_order(q: Name, r: Name) -> bool:
    """All of q's name, closed up, is r's with its fields elsewhere: all in one field, or `Mary` `Ann Smith`."""
    middle, initial = r.middle, begin(r.middle, 1)
    return (
        is_joined(q.given, q.surname, r.given, r.surname, rest(middle, middle.n))
        or is_joined(q.given, q.surname, r.surname, r.given, rest(middle, middle.n))
        or is_joined(q.given, q.surname, r.given, middle, r.surname)
        or is_joined(q.given, q.surname, r.given, initial, r.surname)
        or is_joined(q.given, q.surname, r.surname, r.given, middle)
        or is_joined(q.given, q.surname, r.surname, r.given, initial)
    )


@compiled
def _are_exchanged(q: Name, r: Name) -> bool:
    return (agree(q.surname, r.first) or agree(q.surname, r.given)) and (
        agree(r.surname, q.first) or agree(r.surname, q.given)
    )


@compiled
def is_moved(q: Name, r: Name) -> bool:
    """First and last name exchanged, or the same whole name with its fields elsewhere."""
    if same(q.surname, r.surname) or q.given.n + q.surname.n <= 4:
        return False
    if not (
        q.given.n == 0
        or r.given.n == 0
        or begin_alike(q.given, r.given, 1)
        or begin_alike(q.given, r.surname, 1)
        or begin_alike(r.given, q.surname, 1)
    ):
        return False
    return _is_another_order(q, r) or _is_another_order(r, q) or _are_exchanged(q, r)


@compiled
def _drops(long: Text, short: Text, beginnings: WordSet) -> bool:
    """`long` is one of the beginnings and then `short`: DELACRUZ and CRUZ, Oluwaseun and Seun."""
    return ends_with(long, short) and is_among(begin(long, long.n - short.n), beginnings)


@compiled
def _has_part(q: Name, name: Text) -> bool:
    return agree(name, q.part_1) or agree(name, q.part_2)


@compiled
def is_part(q: Name, r: Name) -> bool:
    """One surname is part of the other and nothing speaks against it.

    One of two surnames alone, the two in the other order, without its particle, or a surname that the other carries as
    a middle name since a marriage.
    """
    return (
        _has_part(q, r.surname)
        or _has_part(r, q.surname)
        or (agree(q.part_1, r.part_1) and agree(q.part_2, r.part_2))
        or (agree(q.part_1, r.part_2) and agree(q.part_2, r.part_1))
        or (agree(q.part_1, q.part_2) and _has_part(r, q.part_1))
        or (agree(r.part_1, r.part_2) and _has_part(q, r.part_1))
        or (q.surname.n > 2 and same(q.surname, r.middle))
        or (r.surname.n > 2 and same(r.surname, q.middle))
        or _drops(q.surname, r.surname, DROPPED_PARTICLES)
        or _drops(r.surname, q.surname, DROPPED_PARTICLES)
    )


@compiled
def is_shared(q: Name, r: Name) -> bool:
    """Of two surnames one agrees and the other is another: parents and children, half siblings, where people bear two."""
    if not (disagree(q.part_1, q.part_2) and disagree(r.part_1, r.part_2)):
        return False
    return (
        (same(q.part_1, r.part_1) and edits(q.part_2, r.part_2, 1) > 1)
        or (same(q.part_2, r.part_2) and edits(q.part_1, r.part_1, 1) > 1)
        or same(q.part_1, r.part_2)
        or same(q.part_2, r.part_1)
    )


@compiled
def _is_cut(short: Text, long: Text) -> bool:
    return short.n > 3 and long.n > short.n + 1 and starts_with(long, short)


@compiled
def is_cut(a: Text, b: Text) -> bool:
    """A field that was too short."""
    return _is_cut(a, b) or _is_cut(b, a)


@compiled
def _are_initials(q: Name, r: Name) -> bool:
    """Two initials: `JR` for John Robert."""
    return (
        q.first.n == 2
        and r.first.n > 2
        and r.middle.n > 0
        and letter(q.first, 0) == letter(r.first, 0)
        and letter(q.first, 1) == letter(r.middle, 0)
    )


@compiled
def is_initial(q: Name, r: Name) -> bool:
    """An initial, or two, of the other's name."""
    one_letter = q.first.n == 1 or r.first.n == 1
    return (one_letter and begin_alike(q.first, r.first, 1)) or _are_initials(q, r) or _are_initials(r, q)


@compiled
def is_other_initial(a: Text, b: Text) -> bool:
    """A single letter that is not the other's initial."""
    return (a.n == 1 or b.n == 1) and disagree(begin(a, 1), begin(b, 1))


@compiled
def has_dropped_prefix(a: Text, b: Text) -> bool:
    """Oluwaseun and Seun, Abdulrahman and Rahman."""
    return (b.n > 2 and _drops(a, b, SHARED_PREFIXES)) or (a.n > 2 and _drops(b, a, SHARED_PREFIXES))


@compiled
def _is_called_by(q: Name, r: Name) -> bool:
    n, m = r.first.n, q.first.n
    return (
        m > 1
        and not is_among(q.first, MARKERS)
        and (same(q.first, r.middle) or (r.given.n == n + m and n > 0 and same(rest(r.given, n), q.first)))
    )


@compiled
def is_called_by_middle(q: Name, r: Name) -> bool:
    """One side's first name is the other's middle name, or the second of its given names."""
    return _is_called_by(q, r) or _is_called_by(r, q)


@compiled
def has_same_prefix_only(a: Text, b: Text) -> bool:
    """Alike in the prefix alone: Oluwaseun and Oluwatobi are brothers."""
    for i in range(len(LONG_PREFIXES)):
        n = starts_with_word(a, LONG_PREFIXES, i)
        if n > 0 and starts_with_word(b, LONG_PREFIXES, i) > 0 and jaro_winkler(rest(a, n), rest(b, n)) < 0.85:
            return True
    return False


@compiled
def _is_feminine(a: Text, b: Text) -> bool:
    return starts_with(a, b) and is_among(rest(a, b.n), FEMININE_ENDS)


@compiled
def is_gendered(a: Text, b: Text) -> bool:
    """One name for a man and a woman: Daniel and Daniela, Mario and Maria."""
    if a.n <= 2 or b.n <= 2 or not begin_alike(a, b, 2):
        return False
    if a.n == b.n and same(begin(a, a.n - 1), begin(b, b.n - 1)):
        one, other = letter(a, a.n - 1), letter(b, b.n - 1)
        for i in range(len(GENDERED_ENDS)):
            if GENDERED_ENDS[i, 0] == one and GENDERED_ENDS[i, 1] == other:
                return True
    return _is_feminine(a, b) or _is_feminine(b, a)


@compiled
def _is_given_whole(q: Name, r: Name) -> bool:
    """All of q's given names begin with r's first and middle name: MARYANN and MARY, ANN."""
    n = r.first.n
    return (
        n > 0
        and r.middle.n > 0
        and starts_with(q.given, r.first)
        and starts_with(rest(q.given, n), r.middle)
        and disagree(q.given, q.first)
    )


@compiled
def is_middle_alike(q: Name, r: Name) -> bool:
    """Middle names that agree: an initial with its name, or two words alike.

    Two whole words that merely begin with the same letter are two names (Juan Carlos, Juan César).
    """
    a, b = q.middle, r.middle
    alike = begin_alike(a, b, 1) and (
        a.n == 1 or b.n == 1 or starts_with(a, b) or starts_with(b, a) or jaro_winkler(a, b) >= 0.88
    )
    return alike or _is_given_whole(q, r) or _is_given_whole(r, q) or (agree(q.first, b) and agree(r.first, a))
