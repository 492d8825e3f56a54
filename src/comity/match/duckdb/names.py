"""Names of persons, taken apart over distinct values: given name, middle name, surname and its parts, suffix.

Guarantees: `first`, `given`, `middle`, `surname` and the parts hold letters only (and digits that stand alone), or are
null; a generational suffix is found in whichever field it was written. The parts of a surname are without particles
(`DE LA CRUZ` is `DELACRUZ`, its part `CRUZ`); `given` is all of the first name closed up (`MARYANN`).
Does not: decide whether two names agree (relations.py states when they do).
Start at `NAME_STAGES`.
"""

from comity.match.duckdb.stages import Stage

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
somebody's real name (Null, Na, Son, Child, Person, Lady); relations.py weighs those only against themselves."""


def _letters(column: str) -> str:
    """Words of letters and digits with single spaces; apostrophes close up (`O'BRIEN` is one word)."""
    return f"trim(regexp_replace(regexp_replace({column}, '[''`.]+', '', 'g'), '[^A-Z0-9]+', ' ', 'g'))"


def _suffix(text: str) -> str:
    """The generational suffix in one spelling."""
    return f"""CASE WHEN {text} IN ('JR', 'JNR', 'JUNIOR') THEN 'JR' WHEN {text} IN ('SR', 'SNR', 'SENIOR') THEN 'SR'
        WHEN {text} IN ('II', '2ND') THEN 'II' WHEN {text} IN ('III', '3RD') THEN 'III'
        WHEN {text} IN ('IV', '4TH') THEN 'IV' WHEN {text} IN ('V', '5TH') THEN 'V' END"""


def _read_again(words: str) -> str:
    """Digits between letters are letters that a reader or a finger missed: `J0HN`, `P3TER`."""
    return f"""CASE WHEN regexp_matches({words}, '[A-Z][0-9]|[0-9][A-Z]') AND NOT regexp_matches({words}, '\\b[2-5](ND|RD|TH)\\b')
        THEN translate({words}, '01345867', 'OIEASBGT') ELSE {words} END"""


def _without_tail(words: str) -> str:
    """Without generational suffixes and letters after the name, as long as a word is left."""
    return f"regexp_replace({words}, '(.)(?: (?:{SUFFIXES}|{LETTERS_AFTER}))+$', '\\1')"


def _tail(words: str) -> str:
    """The generational suffix at the end."""
    return f"regexp_extract({words}, ' ({SUFFIXES})(?: (?:{LETTERS_AFTER}))*$', 1)"


def given_names(plain: str) -> str:
    """Each distinct first name: its first word, the words after it, all of it closed up.

    Of two people in one field (`JOHN & MARY`) the first is read. A Vietnamese THI goes behind the name it precedes.
    """
    one = (
        "regexp_replace(regexp_replace(first_name, '(.) *(?:[&/;+]| AND | OR ).*$', '\\1'), "
        "'(.)(?:[(].*[)]|\"[^\"]*\")', '\\1 ', 'g')"
    )
    bound = f"regexp_replace(words, '\\b({DEVOTIONAL})(?: (AL|EL|UL|UR|AR|ER|OUL))? ', '\\1\\2')"
    more = (
        "regexp_replace(substr(names, length(first) + 2), '\\b(?:DE LOS|DE LAS|DE LA|DEL|DE|DOS|DAS|DA|DO) ', '', 'g')"
    )
    return f"""
            SELECT first_name, first, replace(names, ' ', '') AS given, nullif({more}, '') AS more, {_suffix("tail")} AS given_suffix
            FROM (
                SELECT *, split_part(names, ' ', 1) AS first
                FROM (
                    SELECT first_name, tail, regexp_replace({bound}, '^THI ([A-Z].*)$', '\\1 THI') AS names
                    FROM (
                        SELECT first_name, {_tail("words")} AS tail, {_read_again(_without_tail("words"))} AS words
                        FROM (
                            SELECT first_name, regexp_replace({_letters(one)}, '^(?:(?:{TITLES}) )+(.)', '\\1') AS words
                            FROM (SELECT DISTINCT first_name FROM {plain} WHERE first_name IS NOT NULL)
                        ) WHERE words <> '' AND NOT regexp_full_match(words, '{PLACEHOLDERS}')
                    )
                )
            )"""


def middle_names(plain: str) -> str:
    """Each distinct middle name, closed up, without particles; a suffix written in its field."""
    body = _read_again(f"regexp_replace(words, '(?:^| )(?:{SUFFIXES})$', '')")
    return f"""
        SELECT middle_name, {_suffix("tail")} AS middle_suffix,
            nullif(replace(regexp_replace(body, '\\b(?:DE LOS|DE LAS|DE LA|DEL|DE|DOS|DAS|DA|DO) ', '', 'g'), ' ', ''), '') AS middle
        FROM (
            SELECT middle_name, regexp_extract(words, '(?:^| )({SUFFIXES})$', 1) AS tail,
                CASE WHEN NOT regexp_full_match(words, '{PLACEHOLDERS}') THEN {body} END AS body
            FROM (
                SELECT middle_name, {_letters("middle_name")} AS words
                FROM (SELECT DISTINCT middle_name FROM {plain} WHERE middle_name IS NOT NULL)
            )
        )"""


def surnames(plain: str) -> str:
    """Each distinct surname: closed up, its first and last part where it is more than one word, a suffix."""
    joined = f"regexp_replace({_without_tail('words')}, '(.) [YEI] (.)', '\\1 \\2')"
    body = _read_again(f"regexp_replace({joined}, '\\b({NAME_FORMING}) ', '\\1', 'g')")
    bare = f"regexp_replace(body, '\\b(?:{PARTICLES}) ', '', 'g')"
    return f"""
            SELECT last_name, surname, {_suffix("tail")} AS surname_suffix,
                CASE WHEN parts <> surname THEN split_part(parts, ' ', 1) END AS surname_part_1,
                CASE WHEN parts <> surname THEN split_part(parts, ' ', -1) END AS surname_part_2
            FROM (
                SELECT last_name, tail, nullif(replace(body, ' ', ''), '') AS surname, {bare} AS parts
                FROM (
                    SELECT last_name, {_tail("words")} AS tail,
                        {body} AS body
                    FROM (
                        SELECT last_name, {_letters("last_name")} AS words
                        FROM (SELECT DISTINCT last_name FROM {plain} WHERE last_name IS NOT NULL)
                    ) WHERE words <> '' AND NOT regexp_full_match(words, '{PLACEHOLDERS}')
                )
            )"""


def named(plain: str, given: str, middle: str, surname: str) -> str:
    """The rows with their names taken apart; the middle name may come from the words after the first name."""
    suffix = "regexp_replace(p.suffix, '[^A-Z0-9]+', '', 'g')"
    thi = "g.first = 'THI' AND length(m.middle) > 1"
    return f"""
        SELECT p.* EXCLUDE (first_name, middle_name, last_name, suffix),
            CASE WHEN {thi} THEN m.middle ELSE g.first END AS first,
            CASE WHEN {thi} THEN m.middle ELSE g.given END AS given,
            CASE WHEN {thi} THEN g.first ELSE coalesce(m.middle, replace(g.more, ' ', '')) END AS middle,
            s.surname, s.surname_part_1, s.surname_part_2,
            coalesce({_suffix(suffix)}, s.surname_suffix, g.given_suffix, m.middle_suffix) AS suffix
        FROM {plain} p LEFT JOIN {given} g USING (first_name) LEFT JOIN {middle} m USING (middle_name)
        LEFT JOIN {surname} s USING (last_name)"""


NAME_STAGES = (
    Stage("given_names", given_names, ("plain",)),
    Stage("middle_names", middle_names, ("plain",)),
    Stage("surnames", surnames, ("plain",)),
)
"""From `plain` (see text.py) to the distinct names that `named` joins to the rows."""
