"""The legal rules: one rule, one file, one case file; a register that lists them; and `judge`, which applies them.

Guarantees: rules see the request, the law and earlier batches, never a record (product.md promise 3); every rule is
applied and every finding returned; an undetermined question never counts as met.
Does not: match, decide or release.
Basis: 26 USC 6103(i)(2); law.md section 2.3.
Start at `Judging`, then `register.py`, then any one rule with its cases in tests/cases.
"""

from comity.gates.explaining import Explained, explain, explain_whole
from comity.gates.judging import Judging, judge
from comity.gates.order_scope import orders_that_stop
from comity.gates.register import REGISTER
from comity.gates.rule import Rule

__all__ = ["REGISTER", "Explained", "Judging", "Rule", "explain", "explain_whole", "judge", "orders_that_stop"]
