"""Patterns of the words of address lines that the gates must know: street suffixes, directions, units, number words.

Guarantees: patterns are for folded text (`comity.columns.fold`). Their words are rows of the address table that have a
flag of the gates. The normalizer knows more words: here a word only helps to recognize that a line names a street at
all (ADR 0020).
Basis: USPS Publication 28, chapters 2 and 3 and appendices C1 and C2; Puerto Rico, section 29.
"""

from comity.reference.address_vocabulary import select_words

STREET_SUFFIX = "|".join(select_words("suffix", "gate"))

STANDALONE_SUFFIX = "|".join(select_words("suffix", "gate_alone"))
"""Suffixes that name no street when a number alone precedes them."""

DIRECTIONAL = "|".join(select_words("directional", "gate"))

UNIT_DESIGNATOR = "|".join(select_words("unit", "gate"))
"""Words that introduce the identifier of a unit within a building."""

STANDALONE_UNIT = "|".join(select_words("unit", "gate_alone"))
"""Words that are a unit without an identifier."""

NUMBER_WORD = "|".join(select_words("cardinal", "gate"))

NUMBERED_ROAD = (
    "(?:COUNTY|CO|CNTY|STATE|ST|US|FARM|FARM TO MARKET|RANCH|RANCH TO MARKET|FOREST|FOREST SERVICE|PRIVATE|TOWNSHIP|"
    "TWP|INTERSTATE|OLD|OLD STATE|OLD US|PARISH|INDIAN|BIA) (?:ROADS?|RDS?|HIGHWAY|HWY|ROUTE|RTE|RT)|CR|FM|RM|SR|SH|"
    "US|IH|I|HIGHWAY|HWY|ROUTE|RTE|RT|CARR|CARRETERA|AUTOPISTA"
)
"""Roads known by a number, which is therefore not a house number."""

PUERTO_RICO_DEVELOPMENT = "|".join(select_words("development", "gate"))
"""Words that begin a Puerto Rican line with the name of a development (USPS Publication 28, section 29)."""

SPANISH_STREET_PREFIX = "|".join(select_words("street_type", "gate"))
"""Street words that precede the name."""
