"""R09: court orders in force. Basis: the orders themselves (law/orders); law.md section 6; product.md promise 11."""

from comity.gates.facts import Facts
from comity.gates.order_scope import orders_that_stop
from comity.gates.rows import Rows
from comity.gates.rule import Rule, Says
from comity.law import Law, Order
from comity.model.finding import Finding

_SAYS = Says("r09_orders_in_force", "5 USC 705 and 706(2); Fed. R. Civ. P. 65(d)")


def r09_orders_in_force(facts: Facts, rows: Rows) -> Finding:
    """No order in force that concerns the batch binds the custodian or the recipient for this agreement.

    MET: none does at the time of judging. NOT_MET: one or more do; the finding names them, and the batch is held.
    A denial opens nothing and blocks nothing; an order past its date blocks until a dated record names it; an order that
    one person entered blocks. An order limited to a statute or district blocks a batch with one row that it may concern.
    """
    orders = orders_that_stop(facts.batch, law=facts.law, at=facts.at, rows=rows)
    if not orders:
        return _SAYS.met("No order in force binds the custodian or the recipient for this agreement.")
    named = "; ".join(_named(order, facts.law) for order in orders)
    return _SAYS.not_met(
        f"The batch is held by {named}. What a court forbids is not done, whatever else the law allows. Wait for a "
        "dated record that reverses, stays or ends each order by name; the denial of another injunction is none.",
        tuple(order.id for order in orders),
    )


def _named(order: Order, law: Law) -> str:
    limits = [*order.statutes, *(district.name for district in order.districts)]
    limited = f", for {', '.join(limits)}" if limits else ""
    return f"{order.id} ({order.citation}{limited}{', to be confirmed' if order.id in law.pending else ''})"


RULE = Rule(_SAYS.rule, "R09", _SAYS.citation, ("usc26-6103-a",), batch=r09_orders_in_force)
