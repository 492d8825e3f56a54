"""What whole columns are searched for once, so that the rules need look only at the few rows that hold some of it.

Guarantees: `REASONS` finds every reason in which the patterns of R04 or D02 can occur (a test says so).
Does not: decide: the rule that owns a pattern does.
Basis: law.md 2.2 (what stood in the file of 2025) and 2.3, A02 to A06, A10, A11.
"""

from comity.columns.byte_kernels import build_automaton
from comity.gates.text.place import STATE_PATTERN
from comity.reference.placeholders import EMPTY_TOKEN_PATTERN, FILLER_PATTERN, NOT_PROVIDED_PATTERN, UNKNOWN_PATTERN

REASON_KEYWORDS = build_automaton(
    (
        "locat", "whereabout", "skip", "vot", "election", "civil", "operation", "1231", "241", "benefit", "welfare",
        "medicaid", "eligib", "vacat", "stay", "rescind", "reopen", "cancel", "terminat", "closed", "citizen", "naturali",
        "resident", "lpr", "minor", "juvenile", "child",
    )
)  # fmt: skip
"""Beginnings of words in the patterns of R04 and D02."""

DIGITS_ONLY = "^[0-9# ]+$"
"""A06: a line of digits alone."""

DETENTION_WORDS = (
    "JAIL|PRISON|PENITENTIARY|DETENTION|DETENSION|CORRECTIONAL|CORRECTIONS|CORR|REFORMATORY|SHERIFFS?|INMATES?|CARCEL"
)
"""Words for places where people are held, which roads are called after, too."""

DETENTION_FACILITY = (
    rf"(?:^| )(?:{DETENTION_WORDS}|DET (?:CTR|CENTER|FAC|FACILITY)|(?:SERVICE|ICE|STAGING|CONTRACT) PROCESSING(?: CENTER| CTR)?|"
    r"PROCESSING (?:CENTER|CTR)|ICE (?:FACILITY|CUSTODY|DETENTION|FIELD OFFICE)|IN CUSTODY|INCARCERATED|IMMIGRATION CENTER|"
    r"JUVENILE HALL|STATE PEN|HALFWAY HOUSE)(?: |$)|^(?:FCI|FDC|USP|FPC|FMC|FTC|MDC|MCC|BOP|CCA|GEO GROUP) "
)
"""A10: a jail, prison or detention facility."""

NO_FIXED_ADDRESS = (
    r"^(?:[0-9]+ )?(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED)(?: [0-9]+)*$|"
    r"^(?:HOMELESS|HOUSELESS|TRANSIENT|UNHOUSED|NO FIXED|NO PERMANENT|NO HOME|NO RESIDENCE|SIN HOGAR|"
    r"LIVES? IN (?:CAR|VEHICLE|TENT))|(?:^| )HOMELESS$|(?:^| )(?:GENERAL DELIVERY|GEN DELIVERY|GEN DEL|GENERAL DEL|"
    r"LISTA DE CORREOS|ENTREGA GENERAL|POSTE RESTANTE)(?: |$)|(?:^| )CAREOF(?: |$)|^C O "
)
"""A11: homeless, general delivery, care of somebody else."""

COUNTRY_NAMES = (
    "MEXICO|GUATEMALA|HONDURAS|EL SALVADOR|NICARAGUA|COSTA RICA|PANAMA|COLOMBIA|VENEZUELA|ECUADOR|PERU|BRAZIL|BRASIL|"
    "BOLIVIA|CHILE|ARGENTINA|PARAGUAY|URUGUAY|CUBA|HAITI|DOMINICAN REPUBLIC|REPUBLICA DOMINICANA|JAMAICA|CANADA|CHINA|INDIA|"
    "PHILIPPINES|VIETNAM|NIGERIA|ENGLAND|UNITED KINGDOM|UK|SPAIN|ESPANA|FRANCE|GERMANY|ITALY|RUSSIA|UKRAINE|PAKISTAN|"
    "BANGLADESH|SOUTH KOREA|KOREA|JAPAN|EGYPT|GHANA|ETHIOPIA|KENYA|SOMALIA|IRAN|IRAQ|SYRIA|BELIZE"
)

FOREIGN_ADDRESS = rf"(?:^| )(?:CDMX|MEXICO D ?F|C ?P [0-9]{{5}}|EDO DE MEXICO)(?: |$)|^[A-Z].* (?:{COUNTRY_NAMES})$"
"""A11: a line that names a country, or speaks as addresses abroad do."""

TRAILING_PLACE = rf"(?:^| )[0-9]{{5}}(?: ?[0-9]{{4}})?(?: USA?| UNITED STATES)?$| {STATE_PATTERN}$"
"""A line that may carry its city, state or ZIP code."""

LINE_PATTERNS = (
    UNKNOWN_PATTERN,
    NOT_PROVIDED_PATTERN,
    EMPTY_TOKEN_PATTERN,
    FILLER_PATTERN,
    DIGITS_ONLY,
    DETENTION_FACILITY,
    NO_FIXED_ADDRESS,
    FOREIGN_ADDRESS,
    TRAILING_PLACE,
)
"""What a batch's lines are searched for, all at once."""
