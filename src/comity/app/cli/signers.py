"""`comity signers`: register whose signature counts for which office."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import signer_registration


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("signers"))
    group.command("add")(add_signer)
    group.command("revoke")(revoke_signer)
    group.command("list")(list_signers)
    group.command("thumbprint")(show_thumbprint)
    app.add_typer(group, name="signers")


def add_signer(
    home: HomeOption,
    key: PersonKeyOption,
    signer_key: Annotated[Path, typer.Option("--signer-key", help="The signer's public key (PEM or JWK).")],
    requester: Annotated[str, typer.Option("--requester", help="The requester's id, as in batch.json.")],
    office: Annotated[str, typer.Option("--office", help="The signer's office, as in batch.json.")],
    as_json: JsonOption = False,
) -> None:
    """Enter a public key for an office, as the first of two persons.

    Example: comity signers add --home home --key jo.key --signer-key ice.pub --requester ice --office "Director, ICE"
    """
    filed = signer_registration.add_signer(home, key, signer_key, requester=requester, office=office)
    print_step(filed, as_json=as_json)


def revoke_signer(
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    revoked: Annotated[str, typer.Option("--revoked", help="The thumbprint of the key; see: comity signers list")],
    as_json: JsonOption = False,
) -> None:
    """Revoke an office's key at once: batches signed with it are held.

    Example: comity signers revoke --home home --key jo.key --revoked THUMBPRINT --reason "The signer left"
    """
    print_step(signer_registration.revoke_signer(home, key, revoked, reason), as_json=as_json)


def list_signers(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the registered keys.

    Example: comity signers list --home home
    """
    rows = [
        {
            "key": signer.thumbprint,
            "requester": signer.requester,
            "office": signer.office,
            "registered_at": signer.registered_at,
            "synthetic": signer.is_synthetic,
        }
        for signer in signer_registration.list_registered_signers(home)
    ]
    lines = [
        f"{row['key']}  {row['requester']}  {row['office']}" + ("  (synthetic)" if row["synthetic"] else "")
        for row in rows
    ]
    print_result({"signers": rows}, lines or ["No signer is registered."], as_json=as_json)


def show_thumbprint(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show the thumbprint of the custodian's own key for answers, for requesters to compare with.

    Read it out by telephone, or publish it where requesters look it up: sent with the answers it proves nothing. A
    requester gives it once: comity request answers ... --answers-key THUMBPRINT.

    Example: comity signers thumbprint --home home
    """
    thumbprint = signer_registration.read_answers_thumbprint(home)
    lines = [thumbprint, f"In groups, to read out: {' '.join(thumbprint[at : at + 6] for at in range(0, 43, 6))}"]
    print_result({"answers_key": thumbprint}, lines, as_json=as_json)
