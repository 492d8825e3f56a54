"""`comity ledger`: sign its head, publish it, prove an entry, verify it offline, recompute it; erase by order; its keys."""

from pathlib import Path
from typing import Annotated

import typer

import comity_ledger_verify as checker
from comity.app import bootstrap, clock
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder, Out
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.ledger.keys import KeyRing
from comity.ledger.leaf import handover_leaf
from comity.ledger.publish import publish
from comity.ledger.purge import purge_answers
from comity.ledger.tiles import CHECKPOINT
from comity.ledger.timestamp import read_roots, request_timestamp, verify_timestamp

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
    commands.command("rotate")(rotate)
    commands.command("second-key")(second_key)
    commands.command("timestamp")(timestamp)
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
            publish(store, out, note, *signer.verifiers)
            (out.parent / f"{out.name}.{VKEY}").write_text(
                "".join(f"{key}\n" for key in _vkeys(signer)), encoding="utf-8"
            )
    keys = [f"verifier key: {vkey}" for vkey in _vkeys(signer)]
    show({"checkpoint": note, "vkeys": _vkeys(signer)}, [note.rstrip("\n"), "", *keys], as_json=as_json)


def _vkeys(signer: KeyRing) -> list[str]:
    """The keys that a stranger may use: either of two while a handover lasts."""
    return [key.to_text() for key in signer.current]


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
        receipt = log.make_receipt(store, entry, note, *signer.verifiers)
    out.write_text(receipt, encoding="utf-8")
    show({"entry": entry, "receipt": str(out)}, [f"Wrote the receipt of entry {entry} to {out}."], as_json=as_json)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A published ledger.")],
    vkey: Annotated[Path | None, typer.Option("--vkey", help="The verifier keys; default: FOLDER.vkey")] = None,
    receipt: Annotated[list[Path] | None, typer.Option("--receipt", help="Also verify these receipts.")] = None,
    as_json: Json = False,
) -> None:
    """Verify a published ledger offline, from its entries up. Ends with 5 when anything is wrong.

    It runs the separate checker, `comity-ledger-verify`, which can also ask for witnesses.

    Example: comity ledger verify public --receipt answers/receipt.tlog-proof
    """
    try:
        keys = checker.parse_keys(checker.load(vkey or folder.parent / f"{folder.name}.{VKEY}").decode())
        receipts = {str(path): checker.load(path) for path in receipt or []}
    except (UnicodeDecodeError, checker.Wrong) as error:
        message = "The verifier key or a receipt could not be read."
        raise ComityError("bad_argument", message, "Name them with --vkey and --receipt.") from error
    if not keys:
        raise ComityError("bad_argument", "The file of verifier keys is empty.", "Name another with --vkey.")
    report = checker.check_log(folder, checker.Trust(keys), receipts)
    result = {"verified": not report.findings, "findings": report.findings, "receipts": report.receipts}
    show(result, report.findings or [checker.summary(report)], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if report.findings else EXIT_DONE)


def fsck(home: HomeFolder, as_json: Json = False) -> None:
    """Recompute the whole ledger inside the control database. Ends with 5 when anything is wrong.

    Example: comity ledger fsck --home home
    """
    opened = Home.open(home)
    signer = bootstrap.ledger_signer(opened)
    with bootstrap.open_store(opened) as store:
        found = check_ledger(store, signer.verifiers, signer.name)
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


def rotate(
    home: HomeFolder,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the receipt of the handover.")] = None,
    finish: Annotated[bool, typer.Option("--finish", help="Let the new key sign alone, and destroy the old.")] = False,
    as_json: Json = False,
) -> None:
    """Hand the ledger over to a new key: from now on both sign, until --finish.

    The handover is an entry under a checkpoint that both keys signed. Who knows only the old key gives its receipt to
    the checker (--handover) and accepts the new one. Not for a key that was stolen: then say so, and begin a new ledger.

    Example: comity ledger rotate --home home --out handover.tlog-proof
    """
    opened = Home.open(home)
    ring = bootstrap.ledger_signer(opened)
    if finish:
        opened.end_handover(ring.verifier.to_text())
        vkeys = _vkeys(bootstrap.ledger_signer(opened))
        show({"vkeys": vkeys}, [f"The new key signs alone: {vkeys[0]}"], as_json=as_json)
        return
    if out is None:
        raise ComityError("bad_argument", "A handover needs a file for its receipt.", "Name it with --out.")
    opened.begin_handover()
    ring = bootstrap.ledger_signer(opened)
    old, new = _vkeys(ring)
    with bootstrap.open_store(opened) as store:
        with store.begin() as tx:
            entry = log.append(tx, [handover_leaf(old_key=old, new_key=new, as_of=clock.now())], at=clock.now())
        note = log.sign_checkpoint(store, ring, at=clock.now())
        out.write_text(log.make_receipt(store, entry, note, *ring.verifiers), encoding="utf-8")
    lines = [
        f"Entry {entry} hands the ledger over; its receipt is in {out}.",
        f"old key: {old}",
        f"new key: {new}",
        "Both sign now. Publish, tell those who hold the old key, then: comity ledger rotate --finish",
    ]
    show({"entry": entry, "receipt": str(out), "vkeys": [old, new]}, lines, as_json=as_json)


def second_key(home: HomeFolder, as_json: Json = False) -> None:
    """Give the ledger a second, post-quantum key (ML-DSA-44); it signs every later checkpoint too.

    Example: comity ledger second-key --home home
    """
    opened = Home.open(home)
    opened.add_second_key()
    second = bootstrap.ledger_signer(opened).second
    vkey = "" if second is None else second.verifier.to_text()
    show({"vkey": vkey}, [f"Every later checkpoint has a second line, for the key: {vkey}"], as_json=as_json)


def timestamp(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A published ledger.")],
    roots: Annotated[Path, typer.Option("--roots", help="The root certificates you trust (PEM).")],
    tsa: Annotated[str, typer.Option("--tsa", help="The authority's URL; without it, verify the stamp there is.")] = "",
    as_json: Json = False,
) -> None:
    """Have an RFC 3161 authority stamp the published checkpoint, or verify such a stamp (FOLDER.tsr).

    Example: comity ledger timestamp public --roots tsa-roots.pem --tsa https://tsa.example/
    """
    stamp = folder.parent / f"{folder.name}.tsr"
    try:
        note = (folder / CHECKPOINT).read_bytes()
        trusted = read_roots(roots.read_bytes())
        if tsa:
            stamp.write_bytes(request_timestamp(note, tsa, trusted))
        at = verify_timestamp(note, stamp.read_bytes(), trusted)
    except OSError as error:
        message = "The checkpoint, the stamp or the roots could not be read or written."
        raise ComityError("bad_argument", message, "Give FOLDER and --roots, and --tsa to ask for a stamp.") from error
    show({"stamped_at": at.isoformat()}, [f"The checkpoint existed at {at.isoformat()}."], as_json=as_json)
