"""`comity signers`: whose signature counts for which office."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli import make_command_group
from comity.app.cli.arguments import HomeOption
from comity.app.cli.output import JsonOption, print_result
from comity.app.home import Home
from comity.signing import Ed25519Key, key_thumbprint, load_public_key


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    commands = make_command_group("Whose signature counts for which office.")
    commands.command("add")(add_signer)
    commands.command("list")(list_signers)
    app.add_typer(commands, name="signers")


def add_signer(
    home: HomeOption,
    key: Annotated[Path, typer.Option("--key", help="The signer's public key (PEM or JWK).")],
    requester: Annotated[str, typer.Option("--requester", help="The requester's id, as in batch.json.")],
    office: Annotated[str, typer.Option("--office", help="The signer's office, as in batch.json.")],
    as_json: JsonOption = False,
) -> None:
    """Register a public key for an office.

    Example: comity signers add --home home --key ice.pub --requester ice --office "Director, ICE"
    """
    public = load_public_key(key)
    Home.open(home).register_signer(
        requester=requester, office=office, key=public, registered_at=clock.now().isoformat(), synthetic=False
    )
    print_result(
        {"key": key_thumbprint(public), "office": office},
        [f"Registered key {key_thumbprint(public)}."],
        as_json=as_json,
    )


def list_signers(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the registered keys.

    Example: comity signers list --home home
    """
    known = [
        {"key": key_thumbprint(Ed25519Key.import_key(s["key"])), "requester": s["requester"], "office": s["office"],
         "registered_at": s["registered_at"], "synthetic": s["synthetic"]}
        for s in Home.open(home).read_signers()
    ]  # fmt: skip
    lines = [
        f"{s['key']}  {s['requester']}  {s['office']}" + ("  (synthetic)" if s["synthetic"] else "") for s in known
    ]
    print_result({"signers": known}, lines or ["No signer is registered."], as_json=as_json)
