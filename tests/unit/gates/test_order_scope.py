"""The scope of an order, evaluated without the columns that the rule had at hand."""

from comity.gates.order_scope import blocking_orders
from tests.unit.gates.rules.test_rules_alone import prepared_cases


def test_blocking_orders_finds_without_columns_what_the_rule_finds() -> None:
    """The last check before a release has no columns; it must not differ from R09."""
    for case, batch, law, at, _ in prepared_cases("r09_orders_in_force"):
        order_ids = [order.id for order in blocking_orders(batch, law=law, at=at)]
        assert order_ids == case.get("orders", []), case["name"]
