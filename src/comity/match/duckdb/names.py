"""Names of persons, taken apart over distinct values: given name, middle name, surname and its parts, suffix.

Guarantees: `first`, `given`, `surname` and the parts hold letters and digits only, or are null. Particles stay with
the word they belong to (`DE LA CRUZ` is one part); generational suffixes leave the surname.
Does not: decide whether two names agree.
Start at `NAME_STAGES`.
"""

from comity.match.duckdb.stages import Stage

PARTICLES = (
    "DE|DEL|DELLA|DA|DAS|DOS|DO|DI|DU|VAN|DER|DEN|VON|TEN|TER|AL|EL|BIN|BINT|IBN|ABU|ABD|LA|LAS|LE|LO|LOS|MC|MAC|ST|SAINT|"
    "SAN|SANTA|O|D|L"
)
"""Words that belong to the word after them."""
SUFFIXES = "JR|JNR|JUNIOR|SR|SNR|SENIOR|II|III|IV|2ND|3RD|4TH"
PLACEHOLDERS = (
    "UNKNOWN|UNKN|UNK|UNNAMED|NOT GIVEN|NOT KNOWN|NO NAME|NONAME|NO LAST NAME|NO FIRST NAME|N A|TBD|REFUSED|DECLINED|XX+|"
    "RESIDENT|OCCUPANT|TENANT|HOUSEHOLDER|PERSON [0-9]+|ADULT|BABY BOY|BABY GIRL|INFANT|NEWBORN|FEMALE|WIFE|SPOUSE|"
    "ROOMMATE|MOTHER|FATHER|DAUGHTER|APELLIDO|NOMBRE|FIRST NAME|LAST NAME|SURNAME|[0-9 ]+"
)
"""What people write where a name is not known or not told: as good as nothing written. Not in it: words that are
somebody's real name (Null, Na, Son, Child, Person, Lady)."""
TITLES = "MR|MRS|MS|MISS|DR|PROF|REV|HON|SGT|CAPT"


def _letters(column: str) -> str:
    """Words of letters and digits with single spaces; apostrophes close up (`O'BRIEN` is one word)."""
    return f"trim(regexp_replace(regexp_replace({column}, '[''`.]+', '', 'g'), '[^A-Z0-9]+', ' ', 'g'))"


def _suffix(text: str) -> str:
    """The generational suffix in one spelling."""
    return f"""CASE WHEN {text} IN ('JR', 'JNR', 'JUNIOR') THEN 'JR' WHEN {text} IN ('SR', 'SNR', 'SENIOR') THEN 'SR'
        WHEN {text} IN ('II', '2ND') THEN 'II' WHEN {text} IN ('III', '3RD') THEN 'III'
        WHEN {text} IN ('IV', '4TH') THEN 'IV' END"""


def given_names(plain: str) -> str:
    """Each distinct first name: its first word, the words after it, and all of it closed up."""
    return f"""
        SELECT first_name, split_part(words, ' ', 1) AS first, replace(words, ' ', '') AS given,
            nullif(substr(words, length(split_part(words, ' ', 1)) + 2), '') AS more
        FROM (
            SELECT first_name, nullif(regexp_replace({_letters("first_name")}, '^({TITLES}) (.)', '\\2'), '') AS words
            FROM (SELECT DISTINCT first_name FROM {plain} WHERE first_name IS NOT NULL)
        ) WHERE words IS NOT NULL AND NOT regexp_full_match(words, '{PLACEHOLDERS}')"""


def surnames(plain: str) -> str:
    """Each distinct surname: closed up, its first and last part where it has several, and a suffix written in it."""
    return f"""
        SELECT last_name, nullif(replace(joined, ' ', ''), '') AS surname,
            CASE WHEN contains(joined, ' ') THEN split_part(joined, ' ', 1) END AS surname_part_1,
            CASE WHEN contains(joined, ' ') THEN split_part(joined, ' ', -1) END AS surname_part_2,
            {_suffix("tail")} AS surname_suffix
        FROM (
            SELECT last_name, tail, regexp_replace(body, '\\b({PARTICLES}) ', '\\1', 'g') AS joined
            FROM (
                SELECT last_name, regexp_extract(words, ' ({SUFFIXES})$', 1) AS tail,
                    regexp_replace(words, '( ({SUFFIXES}))+$', '') AS body
                FROM (
                    SELECT last_name, {_letters("last_name")} AS words
                    FROM (SELECT DISTINCT last_name FROM {plain} WHERE last_name IS NOT NULL)
                ) WHERE NOT regexp_full_match(words, '{PLACEHOLDERS}')
            )
        )"""


def named(plain: str, given: str, surname: str) -> str:
    """The rows with their names taken apart; the middle name may come from the words after the first name."""
    middle = "nullif(regexp_replace(coalesce(p.middle_name, g.more), '[^A-Z0-9]+', '', 'g'), '')"
    suffix = "regexp_replace(p.suffix, '[^A-Z0-9]+', '', 'g')"
    return f"""
        SELECT p.* EXCLUDE (first_name, middle_name, last_name, suffix),
            g.first, g.given, {middle} AS middle,
            s.surname, s.surname_part_1, s.surname_part_2, coalesce({_suffix(suffix)}, s.surname_suffix) AS suffix
        FROM {plain} p LEFT JOIN {given} g USING (first_name) LEFT JOIN {surname} s USING (last_name)"""


NAME_STAGES = (
    Stage("given_names", given_names, ("plain",)),
    Stage("surnames", surnames, ("plain",)),
    Stage("named", named, ("plain", "given_names", "surnames")),
)
"""From `plain` (see text.py) to `named`."""
