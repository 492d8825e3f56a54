"""`comity request`: the requester's side. Lint a batch before it is sent, make a key, sign."""

from pathlib import Path
from typing import Annotated

import typer

from comity import intake
from comity.app import clock
from comity.app.cli import make_command_group, orders
from comity.app.cli.arguments import AsOfOption, BatchArgument
from comity.app.cli.output import JsonOption, print_result
from comity.errors import EXIT_DONE, EXIT_REFUSED
from comity.gates import lint_report
from comity.signing import create_signing_key, key_thumbprint, load_private_key, to_public_key

PrivateKeyOption = Annotated[Path, typer.Option("--key", help="An Ed25519 private key file (PEM).")]

RequesterHomeOption = Annotated[
    Path | None, typer.Option("--home", help="A home whose own agreements and orders count too.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Prepare a batch: lint it, sign it.")
    commands.command("lint")(lint_request)
    commands.command("sign")(sign_request)
    commands.command("keygen")(generate_key)
    app.add_typer(commands, name="request")


def lint_request(
    batch: BatchArgument, as_of: AsOfOption = "", home: RequesterHomeOption = None, as_json: JsonOption = False
) -> None:
    """Say what would be refused or held, by which law, and how to mend it, without any record.

    The signature is not checked: whose key counts is the custodian's to say. Nor are earlier batches: whether one is
    repeated, only the custodian knows. Ends with 3 when something would be refused or held.

    Example: comity request lint sim/batch --as-of 2025-08-07
    """
    at = clock.parse_time(as_of) if as_of else clock.now()
    read = intake.read_batch(batch, lambda _manifest: {})
    found = lint_report.lint_batch(read, law=orders.load_law(home), at=at)
    print_result(lint_report.to_dict(found), lint_report.to_lines(found), as_json=as_json)
    raise typer.Exit(EXIT_DONE if found.is_clean else EXIT_REFUSED)


def sign_request(batch: BatchArgument, key: PrivateKeyOption, as_json: JsonOption = False) -> None:
    """Write the requests file's hash into batch.json and sign it into batch.json.jws.

    Example: comity request sign batch --key requester.key
    """
    private = load_private_key(key)
    manifest = intake.sign_batch(batch, private)
    result = {"batch_id": manifest.batch_id, "sha256": manifest.sha256, "key": key_thumbprint(private)}
    print_result(result, [f"Signed batch {manifest.batch_id} with key {key_thumbprint(private)}."], as_json=as_json)


def generate_key(key: PrivateKeyOption, as_json: JsonOption = False) -> None:
    """Make a new private key file, and its public half beside it (.pub).

    Example: comity request keygen --key requester.key
    """
    private = create_signing_key(key)
    public = key.with_name(key.name + ".pub")
    public.write_bytes(to_public_key(private).as_pem(private=False))
    print_result(
        {"key": key_thumbprint(private), "public": str(public)},
        [f"Made key {key_thumbprint(private)}; public half in {public}."],
        as_json=as_json,
    )
