"""Decide: turn evidence into the official outcome, by policy: match, review or non_match.

Guarantees: a match needs both the evidence and the policy: the probability, an address that agrees by itself (promise
4), a given name, and no other person on record who is nearly as likely. What has the evidence and fails the policy goes
to review. Before that, a batch is checked to be of the population that its agreement was concluded for.
Does not: read the law (`gates`), a record, or a clock.
Start at `determine_outcomes`, then `find_departure`.
"""

from comity.decide.match_policy import MatchPolicy, determine_outcomes, evaluate_conditions
from comity.decide.population_check import Departure, MixtureRange, find_departure

__all__ = [
    "Departure",
    "MatchPolicy",
    "MixtureRange",
    "determine_outcomes",
    "evaluate_conditions",
    "find_departure",
]
