"""`comity orders`: list the court orders on file, say which of them stop what, and file what counsel does."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from comity.app import clock
from comity.app.cli.arguments import (
    AsOfOption,
    HomeOption,
    KnownAsOfOption,
    OptionalKeyOption,
    OutOption,
    PersonKeyOption,
    ReasonOption,
)
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_notice, print_result
from comity.app.pages.number_format import count_things
from comity.app.pages.statement_page import FIGURE_LABELS, describe_figure
from comity.app.use_cases import court_orders, order_statements
from comity.app.use_cases.court_orders import (
    AgreementStatus,
    ConfirmationPreview,
    OrderPreview,
    OrderState,
    RecordedFiling,
)
from comity.errors import EXIT_DONE, EXIT_HELD, EXIT_INTEGRITY, ComityError
from comity.law import CourtOrder
from comity.law.dispositions import Disposition
from comity.orders.court_times import format_court_day, format_court_time, write_iso_time
from comity.orders.docket import DocketEntry, describe_extent, list_limits
from comity.orders.order_fields import PAPER_KINDS
from comity.orders.order_preview import AgreementPreview, PreviewPeriod, group_kinds
from comity.orders.order_steps import OrderSteps

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
    group.command("docket")(show_docket)
    group.command("template")(print_template)
    group.command("add")(enter_order)
    group.command("confirm")(confirm_order)
    group.command("withdraw")(withdraw_order)
    group.command("review")(review_order)
    group.command("clear")(clear_agreement)
    group.command("except")(clear_batch)
    group.command("serve")(record_service)
    group.command("timeline")(draw_timeline)
    group.command("statement")(write_statement)
    group.command("check")(check_statement)
    app.add_typer(group, name="orders")


def list_orders(home: OptionalHomeOption = None, as_json: JsonOption = False) -> None:
    """List every order on file, whether it blocks or opens nothing, and those that two persons withdrew.

    Example: comity orders list --home home
    """
    listed = court_orders.list_orders(home)
    result = {
        "orders": [_order_to_dict(state) for state in listed.states],
        "withdrawn": [steps.to_dict() for steps in listed.withdrawn],
    }
    lines = [*map(_format_order, listed.states), *map(_format_withdrawn, listed.withdrawn)]
    print_result(result, lines, as_json=as_json)


def _format_withdrawn(steps: OrderSteps) -> str:
    return f"{steps.order_id:<4} withdrawn, and binds nobody: {steps.describe()}"


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
    if order.bound_parties:
        effect = f"binds {', '.join(order.bound_parties)}"
    else:
        effect = "opens nothing" if order.is_denial_or_opinion else "prohibits nothing"
    instruments = ", ".join(map(str, order.instruments))
    acts = "".join(f"; {act.how} {act.order}{' in part' if act.part else ''}" for act in order.acts_on)
    acts += "".join(f"; decides the {one.matter} in {one.case}: {one.outcome}" for one in order.decides)
    served = f"; served on {len(order.served)}" if order.served else ""
    stated_end = _format_stated_end(order)
    pending = "; pending: a second person must confirm it" if state.is_pending else ""
    return (
        f"{order.id:<4} {order.effective_at:%Y-%m-%d}  {order.court}, {order.case_number}: "
        f"{instruments}; {effect}{stated_end}{acts}{served}{pending}"
    )


def _format_stated_end(order: CourtOrder) -> str:
    """Return the end that an order states for itself, which opens nothing; '' when it states none."""
    if order.expires_at is None:
        return ""
    return f"; states its own end as {_format_stated_day(order)}, which opens nothing by itself"


def _format_stated_day(order: CourtOrder) -> str:
    """Return the day, and the time if it is no mere day, that an order gives for its own end."""
    return "none" if order.expires_at is None else format_court_time(order.expires_at, order.court)


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
        "stopped_since": {order_id: since.isoformat() for order_id, since in status.stopped_since.items()},
        "open_parts": {order_id: list(parts) for order_id, parts in status.open_parts.items()},
        "known_later": list(status.known_later_ids),
    }
    print_result(result, _format_status(status, is_rehearsal=applies_at is not None), as_json=as_json)
    raise typer.Exit(EXIT_HELD if status.orders else EXIT_DONE)


def _format_status(status: AgreementStatus, *, is_rehearsal: bool) -> list[str]:
    lines = [
        f"{order.id} stops {status.agreement}: {order.court}, {order.case_number}, {_format_since(status, order)}"
        + _format_limits(order, is_pending=order.id in status.pending_ids)
        + "".join(f", but for a part: {part}" for part in status.open_parts.get(order.id, ()))
        for order in status.orders
    ] or [f"No order stops {status.agreement} as of {status.at:%Y-%m-%d}."]
    if is_rehearsal:
        known_at = status.known_as_of
        lines.append("As known now." if known_at is None else f"As known on {known_at:%Y-%m-%d %H:%M} UTC.")
    if status.known_later_ids:
        lines.append(f"Known only later: {', '.join(status.known_later_ids)}.")
    return lines


def _format_since(status: AgreementStatus, order: CourtOrder) -> str:
    """Return since when an order stops the agreement, and from when it has effect if there was a break."""
    since, from_start = status.stopped_since[order.id], order.effective_at
    if since <= from_start:
        return f"since {from_start:%Y-%m-%d}"
    return f"in effect from {from_start:%Y-%m-%d}, and again since {since:%Y-%m-%d %H:%M} UTC"


def _format_limits(order: CourtOrder, *, is_pending: bool) -> str:
    limits = list_limits(order)
    pending = " (to be confirmed by a second person)" if is_pending else ""
    return (f", for {', '.join(limits)}" if limits else "") + pending


def show_docket(
    home: OptionalHomeOption = None,
    as_of: AsOfOption = "",
    page: Annotated[Path | None, typer.Option("--page", help="Write it as a page (HTML), too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the docket sheet: what of each order is in force, what each stay hangs on, and what is due.

    Example: comity orders docket --home home --page docket.html
    """
    applies_at, _ = clock.parse_replay_times(as_of, "")
    sheet = court_orders.read_docket(home, as_of=applies_at, page=page)
    lines = [line for entry in sheet.entries for line in _format_docket_entry(entry)]
    lines += map(_format_withdrawn, sheet.withdrawn)
    count = sum(len(entry.due) for entry in sheet.entries)
    lines.append(f"{count} due." if count else "Nothing is due.")
    result = {
        "orders": [_docket_to_dict(entry) for entry in sheet.entries],
        "withdrawn": [steps.to_dict() for steps in sheet.withdrawn],
        "due": count,
    }
    print_result(result, lines, as_json=as_json)


def _docket_to_dict(entry: DocketEntry) -> dict[str, Any]:
    order = entry.order
    return {
        "order": order.id,
        "court": order.court,
        "case_number": order.case_number,
        "case_name": order.case_name,
        "docket_number": order.docket_number,
        "judges": list(order.judges),
        "instruments": list(order.instruments),
        "effective_at": write_iso_time(order.effective_at),
        "expires_at": order.expires_at and write_iso_time(order.expires_at),
        "binds": list(order.bound_parties),
        "prohibits": list(order.prohibits),
        "limited_to": list_limits(order),
        "state": entry.state,
        "pending": entry.is_pending,
        "acts": [asdict(act) for act in entry.acts],
        "decides": list(entry.decides),
        "last_look_at": write_iso_time(entry.last_look_at),
        "filed": entry.steps and entry.steps.to_dict(),
        "served": len(order.served),
        "due": list(entry.due),
    }


def _format_docket_entry(entry: DocketEntry) -> list[str]:
    order = entry.order
    papers, effective_on = ", ".join(order.instruments), format_court_day(order.effective_at, order.court)
    head = f"{order.id}: {order.court} {order.case_number}, {order.case_name}, {papers}, {effective_on}"
    lines = [f"{_fold_line(head)}: {entry.state}{_format_stated_end(order)}"]
    if order.prohibits:
        bound, forbidden = ", ".join(order.bound_parties), ", ".join(order.prohibits)
        limits = ", ".join(list_limits(order)) or "no limit"
        lines.append(f"    binds {bound}; forbids {forbidden}; limited to: {limits}")
    if entry.steps is not None:
        lines.append(f"    {entry.steps.describe()}")
    for act in entry.acts:
        hangs_on = f"; hangs on: {act.hangs_on}" if act.hangs_on else ""
        if act.review_due_at is not None:
            hangs_on += f"; to be confirmed by {format_court_day(act.review_due_at, order.court)}"
        lines.append(f"    {act.how} by {act.paper} ({act.extent}): {act.state}{hangs_on}")
    lines += [f"    decides {decided}" for decided in entry.decides]
    return [*lines, *(f"    DUE: {due}" for due in entry.due)]


def print_template(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of: {', '.join(PAPER_KINDS)}.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="A new file to write it to; without, it is printed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the file of an order to fill in, each field explained.

    Example: comity orders template tro --out order.yaml
    """
    text = court_orders.make_template(kind, out)
    lines = (
        [text.rstrip()] if out is None else [f"Fill in {out}, and see: comity orders add {out} --home HOME --preview"]
    )
    print_result({"kind": kind, "out": out and str(out), "template": text}, lines, as_json=as_json)


def enter_order(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The order's fields; see: comity orders template")],
    home: HomeOption,
    key: OptionalKeyOption = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="The order itself; its SHA-256 is filed.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Say what it would change, and file nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Enter an order, as the first of two persons. What it prohibits binds at once; it opens nothing until confirmed.

    What it would stop or open, from when to when, is shown first.

    Example: comity orders add order.yaml --home home --key jo.key --pdf order.pdf
    """
    foreseen = court_orders.preview_order(home, file, pdf, is_preview=preview)
    if preview:
        print_result(_preview_to_dict(foreseen), _format_preview(foreseen), as_json=as_json)
        return
    if key is None:
        raise ComityError(
            "bad_argument", "To enter an order takes your key.", "Give --key, or --preview to file nothing."
        )
    for line in _format_preview(foreseen):
        print_notice(line)
    recorded = court_orders.enter_order(home, key, file, pdf)
    binds_now = "what it prohibits binds now, and " if foreseen.order.prohibits else ""
    step = f"entered {recorded.filing.subject}. It is pending: {binds_now}a second must confirm it"
    _print_filing(recorded, step, as_json=as_json, more=_preview_to_dict(foreseen))


def _preview_to_dict(foreseen: OrderPreview) -> dict[str, Any]:
    return {
        "order": foreseen.order.id,
        "expires_at": foreseen.order.expires_at and foreseen.order.expires_at.isoformat(),
        "remarks": list(foreseen.remarks),
        "changes": [
            {
                "agreement": agreement.agreement,
                "batches": batches,
                "from": period.starts_at.isoformat(),
                "now": list(period.now),
                "entered": list(period.entered),
                "confirmed": list(period.confirmed),
            }
            for agreement in foreseen.agreements
            for batches, periods in _list_previewed(agreement)
            for period in periods
        ],
    }


def _list_previewed(agreement: AgreementPreview) -> list[tuple[str, tuple[PreviewPeriod, ...]]]:
    """Return the periods of a batch in no part, whose words are empty, and of the batches in each part."""
    return [("", agreement.periods), *((part.batches, part.periods) for part in agreement.parts)]


def _format_preview(foreseen: OrderPreview) -> list[str]:
    """Return the preview in lines, agreement by agreement, with what the order leaves open."""
    columns = {"now": "now", "entered": "once entered", "confirmed": "once confirmed"}
    return [*_describe_paper(foreseen.order), *_format_changes(foreseen.order, foreseen, columns)]


def _format_changes(
    order: CourtOrder, foreseen: OrderPreview | ConfirmationPreview, columns: Mapping[str, str]
) -> list[str]:
    """Return, in lines, what an order adds and changes, and what it leaves open: to both persons the same."""
    lines = _describe_addition(order, foreseen.agreements)
    lines += [line for one in foreseen.agreements for line in _format_agreement_preview(order, one, columns)]
    for agreement in foreseen.agreements:
        count = foreseen.held_batches.get(agreement.agreement, 0)
        if count and (agreement.periods or agreement.parts):
            lines.append(
                f"Under {agreement.agreement}, {count_things(count, 'batch', 'batches')} "
                f"{'is' if count == 1 else 'are'} held now, by this or any other reason."
            )
    return [*lines, *(f"Note: {remark}" for remark in foreseen.remarks)]


def _describe_paper(order: CourtOrder) -> list[str]:
    """Return, in lines, what a person compares with the paper: what it says, whom it binds, what it forbids."""
    facts = {
        "kind": ", ".join(map(str, order.instruments)),
        "summary": order.summary,
        "text": order.text,
        "issued": format_court_time(order.issued_at, order.court),
        "in effect": format_court_time(order.effective_at, order.court),
        "stated end": order.expires_at and f"{_format_stated_day(order)}. That opens nothing by itself.",
        "binds": ", ".join(order.bound_parties) or "nobody",
        "forbids": ", ".join(order.prohibits) or "nothing",
        "limited to": ", ".join([*order.agreements, *list_limits(order)]) or "no limit",
        "exceptions": "; ".join(order.exceptions),
        "acts on": "; ".join(_describe_act(act) for act in order.acts_on),
        "decides": "; ".join(f"{one.matter} in {one.case}: {one.outcome}" for one in order.decides),
        "document": f"SHA-256 {order.pdf_sha256}"
        if order.pdf_sha256
        else "none on file, so there is no hash to compare",
    }
    head = f"{order.id}: {order.court}, {order.case_number}, {order.case_name}"
    return [_fold_line(head), *(_fold_line(f"{name}: {fact}", indent="  ") for name, fact in facts.items() if fact)]


def _fold_line(text: str, *, indent: str = "") -> str:
    """Return a text as one line, so that no words of an order's file can pass for a line of their own."""
    return indent + "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _describe_act(act: Disposition) -> str:
    """Return what an order does to another, and to how much of it."""
    condition = act.hangs_on
    hangs_on = f", hangs on the {condition.matter} {condition.case or ''}".rstrip() if condition is not None else ""
    return f"{act.order} {act.how}, {describe_extent(act)}{hangs_on}"


def _format_agreement_preview(order: CourtOrder, agreement: AgreementPreview, columns: Mapping[str, str]) -> list[str]:
    """Return, in lines, what a step opens or closes, and from when on which orders stop an agreement, side by side."""
    name, lines = agreement.agreement, list[str]()
    for group in group_kinds(agreement):
        kinds = [kind for kind in group.batches if kind]
        is_any = len(kinds) < len(group.batches)
        which = "; or batches ".join([] if is_any else kinds)
        lines += _describe_openings(
            order.id, f"{name} for {f'batches {which}' if which else 'all batches'}", group.periods
        )
        lines += [f"What stops {name}{f', batches {which}' if which else ''}:"]
        lines += _format_periods(group.periods, columns, is_exact=is_any or group.is_one_table)
        if is_any and kinds:
            lines.append(
                f"{order.id} changes the same for batches {'; or batches '.join(kinds)}, which fewer orders stop."
            )
    if lines and not agreement.periods:
        lines.append(f"All other batches under {name}: nothing changes.")
    elif agreement.unchanged:
        lines.append(f"Batches {'; or batches '.join(agreement.unchanged)}: nothing changes.")
    for order_id in agreement.concerning_all if lines else ():
        lines.append(
            f"{order_id} is limited to the statute under which {name} discloses, so it is about every batch under it, "
            "whatever statute the rows cite."
        )
    if agreement.review_by is not None:
        day = format_court_time(agreement.review_by)
        lines.append(f"What {order.id} stays is stopped again on {day}, unless two persons review the stay by then.")
    return lines or [f"{order.id} changes nothing for {name}."]


def _describe_addition(order: CourtOrder, agreements: Sequence[AgreementPreview]) -> list[str]:
    """Return, in lines, what a paper that forbids something adds to what is stopped already."""
    if not order.prohibits:
        return []
    limits = ", ".join(list_limits(order)) or "no limit"
    since = format_court_time(order.effective_at, order.court)
    until = f" to its stated end, {_format_stated_day(order)}, after which it binds until a paper ends it"
    forbidden = f"{', '.join(order.prohibits)}, forbidden to {', '.join(order.bound_parties)}, limited to: {limits}"
    lines = [f"{order.id} adds: {forbidden}, from {since}{until if order.expires_at else ' on, with no stated end'}."]
    for agreement in agreements:
        periods = agreement.periods
        if periods and all(bool(one.now) == bool(one.entered) == bool(one.confirmed) for one in periods):
            others = sorted({name for one in periods for name in one.now} - {order.id})
            lines.append(
                f"A batch under {agreement.agreement} that lies in no open part is stopped already by "
                f"{', '.join(others)}; {order.id} opens and closes nothing for it while they bind."
            )
    return lines


def _describe_openings(order_id: str, what: str, periods: Sequence[PreviewPeriod]) -> list[str]:
    """Return from when to when batches go through that are stopped without the order, and the other way around."""
    lines = []
    for period, following in zip_longest(periods, periods[1:]):
        if bool(period.now) == bool(period.confirmed):
            continue
        until = f" to {following.starts_at.astimezone(UTC):%Y-%m-%d %H:%M}" if following else " on"
        does = "opens" if period.now else "closes"
        step = "once confirmed" if bool(period.entered) == bool(period.now) else "once entered"
        by = "" if period.now else f" ({', '.join(period.confirmed)} stops them)"
        time = f"{period.starts_at.astimezone(UTC):%Y-%m-%d %H:%M}"
        lines.append(f"{order_id}, {step}, {does} {what}, from {time}{until} (UTC){by}.")
    return lines


def _format_periods(periods: Sequence[PreviewPeriod], columns: Mapping[str, str], *, is_exact: bool) -> list[str]:
    """Return a table; unless it is exact, "others" stands for the orders that the paper does not change."""
    rows = [["from (UTC)", *columns.values()]]
    for period in periods:
        found = [getattr(period, column) for column in columns]
        common = set() if is_exact else set.intersection(*map(set, found))
        others = ["others"] if common else []
        cells = [", ".join([*others, *(one for one in ids if one not in common)]) or "open" for ids in found]
        rows.append([f"{period.starts_at.astimezone(UTC):%Y-%m-%d %H:%M}", *cells])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def confirm_order(
    order: OrderArgument,
    home: HomeOption,
    key: OptionalKeyOption = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be confirmed, and file nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Confirm a pending order, as the second person. From now on it also ends the orders that it names.

    What the order says, whom it binds, what it forbids and its document's hash are shown first, and what that changes.

    Example: comity orders confirm O6 --home home --key sam.key
    """
    foreseen = court_orders.preview_confirmation(home, order)
    pending = foreseen.order
    if pending is None:
        steps = foreseen.steps
        lines = [f"{order} does not wait for a second person" + (f": {steps.describe()}." if steps else ".")]
    else:
        columns = {"now": "without it", "entered": "as entered", "confirmed": "once confirmed"}
        lines = [*_describe_paper(pending), *_format_changes(pending, foreseen, columns)]
    content = {"paper": pending and pending.model_dump(mode="json"), "remarks": list(foreseen.remarks)}
    if preview:
        print_result({"order": order} | content, lines, as_json=as_json)
        return
    if key is None:
        raise ComityError(
            "bad_argument", "To confirm an order takes your key.", "Give --key, or --preview to file nothing."
        )
    for line in lines:
        print_notice(line)
    recorded = court_orders.confirm_order(home, key, order)
    _print_filing(recorded, f"confirmed {recorded.filing.subject}", as_json=as_json, more=content)


def withdraw_order(order: OrderArgument, home: HomeOption, key: PersonKeyOption, as_json: JsonOption = False) -> None:
    """Take back a pending order that was entered in error. It takes two persons; until the second, it stays pending.

    Example: comity orders withdraw O6 --home home --key sam.key
    """
    recorded = court_orders.withdraw_order(home, key, order)
    _print_filing(recorded, f"withdrew {recorded.filing.subject}", as_json=as_json)
    if recorded.is_pending:
        paper = recorded.order
        effect = f"{order} still binds" if paper and paper.prohibits else f"{order} is still pending, and opens nothing"
        print_notice(f"{effect}. A second person must withdraw it as well.")


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


def review_order(
    order: OrderArgument,
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    seen_at: Annotated[
        str, typer.Option("--seen-at", help="When the docket was looked at (ISO 8601); default: now.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Enter, as the first of two persons, that the docket shows nothing new. An unreviewed stay opens nothing in time.

    Example: comity orders review S1 --home home --key jo.key --reason "Docket of 26-5006: no entry since 3 March"
    """
    at = clock.parse_time(seen_at) if seen_at else clock.now()
    print_step(court_orders.review_order(home, key, order, at, reason), as_json=as_json)


def clear_batch(
    order: OrderArgument,
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    batch: Annotated[Path, typer.Option("--batch", help="The batch folder, as received.")],
    exception: Annotated[int, typer.Option("--exception", min=1, help="Which of the order's exceptions, from 1.")],
    as_json: JsonOption = False,
) -> None:
    """Enter, as the first of two persons, that one batch lies within an exception that an order names.

    Example: comity orders except O2 --home home --key jo.key --batch batch --exception 1 --reason "Order of 3 March"
    """
    filed = court_orders.clear_batch(home, key, order, batch_folder=batch, exception_number=exception, reason=reason)
    print_step(filed, as_json=as_json)


def record_service(
    order: OrderArgument,
    home: HomeOption,
    key: PersonKeyOption,
    party: Annotated[str, typer.Option("--party", help="The agency or person bound that was served.")],
    at: Annotated[str, typer.Option("--at", help="When: a day, or a time with its zone (ISO 8601).")],
    person: Annotated[str, typer.Option("--person", help="To whom it was handed.")] = "",
    how: Annotated[str, typer.Option("--how", help="By hand, by certified mail, ...")] = "",
    proof: Annotated[Path | None, typer.Option("--proof", help="The proof of service; its SHA-256 is filed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Record who was served with an order, when and how.

    Example: comity orders serve O3 --home home --key jo.key --party ice --at 2026-02-06T15:00:00Z --how "by hand"
    """
    service = {"party": party, "at": _parse_service_time(at), "person": person or None, "how": how or None}
    recorded = court_orders.record_service(home, key, order, service, proof)
    if recorded.order is not None and party not in recorded.order.bound_parties:
        bound = ", ".join(recorded.order.bound_parties) or "nobody"
        print_notice(
            f"Note: {order} does not bind {party}. It binds {bound}. The service is on file, and binds nobody else."
        )
    _print_filing(recorded, f"recorded service of {recorded.filing.subject}", as_json=as_json)


def _parse_service_time(text: str) -> datetime:
    """Parse a time that has its zone, or a day, which is its first moment (UTC), as in an order's file."""
    at = clock.parse_time(text)
    if len(text) == len("2026-03-20"):
        return at.replace(hour=0)
    if datetime.fromisoformat(text).tzinfo is None:
        hint = "Write 2026-03-20T15:00:00-05:00, or 2026-03-20 for a day."
        raise ComityError("bad_argument", "A time of service needs its zone.", hint)
    return at


def _print_filing(
    recorded: RecordedFiling, step: str, *, as_json: bool, more: Mapping[str, Any] = MappingProxyType({})
) -> None:
    filing = recorded.filing
    facts: dict[str, Any] = {
        "order": filing.subject,
        "step": str(filing.step),
        "entry": filing.entry,
        "by": filing.by,
        "at": filing.at.isoformat(),
    }
    line = f"{recorded.person} {step}. Entry {filing.entry} of the ledger says so."
    print_result(facts | dict(more), [line], as_json=as_json)


def draw_timeline(
    out: Annotated[Path, typer.Option("--out", help="Where to write: a page (.html), or the picture alone (.svg).")],
    agreement: AgreementOption = "irs-ice-2025",
    home: OptionalHomeOption = None,
    first_day: Annotated[str, typer.Option("--from", help="The first day drawn (YYYY-MM-DD, UTC).")] = "",
    last_day: Annotated[str, typer.Option("--to", help="The last day drawn (YYYY-MM-DD, UTC).")] = "",
    as_json: JsonOption = False,
) -> None:
    """Draw the orders over time: when each is in force, and what is prohibited when.

    Example: comity orders timeline --out orders.html
    """
    days = {"first_day": _parse_day(first_day), "last_day": _parse_day(last_day)}
    order_ids = court_orders.draw_timeline(agreement, home, out, **days)
    print_result({"out": str(out), "orders": list(order_ids)}, [f"Open {out}"], as_json=as_json)


def _parse_day(text: str) -> date | None:
    """Parse a day in the years that a picture can show; '' is None."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ComityError("bad_argument", "That is no day.", "Write it as YYYY-MM-DD.") from error
    if day is not None and not 1900 <= day.year < 2200:
        raise ComityError("bad_argument", "That day lies before 1900 or after 2199.", "Correct the year.")
    return day


def write_statement(order: OrderArgument, home: HomeOption, out: OutOption, as_json: JsonOption = False) -> None:
    """State for the court what an order stopped and who was served: signed, every figure from ledger entries.

    Example: comity orders statement O2 --home home --out statement
    """
    written = order_statements.write_order_statement(home, order, out)
    figures = written.figures
    lines = [f"{figures[name]:>6,}  {describe_figure(name, figures[name])}" for name in FIGURE_LABELS]
    lines.append(f"Counted from {count_things(written.entry_count, 'entry', 'entries')}. Open {out / 'statement.html'}")
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
