"""`comity persons`: enroll the persons who file, each with one key, revoke a key, and grant roles in the service."""

from pathlib import Path
from typing import Annotated

import typer

from comity.app.cli.arguments import HomeOption, NewHomeOption, OutOption, PersonKeyOption, ReasonOption
from comity.app.cli.command_group import make_command_group
from comity.app.cli.command_table import get_help_text
from comity.app.cli.filing_output import print_step
from comity.app.cli.output import JsonOption, announcing_new_home, print_result
from comity.app.use_cases import enrolled_persons, people_roles
from comity.errors import ComityError
from comity.model.person_role import PersonRole

PersonOption = Annotated[str, typer.Option("--person", help="The thumbprint of the person's key.")]
NameOption = Annotated[str, typer.Option("--name", help="The person's name.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group."""
    group = make_command_group(get_help_text("persons"))
    group.command("list")(list_persons)
    group.command("request")(request_enrollment)
    group.command("enroll")(enroll_person)
    group.command("revoke")(revoke_person)
    group.command("grant")(grant_roles)
    group.command("end-roles")(end_roles)
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
    with announcing_new_home(home):
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


def grant_roles(
    home: HomeOption,
    key: PersonKeyOption,
    person: PersonOption,
    roles: Annotated[
        list[PersonRole], typer.Option("--role", help="What the person may do. Give it again for each role.")
    ],
    issuer: Annotated[str, typer.Option("--issuer", help="The provider of the person's account, as its URL.")],
    subject: Annotated[str, typer.Option("--subject", help="The account's own name at the provider (sub).")],
    as_json: JsonOption = False,
) -> None:
    """Enter what a person may do in the service, and by which account the person logs in; a second person confirms.

    Nobody grants a role to themselves. The last grant to a person is the one that counts.

    Example: comity persons grant --home home --key jo.key --person THUMBPRINT --role counsel --issuer URL --subject ID
    """
    print_step(
        people_roles.grant_roles(home, key, person, roles=[str(role) for role in roles], account=(issuer, subject)),
        as_json=as_json,
    )


def end_roles(
    home: HomeOption, key: PersonKeyOption, person: PersonOption, reason: ReasonOption, as_json: JsonOption = False
) -> None:
    """End what a person may do in the service at once: the next request of theirs is refused.

    Example: comity persons end-roles --home home --key jo.key --person THUMBPRINT --reason "Left the office"
    """
    print_step(people_roles.end_roles(home, key, person, reason), as_json=as_json)
