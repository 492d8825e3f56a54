"""`comity ledger`: sign its head, publish it, prove an entry, verify it offline, recompute it; erase by order; its keys."""

from pathlib import Path
from typing import Annotated

import typer

import comity_ledger_verify as checker
from comity.app import bootstrap, clock
from comity.app.cli import make_command_group
from comity.app.cli.arguments import HomeOption, OutOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.errors import EXIT_DONE, EXIT_INTEGRITY, ComityError
from comity.ledger import log
from comity.ledger.fsck import check_ledger
from comity.ledger.keys import KeyRing
from comity.ledger.leaf import encode_handover_leaf
from comity.ledger.publish import publish_log
from comity.ledger.purge import purge_answers
from comity.tlog.tiles import CHECKPOINT_FILE
from comity.tlog.timestamp import load_root_certificates, open_timestamp, request_timestamp

VKEY_SUFFIX = "vkey"
"""The file beside a published ledger that holds its verifier key. A careful verifier has the key from elsewhere."""


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("The Merkle ledger: checkpoint, proofs, verification.")
    commands.command("checkpoint")(publish_checkpoint)
    commands.command("prove")(write_receipt)
    commands.command("verify")(verify_published_ledger)
    commands.command("fsck")(fsck)
    commands.command("purge")(purge_rows)
    commands.command("rotate")(rotate_key)
    commands.command("second-key")(add_second_key)
    commands.command("timestamp")(timestamp_checkpoint)
    app.add_typer(commands, name="ledger")


def publish_checkpoint(
    home: HomeOption,
    out: Annotated[Path | None, typer.Option("--out", help="Also publish the ledger's tiles into this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the ledger's head and print the checkpoint; with --out, publish what a stranger needs to verify it.

    Example: comity ledger checkpoint --home home --out public
    """
    opened = Home.open(home)
    signer = bootstrap.load_key_ring(opened)
    with bootstrap.open_store(opened) as store:
        note = log.sign_current_checkpoint(store, signer, at=clock.now())
        if out is not None:
            publish_log(store, out, note, *signer.verifiers)
            (out.parent / f"{out.name}.{VKEY_SUFFIX}").write_text(
                "".join(f"{key}\n" for key in _current_vkeys(signer)), encoding="utf-8"
            )
    keys = [f"verifier key: {vkey}" for vkey in _current_vkeys(signer)]
    print_result({"checkpoint": note, "vkeys": _current_vkeys(signer)}, [note.rstrip("\n"), "", *keys], as_json=as_json)


def _current_vkeys(signer: KeyRing) -> list[str]:
    """The keys that a stranger may use: either of two while a handover lasts."""
    return [key.to_text() for key in signer.current_keys]


def write_receipt(
    home: HomeOption,
    entry: Annotated[int, typer.Option("--entry", min=0, help="The entry's index, from 0.")],
    out: OutOption,
    as_json: JsonOption = False,
) -> None:
    """Write the receipt (C2SP tlog-proof) of one entry.

    Example: comity ledger prove --home home --entry 0 --out entry-0.tlog-proof
    """
    opened = Home.open(home)
    signer = bootstrap.load_key_ring(opened)
    with bootstrap.open_store(opened) as store:
        note = log.sign_current_checkpoint(store, signer, at=clock.now())
        with store.read() as tx:
            size = log.tree_size(tx)
        if entry >= size:
            raise ComityError("bad_argument", f"The ledger has {size:,} entries.", "Give an index below that.")
        receipt = log.make_receipt(store, entry, note, *signer.verifiers)
    out.write_text(receipt, encoding="utf-8")
    print_result(
        {"entry": entry, "receipt": str(out)}, [f"Wrote the receipt of entry {entry} to {out}."], as_json=as_json
    )


def verify_published_ledger(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A published ledger.")],
    vkey: Annotated[Path | None, typer.Option("--vkey", help="The verifier keys; default: FOLDER.vkey")] = None,
    receipt: Annotated[list[Path] | None, typer.Option("--receipt", help="Also verify these receipts.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a published ledger offline, from its entries up. Ends with 5 when anything is wrong.

    It runs the separate checker, `comity-ledger-verify`, which can also ask for witnesses.

    Example: comity ledger verify public --receipt answers/receipt.tlog-proof
    """
    try:
        keys = checker.parse_vkeys(checker.load_file(vkey or folder.parent / f"{folder.name}.{VKEY_SUFFIX}").decode())
        receipts = {str(path): checker.load_file(path) for path in receipt or []}
    except (UnicodeDecodeError, checker.VerificationError) as error:
        message = "The verifier key or a receipt could not be read."
        raise ComityError("bad_argument", message, "Name them with --vkey and --receipt.") from error
    if not keys:
        raise ComityError("bad_argument", "The file of verifier keys is empty.", "Name another with --vkey.")
    report = checker.check_log(folder, checker.TrustPolicy(keys), receipts)
    result = {"verified": not report.findings, "findings": report.findings, "receipts": report.receipt_count}
    print_result(result, report.findings or [checker.format_summary(report)], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if report.findings else EXIT_DONE)


def fsck(home: HomeOption, as_json: JsonOption = False) -> None:
    """Recompute the whole ledger inside the control database. Ends with 5 when anything is wrong.

    Example: comity ledger fsck --home home
    """
    opened = Home.open(home)
    signer = bootstrap.load_key_ring(opened)
    with bootstrap.open_store(opened) as store:
        found = check_ledger(store, signer.verifiers, signer.name)
    print_result({"findings": list(found)}, list(found) or ["The ledger is clean."], as_json=as_json)
    raise typer.Exit(EXIT_INTEGRITY if found else EXIT_DONE)


def purge_rows(
    home: HomeOption,
    batch: Annotated[str, typer.Option("--batch", help="The batch_id.")],
    row: Annotated[list[int], typer.Option("--row", min=1, help="A row of its file, from 1; repeat for more.")],
    order: Annotated[str, typer.Option("--order", help="The order or schedule that demands it; no personal data.")],
    as_json: JsonOption = False,
) -> None:
    """Erase answers for good, as an order demands. The ledger keeps its entries, and every proof still holds.

    On PostgreSQL this is for the tables' owner: set COMITY_OWNER_DSN.

    Example: comity ledger purge --home home --batch B-2026-001 --row 5 --order "Docket 26-101, expungement"
    """
    opened = Home.open(home)
    signer = bootstrap.load_key_ring(opened)
    with bootstrap.open_store(opened, as_owner=True) as store:
        entry = purge_answers(store, batch_id=batch, rows=row, order=order, at=clock.now())
        log.sign_current_checkpoint(store, signer, at=clock.now())
    lines = [f"Erased {len(set(row))} answers; entry {entry} of the ledger says so.",
             "Backups, archived logs and what was delivered are not reached: carry the order out there too."]  # fmt: skip
    print_result({"entry": entry, "rows": len(set(row))}, lines, as_json=as_json)


def rotate_key(
    home: HomeOption,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the receipt of the handover.")] = None,
    finish: Annotated[bool, typer.Option("--finish", help="Let the new key sign alone, and destroy the old.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hand the ledger over to a new key: from now on both sign, until --finish.

    The handover is an entry under a checkpoint that both keys signed. Who knows only the old key gives its receipt to
    the checker (--handover) and accepts the new one. Not for a key that was stolen: then say so, and begin a new ledger.

    Example: comity ledger rotate --home home --out handover.tlog-proof
    """
    opened = Home.open(home)
    ring = bootstrap.load_key_ring(opened)
    if finish:
        opened.finish_handover(ring.verifier.to_text())
        vkeys = _current_vkeys(bootstrap.load_key_ring(opened))
        print_result({"vkeys": vkeys}, [f"The new key signs alone: {vkeys[0]}"], as_json=as_json)
        return
    if out is None:
        raise ComityError("bad_argument", "A handover needs a file for its receipt.", "Name it with --out.")
    opened.begin_handover()
    ring = bootstrap.load_key_ring(opened)
    old, new = _current_vkeys(ring)
    with bootstrap.open_store(opened) as store:
        with store.begin() as tx:
            entry = log.append_entries(
                tx, [encode_handover_leaf(old_key=old, new_key=new, as_of=clock.now())], at=clock.now()
            )
        note = log.sign_current_checkpoint(store, ring, at=clock.now())
        out.write_text(log.make_receipt(store, entry, note, *ring.verifiers), encoding="utf-8")
    lines = [
        f"Entry {entry} hands the ledger over; its receipt is in {out}.",
        f"old key: {old}",
        f"new key: {new}",
        "Both sign now. Publish, tell those who hold the old key, then: comity ledger rotate --finish",
    ]
    print_result({"entry": entry, "receipt": str(out), "vkeys": [old, new]}, lines, as_json=as_json)


def add_second_key(home: HomeOption, as_json: JsonOption = False) -> None:
    """Give the ledger a second, post-quantum key (ML-DSA-44); it signs every later checkpoint too.

    Example: comity ledger second-key --home home
    """
    opened = Home.open(home)
    opened.add_second_key()
    second = bootstrap.load_key_ring(opened).post_quantum_cosigner
    vkey = "" if second is None else second.verifier.to_text()
    print_result({"vkey": vkey}, [f"Every later checkpoint has a second line, for the key: {vkey}"], as_json=as_json)


def timestamp_checkpoint(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A published ledger.")],
    roots: Annotated[Path, typer.Option("--roots", help="The root certificates you trust (PEM).")],
    tsa: Annotated[str, typer.Option("--tsa", help="The authority's URL; without it, verify the stamp there is.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Have an RFC 3161 authority stamp the published checkpoint, or verify such a stamp (FOLDER.tsr).

    Example: comity ledger timestamp public --roots tsa-roots.pem --tsa https://tsa.example/
    """
    stamp = folder.parent / f"{folder.name}.tsr"
    try:
        note = (folder / CHECKPOINT_FILE).read_bytes()
        trusted = load_root_certificates(roots.read_bytes())
        if tsa:
            stamp.write_bytes(request_timestamp(note, tsa, trusted))
        at = open_timestamp(note, stamp.read_bytes(), trusted)
    except OSError as error:
        message = "The checkpoint, the stamp or the roots could not be read or written."
        raise ComityError("bad_argument", message, "Give FOLDER and --roots, and --tsa to ask for a stamp.") from error
    print_result({"stamped_at": at.isoformat()}, [f"The checkpoint existed at {at.isoformat()}."], as_json=as_json)
