"""A04: NA, NONE, TBD, XXX. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A04."""

from comity.gates.placeholder_rule import placeholder_rule
from comity.gates.text.screening_patterns import LinePattern

RULE = placeholder_rule(
    "a04_empty_token",
    LinePattern.EMPTY_TOKEN,
    "The street line is more than a placeholder that only fills the box: NA, NONE, TBD, XXX.",
)
