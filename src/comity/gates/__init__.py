"""The legal rules: one rule, one file, one case file; the register that finds them; and the engine that applies them.

Guarantees: rules see the request, the law and earlier batches, never a record (promise 3); every rule is applied and
every finding returned; an undetermined question never counts as met.
Does not: match, decide or release.
Basis: 26 USC 6103(i)(2); failure modes R00 to P17 in docs/guides/law-table.md.
Start at `GateEvaluator`, then `register.py`, then any one rule with its cases in tests/cases.
"""

from comity.gates.applied_rules import find_applied_rules
from comity.gates.engine import GateEvaluator, evaluate_gates
from comity.gates.order_scope import blocking_orders
from comity.gates.probing.probing_digests import history_digests, subject_digests
from comity.gates.register import REGISTER
from comity.gates.rule import Rule
from comity.gates.rule_digests import rule_digests
from comity.gates.rule_explanations import RuleExplanation, explain_rule, rule_requirement
from comity.gates.second_numbers import clear_numbers, rows_with_number
from comity.gates.unmet_elements import list_missing_elements

__all__ = [
    "REGISTER",
    "GateEvaluator",
    "Rule",
    "RuleExplanation",
    "blocking_orders",
    "clear_numbers",
    "evaluate_gates",
    "explain_rule",
    "find_applied_rules",
    "history_digests",
    "list_missing_elements",
    "rows_with_number",
    "rule_digests",
    "rule_requirement",
    "subject_digests",
]
