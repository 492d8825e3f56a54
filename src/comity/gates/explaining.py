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
    rule = _BY_ID.get(rule_id)
    judged = None if rule is None else rule.rows or rule.batch
    text = (judged.__doc__ or "").strip() if judged is not None else ""
    if not text:
        raise RuntimeError("no rule of that name explains itself")
    return " ".join(text.split("\n\n")[0].split())
