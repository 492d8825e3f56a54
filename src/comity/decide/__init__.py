"""From evidence to the official outcome, by policy: match, review or non_match.

Guarantees: a match needs the evidence and the policy both: the probability, the address by itself (promise 4), a given
name, and nobody else on record who is nearly as likely. What has the evidence and fails the policy goes to review.
Does not: read the law (`gates`), a record, or a clock.
Start at `determine`.
"""

from comity.decide.match_policy import MatchPolicy, determine_outcomes, evaluate_conditions

__all__ = ["MatchPolicy", "determine_outcomes", "evaluate_conditions"]
