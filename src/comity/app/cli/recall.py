"""`comity recall`: recall answers, and follow it until every recipient has certified that they are destroyed."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli.arguments import AsOfOption, FilingOption, HomeOption, OptionalKeyOption, OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import answer_recalls
from comity.app.use_cases.answer_recalls import RecallTerms, RecordedReply
from comity.errors import EXIT_DONE, EXIT_HELD, ComityError
from comity.recall import RecallCriteria, RecallObligation

RecallOption = Annotated[str, typer.Option("--recall", help="The recall's id.")]
RecipientOption = Annotated[str, typer.Option("--recipient", help="The recipient, as the notice names it.")]
DocumentOption = Annotated[
    Path, typer.Option("--document", help="What the recipient sent; a signature beside it (.jws) is verified.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("recall"))
    group.command("choose")(choose_answers)
    group.command("list")(list_recalls)
    group.command("overdue")(list_overdue)
    group.command("acknowledge")(record_acknowledgment)
    group.command("certify")(record_certificate)
    app.add_typer(group, name="recall")


def choose_answers(
    home: HomeOption,
    out: OutOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is in the notice, so no personal data.")],
    law_: Annotated[str, typer.Option("--law", help="Answered under the law of this fingerprint.")] = "",
    rule: Annotated[str, typer.Option("--rule", help="Judged by this rule: passed, or was refused by it.")] = "",
    rule_digest: Annotated[
        str, typer.Option("--rule-digest", help="By the rule's code of this digest, as answers.json names it.")
    ] = "",
    program: Annotated[str, typer.Option("--program", help="Answered by this version of Comity.")] = "",
    model: Annotated[str, typer.Option("--model", help="Rested on the model of this fingerprint.")] = "",
    index: Annotated[str, typer.Option("--index", help="Rested on the index of this fingerprint.")] = "",
    order: Annotated[str, typer.Option("--order", help="Reached by this court order.")] = "",
    since: Annotated[str, typer.Option("--since", help="Answered at this time or later (ISO 8601).")] = "",
    until: Annotated[str, typer.Option("--until", help="Answered before this time (ISO 8601).")] = "",
    acknowledge_days: Annotated[int, typer.Option("--acknowledge-days", min=0, help="Days to acknowledge.")] = 10,
    certify_days: Annotated[int, typer.Option("--certify-days", min=0, help="Days to certify destruction.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Recall every answer that rested on something, and write a signed notice for each recipient.

    Criteria are joined by "and". Choosing by the same criteria again is the same recall.

    Example: comity recall choose --home home --rule a07_number_and_street --reason "The rule was wrong" --out recall
    """
    criteria = RecallCriteria(
        law=law_,
        rule=rule,
        rule_digest=rule_digest,
        program=program,
        model=model,
        index=index,
        order=order,
        since=clock.parse_time(since) if since else None,
        until=clock.parse_time(until) if until else None,
    )
    issued = answer_recalls.choose_answers(home, criteria, RecallTerms(reason, acknowledge_days, certify_days), out)
    result = {
        "recall": issued.recall_id,
        "is_new": issued.is_new,
        "entries": list(issued.entries),
        "batches": list(issued.batch_ids),
        "answers": issued.answer_count,
        "recipients": list(issued.recipients),
        "preserved_by": list(issued.preserved_by),
        "notices": [str(folder) for folder in issued.notice_folders],
    }
    state, batch_count = "New" if issued.is_new else "As chosen before", len(issued.batch_ids)
    lines = [
        f"{issued.recall_id}. {state}: {issued.answer_count:,} answers of {batch_count:,} batches are recalled.",
        *(
            f"  {order} forbids deleting, so the notice demands to seal the answers and not to destroy them."
            for order in issued.preserved_by
        ),
        *(f"  notice: {folder}" for folder in issued.notice_folders),
    ]
    print_result(result, lines, as_json=as_json)


def list_recalls(home: HomeOption, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """List every recall by recipient, with what was acknowledged and certified.

    Example: comity recall list --home home
    """
    obligations = answer_recalls.list_recalls(home, at=clock.parse_time_or_now(as_of))
    print_result(
        {"recalls": [obligation.to_dict() for obligation in obligations]},
        [_format_obligation(obligation) for obligation in obligations] or ["No recall."],
        as_json=as_json,
    )


def list_overdue(home: HomeOption, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """List what is overdue. Ends with 4 when anything is.

    Example: comity recall overdue --home home
    """
    obligations = answer_recalls.list_recalls(home, at=clock.parse_time_or_now(as_of))
    overdue = [obligation for obligation in obligations if obligation.overdue]
    print_result(
        {"overdue": [obligation.to_dict() for obligation in overdue]},
        [_format_obligation(obligation) for obligation in overdue] or ["Nothing is overdue."],
        as_json=as_json,
    )
    raise typer.Exit(EXIT_HELD if overdue else EXIT_DONE)


def record_acknowledgment(
    home: HomeOption,
    recall_id: RecallOption,
    recipient: RecipientOption,
    document: DocumentOption,
    as_json: JsonOption = False,
) -> None:
    """Record that a recipient has the notice.

    Example: comity recall acknowledge --home home --recall recall-0123456789abcdef --recipient ice --document ack.pdf
    """
    _print_reply(answer_recalls.record_acknowledgement(home, recall_id, recipient, document), as_json=as_json)


def record_certificate(
    home: HomeOption,
    key: OptionalKeyOption = None,
    recall_id: Annotated[str, typer.Option("--recall", help="The recall's id.")] = "",
    recipient: Annotated[str, typer.Option("--recipient", help="The recipient, as the notice names it.")] = "",
    document: Annotated[Path | None, typer.Option("--document", help="The certificate, signed (.jws).")] = None,
    filing: FilingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a recipient's signed certificate that what was recalled is destroyed.

    Enter it (--recall, --recipient, --document, --key), let a second person confirm, then record the filing (--filing).

    Example: comity recall certify --home home --recall RECALL --recipient ice --document cert.pdf --key jo.key
    """
    if filing is not None:
        _print_reply(answer_recalls.record_certificate(home, filing), as_json=as_json)
        return
    if key is None or document is None or not recall_id or not recipient:
        message = "A certificate is entered with the recall, the recipient, its document, and a person's key."
        raise ComityError("bad_argument", message, "Give them, or --filing when two persons filed it.")
    print_step(answer_recalls.request_certificate(home, key, recall_id, recipient, document), as_json=as_json)


def _print_reply(reply: RecordedReply, *, as_json: bool) -> None:
    line = f"Entry {reply.entry} of the ledger holds it; {'signed' if reply.is_signed else 'not signed'}."
    print_result({"entry": reply.entry, "signed": reply.is_signed}, [line], as_json=as_json)


def _format_obligation(due: RecallObligation) -> str:
    owed = f"acknowledge by {due.acknowledge_by}" if not due.acknowledged_on else f"acknowledged {due.acknowledged_on}"
    if due.certify_by:
        owed += f"; certify by {due.certify_by}" if not due.certified_on else f"; certified {due.certified_on}"
    if due.preserved_by:
        owed += f"; sealed and not destroyed: {', '.join(due.preserved_by)} forbids deleting"
    if "notice" in due.overdue:
        owed += "; what is demanded has changed: choose the recall again, and send its notice"
    late = f"; OVERDUE: {', '.join(due.overdue)}" if due.overdue else ""
    return (
        f"{due.recall} entry {due.entry}, {due.recipient}: "
        f"{due.answers:,} answers of {due.batches:,} batches; {owed}{late}"
    )
