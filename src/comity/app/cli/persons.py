"""`comity persons`: enroll the persons who file, each with one key, and revoke a key."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, NewHomeOption, OutOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, print_result
from comity.app.use_cases import enrolled_persons
from comity.errors import ComityError

NameOption = Annotated[str, typer.Option("--name", help="The person's name.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("persons"))
    group.command("list")(list_persons)
    group.command("request")(request_enrollment)
    group.command("enroll")(enroll_person)
    group.command("revoke")(revoke_person)
    app.add_typer(group, name="persons")


def list_persons(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the enrolled persons: key, name, and from which device and when they were enrolled; then recovery keys.

    Example: comity persons list --home home
    """
    persons, recovery_keys = (
        [
            {"key": p.key, "name": p.name, "device": p.device, "enrolled_at": p.enrolled_at.isoformat("T", "seconds")}
            for p in holders
        ]
        for holders in (enrolled_persons.list_persons(home), enrolled_persons.list_recovery_keys(home))
    )
    lines = [f"{p['key']}  {p['name']}, {p['device']}, {p['enrolled_at']}" for p in persons]
    lines += [f"{p['key']}  {p['name']}, {p['device']}, {p['enrolled_at']} (recovery key)" for p in recovery_keys]
    if persons and not recovery_keys:
        lines.append("There is no recovery key. With one person left, nothing could be opened again: see --recovery.")
    content = {"persons": persons, "recovery_keys": recovery_keys}
    print_result(content, lines or ["Nobody is enrolled yet."], as_json=as_json)


def request_enrollment(
    home: HomeOption,
    name: NameOption,
    key: PersonKeyOption,
    out: OutOption,
    is_recovery: Annotated[
        bool, typer.Option("--recovery", help="The key confirms an enrollment when one person is left, and no more.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write your request to be enrolled, signed with the key that is to be yours; two enrolled persons file it.

    Example: comity persons request --home home --name "Ann Poe" --key ann.key --out ann.request
    """
    enrolled_persons.write_enrollment_request(home, name, key, out, is_recovery=is_recovery)
    line = f"Give {out} to an enrolled person: comity persons enroll --request {out}"
    print_result({"request": str(out)}, [line], as_json=as_json)


def enroll_person(
    home: NewHomeOption,
    key: PersonKeyOption,
    name: Annotated[str, typer.Option("--name", help="Your own name, as one of the first two persons.")] = "",
    request: Annotated[Path | None, typer.Option("--request", help="Another person's request.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enroll: yourself, as one of the first two persons, or another by their request, as one of two who file it.

    Example: comity persons enroll --home home --name "Jo Doe" --key jo.key
    """
    if bool(name.strip()) == bool(request):
        message = "Whom to enroll is said by --name (yourself) or by --request (another)."
        raise ComityError("bad_argument", message, "Give one of them.")
    if request is None:
        filed = enrolled_persons.enroll_founder(home, name, key)
    else:
        filed = enrolled_persons.enroll_person(home, key, request)
    print_step(filed, as_json=as_json)


def revoke_person(
    home: HomeOption,
    key: PersonKeyOption,
    reason: ReasonOption,
    revoked: Annotated[str, typer.Option("--revoked", help="The thumbprint of the key; see: comity persons list")],
    as_json: JsonOption = False,
) -> None:
    """Revoke a person's key or a recovery key at once, when it is lost or stolen. Your own may be it, too.

    Example: comity persons revoke --home home --key jo.key --revoked THUMBPRINT --reason "The key was stolen"
    """
    print_step(enrolled_persons.revoke_person(home, key, revoked, reason), as_json=as_json)
