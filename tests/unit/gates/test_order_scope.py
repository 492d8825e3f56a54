"""The last look at the orders before an answer leaves: without the rows of the first, it finds what the rule found."""

from comity.gates.order_scope import blocking_orders
from tests.unit.gates.test_alone import prepared


def test_the_last_look_finds_what_the_rule_found() -> None:
    for case, sent, law, at, _ in prepared("r09_orders_in_force"):
        assert [order.id for order in blocking_orders(sent, law=law, at=at)] == case.get("orders", []), case["name"]
