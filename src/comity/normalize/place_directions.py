"""Recognize lines that tell the way to a place: behind the station, two miles north of the bridge.

What is near such a place has an address of its own, and a number in the line counts miles or is somebody else's. Words
of place between a house number and the end of a street's name are part of the name (12 Near Acres Ln, 8 Mile Rd).

Guarantees: the cost is proportional to the length of the line.
Does not: find the place.
Basis: ADR 0036; the cases of tests/cases/a07_number_and_street.yaml.
Start at `tells_the_way`. Lines are those of `line_splitter.py`.
"""

import re

from comity.normalize.ascii_text import trie_pattern
from comity.reference.address_vocabulary import CARDINAL_WORDS, DIRECTIONALS

_DIRECTION = trie_pattern(DIRECTIONALS)
_RELATIONS = (
    "NEXT (?:TO|DOOR)|ACROSS (?:FROM|THE)|(?:IN|OUT) (?:FRONT|BACK) OF|CLOSE TO|ADJACENT TO|"
    "(?:CORNER|INTERSECTION|JUNCTION|END|MIDDLE) OF|(?:TURN|GO|KEEP|BEAR) (?:LEFT|RIGHT|STRAIGHT)|"
    "DETRAS DE[L ]|ATRAS DE[L ]|CERCA DE[L ]|FRENTE AL?|EN FRENTE DE[L ]|ENFRENTE DE[L ]|AL? LADO DE[L ]|"
    "ESQUINA (?:CON|DE)|A LA VUELTA|JUNTO AL?|CONTIGUO AL?|AL FINAL DE[L ]|AL FONDO DE[L ]"
)
"""Relations of several words, which are in no street's name; any words may be before them."""
ONE_WORD_RELATIONS = "BEHIND|NEAR|NEARBY|OPPOSITE|BETWEEN|BEYOND|PAST|OUTSIDE|BESIDE|ALONG|OFF"
"""Relations that are surnames and words of names, too: only first in the line, or after what a person lives in."""
_DWELLING = (
    r"(?:(?:THE|MY|OUR|HIS|HER|A|IN|LA|EL) )?(?:[A-Z]+ )?"
    "(?:HOUSE|HOME|TRAILER|CABIN|SHED|BARN|RV|CAMPER|APARTMENT|BUILDING|GARAGE|CASA|TENT|LIVES|STAYS|LOCATED)"
)
_WAY = re.compile(
    rf"(?:(?:[A-Z/&-]+ ){{0,8}}?(?:{_RELATIONS}) ?|"
    rf"(?:{_DWELLING} )?(?:{ONE_WORD_RELATIONS}) |"
    rf"(?:{_DWELLING}|TAKE|FOLLOW|FROM|HEAD) (?:(?:{_DIRECTION}|THE|ON|EXIT|ONTO) ){{1,2}})[A-Z0-9]"
)
_UNIT_OF_LENGTH = (
    "MILES?|MI|BLOCKS?|FEET|FT|YARDS?|YDS?|MINUTES?|MIN|KMS?|KILOMETERS?|"
    "DOORS?|HOUSES|MILLAS?|CUADRAS?|METROS|MINUTOS|CASAS"
)
_DISTANCE = re.compile(
    rf"(?:(?:AND )?(?:A )?(?:HALF|QUARTER|[0-9]/[0-9]) )?(?:OF )?(?:AN? )?(?:{_UNIT_OF_LENGTH}) "
    rf"(?:(?:{_DIRECTION}) (?:OF|FROM|ON|OFF|PAST|DE|DEL)|(?:PAST|FROM|OFF|AFTER|BEFORE|BEYOND|BEHIND|AWAY|ANTES|"
    r"DESPUES|AL|DE|DEL)|(?:DOWN|UP) (?:THE|FROM|ON|OFF|PAST))\b",
    re.ASCII,
)
"""What follows the number of a distance: MILES NORTH OF, BLOCKS FROM."""
_NUMBER_OF_DISTANCE = re.compile(
    rf"(?:[A-Z/&-]+ ){{0,8}}?(?:[0-9]+(?:/[0-9]+)?|AN?|HALF|QUARTER|{trie_pattern(CARDINAL_WORDS)}) (?=[A-Z0-9])"
)


def is_distance(after_number: str) -> bool:
    """Return whether what follows a number at the beginning of a line makes it a distance.

    >>> is_distance("MILES NORTH OF ELM ST"), is_distance("MILE RD"), is_distance("MILES ST")
    (True, False, False)
    """
    return _DISTANCE.match(after_number) is not None


def tells_the_way(line: str) -> bool:
    """Return whether a line without a house number at its beginning tells the way to a place.

    >>> tells_the_way("BEHIND THE SHELL STATION ON HWY 59"), tells_the_way("MAPLE HOUSE 12 NEAR ACRES LN")
    (True, False)
    """
    if _WAY.match(line):
        return True
    number = _NUMBER_OF_DISTANCE.match(line)
    return number is not None and is_distance(line[number.end() :])
