"""Enroll the persons who file, each with one key, and revoke a key that was lost or stolen.

The first two persons enroll themselves. Every later one signs a request with the key that is to be theirs, and two
enrolled persons file it. So is a recovery key enrolled, with which a home whose persons lost their keys but one gets a
second person again (ADR 0042).
Start at `enroll_founder`, or `write_enrollment_request`.
"""

import json
from pathlib import Path
from typing import Any

from comity.app import bootstrap, clock
from comity.app.home import Home
from comity.app.home.private_file import write_private_file
from comity.app.use_cases.filings_by_two import FiledStep, describe_device, file_act, load_register
from comity.errors import ComityError, PolicyError
from comity.law.filing_register import FOUNDERS, EnrolledPerson
from comity.ledger import log
from comity.ledger.filed import read_register
from comity.model.filing import Act
from comity.orders import filing_steps
from comity.orders.act_checks import encode_enrollment
from comity.orders.filing_steps import Filer
from comity.signing import Ed25519Key, load_private_key, sign_detached, to_public_key


def list_persons(home_path: Path) -> list[EnrolledPerson]:
    """List the enrolled persons, in the order of enrollment."""
    return list(load_register(home_path).persons.values())


def list_recovery_keys(home_path: Path) -> list[EnrolledPerson]:
    """List who holds a recovery key, in the order of enrollment."""
    return list(load_register(home_path).recovery_keys.values())


def enroll_founder(home_path: Path, name: str, key_file: Path) -> FiledStep:
    """Enroll oneself, as one of the first two persons. Raises PolicyError `filing_refused` when there are two."""
    key = load_private_key(key_file)
    home, at = Home.open_or_create(home_path), clock.now()
    name = " ".join(name.split())
    filer = Filer(name, key, describe_device())
    with bootstrap.open_store(home) as store:
        with store.read() as tx:
            register = read_register(tx)
        if not register.is_founding():
            message = f"{FOUNDERS} persons or more were enrolled, so that two of them enroll any other."
            hint = "Write a request: comity persons request; then two of them file it: comity persons enroll --request"
            raise PolicyError("filing_refused", message, hint)
        content = make_enrollment(home.origin, name, key)
        context = bootstrap.load_filing_context(home)
        state = filing_steps.enter_filing(store, Act.PERSON, content, filer, context=context, at=at)
        log.sign_current_checkpoint(store, bootstrap.load_key_ring(home), at=clock.now())
    warnings = [
        f"{person.name} was enrolled from this device too."
        for person in register.persons.values()
        if person.device == filer.device
    ]
    return FiledStep(state, name, tuple(warnings))


def make_enrollment(origin: str, name: str, key: Ed25519Key, *, is_recovery: bool = False) -> dict[str, Any]:
    """Return the content of an enrollment: the name, the public key, and the proof that its holder asks for it."""
    proof = sign_detached(encode_enrollment(origin, name, is_recovery=is_recovery), key)
    members = to_public_key(key).as_dict(private=False)
    return {"name": name, "key": members, "proof": proof, "is_recovery": is_recovery}


def write_enrollment_request(
    home_path: Path, name: str, key_file: Path, out: Path, *, is_recovery: bool = False
) -> None:
    """Write a person's request to be enrolled in a home, signed with the key that is to be theirs.

    Raises:
        ComityError: `key_unusable`.
    """
    origin, key = Home.open(home_path).origin, load_private_key(key_file)
    content = make_enrollment(origin, " ".join(name.split()), key, is_recovery=is_recovery)
    write_private_file(out, json.dumps(content, indent=2) + "\n")


def enroll_person(home_path: Path, key_file: Path, request_file: Path) -> FiledStep:
    """File a person's request, as the first of two. Raises ComityError `bad_argument`, PolicyError `filing_refused`."""
    try:
        content = dict(json.loads(request_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        message = "The request to be enrolled could not be read."
        raise ComityError("bad_argument", message, "It is made by: comity persons request") from error
    return file_act(home_path, key_file, Act.PERSON, content)


def revoke_person(home_path: Path, key_file: Path, revoked_key: str, reason: str) -> FiledStep:
    """Revoke a person's key, named by its thumbprint, at once. Raises PolicyError `filing_refused`."""
    return file_act(home_path, key_file, Act.PERSON_REVOCATION, {"key": revoked_key, "reason": reason})
