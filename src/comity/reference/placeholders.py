"""Words that people write in place of an address, a name or a number, as regular expressions over folded text.

Guarantees: every pattern is anchored at both ends, so it matches a whole line and never a part: a road may be called
Nowhere Road. Folded text is upper case letters, digits, '#' and single spaces (`comity.columns.fold`).
Does not: say what follows from a placeholder; the rules do.
Basis: docs/law-notes.md 2.2 (what was in the file of 2025) and 2.3, failure modes A02 to A06.
Start at `whole_line_pattern`.
"""

_LEADING_NUMBERS = r"(?:[0-9#]+ )*"
_TRAILING_NUMBERS = r"(?: [0-9#]+)*"


def whole_line_pattern(phrases: str, generic: str = "") -> str:
    """Return a pattern for a line of nothing but `phrases`, digits, and words of `generic`, which are patterns, too.

    >>> import re
    >>> [bool(re.search(whole_line_pattern("NOWHERE"), line)) for line in ("NOWHERE 12345", "NOWHERE RD")]
    [True, False]
    """
    generic_word = f"|{generic}" if generic else ""
    return f"^{_LEADING_NUMBERS}(?:{phrases})(?: (?:{phrases}|[0-9#]+{generic_word}))*{_TRAILING_NUMBERS}$"


ADDRESS_WORDS = "STREET|ST|ADDRESS|ADDR|ADD|AVENUE|AVE|ROAD|RD|CITY|STATE|ZIP|TOWN|COUNTY|APT|LOCATION|PLACE|USA"

UNKNOWN_PATTERN = whole_line_pattern(
    "UNKNOWN|UNK|UNKN|UNKNWN|UNKOWN|UNKNOW|NOT KNOWN|NO KNOWN|ADDRESS UNKNOWN|LAST KNOWN|WHEREABOUTS UNKNOWN|"
    "CURRENT ADDRESS UNKNOWN|ADDRESS NOT KNOWN|NO ADDRESS|ADDRESS NOT AVAILABLE|ADDRESS UNAVAILABLE|UNAVAILABLE|"
    "NOT AVAILABLE|UNLISTED|UNVERIFIED|DESCONOCIDO|DESCONOCIDA|DIRECCION DESCONOCIDA|SIN DIRECCION|BAD ADDRESS|"
    "NO GOOD ADDRESS",
    ADDRESS_WORDS,
)
"""Failure mode A02: the line says that the address is unknown."""

NOT_PROVIDED_PATTERN = whole_line_pattern(
    "FAILED TO PROVIDE|FAIL TO PROVIDE|FAILED TO PROVIDE ADDRESS|FAILED PROVIDE|FTP|NOT PROVIDED|NONE PROVIDED|"
    "NO ADDRESS PROVIDED|ADDRESS NOT PROVIDED|DID NOT PROVIDE|DID NOT PROVIDE ADDRESS|DIDNT PROVIDE|"
    "WOULD NOT PROVIDE|REFUSED|REFUSED TO PROVIDE|REFUSED ADDRESS|REFUSES TO PROVIDE|DECLINED|"
    "DECLINED TO PROVIDE|DECLINED TO STATE|DECLINED TO ANSWER|NOT GIVEN|NONE GIVEN|NOT STATED|NOT REPORTED|"
    "NOT DISCLOSED|NOT ON FILE|NONE ON FILE|NO ADDRESS ON FILE|UNABLE TO PROVIDE|UNWILLING TO PROVIDE|WITHHELD|"
    "NO PROPORCIONO|NO PROPORCIONADO",
    ADDRESS_WORDS,
)
"""Failure mode A03: the line says that the subject, or the requester, gave no address."""

_STATE_CODE = (
    "A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|"
    "T[NX]|UT|V[AIT]|W[AIVY]"
)

EMPTY_TOKEN_PATTERN = whole_line_pattern(
    "N ?A|NONE|NULL|NIL|NAN|TBD|TBA|TBC|X{2,}|X X+(?: X+)*|Z{3,}|Q{3,}|NO|NOT APPLICABLE|TO BE DETERMINED|"
    "TO BE ADDED|TO FOLLOW|PENDING|BLANK|EMPTY|MISSING|NO DATA|NO ENTRY|NOT ENTERED|UNDEFINED|DEFAULT|DELETED|"
    "REDACTED|VOID|NINGUNO|NINGUNA",
    f"ST|STREET|AVE|RD|ROAD|USA|{_STATE_CODE}",
)
"""Failure mode A04: NA, NONE, TBD, XXX and other ways to fill a field with nothing."""

FILLER_PATTERN = whole_line_pattern(
    "DONT CARE|DO NOT CARE|DON T CARE|WHO CARES|DOESNT MATTER|DOES NOT MATTER|WHATEVER|NOWHERE|SOMEWHERE|"
    "ANYWHERE|EVERYWHERE|ANY STREET|NO STREET|SAME|SAME AS ABOVE|SAME ADDRESS|SEE ABOVE|SEE FILE|SEE NOTES?|"
    "SEE COMMENTS?|SEE REMARKS|TEST|TESTING|TEST ADDRESS|FAKE|FAKE ADDRESS|FAKE STREET|BOGUS|DUMMY|DUMMY ADDRESS|"
    "SAMPLE|EXAMPLE|PLACEHOLDER|ASDF+|ASDFGH?J?K?L?|QWERTY?|ABC|ABCD?E?F?|FOO|FOO BAR|IDK|I DONT KNOW|DONT KNOW|"
    "DOES NOT KNOW|NO IDEA|MISC|OTHER|VARIOUS|MULTIPLE|STREET|ADDRESS|STREET ADDRESS|HOME|HOME ADDRESS|"
    "MAILING ADDRESS|RESIDENCE|HERE|THERE|NO TENGO|NO SE|NO SABE"
)
"""Failure mode A05: words that name no place, with or without digits after them."""

_UNKNOWN_NAMES = (
    "UNKNOWN|UNK|UNKN|FNU|LNU|NMN|NFN|NLN|N A|TBD|X{2,}|NO NAME|NOT KNOWN|NOT PROVIDED|FIRST NAME UNKNOWN|"
    "LAST NAME UNKNOWN|NAME UNKNOWN|FIRST NAME|LAST NAME|NO FIRST NAME|NO LAST NAME|FIRSTNAME|LASTNAME|UNNAMED|"
    "ANONYMOUS"
)
NO_SURNAME_PATTERN = whole_line_pattern(_UNKNOWN_NAMES)
"""What is written for an unknown surname. 'Na', 'No', 'Nil', 'None' and 'Null' alone are surnames, and not included."""
NO_GIVEN_NAME_PATTERN = whole_line_pattern(f"{_UNKNOWN_NAMES}|NONE|NIL")
"""What is written for an unknown given name. 'Na', 'No' and 'Null' alone are real names and are not included."""
ONE_NAME_PATTERN = "^(?:FNU|LNU|NFN|NLN)$"
"""What is written, as on visas, beside the one name of a person who has one."""

_NO_ENTRY_PHRASES = (
    "N ?A|NONE|NULL|NIL|NAN|TBD|TBA|X+|UNKNOWN|UNK|YES|PENDING|BLANK|MISSING|NOT APPLICABLE|TO BE DETERMINED|"
    "NOT PROVIDED|SEE FILE|SEE NOTES?|SEE ATTACHED|SEE ABOVE|SAME|SAME AS ABOVE|VARIOUS|MULTIPLE|TEST|REASON|DITTO"
)
_SERIES_WORDS = "CASE|NO|OTHER|MISC"

NO_ENTRY_PATTERN = whole_line_pattern(f"{_NO_ENTRY_PHRASES}|{_SERIES_WORDS}")
"""What is written in a reason that was left out."""

NO_CASE_NUMBER_PATTERN = (
    rf"^(?:(?:{_SERIES_WORDS}|[0-9#]+) )*(?:{_NO_ENTRY_PHRASES})(?: (?:{_NO_ENTRY_PHRASES}|{_SERIES_WORDS}|[0-9#]+))*$"
    rf"|^(?:(?:{_SERIES_WORDS}|[0#]+)(?: |$))*$"
)
"""What is written in place of a case number. With a number, the name of a series is one: OTHER-17, Misc. No. 24-1."""
