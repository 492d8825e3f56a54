"""A03: the address was not provided. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A03."""

from comity.gates.placeholder_rule import placeholder_rule
from comity.gates.text.screening_patterns import LinePattern

RULE = placeholder_rule(
    "a03_failed_to_provide",
    LinePattern.NOT_PROVIDED,
    "The street line is more than a placeholder that says that no address was given.",
)
