"""`comity orders`: the court orders on file, and which of them stop what."""

from typing import Annotated

import typer

from comity import law
from comity.app import clock
from comity.app.cli import group
from comity.app.cli.arguments import AsOf
from comity.app.cli.output import Json, show
from comity.errors import EXIT_DONE, EXIT_HELD


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Court orders as dated data.")
    commands.command("list")(list_)
    commands.command("status")(status)
    app.add_typer(commands, name="orders")


def list_(as_json: Json = False) -> None:
    """List every order on file, whether it blocks or opens nothing.

    Example: comity orders list
    """
    orders = sorted(law.load().orders.values(), key=lambda order: order.effective_at)
    facts = [
        {"id": o.id, "court": o.court, "case_number": o.case_number, "effective_at": o.effective_at.isoformat(),
         "instruments": [str(i) for i in o.instruments], "binds": list(o.binds), "prohibits": [str(v) for v in o.prohibits],
         "opens_nothing": o.opens_nothing}
        for o in orders
    ]  # fmt: skip
    lines = [
        f"{o.id:<4} {o.effective_at:%Y-%m-%d}  {o.court}, {o.case_number}: {', '.join(map(str, o.instruments))}"
        + (f"; binds {', '.join(o.binds)}" if o.binds else "; opens nothing")
        for o in orders
    ]
    show({"orders": facts}, lines, as_json=as_json)


def status(
    agreement: Annotated[str, typer.Option("--agreement", help="The agreement's id.")] = "irs-ice-2025",
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """Say which orders stop an agreement at a time. Ends with 4 when one does.

    Example: comity orders status --as-of 2026-02-25
    """
    at = clock.parse_time(as_of) if as_of else clock.now()
    rules = law.load()
    rules.agreement(agreement)
    found = rules.orders_in_force(at, agreement)
    lines = [f"{o.id} stops {agreement}: {o.court}, {o.case_number}, since {o.effective_at:%Y-%m-%d}" for o in found]
    result = {"agreement": agreement, "at": at.isoformat(), "orders": [o.id for o in found]}
    show(result, lines or [f"No order stops {agreement} as of {at:%Y-%m-%d}."], as_json=as_json)
    raise typer.Exit(EXIT_HELD if found else EXIT_DONE)
