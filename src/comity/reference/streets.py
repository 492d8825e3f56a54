"""Words of United States addresses: street suffixes, directions and unit designators, each with what people write for it.

Guarantees: every word is upper case ASCII; a variant stands for one canonical word only (checked by a test).
Does not parse: `comity.match` does, with these tables.
Basis: USPS Publication 28, appendix B (directionals), C1 (street suffixes) and C2 (secondary unit designators), typed
in from the published tables with the commonest misspellings; Puerto Rico forms from Publication 28 section 29.
Start at `SUFFIXES`.
"""

_SUFFIX_LINES = """
ALY ALLEE ALLEY ALLY
ANX ANEX ANNEX ANNX
ARC ARCADE
AVE AV AVEN AVENU AVENUE AVN AVNUE AVNEUE AVENE
BYU BAYOO BAYOU
BCH BEACH
BND BEND
BLF BLUF BLUFF
BLFS BLUFFS
BTM BOT BOTTM BOTTOM
BLVD BOUL BOULEVARD BOULV BLV BLVRD BVD
BR BRNCH BRANCH
BRG BRDGE BRIDGE
BRK BROOK
BRKS BROOKS
BG BURG
BGS BURGS
BYP BYPA BYPAS BYPASS BYPS
CP CAMP CMP
CYN CANYN CANYON CNYN
CPE CAPE
CSWY CAUSEWAY CAUSWA
CTR CEN CENT CENTER CENTR CENTRE CNTER CNTR
CTRS CENTERS
CIR CIRC CIRCL CIRCLE CRCL CRCLE CI
CIRS CIRCLES
CLF CLIFF
CLFS CLIFFS
CLB CLUB
CMN COMMON
CMNS COMMONS
COR CORNER
CORS CORNERS
CRSE COURSE
CT COURT CRT
CTS COURTS
CV COVE
CVS COVES
CRK CREEK
CRES CRESCENT CRSENT CRSNT
CRST CREST
XING CROSSING CRSSNG
XRD CROSSROAD
XRDS CROSSROADS
CURV CURVE
DL DALE
DM DAM
DV DIV DIVIDE DVD
DR DRIV DRIVE DRV
DRS DRIVES
EST ESTATE
ESTS ESTATES
EXPY EXP EXPR EXPRESS EXPRESSWAY EXPW
EXT EXTENSION EXTN EXTNSN
EXTS EXTENSIONS
FALL
FLS FALLS
FRY FERRY FRRY
FLD FIELD
FLDS FIELDS
FLT FLAT
FLTS FLATS
FRD FORD
FRDS FORDS
FRST FOREST FORESTS
FRG FORG FORGE
FRGS FORGES
FRK FORK
FRKS FORKS
FT FORT FRT
FWY FREEWAY FREEWY FRWAY FRWY
GDN GARDEN GARDN GRDEN GRDN
GDNS GARDENS GRDNS
GRADE GRD
GULCH GLCH
GTWY GATEWAY GATEWY GATWAY GTWAY
GLN GLEN
GLNS GLENS
GRN GREEN
GRNS GREENS
GRV GROV GROVE
GRVS GROVES
HBR HARB HARBOR HARBR HRBOR
HBRS HARBORS
HVN HAVEN
HTS HT HEIGHTS
HWY HIGHWAY HIGHWY HIWAY HIWY HWAY HGWY HGHWY
HL HILL
HLS HILLS
HOLW HLLW HOLLOW HOLLOWS HOLWS
INLT INLET
IS ISLAND ISLND
ISS ISLANDS ISLNDS
ISLE ISLES
JCT JCTION JCTN JUNCTION JUNCTN JUNCTON
JCTS JCTNS JUNCTIONS
KY KEY
KYS KEYS
KNL KNOL KNOLL
KNLS KNOLLS
LK LAKE
LKS LAKES
LAND
LNDG LANDING LNDNG
LN LANE LA
LGT LIGHT
LGTS LIGHTS
LF LOAF
LCK LOCK
LCKS LOCKS
LDG LDGE LODG LODGE
LOOP LOOPS
MALL
MNR MANOR
MNRS MANORS
MDW MEADOW
MDWS MEADOWS MEDOWS
MEWS
ML MILL
MLS MILLS
MSN MISSN MISSION MSSN
MTWY MOTORWAY
MT MNT MOUNT
MTN MNTAIN MNTN MOUNTAIN MOUNTIN MTIN
MTNS MNTNS MOUNTAINS
NCK NECK
ORCH ORCHARD ORCHRD
OVAL OVL
OPAS OVERPASS
PARK PRK PK
PARKS
PKWY PARKWAY PARKWY PKWAY PKY PWY PARKWAYS PKWYS PAKWAY PY
PASS
PSGE PASSAGE
PATH PATHS
PIKE PIKES
PNE PINE
PNES PINES
PL PLACE
PLN PLAIN
PLNS PLAINS
PLZ PLAZA PLZA
PT POINT
PTS POINTS
PRT PORT
PRTS PORTS
PR PRAIRIE PRR
RADL RAD RADIAL RADIEL
RAMP
RNCH RANCH RANCHES RNCHS
RPD RAPID
RPDS RAPIDS
RST REST
RDG RDGE RIDGE
RDGS RIDGES
RIV RIVER RIVR RVR
RD ROAD
RDS ROADS
RTE ROUTE
ROW
RUE
RUN
SHL SHOAL
SHLS SHOALS
SHR SHOAR SHORE
SHRS SHOARS SHORES
SKWY SKYWAY
SPG SPNG SPRING SPRNG
SPGS SPNGS SPRINGS SPRNGS
SPUR SPURS
SQ SQR SQRE SQU SQUARE
SQS SQRS SQUARES
STA STATION STATN STN
STRA STRAV STRAVEN STRAVENUE STRAVN STRVN STRVNUE
STRM STREAM STREME
ST STREET STR STRT
STS STREETS
SMT SUMIT SUMITT SUMMIT
TER TERR TERRACE
TRWY THROUGHWAY
TRCE TRACE TRACES
TRAK TRACK TRACKS TRK TRKS
TRFY TRAFFICWAY
TRL TRAIL TRAILS TRLS TR
TURN
TUNL TUNEL TUNLS TUNNEL TUNNELS TUNNL
TPKE TRNPK TURNPIKE TURNPK
UPAS UNDERPASS
UN UNION
UNS UNIONS
VLY VALLEY VALLY VLLY
VLYS VALLEYS
VIA VDCT VIADCT VIADUCT
VW VIEW
VWS VIEWS
VLG VILL VILLAG VILLAGE VILLG VILLIAGE
VLGS VILLAGES
VL VILLE
VIS VIST VISTA VST VSTA
WALK WALKS
WALL
WAY WY
WAYS
WL WELL
WLS WELLS
"""

SUFFIXES: dict[str, str] = {
    variant: line.split()[0] for line in _SUFFIX_LINES.strip().splitlines() for variant in line.split()
}
"""What people write -> the standard abbreviation (Publication 28, C1)."""

_ROADS = (
    "ALY AVE BLVD BYP CIR CIRS CRES CRSE CSWY CT CTS CURV CV CVS DR DRS EXPY EXT EXTS FWY HWY LN LOOP MALL MEWS MTWY OPAS PASS PATH PIKE "
    "PKWY PL PLZ PSGE RADL RAMP RD RDS ROW RTE RUE RUN SKWY SQ SQS ST STRA STS TER TPKE TRCE TRFY TRL TRWY TURN UPAS WALK WAY WAYS XING"
)
ROADS: dict[str, str] = {
    variant: canonical for variant, canonical in SUFFIXES.items() if canonical in set(_ROADS.split())
}
"""The suffixes that say road and nothing else. The others (GROVE, LAKE, ISLAND...) are as often the end of a name whose
suffix was left out, Stony Island for Stony Island Avenue, so that they stay with the name."""

LANDSCAPE: dict[str, str] = {
    variant: {
        "VLG": "VILLAGE",
        "HOLW": "HOLLOW",
        "FRST": "FOREST",
        "RNCH": "RANCH",
        "TRAK": "TRACK",
        "EST": "ESTATE",
        "ISLE": "ISLE",
    }.get(canonical)
    or max((v for v, c in SUFFIXES.items() if c == canonical), key=len)
    for variant, canonical in SUFFIXES.items()
    if canonical not in set(_ROADS.split())
}
"""Those others -> written out."""

DIRECTIONS: dict[str, str] = {
    "N": "N", "NORTH": "N", "NO": "N", "NORTE": "N",
    "S": "S", "SOUTH": "S", "SO": "S", "SUR": "S",
    "E": "E", "EAST": "E", "ESTE": "E",
    "W": "W", "WEST": "W", "OESTE": "W",
    "NE": "NE", "NORTHEAST": "NE", "NW": "NW", "NORTHWEST": "NW",
    "SE": "SE", "SOUTHEAST": "SE", "SW": "SW", "SOUTHWEST": "SW",
}  # fmt: skip
"""Directionals (Publication 28, B), spelled out and abbreviated."""

UNITS_WITH_VALUE: tuple[str, ...] = (
    "APARTMENT", "APPT", "APMT", "APT", "UNIT", "SUITE", "STE", "ROOM", "RM", "FLOOR", "FLR", "FL", "BUILDING", "BLDG",
    "HANGAR", "HNGR", "LOT", "PIER", "SLIP", "SPACE", "SPC", "STOP", "TRAILER", "TRLR", "DEPARTMENT", "DEPT",
    "OFFICE", "OFC", "PENTHOUSE", "PH", "NUMBER", "NUM", "NO", "DEPTO", "PMB", "BOX", "STUDIO", "CABIN", "TOWER", "TWR",
    "WING", "BLK", "DORM", "PISO", "CONDO", "LOCKBOX", "LBX", "FILE", "MAILSTOP",
    "MSC", "MAILBOX", "BLG", "BLD", "FLAT", "APRT", "APTMNT", "APTMT", "UNT",
)  # fmt: skip
"""Designators that are followed by the unit's own number or letter (Publication 28, C2; private mail boxes 28, 285)."""

UNITS_ALONE: tuple[str, ...] = (
    "BASEMENT", "BSMT", "FRONT", "FRNT", "LOBBY", "LBBY", "LOWER", "LOWR", "REAR", "SIDE", "UPPER", "UPPR",
    "UPSTAIRS", "DOWNSTAIRS", "PENTHOUSE", "PH",
)  # fmt: skip
"""Designators that may stand alone at the end of the line."""

_ONES = "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN SIXTEEN SEVENTEEN EIGHTEEN NINETEEN"
_ORDINAL_ONES = (
    "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH THIRTEENTH FOURTEENTH FIFTEENTH "
    "SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH"
)
_TENS = "TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY"


def _spelled(ones: str, tens: dict[str, int]) -> dict[str, str]:
    """Numbers in words, words apart by one space: of `ones` alone, of `tens` alone, and of a ten before a one."""
    small = {word: i for i, word in enumerate(ones.split(), 1)}
    before = {word: 10 * i for i, word in enumerate(_TENS.split(), 2)}
    both = {f"{ten} {one}": t + i for ten, t in before.items() for one, i in small.items() if i < 10}
    return {words: str(value) for words, value in {**small, **tens, **both}.items()}


ORDINALS: dict[str, str] = _spelled(
    _ORDINAL_ONES, {f"{ten[:-1]}IETH": 10 * i for i, ten in enumerate(_TENS.split(), 2)} | {"HUNDREDTH": 100}
)
"""Numbered streets in words; the number alone is the canonical form (`5TH` and `FIFTH` are both `5`)."""

CARDINALS: dict[str, str] = _spelled(
    _ONES, {ten: 10 * i for i, ten in enumerate(_TENS.split(), 2)} | {"ONE HUNDRED": 100, "TWO HUNDRED": 200}
)
"""House numbers in words."""

NAME_WORDS: dict[str, str] = {
    "ST": "SAINT", "STE": "SAINTE", "STA": "SANTA", "MT": "MOUNT", "MTN": "MOUNTAIN", "FT": "FORT", "PT": "POINT", "DR": "DOCTOR",
    "AVE": "AVENUE", "AV": "AVENUE", "BLVD": "BOULEVARD", "LK": "LAKE", "LKS": "LAKES", "CRK": "CREEK", "CK": "CREEK", "HTS": "HEIGHTS",
    "HL": "HILL", "HLS": "HILLS", "SPG": "SPRING", "SPGS": "SPRINGS", "RIV": "RIVER", "RVR": "RIVER", "RDG": "RIDGE", "VLY": "VALLEY",
    "VW": "VIEW", "PK": "PARK", "CTR": "CENTER", "CENTRE": "CENTER", "GRV": "GROVE", "GLN": "GLEN", "MDW": "MEADOW", "MDWS": "MEADOWS",
    "BCH": "BEACH", "IS": "ISLAND", "HBR": "HARBOR", "JCT": "JUNCTION", "FLS": "FALLS", "FRK": "FORK", "FRKS": "FORKS",
    "VLG": "VILLAGE", "CO": "COUNTY", "CNTY": "COUNTY", "CTY": "COUNTY", "CYN": "CANYON", "XING": "CROSSING", "BRG": "BRIDGE",
    "GEN": "GENERAL", "PRES": "PRESIDENT", "JCKSN": "JACKSON", "SQ": "SQUARE", "PLZ": "PLAZA", "TPKE": "TURNPIKE", "PKWY": "PARKWAY",
    "RD": "ROAD", "LN": "LANE", "CT": "COURT", "PL": "PLACE", "TER": "TERRACE", "CIR": "CIRCLE", "TRL": "TRAIL", "HWY": "HIGHWAY",
    "JR": "JUNIOR", "SR": "SENIOR", "N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST", "AVENIDA": "AVENUE", "BLDG": "BUILDING",
    "JFK": "JOHN F KENNEDY", "GTWY": "GATEWAY", "CHCH": "CHURCH", "CEM": "CEMETERY", "SCH": "SCHOOL", "UNIV": "UNIVERSITY",
    "HOSP": "HOSPITAL", "NATL": "NATIONAL", "INTL": "INTERNATIONAL", "IND": "INDUSTRIAL", "COMM": "COMMERCE", "GOV": "GOVERNOR",
}  # fmt: skip
"""Words inside a street's name that people abbreviate as they like -> written out, so that `LK VIEW` meets `LAKEVIEW`."""

PRETYPES: dict[str, str] = {
    "AVENUE": "AVE", "AVE": "AVE", "AV": "AVE", "AVENIDA": "AVE", "AVDA": "AVE", "CALLE": "ST", "CLL": "ST", "BOULEVARD": "BLVD",
    "BLVD": "BLVD", "BULEVAR": "BLVD",
}  # fmt: skip
"""Kinds of street that stand before the name: `AVENUE B`, `CALLE SOL` (Publication 28, 29: Puerto Rico)."""
