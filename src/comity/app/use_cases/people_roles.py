"""Grant and end the roles that persons have in the service, and stop everything or lift a stop, from the command line.

Guarantees: a grant and a lift wait for a second person; an end and a stop have effect at once.
Basis: ADR 0050.
Start at `grant_roles`, or `stop_everything`.
"""

from collections.abc import Sequence
from pathlib import Path

from comity.app.use_cases.filings_by_two import FiledStep, file_act
from comity.model.filing import Act


def grant_roles(
    home_path: Path, key_file: Path, person: str, *, roles: Sequence[str], account: tuple[str, str]
) -> FiledStep:
    """Enter, as the first of two persons, what a person may do; `account` is issuer and subject of the log-in.

    Raises:
        ComityError: `key_unusable`.
        PolicyError: `filing_refused`, `law_invalid` for a role that there is not.
    """
    issuer, subject = account
    content = {"person": person, "roles": list(roles), "issuer": issuer, "subject": subject}
    return file_act(home_path, key_file, Act.ROLE, content)


def end_roles(home_path: Path, key_file: Path, person: str, reason: str) -> FiledStep:
    """End what a person may do in the service, from the next request on. Raises as `grant_roles`."""
    return file_act(home_path, key_file, Act.ROLE_END, {"person": person, "reason": reason})


def stop_everything(home_path: Path, key_file: Path, reason: str) -> FiledStep:
    """Enter that nothing is released or delivered from now on. Raises as `grant_roles`."""
    return file_act(home_path, key_file, Act.STOP, {"reason": reason})


def lift_stop(home_path: Path, key_file: Path, stop: int, reason: str) -> FiledStep:
    """Enter, as the first of two persons, that a stop counts no longer. Raises as `grant_roles`."""
    return file_act(home_path, key_file, Act.STOP_LIFT, {"stop": stop, "reason": reason})
