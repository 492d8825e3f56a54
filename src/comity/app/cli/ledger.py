"""`comity ledger`: sign, publish, prove, verify, list and recompute it; erase by order; its keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.app.cli.arguments import FilingOption, HomeOption, OptionalKeyOption, OutOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.pages.number_format import count_things
from comity.app.use_cases import ledger_operations, published_ledger
from comity.app.use_cases.ledger_operations import AuditEvidence
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, ComityError
from comity.ledger.published_entries import EntryFilter

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="A published ledger.")]
VkeyOption = Annotated[Path | None, typer.Option("--vkey", "--key", help="The verifier keys; default: FOLDER.vkey")]
CheckpointOption = Annotated[
    list[Path] | None, typer.Option("--checkpoint", help="A checkpoint that you kept: nothing since may be left out.")
]
KindOption = Annotated[str, typer.Option("--kind", help="Only entries of this kind, such as hold or release.")]
AgreementOption = Annotated[str, typer.Option("--agreement", help="Only entries under this agreement.")]
MonthOption = Annotated[str, typer.Option("--month", help="Only entries of this month (UTC), such as 2025-08.")]
RuleOption = Annotated[str, typer.Option("--rule", help="Only holds and refusals that name this rule.")]
OrderOption = Annotated[str, typer.Option("--order", help="Only entries that name this court order.")]
_MAX_LISTED = 1000
_SEVERAL_REASONS = "An entry with several reasons, such as a hold by three orders, is counted under each of them."
_PURGE_MESSAGE = "A purge is entered with a batch, its rows, the order that demands it, and a person's key."


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("ledger"))
    group.command("checkpoint")(publish_checkpoint)
    group.command("prove")(write_receipt)
    group.command("verify")(verify_published_ledger)
    group.command("list")(list_entries)
    group.command("export")(export_entries)
    group.command("fsck")(check_stored_ledger)
    group.command("purge")(purge_rows)
    group.command("rotate")(rotate_key)
    group.command("second-key")(add_second_key)
    group.command("timestamp")(timestamp_checkpoint)
    app.add_typer(group, name="ledger")


def publish_checkpoint(
    home: HomeOption,
    out: Annotated[Path | None, typer.Option("--out", help="Also publish the ledger's tiles into this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the ledger's head and print the checkpoint; with --out, publish what a stranger needs to verify it.

    Example: comity ledger checkpoint --home home --out public
    """
    checkpoint = ledger_operations.publish_checkpoint(home, out)
    keys = [f"verifier key: {vkey}" for vkey in checkpoint.vkeys]
    result = {"checkpoint": checkpoint.note, "vkeys": list(checkpoint.vkeys)}
    print_result(result, [checkpoint.note.rstrip("\n"), "", *keys], as_json=as_json)


def write_receipt(
    home: HomeOption,
    entry: Annotated[int, typer.Option("--entry", min=0, help="The entry's index, from 0.")],
    out: OutOption,
    as_json: JsonOption = False,
) -> None:
    """Write the receipt (C2SP tlog-proof) of one entry.

    Example: comity ledger prove --home home --entry 0 --out entry-0.tlog-proof
    """
    ledger_operations.write_receipt(home, entry, out)
    line = f"Wrote the receipt of entry {entry} to {out}."
    print_result({"entry": entry, "receipt": str(out)}, [line], as_json=as_json)


def verify_published_ledger(
    folder: FolderArgument,
    vkey: VkeyOption = None,
    receipt: Annotated[list[Path] | None, typer.Option("--receipt", help="Also verify these receipts.")] = None,
    checkpoint: CheckpointOption = None,
    answers: Annotated[
        list[Path] | None, typer.Option("--answers", help="Also check these folders of answers.")
    ] = None,
    answers_key: Annotated[
        str, typer.Option("--answers-key", help="The thumbprint of the custodian's key for answers.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Verify a published ledger offline, from its entries up. Ends with 5 when anything is wrong.

    It ends with 3 when everything is sound, and answers are of a rehearsal, which nobody may use. With --checkpoint, it
    proves that nothing was left out, changed or moved since. It runs the separate checker, `comity-ledger-verify`,
    which can also ask for witnesses.

    Example: comity ledger verify public --checkpoint march.checkpoint
    """
    evidence = AuditEvidence(receipt or (), checkpoint or (), answers or (), answers_key)
    check = ledger_operations.verify_published_ledger(folder, evidence, vkey_file=vkey)
    result = {
        "verified": not (check.findings or check.rehearsals),
        "findings": check.findings,
        "rehearsals": check.rehearsals,
        "receipts": check.receipt_count,
    }
    print_result(result, check.lines, as_json=as_json)
    raise typer.Exit(check.exit_code)


def list_entries(
    folder: FolderArgument,
    kind: KindOption = "",
    agreement: AgreementOption = "",
    month: MonthOption = "",
    rule: RuleOption = "",
    order: OrderOption = "",
    counts: Annotated[bool, typer.Option("--counts", help="Count them by month, agreement, kind and reason.")] = False,
    checkpoint: CheckpointOption = None,
    vkey: VkeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a published ledger, then list its entries from the folder alone; answers only with --kind answer.

    A hold's reasons are its court orders and open rules, a refusal's of a whole batch its faults; those of single
    requests are not public. A hold by an order is by the rule r09_orders_in_force too: that follows from its orders. A
    release names the orders that were read for it, of which none stopped it (orders_read, and not held_by).

    Example: comity ledger list public --month 2025-08 --counts
    """
    wanted = EntryFilter(kind=kind, agreement=agreement, month=month, rule=rule, order=order)
    entries = published_ledger.list_entries(folder, wanted, vkey_file=vkey, checkpoint_files=checkpoint or ())
    if counts:
        figures = published_ledger.count_entries(entries)
        lines = [_format_figure(figure) for figure in figures]
        lines += [_SEVERAL_REASONS] if published_ledger.has_several_reasons(entries, figures) else []
        result = {"figures": figures, "remarks": list(entries.remarks)}
        print_result(result, [*(lines or _say_none(entries)), *entries.remarks], as_json=as_json)
        return
    rows = published_ledger.describe_entries(entries, with_answers=kind == "answer", limit=_MAX_LISTED)
    lines = [
        " ".join(f"{name}={value}" if name != "entry" else f"{value:>9,}" for name, value in row.items())
        for row in rows
    ]
    if len(rows) == _MAX_LISTED:
        lines.append(f"The first {_MAX_LISTED:,} are listed. Narrow them, or write all: comity ledger export")
    result = {"entries": rows, "remarks": list(entries.remarks)}
    print_result(result, [*(lines or _say_none(entries)), *entries.remarks], as_json=as_json)


def _say_none(entries: published_ledger.PublishedEntries) -> list[str]:
    return list(entries.absent) or ["No such entry."]


def export_entries(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", help="A file that ends in .csv, .parquet, .json or .ocsf.jsonl.")],
    kind: KindOption = "",
    agreement: AgreementOption = "",
    month: MonthOption = "",
    rule: RuleOption = "",
    order: OrderOption = "",
    checkpoint: CheckpointOption = None,
    vkey: VkeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a published ledger, then write its entries as CSV, Parquet or JSON, from the folder alone.

    A name that ends in .ocsf.jsonl gives events for a monitoring system (OCSF 1.3), a line each; answers have none.

    Example: comity ledger export public --kind release --out entries.parquet
    """
    wanted = EntryFilter(kind=kind, agreement=agreement, month=month, rule=rule, order=order)
    entries = published_ledger.list_entries(folder, wanted, vkey_file=vkey, checkpoint_files=checkpoint or ())
    published_ledger.export_entries(entries, out)
    count = entries.table.num_rows
    print_result(
        {"entries": count, "file": str(out)},
        [f"Wrote {count_things(count, 'entry', 'entries')} to {out}.", *entries.absent, entries.summary],
        as_json=as_json,
    )


def _format_figure(figure: Mapping[str, Any]) -> str:
    words = " ".join(figure[name] for name in ("month", "agreement", "kind", "reason") if figure[name])
    rows = f", {count_things(figure['rows'], 'row')}" if figure["rows"] else ""
    return f"{words}: {count_things(figure['entries'], 'entry', 'entries')}{rows}"


def check_stored_ledger(home: HomeOption, as_json: JsonOption = False) -> None:
    """Recompute the whole ledger inside the control database. Ends with 5 when anything is wrong.

    Example: comity ledger fsck --home home
    """
    findings = list(ledger_operations.check_stored_ledger(home))
    print_result({"findings": findings}, findings or ["The ledger is clean."], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if findings else EXIT_DONE)


def purge_rows(
    home: HomeOption,
    key: OptionalKeyOption = None,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")] = "",
    row: Annotated[list[int] | None, typer.Option("--row", min=1, help="A row, from 1; repeat for more.")] = None,
    order: Annotated[str, typer.Option("--order", help="What demands it; no personal data.")] = "",
    filing: FilingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase answers for good, as an order demands: enter it, let a second person confirm, then carry out the filing.

    The ledger keeps its entries, and every proof still holds. With --batch, --row, --order and --key it is entered,
    with --filing it is carried out (on PostgreSQL by the tables' owner: set COMITY_OWNER_DSN).

    Example: comity ledger purge --home home --batch B-2026-001 --row 5 --order "Docket 26-101" --key jo.key
    """
    if filing is None:
        if key is None or not batch or not row or not order:
            raise ComityError("bad_argument", _PURGE_MESSAGE, "Give them, or --filing when two persons filed it.")
        print_step(ledger_operations.request_purge(home, key, batch, row, order), as_json=as_json)
        return
    entry, count = ledger_operations.purge_rows(home, filing)
    lines = [
        f"Erased {count_things(count, 'answer')}; entry {entry} of the ledger says so.",
        "Backups, archived logs and what was delivered are not reached: carry the order out there too.",
    ]
    print_result({"entry": entry, "rows": count}, lines, as_json=as_json)


def rotate_key(
    home: HomeOption,
    key: OptionalKeyOption = None,
    filing: FilingOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the receipt of the handover.")] = None,
    finish: Annotated[bool, typer.Option("--finish", help="Let the new key sign alone, and destroy the old.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Rotate the ledger's key: enter it (--key), let a second person confirm, begin (--filing, --out), and --finish.

    From the beginning on the old and the new one both sign, until --finish. The handover is an entry under a checkpoint
    that both keys signed. A verifier who knows only the old key gives its receipt to the checker (--handover) and
    accepts the new one. Not for a stolen key: report that, and begin a new ledger.

    Example: comity ledger rotate --home home --key jo.key
    """
    if finish:
        vkeys = ledger_operations.finish_handover(home)
        print_result({"vkeys": list(vkeys)}, [f"The new key signs alone: {vkeys[0]}"], as_json=as_json)
        return
    if filing is None:
        if key is None:
            raise ComityError("bad_argument", "A handover is entered by a person.", "Give --key, or --filing.")
        print_step(ledger_operations.request_handover(home, key), as_json=as_json)
        return
    if out is None:
        raise ComityError("bad_argument", "A handover needs a file for its receipt.", "Name it with --out.")
    handover = ledger_operations.begin_handover(home, filing, out)
    lines = [
        f"Entry {handover.entry} hands the ledger over; its receipt is in {out}.",
        f"old key: {handover.old_vkey}",
        f"new key: {handover.new_vkey}",
        "Both sign now. Publish, tell those who hold the old key, then: comity ledger rotate --finish",
    ]
    vkeys = (handover.old_vkey, handover.new_vkey)
    print_result({"entry": handover.entry, "receipt": str(out), "vkeys": list(vkeys)}, lines, as_json=as_json)


def add_second_key(home: HomeOption, as_json: JsonOption = False) -> None:
    """Give the ledger a second, post-quantum key (ML-DSA-44); it signs every later checkpoint too.

    Example: comity ledger second-key --home home
    """
    vkey = ledger_operations.add_second_key(home)
    print_result({"vkey": vkey}, [f"Every later checkpoint has a second line, for the key: {vkey}"], as_json=as_json)


def timestamp_checkpoint(
    folder: FolderArgument,
    roots: Annotated[Path, typer.Option("--roots", help="The root certificates you trust (PEM).")],
    tsa: Annotated[str, typer.Option("--tsa", help="The authority's URL; without it, verify the stamp there is.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Get an RFC 3161 time stamp of the published checkpoint, or verify the one in FOLDER.tsr.

    Example: comity ledger timestamp public --roots tsa-roots.pem --tsa https://tsa.example/
    """
    stamped_at = ledger_operations.timestamp_checkpoint(folder, roots, tsa).isoformat()
    print_result({"stamped_at": stamped_at}, [f"The checkpoint existed at {stamped_at}."], as_json=as_json)
