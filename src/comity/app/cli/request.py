"""`comity request`: the requester's side. Lint a batch before it is sent, make a key, sign."""

from pathlib import Path
from typing import Annotated

import typer

from comity import intake
from comity.app import clock, linting
from comity.app.cli import group, orders
from comity.app.cli.arguments import AsOf, Batch
from comity.app.cli.output import Json, show
from comity.errors import EXIT_DONE, EXIT_REFUSED
from comity.signing import create_key, key_id, load_private_key, public_key

KeyFile = Annotated[Path, typer.Option("--key", help="An Ed25519 private key file (PEM).")]

OwnLaw = Annotated[Path | None, typer.Option("--home", help="A home whose own agreements and orders count too.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Prepare a batch: lint it, sign it.")
    commands.command("lint")(lint)
    commands.command("sign")(sign)
    commands.command("keygen")(keygen)
    app.add_typer(commands, name="request")


def lint(batch: Batch, as_of: AsOf = "", home: OwnLaw = None, as_json: Json = False) -> None:
    """Say what would be refused or held, by which law, and how to mend it, without any record.

    The signature is not checked: whose key counts is the custodian's to say. Nor are earlier batches: whether one is
    repeated, only the custodian knows. Ends with 3 when something would be refused or held.

    Example: comity request lint sim/batch --as-of 2025-08-07
    """
    at = clock.parse_time(as_of) if as_of else clock.now()
    read = intake.read_batch(batch, lambda _manifest: {})
    found = linting.lint(read, law=orders.on_file(home), at=at)
    show(linting.as_facts(found), linting.as_lines(found), as_json=as_json)
    raise typer.Exit(EXIT_DONE if found.is_clean else EXIT_REFUSED)


def sign(batch: Batch, key: KeyFile, as_json: Json = False) -> None:
    """Write the requests file's hash into batch.json and sign it into batch.json.jws.

    Example: comity request sign batch --key requester.key
    """
    private = load_private_key(key)
    manifest = intake.sign_batch(batch, private)
    result = {"batch_id": manifest.batch_id, "sha256": manifest.sha256, "key": key_id(private)}
    show(result, [f"Signed batch {manifest.batch_id} with key {key_id(private)}."], as_json=as_json)


def keygen(key: KeyFile, as_json: Json = False) -> None:
    """Make a new private key file, and its public half beside it (.pub).

    Example: comity request keygen --key requester.key
    """
    private = create_key(key)
    public = key.with_name(key.name + ".pub")
    public.write_bytes(public_key(private).as_pem(private=False))
    show(
        {"key": key_id(private), "public": str(public)},
        [f"Made key {key_id(private)}; public half in {public}."],
        as_json=as_json,
    )
