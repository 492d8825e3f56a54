"""Patterns that screen a whole column in one pass, so that each rule then looks only at the rows that hit.

The patterns of all rules that search address lines are the members of `LinePattern`: `RequestColumns.line_matches`
takes a member and nothing else, so the type checker finds a rule whose pattern is not searched for.

Does not: decide; the rule that owns a pattern does. Words in a requester's reason are data (`reason_words`).
Basis: docs/law-notes.md 2.2 (the file of 2025); failure modes A02 to A06, A10 and A11.
Start at `LinePattern`.
"""

from enum import StrEnum

from comity.gates.text.place_parts import STATE_PATTERN
from comity.reference.placeholders import EMPTY_TOKEN_PATTERN, FILLER_PATTERN, NOT_PROVIDED_PATTERN, UNKNOWN_PATTERN

DETENTION_WORDS = (
    "JAIL|PRISON|PENITENTIARY|DETENTION|DETENSION|CORRECTIONAL|CORRECTIONS|CORR|REFORMATORY|SHERIFFS?|INMATES?|CARCEL"
)
"""Words for places where people are held; roads are named after them, too."""

_DETENTION_FACILITY = (
    rf"(?:^| )(?:{DETENTION_WORDS}|DET (?:CTR|CENTER|FAC|FACILITY)|(?:SERVICE|ICE|STAGING|"
    r"CONTRACT) PROCESSING(?: CENTER| CTR)?|"
    r"PROCESSING (?:CENTER|CTR)|ICE (?:FACILITY|CUSTODY|DETENTION|FIELD OFFICE)|IN CUSTODY|INCARCERATED|"
    r"IMMIGRATION CENTER|"
    r"JUVENILE HALL|STATE PEN|HALFWAY HOUSE)(?: |$)|(?:^| )(?:FCI|FDC|USP|FPC|FMC|FTC|MDC|MCC|BOP|CCA|GEO GROUP) [A-Z]"
)

_NO_FIXED_ADDRESS = (
    r"^(?:[0-9]+ )?(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED)(?: [0-9]+)*$|"
    r"^(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED|NO FIXED|NO PERMANENT|NO HOME|NO RESIDENCE|SIN HOGAR|"
    r"LIVES? IN (?:CAR|VEHICLE|TENT))|(?:^| )HOMELESS$|(?:^| )(?:GENERAL DELIVERY|GEN DELIVERY|GEN DEL|GENERAL DEL|"
    r"LISTA DE CORREOS|ENTREGA GENERAL|POSTE RESTANTE)(?: |$)"
)

_CARE_OF = "(?:^| )CAREOF(?: |$)|^C O "

COUNTRY_NAMES = (
    "MEXICO|GUATEMALA|HONDURAS|EL SALVADOR|NICARAGUA|COSTA RICA|PANAMA|COLOMBIA|VENEZUELA|ECUADOR|PERU|BRAZIL|BRASIL|"
    "BOLIVIA|CHILE|ARGENTINA|PARAGUAY|URUGUAY|CUBA|HAITI|DOMINICAN REPUBLIC|REPUBLICA DOMINICANA|JAMAICA|CANADA|CHINA|"
    "INDIA|"
    "PHILIPPINES|VIETNAM|NIGERIA|ENGLAND|UNITED KINGDOM|UK|SPAIN|ESPANA|FRANCE|GERMANY|ITALY|RUSSIA|UKRAINE|PAKISTAN|"
    "BANGLADESH|SOUTH KOREA|KOREA|JAPAN|EGYPT|GHANA|ETHIOPIA|KENYA|SOMALIA|IRAN|IRAQ|SYRIA|BELIZE"
)

_FOREIGN_ADDRESS = rf"(?:^| )(?:CDMX|MEXICO D ?F|C ?P [0-9]{{5}}|EDO DE MEXICO)(?: |$)|^[A-Z].* (?:{COUNTRY_NAMES})$"

_TRAILING_PLACE = rf"(?:^| )[0-9]{{5}}(?: ?[0-9]{{4}})?(?: USA?| UNITED STATES)?$| {STATE_PATTERN}$"


class LinePattern(StrEnum):
    """Every pattern that address lines are searched for, with the rule that uses it."""

    UNKNOWN = UNKNOWN_PATTERN
    """A02: the address is unknown."""
    NOT_PROVIDED = NOT_PROVIDED_PATTERN
    """A03: no address was given."""
    EMPTY_TOKEN = EMPTY_TOKEN_PATTERN
    """A04: NA, NONE, TBD, XXX."""
    FILLER = FILLER_PATTERN
    """A05: words that name no place."""
    DIGITS_ONLY = "^[0-9# ]+$"
    """A06: a line of digits alone."""
    DETENTION_FACILITY = _DETENTION_FACILITY
    """A10: a jail, prison or detention facility."""
    NO_FIXED_ADDRESS = _NO_FIXED_ADDRESS
    """A11: homeless, or general delivery."""
    CARE_OF = _CARE_OF
    """A11: in care of another person."""
    FOREIGN_ADDRESS = _FOREIGN_ADDRESS
    """A11: a line that names a country or is written as addresses abroad are."""
    TRAILING_PLACE = _TRAILING_PLACE
    """No rule: a line that may carry its city, state or ZIP code."""


ANY_LINE_PATTERN = "|".join(f"(?:{pattern})" for pattern in LinePattern)
"""One pattern for all of them."""
