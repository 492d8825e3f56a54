"""R09: court orders in force. Basis: the orders themselves (law/orders); docs/law-notes.md 6; promise 11."""

from comity.gates.facts import Facts
from comity.gates.order_scope import blocking_orders
from comity.gates.request_columns import RequestColumns
from comity.gates.rule import FindingBuilder, Rule
from comity.law import CourtOrder, Law
from comity.model.finding import Finding

_finding = FindingBuilder("r09_orders_in_force", "5 USC 705 and 706(2); Fed. R. Civ. P. 65(d)")


def r09_orders_in_force(facts: Facts, rows: RequestColumns) -> Finding:
    """No order in force that concerns the batch binds the custodian or the recipient for this agreement.

    MET: no order binds them at the time of judging. NOT_MET: one or more orders do; the finding names them, and the
    batch is held. A denial opens nothing and blocks nothing; an order past its date blocks until a dated record names
    it; an order that one person entered blocks. An order limited to a statute or district blocks a batch with one row
    that it may concern.
    """
    orders = blocking_orders(facts.batch, law=facts.law, at=facts.at, rows=rows)
    if not orders:
        return _finding.met("No order in force binds the custodian or the recipient for this agreement.")
    descriptions = "; ".join(_describe_order(order, facts.law) for order in orders)
    return _finding.not_met(
        f"The batch is held by {descriptions}. What a court forbids is not done, whatever else the law allows. Wait "
        "for a "
        "dated record that reverses, stays or ends each order by name; the denial of another injunction is none.",
        tuple(order.id for order in orders),
    )


def _describe_order(order: CourtOrder, law: Law) -> str:
    limits = [*order.statutes, *(district.name for district in order.districts)]
    scope = f", for {', '.join(limits)}" if limits else ""
    pending = ", to be confirmed" if order.id in law.pending else ""
    unlisted = law.list_unlisted_parties(order)
    parties = f"; it binds {', '.join(unlisted)}, on no file as an agency" if unlisted else ""
    return f"{order.id} ({order.citation}{scope}{pending}{parties})"


RULE = Rule(_finding.rule, "R09", _finding.citation, ("usc26-6103-a",), batch=r09_orders_in_force)
