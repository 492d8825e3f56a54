"""Names of persons, taken apart: given name, middle name, surname and its parts, suffix.

Guarantees: `first`, `given`, `middle`, `surname` and the parts hold letters only (and digits that stand alone), or are
None; a generational suffix is found in whichever field it was written. The parts of a surname are without particles
(`DE LA CRUZ` is `DELACRUZ`, its part `CRUZ`); `given` is all of the first name closed up (`MARYANN`).
Does not: decide whether two names agree (the comparison levels state when they do).
Start at `read_name`. All text is `plain` (text.py).
"""

import re
from typing import NamedTuple

from comity.match.normal.text import LONGEST, any_of

NAME_FORMING = "MC|MAC|O|D|L|ST|SAINT|SAN|SANTA|FITZ|LO|LE"
"""Words that make one surname with the word after them: without it, they name nobody."""
PARTICLES = (
    "DE LOS|DE LAS|DE LA|DELOS|DELAS|DELA|DEL|DELLA|DE|DA|DAS|DOS|DO|DI|DU|DES|VAN DEN|VAN DER|VAN DE|VAN|VANDE|VANDEN|VANDER|"
    "VON DER|VON|DER|DEN|TEN|TER|ZU|ZUR|AF|AV|AL|EL|BIN|BINT|BINTI|BINTE|IBN|BEN|ABU|ABOU|UMM|ABD|ABDUL|ABDEL|ABDAL|OULD|AIT|LA|"
    "LAS|LOS|VDA DE"
)
"""Words before a surname that people write or leave out: de la Cruz or Cruz, al-Sayed or Sayed."""
DEVOTIONAL = "ABD|ABDUL|ABDEL|ABDAL|ABDOUL|ABDUR|ABDER|ABU|ABOU|UMM"
"""Words that make one given name with the word after them: Abdul Karim and Abdul Rahman are not both called Abdul."""
SUFFIXES = "JR|JNR|JUNIOR|SR|SNR|SENIOR|II|III|IV|2ND|3RD|4TH"
LETTERS_AFTER = "ESQ|ESQUIRE|MD|PHD|DDS|DVM|CPA|RN|USMC|USA RET"
"""What follows a name and is not part of it."""
TITLES = "MR|MRS|MS|MISS|MX|DR|PROF|REV|HON|SGT|CAPT|LT|COL|FR|SRA|SRTA|DON|DONA|IMAM|HAJI|HAJJI|ALHAJI"
PLACEHOLDERS = (
    "UNKNOWN|UNKN|UNK|UNNAMED|NOT GIVEN|NOT KNOWN|NO NAME|NONAME|NO LAST NAME|NO FIRST NAME|NO MIDDLE NAME|N A|TBD|REFUSED|DECLINED|"
    "XX+|FNU|LNU|MNU|NMN|NMI|NFN|NLN|NONE|NONE GIVEN|RESIDENT|OCCUPANT|TENANT|HOUSEHOLDER|RESPONDENT|ADULT [0-9]+|CHILD [0-9]+|"
    "PERSON [0-9]+|ADULT|BABY BOY|BABY GIRL|INFANT|NEWBORN|FEMALE|WIFE|SPOUSE|ROOMMATE|INMATE|MOTHER|FATHER|DAUGHTER|GRANDSON|"
    "GRANDDAUGHTER|GRANDCHILD|STEPSON|STEPDAUGHTER|APELLIDO|NOMBRE|SIN NOMBRE|SIN APELLIDO|FIRST NAME|LAST NAME|MIDDLE NAME|SURNAME|"
    "HEAD OF HOUSEHOLD|HEAD OF HOUSE|(?:MAN|LADY|WOMAN|HEAD|SON|GIRL|BOY) OF (?:THE )?(?:HOUSE|HOME|HH)|OF (?:THE )?(?:HOUSE|HOME)|[0-9 ]+"
)
"""What people write where a name is not known or not told: as good as nothing written. Not in it: words that are
somebody's real name (Null, Na, Son, Child, Person, Lady); those are weighed only against themselves."""

SUFFIX_OF = {
    "JR": "JR", "JNR": "JR", "JUNIOR": "JR", "SR": "SR", "SNR": "SR", "SENIOR": "SR", "II": "II", "2ND": "II", "III": "III",
    "3RD": "III", "IV": "IV", "4TH": "IV", "V": "V", "5TH": "V",
}  # fmt: skip
"""A generational suffix as written -> in one spelling."""

_PLACEHOLDER = re.compile(PLACEHOLDERS)
_SAYS_NOTHING = frozenset(word for word in re.findall("[A-Z]+", PLACEHOLDERS) if _PLACEHOLDER.fullmatch(word))
_SUFFIX_WORDS = frozenset(SUFFIXES.split("|"))
_WORDS = frozenset(re.findall("[A-Z0-9]+", f"{PLACEHOLDERS} {SUFFIXES} {LETTERS_AFTER}"))
_GIVEN_WORDS = _WORDS | frozenset(re.findall("[A-Z]+", f"{TITLES} {DEVOTIONAL} THI AND OR DE DEL DOS DAS DA DO"))
_SURNAME_WORDS = _WORDS | frozenset(re.findall("[A-Z]+", f"{NAME_FORMING} {PARTICLES} Y E I"))
"""Words that any pattern looks for: a name of letters that has none of them is read by its words alone."""
_NOT_WORD = re.compile("[^A-Z0-9]+")
_LETTERS_AND_DIGITS = {
    code: None if chr(code) in "'`." else " " for code in range(128) if not chr(code).isalnum() or chr(code).islower()
}
_DIGIT_AMONG_LETTERS = re.compile("[A-Z][0-9]|[0-9][A-Z]")
_ORDINAL = re.compile(r"\b[2-5](ND|RD|TH)\b", re.ASCII)
_AS_LETTERS = str.maketrans("01345867", "OIEASBGT")
_TAIL = re.compile(f" ({SUFFIXES})(?: (?:{LETTERS_AFTER}))*$")
_WITH_TAIL = re.compile(f"(.)(?: (?:{SUFFIXES}|{LETTERS_AFTER}))+$")
_MIDDLE_TAIL = re.compile(f"(?:^| )({SUFFIXES})$")
_SECOND_PERSON = re.compile("[&/;+]| AND | OR ")
_FROM_SECOND_PERSON = re.compile("(.) *(?:[&/;+]| AND | OR ).*$")
_ASIDE = re.compile(r'(.)(?:[(].*[)]|"[^"]*")')
_TITLE = re.compile(f"^(?:{any_of(TITLES.split('|'))} )+(.)")
_BOUND = re.compile(rf"\b({any_of(DEVOTIONAL.split('|'))})(?: (AL|EL|UL|UR|AR|ER|OUL))? ", re.ASCII)
_THI = re.compile("^THI ([A-Z].*)$")
_SMALL_WORD = re.compile(r"\b(?:DE LOS|DE LAS|DE LA|DEL|DE|DOS|DAS|DA|DO) ", re.ASCII)
_AND = re.compile("(.) [YEI] (.)")
_FORMING = re.compile(rf"\b({any_of(NAME_FORMING.split('|'))}) ", re.ASCII)
_PARTICLE = re.compile(rf"\b{any_of(PARTICLES.split('|'))} ", re.ASCII)


class Given(NamedTuple):
    """A first name: its first word, all of it closed up, the words after the first, a suffix written in its field."""

    first: str | None = None
    given: str | None = None
    more: str | None = None
    suffix: str | None = None


class Middle(NamedTuple):
    """A middle name, closed up, and a suffix written in its field."""

    middle: str | None = None
    suffix: str | None = None


class Surname(NamedTuple):
    """A surname, closed up, its first and last part where it is more than one word, a suffix written in its field."""

    surname: str | None = None
    part_1: str | None = None
    part_2: str | None = None
    suffix: str | None = None


class Name(NamedTuple):
    """A person's name, taken apart."""

    first: str | None
    given: str | None
    middle: str | None
    surname: str | None
    surname_part_1: str | None
    surname_part_2: str | None
    suffix: str | None


def read_given(text: str | None) -> Given:
    """The first name's field. Of two people in it (`JOHN & MARY`) the first is read; a THI goes behind what follows it.

    >>> read_given("MARY ANN")
    Given(first='MARY', given='MARYANN', more='ANN', suffix=None)
    """
    if text is None:
        return Given()
    if text.isalpha():
        return Given() if _says_nothing(text) else Given(text, text)
    names = text.split(" ")
    if text.replace(" ", "").isalpha() and _GIVEN_WORDS.isdisjoint(names):
        more = " ".join([name for name in names[1:] if name])
        return Given(names[0], text.replace(" ", ""), more)
    one = _FROM_SECOND_PERSON.sub(r"\1", text, count=1) if _SECOND_PERSON.search(text) else text
    if "(" in one or '"' in one:
        one = _ASIDE.sub(r"\1 ", one)
    words = _TITLE.sub(r"\1", _letters(one), count=1)
    if not words or _PLACEHOLDER.fullmatch(words):
        return Given()
    name = _BOUND.sub(r"\1\2", _read_again(_without_tail(words)), count=1)
    name = _THI.sub(r"\1 THI", name)
    first, _, behind = name.partition(" ")
    more = _SMALL_WORD.sub("", behind) if behind else ""
    return Given(first, name.replace(" ", ""), more or None, _tail(words))


def read_middle(text: str | None) -> Middle:
    """The middle name's field.

    >>> read_middle("DE LA PAZ III")
    Middle(middle='PAZ', suffix='III')
    """
    if text is None:
        return Middle()
    if text.isalpha() and text not in _SUFFIX_WORDS:
        return Middle() if _says_nothing(text) else Middle(text)
    words = _letters(text)
    tail = _MIDDLE_TAIL.search(words)
    suffix = SUFFIX_OF.get(tail[1]) if tail else None
    if _PLACEHOLDER.fullmatch(words):
        return Middle(None, suffix)
    body = _read_again(words[: tail.start()] if tail else words)
    return Middle(_SMALL_WORD.sub("", body).replace(" ", "") or None, suffix)


def read_surname(text: str | None) -> Surname:  # noqa: PLR0911
    """The last name's field.

    >>> read_surname("O'BRIEN SMITH JR")
    Surname(surname='OBRIENSMITH', part_1='OBRIEN', part_2='SMITH', suffix='JR')
    """
    if text is None:
        return Surname()
    if text.isalpha():
        return Surname() if _says_nothing(text) else Surname(text)
    names = text.replace("-", " ").split()
    closed = "".join(names)
    if not closed.isalpha():
        names = text.translate(_LETTERS_AND_DIGITS).split()
        closed = "".join(names)
    if closed.isalpha() and _SURNAME_WORDS.isdisjoint(names):
        if len(names) > 1:
            return Surname(closed, names[0], names[-1])
        return Surname() if _says_nothing(closed) else Surname(closed)
    words = " ".join(names)
    if not words or _PLACEHOLDER.fullmatch(words):
        return Surname()
    joined = _AND.sub(r"\1 \2", _without_tail(words), count=1)
    body = _read_again(_FORMING.sub(r"\1", joined))
    surname, parts = body.replace(" ", ""), _PARTICLE.sub("", body)
    if parts == surname:
        return Surname(surname, None, None, _tail(words))
    return Surname(surname, parts.partition(" ")[0], parts.rpartition(" ")[2], _tail(words))


def read_suffix(text: str | None) -> str | None:
    """The suffix's field.

    >>> read_suffix("JNR.")
    'JR'
    """
    return SUFFIX_OF.get(_NOT_WORD.sub("", text)) if text else None


def read_name(first_name: str | None, middle_name: str | None, last_name: str | None, suffix: str | None) -> Name:
    """A person's name; the middle name may come from the words after the first name.

    >>> read_name("MARY ANN", None, "DE LA CRUZ", None)[:4]
    ('MARY', 'MARYANN', 'ANN', 'DELACRUZ')
    """
    return put_together(read_given(first_name), read_middle(middle_name), read_surname(last_name), read_suffix(suffix))


def put_together(given: Given, middle: Middle, surname: Surname, suffix: str | None) -> Name:
    """The name whose fields were read; a Vietnamese THI for a first name changes places with the middle name."""
    suffix = suffix or surname.suffix or given.suffix or middle.suffix
    if given.first == "THI" and middle.middle and len(middle.middle) > 1:
        return Name(middle.middle, middle.middle, given.first, *surname[:3], suffix)
    between = middle.middle or (given.more.replace(" ", "") if given.more else None)
    return Name(given.first, given.given, between, *surname[:3], suffix)


def is_bare_name(text: str) -> bool:
    """Whether a field of a name, in capitals, is one word and nothing else: whichever field it is, it is read as it stands.

    >>> is_bare_name("ANN"), is_bare_name("UNKNOWN"), is_bare_name("JR"), is_bare_name("MARY ANN")
    (True, False, False, False)
    """
    return (
        text.isalpha()
        and text.isascii()
        and len(text) <= LONGEST
        and text not in _SUFFIX_WORDS
        and not _says_nothing(text)
    )


def _says_nothing(word: str) -> bool:
    """Whether one word of letters is a placeholder."""
    return word in _SAYS_NOTHING or (word.startswith("XX") and not word.strip("X"))


def _letters(text: str) -> str:
    """Words of letters and digits with single spaces; apostrophes close up (`O'BRIEN` is one word)."""
    return " ".join(text.translate(_LETTERS_AND_DIGITS).split())


def _read_again(words: str) -> str:
    """Digits between letters are letters that a reader or a finger missed: `J0HN`, `P3TER`."""
    if _DIGIT_AMONG_LETTERS.search(words) and not _ORDINAL.search(words):
        return words.translate(_AS_LETTERS)
    return words


def _without_tail(words: str) -> str:
    """Without generational suffixes and letters after the name, as long as a word is left."""
    return _WITH_TAIL.sub(r"\1", words, count=1) if " " in words else words


def _tail(words: str) -> str | None:
    """The generational suffix at the end."""
    tail = _TAIL.search(words) if " " in words else None
    return SUFFIX_OF.get(tail[1]) if tail else None
