"""Patterns of the words that name a street, for the gates that look for a street in a line without parsing it.

Guarantees: patterns are for folded text (`comity.columns.fold`). Their words are rows of the address table that have a
flag of the gates.
Does not: say whether a line is an address (`address_line` does, by the parser's reading).
Basis: USPS Publication 28, appendix C1; ADR 0020.
"""

from comity.reference.address_vocabulary import select_words

STREET_SUFFIX = "|".join(select_words("suffix", "gate"))
