"""Classify street lines: a street with its number, a post office box, a rural route, military mail, or none of these.

Guarantees: every line gets exactly one kind; the first test that fits decides, the most common first; whole columns
at a time. A line is classified without the city, state and ZIP code that it may carry (`address_columns.strip_places`).
Does not: say whether the place exists (A09) or whether the words are a placeholder (A02 to A05).
Basis: USPS Publication 28, chapter 2; 26 USC 6103(b)(6) speaks of a *mailing* address, so boxes are addresses [INF].
Start at `classify_lines`.
"""

from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.buffers import Bools, Int8s
from comity.columns.dictionary_column import DictionaryColumn
from comity.columns.patterns import matches_pattern, to_bools
from comity.gates.text.street_words import (
    DIRECTIONAL,
    NUMBER_WORD,
    NUMBERED_ROAD,
    PUERTO_RICO_DEVELOPMENT,
    SPANISH_STREET_PREFIX,
    STANDALONE_SUFFIX,
    STANDALONE_UNIT,
    STREET_SUFFIX,
    UNIT_DESIGNATOR,
)


class LineKind(IntEnum):
    """The kind of a street line. Those up to MILITARY are addresses."""

    STREET = 0
    PO_BOX = 1
    RURAL_ROUTE = 2
    MILITARY = 3
    NO_STREET = 4  # a house number and no street
    NO_NUMBER = 5  # words and no house number
    DIGITS_ONLY = 6
    PLACE_ONLY = 7  # only a city, state or ZIP code
    BLANK = 8
    TOO_LONG = 9


# One to seven digits, not all zeros, with an optional letter; grid numbers (W123N456, W123 N456, 39W582, 39 W 582); and
# digits of which some were misread as letters (1O17).
HOUSE_NUMBER = (
    r"(?:0{0,4}[1-9][0-9]{0,6}[A-Z]?|[NSEW][0-9]+[NSEW]? ?[NSEW][0-9]+|[0-9]+ ?[NSEW] ?[0-9]+|[0-9]+[OILZ]+[0-9]+)"
)
LETTERED_NUMBER = r"[A-Z]{1,2}0{0,4}[1-9][0-9]{0,5}[A-Z]?"
"""A number that begins with a letter, as in Puerto Rico (A17 CALLE 1) and Wisconsin (N8780 FERNCLIFF RD).

Only where the line begins: elsewhere it is a unit.
"""
_TRAILING_UNIT = rf"(?:(?:^| )(?:{UNIT_DESIGNATOR}) ?#? ?(?:[0-9]+[A-Z]?|[A-Z][0-9]*)|(?:^| )(?:{STANDALONE_UNIT}))+$"
_TRAILING_HASH = r"(?:(?:^| )# ?[A-Z0-9]{1,6})+$"

PLAIN_STREET = (
    rf"^0{{0,4}}[1-9][0-9]{{0,6}}[A-Z]?(?: (?:{DIRECTIONAL}))?(?: [A-Z0-9]+){{1,6}} (?:{STREET_SUFFIX})(?: "
    rf"(?:{DIRECTIONAL}))?"
    rf"(?: (?:{UNIT_DESIGNATOR})? ?#? ?(?:[0-9]+[A-Z]?|[A-Z][0-9]*))?$"
)

_PO_BOX = (
    r"(?:^| )(?:P ?O ?BO?X|P ?O ?B|POB|POST OFFICE BOX|POST OFFICE DRAWER|P ?O ?DRAWER|APARTADO(?: POSTAL)?|APDO|"
    r"CALLER(?: BOX)?|LOCK ?BOX|PMB)"
    r"(?: NO| NUM| NUMBER)?(?: ?#? ?[0-9]*[1-9][0-9]*[A-Z]{0,2}| #? ?[A-Z][0-9]*)(?: |$)"
    r"|^(?:DRAWER|LBX) (?:[A-Z]{1,2} )?[0-9]*[1-9][0-9]*[A-Z]?$|^BOX ?#? ?[0-9]*[1-9][0-9]*[A-Z]?(?: |$)"
)
_RURAL_ROUTE = (
    r"(?:^| )(?:R ?R|R ?D|RURAL (?:ROUTE|RTE|RT|DELIVERY)|R ?F ?D|RT|RTE|ROUTE|H ?C ?R?|HIGHWAY CONTRACT(?: ROUTE)?|"
    r"STAR (?:ROUTE|RTE|RT)|S ?R|FM|CR|HWY|HIGHWAY)"
    r"(?: ROUTE)? ?#? ?[0-9]* ?[A-Z0-9 ]{0,20}?(?:BOX|BX|BUZON|BZN|BUZ) ?#? ?[0-9]*[1-9][0-9]*[A-Z]?(?: |$)"
)
_MILITARY = r"(?:^| )(?:PSC|CMR|UNIT|UMR|OMC|BOX) ?#? ?[0-9]+ (?:BOX|UNIT|PSC|CMR) ?#? ?[0-9]+[A-Z]?(?: |$)"
_OVERSEAS_MILITARY = r"^(?:PSC|CMR|UNIT|UMR) ?#? ?[0-9]+(?: |$)|^(?:USS|USNS|USCGC) [A-Z]"

_STREET_PATTERNS = (
    # kilometers on a numbered road: CARR 111 KM 3.2, KM 3.2 CARR 111
    (
        r"(?:^| )(?:CARR|CARRETERA|PR|RUTA|AUTOPISTA|CALLE|BO|BARRIO|SECTOR|RAMAL) .*KM ?[0-9]|KM ?[0-9]+.* (?:CARR|"
        r"CARRETERA|PR|RUTA)(?: |$)"
    ),
    # a development, then block or house: URB LAS FLORES 12 CALLE 3
    rf"^(?:{PUERTO_RICO_DEVELOPMENT}) [A-Z ]*[A-Z]{{2}} .*[0-9]",
    # an avenue whose name is a letter: 12 AVENUE D
    rf"^{HOUSE_NUMBER} (?:(?:{DIRECTIONAL}) )?(?:AVENUE|AVE|AV|ROAD|STREET|CALLE) (?:[A-Z]|[0-9]+)$",
    # the number begins with a letter: A17 CALLE 1, A 17 CALLE 1, N8780 FERNCLIFF RD, E4567 STATE ROAD 33
    rf"^(?:{LETTERED_NUMBER}|[A-Z] [1-9][0-9]{{0,4}}) (?:{SPANISH_STREET_PREFIX}) [A-Z0-9]",
    rf"^{LETTERED_NUMBER} (?:[A-Z0-9]+ ){{1,4}}(?:{STREET_SUFFIX})(?: |$)",
    (
        rf"^{LETTERED_NUMBER} (?:(?:{DIRECTIONAL}) )?(?:{NUMBERED_ROAD}|ROAD|RD) (?:[0-9]+[A-Z]?|[A-Z]{{1,2}})"
        rf"(?: (?:{DIRECTIONAL}))?$"
    ),
    # the number within: MAPLE APARTMENTS 123 MAIN ST
    rf"(?:^| ){HOUSE_NUMBER} (?:[A-Z0-9]+ ){{1,4}}(?:{STREET_SUFFIX})(?: |$)",
    # the unit first: UNIT B 3603 CALLE SOL
    (
        rf"^(?:{UNIT_DESIGNATOR}) ?#? ?[A-Z0-9]{{1,5}} {HOUSE_NUMBER}(?: [1-3] [2-8])? (?:(?:{DIRECTIONAL}) "
        rf")?[A-Z0-9]*[A-Z]{{2}}"
    ),
    # no space after the number: 7107MADISON BLVD
    rf"^[1-9][0-9]{{0,5}}[A-Z]{{3,}}(?: [A-Z0-9]+)* (?:{STREET_SUFFIX})(?: |$)",
    # a numbered road and its direction: 1470 HWY 104 N, 10929 RD 32 NORTH; Michigan's letters: 4715 F 41
    (
        rf"^{HOUSE_NUMBER} (?:(?:{DIRECTIONAL}) )?(?:{NUMBERED_ROAD}|ROAD|RD|F|"
        rf"M) (?:[A-Z]{{1,2}} )?[0-9]+[A-Z]?(?: (?:{DIRECTIONAL}))?$"
    ),
    # streets named by their suffix alone: 310 BOULEVARD EAST, 1221 AVE OF THE AMERICAS
    (
        rf"(?:^| ){HOUSE_NUMBER} (?:BOULEVARD|BLVD|BROADWAY|PARKWAY) (?:{DIRECTIONAL})$|"
        rf"(?:^| ){HOUSE_NUMBER} (?:AVENUE|AVE|STREET|COURT) OF (?:THE )?[A-Z]{{3}}"
    ),
    # an ordinal street without its suffix, after something else: DEPT 96 3545 NW 58TH
    rf"(?:^| ){HOUSE_NUMBER} (?:{DIRECTIONAL}) [0-9]+(?:ST|ND|RD|TH)(?: |$)",
    # number words: ONE MAIN ST
    rf"^(?:{NUMBER_WORD}) (?:[A-Z0-9]+ )*(?:{STREET_SUFFIX})(?: |$)",
    # Utah: 123 N 400 W, 450 400 E
    (
        rf"^(?:(?:{UNIT_DESIGNATOR}) ?#? ?[A-Z0-9]{{1,5}} )?{HOUSE_NUMBER}(?: [0-9]+){{0,2}} "
        rf"(?:(?:{DIRECTIONAL}) )?[0-9]+ (?:{DIRECTIONAL})(?: ?# ?[A-Z0-9]{{1,6}})?$"
    ),
)
_DIRECTIONS_TO_A_PLACE = (
    r"^(?:BEHIND|NEAR|NEXT (?:TO|DOOR)|ACROSS (?:FROM|THE)|OPPOSITE|CORNER OF|BETWEEN|BEYOND|PAST|OUTSIDE|OFF OF|"
    r"END OF|DETRAS DE|ATRAS DE|CERCA DE|FRENTE A|AL LADO DE|ESQUINA CON|A LA VUELTA) |"
    r"^[0-9]+ (?:MILES?|BLOCKS?|FEET|YARDS|MINUTES|MILLAS|CUADRAS) "
    rf"(?:(?:{DIRECTIONAL}) (?:OF|FROM|ON|DE)|PAST|FROM|OFF|DOWN|AFTER|BEFORE|BEYOND|AL|DE) "
)
"""A line that says how to get there, and no address: what is near it has an address of its own."""
_PUERTO_RICO_BUILDING = (
    r"^(?:COND|CONDOMINIO|EDIF|EDIFICIO|RES|RESIDENCIAL) [A-Z ]*[A-Z]{2} (?:APT|APTO|APARTAMENTO|EDIF|"
    r"BLDG) ?#? ?[A-Z]?[0-9]"
)
"""A Puerto Rican building known by its name, and the apartment in it."""
_TRAILING_NUMBER_PATTERNS = (
    # the street first: CALLE 3 #12, AVENIDA JUAREZ 12
    rf"^(?:(?:{DIRECTIONAL}) )?(?:{SPANISH_STREET_PREFIX}) (?:[A-Z0-9]+ )+#? ?(?:{HOUSE_NUMBER}|{LETTERED_NUMBER})$",
    # suffix before the number: MAIN ST 123
    rf"^(?:[A-Z0-9]+ )+(?:{STREET_SUFFIX})(?: (?:{DIRECTIONAL}))? #? ?{HOUSE_NUMBER}$",
)
"""Patterns whose last number may be that of a numbered road."""
_NUMBERED_ROAD_ONLY = (
    rf"^(?:(?:{DIRECTIONAL}) )?(?:{NUMBERED_ROAD}) (?:[A-Z]{{1,2}} )?[0-9]+[A-Z]?$|^(?:{SPANISH_STREET_PREFIX}) [0-9]+$"
)
_LEADING_HOUSE_NUMBER = rf"^#? ?{HOUSE_NUMBER}(?: (?:[0-9]+|[A-Z]))* "
_NO_STREET_NAME = rf"^(?:(?:{DIRECTIONAL}|{STANDALONE_SUFFIX}|[A-Z]|[0-9]+)(?: |$))*$"


def classify_lines(street_line: pa.Array, city: DictionaryColumn, is_military: Bools, is_too_long: Bools) -> Int8s:
    """Return the `LineKind` of every folded line.

    Args:
        street_line: folded street lines without the place they carried.
        city: the rows' folded cities: a "street" that is the row's own city is none.
        is_military: rows whose state is one of military mail.
        is_too_long: rows whose line was cut at `MAX_TEXT_LENGTH`.
    """
    kinds = np.full(len(street_line), LineKind.STREET, dtype=np.int8)
    kinds[to_bools(pc.equal(street_line, ""))] = LineKind.BLANK
    kinds[is_too_long] = LineKind.TOO_LONG
    is_filled = kinds == LineKind.STREET
    is_plain = matches_pattern(street_line, PLAIN_STREET)
    # "123 College Park" in College Park looks like a street and names none.
    ends_in_city = np.flatnonzero(is_plain & is_filled & city.is_suffix_of(street_line))
    name = pc.replace_substring_regex(street_line.take(pa.array(ends_in_city)), _LEADING_HOUSE_NUMBER, "")
    kinds[ends_in_city[to_bools(pc.equal(name, city[ends_in_city].decode()))]] = LineKind.NO_STREET
    is_directions = matches_pattern(street_line, _DIRECTIONS_TO_A_PLACE)
    kinds[is_directions & is_filled] = LineKind.NO_NUMBER
    irregular = np.flatnonzero(is_filled & ~is_plain & ~is_directions)
    kinds[irregular] = _classify_irregular_lines(
        street_line.take(pa.array(irregular)), city[irregular], is_military[irregular]
    )
    return kinds


def _classify_irregular_lines(street_line: pa.Array, city: DictionaryColumn, is_military: Bools) -> Int8s:
    """Return the kinds of lines that are not plainly a street."""
    kinds = np.full(len(street_line), LineKind.NO_NUMBER, dtype=np.int8)
    kinds[matches_pattern(street_line, r"^[0-9# ]+$")] = LineKind.DIGITS_ONLY
    kinds[is_military & matches_pattern(street_line, _OVERSEAS_MILITARY)] = LineKind.MILITARY
    no_street = np.flatnonzero(matches_pattern(street_line, f"{_MILITARY}|{_PO_BOX}|{_RURAL_ROUTE}"))
    lines = street_line.take(pa.array(no_street))
    for kind, pattern in (
        (LineKind.MILITARY, _MILITARY),
        (LineKind.PO_BOX, _PO_BOX),
        (LineKind.RURAL_ROUTE, _RURAL_ROUTE),
    ):
        kinds[no_street[matches_pattern(lines, pattern)]] = kind
    unclassified = np.flatnonzero(kinds == LineKind.NO_NUMBER)
    kinds[unclassified] = _classify_street_lines(street_line.take(pa.array(unclassified)), city[unclassified])
    return kinds


def _classify_street_lines(street_line: pa.Array, city: DictionaryColumn) -> Int8s:
    """Return STREET, NO_STREET or NO_NUMBER for lines that hold words and are no box or route."""
    no_unit = pc.ascii_trim(pc.replace_substring_regex(street_line, _TRAILING_UNIT, ""), " ")
    bare = pc.ascii_trim(pc.replace_substring_regex(no_unit, _TRAILING_HASH, ""), " ")
    name = pc.replace_substring_regex(bare, _LEADING_HOUSE_NUMBER, "")
    has_number = matches_pattern(bare, _LEADING_HOUSE_NUMBER)
    is_street = has_number & ~matches_pattern(name, _NO_STREET_NAME) & ~to_bools(pc.equal(name, city.decode()))
    others = np.flatnonzero(~is_street)
    is_street[others] = _is_irregular_street(*(text.take(pa.array(others)) for text in (street_line, no_unit, bare)))
    is_no_street = has_number | matches_pattern(bare, rf"^{HOUSE_NUMBER}$") | to_bools(pc.equal(bare, ""))
    kinds = np.where(is_no_street, LineKind.NO_STREET, LineKind.NO_NUMBER)
    return np.where(is_street, LineKind.STREET, kinds).astype(np.int8)


def _is_irregular_street(street_line: pa.Array, no_unit: pa.Array, bare: pa.Array) -> Bools:
    """Return whether lines that do not begin with a number and a name are streets in another form."""
    is_road_number = matches_pattern(bare, _NUMBERED_ROAD_ONLY) & ~to_bools(pc.match_substring(no_unit, "#"))
    is_street = matches_pattern(street_line, _PUERTO_RICO_BUILDING)
    is_street |= matches_pattern(no_unit, "|".join(_STREET_PATTERNS))
    return is_street | (matches_pattern(no_unit, "|".join(_TRAILING_NUMBER_PATTERNS)) & ~is_road_number)
