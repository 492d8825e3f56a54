"""R09: court orders in force. Basis: the orders themselves (law/orders); law.md section 6; product.md promise 11."""

from comity.gates.facts import Facts
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.model.finding import Finding

_SAYS = Says("r09_orders_in_force", "5 USC 705 and 706(2); Fed. R. Civ. P. 65(d)")


def r09_orders_in_force(facts: Facts, _rows: Rows) -> Finding:
    """No order in force binds the custodian or the recipient for this agreement.

    MET: none does at the time of judging. NOT_MET: one or more do; the finding names them, and the batch is held.
    A denial opens nothing and blocks nothing; an order past its date blocks until a dated record names it.
    """
    orders = facts.law.orders_in_force(facts.at, facts.manifest.agreement)
    if not orders:
        return _SAYS.met("No order in force binds the custodian or the recipient for this agreement.")
    named = "; ".join(f"{order.id} ({order.citation})" for order in orders)
    return _SAYS.not_met(
        f"The batch is held by {named}. What a court forbids is not done, whatever else the law allows. Wait for a "
        "dated record that reverses, stays or ends each order by name; the denial of another injunction is none.",
        tuple(order.id for order in orders),
    )


RULE = Rule(_SAYS.rule, "R09", _SAYS.citation, ("usc26-6103-a",), batch=r09_orders_in_force)
