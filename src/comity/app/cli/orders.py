"""`comity orders`: list the court orders on file, say which of them stop what, and file what counsel does."""

from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, HomeOption, KnownAsOfOption, OutOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.pages.statement_page import FIGURE_LABELS
from comity.app.use_cases import court_orders, order_statements
from comity.app.use_cases.court_orders import AgreementStatus, OrderState, RecordedFiling
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_INTEGRITY
from comity.law import CourtOrder

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
OptionalHomeOption = Annotated[
    Path | None, typer.Option("--home", help="The custodian's home folder, for the orders entered there too.")
]
AgreementOption = Annotated[str, typer.Option("--agreement", help="The agreement's id.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("orders"))
    group.command("list")(list_orders)
    group.command("status")(show_status)
    group.command("add")(enter_order)
    group.command("confirm")(confirm_order)
    group.command("withdraw")(withdraw_order)
    group.command("clear")(clear_agreement)
    group.command("serve")(record_service)
    group.command("timeline")(draw_timeline)
    group.command("statement")(write_statement)
    group.command("check")(check_statement)
    app.add_typer(group, name="orders")


def list_orders(home: OptionalHomeOption = None, as_json: JsonOption = False) -> None:
    """List every order on file, whether it blocks or opens nothing.

    Example: comity orders list --home home
    """
    states = court_orders.list_orders(home)
    print_result(
        {"orders": [_order_to_dict(state) for state in states]},
        [_format_order(state) for state in states],
        as_json=as_json,
    )


def _order_to_dict(state: OrderState) -> dict[str, Any]:
    return state.order.model_dump(mode="json") | {
        "opens_nothing": state.order.is_denial_or_opinion,
        "pending": state.is_pending,
        "in_force": state.is_in_force,
        "named_by": [
            {"order": order_id, "how": str(act.how), "effective_at": act.effective_at}
            for order_id, act in state.acts_by_others
        ],
    }


def _format_order(state: OrderState) -> str:
    order = state.order
    if order.binds:
        effect = f"binds {', '.join(order.binds)}"
    else:
        effect = "opens nothing" if order.is_denial_or_opinion else "prohibits nothing"
    instruments = ", ".join(map(str, order.instruments))
    acts = "".join(f"; {act.how} {act.order}" for act in order.acts_on)
    served = f"; served on {len(order.served)}" if order.served else ""
    pending = "; pending: a second person must confirm it" if state.is_pending else ""
    return (
        f"{order.id:<4} {order.effective_at:%Y-%m-%d}  {order.court}, {order.case_number}: "
        f"{instruments}; {effect}{acts}{served}{pending}"
    )


def show_status(
    agreement: AgreementOption = "irs-ice-2025",
    home: OptionalHomeOption = None,
    as_of: AsOfOption = "",
    known_as_of: KnownAsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say which orders stop an agreement at a time. Ends with 4 when one does.

    With --known-as-of, only what was on file then counts; what came on file later is named beside it.

    Example: comity orders status --as-of 2026-02-25
    """
    applies_at, known_at = clock.parse_replay_times(as_of, known_as_of)
    status = court_orders.find_status(agreement, home, as_of=applies_at, known_as_of=known_at)
    result = {
        "agreement": agreement,
        "at": status.at.isoformat(),
        "known_as_of": known_at and known_at.isoformat(),
        "orders": [order.id for order in status.orders],
        "pending": [order.id for order in status.orders if order.id in status.pending_ids],
        "known_later": list(status.known_later_ids),
    }
    print_result(result, _format_status(status, is_rehearsal=applies_at is not None), as_json=as_json)
    raise typer.Exit(EXIT_HELD if status.orders else EXIT_DONE)


def _format_status(status: AgreementStatus, *, is_rehearsal: bool) -> list[str]:
    lines = [
        f"{order.id} stops {status.agreement}: {order.court}, {order.case_number}, since {order.effective_at:%Y-%m-%d}"
        + _format_limits(order, is_pending=order.id in status.pending_ids)
        for order in status.orders
    ] or [f"No order stops {status.agreement} as of {status.at:%Y-%m-%d}."]
    if is_rehearsal:
        known_at = status.known_as_of
        lines.append("As known now." if known_at is None else f"As known on {known_at:%Y-%m-%d %H:%M} UTC.")
    if status.known_later_ids:
        lines.append(f"Known only later: {', '.join(status.known_later_ids)}.")
    return lines


def _format_limits(order: CourtOrder, *, is_pending: bool) -> str:
    limits = [*order.statutes, *(district.name for district in order.districts)]
    pending = " (to be confirmed by a second person)" if is_pending else ""
    return (f", for {', '.join(limits)}" if limits else "") + pending


def enter_order(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The order's fields (YAML), as in comity/law/orders.")],
    home: HomeOption,
    key: PersonKeyOption,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="The order itself; its SHA-256 is filed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter an order, as the first of two persons. What it prohibits binds at once; it opens nothing until confirmed.

    Example: comity orders add order.yaml --home home --key jo.key --pdf order.pdf
    """
    recorded = court_orders.enter_order(home, key, file, pdf)
    step = (
        f"entered {recorded.filing.subject}. It is pending: what it prohibits binds now, and a second must confirm it"
    )
    _print_filing(recorded, step, as_json=as_json)


def confirm_order(order: OrderArgument, home: HomeOption, key: PersonKeyOption, as_json: JsonOption = False) -> None:
    """Confirm a pending order, as the second person. From now on it also ends the orders that it names.

    Example: comity orders confirm O6 --home home --key sam.key
    """
    recorded = court_orders.confirm_order(home, key, order)
    _print_filing(recorded, f"confirmed {recorded.filing.subject}", as_json=as_json)


def withdraw_order(order: OrderArgument, home: HomeOption, key: PersonKeyOption, as_json: JsonOption = False) -> None:
    """Take back a pending order that was entered in error, as the second person.

    Example: comity orders withdraw O6 --home home --key sam.key
    """
    recorded = court_orders.withdraw_order(home, key, order)
    _print_filing(recorded, f"withdrew {recorded.filing.subject}", as_json=as_json)


def clear_agreement(
    order: OrderArgument,
    home: HomeOption,
    key: PersonKeyOption,
    agreement: Annotated[str, typer.Option("--agreement", help="The agreement's id.")],
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Enter, as the first of two persons, that an order does not reach an agreement between parties whom it binds.

    An agreement between the sides of one that an order names is bound by it, whatever its id, until this is confirmed.

    Example: comity orders clear O2 --home home --key jo.key --agreement a-2027 --reason "Another statute: ..."
    """
    print_step(court_orders.clear_agreement(home, key, order, agreement, reason), as_json=as_json)


def record_service(
    order: OrderArgument,
    home: HomeOption,
    key: PersonKeyOption,
    party: Annotated[str, typer.Option("--party", help="The agency or person bound that was served.")],
    at: Annotated[str, typer.Option("--at", help="When (ISO 8601).")],
    person: Annotated[str, typer.Option("--person", help="To whom it was handed.")] = "",
    how: Annotated[str, typer.Option("--how", help="By hand, by certified mail, ...")] = "",
    proof: Annotated[Path | None, typer.Option("--proof", help="The proof of service; its SHA-256 is filed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Record who was served with an order, when and how.

    Example: comity orders serve O3 --home home --key jo.key --party ice --at 2026-02-06T15:00:00Z --how "by hand"
    """
    service = {"party": party, "at": clock.parse_time(at), "person": person or None, "how": how or None}
    recorded = court_orders.record_service(home, key, order, service, proof)
    _print_filing(recorded, f"recorded service of {recorded.filing.subject}", as_json=as_json)


def _print_filing(recorded: RecordedFiling, step: str, *, as_json: bool) -> None:
    filing = recorded.filing
    facts = {
        "order": filing.subject,
        "step": str(filing.step),
        "entry": filing.entry,
        "by": filing.by,
        "at": filing.at.isoformat(),
    }
    line = f"{recorded.person} {step}. Entry {filing.entry} of the ledger says so."
    print_result(facts, [line], as_json=as_json)


def draw_timeline(
    out: Annotated[Path, typer.Option("--out", help="Where to write: a page (.html), or the picture alone (.svg).")],
    agreement: AgreementOption = "irs-ice-2025",
    home: OptionalHomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the orders over time: when each is in force, and what is prohibited when.

    Example: comity orders timeline --out orders.html
    """
    order_ids = court_orders.draw_timeline(agreement, home, out)
    print_result({"out": str(out), "orders": list(order_ids)}, [f"Open {out}"], as_json=as_json)


def write_statement(order: OrderArgument, home: HomeOption, out: OutOption, as_json: JsonOption = False) -> None:
    """State for the court what an order stopped and who was served: signed, every figure from ledger entries.

    Example: comity orders statement O2 --home home --out statement
    """
    written = order_statements.write_order_statement(home, order, out)
    lines = [f"{written.figures[name]:>6,}  {label}" for name, label in FIGURE_LABELS.items()]
    lines.append(f"Counted from {written.entry_count:,} entries. Open {out / 'statement.html'}")
    result = {"out": str(out), "figures": written.figures, "entries": written.entry_count}
    print_result(result, lines, as_json=as_json)


def check_statement(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A statement.")],
    vkey: Annotated[Path, typer.Option("--vkey", help="The ledger's verifier keys, from elsewhere.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The custodian's public key for answers, from elsewhere.")
    ] = None,
    ledger: Annotated[Path | None, typer.Option("--ledger", help="The published ledger, to count again.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a statement, as whoever has it may. Ends with 5 when anything is wrong.

    With --ledger, every figure is counted again from the published entries; without, only what the receipts show.

    Example: comity orders check statement --vkey public.vkey --ledger public
    """
    check = order_statements.check_order_statement(folder, vkey, key_file=key, published=ledger)
    signer = "the key given" if key is not None else f"key {check.signed_by}; compare it with the custodian's"
    source = (
        "every published entry"
        if ledger is not None
        else "the entries shown; whether others are left out, --ledger tells"
    )
    findings = list(check.findings)
    result = {
        "verified": not findings,
        "findings": findings,
        "signed_by": check.signed_by,
        "counted_again": ledger is not None,
    }
    line = f"true: signed by {signer}; its figures follow from {source}."
    print_result(result, findings or [line], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if findings else EXIT_DONE)
