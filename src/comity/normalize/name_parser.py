"""Parse the names of persons into given name, middle name, surname with its parts, and generational suffix.

Guarantees: every part holds letters only (and digits that stand alone), or is None; a generational suffix is found in
whichever field it was written. The parts of a surname are without particles (`DE LA CRUZ` is `DELACRUZ`, its part is
`CRUZ`); `given` is the whole first name without spaces (`MARYANN`).
Does not: decide whether two names agree (the comparisons do).
Start at `parse_name`. All text is upper case ASCII (`ascii_text.py`).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from comity.columns.transliteration import MAX_TEXT_LENGTH
from comity.normalize.ascii_text import trie_pattern

SURNAME_PREFIXES = "MC|MAC|O|D|L|ST|STE|SAINT|SAINTE|SAN|SANTA|FITZ|LO|LE"
"""Words that form one surname with the next word and are no surname without it."""
PARTICLES = (
    "DE LOS|DE LAS|DE LA|DELOS|DELAS|DELA|DEL|DELLA|DE|DA|DAS|DOS|DO|DI|DU|DES|VAN DEN|VAN DER|VAN DE|VAN|"
    "VANDE|VANDEN|VANDER|VON DER|VON|DER|DEN|TEN|TER|ZU|ZUR|AF|AV|AL|EL|BIN|BINT|BINTI|BINTE|IBN|BEN|"
    "ABU|ABOU|UMM|ABD|ABDUL|ABDEL|ABDAL|OULD|AIT|LA|LAS|LOS|VDA DE"
)
"""Words before a surname that people write or omit: de la Cruz or Cruz, al-Sayed or Sayed."""
DEVOTIONAL_PREFIXES = "ABD|ABDUL|ABDEL|ABDAL|ABDOUL|ABDUR|ABDER|ABU|ABOU|UMM"
"""Words that form one given name with the next word: Abdul Karim and Abdul Rahman are not both called Abdul."""
SUFFIX_FORMS = "JR|JNR|JUNIOR|SR|SNR|SENIOR|II|III|IV|2ND|3RD|4TH"
POST_NOMINALS = "ESQ|ESQUIRE|MD|PHD|DDS|DVM|CPA|RN|USMC|USA RET"
"""What follows a name and is not part of it."""
TITLES = "MR|MRS|MS|MISS|MX|DR|PROF|REV|HON|SGT|CAPT|LT|COL|FR|SRA|SRTA|DON|DONA|IMAM|HAJI|HAJJI|ALHAJI"
HONORIFICS = frozenset({"U", "DAW", "KO", "MA", "MAUNG", "SAYA", "SAW", "NAW", "SAI", "NANG"})
"""Words before a Burmese, Karen or Shan name that people write or omit; each is also a name of its own."""
PLACEHOLDER_NAMES = (
    "UNKNOWN|UNKN|UNK|UNNAMED|NOT GIVEN|NOT KNOWN|NO NAME|NONAME|NO LAST NAME|NO FIRST NAME|NO MIDDLE NAME|N A|TBD|"
    "REFUSED|DECLINED|XX+|FNU|LNU|MNU|NMN|NMI|NFN|NLN|NONE|NONE GIVEN|RESIDENT|OCCUPANT|TENANT|HOUSEHOLDER|RESPONDENT|"
    "ADULT [0-9]+|CHILD [0-9]+|PERSON [0-9]+|ADULT|BABY BOY|BABY GIRL|INFANT|NEWBORN|FEMALE|WIFE|SPOUSE|ROOMMATE|"
    "INMATE|MOTHER|FATHER|DAUGHTER|GRANDSON|GRANDDAUGHTER|GRANDCHILD|STEPSON|STEPDAUGHTER|APELLIDO|NOMBRE|SIN NOMBRE|"
    "SIN APELLIDO|FIRST NAME|LAST NAME|MIDDLE NAME|SURNAME|HEAD OF HOUSEHOLD|HEAD OF HOUSE|"
    "(?:MAN|LADY|WOMAN|HEAD|SON|GIRL|BOY) OF (?:THE )?(?:HOUSE|HOME|HH)|OF (?:THE )?(?:HOUSE|HOME)|[0-9 ]+"
)
"""What people write when a name is unknown or withheld; treated as no name.

It omits words that are some people's real names (Null, Na, Son, Child, Person, Lady).
"""
ROLE_SURNAMES = ("NONE", "TENANT", "HOUSEHOLDER", "NEWBORN", "DAUGHTER", "GRANDSON")
"""Placeholders that are surnames, too. They stay: the comparison takes one beside another surname for null."""
ONE_NAME_MARKS = "FNU|LNU|NFN|NLN"
"""What is written, as on visas, in the other field of a person who has one name. That name becomes both."""
ONE_NAME = "FNU"
"""How the parsers of single fields write any of `ONE_NAME_MARKS`, until the other field is known."""

CANONICAL_SUFFIXES = {
    "JR": "JR",
    "JNR": "JR",
    "JUNIOR": "JR",
    "SR": "SR",
    "SNR": "SR",
    "SENIOR": "SR",
    "II": "II",
    "2ND": "II",
    "III": "III",
    "3RD": "III",
    "IV": "IV",
    "4TH": "IV",
    "V": "V",
    "5TH": "V",
}
"""A generational suffix as written -> its one spelling."""

_PLACEHOLDER = re.compile(PLACEHOLDER_NAMES)
_PLACEHOLDER_WORDS = frozenset(word for word in re.findall("[A-Z]+", PLACEHOLDER_NAMES) if _PLACEHOLDER.fullmatch(word))
_SUFFIX_WORDS = frozenset(SUFFIX_FORMS.split("|"))
_PATTERN_WORDS = frozenset(re.findall("[A-Z0-9]+", f"{PLACEHOLDER_NAMES} {SUFFIX_FORMS} {POST_NOMINALS}"))
_GIVEN_PATTERN_WORDS = _PATTERN_WORDS | frozenset(
    re.findall("[A-Z]+", f"{TITLES} {DEVOTIONAL_PREFIXES} THI AND OR DE DEL DOS DAS DA DO")
)
_SURNAME_PATTERN_WORDS = _PATTERN_WORDS | frozenset(re.findall("[A-Z]+", f"{SURNAME_PREFIXES} {PARTICLES} Y E I"))
"""Words that any pattern looks for; a name of letters without them is split at its spaces."""
_NOT_NAMES = _PLACEHOLDER_WORDS | _SUFFIX_WORDS | frozenset(ONE_NAME_MARKS.split("|"))
"""Words that are alone in a field and are not a name there."""
_DOUBLE_SURNAME = re.compile("([A-Z]+)[ -]([A-Z]+)")
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
_PUNCTUATION_TABLE = {
    code: None if chr(code) in "'`." else " " for code in range(128) if not chr(code).isalnum() or chr(code).islower()
}
_DIGIT_AMONG_LETTERS = re.compile("[A-Z][0-9]|[0-9][A-Z]")
_ONE_NAME = re.compile(ONE_NAME_MARKS)
_ROLE_SURNAMES = frozenset(ROLE_SURNAMES)
_SAINT = re.compile(r"\b(?:SAINT(E?)|ST(E?))(?: (?=[A-Z])|(?<=SAINT)(?=[A-Z]{3}))")
_ORDINAL = re.compile(r"\b[2-5](ND|RD|TH)\b", re.ASCII)
_OCR_DIGITS_TO_LETTERS = str.maketrans("01345867", "OIEASBGT")
_TRAILING_SUFFIX = re.compile(f" ({SUFFIX_FORMS})(?: (?:{POST_NOMINALS}))*$")
_TRAILING_POST_NOMINALS = re.compile(f"(.)(?: (?:{SUFFIX_FORMS}|{POST_NOMINALS}))+$")
_MIDDLE_TRAILING_SUFFIX = re.compile(f"(?:^| )({SUFFIX_FORMS})$")
_SECOND_PERSON = re.compile("[&/;+]| AND | OR ")
_SECOND_PERSON_TO_END = re.compile("(.) *(?:[&/;+]| AND | OR ).*$")
_PARENTHETICAL = re.compile(r'(.)(?:[(].*[)]|"[^"]*")')
_TITLE = re.compile(f"^(?:{trie_pattern(TITLES.split('|'))} )+(.)")
_DEVOTIONAL_PREFIX = re.compile(
    rf"\b({trie_pattern(DEVOTIONAL_PREFIXES.split('|'))})(?: (AL|EL|UL|UR|AR|ER|OUL))? ", re.ASCII
)
_LEADING_THI = re.compile("^THI ([A-Z].*)$")
_GIVEN_NAME_PARTICLE = re.compile(r"\b(?:DE LOS|DE LAS|DE LA|DEL|DE|DOS|DAS|DA|DO) ", re.ASCII)
_SURNAME_CONJUNCTION = re.compile("(.) [YEI] (.)")
_SURNAME_PREFIX = re.compile(rf"\b({trie_pattern(SURNAME_PREFIXES.split('|'))}) ", re.ASCII)
_PARTICLE = re.compile(rf"\b{trie_pattern(PARTICLES.split('|'))} ", re.ASCII)


class ParsedGivenName(NamedTuple):
    """A first name: its first word, the whole without spaces, the words after the first, and a suffix in its field."""

    first: str | None = None
    given: str | None = None
    additional_names: str | None = None
    suffix: str | None = None


class ParsedMiddleName(NamedTuple):
    """A middle name without spaces, and a suffix in its field."""

    middle: str | None = None
    suffix: str | None = None


class ParsedSurname(NamedTuple):
    """A surname without spaces, its first and last part if it has several words, and a suffix in its field."""

    surname: str | None = None
    part_1: str | None = None
    part_2: str | None = None
    suffix: str | None = None


class ParsedName(NamedTuple):
    """The parts of a person's name."""

    first: str | None
    given: str | None
    middle: str | None
    surname: str | None
    surname_part_1: str | None
    surname_part_2: str | None
    suffix: str | None


def parse_given_name(text: str | None) -> ParsedGivenName:
    """Parse the field of the first name; of two people (`JOHN & MARY`) the first, and a THI after the next word.

    >>> parse_given_name("MARY ANN")
    ParsedGivenName(first='MARY', given='MARYANN', additional_names='ANN', suffix=None)
    """
    if text is None:
        return ParsedGivenName()
    if _is_one_name_mark(text):
        return ParsedGivenName(ONE_NAME, ONE_NAME)
    if text.isalpha():
        return ParsedGivenName() if _is_placeholder(text) else ParsedGivenName(text, text)
    words = text.split(" ")
    if text.replace(" ", "").isalpha() and _GIVEN_PATTERN_WORDS.isdisjoint(words):
        return ParsedGivenName(words[0], text.replace(" ", ""), " ".join([word for word in words[1:] if word]))
    if _SECOND_PERSON.search(text):
        text = _SECOND_PERSON_TO_END.sub(r"\1", text, count=1)
    if "(" in text or '"' in text:
        text = _PARENTHETICAL.sub(r"\1 ", text)
    text = _TITLE.sub(r"\1", _strip_punctuation(text), count=1)
    if not text or _PLACEHOLDER.fullmatch(text):
        return ParsedGivenName()
    name = _DEVOTIONAL_PREFIX.sub(r"\1\2", _fix_ocr_digits(_strip_post_nominals(text)), count=1)
    name = _LEADING_THI.sub(r"\1 THI", name)
    first, _, additional_names = name.partition(" ")
    additional_names = _GIVEN_NAME_PARTICLE.sub("", additional_names) if additional_names else ""
    return ParsedGivenName(first, name.replace(" ", ""), additional_names or None, _trailing_suffix(text))


def parse_middle_name(text: str | None) -> ParsedMiddleName:
    """Parse the field of the middle name.

    >>> parse_middle_name("DE LA PAZ III")
    ParsedMiddleName(middle='PAZ', suffix='III')
    """
    if text is None:
        return ParsedMiddleName()
    if text.isalpha() and text not in _SUFFIX_WORDS:
        return ParsedMiddleName() if _is_placeholder(text) else ParsedMiddleName(text)
    text = _strip_punctuation(text)
    ending = _MIDDLE_TRAILING_SUFFIX.search(text)
    suffix = CANONICAL_SUFFIXES.get(ending[1]) if ending else None
    if _PLACEHOLDER.fullmatch(text):
        return ParsedMiddleName(None, suffix)
    name = _fix_ocr_digits(text[: ending.start()] if ending else text)
    return ParsedMiddleName(_GIVEN_NAME_PARTICLE.sub("", name).replace(" ", "") or None, suffix)


def parse_surname(text: str | None) -> ParsedSurname:  # noqa: PLR0911
    """Parse the field of the last name.

    >>> parse_surname("O'BRIEN SMITH JR")
    ParsedSurname(surname='OBRIENSMITH', part_1='OBRIEN', part_2='SMITH', suffix='JR')
    """
    if text is None:
        return ParsedSurname()
    if _is_one_name_mark(text):
        return ParsedSurname(ONE_NAME)
    if text.isalpha():
        return ParsedSurname() if _is_no_surname(text) else ParsedSurname(abbreviate_saint(text))
    words = text.replace("-", " ").split()
    joined = "".join(words)
    if not joined.isalpha():
        words = text.translate(_PUNCTUATION_TABLE).split()
        joined = "".join(words)
    if joined.isalpha() and _SURNAME_PATTERN_WORDS.isdisjoint(words):
        if len(words) > 1:
            return ParsedSurname(joined, words[0], words[-1])
        return ParsedSurname() if _is_no_surname(joined) else ParsedSurname(abbreviate_saint(joined))
    text = " ".join(words)
    if not text or (_PLACEHOLDER.fullmatch(text) and text not in _ROLE_SURNAMES):
        return ParsedSurname()
    name = _SURNAME_CONJUNCTION.sub(r"\1 \2", _strip_post_nominals(text), count=1)
    name = _fix_ocr_digits(_SURNAME_PREFIX.sub(r"\1", abbreviate_saint(name)))
    surname, parts = name.replace(" ", ""), _PARTICLE.sub("", name)
    if parts == surname:
        return ParsedSurname(surname, None, None, _trailing_suffix(text))
    return ParsedSurname(surname, parts.partition(" ")[0], parts.rpartition(" ")[2], _trailing_suffix(text))


def parse_suffix(text: str | None) -> str | None:
    """Parse the field of the generational suffix.

    >>> parse_suffix("JNR.")
    'JR'
    """
    return CANONICAL_SUFFIXES.get(_NON_ALPHANUMERIC.sub("", text)) if text else None


def parse_name(
    first_name: str | None, middle_name: str | None, last_name: str | None, suffix: str | None
) -> ParsedName:
    """Parse a person's name from its four fields; the middle name may come from words after the first name.

    >>> parse_name("MARY ANN", None, "DE LA CRUZ", None)[:4]
    ('MARY', 'MARYANN', 'ANN', 'DELACRUZ')
    """
    return assemble_name(
        parse_given_name(first_name), parse_middle_name(middle_name), parse_surname(last_name), parse_suffix(suffix)
    )


def abbreviate_saint(text: str) -> str:
    """Write the saint of a surname in one way.

    >>> abbreviate_saint("SAINTE MARIE"), abbreviate_saint("SAINTCLAIR"), abbreviate_saint("SAINTS")
    ('STEMARIE', 'STCLAIR', 'SAINTS')
    """
    return _SAINT.sub(lambda found: f"ST{found[1] or found[2] or ''}", text) if "S" in text else text


def assemble_name(
    given: ParsedGivenName, middle: ParsedMiddleName, surname: ParsedSurname, suffix: str | None
) -> ParsedName:
    """Put the parsed fields of a name together.

    A Vietnamese THI as first name is exchanged with the middle name. The one name of a person who has one is given name
    and surname.
    """
    suffix = suffix or surname.suffix or given.suffix or middle.suffix
    if given.first == ONE_NAME:
        name = surname.surname if surname.surname != ONE_NAME else None
        given = ParsedGivenName(name, name, given.additional_names)
        surname = surname if name else ParsedSurname()
    elif surname.surname == ONE_NAME:
        surname = ParsedSurname(given.given)
    if given.first == "THI" and middle.middle and len(middle.middle) > 1:
        return ParsedName(middle.middle, middle.middle, given.first, *surname[:3], suffix)
    middle_name = middle.middle or (given.additional_names.replace(" ", "") if given.additional_names else None)
    return ParsedName(given.first, given.given, middle_name, *surname[:3], suffix)


def mark_single_words(texts: Sequence[str]) -> list[bool]:
    """Return whether each upper case name is one plain word, which every field's parser returns unchanged.

    >>> mark_single_words(["ANN", "UNKNOWN", "JR", "MARY ANN"])
    [True, False, False, False]
    """
    return [
        text.isalpha()
        and text.isascii()
        and text not in _NOT_NAMES
        and not text.startswith(("SAINT", "XX"))
        and len(text) <= MAX_TEXT_LENGTH
        for text in texts
    ]


def split_double_surnames(texts: Sequence[str]) -> list[ParsedSurname | None]:
    """Return what `parse_surname` returns for names of two plain words, as most names of several are; None for others.

    >>> split_double_surnames(["LOPEZ-DIAZ", "DE LEON"])
    [ParsedSurname(surname='LOPEZDIAZ', part_1='LOPEZ', part_2='DIAZ', suffix=None), None]
    """
    return [
        ParsedSurname(found[1] + found[2], found[1], found[2])
        if (found := _DOUBLE_SURNAME.fullmatch(text))
        and _SURNAME_PATTERN_WORDS.isdisjoint(found.groups())
        and len(text) <= MAX_TEXT_LENGTH
        else None
        for text in texts
    ]


def _is_placeholder(word: str) -> bool:
    """Return whether one word of letters is a placeholder."""
    return word in _PLACEHOLDER_WORDS or (word.startswith("XX") and not word.strip("X"))


def _is_no_surname(word: str) -> bool:
    """Return whether one word of letters says that there is no surname, and is none."""
    return _is_placeholder(word) and word not in _ROLE_SURNAMES


def _is_one_name_mark(text: str) -> bool:
    return _ONE_NAME.fullmatch(text) is not None


def _strip_punctuation(text: str) -> str:
    """Return words of letters and digits with single spaces; apostrophes are dropped (`O'BRIEN` is one word)."""
    return " ".join(text.translate(_PUNCTUATION_TABLE).split())


def _fix_ocr_digits(text: str) -> str:
    """Replace digits between letters with the letters they were misread or mistyped for: J0HN, P3TER."""
    if _DIGIT_AMONG_LETTERS.search(text) and not _ORDINAL.search(text):
        return text.translate(_OCR_DIGITS_TO_LETTERS)
    return text


def _strip_post_nominals(text: str) -> str:
    """Drop generational suffixes and post-nominals from the end, as long as a word is left."""
    return _TRAILING_POST_NOMINALS.sub(r"\1", text, count=1) if " " in text else text


def _trailing_suffix(text: str) -> str | None:
    """Return the generational suffix at the end, if any."""
    ending = _TRAILING_SUFFIX.search(text) if " " in text else None
    return CANONICAL_SUFFIXES.get(ending[1]) if ending else None
