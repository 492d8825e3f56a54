"""`comity ledger`: sign its head, publish it, prove an entry, verify it offline, recompute it inside, erase by order."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import bootstrap, clock
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder, Out
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.ledger.publish import publish
from comity.ledger.purge import purge_answers
from comity.ledger.verify import verify_folder

VKEY = "vkey"
"""The file beside a published ledger that holds its verifier key. A careful verifier has the key from elsewhere."""


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("The Merkle ledger: checkpoint, proofs, verification.")
    commands.command("checkpoint")(checkpoint)
    commands.command("prove")(prove)
    commands.command("verify")(verify)
    commands.command("fsck")(fsck)
    commands.command("purge")(purge)
    app.add_typer(commands, name="ledger")


def checkpoint(
    home: HomeFolder,
    out: Annotated[Path | None, typer.Option("--out", help="Also publish the ledger's tiles into this folder.")] = None,
    as_json: Json = False,
) -> None:
    """Sign the ledger's head and print the checkpoint; with --out, publish what a stranger needs to verify it.

    Example: comity ledger checkpoint --home home --out public
    """
    opened = Home.open(home)
    signer = bootstrap.ledger_signer(opened)
    with bootstrap.open_store(opened) as store:
        note = log.sign_checkpoint(store, signer, at=clock.now())
        if out is not None:
            publish(store, out, note, signer.verifier)
            (out.parent / f"{out.name}.{VKEY}").write_text(signer.verifier.to_text() + "\n", encoding="utf-8")
    vkey = signer.verifier.to_text()
    show({"checkpoint": note, "vkey": vkey}, [note.rstrip("\n"), "", f"verifier key: {vkey}"], as_json=as_json)


def prove(
    home: HomeFolder,
    entry: Annotated[int, typer.Option("--entry", min=0, help="The entry's index, from 0.")],
    out: Out,
    as_json: Json = False,
) -> None:
    """Write the receipt (C2SP tlog-proof) of one entry.

    Example: comity ledger prove --home home --entry 0 --out entry-0.tlog-proof
    """
    opened = Home.open(home)
    signer = bootstrap.ledger_signer(opened)
    with bootstrap.open_store(opened) as store:
        note = log.sign_checkpoint(store, signer, at=clock.now())
        with store.read() as tx:
            size = log.size(tx)
        if entry >= size:
            raise ComityError("bad_argument", f"The ledger has {size:,} entries.", "Give an index below that.")
        receipt = log.make_receipt(store, entry, note, signer.verifier)
    out.write_text(receipt, encoding="utf-8")
    show({"entry": entry, "receipt": str(out)}, [f"Wrote the receipt of entry {entry} to {out}."], as_json=as_json)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A published ledger.")],
    vkey: Annotated[Path | None, typer.Option("--vkey", help="The verifier key; default: FOLDER.vkey")] = None,
    receipt: Annotated[list[Path] | None, typer.Option("--receipt", help="Also verify these receipts.")] = None,
    as_json: Json = False,
) -> None:
    """Verify a published ledger offline, from its entries up. Ends with 5 when anything is wrong.

    Example: comity ledger verify public --receipt answers/receipt.tlog-proof
    """
    try:
        key = (vkey or folder.parent / f"{folder.name}.{VKEY}").read_text(encoding="utf-8").strip()
        receipts = [path.read_text(encoding="utf-8") for path in receipt or []]
    except (OSError, UnicodeDecodeError) as error:
        message = "The verifier key or a receipt could not be read."
        raise ComityError("bad_argument", message, "Name them with --vkey and --receipt.") from error
    verify_folder(folder, key, receipts=receipts)
    show(
        {"verified": True, "receipts": len(receipts)},
        ["The ledger verifies: every entry, every tile, the checkpoint."],
        as_json=as_json,
    )


def fsck(home: HomeFolder, as_json: Json = False) -> None:
    """Recompute the whole ledger inside the control database. Ends with 5 when anything is wrong.

    Example: comity ledger fsck --home home
    """
    opened = Home.open(home)
    signer = bootstrap.ledger_signer(opened)
    with bootstrap.open_store(opened) as store:
        found = check_ledger(store, [signer.verifier], signer.verifier.name)
    show({"findings": list(found)}, list(found) or ["The ledger is clean."], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if found else EXIT_DONE)


def purge(
    home: HomeFolder,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")],
    row: Annotated[list[int], typer.Option("--row", min=1, help="A row of its file, from 1; repeat for more.")],
    order: Annotated[str, typer.Option("--order", help="The order or schedule that demands it; no personal data.")],
    as_json: Json = False,
) -> None:
    """Erase answers for good, as an order demands. The ledger keeps its entries, and every proof still holds.

    On PostgreSQL this is for the tables' owner: set COMITY_OWNER_DSN.

    Example: comity ledger purge --home home --batch B-2026-001 --row 5 --order "Docket 26-101, expungement"
    """
    opened = Home.open(home)
    signer = bootstrap.ledger_signer(opened)
    with bootstrap.open_store(opened, as_owner=True) as store:
        entry = purge_answers(store, batch_id=batch, rows=row, order=order, at=clock.now())
        log.sign_checkpoint(store, signer, at=clock.now())
    lines = [f"Erased {len(set(row))} answers; entry {entry} of the ledger says so.",
             "Backups, archived logs and what was delivered are not reached: carry the order out there too."]  # fmt: skip
    show({"entry": entry, "rows": len(set(row))}, lines, as_json=as_json)
