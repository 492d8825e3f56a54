"""What a rule asks, in a sentence, for people who read a lint, a page or an answer: the rule's own docstring.

Guarantees: an explanation cannot go stale silently, because it is the text that describes the code.
Start at `explain`.
"""

from comity.gates.register import REGISTER

_BY_ID = {rule.id: rule for rule in REGISTER}


def explain(rule_id: str) -> str:
    """The first sentence of the rule's docstring: what must be so for the rule to be met.

    Raises:
        RuntimeError: no rule of the register has that id, or it has no docstring.
    """
    if rule_id not in _BY_ID:
        raise RuntimeError("no rule of that name is in the register")
    return _BY_ID[rule_id].asks
