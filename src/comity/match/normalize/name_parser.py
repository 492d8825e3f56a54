"""Names of persons, taken apart: given name, middle name, surname and its parts, suffix.

Guarantees: `first`, `given`, `middle`, `surname` and the parts hold letters only (and digits that stand alone), or are
None; a generational suffix is found in whichever field it was written. The parts of a surname are without particles
(`DE LA CRUZ` is `DELACRUZ`, its part `CRUZ`); `given` is all of the first name closed up (`MARYANN`).
Does not: decide whether two names agree (the comparison levels state when they do).
Start at `read_name`. All text is `plain` (text.py).
"""

import re
from typing import NamedTuple

from comity.match.normalize.ascii_text import MAX_TEXT_LENGTH, trie_pattern

SURNAME_PREFIXES = "MC|MAC|O|D|L|ST|SAINT|SAN|SANTA|FITZ|LO|LE"
"""Words that make one surname with the word after them: without it, they name nobody."""
PARTICLES = (
    "DE LOS|DE LAS|DE LA|DELOS|DELAS|DELA|DEL|DELLA|DE|DA|DAS|DOS|DO|DI|DU|DES|VAN DEN|VAN DER|VAN DE|VAN|VANDE|VANDEN|VANDER|"
    "VON DER|VON|DER|DEN|TEN|TER|ZU|ZUR|AF|AV|AL|EL|BIN|BINT|BINTI|BINTE|IBN|BEN|ABU|ABOU|UMM|ABD|ABDUL|ABDEL|ABDAL|OULD|AIT|LA|"
    "LAS|LOS|VDA DE"
)
"""Words before a surname that people write or leave out: de la Cruz or Cruz, al-Sayed or Sayed."""
DEVOTIONAL_PREFIXES = "ABD|ABDUL|ABDEL|ABDAL|ABDOUL|ABDUR|ABDER|ABU|ABOU|UMM"
"""Words that make one given name with the word after them: Abdul Karim and Abdul Rahman are not both called Abdul."""
SUFFIX_FORMS = "JR|JNR|JUNIOR|SR|SNR|SENIOR|II|III|IV|2ND|3RD|4TH"
POST_NOMINALS = "ESQ|ESQUIRE|MD|PHD|DDS|DVM|CPA|RN|USMC|USA RET"
"""What follows a name and is not part of it."""
TITLES = "MR|MRS|MS|MISS|MX|DR|PROF|REV|HON|SGT|CAPT|LT|COL|FR|SRA|SRTA|DON|DONA|IMAM|HAJI|HAJJI|ALHAJI"
PLACEHOLDER_NAMES = (
    "UNKNOWN|UNKN|UNK|UNNAMED|NOT GIVEN|NOT KNOWN|NO NAME|NONAME|NO LAST NAME|NO FIRST NAME|NO MIDDLE NAME|N A|TBD|REFUSED|DECLINED|"
    "XX+|FNU|LNU|MNU|NMN|NMI|NFN|NLN|NONE|NONE GIVEN|RESIDENT|OCCUPANT|TENANT|HOUSEHOLDER|RESPONDENT|ADULT [0-9]+|CHILD [0-9]+|"
    "PERSON [0-9]+|ADULT|BABY BOY|BABY GIRL|INFANT|NEWBORN|FEMALE|WIFE|SPOUSE|ROOMMATE|INMATE|MOTHER|FATHER|DAUGHTER|GRANDSON|"
    "GRANDDAUGHTER|GRANDCHILD|STEPSON|STEPDAUGHTER|APELLIDO|NOMBRE|SIN NOMBRE|SIN APELLIDO|FIRST NAME|LAST NAME|MIDDLE NAME|SURNAME|"
    "HEAD OF HOUSEHOLD|HEAD OF HOUSE|(?:MAN|LADY|WOMAN|HEAD|SON|GIRL|BOY) OF (?:THE )?(?:HOUSE|HOME|HH)|OF (?:THE )?(?:HOUSE|HOME)|[0-9 ]+"
)
"""What people write where a name is not known or not told: as good as nothing written. Not in it: words that are
somebody's real name (Null, Na, Son, Child, Person, Lady); those are weighed only against themselves."""

CANONICAL_SUFFIXES = {
    "JR": "JR", "JNR": "JR", "JUNIOR": "JR", "SR": "SR", "SNR": "SR", "SENIOR": "SR", "II": "II", "2ND": "II", "III": "III",
    "3RD": "III", "IV": "IV", "4TH": "IV", "V": "V", "5TH": "V",
}  # fmt: skip
"""A generational suffix as written -> in one spelling."""

_PLACEHOLDER = re.compile(PLACEHOLDER_NAMES)
_PLACEHOLDER_WORDS = frozenset(word for word in re.findall("[A-Z]+", PLACEHOLDER_NAMES) if _PLACEHOLDER.fullmatch(word))
_SUFFIX_WORDS = frozenset(SUFFIX_FORMS.split("|"))
_PATTERN_WORDS = frozenset(re.findall("[A-Z0-9]+", f"{PLACEHOLDER_NAMES} {SUFFIX_FORMS} {POST_NOMINALS}"))
_GIVEN_PATTERN_WORDS = _PATTERN_WORDS | frozenset(
    re.findall("[A-Z]+", f"{TITLES} {DEVOTIONAL_PREFIXES} THI AND OR DE DEL DOS DAS DA DO")
)
_SURNAME_PATTERN_WORDS = _PATTERN_WORDS | frozenset(re.findall("[A-Z]+", f"{SURNAME_PREFIXES} {PARTICLES} Y E I"))
"""Words that any pattern looks for: a name of letters that has none of them is read by its words alone."""
_NON_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
_PUNCTUATION_TABLE = {
    code: None if chr(code) in "'`." else " " for code in range(128) if not chr(code).isalnum() or chr(code).islower()
}
_DIGIT_AMONG_LETTERS = re.compile("[A-Z][0-9]|[0-9][A-Z]")
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
    """A first name: its first word, all of it closed up, the words after the first, a suffix written in its field."""

    first: str | None = None
    given: str | None = None
    additional_names: str | None = None
    suffix: str | None = None


class ParsedMiddleName(NamedTuple):
    """A middle name, closed up, and a suffix written in its field."""

    middle: str | None = None
    suffix: str | None = None


class ParsedSurname(NamedTuple):
    """A surname, closed up, its first and last part where it is more than one word, a suffix written in its field."""

    surname: str | None = None
    part_1: str | None = None
    part_2: str | None = None
    suffix: str | None = None


class ParsedName(NamedTuple):
    """A person's name, taken apart."""

    first: str | None
    given: str | None
    middle: str | None
    surname: str | None
    surname_part_1: str | None
    surname_part_2: str | None
    suffix: str | None


def parse_given_name(text: str | None) -> ParsedGivenName:
    """The first name's field. Of two people in it (`JOHN & MARY`) the first is read; a THI goes behind what follows it.

    >>> read_given("MARY ANN")
    Given(first='MARY', given='MARYANN', more='ANN', suffix=None)
    """
    if text is None:
        return ParsedGivenName()
    if text.isalpha():
        return ParsedGivenName() if _is_placeholder(text) else ParsedGivenName(text, text)
    names = text.split(" ")
    if text.replace(" ", "").isalpha() and _GIVEN_PATTERN_WORDS.isdisjoint(names):
        more = " ".join([name for name in names[1:] if name])
        return ParsedGivenName(names[0], text.replace(" ", ""), more)
    one = _SECOND_PERSON_TO_END.sub(r"\1", text, count=1) if _SECOND_PERSON.search(text) else text
    if "(" in one or '"' in one:
        one = _PARENTHETICAL.sub(r"\1 ", one)
    words = _TITLE.sub(r"\1", _strip_punctuation(one), count=1)
    if not words or _PLACEHOLDER.fullmatch(words):
        return ParsedGivenName()
    name = _DEVOTIONAL_PREFIX.sub(r"\1\2", _fix_ocr_digits(_strip_post_nominals(words)), count=1)
    name = _LEADING_THI.sub(r"\1 THI", name)
    first, _, behind = name.partition(" ")
    more = _GIVEN_NAME_PARTICLE.sub("", behind) if behind else ""
    return ParsedGivenName(first, name.replace(" ", ""), more or None, _trailing_suffix(words))


def parse_middle_name(text: str | None) -> ParsedMiddleName:
    """The middle name's field.

    >>> read_middle("DE LA PAZ III")
    Middle(middle='PAZ', suffix='III')
    """
    if text is None:
        return ParsedMiddleName()
    if text.isalpha() and text not in _SUFFIX_WORDS:
        return ParsedMiddleName() if _is_placeholder(text) else ParsedMiddleName(text)
    words = _strip_punctuation(text)
    tail = _MIDDLE_TRAILING_SUFFIX.search(words)
    suffix = CANONICAL_SUFFIXES.get(tail[1]) if tail else None
    if _PLACEHOLDER.fullmatch(words):
        return ParsedMiddleName(None, suffix)
    body = _fix_ocr_digits(words[: tail.start()] if tail else words)
    return ParsedMiddleName(_GIVEN_NAME_PARTICLE.sub("", body).replace(" ", "") or None, suffix)


def parse_surname(text: str | None) -> ParsedSurname:  # noqa: PLR0911
    """The last name's field.

    >>> read_surname("O'BRIEN SMITH JR")
    Surname(surname='OBRIENSMITH', part_1='OBRIEN', part_2='SMITH', suffix='JR')
    """
    if text is None:
        return ParsedSurname()
    if text.isalpha():
        return ParsedSurname() if _is_placeholder(text) else ParsedSurname(text)
    names = text.replace("-", " ").split()
    closed = "".join(names)
    if not closed.isalpha():
        names = text.translate(_PUNCTUATION_TABLE).split()
        closed = "".join(names)
    if closed.isalpha() and _SURNAME_PATTERN_WORDS.isdisjoint(names):
        if len(names) > 1:
            return ParsedSurname(closed, names[0], names[-1])
        return ParsedSurname() if _is_placeholder(closed) else ParsedSurname(closed)
    words = " ".join(names)
    if not words or _PLACEHOLDER.fullmatch(words):
        return ParsedSurname()
    joined = _SURNAME_CONJUNCTION.sub(r"\1 \2", _strip_post_nominals(words), count=1)
    body = _fix_ocr_digits(_SURNAME_PREFIX.sub(r"\1", joined))
    surname, parts = body.replace(" ", ""), _PARTICLE.sub("", body)
    if parts == surname:
        return ParsedSurname(surname, None, None, _trailing_suffix(words))
    return ParsedSurname(surname, parts.partition(" ")[0], parts.rpartition(" ")[2], _trailing_suffix(words))


def parse_suffix(text: str | None) -> str | None:
    """The suffix's field.

    >>> read_suffix("JNR.")
    'JR'
    """
    return CANONICAL_SUFFIXES.get(_NON_ALPHANUMERIC.sub("", text)) if text else None


def parse_name(
    first_name: str | None, middle_name: str | None, last_name: str | None, suffix: str | None
) -> ParsedName:
    """A person's name; the middle name may come from the words after the first name.

    >>> read_name("MARY ANN", None, "DE LA CRUZ", None)[:4]
    ('MARY', 'MARYANN', 'ANN', 'DELACRUZ')
    """
    return assemble_name(
        parse_given_name(first_name), parse_middle_name(middle_name), parse_surname(last_name), parse_suffix(suffix)
    )


def assemble_name(
    given: ParsedGivenName, middle: ParsedMiddleName, surname: ParsedSurname, suffix: str | None
) -> ParsedName:
    """The name whose fields were read; a Vietnamese THI for a first name changes places with the middle name."""
    suffix = suffix or surname.suffix or given.suffix or middle.suffix
    if given.first == "THI" and middle.middle and len(middle.middle) > 1:
        return ParsedName(middle.middle, middle.middle, given.first, *surname[:3], suffix)
    between = middle.middle or (given.additional_names.replace(" ", "") if given.additional_names else None)
    return ParsedName(given.first, given.given, between, *surname[:3], suffix)


def is_single_word(text: str) -> bool:
    """Whether a field of a name, in capitals, is one word and nothing else: whichever field it is, it is read as it stands.

    >>> is_bare_name("ANN"), is_bare_name("UNKNOWN"), is_bare_name("JR"), is_bare_name("MARY ANN")
    (True, False, False, False)
    """
    return (
        text.isalpha()
        and text.isascii()
        and len(text) <= MAX_TEXT_LENGTH
        and text not in _SUFFIX_WORDS
        and not _is_placeholder(text)
    )


def _is_placeholder(word: str) -> bool:
    """Whether one word of letters is a placeholder."""
    return word in _PLACEHOLDER_WORDS or (word.startswith("XX") and not word.strip("X"))


def _strip_punctuation(text: str) -> str:
    """Words of letters and digits with single spaces; apostrophes close up (`O'BRIEN` is one word)."""
    return " ".join(text.translate(_PUNCTUATION_TABLE).split())


def _fix_ocr_digits(words: str) -> str:
    """Digits between letters are letters that a reader or a finger missed: `J0HN`, `P3TER`."""
    if _DIGIT_AMONG_LETTERS.search(words) and not _ORDINAL.search(words):
        return words.translate(_OCR_DIGITS_TO_LETTERS)
    return words


def _strip_post_nominals(words: str) -> str:
    """Without generational suffixes and letters after the name, as long as a word is left."""
    return _TRAILING_POST_NOMINALS.sub(r"\1", words, count=1) if " " in words else words


def _trailing_suffix(words: str) -> str | None:
    """The generational suffix at the end."""
    tail = _TRAILING_SUFFIX.search(words) if " " in words else None
    return CANONICAL_SUFFIXES.get(tail[1]) if tail else None
