"""`comity recall`: ask answers back, and follow it until everybody has certified that they are destroyed."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from comity import law, recall
from comity.app import bootstrap, clock
from comity.app.cli import make_command_group
from comity.app.cli.arguments import AsOfOption, HomeOption, OutOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_HELD, ComityError
from comity.gates import REGISTER
from comity.ledger import log
from comity.recall.compliance import RecallObligation, ReplyKind
from comity.signing import Ed25519Key, key_thumbprint

RecallOption = Annotated[str, typer.Option("--recall", help="The recall's id.")]
RecipientOption = Annotated[str, typer.Option("--recipient", help="The recipient, as the notice names it.")]
DocumentOption = Annotated[
    Path, typer.Option("--document", help="What the recipient sent; a signature beside it (.jws) is verified.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Recall answers: choose, give notice, follow to a certificate of destruction.")
    commands.command("choose")(choose_answers)
    commands.command("list")(list_recalls)
    commands.command("overdue")(list_overdue)
    commands.command("acknowledge")(record_acknowledgment)
    commands.command("certify")(record_certificate)
    app.add_typer(commands, name="recall")


def choose_answers(
    home: HomeOption,
    out: OutOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the notice, so no personal data.")],
    law_: Annotated[str, typer.Option("--law", help="Answered under the law of this fingerprint.")] = "",
    rule: Annotated[str, typer.Option("--rule", help="Passed, or was refused by, this rule.")] = "",
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
    opened, today = Home.open(home), clock.now().date()
    criteria = recall.RecallCriteria(
        law=law_, rule=rule, model=model, index=index, order=order,
        since=clock.parse_time(since) if since else None, until=clock.parse_time(until) if until else None,
    )  # fmt: skip
    if rule and rule not in {known.id for known in REGISTER}:
        raise ComityError(
            "bad_argument", "There is no rule of that name.", "They are listed in docs/guides/law-table.md."
        )
    with bootstrap.open_store(opened) as store:
        found = recall.issue_recall(
            store, law.load_law(folder=opened.law_folder), criteria, reason=reason, at=clock.now(),
            acknowledge_by=today + timedelta(days=acknowledge_days),
            certify_by=today + timedelta(days=max(acknowledge_days, certify_days)),
        )  # fmt: skip
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(opened), at=clock.now())
        with store.read() as tx:
            folders = recall.write_notices(tx, found.entries, out, opened.load_signing_key("answers"))
    items = [item for opening in found.entries for item in opening.parsed_content["batches"]]
    result = {
        "recall": found.recall_id, "is_new": found.is_new, "entries": [opening.entry for opening in found.entries],
        "batches": [item["batch"] for item in items], "answers": sum(item["rows"] for item in items),
        "recipients": sorted({item["recipient"] for item in items}), "notices": [str(folder) for folder in folders],
    }  # fmt: skip
    state = "New" if found.is_new else "As chosen before"
    lines = [f"{found.recall_id}. {state}: {result['answers']:,} answers of {len(items):,} batches are recalled."]
    print_result(result, lines + [f"  notice: {folder}" for folder in folders], as_json=as_json)


def list_recalls(home: HomeOption, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """List every recall by recipient, with what was acknowledged and certified.

    Example: comity recall list --home home
    """
    found = _load_due(home, as_of)
    print_result(
        {"recalls": [due.to_dict() for due in found]},
        [_format_due(due) for due in found] or ["No recall."],
        as_json=as_json,
    )


def list_overdue(home: HomeOption, as_of: AsOfOption = "", as_json: JsonOption = False) -> None:
    """List what is overdue. Ends with 4 when anything is.

    Example: comity recall overdue --home home
    """
    found = [due for due in _load_due(home, as_of) if due.overdue]
    print_result(
        {"overdue": [due.to_dict() for due in found]},
        [_format_due(due) for due in found] or ["Nothing is overdue."],
        as_json=as_json,
    )
    raise typer.Exit(EXIT_HELD if found else EXIT_DONE)


def record_acknowledgment(
    home: HomeOption,
    recall_id: RecallOption,
    recipient: RecipientOption,
    document: DocumentOption,
    as_json: JsonOption = False,
) -> None:
    """Record that a recipient has the notice.

    Example: comity recall acknowledge --home home --recall recall-0123456789abcdef --recipient us-dhs-ice --document ack.pdf
    """
    _record_reply("acknowledgement", home, recall_id, recipient, document, as_json=as_json)


def record_certificate(
    home: HomeOption,
    recall_id: RecallOption,
    recipient: RecipientOption,
    document: DocumentOption,
    as_json: JsonOption = False,
) -> None:
    """Record a recipient's certificate that what was recalled is destroyed.

    Example: comity recall certify --home home --recall recall-0123456789abcdef --recipient us-dhs-ice --document cert.pdf
    """
    _record_reply("destruction", home, recall_id, recipient, document, as_json=as_json)


def _load_due(home: Path, as_of: str) -> tuple[RecallObligation, ...]:
    today = (clock.parse_time(as_of) if as_of else clock.now()).date()
    with bootstrap.open_store(Home.open(home)) as store, store.read() as tx:
        return recall.list_obligations(tx, today=today)


def _record_reply(
    kind: ReplyKind, home: Path, recall_id: str, recipient: str, document: Path, *, as_json: bool
) -> None:
    opened, beside = Home.open(home), document.with_name(document.name + ".jws")
    try:
        content = document.read_bytes()
        signature = beside.read_text(encoding="ascii") if beside.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError(
            "bad_argument", "The document or its signature could not be read.", "Check --document."
        ) from error
    registered = [
        Ed25519Key.import_key(signer["key"]) for signer in opened.read_signers() if signer["requester"] == recipient
    ]
    with bootstrap.open_store(opened) as store:
        entry = recall.record_reply(
            store, kind, recall=recall_id, recipient=recipient, document=content, signature=signature,
            keys={key_thumbprint(key): key for key in registered}, at=clock.now(),
        )  # fmt: skip
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(opened), at=clock.now())
    signed = "signed" if signature is not None else "not signed"
    print_result(
        {"entry": entry, "signed": signature is not None},
        [f"Entry {entry} of the ledger holds it; {signed}."],
        as_json=as_json,
    )


def _format_due(due: RecallObligation) -> str:
    owed = f"acknowledge by {due.acknowledge_by}" if not due.acknowledged_on else f"acknowledged {due.acknowledged_on}"
    if due.certify_by:
        owed += f"; certify by {due.certify_by}" if not due.certified_on else f"; certified {due.certified_on}"
    late = f"; OVERDUE: {', '.join(due.overdue)}" if due.overdue else ""
    return f"{due.recall} entry {due.entry}, {due.recipient}: {due.answers:,} answers of {due.batches:,} batches; {owed}{late}"
