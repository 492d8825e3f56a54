"""`comity filings`: see what waits for a second person, and confirm or withdraw it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app.cli.arguments import HomeOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import describe_filing, print_step
from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.use_cases import data_choices, filings_by_two, people_roles, signed_steps
from comity.errors import ComityError
from comity.orders.order_steps import OrderStatus, OrderSteps

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", min=0, help="The filing's number.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("filings"))
    group.command("list")(list_filings)
    group.command("show")(show_filing)
    group.command("choose")(choose_data)
    group.command("confirm")(confirm_filing)
    group.command("withdraw")(withdraw_filing)
    group.command("sign")(sign_step)
    group.command("stop")(stop_everything)
    group.command("lift-stop")(lift_stop)
    app.add_typer(group, name="filings")


def list_filings(
    home: HomeOption,
    everything: Annotated[bool, typer.Option("--all", help="Also what is in force or withdrawn.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the filings and the court orders that wait for a second person; with --all, every one that was filed here.

    Orders that ship with the program are listed by: comity orders list.

    Example: comity filings list --home home
    """
    register, orders = filings_by_two.list_filed(home)
    states = register.filings.values() if everything else register.pending
    shown = [one for one in orders if everything or one.status is OrderStatus.PENDING]
    facts = [describe_filing(state) for state in states]
    lines = [*map(_format_filing, facts), *map(_format_order_steps, shown)]
    result = {"filings": facts, "orders": [_describe_order_steps(one) for one in shown]}
    none = "Nothing was filed here." if everything else "No filing and no order waits for a second person."
    print_result(result, lines or [none], as_json=as_json)


def show_filing(number: NumberArgument, home: HomeOption, as_json: JsonOption = False) -> None:
    """Show a filing whole: what was filed, by whom, from which device, and what became of it.

    Example: comity filings show 12 --home home
    """
    state = filings_by_two.load_register(home).filings.get(number)
    if state is None:
        raise ComityError("bad_argument", "No filing of that number is on file.", "See: comity filings list --all")
    facts = describe_filing(state) | {"content": state.content.model_dump(mode="json")}
    content = json.dumps(facts["content"], indent=2, ensure_ascii=False)
    print_result(facts, [_format_filing(facts), content], as_json=as_json)


def choose_data(
    home: HomeOption,
    key: PersonKeyOption,
    index: Annotated[Path | None, typer.Option("--index", help="The index whose present state is chosen.")] = None,
    model: Annotated[Path | None, typer.Option("--model", help="A model made by: comity train")] = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the state of the index, or the model, that real records are answered with; a second person confirms.

    Example: comity filings choose --index idx --home home --key jo.key
    """
    if (index is None) == (model is None):
        raise ComityError("bad_argument", "What is chosen is an index or a model.", "Give --index or --model.")
    print_step(data_choices.choose_data(home, key, index=index, model=model), as_json=as_json)


def confirm_filing(number: NumberArgument, home: HomeOption, key: PersonKeyOption, as_json: JsonOption = False) -> None:
    """Confirm a pending filing, as the second person. From now on it has effect.

    Example: comity filings confirm 12 --home home --key sam.key
    """
    print_step(filings_by_two.confirm_filing(home, key, number), as_json=as_json)


def withdraw_filing(
    number: NumberArgument, home: HomeOption, key: PersonKeyOption, as_json: JsonOption = False
) -> None:
    """Withdraw a pending filing.

    Example: comity filings withdraw 12 --home home --key sam.key
    """
    print_step(filings_by_two.withdraw_filing(home, key, number), as_json=as_json)


def sign_step(
    step: Annotated[Path, typer.Argument(metavar="STEP", help="A step that a page of the service gave to sign.")],
    key: PersonKeyOption,
    as_json: JsonOption = False,
) -> None:
    """Sign a step about a filing, as the second person, for the page that gave it. Needs no home.

    Example: comity filings sign step.json --key sam.key
    """
    members, signature = signed_steps.sign_step(step, key)
    subject = f"filing {members['filing']} ({members['act']})" if "filing" in members else f"order {members['order']}"
    print_notice(f"You sign: {subject} is {members['step']}, at {members['at']}, on {members['device']}.")
    print_result({"step": members, "signature": signature}, [signature], as_json=as_json)


def stop_everything(home: HomeOption, key: PersonKeyOption, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Stop everything: from now on nothing is released or delivered, until two persons lift it.

    Example: comity filings stop --home home --key jo.key --reason "An answer was wrong"
    """
    print_step(people_roles.stop_everything(home, key, reason), as_json=as_json)


def lift_stop(
    number: NumberArgument, home: HomeOption, key: PersonKeyOption, reason: ReasonOption, as_json: JsonOption = False
) -> None:
    """Enter that a stop, named by its number, counts no longer; a second person confirms.

    Example: comity filings lift-stop 12 --home home --key jo.key --reason "The answer was right"
    """
    print_step(people_roles.lift_stop(home, key, number, reason), as_json=as_json)


def _describe_order_steps(steps: OrderSteps) -> dict[str, Any]:
    """Return an order's steps as plain data; `withdrawn_by` of a pending one is the first of two, or None."""
    return steps.to_dict() | ({"withdrawn_by": steps.first_withdrawer} if steps.status is OrderStatus.PENDING else {})


def _format_order_steps(steps: OrderSteps) -> str:
    """Return an order's line; of a pending one with the command of the second person, to confirm or to withdraw it."""
    if steps.status is not OrderStatus.PENDING:
        return f" order  {steps.order_id:<18} {steps.status:<9} {steps.describe()}"
    entered, withdrawn = steps.entered, steps.withdrawn
    at = entered.at.isoformat(timespec="seconds")
    line = f" order  {steps.order_id:<18} pending   by {entered.name}, {entered.device}, {at}"
    line += f"; {withdrawn[0].name} withdrew it" if withdrawn else ""
    verb = "withdraw" if withdrawn else "confirm"
    return f"{line}. A second person: comity orders {verb} {steps.order_id} --home HOME --key KEY"


def _format_filing(facts: dict[str, Any]) -> str:
    line = f"{facts['number']:>6}  {facts['act']:<18} {facts['status']:<9} by {facts['by']}, {facts['device']}"
    decided = (
        f"; {facts['decided_by']}, {facts['decided_device']}, {facts['decided_at']}" if "decided_by" in facts else ""
    )
    return f"{line}, {facts['at']}{decided}"
