"""Addresses as people write them, taken apart: number, street, direction, suffix, unit, and the place.

A post office box, a rural route and a military box fit the same shape: the box is the `number`, and the `street` says
whose box it is (`POBOX`, `RR2`, `PSC1234`). A numbered road is `HWY7` with the kind of road (US, SR, CR, FM...) as its
suffix; a numbered street is its number. An urbanization of Puerto Rico, which tells equal streets of one ZIP code apart,
stands as the unit. The number is cut off every line first; what is left has few distinct values, and only those are
read, first whole, then word by word.

Guarantees: `number`, `street` and `unit` hold letters and digits only, or are null.
Does not: look an address up, or mend it, but for digits that were read as letters (`1S17`).
Basis: USPS Publication 28 (`comity.reference.streets`); `bench/parser.py` measures it on addresses labelled by hand.
Start at `ADDRESS_STAGES`.
"""

from functools import cache

import pyarrow as pa

from comity.match.duckdb.stages import Stage
from comity.reference.cities import CITY_NAMES, CITY_WORDS
from comity.reference.states import FIFTY_AND_DC, STATES
from comity.reference.streets import (
    CARDINALS,
    DIRECTIONS,
    LANDSCAPE,
    NAME_WORDS,
    ORDINALS,
    PRETYPES,
    ROADS,
    SUFFIXES,
    UNITS_ALONE,
    UNITS_WITH_VALUE,
)

NUMBERLESS = "~"
"""Stands before the rest of a line that no number was cut off: such lines are few, and read with more effort."""

# Row by row
NUMBER = r"^([NSEW][0-9]+[NSEW]? ?[NSEW][0-9]+|[A-Z]?[0-9][0-9A-Z-]*)(?: |$)"
ORDINAL = r"^[0-9]*(?:1ST|2ND|3RD|[0-9]TH)$"
FRACTION = r"^([0-9]+)(?:[ -]([0-9])/([0-9]))( .*)?$"
DOTTED = r"\b([A-Z])[.]([A-Z])[.]"
"""H.C., R.R., N.E., U.S.: one word (P.S.C. too, in two steps of one pass)."""
UNIT_FIRST = r"^(?:#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|FL|FLOOR|PMB|C/O|ATTN|CARE OF)\b)"
UNIT_BEFORE = r"^([0-9]+(?:ST|ND|RD|TH)? (?:FLOOR|FLR|FL)|(?:#|(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|PMB|BLDG|LOT|DEPT|FLAT|FLOOR)) ?#? ?[A-Z0-9-]+) ([0-9][0-9A-Z-]* .*)$"
CITY_AFTER = r"^([0-9][0-9A-Z-]* (?:[A-Z0-9]+ )+?(?:@)(?: (?:N|S|E|W|NE|NW|SE|SW))?(?: (?:#|APT|UNIT|STE) ?#? ?[0-9A-Z-]+)?) ([A-Z ]+)$"
"""A city behind the street, when no other field names one: what follows the first suffix that follows a name."""
PLACE_AFTER = r"^(.*[A-Z0-9]) ([A-Z]{2}) ([0-9]{5})(?:-?[0-9]{4})?$"

# A whole line without its number
_BOXES = "(?:P ?O ?|POST OFFICE )?(?:BOX|BX|DRAWER|DRWR|LOCK ?BOX|CALLER|BIN|APARTADO(?: POSTAL)?)|APDO(?: POSTAL)?|.* P ?O ?BOX"
BOX = (
    rf"^(?:.* P ?O ?BOX|{_BOXES}|P ?O ?B(?:OX)?|P ?O(?: BO)?|POST OFFICE)(?: (?:NO|NUMBER))? ?#? ?((?:[A-Z]{{1,2}}[ -]?)?[0-9][0-9A-Z-]*)(?: |$)|"
    rf"^(?:{_BOXES}) ?#? ?([A-Z]{{1,2}})(?: |$)"
)
CONTRACT = "H ?C(?: ?(?:ROUTE|RTE|RT|R))?|(?:HIGHWAY|HWY) CONTRACT(?: (?:ROUTE|RTE|RT))?|STAR R(?:OUTE|TE|T)|S ?R"
ROUTE_WORDS = rf"R ?R|RURAL(?: R(?:OUTE|TE|T))?|R ?F ?D|R ?D|RT|RTE|ROUTE|{CONTRACT}"
ROUTE = rf"^({ROUTE_WORDS})(?: (?:NO|NUMBER))? ?#? ?([0-9]+[A-Z]{{0,2}})? (?:BOX|BX) ?#? ?([A-Z]?[0-9][0-9A-Z-]*)"
ROUTE_BEHIND = rf"^(?:BOX|BX) ?#? ?([A-Z]?[0-9][0-9A-Z-]*) ({ROUTE_WORDS}) ?#? ?([0-9]+[A-Z]?)$"
MILITARY = r"^(PSC|CMR|UNIT|OPS) ?#? ?([0-9]+)(?: BOX ?#? ?([0-9][0-9A-Z-]*))?$"
ROAD_NUMBER = r"\b(HWY|HIGHWAY|ROUTE|RTE|RT|RD|ROAD) (?:# ?|NO |NUMBER )([0-9]+|[A-Z]{1,2}\b)"
_VALUED = "|".join(UNITS_WITH_VALUE)
UNIT_NUMBER = rf"\b({_VALUED}) (?:NO|NBR|NR|NUM|NUMBER) ?#? ?([A-Z]?-?[0-9][0-9A-Z-]*)$"
"""APT NUMBER 5 is APT 5."""
ONE_UNIT = (
    rf"(?:#|\b(?:{_VALUED})) ?#? ?[A-Z]{{0,2}}-?[0-9][A-Z0-9/-]*(?: .*)?|"
    r"(?:#|\b(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|BLDG|BUILDING|BLG|BLD|LOT|FLOOR|FLR|PMB|PH|CONDO|TOWER)) ?#? ?[A-Z]{1,2}(?:[ -][0-9A-Z]+)?"
    rf"(?: (?:#|{_VALUED}) ?#? ?[A-Z0-9-]+)*|"
    r"\b[0-9]+(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)(?: .*)?|\b[0-9]+ (?:FLOOR|FLR)|"
    r"\b(?:(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|TOP|GROUND|MAIN) (?:FLOOR|FLR|FL))(?: .*)?"
)
UNIT = rf"(?:{ONE_UNIT}|\b(?:{'|'.join(UNITS_ALONE)})(?: LEVEL)?(?: .*[0-9].*)?)$"
"""The end of a line that names a unit: the longest such end."""
_ROAD_ENDS = "|".join(sorted(word for word, kind in ROADS.items() if kind not in {"RD", "HWY", "RTE"}))
_WAYS = "|".join(DIRECTIONS)
_MIXED = "[A-Z]{1,2}-?[0-9]+[A-Z0-9]*(?:-[A-Z0-9]+)?|[0-9]+-[A-Z0-9]+"
UNIT_UNNAMED = (
    rf"^(.*\b(?:{_ROAD_ENDS}) (?:{_WAYS}|[NS] [EW])) ({_MIXED}|[0-9]+[A-Z]?|[A-DF-MO-RT-VX-Z])$|"
    rf"^(.*\b(?:{_ROAD_ENDS})|.*[A-Z] (?:{_WAYS})) ({_MIXED}|[0-9]+[A-Z])$|^(.* (?:RD|ROAD)(?: (?:{_WAYS}))?) ({_MIXED})$"
)
"""A unit without its designator, told by the letter or hyphen it holds or by the direction before it: 801 CANAL ST C1S."""
BOX_BEHIND = r"\b (?:P ?O ?B(?:OX)?|P ?O|R ?R ?#? ?[0-9]+ BOX) ?#? ?[0-9A-Z-]+$"
"""A box after a street: the street is the address."""
UNIT_WORDS = rf"\b(?:{'|'.join(UNITS_WITH_VALUE)})\b|[^A-Z0-9]+"
BUILDING_BEHIND = r"^((?:#|APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM)\b.*?) ((?:BLDG|BUILDING|FL|FLOOR|FLR)\b.*)$"

# Lines that begin with something else than the number
SPANISH = "CALLE|CLL|AVENIDA|AVDA|CALLEJON|CARR|CARRETERA|PASEO|CAMINO|BULEVAR"
URBANIZATION = "URB|URBANIZACION|REPTO|REPARTO|BDA|BARRIADA|PARC|PARCELAS|SECTOR|BO|BARRIO|EXT"
CONDOMINIUM = "COND|CONDOMINIO|EDIF|EDIFICIO|RES|RESIDENCIAL"
NOT_A_BUILDING = rf"^(?:{URBANIZATION}|{CONDOMINIUM}|C/O|CARE OF|ATTN|{'|'.join(UNITS_WITH_VALUE)})\b|\b(?:{'|'.join(UNITS_ALONE)}|{'|'.join(CARDINALS)})\b"
"""A second line with one of these words belongs to the first."""
HOUSE = "[A-Z]{0,2}-?[0-9]+[A-Z]?(?:-[0-9A-Z]+)?"
REWRITTEN: tuple[tuple[str, str], ...] = (
    (r"^(?:CARR|CARRETERA)(?: PR)? ([0-9]+) KM ([0-9]+)(?: (?:HM )?([0-9]))?\b.*$", r"KM\2\3 HWY \1"),
    (r"^KM ([0-9]+)(?: (?:HM )?([0-9]))? (?:CARR|CARRETERA)(?: PR)? ([0-9]+)\b.*$", r"KM\1\2 HWY \3"),
    (rf"^(?:{URBANIZATION}) (.+?) (?:# ?)?({HOUSE}) ((?:{SPANISH}|AVE|C|BLVD) .*)$", r"\2 \3 URB \1"),
    (
        rf"^(?:{URBANIZATION}) (.+?) ((?:CARR|CARRETERA) [0-9]+) KM ([0-9]+)(?: (?:HM )?([0-9]))?\b.*$",
        r"KM\3\4 \2 URB \1",
    ),
    (rf"^(?:{URBANIZATION}) (.+?) ((?:{SPANISH}) .+?) ?(?:# ?|NUM |NO )?({HOUSE})$", r"\3 \2 URB \1"),
    (rf"^(?:{URBANIZATION}) (.+?) (?:# ?)?({HOUSE})$", r"\2 URB \1"),
    (rf"^(?:{CONDOMINIUM}) (.+?) (?:APT|APTO|APARTAMENTO|UNIT|#) ?#? ?([0-9A-Z-]+)$", r"\2 COND \1"),
    (rf"^((?:{SPANISH}) .+?) ?(?:# ?|NUM |NUMERO |NO )({HOUSE})(| .*)$", r"\2 \1\3"),
    (rf"^((?:{SPANISH}) .+?) ({HOUSE})$", r"\2 \1"),
    (r"^(?:#|NO|NUM|NUMBER) ?([0-9]+[A-Z]?) ([A-Z].*)$", r"\1 \2"),
    (r"^([0-9]+(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)) ([0-9].*)$", r"\2 \1"),
)
"""How a line whose number stands elsewhere is written with its number first."""
SPELLED_HOUSE = rf"^({'|'.join(sorted(CARDINALS, key=len, reverse=True))}) ([A-Z0-9].*)$"
SPELLED_NAME = r"^(?:[A-Z]+S|MILE|NOTCH) (?:[A-Z]+)$|^(?:[A-Z]+S|MILE|NOTCH)$"
"""FIVE POINTS RD, TEN MILE RD: the number is the street's."""
NUMBER_INSIDE = (
    rf"^(?:[A-Z&/-]+ )+?([0-9]+[A-Z]?(?:-[0-9A-Z]+)?) ((?:[A-Z0-9]+ )+?(?:{'|'.join(sorted(SUFFIXES))})\b.*)$"
)
"""A name of a person or a building before the number: the street must end in a suffix."""

ROAD_KINDS: tuple[tuple[str, str], ...] = (
    ("CR", "(?:[A-Z]+ )?COUNTY (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY)|COUNTRY ROAD|C ?R|CO (?:RD|RTE|RT|HWY|ROAD)|CNTY (?:RD|RTE|HWY)|CTY (?:RD|HWY)|C ?T ?H|C H|CH|COUNTY"),
    ("FM", "FM(?: RD| ROAD)?|F M|FARM (?:TO )?MARKET(?: RD| ROAD)?|R ?M|RANCH (?:TO MARKET )?(?:RD|ROAD)|RR"),
    ("US", "US(?: HWY| HIGHWAY| ROUTE| RTE| RT)?|U S(?: HWY| HIGHWAY| ROUTE| RTE| RT)?|USHWY|FEDERAL (?:HWY|HIGHWAY)"),
    ("I", "INTERSTATE(?: HWY| HIGHWAY)?|I ?H|I"),
    ("SR", "(?:STATE|ST) (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY)|S ?R|S ?H|STH|SRT|@ (?:RD|ROAD|RTE|ROUTE|RT|HWY|HIGHWAY|ST RD)|%|PR|M"),
    ("TR", "(?:TWP|TOWNSHIP) (?:RD|ROAD|HWY|HIGHWAY)|T ?R"),
    ("", "HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD|CARR|CARRETERA"),
)  # fmt: skip
"""Kinds of numbered road and how they are written; @ is the name or code of a state, % a code. The last may be any of them."""
_STATE_WORDS = "|".join([*FIFTY_AND_DC, *(name.upper() for name in FIFTY_AND_DC.values())])
_ANY_ROAD = (
    "|".join(forms for _, forms in ROAD_KINDS).replace("@", f"(?:{_STATE_WORDS})").replace("%", "|".join(FIFTY_AND_DC))
)
_TURNS = "OLD|BUSINESS|BUS|BYPASS|BYP|ALTERNATE|ALT|SPUR|LOOP|TRUCK"
HIGHWAY = rf"^(?:({_TURNS}) )?({_ANY_ROAD}) ([0-9]+[A-Z]?)(?: HWY| HIGHWAY)?(?: ({_TURNS}))?$|^(BUSINESS|BUS)(?: LOOP)? ([0-9]+)$"
LETTERED_ROAD = r"^(COUNTY (?:RD|ROAD|TRUNK|HWY|HIGHWAY)|CTH|CO (?:RD|HWY)|CTY (?:RD|HWY|TRUNK)|C ?R|HWY|HIGHWAY|RTE|ROUTE) ([A-Z]{1,2})$"
BARE_NAMES = "ROAD|RD|LOOP|SPUR|LOT|PIER|SECTION|DISTRICT|AREA|TRACT|MILE|STREET|CALLE|AVENUE|AVE|AVENIDA|INTERSTATE"
"""Words that a number behind them belongs to: LOOP 1604 is not unit 1604 of Loop."""

KING = r"(?:(?:DR|DOCTOR|REV|REVEREND) )?(?:M ?L ?K(?:ING)?|M L KING|MARTIN L(?:UTHER)? KING)(?: (?:JR|JUNIOR))?"


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _tidy(column: str) -> str:
    """A line in words; a line that has nothing to tidy, as most, is told by one look."""
    joined = f"regexp_replace(translate({column}, '|''', '1'), '{DOTTED}', '\\1\\2', 'g')"
    words = (
        f"trim(regexp_replace(regexp_replace({joined}, '[^A-Z0-9#/&-]+|(^| )-( |$)', ' ', 'g'), ' ?# ?', ' # ', 'g'))"
    )
    moved = f"regexp_replace({words}, '{UNIT_BEFORE}', '\\2 \\1')"
    return f"CASE WHEN regexp_full_match({column}, '[0-9][0-9A-Z]*(?: [A-Z0-9]+)+') THEN {column} ELSE {moved} END"


def address_lines(plain: str) -> str:
    """One address line per row, in words; a unit or an addressee written first goes behind the street.

    A second line of mere words names a building or an estate; it is kept apart, to stand where a unit would.
    """
    named = f"line_1 IS NOT NULL AND regexp_full_match(line_2, '[A-Z ]*[A-Z]{{3}}[A-Z ]*') AND NOT regexp_matches(line_2, '{NOT_A_BUILDING}')"
    return f"""
        SELECT * EXCLUDE (street, street2, line_1, line_2), CASE WHEN {named} THEN replace(line_2, ' ', '') END AS building,
            nullif(CASE WHEN line_2 IS NULL OR {named} THEN line_1
                WHEN line_1 IS NULL THEN line_2
                WHEN regexp_matches(line_1, '^(C/O|CARE OF|ATTN)\\b') THEN line_2
                WHEN regexp_matches(line_2, '^(C/O|CARE OF|ATTN)\\b') THEN line_1
                WHEN regexp_matches(line_1, '{UNIT_FIRST}') AND regexp_matches(line_2, '^[0-9]')
                    THEN line_2 || ' ' || line_1
                ELSE line_1 || ' ' || line_2 END, '') AS line
        FROM (SELECT *, {_tidy("street")} AS line_1, CASE WHEN street2 IS NOT NULL THEN {_tidy("street2")} END AS line_2
            FROM {plain})"""


def placed(lines: str) -> str:
    """A city, state and ZIP code at the end of the line are the row's own, where its fields name no other."""
    same = "zip IS NULL OR ends_with(line, left(zip, 5)) OR contains(line, left(zip, 5) || '-')"
    city = "regexp_replace(city, '[^A-Z0-9]+', ' ', 'g')"
    behind = f"regexp_extract(end_of_line.line, '{CITY_AFTER.replace('@', _ROAD_ENDS + '|RD|ROAD')}', ['line', 'city'])"
    return f"""
        SELECT * EXCLUDE (end_of_line, behind, line, city, state, zip), coalesce(city, nullif(behind.city, '')) AS city,
            coalesce(state, nullif(end_of_line.state, '')) AS state, coalesce(zip, nullif(end_of_line.zip, '')) AS zip,
            CASE WHEN behind.city <> '' THEN behind.line WHEN end_of_line.line <> '' AND city IS NOT NULL AND ends_with(end_of_line.line, ' ' || {city})
                THEN left(end_of_line.line, length(end_of_line.line) - length({city}) - 1) ELSE coalesce(nullif(end_of_line.line, ''), line) END AS line
        FROM (
            SELECT *, CASE WHEN city IS NULL AND end_of_line.line <> '' THEN {behind} END AS behind
            FROM (SELECT *, CASE WHEN {same} THEN regexp_extract(line, '{PLACE_AFTER}', ['line', 'state', 'zip']) END AS end_of_line FROM {lines})
        )"""


def numbered(plain: str) -> str:
    """The house number cut off the line; `rest` is what follows, marked where there was no number."""
    first_word = "split_part(line, ' ', 1)"
    return f"""
        SELECT * EXCLUDE (line, cut, split),
            nullif(CASE WHEN split.number <> '' THEN split.number ELSE cut END, '') AS line_number,
            nullif(split.above || split.below, '') AS fraction,
            CASE WHEN split.number <> '' THEN nullif(trim(split.rest), '')
                WHEN cut <> '' THEN nullif(substr(line, length(cut) + 2), '') ELSE '{NUMBERLESS}' || line END AS rest
        FROM (
            SELECT *, CASE WHEN regexp_full_match({first_word}, '[0-9]+') THEN {first_word}
                    WHEN NOT regexp_matches({first_word}, '{ORDINAL}') THEN regexp_extract(line, '{NUMBER}', 1) END AS cut,
                CASE WHEN contains(line, '/') THEN regexp_extract(line, '{FRACTION}', ['number', 'above', 'below', 'rest']) END AS split
            FROM ({placed(f"({address_lines(plain)})")})
        )"""


def boxes(numbers: str) -> str:
    """Each distinct rest of a line: is it a box, a route or a military address, and does a unit end it?"""
    line = f"CASE WHEN starts_with(rest, '{NUMBERLESS}') THEN substr(rest, 2) END"
    rewritten = "line"
    for pattern, form in REWRITTEN:
        rewritten = f"regexp_replace({rewritten}, '{pattern}', '{form}')"
    whose = "CASE WHEN regexp_matches({0}.kind, '^(H|ST|S ?R)') THEN 'HC' ELSE 'RR' END || ltrim({0}.route, '0')"
    street = f"CASE WHEN line IS NULL THEN rest ELSE '{NUMBERLESS}' || {rewritten} END"
    mended = f"regexp_replace(regexp_replace(regexp_replace(street, '{BOX_BEHIND}', ''), '{ROAD_NUMBER}', '\\1 \\2'), '{UNIT_NUMBER}', '\\1 \\2')"
    unnamed = f"regexp_extract(whole, '{UNIT_UNNAMED}', ['a', 'b', 'c', 'd', 'e', 'f'])"
    return f"""
        SELECT rest, kind,
            CASE kind WHEN 'box' THEN 'POBOX' WHEN 'route' THEN {whose.format("route")} WHEN 'behind' THEN {whose.format("behind")}
                WHEN 'military' THEN military.kind || CASE WHEN military.box = '' THEN '' ELSE ltrim(military.unit, '0') END END AS box_street,
            CASE kind WHEN 'box' THEN boxed.box || boxed.letters WHEN 'route' THEN route.box WHEN 'behind' THEN behind.box
                WHEN 'military' THEN coalesce(nullif(military.box, ''), military.unit) END AS box,
            CASE WHEN kind = 'street' THEN nullif(CASE WHEN tail <> '' THEN rtrim(left(whole, length(whole) - length(tail)))
                WHEN unnamed.b || unnamed.d || unnamed.f <> '' THEN unnamed.a || unnamed.c || unnamed.e ELSE whole END, '') END AS head,
            CASE WHEN kind = 'street' THEN coalesce(nullif(tail, ''), unnamed.b || unnamed.d || unnamed.f) END AS tail
        FROM (
            SELECT *, CASE WHEN tail = '' AND regexp_matches(whole, '[0-9][A-Z0-9-]*$| [A-Z]$') THEN {unnamed} END AS unnamed
            FROM (
                SELECT *, regexp_extract(whole, '{UNIT}') AS tail
                FROM (
                    SELECT *, CASE WHEN route.box <> '' THEN 'route' WHEN behind.box <> '' THEN 'behind' WHEN boxed.box || boxed.letters <> '' THEN 'box'
                            WHEN military.unit <> '' THEN 'military' ELSE 'street' END AS kind,
                        CASE WHEN regexp_matches(street, '#|\\bN(?:O|BR|R|UM)\\b|NUMBER| P ?O| RR? ') THEN {mended} ELSE street END AS whole
                    FROM (
                        SELECT rest, {street} AS street, regexp_extract(line, '{BOX}', ['box', 'letters']) AS boxed,
                            regexp_extract(line, '{ROUTE}', ['kind', 'route', 'box']) AS route,
                            regexp_extract(line, '{ROUTE_BEHIND}', ['box', 'kind', 'route']) AS behind,
                            regexp_extract(line, '{MILITARY}', ['kind', 'unit', 'box']) AS military
                        FROM (SELECT rest, {line} AS line FROM (SELECT DISTINCT rest FROM {numbers} WHERE rest IS NOT NULL))
                    )
                )
            )
        )"""


def units(boxed: str) -> str:
    """Each distinct end of a line that names a unit: letters and digits, without the words for a unit."""
    value = "regexp_replace(regexp_replace({}, '([0-9])(?:ST|ND|RD|TH)\\b', '\\1', 'g'), '{}', '', 'g')"
    floor = "regexp_extract(tail, '^(FIRST|SECOND|THIRD|FOURTH|FIFTH|TOP|GROUND|MAIN) (?:FLOOR|FLR|FL)$', 1)"
    named = value.format(f"regexp_replace(tail, '{BUILDING_BEHIND}', '\\2 \\1')", UNIT_WORDS)
    return f"""
        SELECT tail, nullif(regexp_replace(CASE WHEN floor <> '' THEN coalesce(o.canonical, floor)
                WHEN regexp_matches(tail, '[0-9]|(?:^| )[A-Z]{{1,2}}(?:-[A-Z]{{1,2}})?$') THEN {named}
                ELSE regexp_replace(tail, ' LEVEL$', '') END, '^0+|[^A-Z0-9]', '', 'g'), '') AS unit
        FROM (SELECT tail, {floor} AS floor FROM (SELECT DISTINCT tail FROM {boxed} WHERE tail <> ''))
        LEFT JOIN {_words("ordinal")} o ON o.variant = floor"""


def heads(boxed: str) -> str:
    """Each distinct head of a street line: its number, where it stands inside the line, and its urbanization."""
    first = "regexp_extract(line, '^((?:KM)?[A-Z]{0,2}-?[0-9][0-9A-Z-]*) (.+)$', ['number', 'body'])"
    return f"""
        SELECT head, coalesce(nullif(number, ''), c.canonical) AS number_inside, nullif(area.name, '') AS area, coalesce(nullif(area.body, ''), CASE WHEN area.name = '' THEN body END) AS body
        FROM (
            SELECT *, regexp_extract(body, '^(.*?) ?\\b(?:URB|URBANIZACION|REPTO|REPARTO|BDA|BARRIADA|PARC|PARCELAS|SECTOR) ([A-Z].*)$', ['body', 'name']) AS area
            FROM (
                SELECT *, CASE WHEN first.number <> '' THEN first.number WHEN inside.number <> '' THEN inside.number END AS number,
                    CASE WHEN line IS NULL THEN head WHEN first.number <> '' THEN first.body WHEN inside.number <> '' THEN inside.body
                        WHEN spelled.number <> '' THEN spelled.body ELSE line END AS body
                FROM (
                    SELECT head, line, CASE WHEN NOT regexp_matches(line, '^[0-9]*(?:1ST|2ND|3RD|[0-9]TH)\\b') THEN {first} END AS first,
                        regexp_extract(line, '{NUMBER_INSIDE}', ['number', 'body']) AS inside,
                        CASE WHEN starts_with(line, 'ONE ') OR NOT regexp_matches(regexp_replace(line, '{SPELLED_HOUSE}', '\\2'), '{SPELLED_NAME}')
                            THEN regexp_extract(line, '{SPELLED_HOUSE}', ['number', 'body']) END AS spelled
                    FROM (
                        SELECT head, CASE WHEN starts_with(head, '{NUMBERLESS}') THEN regexp_replace(substr(head, 2), '^([A-Z]+TY)-', '\\1 ') END AS line
                        FROM (SELECT DISTINCT head FROM {boxed} WHERE head IS NOT NULL)
                    )
                )
            )
        ) LEFT JOIN {_words("cardinal")} c ON c.variant = spelled.number"""


VOCABULARY = "address_words"
"""The table of words that the stages read: `vocabulary`."""


@cache
def vocabulary() -> pa.Table:
    """What people write for the words of an address -> the canonical word, by kind of word."""
    tables = {
        "suffix": SUFFIXES, "road": ROADS, "direction": DIRECTIONS, "word": NAME_WORDS, "last_word": LANDSCAPE | NAME_WORDS,
        "pretype": PRETYPES, "ordinal": ORDINALS, "cardinal": CARDINALS, "city_word": CITY_WORDS, "city": CITY_NAMES,
        "state": {name.upper().replace(" ", ""): code for code, name in STATES.items()},
    }  # fmt: skip
    rows = [(kind, variant, canonical) for kind, table in tables.items() for variant, canonical in table.items()]
    return pa.table(dict(zip(("kind", "variant", "canonical"), map(list, zip(*rows, strict=True)), strict=True)))


def _words(*kinds: str) -> str:
    """A derived table of (variant, canonical) of these kinds of words."""
    return f"(SELECT variant, canonical FROM {VOCABULARY} WHERE kind IN ({_quoted(kinds)}))"


def directed(read: str) -> str:
    """Each distinct street head as a list of words, without the direction at its end and without a house letter.

    The direction at the end stands behind a name, the number of a grid (`400 E`) or a lone BLVD; AVENUE N is no direction.
    """
    before_a_letter = _quoted(
        tuple(word for word, canonical in SUFFIXES.items() if canonical in {"AVE", "ST", "RD", "LN", "DR", "RTE"})
    )
    return f"""
        SELECT w.*, pre.canonical AS pre, CASE WHEN two_post THEN left(words[-2], 1) || left(words[-1], 1) ELSE post.canonical END AS post,
            CASE WHEN two_post THEN words[:-3] WHEN post.canonical IS NOT NULL THEN words[:-2] ELSE words END AS body
        FROM (
            SELECT *, len(words) > 2 AND words[-2] IN ('N', 'S', 'NORTH', 'SOUTH') AND words[-1] IN ('E', 'W', 'EAST', 'WEST') AS two_post,
                CASE WHEN len(words) > 1 THEN words[1] END AS first_word,
                CASE WHEN len(words) > 2 OR (len(words) = 2 AND words[1] NOT IN ({before_a_letter})) THEN words[-1] END AS last_word
            FROM (
                SELECT head, number_inside, area, letter, CASE WHEN letter IS NULL THEN words ELSE words[2:] END AS words
                FROM (
                    SELECT h.*, CASE WHEN (s.canonical IS NULL OR (len(words) > 2 AND len(s.canonical) <= 2 AND second IN ({_quoted(tuple(DIRECTIONS))})))
                        AND regexp_full_match(second, '[A-Z]{{2,}}|[0-9]+(ST|ND|RD|TH)|[NSEW]') AND second NOT IN ('AND', 'DE')
                        AND regexp_full_match(words[1], '[A-CF-KMP-RTVX-Z]') THEN words[1] END AS letter
                    FROM (SELECT *, CASE WHEN len(words) > 1 THEN words[2] END AS second FROM
                        (SELECT * EXCLUDE (body), regexp_extract_all(body, '[A-Z0-9]+') AS words FROM {read})) h
                    LEFT JOIN {_words("suffix", "direction")} s ON s.variant = second
                )
            )
        ) w LEFT JOIN {_words("direction")} pre ON pre.variant = first_word
        LEFT JOIN {_words("direction")} post ON post.variant = last_word"""


def roads(direct: str) -> str:
    """Numbered roads told from streets: their kind and number; for the others, a number or letter at the end is a unit."""
    named = "CASE WHEN pre IS NOT NULL THEN body[2:] ELSE body END"
    kinds = " ".join(f"WHEN regexp_full_match(road.kind, '{forms}') THEN '{kind}'" for kind, forms in ROAD_KINDS).replace("@", f"(?:{_STATE_WORDS})").replace("%", "|".join(FIFTY_AND_DC))  # fmt: skip
    return f"""
        SELECT * EXCLUDE (before, joined), is_unit_behind_suffix OR is_unit_behind_name AS is_unit,
            CASE WHEN road.numeral <> '' THEN CASE {kinds} END WHEN lettered.letters <> '' AND lettered.kind LIKE 'C%' THEN 'CR' END AS road_kind,
            CASE WHEN road.numeral || road.alone <> '' THEN 'HWY' || ltrim(road.numeral || road.alone, '0') || left(road.turn || road.turned || road.lone, 3)
                WHEN lettered.letters <> '' THEN 'HWY' || lettered.letters END AS road_name
        FROM (
            SELECT d.*, s.canonical IS NOT NULL AND regexp_full_match(body[-1], '[0-9]+[A-Z]?|[A-Z]{{1,2}}|[A-Z][0-9]+')
                    AND body[-1] NOT IN ({_quoted(tuple(w for w in SUFFIXES if len(w) < 3))}) AS is_unit_behind_suffix,
                len(named) > 1 AND regexp_full_match(body[-1], '[0-9]+[A-Z]?') AND regexp_full_match(body[-2], '[A-Z]+')
                    AND NOT regexp_full_match(joined, '(?:{BARE_NAMES}|.* (?:{BARE_NAMES})) [0-9]+[A-Z]?') AS is_unit_behind_name,
                regexp_extract(joined, '{HIGHWAY}', ['turn', 'kind', 'numeral', 'turned', 'lone', 'alone']) AS road,
                regexp_extract(joined, '{LETTERED_ROAD}', ['kind', 'letters']) AS lettered
            FROM (SELECT *, {named} AS named, array_to_string({named}, ' ') AS joined, CASE WHEN len({named}) > 2 THEN body[-2] END AS before FROM {direct}) d
            LEFT JOIN {_words("road")} s ON s.variant = before
        )"""


def street_words(road: str) -> str:
    """The suffix and the directions apart from the name; a direction may stand between the two (`AVALON PARK SOUTH BLVD`)."""
    short = "CASE WHEN is_unit AND road_name IS NULL THEN body[:-2] ELSE body END"
    return f"""
        SELECT * EXCLUDE (body, named, bare, last_word),
            CASE WHEN p.canonical IS NOT NULL THEN stem[2:] WHEN "between".canonical IS NOT NULL THEN stem[:-2] ELSE stem END AS name,
            coalesce(suffix_behind, p.canonical) AS suffix, coalesce(post, "between".canonical) AS postdirection
        FROM (
            SELECT *, CASE WHEN len(stem) > 1 AND suffix_behind IS NULL THEN stem[1] END AS pretype,
                CASE WHEN len(stem) > 1 AND suffix_behind IS NOT NULL AND post IS NULL THEN stem[-1] END AS middle
            FROM (
                SELECT *, CASE WHEN two_pre THEN bare[3:] WHEN pre IS NOT NULL AND len(bare) > 1 THEN bare[2:] ELSE bare END AS stem,
                    CASE WHEN two_pre THEN left(bare[1], 1) || left(bare[2], 1) WHEN pre IS NOT NULL AND len(bare) > 1 THEN pre END AS predirection
                FROM (
                    SELECT h.*, s.canonical AS suffix_behind, CASE WHEN s.canonical IS NOT NULL THEN whole[:-2] ELSE whole END AS bare,
                        len(bare) > 2 AND bare[1] IN ('N', 'S', 'NORTH', 'SOUTH') AND bare[2] IN ('E', 'W', 'EAST', 'WEST') AS two_pre
                    FROM (SELECT * EXCLUDE (last_word), CASE WHEN is_unit AND road_name IS NULL THEN body[-1] END AS bare_unit,
                        {short} AS whole, CASE WHEN len({short}) > 1 THEN ({short})[-1] END AS last_word FROM {road}) h
                    LEFT JOIN {_words("road")} s ON s.variant = last_word
                )
            )
        ) LEFT JOIN {_words("pretype")} p ON p.variant = pretype LEFT JOIN {_words("direction")} "between" ON "between".variant = middle"""


def written_out(words: str) -> str:
    """Each street's name with its abbreviated words written out, closed up."""
    return f"""
        SELECT head, string_agg(replace(coalesce(l.canonical, w.canonical, word), ' ', ''), '' ORDER BY place) AS canonical
        FROM (
            SELECT head, word, place, CASE WHEN place = length THEN word END AS last, CASE WHEN place < length THEN word END AS inner_word
            FROM (SELECT head, unnest(name) AS word, generate_subscripts(name, 1) AS place, len(name) AS length FROM {words})
        ) LEFT JOIN {_words("word")} w ON w.variant = inner_word LEFT JOIN {_words("last_word")} l ON l.variant = last
        GROUP BY head"""


def streets(words: str, canonical: str) -> str:
    """Each distinct street head with its canonical name, suffix and directions."""
    return f"""
        SELECT head, number_inside, letter, area, bare_unit, coalesce(nullif(road_kind, ''), suffix) AS street_suffix,
            coalesce(predirection, '') || coalesce(postdirection, '') AS direction,
            coalesce(road_name, nullif(CASE WHEN regexp_full_match(joined, '0*[0-9]+ ?(ST|ND|RD|TH)?') THEN ltrim(regexp_extract(joined, '[0-9]+'), '0')
                WHEN regexp_full_match(joined, '{KING}') THEN 'MLK' ELSE coalesce(o.canonical, c.canonical) END, '')) AS street
        FROM (SELECT * REPLACE (CASE WHEN road_name IS NULL THEN suffix END AS suffix), array_to_string(name, ' ') AS joined FROM {words})
        LEFT JOIN {canonical} c USING (head) LEFT JOIN {_words("ordinal")} o ON o.variant = joined"""


def places(numbers: str) -> str:
    """Each distinct city and state: abbreviations written out, the state by its code."""
    return f"""
        SELECT city, state, nullif(replace(coalesce(n.canonical, full_name), ' ', ''), '') AS city_name, nullif(coalesce(s.canonical, letters), '') AS state_code
        FROM (
            SELECT city, state, letters, regexp_replace(string_agg(coalesce(canonical, word), ' ' ORDER BY place), '(.) (?:TOWNSHIP|BOROUGH)$', '\\1') AS full_name
            FROM (
                SELECT city, state, letters, unnest(words) AS word, generate_subscripts(words, 1) AS place
                FROM (
                    SELECT city, state, coalesce(regexp_replace(state, '[^A-Z]+', '', 'g'), '') AS letters,
                        string_split(regexp_replace(trim(regexp_replace(coalesce(city, ''), '[^A-Z0-9]+', ' ', 'g')), '^(?:CITY|TOWN|VILLAGE|BOROUGH) OF ', ''), ' ') AS words
                    FROM (SELECT DISTINCT city, state FROM {numbers})
                )
            ) LEFT JOIN {_words("city_word")} ON variant = word GROUP BY city, state, letters
        ) LEFT JOIN {_words("city")} n ON n.variant = full_name LEFT JOIN {_words("state")} s ON s.variant = letters"""


def addressed(numbers: str, boxed: str, unit: str, street: str, place: str) -> str:
    """The rows with their address taken apart. What is read as a digit in the house number is one: 1S17, Z288, 401O.

    A ZIP code that lost its leading zero in a spreadsheet gets it back where its state is one that has them.
    """
    written = "coalesce(b.box, CASE WHEN b.box_street IS NULL THEN coalesce(n.line_number, s.number_inside) END)"
    letters = "regexp_replace(ltrim(whole, '0'), '[^A-Z0-9]', '', 'g')"
    digits = f"""CASE WHEN regexp_full_match({letters}, '[0-9]+[OIL]|[OILZ][0-9]+|[0-9OILZS]*[0-9][OILZS]+[0-9][0-9OILZS]*')
        THEN translate({letters}, 'OILZS', '01125') ELSE {letters} END"""
    padded = "regexp_full_match(n.zip, '[0-9]{3,4}(?:-?[0-9]{4})?') AND coalesce(p.state_code, 'MA') IN ('CT', 'MA', 'ME', 'NH', 'NJ', 'RI', 'VT', 'PR', 'VI', 'AE')"
    zips = f"CASE WHEN {padded} THEN lpad(split_part(regexp_replace(n.zip, '-?[0-9]{{4}}$', ''), '-', 1), 5, '0') ELSE left(regexp_replace(n.zip, '[^A-Z0-9]+', '', 'g'), 5) END"
    return f"""
        SELECT * EXCLUDE (whole), CASE WHEN regexp_full_match(whole, '[1-9][0-9]*') THEN whole ELSE nullif({digits}, '') END AS number
        FROM (
            SELECT n.* EXCLUDE (line_number, fraction, building, rest, city, state, zip),
                CASE WHEN s.letter IS NOT NULL AND regexp_full_match({written}, '[0-9]+') THEN {written} || s.letter
                    WHEN b.box IS NULL AND n.line_number IS NULL AND s.number_inside IS NULL THEN s.bare_unit ELSE {written} END AS whole,
                coalesce(b.box_street, s.street, s.area) AS street, coalesce(s.direction, '') AS direction, s.street_suffix,
                coalesce(u.unit, CASE WHEN n.line_number IS NOT NULL OR s.number_inside IS NOT NULL THEN s.bare_unit END,
                    n.fraction, n.building, CASE WHEN s.street IS NOT NULL THEN 'URB' || replace(s.area, ' ', '') END) AS unit,
                p.city_name AS city, p.state_code AS state,
                CASE WHEN regexp_full_match(n.zip, '[0-9]{{5}}') THEN n.zip ELSE nullif({zips}, '') END AS zip
            FROM {numbers} n LEFT JOIN {boxed} b USING (rest) LEFT JOIN {unit} u USING (tail) LEFT JOIN {street} s USING (head)
            LEFT JOIN {place} p ON p.city IS NOT DISTINCT FROM n.city AND p.state IS NOT DISTINCT FROM n.state
        )"""


ADDRESS_STAGES = (
    Stage("numbered", numbered, ("plain",)),
    Stage("boxes", boxes, ("numbered",)),
    Stage("units", units, ("boxes",)),
    Stage("heads", heads, ("boxes",)),
    Stage("directed", directed, ("heads",)),
    Stage("roads", roads, ("directed",)),
    Stage("street_words", street_words, ("roads",)),
    Stage("written_out", written_out, ("street_words",)),
    Stage("streets", streets, ("street_words", "written_out")),
    Stage("places", places, ("numbered",)),
)
"""From `plain` (see text.py) and `vocabulary` to the distinct parts that `addressed` joins to the rows."""
