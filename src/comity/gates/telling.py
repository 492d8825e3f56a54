"""What whole columns are searched for once, so that the rules need look only at the few rows that hold some of it.

Guarantees: `REASONS` finds every reason in which the patterns of R04 or D02 can occur (a test says so).
Does not: decide: the rule that owns a pattern does.
Basis: law.md 2.2 (what stood in the file of 2025) and 2.3, A02 to A06, A10, A11.
"""

from comity.gates.place import STATE_TAIL
from comity.gates.scanning import finder
from comity.reference.placeholders import EMPTY_TOKEN, FILLER, NOT_PROVIDED, UNKNOWN

REASONS = finder(
    (
        "locat", "whereabout", "skip", "vot", "election", "civil", "operation", "1231", "241", "benefit", "welfare",
        "medicaid", "eligib", "vacat", "stay", "rescind", "reopen", "cancel", "terminat", "closed", "citizen", "naturali",
        "resident", "lpr", "minor", "juvenile", "child",
    )
)  # fmt: skip
"""Beginnings of words in the patterns of R04 and D02."""

DIGITS = "^[0-9# ]+$"
"""A06: a line of digits alone."""

DETENTION = (
    "JAIL|PRISON|PENITENTIARY|DETENTION|DETENSION|CORRECTIONAL|CORRECTIONS|CORR|REFORMATORY|SHERIFFS?|INMATES?|CARCEL"
)
"""Words for places where people are held, which roads are called after, too."""

FACILITY = (
    rf"(?:^| )(?:{DETENTION}|DET (?:CTR|CENTER|FAC|FACILITY)|(?:SERVICE|ICE|STAGING|CONTRACT) PROCESSING(?: CENTER| CTR)?|"
    r"PROCESSING (?:CENTER|CTR)|ICE (?:FACILITY|CUSTODY|DETENTION|FIELD OFFICE)|IN CUSTODY|INCARCERATED|IMMIGRATION CENTER|"
    r"JUVENILE HALL|STATE PEN|HALFWAY HOUSE)(?: |$)|^(?:FCI|FDC|USP|FPC|FMC|FTC|MDC|MCC|BOP|CCA|GEO GROUP) "
)
"""A10: a jail, prison or detention facility."""

NO_HOME = (
    r"^(?:[0-9]+ )?(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED)(?: [0-9]+)*$|"
    r"^(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED|NO FIXED|NO PERMANENT|NO HOME|NO RESIDENCE|SIN HOGAR|"
    r"LIVES? IN (?:CAR|VEHICLE|TENT))|(?:^| )HOMELESS$|(?:^| )(?:GENERAL DELIVERY|GEN DELIVERY|GEN DEL|GENERAL DEL|"
    r"LISTA DE CORREOS|ENTREGA GENERAL|POSTE RESTANTE)(?: |$)|(?:^| )CAREOF(?: |$)|^C O "
)
"""A11: homeless, general delivery, care of somebody else."""

COUNTRY = (
    "MEXICO|GUATEMALA|HONDURAS|EL SALVADOR|NICARAGUA|COSTA RICA|PANAMA|COLOMBIA|VENEZUELA|ECUADOR|PERU|BRAZIL|BRASIL|"
    "BOLIVIA|CHILE|ARGENTINA|PARAGUAY|URUGUAY|CUBA|HAITI|DOMINICAN REPUBLIC|REPUBLICA DOMINICANA|JAMAICA|CANADA|CHINA|INDIA|"
    "PHILIPPINES|VIETNAM|NIGERIA|ENGLAND|UNITED KINGDOM|UK|SPAIN|ESPANA|FRANCE|GERMANY|ITALY|RUSSIA|UKRAINE|PAKISTAN|"
    "BANGLADESH|SOUTH KOREA|KOREA|JAPAN|EGYPT|GHANA|ETHIOPIA|KENYA|SOMALIA|IRAN|IRAQ|SYRIA|BELIZE"
)

ABROAD = rf"(?:^| )(?:CDMX|MEXICO D ?F|C ?P [0-9]{{5}}|EDO DE MEXICO)(?: |$)|^[A-Z].* (?:{COUNTRY})$"
"""A11: a line that names a country, or speaks as addresses abroad do."""

CARRIES_PLACE = rf"(?:^| )[0-9]{{5}}(?: ?[0-9]{{4}})?(?: USA?| UNITED STATES)?$| {STATE_TAIL}$"
"""A line that may carry its city, state or ZIP code."""

LINES = (UNKNOWN, NOT_PROVIDED, EMPTY_TOKEN, FILLER, DIGITS, FACILITY, NO_HOME, ABROAD, CARRIES_PLACE)
"""What a batch's lines are searched for, all at once."""
