"""`comity signers`: whose signature counts for which office."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app import clock
from comity.app.cli import group
from comity.app.cli.arguments import HomeFolder
from comity.app.cli.output import Json, show
from comity.app.home import Home
from comity.signing import Key, key_id, load_public_key


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    commands = group("Whose signature counts for which office.")
    commands.command("add")(add)
    commands.command("list")(list_)
    app.add_typer(commands, name="signers")


def add(
    home: HomeFolder,
    key: Annotated[Path, typer.Option("--key", help="The signer's public key (PEM or JWK).")],
    requester: Annotated[str, typer.Option("--requester", help="The requester's id, as in batch.json.")],
    office: Annotated[str, typer.Option("--office", help="The signer's office, as in batch.json.")],
    as_json: Json = False,
) -> None:
    """Register a public key for an office.

    Example: comity signers add --home home --key ice.pub --requester ice --office "Director, ICE"
    """
    public = load_public_key(key)
    Home.open(home).register(
        requester=requester, office=office, key=public, registered_at=clock.now().isoformat(), synthetic=False
    )
    show({"key": key_id(public), "office": office}, [f"Registered key {key_id(public)}."], as_json=as_json)


def list_(home: HomeFolder, as_json: Json = False) -> None:
    """List the registered keys.

    Example: comity signers list --home home
    """
    known = [
        {"key": key_id(Key.import_key(s["key"])), "requester": s["requester"], "office": s["office"],
         "registered_at": s["registered_at"], "synthetic": s["synthetic"]}
        for s in Home.open(home).signers()
    ]  # fmt: skip
    lines = [
        f"{s['key']}  {s['requester']}  {s['office']}" + ("  (synthetic)" if s["synthetic"] else "") for s in known
    ]
    show({"signers": known}, lines or ["No signer is registered."], as_json=as_json)
