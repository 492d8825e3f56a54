"""A05: words that name no place. Basis: 26 USC 6103(i)(2)(B)(i); failure mode A05."""

from comity.gates.placeholder_rule import placeholder_rule
from comity.gates.text.screening_patterns import LinePattern

RULE = placeholder_rule(
    "a05_filler_words",
    LinePattern.FILLER,
    'The street line is more than a placeholder that names no place ("Don\'t care", "nowhere"), with or without '
    "digits: five digits do not make it a ZIP code.",
)
