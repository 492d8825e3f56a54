"""A02: the address is said to be unknown. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A02."""

from comity.gates.placeholder_rule import placeholder_rule
from comity.gates.text.screening_patterns import LinePattern

RULE = placeholder_rule(
    "a02_unknown_address",
    LinePattern.UNKNOWN,
    "The street line is more than a placeholder that says that the address is not known.",
)
