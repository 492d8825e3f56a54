"""Register whose signature counts for which office of a requester, by two persons, revoke a key, and list them.

Start at `add_signer`.
"""

from dataclasses import dataclass
from pathlib import Path

from comity.app.home import Home
from comity.app.use_cases.filings_by_two import FiledStep, file_act, load_register
from comity.law.signers import find_revoked_keys, list_signers
from comity.model.filing import Act
from comity.signing import key_thumbprint, load_public_key


@dataclass(frozen=True, slots=True)
class SignerLine:
    """One key of an office, as it is listed; `registered_at` is ISO 8601."""

    thumbprint: str
    requester: str
    office: str
    registered_at: str
    is_synthetic: bool


def add_signer(home_path: Path, key_file: Path, signer_key: Path, *, requester: str, office: str) -> FiledStep:
    """Enter a public key for an office, as the first of two persons.

    Raises:
        ComityError: `key_unusable`.
        PolicyError: `filing_refused`.
    """
    members = load_public_key(signer_key).as_dict(private=False)
    content = {"requester": requester, "office": office, "key": members}
    return file_act(home_path, key_file, Act.SIGNER, content)


def revoke_signer(home_path: Path, key_file: Path, revoked_key: str, reason: str) -> FiledStep:
    """Revoke an office's key, named by its thumbprint, at once. Raises PolicyError `filing_refused`."""
    return file_act(home_path, key_file, Act.SIGNER_REVOCATION, {"key": revoked_key, "reason": reason})


def list_registered_signers(home_path: Path) -> list[SignerLine]:
    """List the keys that count: those filed, then those of synthetic requesters."""
    register = load_register(home_path)
    revoked = find_revoked_keys(register)
    filed = [
        SignerLine(s.thumbprint, s.requester, s.office, s.registered_at.isoformat(), is_synthetic=False)
        for s in list_signers(register)
    ]
    synthetic = [
        SignerLine(key_thumbprint(s.key), s.requester, s.office, s.registered_at, is_synthetic=True)
        for s in Home.open(home_path).signers.read()
        if s.thumbprint not in revoked
    ]
    return [*filed, *synthetic]


def read_answers_thumbprint(home_path: Path) -> str:
    """Return the thumbprint (RFC 7638) of the custodian's key for answers. Raises ComityError `key_unusable`."""
    return key_thumbprint(Home.open(home_path).keys.load_signing_key("answers"))
